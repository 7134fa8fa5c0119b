"""What was learned, on one page: facts -> verdict, noticed, examples -> figures, thumbnails -> page."""

from importlib.util import find_spec

EXTRA = "pip install 'catnet[report]'"  # how to get the extra


def is_installed() -> bool:
    """Whether the extra `report` is there, found without importing it."""
    return all(find_spec(package) is not None for package in ("matplotlib", "jinja2"))
