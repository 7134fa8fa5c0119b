"""Labels that are probably wrong: those that the other examples speak against most.

Each example is answered by the folds that it is not in. How far the answer to its label is below the best other is its
margin (Northcutt, Jiang and Chuang, Journal of Artificial Intelligence Research 70, 2021, who take the same from any
classifier). The classifier is kernel ridge regression on labels of zeros and ones. It takes a second and, unlike a
network, learns little by heart. It is often wrong itself: its accuracy, out of fold, says how far to believe the list.
A target that is far from all others counts to it as one at their fence: it would pull the answers about the others.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from catnet.data.dataset import Dataset, Split
from catnet.data.scaling import WHITE, fit_scaling
from catnet.engine.gram_matrix import gram, mean_of
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.memory import require
from catnet.engine.pictures import channels_of
from catnet.engine.types import Array
from catnet.evaluation.features import averaged, box_for, histograms
from catnet.evaluation.folds import folds_of
from catnet.evaluation.metrics import scores
from catnet.evaluation.ridge import ByPairs, bytes_needed, operations, ridge, search
from catnet.goals import BINARY, METRICS, MULTI_LABEL, REGRESSION
from catnet.question import Question
from catnet.text import joined, metric_name, number, score

MOST = 2000  # examples whose pairs are taken; of more, their features alone are
FAR = 3.0  # times the usual distance: a target that is further from its answer than that is suspected
OPERATIONS = 5e10  # of a regression on averaged pixels: about a second
MOST_OPERATIONS = 2e11  # of a table
FENCE = 3.0  # times the middle half of the targets, beyond it: what is further away is far out (Tukey, 1977)


class Suspect(NamedTuple):
    """A label that is probably wrong: of the example in this row of its split, and with this name.

    `margin` is the answer to the given label minus that to the best other: about 1 if the classifier is sure that it is
    right, about -1 if it is sure that it is wrong. Goal 2.0: `given` and `suggested` are `LABEL` or `not LABEL`, and an
    example is there once for each label. Regression: they are the target and the answer, and the margin is minus their
    distance, as a multiple of the usual one, the root of the mean of the squares, to targets within the fence. A target
    beyond it is `far`, above or below most others: no answer comes near it.
    """

    row: int
    name: str
    given: str | float
    suggested: str | float
    margin: float
    far: str | None = None

    @property
    def in_words(self) -> str:
        """`cat, perhaps lion`, or `2132.48, far above most others`"""
        values = (self.given, self.suggested)
        given, suggested = (number(value) if isinstance(value, float) else value for value in values)
        return f"{given}, far {self.far} most others" if self.far else f"{given}, perhaps {suggested}"


@dataclass(frozen=True)
class WrongLabels:
    """The suspects, the smallest margin first, and `metric` out of fold of the classifier that ranks them, with that
    of the trivial answer beside it. Targets beyond an end of the `fence`, lower or upper, count in both as at it: on
    the targets as they are both are worse. None for an end that no target is beyond.
    """

    suspects: list[Suspect]
    metric: str
    value: float
    trivial: float
    fence: tuple[float | None, float | None] = (None, None)

    @property
    def in_words(self) -> str:
        """`MAE 33.12 out of fold, with targets above 880 counted as 880`"""
        ends = zip(("below", "above"), self.fence, strict=True)
        moved = [f"{where} {number(end)} counted as {number(end)}" for where, end in ends if end is not None]
        judged = f"{metric_name(self.metric)} {score(self.metric, self.value)} out of fold"
        return f"{judged}, with targets {joined(moved)}" if moved else judged

    @property
    def beats_trivial(self) -> bool:
        """Whether the classifier is better than the trivial answer: else its list tells nothing."""
        return self.value < self.trivial if METRICS[self.metric].smaller_is_better else self.value > self.trivial


def wrong_labels(dataset: Dataset, split: str = "train", most: int = 100) -> WrongLabels | None:
    """The labels of a split that are most probably wrong, `most` at most; none that the classifier agrees with.

    1600 pictures of 64 x 64 pixels take about a second. None if the split has less than two different examples,
    or is a table so long and so wide that it would take long. Raises NotEnoughMemory.
    """
    part, question = dataset.splits[split], dataset.question
    folds = folds_of(question.goal, part)
    if folds.max() == 0:
        return None
    Y = part.labels.astype(np.float64)
    if question.goal == REGRESSION:
        Y = within_fence(Y)
    answers = out_of_fold(dataset, part, Y, folds)
    if answers is None:
        return None
    constant = np.broadcast_to(Y.mean(axis=1, keepdims=True), Y.shape)
    value, trivial = (float(scores(question.goal, each, Y).mean()) for each in (answers, constant))
    fence = fence_of(part.labels, Y) if question.goal == REGRESSION else (None, None)
    suspects = list(ranked(question, part, Y, answers, most))
    return WrongLabels(suspects, question.kind.headline, value, trivial, fence)


def within_fence(Y: Array) -> Array:
    """The targets (1, m), those that are far out moved to the fence; as they are if their middle half is equal."""
    low, high = np.quantile(Y, (0.25, 0.75))
    reach = FENCE * (high - low)
    return Y.clip(low - reach, high + reach) if reach else Y


def fence_of(labels: Array, Y: Array) -> tuple[float | None, float | None]:
    """The ends of the fence that targets (1, m) were moved to, which are then Y (1, m); None if no target was."""
    low, high = float(Y.min()), float(Y.max())
    return low if labels.min() < low else None, high if labels.max() > high else None


def out_of_fold(dataset: Dataset, split: Split, Y: Array, folds: Array) -> Array | None:
    """The answers (k, m) about a split's examples, each by the labels Y (k, m) of the other folds: by Gaussian kernels
    of all that is known of them, or, of many examples, by ridge regression on it; None if that would take long.
    """
    m, views = len(split.rows), list(views_of(dataset, split))
    if m > MOST:
        if operations(m, sum(rows.shape[1] for rows, _ in views), len(Y)) > MOST_OPERATIONS:
            return None
        scaled = [scale * rows.astype(np.float32) / spread(rows, scale) for rows, scale in views]
        return ridge(np.concatenate(scaled, axis=1), 1.0, Y, folds).out_of_fold
    require(2 * bytes_needed(m, m, len(Y)), "to find wrong labels", "take fewer examples")
    K = sum(gaussian(rows, scale) for rows, scale in views)
    return search(ByPairs(np.asarray(K), Y, folds), Y)[1]


def views_of(dataset: Dataset, split: Split) -> Iterator[tuple[Array, float | Array]]:
    """What is known of the examples, as rows (m, n) and their scale: pixels and colours, or a table's inputs."""
    size, rows = dataset.image_size, split.rows
    if size is None:
        yield rows, fit_scaling("standard", rows, None).scale
        return
    box = box_for(split.labels, size, channels_of(rows, size), OPERATIONS)
    yield averaged(rows, size, box), 1 / WHITE
    yield histograms(rows, size), 1.0


def spread(rows: Array, scale: float | Array) -> float:
    """The root of the mean of ||x - mu||^2; 1 if all examples are equal."""
    return float(np.linalg.norm(scale * rows.std(axis=0, dtype=np.float64))) or 1.0


def gaussian(rows: Array, scale: float | Array) -> Array:
    """exp(-||x - x'||^2 / (2 s^2)) for all pairs of examples, (m, m), s^2 being the mean of ||x - mu||^2; minus the
    means of its rows and columns.
    """
    mean = mean_of(rows)
    K = gram(Inputs(rows, Scaling(mean, scale), np.float64), mean=mean)[:, :-1]
    squares = np.diag(K).copy()
    K = np.exp((2 * K - squares - squares[:, None]) / (2 * (squares.mean() or 1.0)))
    means = K.mean(axis=0)
    centred: Array = K - means - means[:, None] + means.mean()
    return centred


def ranked(question: Question, split: Split, Y: Array, answers: Array, most: int) -> Iterator[Suspect]:
    """The labels that the answers (k, m) disagree with, the smallest margin first, `most` at most; Y (k, m) are the
    labels that the answers come from.
    """
    given, suggested, margins = compared(question.goal, split.labels, Y, answers)
    least = -FAR if question.goal == REGRESSION else 0.0
    for place in np.argsort(margins, axis=None, kind="stable")[:most].tolist():
        row, index = divmod(place, margins.shape[1])
        if margins[row, index] >= least:
            break
        label, other = (in_words(question, row, float(values[row, index])) for values in (given, suggested))
        far = None
        if question.goal == REGRESSION and (moved := Y[row, index] - given[row, index]):
            far = "above" if moved < 0 else "below"
        yield Suspect(index, split.names[index], label, other, float(margins[row, index]), far)


def compared(goal: str, labels: Array, Y: Array, answers: Array) -> tuple[Array, Array, Array]:
    """What is given, what is best besides that, and the margin between their answers; a row for each label, for goal
    3.0 a single one, whose values are the numbers of classes.
    """
    if goal == REGRESSION:
        usual = np.sqrt(np.square(answers - Y).mean()) or 1.0
        return labels, answers, -np.abs(answers - labels) / usual
    if goal in (BINARY, MULTI_LABEL):
        return Y, 1 - Y, (2 * answers - 1) * (2 * Y - 1)
    others = np.where(Y == 1, -np.inf, answers)
    best = others.argmax(axis=0)
    margins = (answers * Y).sum(axis=0) - others.max(axis=0)
    return Y.argmax(axis=0)[None], best[None], margins[None]


def in_words(question: Question, row: int, value: float) -> str | float:
    """A given or suggested value of a row of `compared`."""
    if question.goal == REGRESSION:
        return value
    if question.goal == MULTI_LABEL:
        return question.classes[row] if value else f"not {question.classes[row]}"
    return question.names[int(value)]
