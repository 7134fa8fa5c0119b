"""Pictures and tables: from files to a Dataset of uint8 or float rows, with labels, in splits.

`dataset` says what data is; `load` finds and decodes it. Nothing is imported here, so that each module starts quickly.
"""
