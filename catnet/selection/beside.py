"""What other answers score where the best settings of a tune are measured: the trivial one, and the best linear ones.

They learn from the same examples, and are measured on the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from catnet.config import Config
from catnet.data.dataset import Dataset
from catnet.engine.types import Array
from catnet.evaluation.baselines import NO_ANSWER
from catnet.evaluation.baselines import baselines_of as linear_of
from catnet.evaluation.bootstrap import CERTAIN
from catnet.evaluation.evaluate import all_finite, leads_of
from catnet.evaluation.folds import equal_in
from catnet.evaluation.metrics import BASELINES, TRIVIAL, scores, trivial_prediction
from catnet.goals import METRICS, REGRESSION
from catnet.selection.baselines import baselines_of, trivial_of
from catnet.selection.estimates import (
    Estimate,
    estimate,
    estimate_of_difference,
    is_none,
    is_sure,
    spread_of,
    variance_of_share,
)
from catnet.selection.kept import part_at_the_end, split_at_the_end
from catnet.selection.measured import Chosen, new_to_training
from catnet.selection.pool import Pool, pool_of
from catnet.selection.trial import what_is_read
from catnet.selection.tuning import Tuning


@dataclass(frozen=True)
class Other:
    """Another answer: what it is made of, its headline metric, how far the best settings are from it, with the 95%
    interval of that, None if it is not known, and whether it is more than chance.
    """

    inputs: str
    value: float
    difference: float
    low: float | None
    high: float | None
    is_sure: bool


@dataclass(frozen=True)
class Beside:
    """The other answers by name, the trivial one first; that is `constant`, (k,), about every example. Of those that
    there are not, why.
    """

    constant: tuple[float, ...]
    others: Mapping[str, Other]
    left_out: Mapping[str, str]


def read_beside(facts: Mapping[str, Any]) -> Beside | None:
    """What `asdict` has made of it in a summary; None if it is not there."""
    if (found := facts.get(BASELINES)) is None:
        return None
    others = {name: Other(**other) for name, other in found["others"].items()}
    return Beside(tuple(found["constant"]), others, found["left_out"])


@np.errstate(over="ignore", invalid="ignore")
def beside_split(tuning: Tuning, trial: int, own: Sequence[float]) -> Beside:
    """Beside a trial on the split that was kept for the end, on which each example has one of its `own` scores (m,).

    The intervals of all differences are right together with 95%, as those beside a training's metrics (`leads_of`).
    """
    config = config_of(tuning, trial)
    dataset, rows, labels, new = data_at_the_end(tuning, config)
    groups = equal_in(split_at_the_end(tuning.pool))[new]
    constant = trivial_prediction(dataset.splits["train"].labels)
    learned = linear_of(dataset, config.data.box_average)
    answers = {TRIVIAL: np.broadcast_to(constant, labels.shape)}
    answers |= {name: found for name, of in learned.items() if (found := of.answer(rows)) is not None}
    scored = [scores(config.goal, answer, labels) for answer in answers.values()]
    leads = leads_of(np.array(own)[new], scored, config.goal != REGRESSION, groups)
    others = {}
    for name, values, lead in zip(answers, scored, leads, strict=True):
        inputs = "" if name == TRIVIAL else learned[name].features.words
        low, high = lead["interval"] if all_finite(lead) else (None, None)
        others[name] = Other(inputs, float(values.mean()), lead["difference"], low, high, lead["p"] < CERTAIN)
    faults = {name: of.fault or NO_ANSWER for name, of in learned.items() if name not in answers}
    return Beside(tuple(constant[:, 0].tolist()), others, faults)


def config_of(tuning: Tuning, trial: int) -> Config:
    """The configuration of a trial."""
    return tuning.points.config(trial - 1)


def data_at_the_end(tuning: Tuning, config: Config) -> tuple[Dataset, Array, Array, list[int]]:
    """The data that the last training, of the settings `config`, has learned from; and of the split that was kept for
    the end the rows (m, n) and labels (k, m) that have measured it, with their indices.
    """
    pool, new = pool_as_read(tuning, config), new_to_training(split_at_the_end(tuning.pool))
    if (part := part_at_the_end(pool, config)) is None:
        split = split_at_the_end(pool)
        return pool.dataset, split.rows[new], split.labels[:, new], new
    dataset = pool.part(part.training, pool.of_validation[new])
    split = dataset.splits["validation"]
    return dataset, split.rows, split.labels, new


def pool_as_read(tuning: Tuning, config: Config) -> Pool:
    """The pool as the settings of a trial have it read, such as pictures of another size."""
    if is_read_alike(tuning, config):
        return tuning.pool
    return pool_of(config, alike=tuning.pool.groups)


def is_read_alike(tuning: Tuning, config: Config) -> bool:
    """Whether the settings of a trial have the data read as the tune's own."""
    return what_is_read(config) == what_is_read(tuning.config)


def beside_folds(tuning: Tuning, trial: int, chosen: Chosen) -> Beside:
    """Beside the winners that were chosen without a fold, on that fold. The linear answers are those out of fold, about
    the data as the best trial has it read.
    """
    pool, plan, measured = pool_as_read(tuning, config_of(tuning, trial)), tuning.plan, chosen.measured
    best = estimate(tuning.metric, chosen.values, plan.share, chosen.m)
    trivial = trivial_of(pool, plan, measured)
    linear, faults = baselines_of(pool, plan, chosen.values, measured)
    others = {TRIVIAL: other("", float(trivial.mean()), lead_of(tuning, chosen, trivial), best)}
    for name, of in linear.items():
        others[name] = other(of.inputs, of.found.mean, lead_of(tuning, chosen, of.values), best)
    return Beside(tuple(trivial_prediction(pool.labels)[:, 0].tolist()), others, faults)


def lead_of(tuning: Tuning, chosen: Chosen, values: Array) -> Estimate:
    """How far the winners are from an answer that has these `values` (J,) of the metric on the same folds.

    Of two shares of the same examples the difference varies at most as that of two of different ones: each of its
    variances is known.
    """
    known, m = None, chosen.m / len(values)
    if METRICS[tuning.metric].is_percentage:
        known = sum(variance_of_share(float(of.mean()), m) for of in (chosen.values, values))
    return estimate_of_difference(chosen.values - values, tuning.plan.share, spread_of(chosen.better - values, known))


def other(inputs: str, value: float | None, lead: Estimate, best: Estimate) -> Other:
    """Another answer, by how far the best settings are from it in all folds."""
    assert value is not None and lead.mean is not None  # of finite answers
    difference = 0.0 if is_none(lead) else lead.mean
    return Other(inputs, value, difference, lead.low, lead.high, is_sure(lead, best, value))
