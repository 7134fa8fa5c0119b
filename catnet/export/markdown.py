"""Markdown in which every name is text: as CommonMark and GitHub read it, and still readable as it is."""

import re
from collections.abc import Iterable, Sequence

from catnet.text import harmless

SPECIAL = re.compile(r"[\\`*\[<|~&$#]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")  # what means something anywhere in a line
AT_THE_START = re.compile(r"^(\d*)(?=>|[+=-]+(?:\s|$)|[.)](?:\s|$))")  # of a paragraph: a list, a rule, a quote
LINK = re.compile(r"(?<=www)\.|:(?=//)", re.IGNORECASE)  # what makes a link of an address
WIDEST = 40  # characters up to which the cells of a column are filled up with blanks


def inline(text: str) -> str:
    """Text in a line that is read as it is: with escapes for marks, tags, links, control characters, bidi marks."""
    line = SPECIAL.sub(r"\\\g<0>", harmless(" ".join(text.split())))
    return LINK.sub(r"\\\g<0>", line).replace("@", "@<!-- -->")  # which parts what would be an address of mail


def paragraph(*texts: str) -> str:
    """Texts as one paragraph, read as they are."""
    return AT_THE_START.sub(r"\1\\", inline(" ".join(texts)))


def code(text: str, language: str = "") -> str:
    """A block of code, whatever is in it."""
    lines = "\n".join(map(harmless, text.rstrip("\n").split("\n")))
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", lines))])
    return f"{fence}{language}\n{lines}\n{fence}"


def bullets(texts: Iterable[str]) -> str:
    """A list of texts."""
    return "\n".join(f"- {paragraph(text)}" for text in texts)


def facts_in(rows: Iterable[tuple[str, str]]) -> str:
    """A list of facts, each behind its name."""
    return "\n".join(f"- **{inline(name)}**: {inline(text)}" for name, text in rows)


def table(header: Sequence[str], rows: Iterable[Sequence[str]], numbers: bool = False) -> str:
    """A table of texts, whose columns are of equal width also if it is read as it is. With `numbers` all columns but
    the first are flush right.
    """
    cells = [list(map(inline, row)) for row in (header, *rows)]
    widths = [max([3, *(len(cell) for cell in column if len(cell) <= WIDEST)]) for column in zip(*cells, strict=True)]
    right = [numbers and place > 0 for place in range(len(header))]
    rule = ["-" * (width - 1) + (":" if flush else "-") for width, flush in zip(widths, right, strict=True)]
    head, *body = [
        [
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip(row, widths, right, strict=True)
        ]
        for row in cells
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *body))
