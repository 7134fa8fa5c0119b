"""A trace as text for a terminal, in lines of 80 characters."""

from collections.abc import Iterator, Sequence
from textwrap import wrap

from catnet.teaching.tracing.form import Drawing, Equation, Line, Section, Sum, Table, Term

WIDTH = 80
INDENT, DEEPER = "  ", "    "


def as_text(title: Sequence[str], sections: Sequence[Section]) -> str:
    """All sections, one below the other."""
    lines = [line for paragraph in title for line in wrapped(paragraph, "")]
    for section in sections:
        lines += ["", *section_lines(section)]
    return "\n".join(lines)


def section_lines(section: Section) -> Iterator[str]:
    """The title of a section, its equation with the shapes, and its lines."""
    yield from wrapped(f"== {section.title} ==", "")
    yield from wrapped(section.equation, INDENT)
    yield from wrapped(f"shapes: {section.shapes}", INDENT)
    for paragraph in section.why:
        yield from wrapped(paragraph, INDENT)
    for line in section.lines:
        yield from lines_of(line)


def wrapped(text: str, indent: str) -> list[str]:
    """A sentence in lines; a long word stays whole."""
    return wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
                break_on_hyphens=False)  # fmt: skip


def lines_of(line: Line) -> Iterator[str]:
    """A line of a section in lines of text."""
    if isinstance(line, str):
        yield from wrapped(line, INDENT)
    elif isinstance(line, Sum):
        yield from sum_lines(line)
    elif isinstance(line, Equation):
        yield from equation_lines(line)
    elif isinstance(line, Table):
        yield from table_lines(line)
    elif isinstance(line, Drawing):
        yield from (f"{DEEPER}{each}" for each in line.lines)


def sum_lines(line: Sum) -> Iterator[str]:
    """The terms below each other, their values so too, and the sum below a rule."""
    left = max(len(line.name), *(len(term.product) for term in line.terms))
    right = max(len(line.value), *(len(term.value) for term in line.terms))
    yield f"{INDENT}{line.name}, the sum of:"
    for term in (*line.terms, Term(line.name, line.value, line.place)):
        place = f"  {term.place}" if term.place else ""
        row = f"{DEEPER}{term.product:<{left}} = {term.value:>{right}}{place}"
        yield from [row] if len(row) <= WIDTH else [row.removesuffix(place), f"{DEEPER}{DEEPER}{term.place}"]


def equation_lines(line: Equation) -> Iterator[str]:
    """The equation in one line if it fits, else its sides below each other; the remark behind."""
    remark = f"  ({line.remark})" if line.remark else ""
    whole = " = ".join(line.sides)
    if len(DEEPER) + len(whole) + len(remark) <= WIDTH:
        yield f"{DEEPER}{whole}{remark}"
        return
    first, *others = line.sides
    yield f"{DEEPER}{first}{remark}"
    yield from (f"{DEEPER}{DEEPER}= {side}" for side in others)


def table_lines(line: Table) -> Iterator[str]:
    """The rows, their columns as wide as their longest cell."""
    rows = [(line.corner, *line.columns), *line.rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = "  ".join(f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))
        yield f"{DEEPER}{first:<{widths[0]}}  {cells}"
