"""Why a model answers as it does: the contribution of every input."""

import numpy as np

from catnet.engine.attribution import gradient_times_input, passes
from catnet.engine.types import Array
from catnet.goals import MULTI_CLASS, REGRESSION
from catnet.model import Model


@np.errstate(over="ignore", invalid="ignore")
def contributions(model: Model, rows: Array, outputs: Array) -> Array:
    """The contribution of each input to an output of each example, (m, n_0); positive speaks for it.

    rows (m, n) as `Model.logits` takes them; `outputs` (m,) are the indices of the outputs asked about. They are
    contributions to the logit: the output before sigmoid; for softmax, whose outputs only count against each other,
    minus the mean of all logits. For regression they are in the target's unit. With several views they are the mean of
    the contributions in each of them, where the pixels of the picture itself lie: what holds of an example's logit
    holds of the mean of its views' logits.
    """
    direction = np.zeros((model.network.sizes[-1], len(rows)))
    direction[outputs, np.arange(len(rows))] = 1
    if model.question.goal == MULTI_CLASS:
        direction -= 1 / len(direction)
    if model.question.goal == REGRESSION:
        direction = direction / model.target_scaling.scale
    mean: Array = np.mean([_in_one_view(view, rows, direction) for view in model.view_models], axis=0)
    return mean


def _in_one_view(model: Model, rows: Array, direction: Array) -> Array:
    """The contributions (m, n_0) to the logits along a direction (k, m), of a model that has a single view."""
    inputs = model.inputs(rows)
    out = np.empty((inputs.m, inputs.n), inputs.dtype)
    for where, X, seen in passes(model.network, model.parameters, inputs):
        out[where] = gradient_times_input(model.network, model.parameters, X, seen, direction[:, where]).T
    return out
