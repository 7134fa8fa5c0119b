"""The types that the whole engine uses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
Parameters = dict[str, Array]  # W1 (n_1, n_0), b1 (n_1, 1), W2, b2, ...
State = dict[str, Array]  # what a solver needs to resume, by the names in a checkpoint: velocity.W1, velocity.b1, ...
Masks = Mapping[int, Array]  # the masks of dropout by layer, each of the shape of A[l]: 0 or 1 / (1 - p)


@dataclass(frozen=True)
class Choice:
    """The name of a solver, and why it was chosen."""

    name: str
    reason: str
