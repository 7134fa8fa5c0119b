"""The commands. Each parses, calls one function of the library, and prints.

Only click is imported at the top of these modules, so that `catnet --help` is quick; a command imports the rest.
"""
