"""What was learned, on one page: facts -> verdict, noticed, examples -> figures, thumbnails -> page."""

from importlib.util import find_spec
from pathlib import Path

from catnet.files import open_regular

DOCTYPE, GENERATOR = b"<!doctype html>", b'<meta name="generator" content="catnet">'  # as in templates/layout.html
TITLE = " · catnet</title>".encode()  # by which a page of an earlier version is known
BEGINNING = 8192  # bytes, in which they are
EXTRA = "pip install 'catnet[report]'"  # how to get the extra


def is_installed() -> bool:
    """Whether the extra `report` is there, found without importing it."""
    return find_spec("jinja2") is not None


def is_page(path: Path) -> bool:
    """Whether a file is a page that catnet wrote, which it says itself; False if it cannot be read."""
    try:
        with open_regular(path, follow_links=False) as file:
            head = file.read(BEGINNING)
    except OSError:
        return False
    return head.startswith(DOCTYPE) and (GENERATOR in head or TITLE in head)
