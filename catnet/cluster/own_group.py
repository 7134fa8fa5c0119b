"""Imported by the worker processes of this machine as they start: signals to the group of the command are not theirs.

Ctrl-C, and a SIGTERM that `timeout` or a batch system sends to all processes, then reach the command alone, which saves
first and ends its workers itself.
"""

import os

if hasattr(os, "setpgrp"):
    os.setpgrp()
