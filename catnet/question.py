"""What a network is asked: what its outputs mean, and which columns are its inputs."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from catnet.goals import BINARY, GOALS, REGRESSION, Goal

if TYPE_CHECKING:
    from numpy.typing import NDArray

MISSING = "missing"  # the category of cells that are missing


@dataclass(frozen=True)
class Column:
    """A column of a table that is more than one number: what its inputs are, as learned from the training data.

    A column of texts has `categories`, an input each, which is 1 for a cell with this text, else 0. A missing cell of
    a column of numbers is read as `fill`, the mean; if `has_missing`, another input is 1 for such a cell. If `fill` is
    None, a missing cell is a fault; it is 0 for categories, none of which a missing cell is but the one called missing.
    """

    name: str
    categories: tuple[str, ...] | None = None
    fill: float | None = None
    has_missing: bool = False

    @property
    def inputs(self) -> Iterator[str]:
        """The names of its inputs: `age` and `age is missing`, or `sex = female` and `sex = male`."""
        if self.categories is not None:
            yield from (f"{self.name} = {text}" for text in self.categories)
            return
        yield self.name
        if self.has_missing:
            yield f"{self.name} is {MISSING}"

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "Column":
        """The column in a model file. Raises KeyError, TypeError, and ValueError if a fact is not of its kind."""
        name, categories, fill, has_missing = (facts[key] for key in ("name", "categories", "fill", "has_missing"))
        texts = None if categories is None else names_in(categories, "categories")
        is_number = isinstance(fill, float) and math.isfinite(fill)
        if not isinstance(name, str) or not (fill is None or is_number) or not isinstance(has_missing, bool):
            raise ValueError(f"column {name!r}")
        if texts is not None and (not texts or len(set(texts)) < len(texts)):
            raise ValueError(f"categories of column {name!r}")
        return cls(name, texts, fill, has_missing)


@dataclass(frozen=True)
class Question:
    """The goal, and the names that belong to it.

    `classes` are the names of the k outputs, in their order; none for regression, whose output is the `target`. That is
    the name of the answer's column; for goal 2.0 of its column of lists; for goals 1.0 and 3.0 None if data.target did
    not name it. `negative` is what goal 1.0 calls an example that is not of the class. `features` are the columns of a
    table that are the inputs; None for pictures. `encoded` are those of them that are more than a number. `class_names`
    are the names of classes that the data numbers from 0. `others` are the names that goal 1.0 has seen in training for
    what is not of the class; None if it has seen no names, only zeros and ones. `by_column` says whether the labels are
    columns, of zeros and ones or of lists, rather than names of classes; None if that is not known, as in a model of an
    earlier version.
    """

    goal: str
    classes: tuple[str, ...] = ()
    negative: str | None = None
    target: str | None = None
    features: tuple[str, ...] | None = None
    others: tuple[str, ...] | None = None
    by_column: bool | None = None
    encoded: tuple[Column, ...] = ()
    class_names: tuple[str, ...] | None = None

    @property
    def kind(self) -> Goal:
        """What the goal allows, and how it is measured."""
        return GOALS[self.goal]

    @property
    def names(self) -> tuple[str, ...]:
        """The answers to choose from: the classes; for goal 1.0 the negative first, so that they stand for 0 and 1."""
        return self.classes if self.negative is None else (self.negative, *self.classes)

    @property
    def known(self) -> tuple[str, ...]:
        """The names of classes that an example may have; it is not known what any other name means."""
        return (*self.classes, *(self.others or ()))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of the n inputs that a table's columns make; none for pictures."""
        special = {column.name: column for column in self.encoded}
        named = (special[name].inputs if name in special else (name,) for name in self.features or ())
        return tuple(name for names in named for name in names)

    @property
    def columns(self) -> dict[str, Column]:
        """The columns of a table that are inputs, by their names, in their order."""
        columns = {name: Column(name) for name in self.features or ()}
        return columns | {column.name: column for column in self.encoded}

    @property
    def inputs_of_columns(self) -> list[slice]:
        """Which of the inputs each of the features makes; they follow each other."""
        special = {column.name: column for column in self.encoded}
        counts = [len(tuple(special[name].inputs)) if name in special else 1 for name in self.features or ()]
        return [slice(end - count, end) for end, count in zip(accumulate(counts), counts, strict=True)]

    @property
    def outputs(self) -> int:
        """k, the number of output neurons."""
        return len(self.classes) or 1

    @property
    def examples(self) -> str:
        """What an example is called."""
        return "pictures" if self.features is None else "rows"

    def absent(self, labels: "NDArray[Any]") -> list[str]:
        """The answers of which the labels Y (k, m) have no example; none for regression."""
        if self.negative is not None and labels.all():
            return [self.negative]
        return [name for name, of_class in zip(self.classes, labels, strict=False) if not of_class.any()]

    def to_json(self) -> dict[str, Any]:
        """The question as the plain values of a model file and of summary.json; without what earlier versions did not
        know, if there is nothing of it.
        """
        facts = json.loads(json.dumps(asdict(self)))  # tuples become lists
        return {name: value for name, value in facts.items() if value or name not in ("encoded", "class_names")}

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "Question":
        """The question in a model file. Raises KeyError, and ValueError if the names do not suit the goal."""
        goal, classes = facts["goal"], names_in(facts["classes"], "classes")
        features = None if facts["features"] is None else names_in(facts["features"], "features")
        if goal not in GOALS:
            raise ValueError(f"goal {goal!r}")
        if not GOALS[goal].allows(len(classes)):
            raise ValueError(f"{len(classes)} classes for goal {goal}")
        negative, target = facts["negative"], facts["target"]
        if not (isinstance(negative, str) if goal == BINARY else negative is None):
            raise ValueError(f"negative {negative!r} for goal {goal}")
        if not (isinstance(target, str) or (goal != REGRESSION and target is None)):
            raise ValueError(f"target {target!r} for goal {goal}")
        encoded = tuple(map(Column.from_json, facts.get("encoded", ())))
        if len({column.name for column in encoded} & set(features or ())) < len(encoded):
            raise ValueError("an encoded column that is no feature, or is there twice")
        others = facts.get("others", others_of_earlier_version(goal, classes, facts["negative"]))
        return cls(
            goal,
            classes,
            facts["negative"],
            facts["target"],
            features,
            None if others is None else names_in(others, "others"),
            None if facts.get("by_column") is None else bool(facts["by_column"]),
            encoded,
            None if facts.get("class_names") is None else names_in(facts["class_names"], "class_names"),
        )


def others_of_earlier_version(goal: str, classes: tuple[str, ...], negative: str | None) -> list[str] | None:
    """The names of what is not of the class, for a model file that does not hold them: one is its `negative`."""
    return [str(negative)] if goal == BINARY and negative != f"not {classes[0]}" else None


def names_in(values: object, what: str) -> tuple[str, ...]:
    """The names in a list of JSON. Raises ValueError if it is not a list of names."""
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"{what} {values!r}")
    return tuple(values)
