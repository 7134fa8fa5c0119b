"""Why a model answers as it does: the contribution of every input."""

import numpy as np

from catnet.engine.attribution import gradient_times_input, passes
from catnet.engine.types import Array
from catnet.goals import MULTI_CLASS, REGRESSION
from catnet.model import Model


@np.errstate(over="ignore", invalid="ignore")
def contributions(model: Model, rows: Array, outputs: Array) -> Array:
    """The contribution of each input to an output of each example, (m, n); positive speaks for it.

    rows (m, n); `outputs` (m,) are the indices of the outputs asked about. They are contributions to the logit: the
    output before sigmoid; for softmax, whose outputs only count against each other, minus the mean of all logits. For
    regression they are in the target's unit.
    """
    direction = np.zeros((model.network.sizes[-1], len(rows)))
    direction[outputs, np.arange(len(rows))] = 1
    if model.question.goal == MULTI_CLASS:
        direction -= 1 / len(direction)
    if model.question.goal == REGRESSION:
        direction = direction / model.target_scaling.scale
    inputs = model.inputs(rows)
    out = np.empty(rows.shape, inputs.dtype)
    for where, X, seen in passes(model.network, model.parameters, inputs):
        out[where] = gradient_times_input(model.network, model.parameters, X, seen, direction[:, where]).T
    return out
