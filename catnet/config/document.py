"""YAML text -> a tree that knows the line and column of each of its values.

Only what a configuration needs is read: mappings, lists and text. Numbers are parsed later, by the type of their
key, so that `no`, `1.0` and `007` stay names if a name is asked for, and `1e-3` is a number if a number is.
Anchors, aliases, tags, merge keys and deep nesting are refused: they could surprise, or exhaust the memory.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import yaml

from catnet.text import printable, short

LARGEST = 1 << 16  # bytes: ten times a long list of classes, and read in a second
AT_MOST = "the most that a configuration may have"
TOO_LARGE = f"larger than {LARGEST >> 10} KiB, {AT_MOST}"
DEEPEST, MOST = 20, 20_000  # levels of mappings and lists; values in them
WIDEST = 120  # characters of a line in a message

KeyPath = tuple[str | int, ...]  # ("data", "classes", 0)
Message = str | Callable[[], str]

NULL = ("", "~", "null", "Null", "NULL")
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # those of YAML


@dataclass(frozen=True)
class Source:
    """A text that a configuration comes from: a file (order 0), or the override KEY=VALUE of the given order.

    The YAML starts at `start`; relative paths in it are relative to `folder`.
    """

    name: str
    text: str
    folder: str = ""  # the current one
    order: int = 0
    start: int = 0

    @cached_property
    def line_starts(self) -> list[int]:
        """The index of the first character of each line."""
        return [0, *(line_break.end() for line_break in LINE_BREAK.finditer(self.text))]

    def line(self, number: int) -> str:
        """The text of a line, counted from 0, without its line break."""
        return LINE_BREAK.split(self.text[self.line_starts[number] :], maxsplit=1)[0]


class Place(NamedTuple):
    """The place of a character in a source; its line and column are counted from 0."""

    source: Source
    offset: int

    @property
    def line(self) -> int:
        return bisect_right(self.source.line_starts, self.offset) - 1

    @property
    def column(self) -> int:
        return self.offset - self.source.line_starts[self.line]


@dataclass(frozen=True)
class Node:
    """Text, nothing (None), a list or a mapping, with its place and that of its key."""

    content: "str | list[Node] | dict[str, Node] | None"
    place: Place
    key: Place | None = None


class Fault(NamedTuple):
    """Something wrong at a place. A message that takes time to find is found when it is shown."""

    place: Place
    message: Message

    def __str__(self) -> str:
        """FILE:LINE:COLUMN: message, the line, and a caret under the column."""
        source, line, column = self.place.source, self.place.line, self.place.column
        message = self.message() if callable(self.message) else self.message
        position = f"{printable(source.name)}:{line + 1}:{column + 1}"
        return f"{position}: {message}\n{excerpt(source.line(line), column)}"


class Refused(Exception):
    """The reading stops at something that a configuration must not have."""

    def __init__(self, place: Place, message: str):
        self.fault = Fault(place, message)


def excerpt(line: str, column: int) -> str:
    """The line and, under its column, a caret; a long line is cut around the caret."""
    first = max(0, min(column - WIDEST // 2, len(line) - WIDEST))
    head, tail = line[first:column], line[column : first + WIDEST]
    # A tab stays a tab in both lines, so that the caret is under its column however wide tabs are.
    head, tail = ("\t".join(map(printable, part.split("\t"))) for part in (head, tail))
    head = ("... " if first else "") + head
    under = "".join("\t" if c == "\t" else " " * width(c) for c in head)
    return f"  {head}{tail}{' ...' if first + WIDEST < len(line) else ''}\n  {under}^"


def width(character: str) -> int:
    """The columns of a terminal that a character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def parse(source: Source) -> tuple[Node | None, list[Fault]]:
    """The tree of a source, or None if it cannot be read; and the faults that were found until then."""
    reader = Reader(source)
    try:
        return reader.document(), reader.faults
    except Refused as refused:
        fault = refused.fault
    except yaml.reader.ReaderError as error:
        what = printable(chr(error.character)) if isinstance(error.character, int) else "a character"
        message = f'{what} is not allowed in YAML; write it as an escape in "..."'
        fault = Fault(Place(source, source.start + error.position), message)
    except yaml.MarkedYAMLError as error:
        fault = Fault(reader.place(error.problem_mark or error.context_mark), f"not valid YAML: {explain(error)}")
    except (ValueError, OverflowError):  # "\UFFFFFFFF", which PyYAML hands to chr()
        fault = Fault(reader.place(reader.loader.get_mark()), "not valid YAML: there is no character of this number")
    return None, [*reader.faults, fault]


def explain(error: yaml.MarkedYAMLError) -> str:
    """PyYAML's words, and how to fix the two mistakes that beginners make."""
    problem = printable(error.problem or error.context or "cannot be read")
    if "'\\t'" in problem:
        return f"{problem}; indent with spaces, not tabs"
    if "mapping values are not allowed" in problem:
        return f"{problem}; check the indentation, and quote text that holds a colon"
    return problem


class Reader:
    """Reads one document from a source."""

    def __init__(self, source: Source):
        self.source = source
        self.faults: list[Fault] = []
        self.values = 0

    def place(self, mark: Any) -> Place:
        """The place of a mark of PyYAML, which counts from where the YAML starts."""
        return Place(self.source, self.source.start + mark.index)

    def document(self) -> Node:
        # not the C loader, which has other words and other columns
        self.loader = yaml.SafeLoader(self.source.text[self.source.start :])
        self.event()  # the stream's start
        if isinstance(self.event(), yaml.StreamEndEvent):
            return Node(None, Place(self.source, self.source.start))
        root = self.node(self.event(), ())
        self.event()  # the document's end
        after = self.event()
        if not isinstance(after, yaml.StreamEndEvent):
            raise Refused(self.place(after.start_mark), "a second YAML document; a configuration is one document")
        return root

    def event(self) -> Any:
        return self.loader.get_event()  # type: ignore[no-untyped-call]

    def node(self, event: yaml.Event, path: KeyPath) -> Node:
        """The tree under an event, at a path of keys."""
        place = self.place(event.start_mark)
        self.check(event, path, place)
        self.values += 1
        if self.values > MOST:
            raise Refused(place, f"more than {MOST} values, {AT_MOST}")
        if isinstance(event, yaml.ScalarEvent):
            is_null = event.style is None and event.value in NULL
            return Node(None if is_null else text(event.value, path, place), place)
        if len(path) == DEEPEST:
            raise Refused(place, f"nested deeper than {DEEPEST} levels")
        if isinstance(event, yaml.MappingStartEvent):
            return Node(self.mapping(path), place)
        items: list[Node] = []
        while not isinstance(event := self.event(), yaml.SequenceEndEvent):
            items.append(self.node(event, (*path, len(items))))
        return Node(items, place)

    def mapping(self, path: KeyPath) -> dict[str, Node]:
        content: dict[str, Node] = {}
        while not isinstance(event := self.event(), yaml.MappingEndEvent):
            place = self.place(event.start_mark)
            if not isinstance(event, yaml.ScalarEvent):
                raise Refused(place, said(path, "a key must be text"))
            if event.value == "<<" and event.style is None:
                raise Refused(place, said(path, "merge keys (<<) are not allowed; write the keys out"))
            inner = (*path, event.value)
            self.check(event, inner, place)
            key = text(event.value, inner, place)
            value = replace(self.node(self.event(), inner), key=place)
            first = content.setdefault(key, value)
            if first is not value and first.key is not None:
                lines = sorted({first.key.line + 1, place.line + 1})
                where = f"line{'s' * (len(lines) > 1)} {' and '.join(map(str, lines))}"
                self.faults.append(Fault(place, said(inner, f"given twice, in {where}; keep one")))
        return content

    def check(self, event: Any, path: KeyPath, place: Place) -> None:
        """Refuses aliases, anchors and tags."""
        if isinstance(event, yaml.AliasEvent):
            raise Refused(place, said(path, "aliases (*) are not allowed; write the value out, or quote it"))
        for what, given in (("anchors (&)", event.anchor), ("tags (!)", event.tag)):
            if given is not None:
                self.faults.append(Fault(place, said(path, f"{what} are not allowed; remove it, or quote the text")))


def text(value: str, path: KeyPath, place: Place) -> str:
    """The text; pairs of surrogate escapes, as JSON writes them, are joined to one character."""
    try:
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        raise Refused(place, said(path, "half of a surrogate pair is not a character")) from None


def said(path: KeyPath, message: str) -> str:
    """KEY: message; a long key is cut off."""
    parts = tuple(short(part) if isinstance(part, str) else part for part in path)
    return f"{dotted(parts)}: {message}" if path else message


def dotted(path: KeyPath) -> str:
    """data.classes[0]"""
    name = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return printable(name.removeprefix("."))
