"""Looking into a network: all its activations, and which inputs an output is made of."""

from collections.abc import Iterator

from catnet.engine.inputs import Inputs
from catnet.engine.network import Network, Pass, backward, first_layer, forward
from catnet.engine.types import Array, Parameters


def passes(network: Network, parameters: Parameters, inputs: Inputs) -> Iterator[tuple[slice, Array, Pass]]:
    """The forward propagation of each block: which examples they are, their X (n, length), and all Z, G and A."""
    reader = inputs.reader()
    for where, _ in inputs.blocks():
        X = reader.block(where) * inputs.factor
        yield where, X, forward(network, parameters, first_layer(parameters, X))


def gradient_times_input(network: Network, parameters: Parameters, X: Array, seen: Pass, direction: Array) -> Array:
    """The contribution of each input to the logits along a direction: X * d(direction' Z[L])/dX, of the shape of X.

    X is (n, m), `seen` its forward propagation, `direction` (k, m): a column with a single 1 asks about that one logit.
    With one layer this is w * x, and the contributions of an example and the bias sum to its logit. With more it is the
    same for the linear function that the network is near the example (Shrikumar et al., 2016).
    """
    dZ = backward(network, parameters, seen, direction.astype(X.dtype))
    contributions: Array = X * (parameters["W1"].T @ dZ[1])
    return contributions
