"""A trace as text for a terminal, in lines of 80 characters."""

import re
from collections.abc import Iterator, Sequence

from catnet.config.document import width
from catnet.teaching.tracing.form import Drawing, Equation, Line, Section, Sum, Table, Term

WIDTH = 80
INDENT, DEEPER = "  ", "    "
AT_OPERATORS = re.compile(r" (?=[+-] )(?![^()]*\))")  # outside of brackets: there a long side may be broken


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
    return pieces(text.split(" "), indent, indent)


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
        row = f"{DEEPER}{term.product:<{left}} = {term.value:>{right}}"
        if columns(row) <= WIDTH:
            yield from with_remark(row, term.place)
        else:
            yield from equation_lines(Equation((term.product, term.value), term.place))


def equation_lines(line: Equation) -> Iterator[str]:
    """The equation in one line if it fits, else its sides below each other; the remark behind the first."""
    remark = f"({line.remark})" if line.remark else ""
    whole = f"{DEEPER}{' = '.join(line.sides)}"
    if columns(whole) + columns(f"  {remark}" if remark else "") <= WIDTH:
        yield from with_remark(whole, remark)
        return
    first, *others = line.sides
    *lines, last = broken(first, DEEPER)
    yield from lines
    yield from with_remark(last, remark)
    for side in others:
        yield from broken(f"= {side}", DEEPER + DEEPER)


def with_remark(row: str, remark: str) -> Iterator[str]:
    """A line with a remark behind it, or, if both are too long, in lines of its own below it."""
    if not remark:
        yield row
    elif columns(f"{row}  {remark}") <= WIDTH:
        yield f"{row}  {remark}"
    else:
        yield row
        yield from pieces(remark.split(), DEEPER + DEEPER, DEEPER + DEEPER)


def broken(side: str, indent: str) -> list[str]:
    """A side of an equation in lines, each but the first deeper, broken before its operators."""
    return pieces(AT_OPERATORS.split(side), indent, f"{indent}  ")


def pieces(parts: Sequence[str], indent: str, deeper: str) -> list[str]:
    """Parts of a text in lines that are no longer than a terminal is wide, unless a part is."""
    lines = [f"{indent}{parts[0]}"]
    for part in parts[1:]:
        longer = f"{lines[-1]} {part}"
        lines = [*lines[:-1], longer] if columns(longer) <= WIDTH else [*lines, f"{deeper}{part}"]
    return [line.rstrip() for line in lines]


def columns(text: str) -> int:
    """The columns of a terminal that a text takes."""
    return len(text) if text.isascii() else sum(map(width, text))


def table_lines(line: Table) -> Iterator[str]:
    """The rows, their columns as wide as their longest cell."""
    rows = [(line.corner, *line.columns), *line.rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = "  ".join(f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))
        yield f"{DEEPER}{first:<{widths[0]}}  {cells}"
