"""Baselines: what can be answered without a network. They say what the network has learned that is not simple.

Each is a ridge regression, its penalty chosen by folds of the training data, that takes about a second: on all that the
network is given, or on the colours of a picture, which know nothing of shapes. Augmentation and class weights are the
network's alone. Of regression the best linear answer is in the unit of the target.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from catnet.data.dataset import Dataset, Split
from catnet.data.scaling import WHITE, fit_scaling
from catnet.engine.colors import CHANNELS, RGB
from catnet.engine.memory import require
from catnet.engine.types import Array
from catnet.errors import CatnetError
from catnet.evaluation.features import averaged, box_for, histograms
from catnet.evaluation.folds import folds_of
from catnet.evaluation.ridge import Ridge, bytes_needed, operations, ridge

LINEAR, HISTOGRAMS = NAMES = ("linear", "histograms")  # in summary.json
INPUTS, LEFT_OUT = "inputs", "left_out"  # of what is said there of each
OPERATIONS = 8e10  # of a regression: about a second
MUCH = 1 << 26  # bytes: of fewer it is not asked whether they are available, which takes some milliseconds
FEW = 1000  # rows that are drawn of a table that is so long and so wide that all of them would take longer


class Features(NamedTuple):
    """What an answer is made of: in words, and rows of it (m, n) from the rows of examples, with their scale."""

    words: str
    of: Callable[[Array], Array]
    scale: float | Array = 1.0


@dataclass(frozen=True)
class Baseline:
    """A linear answer that was learned, or, if it could not be, why."""

    features: Features
    fitted: Ridge | None
    fault: str = ""

    def answer(self, rows: Array) -> Array | None:
        """The answers (k, m) about rows of examples (m, n); None if they are not finite, or there are none."""
        if self.fitted is None:
            return None
        with np.errstate(over="ignore", invalid="ignore"):
            answers = self.fitted.answer(self.features.of(rows))
        return answers if np.isfinite(answers).all() else None

    def to_json(self) -> dict[str, Any]:
        """What it is, as plain values for summary.json."""
        if self.fitted is None:
            return {INPUTS: self.features.words, LEFT_OUT: self.fault}
        return {INPUTS: self.features.words, "penalty": float(f"{self.fitted.penalty:.6g}")}


def baselines_of(dataset: Dataset, box: int = 1) -> dict[str, Baseline]:
    """The baselines, learned from the training split. The network takes pictures whose boxes of `box` pixels a side are
    averaged. What cannot be learned is not an error: it says why.
    """
    train, goal = dataset.splits["train"], dataset.question.goal
    folds = folds_of(goal, train)
    return {name: learned(features, train, folds) for name, features in features_of(dataset, box).items()}


def features_of(dataset: Dataset, box: int) -> dict[str, Features]:
    """What each baseline is given."""
    size, rows = dataset.image_size, dataset.splits["train"].rows
    if size is None:
        return {LINEAR: Features("the inputs", np.asarray, fit_scaling("standard", rows, None).scale)}
    channels = CHANNELS[dataset.colors]
    height, width = size[0] // box, size[1] // box
    larger = box_for(len(rows), (height, width), channels, OPERATIONS)
    words = "the pixels" if larger == 1 else f"the pixels averaged to {height // larger} x {width // larger}"
    colours = "colour histograms" if dataset.colors == RGB else "histograms of brightness"
    return {
        LINEAR: Features(words, lambda rows: averaged(rows, size, box, larger), 1 / WHITE),
        HISTOGRAMS: Features(colours, lambda rows: histograms(rows, size)),
    }


def learned(features: Features, train: Split, folds: Array) -> Baseline:
    """The ridge regression on the features of the training data."""
    if folds.max() == 0:
        return Baseline(features, None, "all training examples are equal")
    try:
        rows = features.of(train.rows)
        m, n = rows.shape
        some: slice | Array = slice(None)
        if operations(m, n) > OPERATIONS:  # of a table: pictures are averaged
            some, m = np.random.default_rng(0).permutation(m)[:FEW], FEW
            features = features._replace(words=f"{features.words} of {FEW} rows")
        if (needed := bytes_needed(m, n)) > MUCH:
            require(needed, "its regression", "it is left out")
        with np.errstate(all="ignore"):
            fitted = ridge(rows[some], features.scale, train.labels[:, some].astype(np.float64), folds[some])
    except (CatnetError, MemoryError, ArithmeticError, ValueError) as error:  # it must not cost the training its result
        return Baseline(features, None, str(error) or "there is not enough memory")
    if not np.isfinite(fitted.weights).all() or not np.isfinite(fitted.bias).all():
        return Baseline(features, None, "its weights are not finite numbers")
    return Baseline(features, fitted)
