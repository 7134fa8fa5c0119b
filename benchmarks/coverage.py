"""How often the interval of `catnet tune`'s estimate by folds holds the true metric of the settings that won.

python -m benchmarks.coverage                  # 400 simulated tunes of each kind
python -m benchmarks.coverage --tunes 1000

A trial is a ridge regression on some of 24 features, with a penalty of its own, so that trials differ in how good they
are: much, or little. The truth is the metric of the winner, trained on all folds, on 6000 new examples.
"""

import argparse
import math
from collections.abc import Iterator
from itertools import product
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import numpy as np

from catnet.engine.types import Array
from catnet.selection.measured import chosen_without, estimate_by_folds
from catnet.selection.trials_file import Finished
from catnet.selection.tuning import Tuning

FEATURES, NOISE, NEW = 24, 2.0, 6000  # noise: standard deviations, beside a signal of one
EPOCHS, EARLY = 9, 3  # of a whole training, and of one that was stopped
SHARES = {"much": (0.1, 1.0), "little": (0.7, 0.9)}  # of the features that a trial uses: from, to


class Kind(NamedTuple):
    """A kind of tune: the metric, how many examples, folds and trials, whether the first fold chooses a third of the
    trials, and how much these differ.
    """

    metric: str
    examples: int
    folds: int
    trials: int
    has_rungs: bool
    differ: str


class Trial(NamedTuple):
    """The settings: which features are used, (FEATURES,) of bool, and the penalty."""

    uses: Array
    penalty: float


class Outcome(NamedTuple):
    """Whether the interval holds the truth, how wide it is, and how far the estimate and the metric of the winner on
    the folds that chose it are above the truth.
    """

    holds: bool
    width: float
    estimate: float
    winner: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tunes", type=int, default=400, help="of each kind")
    tunes = parser.parse_args().tunes
    print("metric    examples  folds  trials  rungs  differ  coverage  width   estimate  winner", flush=True)
    for kind in kinds():
        random = np.random.default_rng(0)
        outcomes = [simulated(kind, random) for _ in range(tunes)]
        coverage = sum(each.holds for each in outcomes) / tunes
        width = float(np.median([each.width for each in outcomes]))
        above = [float(np.mean([getattr(each, of) for each in outcomes])) for of in ("estimate", "winner")]
        told = f"{kind.metric:8}  {kind.examples:8}  {kind.folds:5}  {kind.trials:6}  {kind.has_rungs!s:5}"
        print(f"{told}  {kind.differ:6}  {coverage:8.3f}  {width:6.3f}  {above[0]:+8.4f}  {above[1]:+7.4f}", flush=True)


def kinds() -> Iterator[Kind]:
    """All kinds that are simulated."""
    for metric, examples, (folds, has_rungs), differ in product(
        ("accuracy", "mae"), (200, 1600), ((2, False), (3, False), (3, True), (5, False), (5, True)), SHARES
    ):
        yield Kind(metric, examples, folds, 15, has_rungs, differ)
    yield Kind("accuracy", 90, 3, 60, False, "little")
    yield Kind("accuracy", 90, 3, 60, True, "little")


def simulated(kind: Kind, random: np.random.Generator) -> Outcome:
    """A tune on data of its own."""
    of_feature = random.normal(size=FEATURES) / math.sqrt(FEATURES)
    X, y = drawn(kind, of_feature, kind.examples, random)
    new = drawn(kind, of_feature, NEW, random)
    fold = random.permutation(np.arange(kind.examples) % kind.folds)
    tested = [np.flatnonzero(fold == each) for each in range(kind.folds)]
    learned = [np.flatnonzero(fold != each) for each in range(kind.folds)]
    trials = [settings(kind, random) for _ in range(kind.trials)]

    def measured(trial: Trial, of: int, every: int = 1) -> float:
        some = learned[of][::every]
        return metric_of(kind, trial, fitted(trial, X[some], y[some]), X[tested[of]], y[tested[of]])

    rows = {}
    alive = list(range(kind.trials))
    if kind.has_rungs:  # a training that was stopped early is worse: here it has learned from fewer examples
        for trial in alive:
            rows[trial + 1, 1] = Finished(trial + 1, 1, EARLY, (measured(trials[trial], 0, EPOCHS // EARLY),), 0, 0)
        alive.sort(key=lambda trial: rows[trial + 1, 1].penalty(kind.metric))
        alive = alive[: math.ceil(kind.trials / 3)]
    for trial in alive:
        values = tuple(measured(trials[trial], of) for of in range(kind.folds))
        rows[trial + 1, 2] = Finished(trial + 1, 2, EPOCHS, values, 0, 0)
    finalists = [row for (_, rung), row in rows.items() if rung == 2]
    under_way = tuning(kind, rows, tested)
    found = estimate_by_folds(under_way, chosen_without(under_way, finalists))
    winner = min(finalists, key=lambda row: (row.penalty(kind.metric), row.trial))
    best = trials[winner.trial - 1]
    truth = metric_of(kind, best, fitted(best, X, y), *new)
    assert winner.mean is not None
    low, high = (-math.inf, math.inf) if found.low is None or found.high is None else (found.low, found.high)
    return Outcome(low <= truth <= high, high - low, found.value - truth, winner.mean - truth)


def drawn(kind: Kind, of_feature: Array, m: int, random: np.random.Generator) -> tuple[Array, Array]:
    """The features (m, FEATURES) of new examples, and their answers (m,): numbers, or -1 and 1."""
    X = random.normal(size=(m, FEATURES))
    y = X @ of_feature + NOISE * random.normal(size=m)
    return X, np.sign(y) if kind.metric == "accuracy" else y


def settings(kind: Kind, random: np.random.Generator) -> Trial:
    """The settings of a trial, at random."""
    uses = random.random(FEATURES) < random.uniform(*SHARES[kind.differ])
    uses[random.integers(FEATURES)] = True
    return Trial(uses, 10.0 ** random.uniform(-2, 3))


def fitted(trial: Trial, X: Array, y: Array) -> Array:
    """The weights of the ridge regression."""
    A = X[:, trial.uses]
    weights: Array = np.linalg.solve(A.T @ A + trial.penalty * np.eye(A.shape[1]), A.T @ y)
    return weights


def metric_of(kind: Kind, trial: Trial, weights: Array, X: Array, y: Array) -> float:
    """The metric of weights on some examples."""
    answers = X[:, trial.uses] @ weights
    return float((np.sign(answers) == y).mean() if kind.metric == "accuracy" else np.abs(answers - y).mean())


def tuning(kind: Kind, rows: dict[tuple[int, int], Finished], tested: list[Array]) -> Tuning:
    """What the estimate needs to know of a tune."""
    has: Any = SimpleNamespace
    return cast(
        Tuning,
        has(
            metric=kind.metric,
            settings=has(folds=kind.folds),
            config=has(train=has(epochs=EPOCHS)),
            trials=has(rows=rows),
            plan=has(tested=tested, share=1 / (kind.folds - 1)),
            pool=has(different_in=lambda parts: sum(map(len, parts))),
        ),
    )


if __name__ == "__main__":
    main()
