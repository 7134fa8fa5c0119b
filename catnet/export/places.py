"""What tells where somebody keeps their files: it does not leave their machine."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from catnet.text import printable

# the folders of an absolute path, of which its last name is kept
FOLDERS = re.compile(r"(?<![^\s\"'(=:,])/(?:[^\s/:;,\"'()]+/)+(?=[^\s/])")


def without_folders(text: str, paths: Iterable[Path]) -> str:
    """The text without the folders that these paths are in, nor those of other absolute paths, and with ~ for the home
    of the user: what is in a path keeps its name behind that of the path, `animals/train/cat`.
    """
    for path in sorted(paths, key=lambda path: len(path.parts), reverse=True):
        if path.is_absolute() and path.parent.name:
            text = text.replace(f"{printable(path.parent)}/", "")
    home = os.path.expanduser("~")  # or ~, if it is not known
    return FOLDERS.sub("", text if home == os.sep else text.replace(printable(home), "~"))
