"""Which inputs an output is made of."""

from catnet.engine.activations import Array
from catnet.engine.network import Network, backward, first_layer, forward
from catnet.engine.optimizers import Parameters


def gradient_times_input(network: Network, parameters: Parameters, X: Array, direction: Array) -> Array:
    """The contribution of each input to the logits along a direction: X * d(direction' Z[L])/dX, of the shape of X.

    X is (n, m), `direction` (k, m): a column with a single 1 asks about that one logit. With one layer this is w * x,
    and the contributions of an example and the bias sum to its logit. With more it is the same for the linear function
    that the network is near the example (Shrikumar et al., 2016).
    """
    seen = forward(network, parameters, first_layer(parameters, X))
    dZ = backward(network, parameters, seen, direction.astype(X.dtype))
    contributions: Array = X * (parameters["W1"].T @ dZ[1])
    return contributions
