"""What was read: the examples by split and class, the inputs by kind, and what was left out."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from catnet.data.omission import set_apart
from catnet.engine.colors import CHANNELS
from catnet.engine.types import Array
from catnet.goals import REGRESSION
from catnet.question import MISSING, Question
from catnet.text import counted, first_names, printable, short

MOST = 20  # lines on what was left out
MOST_REASONS = 5  # why examples were skipped

Names = Callable[[Iterable[str]], str]  # puts names in a row


@dataclass(frozen=True)
class Reading:
    """What was read, as plain values.

    `examples` are counted by split; `classes` by split and class, or, for goal 2.0, by label; none for regression.
    `size` (height, width) is that at which pictures are read, None for a table; a pixel of the network's input is the
    mean of a `box` of them, and `components` the number of whitened ones, if it takes these. `filled` are the missing
    cells that were filled, by column, of all splits; `skipped` the bad examples by the kind of reason, the most
    frequent first. `left_out` are notes.
    """

    question: Question
    examples: dict[str, int]
    classes: dict[str, dict[str, int]]
    size: tuple[int, int] | None
    colors: str
    filled: dict[str, int]
    left_out: tuple[str, ...]
    skipped: Mapping[str, int]
    box: int = 1
    components: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The facts as summary.json has them."""
        return {
            "examples": self.examples,
            "classes": self.classes,
            "inputs": self.inputs,
            "filled": self.filled,
            "left_out": list(self.left_out),
            "skipped": dict(self.skipped),
        }

    @property
    def inputs(self) -> dict[str, Any]:
        """What the inputs are made of: pictures of a size, or a table's columns by their kind."""
        components = {} if self.components is None else {"components": self.components}
        if self.size is None:
            return {**kinds_of_columns(self.question), **components}
        height, width = self.size
        pictures = {"height": height, "width": width, "colors": self.colors, "box_average": self.box}
        return {"pictures": pictures, "count": inputs_of_pictures(self.size, self.colors, self.box), **components}

    def lines(self, path: Path) -> Iterator[str]:
        """What was read at this path, for people; bounded, however many classes or columns there are."""
        question = self.question
        yield "examples: " + ", ".join(f"{count} {split}" for split, count in self.examples.items())
        for split, counts in self.classes.items():
            yield f"{split}: {_some(f'{printable(name)} {count}' for name, count in counts.items())}"
        if question.target is not None:
            yield f"target: {printable(question.target)}"
        if question.negative is not None:
            named = f"1 is {printable(question.classes[0])}, 0 is {printable(question.negative)}"
            yield f"classes: {'1 and 0' if question.names == ('0', '1') else named}"
        elif question.classes:
            yield f"classes, in the order of the outputs: {_some(question.classes)}"
        if self.size is None:
            inputs = described_columns(self.question, _some)
        else:
            inputs = described_pictures(self.size, self.colors, self.box)
        whitened = f", whitened to {counted(self.components, 'component')}" if self.components is not None else ""
        yield f"inputs: {inputs}{whitened}"
        if self.filled:
            yield f"filled: {described_cells(self.filled, _some)}"
        yield from (f"left out: {in_short(note, path)}" for note in self.left_out[:MOST])
        if len(self.left_out) > MOST:
            yield f"left out: {len(self.left_out) - MOST} more, in summary.json"

    def reasons(self) -> Iterator[str]:
        """Why examples were skipped: `20: is a HEIC picture, ...`"""
        reasons = list(self.skipped.items())
        yield from (f"{count}: {reason}" for reason, count in reasons[:MOST_REASONS])
        if others := reasons[MOST_REASONS:]:
            yield f"{sum(count for _, count in others)}: for {counted(len(others), 'other reason')}"


_some = partial(first_names, where=", all in summary.json")


def reading(question: Question, labels: Mapping[str, Array], notes: Iterable[str], **facts: Any) -> Reading:
    """What was read: the labels Y (k, m) of each split, and of the notes those on what was left out.

    `facts` are the other fields of Reading.
    """
    examples = {split: Y.shape[1] for split, Y in labels.items()}
    classes = {} if question.goal == REGRESSION else {split: by_class(question, Y) for split, Y in labels.items()}
    left_out, _ = set_apart(notes)
    return Reading(question, examples, classes, left_out=tuple(left_out), **facts)


def in_short(note: str, path: Path) -> str:
    """A note on what is left out of the data at a path, below a title that says so and what the path is."""
    shown = printable(path)
    note = note.removeprefix(f"{shown}: ").removeprefix(f"{shown}{os.sep}")
    return re.sub(r"( and)? (is|are) left out", "", note, count=1)


def by_class(question: Question, Y: Array) -> dict[str, int]:
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


def described_pictures(size: tuple[int, int], colors: str, box: int) -> str:
    """`pictures, read as 64 x 64 pixels, rgb, and averaged to 32 x 32: 3072 inputs`"""
    height, width = size
    averaged = f", and averaged to {height // box} x {width // box}" if box > 1 else ""
    inputs = inputs_of_pictures(size, colors, box)
    return f"pictures, read as {height} x {width} pixels, {colors}{averaged}: {counted(inputs, 'input')}"


def inputs_of_pictures(size: tuple[int, int], colors: str, box: int) -> int:
    """How many inputs pictures make that are read at this size."""
    return size[0] // box * (size[1] // box) * CHANNELS[colors]


def described_columns(question: Question, names: Names = first_names) -> str:
    """`7 numbers: age, ...; 2 columns of categories: sex (female, male), ...; 1 whether a cell is missing: age`"""
    numbers, texts, missing = kinds_of_columns(question).values()
    columns = [f"{short(name)} ({_categories(found)})" for name, found in texts.items()]
    kinds = {
        counted(len(numbers), "number"): numbers,
        f"{counted(len(texts), 'column')} of categories": columns,
        f"{len(missing)} whether a cell is missing": missing,
    }
    return "; ".join(f"{kind}: {names(of_kind)}" for kind, of_kind in kinds.items() if of_kind)


def _categories(found: Sequence[str]) -> str:
    """`a, b and 48 more, missing`: that of the missing cells is always shown."""
    shown = first_names((short(text) for text in found if text != MISSING), 100)
    return ", ".join(filter(None, [shown, *[MISSING] * (MISSING in found)]))


def described_cells(filled: Mapping[str, int], names: Names = first_names) -> str:
    """`179 missing cells: 177 of age, 2 of embarked`"""
    if len(filled) == 1:
        ((name, count),) = filled.items()
        return f"{counted(count, 'missing cell')} of {short(name)}"
    each = names(f"{count} of {short(name)}" for name, count in filled.items())
    return f"{counted(sum(filled.values()), 'missing cell')}: {each}"
