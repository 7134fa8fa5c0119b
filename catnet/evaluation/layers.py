"""The layers of a network as people read them: equation and number of parameters."""

from itertools import pairwise
from typing import NamedTuple

from catnet.engine.network import Network


class Layer(NamedTuple):
    """Layer l: W[l] is (neurons, inputs), b[l] (neurons, 1). `share` is that of all the network's parameters."""

    number: int
    inputs: int
    neurons: int
    activation: str
    parameters: int
    share: float

    @property
    def equation(self) -> str:
        """`Z[2] = W[2] A[1] + b[2]`"""
        below = "X" if self.number == 1 else f"A[{self.number - 1}]"
        return f"Z[{self.number}] = W[{self.number}] {below} + b[{self.number}]"

    @property
    def formula(self) -> str:
        """How the parameters are counted: `(3 + 1) x 2`."""
        return f"({self.inputs} + 1) x {self.neurons}"


def layers_of(network: Network) -> list[Layer]:
    """The layers, from the first hidden one to the output."""
    found = []
    for number, (inputs, neurons) in enumerate(pairwise(network.sizes), start=1):
        count = (inputs + 1) * neurons
        activation = network.activations[number - 1]
        found.append(Layer(number, inputs, neurons, activation, count, count / network.parameter_count))
    return found
