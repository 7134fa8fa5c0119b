"""The commands, a file each. Each parses, calls one function of the library, and prints.

`main` imports a command's file when it is called for, so that `catnet --help` is quick.
"""
