"""What was read: the examples by split and class, the inputs by kind, and what was left out."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from catnet.data.omission import Omission
from catnet.engine.types import Array
from catnet.goals import REGRESSION
from catnet.question import Question
from catnet.text import counted, first_names, listed, printable, short

MOST = 20  # lines on what was left out

Names = Callable[[Iterable[str]], str]  # puts names in a row


@dataclass(frozen=True)
class Reading:
    """What was read, as plain values.

    `examples` are counted by split; `classes` by split and class, or, for goal 2.0, by label; none for regression.
    `filled` are the missing cells that were filled, by column, of all splits. `left_out` are notes.
    """

    question: Question
    examples: dict[str, int]
    classes: dict[str, dict[str, int]]
    size: tuple[int, int] | None
    colors: str
    filled: dict[str, int]
    left_out: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The facts as summary.json has them."""
        return {
            "examples": self.examples,
            "classes": self.classes,
            "inputs": self.inputs,
            "filled": self.filled,
            "left_out": list(self.left_out),
        }

    @property
    def inputs(self) -> dict[str, Any]:
        """What the inputs are made of: pictures of a size, or a table's columns by their kind."""
        if self.size is None:
            return kinds_of_columns(self.question)
        height, width = self.size
        return {"pictures": {"height": height, "width": width, "colors": self.colors}}

    def lines(self) -> Iterator[str]:
        """What was read, for people; bounded, however many classes or columns there are."""
        question = self.question
        yield "examples: " + ", ".join(f"{count} {split}" for split, count in self.examples.items())
        for split, counts in self.classes.items():
            yield f"{split}: {first_names(f'{printable(name)} {count}' for name, count in counts.items())}"
        if question.target is not None:
            yield f"target: {printable(question.target)}"
        if question.negative is not None:
            named = f"1 is {printable(question.classes[0])}, 0 is {printable(question.negative)}"
            yield f"classes: {'1 and 0' if question.names == ('0', '1') else named}"
        elif question.classes:
            yield f"classes, in the order of the outputs: {listed(question.classes)}"
        yield f"inputs: {self.described_inputs()}"
        if self.filled:
            yield f"filled: {described_cells(self.filled)}"
        yield from (f"left out: {note}" for note in self.left_out[:MOST])
        if len(self.left_out) > MOST:
            yield f"left out: {len(self.left_out) - MOST} more, in summary.json"

    def described_inputs(self, names: Names = first_names) -> str:
        """The inputs in words."""
        if self.size is None:
            return described_columns(self.question, names)
        return described_pictures(self.size, self.colors)


def reading(question: Question, labels: Mapping[str, Array], notes: Iterable[str], **facts: Any) -> Reading:
    """What was read: the labels Y (k, m) of each split, and of the notes those on what was left out.

    `facts` are the other fields of Reading.
    """
    examples = {split: Y.shape[1] for split, Y in labels.items()}
    classes = {} if question.goal == REGRESSION else {split: _by_class(question, Y) for split, Y in labels.items()}
    left_out = tuple(str(note) for note in notes if isinstance(note, Omission))
    return Reading(question, examples, classes, left_out=left_out, **facts)


def _by_class(question: Question, Y: Array) -> dict[str, int]:
    """The number of examples of each class, by Y (k, m); for goal 2.0, of each label."""
    counts = Y.sum(axis=1).astype(int).tolist()
    if question.negative is not None:
        counts = [Y.shape[1] - counts[0], *counts]
    return dict(zip(question.names, counts, strict=True))


def kinds_of_columns(question: Question) -> dict[str, Any]:
    """The columns that are numbers; those of texts, each with its categories; those that also have an input that is 1
    for a missing cell.
    """
    texts = {column.name: list(column.categories) for column in question.encoded if column.categories is not None}
    return {
        "numbers": [name for name in question.features or () if name not in texts],
        "categories": texts,
        "missing": [column.name for column in question.encoded if column.has_missing and column.name not in texts],
    }


def described_pictures(size: tuple[int, int], colors: str) -> str:
    """`pictures of 64 x 64 pixels, rgb`"""
    return "pictures of {} x {} pixels, {}".format(*size, colors)


def described_columns(question: Question, names: Names = first_names) -> str:
    """`7 numbers: age, ...; 2 columns of categories: sex (female, male), ...; 1 whether a cell is missing: age`"""
    numbers, texts, missing = kinds_of_columns(question).values()
    columns = [f"{short(name)} ({first_names(map(short, found), 100)})" for name, found in texts.items()]
    kinds = {
        counted(len(numbers), "number"): numbers,
        f"{counted(len(texts), 'column')} of categories": columns,
        f"{len(missing)} whether a cell is missing": missing,
    }
    return "; ".join(f"{kind}: {names(of_kind)}" for kind, of_kind in kinds.items() if of_kind)


def described_cells(filled: Mapping[str, int], names: Names = first_names) -> str:
    """`177 missing cells of age, 2 of embarked`"""
    (name, count), *others = filled.items()
    first = f"{counted(count, 'missing cell')} of {short(name)}"
    return names([first, *(f"{count} of {short(name)}" for name, count in others)])
