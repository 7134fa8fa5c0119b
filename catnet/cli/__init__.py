"""The commands, one file per command. Each parses, calls the library, and prints.

`main` imports a command's file when the command is called, so that `catnet --help` is quick.
"""
