"""The layers of a network as people read them: equation and number of parameters."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from catnet.engine.shapes import parameter_count


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


def layer_name(number: int, depth: int) -> str:
    """`input layer` for 0, `hidden layer 1`, ..., `output layer` for the last, `depth`."""
    if number == 0:
        return "input layer"
    return "output layer" if number == depth else f"hidden layer {number}"


def layers_of(sizes: Sequence[int], activations: Sequence[str]) -> list[Layer]:
    """The layers of a network of the sizes n_0, ..., n_L, from the first hidden one to the output."""
    counts, total = list(map(parameter_count, pairwise(sizes))), parameter_count(sizes)
    shapes = zip(pairwise(sizes), activations, counts, strict=True)
    return [
        Layer(number, inputs, neurons, activation, count, count / total)
        for number, ((inputs, neurons), activation, count) in enumerate(shapes, start=1)
    ]
