"""The baselines of a cross-validation: what the best linear answers make of the same folds."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from catnet.engine.types import Array
from catnet.evaluation.baselines import FAULTS, INPUTS, features_of, learned, why
from catnet.evaluation.metrics import LEAD, scalars
from catnet.goals import GOALS
from catnet.selection.estimates import Estimate, estimate, estimate_of_difference
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


def baselines_of(pool: Pool, folds: Array, values: Array, share: float) -> tuple[dict[str, OutOfFold], dict[str, str]]:
    """The baselines out of these folds (m,) of a pool, and of those that there are not, why: by name.

    `values` (folds,) are the network's headline metric on each; `share` is as for `estimate`.
    """
    goal, labels = pool.config.goal, pool.labels
    metric = GOALS[goal].headline
    found: dict[str, OutOfFold] = {}
    faults: dict[str, str] = {}
    try:
        dataset = pool.part(np.arange(pool.m), np.arange(0))
        given = features_of(dataset, pool.config.data.box_average)
    except FAULTS as error:
        return {}, {"linear": why(error)}
    for name, features in given.items():
        fitted = learned(features, dataset.splits["train"], folds, dataset.question.examples)
        answers = None if fitted.fitted is None else fitted.fitted.out_of_fold
        if answers is None or answers.shape != labels.shape or not np.isfinite(answers).all():
            faults[name] = fitted.fault or "it would take long"
            continue
        rows = [scalars(goal, answers[:, tested], labels[:, tested])[metric] for tested in tested_in(folds)]
        of_folds = np.array(rows, np.float64)
        together = scalars(goal, answers, labels)[metric]
        assert together is not None  # a headline metric is always defined
        lead = estimate_of_difference(values - of_folds, share)
        found[name] = OutOfFold(features.words, estimate(metric, of_folds, share, pool.m), together, lead)
    return found, faults


def tested_in(folds: Array) -> list[Array]:
    """The indices of the examples of each fold."""
    return [np.flatnonzero(folds == fold) for fold in range(int(folds.max()) + 1)]
