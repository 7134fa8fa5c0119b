"""What a network is asked: what its outputs mean, and which columns are its inputs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from numpy.typing import NDArray

from catnet.goals import BINARY, GOALS, REGRESSION, Goal


@dataclass(frozen=True)
class Question:
    """The goal, and the names that belong to it.

    `classes` are the names of the k outputs, in their order; none for regression, whose output is the `target`.
    `negative` is what goal 1.0 calls an example that is not of the class. `features` are the columns of a table that
    are the inputs; None for pictures. `others` are the names that goal 1.0 has seen in training for what is not of the
    class; None if it has seen no names, only zeros and ones. `by_column` says whether the labels were columns of zeros
    and ones, rather than names of classes; None if that is not known, as in a model of an earlier version.
    """

    goal: str
    classes: tuple[str, ...] = ()
    negative: str | None = None
    target: str | None = None
    features: tuple[str, ...] | None = None
    others: tuple[str, ...] | None = None
    by_column: bool | None = None

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
    def outputs(self) -> int:
        """k, the number of output neurons."""
        return len(self.classes) or 1

    @property
    def examples(self) -> str:
        """What an example is called."""
        return "pictures" if self.features is None else "rows"

    def absent(self, labels: NDArray[Any]) -> list[str]:
        """The answers of which the labels Y (k, m) have no example; none for regression."""
        if self.negative is not None and labels.all():
            return [self.negative]
        return [name for name, of_class in zip(self.classes, labels, strict=False) if not of_class.any()]

    def to_json(self) -> dict[str, Any]:
        """The question as the plain values of a model file and of summary.json."""
        facts = asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in facts.items()}

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "Question":
        """The question in a model file. Raises KeyError, and ValueError if the names do not suit the goal."""
        goal, classes = facts["goal"], names_in(facts["classes"], "classes")
        features = None if facts["features"] is None else names_in(facts["features"], "features")
        if goal not in GOALS:
            raise ValueError(f"goal {goal!r}")
        if not GOALS[goal].allows(len(classes)):
            raise ValueError(f"{len(classes)} classes for goal {goal}")
        for name, goal_of_name in (("negative", BINARY), ("target", REGRESSION)):
            if not (isinstance(facts[name], str) if goal == goal_of_name else facts[name] is None):
                raise ValueError(f"{name} {facts[name]!r} for goal {goal}")
        others = facts.get("others", others_of_earlier_version(goal, classes, facts["negative"]))
        return cls(
            goal,
            classes,
            facts["negative"],
            facts["target"],
            features,
            None if others is None else names_in(others, "others"),
            None if facts.get("by_column") is None else bool(facts["by_column"]),
        )


def others_of_earlier_version(goal: str, classes: tuple[str, ...], negative: str | None) -> list[str] | None:
    """The names of what is not of the class, for a model file that does not hold them: one is its `negative`."""
    return [str(negative)] if goal == BINARY and negative != f"not {classes[0]}" else None


def names_in(values: object, what: str) -> tuple[str, ...]:
    """The names in a list of JSON. Raises ValueError if it is not a list of names."""
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"{what} {values!r}")
    return tuple(values)
