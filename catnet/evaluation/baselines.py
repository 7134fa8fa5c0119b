"""Baselines: what can be answered without a network. They say what the network has learned that is not simple.

Each is a ridge regression, its penalty chosen by folds of the training data, that takes about a second: on all that the
network is given, or on the colours of a picture, which know nothing of shapes. Augmentation and class weights are the
network's alone. Of regression the best linear answer is in the unit of the target.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from catnet.data.dataset import Dataset, Split
from catnet.data.scaling import WHITE, fit_scaling
from catnet.engine.colors import CHANNELS, RGB
from catnet.engine.memory import require
from catnet.engine.pictures import Size
from catnet.engine.types import Array
from catnet.errors import CatnetError
from catnet.evaluation.features import averaged, box_for, histograms
from catnet.evaluation.folds import folds_of
from catnet.evaluation.metrics import BASELINES
from catnet.evaluation.ridge import Ridge, bytes_needed, operations, ridge

COLOURS, BRIGHTNESS = "colour histograms", "histograms of brightness"
LINEAR, HISTOGRAMS = NAMES = ("linear", "histograms")  # in summary.json
INPUTS, LEFT_OUT = "inputs", "left_out"  # of what is said there of each
OPERATIONS = 8e10  # of a regression: about a second
MUCH = 1 << 26  # bytes: of fewer it is not asked whether they are available, which takes some milliseconds
FEW = 1000  # examples that are drawn if all would take longer: of a wide table, or with very many classes
FAULTS = (CatnetError, MemoryError, ArithmeticError, ValueError)  # none costs the training its result
NO_ANSWER = "some of its answers are not finite numbers, or there is not enough memory"


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
        """The answers (k, m) about rows of examples (m, n); None if they are not finite, or cannot be had."""
        if self.fitted is None:
            return None
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                answers = self.fitted.answer(self.features.of(rows))
        except MemoryError:
            return None
        return answers if np.isfinite(answers).all() else None


def facts_of(baselines: Mapping[str, Baseline], metrics: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What each baseline is, as plain values for summary.json, or why it was left out of the metrics of a split."""
    facts = {}
    for name, baseline in baselines.items():
        fault = baseline.fault
        if any(name not in of_split.get(BASELINES, {}) for of_split in metrics.values()):
            fault = fault or NO_ANSWER
        penalty: dict[str, Any] = (
            {} if baseline.fitted is None else {"penalty": float(f"{baseline.fitted.penalty:.6g}")}
        )
        facts[name] = {INPUTS: baseline.features.words, **penalty, **({LEFT_OUT: fault} if fault else {})}
    return facts


def baselines_of(dataset: Dataset, box: int = 1) -> dict[str, Baseline]:
    """The baselines, learned from the training split. The network takes pictures whose boxes of `box` pixels a side are
    averaged. What cannot be learned is not an error: it says why.
    """
    train, goal = dataset.splits["train"], dataset.question.goal
    try:
        folds = folds_of(goal, train)
        given = features_of(dataset, box)
    except FAULTS as error:
        whole = Features("the inputs" if dataset.image_size is None else "the pixels", np.asarray)
        return {LINEAR: Baseline(whole, None, why(error))}
    return {name: learned(features, train, folds, dataset.question.examples) for name, features in given.items()}


@np.errstate(all="ignore")
def features_of(dataset: Dataset, box: int) -> dict[str, Features]:
    """What each baseline is given."""
    size, train = dataset.image_size, dataset.splits["train"]
    if size is None:
        return {LINEAR: Features("the inputs", np.asarray, fit_scaling("standard", train.rows, None).scale)}
    height, width = size[0] // box, size[1] // box
    larger = box_for(train.labels, (height, width), CHANNELS[dataset.colors], OPERATIONS)
    words = "the pixels" if larger == 1 else f"the pixels averaged to {height // larger} x {width // larger}"
    colours = COLOURS if dataset.colors == RGB else BRIGHTNESS
    return {
        LINEAR: Features(words, lambda rows: averaged(rows, size, box, larger), 1 / WHITE),
        HISTOGRAMS: Features(colours, lambda rows: histograms(rows, size)),
    }


def shape_of_regression(Y: Array, size: Size, channels: int) -> tuple[int, int, int]:
    """How many examples, features and labels the regression takes of Y (k, m) on pictures of that size, or on a table,
    whose columns are the channels of a single pixel.
    """
    k, m = Y.shape
    box = box_for(Y, size, channels, OPERATIONS)
    n = size[0] // box * (size[1] // box) * channels
    return learned_from(m, n, k), n, k


def learned_from(m: int, n: int, k: int) -> int:
    """Of how many of m examples a regression of k labels on n features learns."""
    return m if operations(m, n, k) <= OPERATIONS else min(m, FEW)


@np.errstate(all="ignore")
def learned(features: Features, train: Split, folds: Array, examples: str) -> Baseline:
    """The ridge regression on the features of the training data."""
    if folds.max() == 0:
        fault = (
            f"all training {examples} are equal" if len(folds) > 1 else f"there is a single training {examples[:-1]}"
        )
        return Baseline(features, None, fault)
    try:
        rows, Y = features.of(train.rows), train.labels
        if (count := learned_from(len(rows), rows.shape[1], len(Y))) < len(rows):
            some = np.random.default_rng(0).permutation(len(rows))[:count]
            rows, Y, folds = rows[some], Y[:, some], folds[some]
            features = features._replace(words=f"{features.words} of {count} {examples}")
        if (needed := bytes_needed(len(rows), rows.shape[1], len(Y))) > MUCH:
            require(needed, "its regression", "it is left out")
        fitted = ridge(rows, features.scale, Y.astype(np.float64), folds)
    except FAULTS as error:
        return Baseline(features, None, why(error))
    if not np.isfinite(fitted.weights).all() or not np.isfinite(fitted.bias).all():
        return Baseline(features, None, "its weights are not finite numbers")
    return Baseline(features, fitted)


def why(error: BaseException) -> str:
    """What went wrong, as text."""
    return str(error) or "there is not enough memory"
