"""The learning curve: how good the network is after learning from 1/16, 1/8, 1/4, 1/2 and all of the examples."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from catnet.config import as_dict
from catnet.data.splits import strata_of
from catnet.engine.randomness import SPLIT, generator
from catnet.engine.shared_gram import SharedGram
from catnet.engine.types import Array
from catnet.errors import ConfigError
from catnet.evaluation.evaluate import all_finite, evaluate
from catnet.evaluation.joint import jointly
from catnet.evaluation.metrics import scores
from catnet.goals import COST, GOALS, METRICS, penalty
from catnet.selection.notes import demand_unseen
from catnet.selection.parts import Part, diverged, shared_gram, train_part
from catnet.selection.pool import Pool
from catnet.selection.trainings import Trainings
from catnet.text import metric_name, printable, score

DOUBLINGS = 2  # of the number of examples, by which it is told whether more would help
WORTH = 0.02  # a gain, in shares of all examples or of the trivial answer's error, that one would notice
SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)  # of the training examples


@dataclass(frozen=True)
class Point:
    """So many training examples: the cost and the metrics on them, and on the validation data; and the score of each
    validation example, (m_validation,).
    """

    examples: int
    train: dict[str, Any]
    validation: dict[str, Any]
    scores: Array

    def to_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {**asdict(self), "scores": self.scores.tolist()}

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "Point":
        """What `to_json` has made."""
        return cls(**{**facts, "scores": np.array(facts["scores"])})


@dataclass(frozen=True)
class LearningCurve:
    """The points, from few examples to all, on a pool."""

    pool: Pool
    points: list[Point]

    def to_json(self) -> list[dict[str, Any]]:
        """The points as plain values: the cost and the goal's metrics."""
        names = (COST, *GOALS[self.pool.config.goal].metrics)
        return [
            {
                "examples": point.examples,
                "train": {name: point.train[name] for name in names},
                "validation": {name: point.validation[name] for name in names},
            }
            for point in self.points
        ]

    @property
    def sentences(self) -> Iterator[str]:
        """Whether more examples would help, by what the last two doublings of them have brought."""
        question = self.pool.dataset.question
        metric, what, m = question.kind.headline, question.examples, len(self.pool.of_validation)
        few, whole = self.points[max(0, len(self.points) - 1 - DOUBLINGS)], self.points[-1]
        both = [point.scores[np.newaxis] for point in (whole, few)]
        groups = self.pool.groups[self.pool.of_validation]
        gap = jointly(both, METRICS[metric].is_percentage, groups=groups).gap(0, 1)
        is_error = METRICS[metric].smaller_is_better
        gain, most = (-gap.difference, -gap.low) if is_error else (gap.difference, gap.high)
        values = f"{score(metric, few.validation[metric])} to {score(metric, whole.validation[metric])}"
        told = f"From {few.examples} to {whole.examples} {what} the validation {metric_name(metric)} goes from {values}"
        worth = WORTH * (whole.validation["trivial"][metric] if is_error else 1)
        if gap.sure and gain > 0:
            yield f"{told}, which is more than chance: more {what} would help."
        elif gap.sure:
            yield (
                f"{told}, which is worse: the {few.examples} {what} that were drawn may suit the validation data by "
                "luck; or else train longer, or with another learning rate."
            )
        elif most > worth:
            yield f"{told}; with {m} validation {what} that may be chance, so whether more would help cannot be told."
        else:
            yield f"{told}: more {what} would hardly help."
        yield self._about_gap(whole, metric)
        yield self._about_chance()

    def _about_chance(self) -> str:
        """What the chance that is spoken of does not count, and what flatters all points."""
        what = self.pool.dataset.question.examples
        told = (
            f"Chance here is that of the validation {what} alone: each part of the training {what} was drawn once, and "
            "another may be better or worse."
        )
        if self.pool.config.train.keep == "last":
            return told
        return f"{told} The same validation {what} chose each point's epoch, so all points are somewhat too good."

    def _about_gap(self, whole: Point, metric: str) -> str:
        """How far the answers to what was learned from are ahead, and what that asks for."""
        what, values = self.pool.dataset.question.examples, (whole.train[metric], whole.validation[metric])
        train, validation = (score(metric, value) for value in values)
        told = f"The {metric_name(metric)} is {train} on the training data, {validation} on the validation data"
        if penalty(metric, values[1]) >= penalty(metric, whole.validation["trivial"][metric]):
            return f"{told}, no better than the trivial answer: train longer, or with another learning rate."
        errors = values if METRICS[metric].smaller_is_better else tuple(1 - value for value in values)
        if errors[0] < errors[1] / 2:
            return (
                f"{told}: it is twice as good about the {what} that it has learned from; regularization, augmentation "
                "or a smaller network may help it with others."
            )
        return f"{told}: what it learns holds on new data, so a larger network or more epochs may learn more."


def learning_curve(
    pool: Pool,
    progress: Callable[[int, int], None] = lambda done, total: None,
    trainings: Trainings | None = None,
) -> LearningCurve:
    """Trains as the pool's configuration says, on ever more of its training examples: each part has the one before.

    The last point is the plain training. If `trainings` are given, such as `cluster.trainings.RemoteTrainings`, these
    do each on its own. `progress` is told how many are done, and of how many. Raises ConfigError if there is no
    validation data, and as `demand_unseen`, `train_part` and the `trainings` do.
    """
    demand_unseen(pool)
    demand_validation(pool)
    sizes = growing(pool)
    found = in_turn(pool, sizes) if trainings is None else side_by_side(pool, sizes, trainings)
    points: dict[int, Point] = {}
    with closing(found):
        for place, point in found:
            points[place] = point
            progress(len(points), len(sizes))
    return LearningCurve(pool, [points[place] for place in range(len(sizes))])


def in_turn(pool: Pool, sizes: Sequence[Array]) -> Generator[tuple[int, Point], None, None]:
    """The place of each training on these examples, and its point, one after the other in this process."""
    parts = [Part(indices, pool.of_validation) for indices in sizes]
    shared = shared_gram(pool, pool.config, parts[:-1])
    for place, part in enumerate(parts):
        yield place, point_of(pool, part.training, None if part is parts[-1] else shared)


def side_by_side(pool: Pool, sizes: Sequence[Array], trainings: Trainings) -> Generator[tuple[int, Point], None, None]:
    """The same by other processes, as they are done, the longest first."""
    arguments = [{"config": as_dict(pool.config), "training": indices.tolist()} for indices in sizes[::-1]]
    trainings.demand_same(pool)
    for place, found in trainings.results("point", arguments, again=True):
        yield len(sizes) - 1 - place, Point.from_json(found)


def point_of(pool: Pool, training: Array, shared: SharedGram | None = None) -> Point:
    """The point of a training on the examples at these indices; `shared` is K of all. Raises Diverged."""
    config, validation = pool.config, pool.of_validation
    trained = train_part(pool, config, Part(training, validation), shared)
    splits = pool.part(training, validation).splits
    with np.errstate(over="ignore", invalid="ignore"):
        train, of_validation = (evaluate(trained.model, splits[name]) for name in ("train", "validation"))
    if not all_finite((train, of_validation)):
        raise diverged(config, trained.model.epoch, len(training))
    answers = trained.model.predict(splits["validation"].rows)
    return Point(len(training), train, of_validation, scores(config.goal, answers, splits["validation"].labels))


def demand_validation(pool: Pool) -> None:
    """Raises ConfigError if there is no validation data, on which a learning curve is measured."""
    if not len(pool.of_validation):
        raise ConfigError(
            f"{printable(pool.config.data.path)}: has no validation data, on which a learning curve is measured; set "
            "data.validation_fraction: 0.2"
        )


def growing(pool: Pool) -> list[Array]:
    """Indices of training examples, ascending: of SHARES of them, stratified, each with all of those before it."""
    m = len(pool.of_training)
    strata = strata_of(pool.config.goal, pool.labels[:, :m])
    shuffled = generator(pool.config.train.seed, SPLIT).permutation(m)
    order = shuffled[np.argsort(strata[shuffled], kind="stable")]
    sizes = np.bincount(strata)
    rank = np.arange(m) - np.repeat(np.cumsum(sizes) - sizes, sizes)  # of each within its stratum
    place = (rank + 0.5) / np.repeat(sizes, sizes)
    in_turn = order[np.argsort(place, kind="stable")]
    counts = sorted({max(1, round(share * m)) for share in SHARES})
    return [np.sort(in_turn[:count]) for count in counts]
