"""A model: the architecture, the parameters, and what turns an example into inputs and outputs into an answer."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.network import Network, logits
from catnet.engine.types import Array, Parameters

IDENTITY = Scaling(0.0, 1.0)
THRESHOLD = 0.5


@dataclass(frozen=True)
class Model:
    """All that prediction needs.

    `classes` are the names of the k outputs, in order (none for regression, whose output is the `target`).
    `negative` is what goal 1.0 calls a picture that is not of the class. `image_size` is (height, width) of the
    pictures, None for a table, whose columns are the `features`. `constant` (k, 1) is the trivial answer: the
    frequencies of the classes in training, or the mean of the target. `details` may hold `thresholds`, one a class.
    """

    network: Network
    parameters: Parameters
    goal: str
    scaling: Scaling
    constant: Array
    classes: tuple[str, ...] = ()
    negative: str | None = None
    target: str | None = None
    target_scaling: Scaling = IDENTITY
    image_size: tuple[int, int] | None = None
    features: tuple[str, ...] | None = None
    epoch: int = 0
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def thresholds(self) -> Array:
        """(k, 1): a sigmoid says that its label is there above it. A half, unless `catnet evaluate --save` chose."""
        stored = self.details.get("thresholds", [THRESHOLD] * self.network.sizes[-1])
        return np.array(stored, np.float64).reshape(-1, 1)

    def logits(self, rows: Array) -> Array:
        """Z[L], (k, m), of examples as rows (m, n): uint8 pictures flattened, or a table's numbers."""
        return logits(self.network, self.parameters, self.inputs(rows))

    def predict(self, rows: Array) -> Array:
        """y^, (k, m): probabilities of the classes, or the target in its own unit."""
        return self.answer(self.logits(rows))

    def answer(self, logits: Array) -> Array:
        """y^ from the logits, in float64."""
        output = self.network.output(logits.astype(np.float64))
        return self.target_scaling.invert(output)

    def inputs(self, rows: Array) -> Inputs:
        """The rows as the network's inputs, in the precision of its parameters."""
        return Inputs(rows, self.scaling, self.parameters["W1"].dtype.type)

    def labels(self, labels: Array) -> Array:
        """Y as the network is trained on it: a regression's target scaled, all else as it is."""
        return self.target_scaling.apply(labels)
