"""Why a file is not a table with a header: said once for the whole file, not once for each row."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import BinaryIO

from catnet.data.separators import COMMA, NAMES, Rows
from catnet.errors import DataError
from catnet.text import counted, first_names, joined, short

# The first bytes of what is often called .csv and is none.
OTHER_FORMATS = {
    b"PK\x03\x04": "is an Excel workbook or a zip archive; save the table as CSV (UTF-8)",
    b"\xd0\xcf\x11\xe0": "is an Excel workbook; save the table as CSV (UTF-8)",
    b"\xff\xfe": "is UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "is UTF-16 text; save it as UTF-8",
    b"\x1f\x8b": "is compressed (gzip); unpack it",
    b"PAR1": "is a Parquet file; save the table as CSV (UTF-8)",
    b"<!DOCTYPE": "is a web page; download the table itself",
    b"<html": "is a web page; download the table itself",
    b"version https://git-lfs": "only points to a file of Git LFS; fetch the file itself",
}
MAX_LINE = 16 << 20  # bytes; a line may have up to twice as many, because the file is looked through in blocks
TITLE_LINES = 5  # so many lines may stand between a title and the names of the columns
NO_NAME = re.compile(r"(Unnamed: \d+(\.\d+)*)?")  # as pandas names a column that has no name


def demand_text(shown: str, start: bytes) -> None:
    """Raises DataError if the first bytes of a file are not those of UTF-8 text."""
    for magic, reason in OTHER_FORMATS.items():
        if start[: len(magic)].lower() == magic.lower():
            raise DataError(f"{shown}: {reason}")
    if b"\0" in start.partition(b"\n")[0]:
        raise DataError(
            f"{shown}: its first line holds NUL characters, as UTF-16 and binary files do; save it as UTF-8"
        )


def demand_short_lines(shown: str, file: BinaryIO) -> None:
    """Raises DataError if a line is so long that the file is no table, but would fill the memory."""
    line = 1
    while len(block := file.read(MAX_LINE)) == MAX_LINE:
        if b"\n" not in block and b"\r" not in block:
            raise DataError(f"{shown}:{line}: the line is longer than {MAX_LINE >> 20} MiB; is this a table?")
        line += block.count(b"\n")
    file.seek(0)


def demand_no_title(shown: str, header: Sequence[str], rows: Rows) -> None:
    """Raises DataError if the first line is none of names, but the names come a few lines later."""
    widths = Counter(map(len, rows)).most_common(1)
    alone = not any(header[1:])
    if not widths or not (alone or header[0].startswith("#")) or (len(header) == widths[0][0] and not alone):
        return
    follow = [cells for cells in rows[:TITLE_LINES] if len(cells) == widths[0][0] > 1 and all(map(str.strip, cells))]
    if not follow or any(cell.strip()[0].isdigit() for cell in follow[0]):
        return
    what = "a comment" if header[0].startswith("#") else "a title"
    if header[0].casefold().startswith("sep="):
        what = "a setting of a spreadsheet program"
    fix = f"remove what is above the names of the columns ({first_names(follow[0], 60)})"
    raise DataError(f"{shown}:1: the first line is {what} ({short(header[0])}); {fix}")


def demand_width(shown: str, separator: str, header: Sequence[str], rows: Rows) -> None:
    """Raises DataError if all rows are wider, or narrower, than the header by the same number of cells."""
    widths = set(map(len, rows))
    if len(rows) < 2 or len(widths) > 1 or widths == {len(header)}:
        return
    (width,) = widths
    marks = NAMES[separator]
    fix = f"name every column{' (and write 1.5, not 1,5)' if separator == COMMA else ''}"
    if width > len(header) and not any(any(map(str.strip, cells[len(header) :])) for cells in rows):
        fix = f"remove the {marks} at the end of the lines"
    elif width < len(header) and not any(header[width:]):
        fix = f"remove the {marks} at the end of the header"
    elif width < len(header):
        fix = "give every row a cell for each column"
    raise DataError(f"{shown}: all {len(rows)} rows have {counted(width, 'cell')}, the header has {len(header)}; {fix}")


def misfit(cells: Sequence[str], header: Sequence[str]) -> str:
    """What is wrong with a row that has more or fewer cells than the header."""
    return f"has {counted(len(cells), 'cell')}, the header has {len(header)}"


def quote_at_fault(lines: Iterable[str], first: int, separator: str) -> int | None:
    """The line, counted from `first`, that opens the first quote of a row after whose end there is more in the cell;
    if there is none, the last quote. None if the row has no quotes.
    """
    opened, is_open = None, False
    for number, line in enumerate(lines, first):
        end = 0
        while at := line.find('"', end) + 1:
            end, follows = at, line[at : at + 1]
            if is_open and follows == '"':  # stands for one within quotes
                end += 1
            elif is_open:
                is_open = False
                if follows not in ("", separator, "\r", "\n"):
                    return opened
            elif line[: at - 1][-1:] in ("", separator):
                opened, is_open = number, True
    return opened


def numbering_columns(header: Sequence[str], rows: Rows) -> int:
    """How many of the first columns have no name of their own and number the rows, as pandas writes them."""
    count = 0
    while count < len(header) - 1 and NO_NAME.fullmatch(header[count]) and _are_numbered(rows, count):
        count += 1
    return count


def _are_numbered(rows: Rows, position: int) -> bool:
    """Whether a column holds a different whole number in each row."""
    cells = [row[position].strip() for row in rows]
    return len(set(cells)) == len(cells) and all(cell.isascii() and cell.isdigit() for cell in cells)


def demand_names(shown: str, separator: str, header: Sequence[str], rows: Rows, numbering: int = 0) -> None:
    """Raises DataError if a column has no name; those that number the rows need none."""
    nameless = [place for place, name in enumerate(header) if not name and place >= numbering]
    if not nameless:
        return
    empty = [place for place in nameless if not any(row[place].strip() for row in rows)]
    if empty == nameless and nameless[-1] == len(header) - 1:
        which = "the last column has" if len(nameless) == 1 else f"{len(nameless)} columns have"
        end = f"; remove the {NAMES[separator][:-1]} at the end of each line" if len(nameless) == 1 else "; remove them"
        raise DataError(f"{shown}:1: {which} no name and no values{end}")
    places = joined(str(place + 1) for place in nameless)
    which = f"column {places} has no name; name it, or remove it"
    if len(nameless) > 1:
        which = f"columns {places} have no names; name them, or remove them"
    raise DataError(f"{shown}:1: {which}")
