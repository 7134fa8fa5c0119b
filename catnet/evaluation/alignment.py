"""Rows of text as a table, and sentences in lines."""

import re
import textwrap
from collections.abc import Sequence
from itertools import zip_longest

from catnet.text import unmarked

WIDTH = 80  # characters of a line
LONGEST = 30  # of a cell in one line


def aligned(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """The rows as lines with columns of equal width, those of `right` flush right."""
    rows = [list(map(unmarked, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def in_blocks(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """The rows as `aligned`, in lines of at most WIDTH: a long cell takes several lines, and columns for which there is
    no room stand in a table below, with the first column again.
    """
    rows = [list(map(unmarked, row)) for row in rows]
    widths = [min(LONGEST, max(map(len, column))) for column in zip(*rows, strict=True)]
    blocks: list[list[int]] = []
    room = 0
    for column, width in enumerate(widths[1:], 1):
        if not blocks or room < width + 2:
            blocks.append([])
            room = WIDTH - widths[0]
        blocks[-1].append(column)
        room -= width + 2
    tables = []
    for block in blocks or [[]]:
        columns = [0, *block]
        lines = [line for row in rows for line in zip_longest(*(pieces(row[i]) for i in columns), fillvalue="")]
        tables.append(aligned(lines, [place for place, i in enumerate(columns) if i in right]))
    return "\n\n".join(tables)


def pieces(text: str, width: int = LONGEST) -> list[str]:
    """The text in pieces of at most so many characters, which end after a blank or one of -_/.,; if they can."""
    found = []
    while len(text) > width:
        end = max((match.end() for match in re.finditer(r"[-_/., ]", text[:width])), default=0)
        end = end if end > width // 3 else width
        found.append(text[:end].rstrip())
        text = text[end:]
    return [*found, text]


def wrapped(text: str, mark: str = "") -> list[str]:
    """A text in lines of at most WIDTH; the first begins with the mark, the others are indented by two blanks."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=mark, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
