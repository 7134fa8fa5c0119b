"""A trace as a page without script, in which small pictures stand for x, W and dW."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from catnet.report.page import filled, write
from catnet.report.thumbnails import data_uri, weight_picture
from catnet.teaching.tracing.form import Drawing, Equation, Line, Picture, Section, Sum, Table

KINDS = {Sum: "sum", Equation: "equation", Table: "table", Drawing: "drawing", str: "sentence"}


class Part(NamedTuple):
    """A part of an equation with pictures: a text, or the URI of a picture and what it is."""

    text: str
    uri: str = ""


def write_page(
    path: Path, name: str, title: Sequence[str], sections: Sequence[Section], size: tuple[int, int] | None
) -> None:
    """Writes the page of a trace of the example of that name; its pictures are (height, width). Raises OutputError."""
    write(path, as_page(name, title, sections, size))


def as_page(name: str, title: Sequence[str], sections: Sequence[Section], size: tuple[int, int] | None) -> str:
    """The page of a trace."""
    known: dict[int, str] = {}  # a picture stands in several equations, and is drawn once
    shown = [(section, kinds_of(section.lines), pictured_in(section, size, known)) for section in sections]
    return filled("trace.html", {"name": Path(name).name, "about": title, "sections": shown})


def kinds_of(lines: Sequence[Line]) -> list[tuple[str, Line]]:
    """The lines, each with its kind, by which the template shows it."""
    return [(KINDS[type(line)], line) for line in lines]


def pictured_in(section: Section, size: tuple[int, int] | None, known: dict[int, str]) -> list[list[Part]]:
    """The equations with pictures of a section; none of a table, which has no size."""
    if size is None:
        return []
    return [
        [Part(part) if isinstance(part, str) else Part(part.caption, uri_of(part, size, known)) for part in parts]
        for parts in section.pictured
    ]


def uri_of(picture: Picture, size: tuple[int, int], known: dict[int, str]) -> str:
    """The picture as a URI."""
    key = hash(picture.values.tobytes())
    if key not in known:
        is_bytes = picture.values.dtype == np.uint8
        known[key] = data_uri(picture.values.reshape(*size, -1) if is_bytes else weight_picture(picture.values, size))
    return known[key]
