"""The baselines of a cross-validation: what the best linear answers make of the same folds."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from catnet.engine.types import Array
from catnet.evaluation.baselines import FAULTS, INPUTS, features_of, learned, why
from catnet.evaluation.metrics import LEAD, scalars, trivial_prediction
from catnet.selection.estimates import Estimate, estimate, estimate_of_difference
from catnet.selection.plan import Plan
from catnet.selection.pool import Pool


@dataclass(frozen=True)
class OutOfFold:
    """What a baseline is made of, the headline metric of its answers out of fold, of all together, and how far the
    network is from it on the same folds.
    """

    inputs: str
    found: Estimate
    together: float
    lead: Estimate

    def to_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {INPUTS: self.inputs, **asdict(self.found), "together": self.together, LEAD: asdict(self.lead)}


def baselines_of(
    pool: Pool, plan: Plan, values: Array, measured: Sequence[int]
) -> tuple[dict[str, OutOfFold], dict[str, str]]:
    """The baselines out of the folds of the first repeat of a plan, and of those that there are not, why: by name.

    `measured` are the folds, from 0, on which they and the network are measured; `values` (folds,) are the network's
    headline metric there.
    """
    goal, labels, tested = pool.config.goal, pool.labels, [plan.tested[fold] for fold in measured]
    metric, m = pool.dataset.question.kind.headline, sum(map(len, tested))
    found: dict[str, OutOfFold] = {}
    faults: dict[str, str] = {}
    try:
        dataset = pool.part(np.arange(pool.m), np.arange(0))
        given = features_of(dataset, pool.config.data.box_average)
    except FAULTS as error:
        return {}, {"linear": why(error)}
    for name, features in given.items():
        fitted = learned(features, dataset.splits["train"], plan.folds(0, pool.m), dataset.question.examples)
        answers = None if fitted.fitted is None else fitted.fitted.out_of_fold
        if answers is None or answers.shape != labels.shape or not np.isfinite(answers).all():
            faults[name] = fitted.fault or "it would take long"
            continue
        of_folds = np.array([scalars(goal, answers[:, of], labels[:, of])[metric] for of in tested], np.float64)
        together = scalars(goal, answers, labels)[metric]
        assert together is not None  # a headline metric is always defined
        lead = estimate_of_difference(values - of_folds, plan.share)
        found[name] = OutOfFold(features.words, estimate(metric, of_folds, plan.share, m), together, lead)
    return found, faults


def trivial_of(pool: Pool, plan: Plan, measured: Sequence[int]) -> Array:
    """The headline metric of the trivial answer in these trainings of a plan, (trainings,): each by what it learned
    from, on what it is tested on.
    """
    goal, labels, metric = pool.config.goal, pool.labels, pool.dataset.question.kind.headline
    values = []
    for part, tested in ((plan.parts[place], plan.tested[place]) for place in measured):
        trivial = trivial_prediction(labels[:, np.concatenate([part.training, part.validation])])
        values.append(scalars(goal, np.broadcast_to(trivial, (len(labels), len(tested))), labels[:, tested])[metric])
    return np.array(values, np.float64)
