"""Gradient checking: the gradients of backpropagation against central differences of the cost.

check_gradients(config)                    of the network that a configuration describes, with its own examples
check_gradients(config, mistake="relu")    the same with a planted mistake, and its training curve

The relative error of a parameter is |a - n| / max(|a|, |n|), a being the analytic gradient and n the numeric one.
Rounding J to float64 leaves an error in n that no care takes away. A gradient is too small to be graded if its relative
error is more than FINE, but |a - n| no more than a few such errors.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from catnet.config import Config
from catnet.engine.dropout import DropoutMasks
from catnet.engine.network import Network
from catnet.engine.parallel import one_thread
from catnet.engine.task import Task
from catnet.engine.types import Masks, Parameters
from catnet.errors import Diverged
from catnet.teaching.gradients.curve import Curves, train_both
from catnet.teaching.gradients.mistakes import RIGHT, Mistake, changed_by, gradients, mistake_called
from catnet.teaching.gradients.slopes import CentralDifferences, Kink
from catnet.teaching.gradients.task import task_to_check

SAMPLES = 50

FINE, PERHAPS, WRONG = 1e-7, 1e-5, 1e-3
GRADES = ("fine", "perhaps", "doubtful", "wrong")
ROUNDINGS = 5.0  # of J, that n may be off by: each of its sums is rounded, and the worst of hundreds counts
EXACT = 0.01  # of n, that rounding may be for a / n to say something
NEGLIGIBLE = 1e-3  # a / n that is no forgotten factor, but a gradient that is nearly 0
NEARLY = 1e-3  # m, as a factor


@dataclass(frozen=True)
class Checked:
    """The sampled parameters of W[l] or b[l].

    `errors` are the relative errors of those that are graded, by index; `ratios` a / n of those that are not tiny,
    without the penalty of weight decay. `zeros` counts those whose gradient is 0 on both sides, `small` those too small
    to be graded, and `kinks` has those at a kink: none of them are graded.
    """

    name: str
    size: int
    errors: dict[tuple[int, ...], float]
    ratios: tuple[float, ...]
    zeros: int
    small: int
    kinks: dict[tuple[int, ...], Kink]

    @property
    def layer(self) -> int:
        """l"""
        return int(self.name[1:])

    @property
    def samples(self) -> int:
        """How many were drawn."""
        return len(self.errors) + self.zeros + self.small + len(self.kinks)

    @property
    def worst(self) -> float | None:
        """The greatest relative error; None if nothing is graded."""
        return max(self.errors.values(), default=None)

    @property
    def median(self) -> float | None:
        """The median of the relative errors; None if nothing is graded."""
        return median(self.errors.values()) if self.errors else None

    @property
    def ratio(self) -> float | None:
        """The median of a / n; None if no gradient is large enough."""
        return median(self.ratios) if self.ratios else None

    @property
    def grade(self) -> str | None:
        """That of the worst; None if nothing is graded."""
        return None if self.worst is None else grade_of(self.worst)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "parameter": self.name,
            "layer": self.layer,
            "size": self.size,
            "samples": self.samples,
            "graded": len(self.errors),
            "zero": self.zeros,
            "small": self.small,
            "kinks": [{"index": list(index), **kink._asdict()} for index, kink in self.kinks.items()],
            "worst": self.worst,
            "median": self.median,
            "ratio": self.ratio,
            "grade": self.grade,
        }


def grade_of(error: float) -> str:
    """fine up to 1e-7, perhaps up to 1e-5, doubtful up to 1e-3, wrong above."""
    return GRADES[sum(not error <= limit for limit in (FINE, PERHAPS, WRONG))]


@dataclass(frozen=True)
class GradientCheck:
    """What was checked on how many of the training examples, and what came out; with a mistake, its training curve, and
    of which W[l] and b[l] it changes the gradient at all.
    """

    network: Network
    rows: tuple[Checked, ...]
    m: int
    notes: tuple[str, ...] = ()
    mistake: Mistake | None = None
    changed: tuple[str, ...] = ()
    curves: Curves | None = None

    @property
    def wrong(self) -> list[Checked]:
        """The rows whose grade is doubtful or wrong."""
        return [row for row in self.rows if row.grade in GRADES[2:]]

    @property
    def worst(self) -> Checked | None:
        """The row with the greatest error; None if nothing could be graded."""
        return max((row for row in self.rows if row.errors), key=lambda row: row.worst or 0.0, default=None)

    @property
    def factor(self) -> float | None:
        """a / n, if it is nearly the same for all that is wrong, and not nearly 0. A single number must be m."""
        ratios = [ratio for row in self.wrong for ratio in row.ratios]
        if not ratios:
            return None
        low, middle, high = np.quantile(ratios, (0.1, 0.5, 0.9)).tolist()
        if len(ratios) == 1 and not self.is_m(middle):
            return None
        return middle if high - low <= 0.05 * abs(middle) and abs(middle) > NEGLIGIBLE else None

    def is_m(self, factor: float) -> bool:
        """Whether a factor is the number of examples."""
        return math.isclose(factor, self.m, rel_tol=NEARLY)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "sizes": list(self.network.sizes),
            "activations": list(self.network.activations),
            "loss": self.network.loss,
            "examples": self.m,
            "notes": list(self.notes),
            "break": None if self.mistake is None else self.mistake.name,
            "changed": None if self.mistake is None else list(self.changed),
            "rows": [row.to_json() for row in self.rows],
            "worst": None if self.worst is None else self.worst.worst,
            "grade": None if self.worst is None else self.worst.grade,
            "right": not self.wrong,
            "factor": self.factor,
            "curves": None if self.curves is None else self.curves.to_json(),
        }


def check_gradients(
    config: Config,
    samples: int = SAMPLES,
    mistake: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> GradientCheck:
    """The gradient check of a configuration's network at its first weights, on 32 of its training examples.

    `samples` of each W[l] and b[l] are drawn. `mistake` is planted in the backpropagation. Nothing is written.
    `progress` is told how many pictures are decoded, and of how many. Raises CatnetError of the kind at fault;
    ConfigError for a mistake that the network cannot make.
    """
    task, notes = task_to_check(config, progress)
    planted = None if mistake is None else mistake_called(mistake, task.network)
    rows = check_task(task, samples, planted)
    if planted is None:
        return GradientCheck(task.network, rows, task.inputs.m, notes)
    changed = tuple(changed_by(planted, task, masks_of(task)))
    curves = train_both(task, masks_of(task), planted)
    return GradientCheck(task.network, rows, task.inputs.m, notes, planted, changed, curves)


def masks_of(task: Task) -> Masks:
    """The masks of dropout in the first epoch."""
    return DropoutMasks(task, 1).next(task.inputs.m)


@one_thread()  # the products are small
@np.errstate(over="ignore", invalid="ignore")
def check_task(task: Task, samples: int = SAMPLES, mistake: Mistake | None = None) -> tuple[Checked, ...]:
    """A row for each W[l] and b[l] of a task in float64, by all its examples in one batch.

    Raises Diverged if the cost or a gradient is not finite.
    """
    masks = masks_of(task)
    differences = CentralDifferences(task, masks)
    analytic = gradients(task, masks, RIGHT if mistake is None else mistake.by)
    if not np.isfinite(differences.J) or not all(np.isfinite(gradient).all() for gradient in analytic.values()):
        raise Diverged(
            "the cost of the first weights, or a gradient, is not a finite number; set data.scaling: standard"
        )
    return tuple(checked(name, analytic, differences, samples, task.seed) for name in task.initial)


def checked(name: str, analytic: Parameters, differences: CentralDifferences, samples: int, seed: int) -> Checked:
    """The sampled parameters of W[l] or b[l]."""
    gradient = analytic[name]
    errors, ratios, zeros, small, kinks = {}, [], 0, 0, {}
    for index in sampled(gradient.shape, samples, [seed, int(name[1:]), int(name[0] == "b")]):
        a, slope = float(gradient[index]), differences.of(name, index)
        if slope.kink is None and relative(a, slope.value) > FINE:
            slope = differences.sharper(name, index, slope)
        rounding = ROUNDINGS * slope.rounding
        if a == 0 and slope.value == 0:
            zeros += 1
        elif slope.kink is not None:
            kinks[index] = slope.kink
        elif relative(a, slope.value) > FINE and abs(a - slope.value) <= rounding:
            small += 1
        else:
            errors[index] = relative(a, slope.value)
            if EXACT * abs(of_J := slope.value - slope.penalty) > rounding:
                ratios.append((a - slope.penalty) / of_J)
    return Checked(name, gradient.size, errors, tuple(ratios), zeros, small, kinks)


def relative(a: float, n: float) -> float:
    """|a - n| / max(|a|, |n|); 0 if both are 0."""
    return abs(a - n) / max(abs(a), abs(n)) if a != n else 0.0


def sampled(shape: Sequence[int], samples: int, seed: list[int]) -> list[tuple[int, ...]]:
    """Indices of so many elements of an array, drawn at random; of all, if there are no more."""
    size = int(np.prod(shape))
    places = np.arange(size)
    if samples < size:
        places = np.sort(np.random.default_rng(seed).choice(size, samples, replace=False))
    return list(zip(*(axis.tolist() for axis in np.unravel_index(places, tuple(shape))), strict=True))
