"""YAML text -> a tree that knows the line and column of each of its values.

Only what a configuration needs is read: mappings, lists and text. Numbers are parsed later, by the type of their
key, so that `no`, `1.0` and `007` stay names where a name is asked for, and `1e-3` is a number where a number is.
What could surprise, or be used to exhaust memory, is refused: anchors, aliases, tags, merge keys, deep nesting.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import yaml

from catnet.text import printable

LARGEST = 1 << 16  # bytes: ten times a long list of classes, and read in a second
DEEPEST = 20  # levels of mappings and lists
WIDEST = 120  # characters of a line in a message

KeyPath = tuple[str | int, ...]  # ("data", "classes", 0)

NULL = ("", "~", "null", "Null", "NULL")
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # those of YAML


@dataclass(frozen=True)
class Source:
    """A text that a configuration comes from: a file (order 0), or the override KEY=VALUE of the given order.

    The YAML starts at `start`; relative paths in it are relative to `folder`.
    """

    name: str
    text: str
    folder: str
    order: int = 0
    start: int = 0

    def place(self, index: int) -> "Place":
        """The place of the character of that index in the whole text."""
        before = LINE_BREAK.split(self.text[:index])
        return Place(self, len(before) - 1, len(before[-1]))


class Place(NamedTuple):
    """A line and a column of a source, both counted from 0."""

    source: Source
    line: int
    column: int


@dataclass(frozen=True)
class Node:
    """Text, nothing (None), a list or a mapping; where it is, and where its key is."""

    content: "str | list[Node] | dict[str, Node] | None"
    place: Place
    key: Place | None = None


class Fault(NamedTuple):
    """Something wrong at a place."""

    place: Place
    message: str

    def __str__(self) -> str:
        """FILE:LINE:COLUMN: message, the line, and a caret under the column."""
        source, line, column = self.place
        position = f"{printable(source.name)}:{line + 1}:{column + 1}"
        return f"{position}: {self.message}\n{excerpt(LINE_BREAK.split(source.text)[line], column)}"


class Unreadable(Exception):
    """The text cannot be read as a configuration; holds all that was found to be wrong up to there."""

    def __init__(self, faults: list[Fault]):
        super().__init__(faults)
        self.faults = faults


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


def parse(source: Source) -> tuple[Node, list[Fault]]:
    """The tree of a source, and the faults that do not stop the reading (duplicate keys, anchors, tags).

    Raises:
        Unreadable: it is not YAML, or holds what a configuration must not hold.
    """
    reader = Reader(source)
    try:
        return reader.document(), reader.faults
    except yaml.reader.ReaderError as error:
        place = source.place(source.start + error.position)
        what = printable(chr(error.character)) if isinstance(error.character, int) else "a character"
        raise reader.unreadable(place, f'{what} is not allowed in YAML; write it as an escape in "..."') from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        assert mark is not None
        raise reader.unreadable(reader.place(mark), f"not valid YAML: {explain(error)}") from error
    except (ValueError, OverflowError) as error:  # "\UFFFFFFFF", which PyYAML hands to chr()
        message = "not valid YAML: there is no character of this number"
        raise reader.unreadable(reader.place(reader.loader.get_mark()), message) from error


def explain(error: yaml.MarkedYAMLError) -> str:
    """PyYAML's words, and the way out of the two mistakes that beginners make."""
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

    def place(self, mark: Any) -> Place:
        """The place of a mark of PyYAML, which counts from where the YAML starts."""
        return Place(self.source, mark.line, mark.column + (self.source.start if mark.line == 0 else 0))

    def unreadable(self, place: Place, message: str) -> Unreadable:
        return Unreadable([*self.faults, Fault(place, message)])

    def document(self) -> Node:
        # The pure-Python loader: the C one has other words and other columns.
        self.loader = yaml.SafeLoader(self.source.text[self.source.start :])
        self.event()  # the stream's start
        start = self.event()
        if isinstance(start, yaml.StreamEndEvent):
            return Node(None, self.source.place(self.source.start))
        root = self.node(self.event(), ())
        self.event()  # the document's end
        after = self.event()
        if not isinstance(after, yaml.StreamEndEvent):
            place = self.place(after.start_mark)
            raise self.unreadable(place, "a second YAML document; a configuration is one document")
        return root

    def event(self) -> Any:
        return self.loader.get_event()  # type: ignore[no-untyped-call]

    def node(self, event: yaml.Event, path: tuple[str, ...]) -> Node:
        """The tree under an event, at a path of keys."""
        place = self.place(event.start_mark)
        self.check(event, path, place)
        if isinstance(event, yaml.ScalarEvent):
            if event.style is None and event.value in NULL:
                return Node(None, place)
            return Node(self.text(event.value, path, place), place)
        if len(path) == DEEPEST:
            raise self.unreadable(place, f"nested deeper than {DEEPEST} levels")
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(event := self.event(), yaml.SequenceEndEvent):
                items.append(self.node(event, (*path, f"[{len(items)}]")))
            return Node(items, place)
        return Node(self.mapping(path), place)

    def mapping(self, path: tuple[str, ...]) -> dict[str, Node]:
        content: dict[str, Node] = {}
        while not isinstance(event := self.event(), yaml.MappingEndEvent):
            place = self.place(event.start_mark)
            if not isinstance(event, yaml.ScalarEvent):
                raise self.unreadable(place, said(path, "a key must be text"))
            if event.value == "<<" and event.style is None:
                raise self.unreadable(place, said(path, "merge keys (<<) are not allowed; write the keys out"))
            inner = (*path, event.value)
            self.check(event, inner, place)
            key = self.text(event.value, inner, place)
            value = replace(self.node(self.event(), inner), key=place)
            first = content.setdefault(key, value)
            if first is not value and first.key is not None:
                lines = f"{first.key.line + 1} and {place.line + 1}"
                self.faults.append(Fault(place, said(inner, f"given twice, in lines {lines}; keep one")))
        return content

    def check(self, event: yaml.Event, path: tuple[str, ...], place: Place) -> None:
        """Refuses aliases, anchors and tags."""
        if isinstance(event, yaml.AliasEvent):
            raise self.unreadable(place, said(path, "aliases (*) are not allowed; write the value out, or quote it"))
        if getattr(event, "anchor", None) is not None:
            self.faults.append(Fault(place, said(path, "anchors (&) are not allowed; remove it, or quote the text")))
        if getattr(event, "tag", None) is not None:
            self.faults.append(Fault(place, said(path, "tags (!) are not allowed; remove it, or quote the text")))

    def text(self, value: str, path: tuple[str, ...], place: Place) -> str:
        """The text; pairs of surrogate escapes, as JSON writes them, are joined to one character."""
        try:
            return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise self.unreadable(place, said(path, "half of a surrogate pair is not a character")) from None


def said(path: KeyPath, message: str) -> str:
    """KEY: message"""
    return f"{dotted(path)}: {message}" if path else message


def dotted(path: KeyPath) -> str:
    """data.classes[0]"""
    name = "".join(f"[{part}]" if isinstance(part, int) else part if part[:1] == "[" else f".{part}" for part in path)
    return printable(name.removeprefix("."))


def lines_of_keys(text: str) -> dict[str, int]:
    """The line, counted from 1, of each key of a configuration, by its dotted name: {"train.epochs": 27, ...}.

    Empty if the text cannot be read.
    """
    try:
        root, _ = parse(Source("", text, ""))
    except Unreadable:
        return {}
    found: dict[str, int] = {}

    def visit(node: Node, path: tuple[str, ...]) -> None:
        if path and node.key is not None:
            found[dotted(path)] = node.key.line + 1
        if isinstance(node.content, dict):
            for name, inner in node.content.items():
                visit(inner, (*path, name))

    visit(root, ())
    return found
