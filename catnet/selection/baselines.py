"""The baselines of a cross-validation: what the best linear answers make of the same folds."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from catnet.engine.types import Array
from catnet.evaluation.baselines import FAULTS, INPUTS, features_of, learned, why
from catnet.evaluation.metrics import LEAD, scalars, trivial_prediction
from catnet.goals import REGRESSION
from catnet.selection.estimates import Estimate, estimate, estimate_of_difference
from catnet.selection.plan import Plan
from catnet.selection.pool import Pool


@dataclass(frozen=True)
class OutOfFold:
    """What a baseline is made of; the headline metric of its answers out of fold: in each training (J,), their estimate
    and that of all together; and how far the network is from it on the same folds.
    """

    inputs: str
    values: Array
    found: Estimate
    together: float
    lead: Estimate

    def to_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {INPUTS: self.inputs, **asdict(self.found), "together": self.together, LEAD: asdict(self.lead)}


def baselines_of(
    pool: Pool, plan: Plan, values: Array, measured: Sequence[int]
) -> tuple[dict[str, OutOfFold], dict[str, str]]:
    """The baselines out of the folds of each repeat of a plan, and of those that there are not, why: by name.

    `measured` are the trainings of the plan, from 0, on whose folds they and the network are measured; `values`
    (trainings,) are the network's headline metric there.
    """
    labels = pool.labels
    found: dict[str, OutOfFold] = {}
    faults: dict[str, str] = {}
    try:
        dataset = pool.part(np.arange(pool.m), np.arange(0))
        given = features_of(dataset, pool.config.data.box_average)
    except FAULTS as error:
        return {}, {"linear": why(error)}
    for name, features in given.items():
        answers = []
        for repeat in range(plan.repeats):
            folds = plan.folds(repeat, pool.m)
            fitted = learned(features, dataset.splits["train"], folds, dataset.question.examples)
            given_out = None if fitted.fitted is None else fitted.fitted.out_of_fold
            if given_out is None or given_out.shape != labels.shape or not np.isfinite(given_out).all():
                faults[name] = fitted.fault or "it would take long"
                break
            is_number = pool.config.goal == REGRESSION
            answers.append(given_out if is_number else levelled(given_out, labels, folds))
        else:
            found[name] = out_of_fold(features.words, pool, plan, np.array(answers), (values, measured))
    return found, faults


def levelled(answers: Array, labels: Array, folds: Array) -> Array:
    """The answers (k, m) out of folds (m,), moved in each fold as far as the mean of its training labels is from that
    of all labels Y (k, m).

    The more of a class a fold has, the less of it is left to learn from: of classes that are as frequent the constant
    that fits the others best is never the class of a single example that is left out. The trivial answer is that of all
    labels too. If the counts of the classes are themselves drawn at random, both are a little too good, for they know
    those of the examples that they are tested on. A target has no such ties, and an answer that is exact would be moved
    away from it.
    """
    moved, mean = answers.copy(), labels.mean(axis=1, keepdims=True)
    for fold in range(int(folds.max()) + 1):
        inside = folds == fold
        moved[:, inside] += mean - labels[:, ~inside].mean(axis=1, keepdims=True)
    return moved


def out_of_fold(
    inputs: str, pool: Pool, plan: Plan, answers: Array, of_network: tuple[Array, Sequence[int]]
) -> OutOfFold:
    """What a baseline is, by its answers (repeats, k, m); beside the network's values in some trainings of the plan."""
    (values, measured), metric = of_network, pool.dataset.question.kind.headline
    of_folds = headline_of(pool, plan, answers, measured)
    together = scalars(pool.config.goal, answers.mean(axis=0), pool.labels)[metric]
    assert together is not None  # a headline metric is always defined
    m = pool.different_in(plan.tested[place] for place in measured)
    lead = estimate_of_difference(values - of_folds, plan.share)
    return OutOfFold(inputs, of_folds, estimate(metric, of_folds, plan.share, m), together, lead)


def headline_of(pool: Pool, plan: Plan, answers: Array, measured: Sequence[int]) -> Array:
    """The headline metric, (trainings,), of answers (repeats, k, m) on what some trainings of a plan are tested on."""
    goal, labels, metric = pool.config.goal, pool.labels, pool.dataset.question.kind.headline
    of_folds = ((answers[place // plan.count], plan.tested[place]) for place in measured)
    return np.array([scalars(goal, answer[:, of], labels[:, of])[metric] for answer, of in of_folds], np.float64)


def trivial_of(pool: Pool, plan: Plan, measured: Sequence[int]) -> Array:
    """The headline metric of the trivial answer in these trainings of a plan, (trainings,). It is the constant that
    fits all labels best: one that fits what a training learned from would be worse than chance if each fold is an
    example.
    """
    constant = trivial_prediction(pool.labels)
    return headline_of(pool, plan, np.broadcast_to(constant, (plan.repeats, *pool.labels.shape)), measured)
