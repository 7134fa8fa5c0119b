"""Looking into a network: all its activations, and the contribution of each input to an output."""

from collections.abc import Iterator

from catnet.engine.inputs import Inputs
from catnet.engine.network import ForwardPass, Network, affine, backward, forward
from catnet.engine.types import Array, Parameters


def passes(network: Network, parameters: Parameters, inputs: Inputs) -> Iterator[tuple[slice, Array, ForwardPass]]:
    """The forward propagation of each block: which examples, their X (n, length), and all their Z, G and A."""
    reader = inputs.reader()
    for examples, _ in inputs.blocks():
        X = reader.block(examples).X()
        yield examples, X, forward(network, parameters, affine(parameters["W1"], X, parameters["b1"]))


def gradient_times_input(
    network: Network, parameters: Parameters, X: Array, forward_pass: ForwardPass, direction: Array
) -> Array:
    """The contribution of each input to the logits along a direction: X * d(direction' Z[L])/dX, of the shape of X.

    X is (n, m), with its `forward_pass`. `direction` is (k, m): a column with a single 1 asks about that one logit.
    With one layer the contributions are w * x: those of an example and the bias sum to its logit. With more layers the
    same holds for the linear function that the network equals near the example (Shrikumar et al., 2016).
    """
    dZ = backward(network, parameters, forward_pass, direction.astype(X.dtype))
    contributions: Array = X * (parameters["W1"].T @ dZ[1])
    return contributions
