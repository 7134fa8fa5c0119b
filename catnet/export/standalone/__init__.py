"""The Python file that answers without catnet, in modules that are checked as all others are.

`catnet/export/python.py` puts `network`, one of `pictures` and `tables`, and what these need of catnet, into one file.
How the file is used stands at the beginning of `pictures` and of `tables`, from where it is taken too.
"""
