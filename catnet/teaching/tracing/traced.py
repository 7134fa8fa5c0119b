"""One step of gradient descent on one example, or on a few, with everything that it is made of: by the engine."""

from dataclasses import dataclass

import numpy as np

from catnet.engine.network import (
    Network,
    backward,
    cost,
    first_layer,
    forward,
    loss_derivative,
    losses,
    sums_of_first_layer,
    sums_of_other_layers,
)
from catnet.engine.optimizers import Step, gradient_descent
from catnet.engine.types import Array, Parameters
from catnet.errors import DataError
from catnet.evaluation.evaluate import not_finite
from catnet.model import Model
from catnet.text import printable


@dataclass(frozen=True)
class Outputs:
    """What comes out for m examples: Z[L] (k, m), y^ (k, m) in the target's own unit, and, of labels, w L and J."""

    Z: Array
    y_hat: Array
    L: Array | None = None
    J: float | None = None


@dataclass(frozen=True)
class Traced:
    """A forward and a backward propagation of m examples, and one step of gradient descent, in the model's precision.

    `rows` (m, n) are what is scaled: bytes of pictures, or the numbers of a table; X (n, m), Y (k, m) as the network
    is trained on it, or None; `weights` the class weights, (k, m) or (1, m), or None for 1; `smoothing` the share by
    which Y is smoothed. A, Z and dZ are by layer, A[0] is X. `gradient` holds dW1, db1, ... by the names of the
    parameters. `after` are the outputs with the `updated` parameters; None if there is no learning rate.
    """

    model: Model
    rows: Array
    X: Array
    Z: dict[int, Array]
    A: dict[int, Array]
    before: Outputs
    Y: Array | None = None
    weights: Array | None = None
    smoothing: float = 0.0
    dZ: dict[int, Array] | None = None
    gradient: Parameters | None = None
    learning_rate: float | None = None
    updated: Parameters | None = None
    after: Outputs | None = None

    @property
    def network(self) -> Network:
        """The network."""
        return self.model.network

    @property
    def m(self) -> int:
        """How many examples there are."""
        return self.X.shape[1]

    def one(self, example: int) -> "Traced":
        """The forward half of one of the examples, with its loss."""
        part = slice(example, example + 1)
        L, weights = self.before.L, self.weights
        assert L is not None and self.Y is not None
        before = Outputs(self.before.Z[:, part], self.before.y_hat[:, part], L[:, part], float(L[:, example].sum()))
        Z, A = ({layer: each[:, part] for layer, each in of.items()} for of in (self.Z, self.A))
        weights = None if weights is None else weights[:, part]
        return Traced(
            self.model, self.rows[part], self.X[:, part], Z, A, before, self.Y[:, part], weights, self.smoothing
        )

    def W(self, layer: int) -> Array:
        """W[l], (n_l, n_{l-1})."""
        return self.model.parameters[f"W{layer}"]

    def b(self, layer: int) -> Array:
        """b[l], (n_l, 1)."""
        return self.model.parameters[f"b{layer}"]


@np.errstate(over="ignore", invalid="ignore")
def traced(
    model: Model,
    rows: Array,
    names: tuple[str, ...],
    Y: Array | None = None,
    weights: Array | None = None,
    learning_rate: float | None = None,
    smoothing: float = 0.0,
) -> Traced:
    """The step of a model of one view on rows (m, n) as `Model.logits` takes them; Y (k, m) as the network is trained
    on it, None for the forward half alone. Raises DataError if an answer is not finite.
    """
    inputs = model.inputs(rows)
    block = inputs.reader().block(slice(None))
    seen = forward(model.network, model.parameters, first_layer(model.parameters, block))
    A = {0: block.X(), **seen.A}
    last = seen.Z[model.network.depth]
    if not np.isfinite(last).all():
        raise DataError(f"{printable(names[0])}: {not_finite(model)}")
    if Y is None:
        return Traced(model, inputs.rows, A[0], seen.Z, A, outputs(model, last))
    Y = Y.astype(inputs.dtype)
    weights = None if weights is None else weights.astype(inputs.dtype)
    dZ = backward(model.network, model.parameters, seen, loss_derivative(model.network, last, Y, weights))
    gradient = {name: np.empty_like(P) for name, P in model.parameters.items()}
    sums_of_first_layer(dZ[1], block, gradient)
    sums_of_other_layers(dZ, seen.A, gradient)
    gradient = {name: sums / inputs.m for name, sums in gradient.items()}
    before = outputs(model, last, Y, weights)
    made = (model, inputs.rows, A[0], seen.Z, A, before, Y, weights, smoothing, dZ, gradient)
    if learning_rate is None:
        return Traced(*made)
    updated = moved(model.parameters, gradient, learning_rate)
    again = forward(model.network, updated, first_layer(updated, block)).Z[model.network.depth]
    return Traced(*made, learning_rate, updated, outputs(model, again, Y, weights))


def outputs(model: Model, Z: Array, Y: Array | None = None, weights: Array | None = None) -> Outputs:
    """The outputs of logits Z[L] (k, m)."""
    if Y is None:
        return Outputs(Z, model.answer(Z))
    return Outputs(Z, model.answer(Z), losses(model.network, Z, Y, weights), cost(model.network, Z, Y, weights))


def moved(parameters: Parameters, gradient: Parameters, learning_rate: float) -> Parameters:
    """The parameters after one step of gradient descent."""
    step, after = Step(learning_rate, 0.0, 1), {name: P.copy() for name, P in parameters.items()}
    for name, P in after.items():
        gradient_descent(step, P, gradient[name].copy())
    return after
