"""A model: the architecture, the parameters, and what makes an example inputs, and outputs an answer."""

from dataclasses import dataclass

import numpy as np

from catnet.data.pixels import DECODING_REVISION
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.network import Network, logits
from catnet.engine.pictures import Size, box_average
from catnet.engine.types import Array, Parameters
from catnet.goals import THRESHOLD
from catnet.question import Question

IDENTITY = Scaling(0.0, 1.0)


@dataclass(frozen=True)
class Model:
    """All that prediction needs.

    `constant` (k, 1) is the trivial answer: the frequencies of the classes in training, or the mean of the target.
    `image_size` is (height, width) of the network's input, None for a table. Pictures are decoded at `box_average`
    times that size, and each box of so many pixels a side is averaged. `views` are those that an answer is averaged
    over: none, or flip for the picture and its mirror image. `thresholds` are those that were stored with the
    model, one per class, or None. `decoding` is the revision of the decoding of the pictures that it was trained on.
    `created` is when its training was started, in seconds since 1970 (UTC), None if that is not known: the numbered
    checkpoints of a run know it, its best model does not.
    """

    network: Network
    parameters: Parameters
    question: Question
    scaling: Scaling
    constant: Array
    target_scaling: Scaling = IDENTITY
    image_size: tuple[int, int] | None = None
    box_average: int = 1
    views: str = "none"
    epoch: int = 0
    thresholds: tuple[float, ...] | None = None
    decoding: int = DECODING_REVISION
    created: float | None = None

    @property
    def decision_thresholds(self) -> Array:
        """(k, 1): a sigmoid says that its label is there if its probability is above the threshold."""
        thresholds = self.thresholds or [THRESHOLD] * self.network.sizes[-1]
        return np.array(thresholds, np.float64).reshape(-1, 1)

    @property
    def decoded_size(self) -> Size | None:
        """(height, width) of the pictures as they are decoded, None for a table."""
        if self.image_size is None:
            return None
        height, width = self.image_size
        return height * self.box_average, width * self.box_average

    @property
    def notes(self) -> list[str]:
        """What the user should know about its answers."""
        if self.image_size is None or self.decoding >= DECODING_REVISION:
            return []
        return [
            "the model learned from pictures as an earlier version of catnet resized them: if they shrank much more in "
            "height than in width, pixels differ by up to 3 levels of 255, and the answers slightly"
        ]

    @np.errstate(over="ignore", invalid="ignore")  # who uses the answers says that they are not finite
    def logits(self, rows: Array) -> Array:
        """Z[L], (k, m), of examples as rows (m, n): uint8 pictures flattened, or a table's numbers."""
        return logits(self.network, self.parameters, self.inputs(rows))

    def predict(self, rows: Array) -> Array:
        """y^, (k, m): probabilities of the classes, or the target in its own unit."""
        return self.answer(self.logits(rows))

    @np.errstate(over="ignore", invalid="ignore")
    def answer(self, logits: Array) -> Array:
        """y^ from the logits, in float64."""
        output = self.network.output(logits.astype(np.float64))
        return self.target_scaling.invert(output)

    def inputs(self, rows: Array) -> Inputs:
        """The rows as the network's inputs, in the precision of its parameters: of pictures, averaged over boxes."""
        if self.image_size is not None:
            rows = box_average(rows, self.image_size, self.box_average)
        return Inputs(rows, self.scaling, self.parameters["W1"].dtype.type)

    def labels(self, labels: Array) -> Array:
        """Y as the network is trained on it: the target of a regression is scaled, all else unchanged."""
        return self.target_scaling.apply(labels)
