"""README.md and docs/ as tests read them: blocks of code, the files that these are, and sections."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
TEXTBOOK = "docs/TEXTBOOK.md"  # tests/test_exercises.py runs it


class Fence(NamedTuple):
    """A block of code, and its language."""

    language: str
    text: str


def text_of(document: str) -> str:
    """The whole text of a document, by its path in the project."""
    return (ROOT / document).read_text(encoding="utf-8")


def fences(text: str) -> list[Fence]:
    """The blocks of code in a text, in order."""
    return [Fence(*found) for found in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


def blocks(document: str, language: str) -> list[str]:
    """The blocks of a document that are in this language."""
    return [fence.text for fence in fences(text_of(document)) if fence.language == language]


def name_of(text: str) -> str:
    """The file that a YAML block is, said in its first line."""
    return text.splitlines()[0].removeprefix("# ")


def section(document: str, title: str) -> str:
    """The text from this heading to the next one."""
    return re.split(r"^#+ .*$", text_of(document).split(f"# {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
