"""A model: the architecture, the parameters, and what makes an example inputs, and outputs an answer."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from catnet.data.pixels import DECODING_REVISION
from catnet.engine.colors import RGB
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.network import Network, logits
from catnet.engine.pictures import Size, box_average, mirrored
from catnet.engine.types import Array, Parameters
from catnet.engine.views import mean_logits
from catnet.goals import THRESHOLD
from catnet.question import Question

IDENTITY = Scaling(0.0, 1.0)
AVERAGED_TOGETHER = 1 << 28  # bytes of decoded pictures, whose averages over boxes are kept at once


@dataclass(frozen=True)
class Model:
    """All that prediction needs.

    `constant` (k, 1) is the trivial answer: the frequencies of the classes in training, or the mean of the target.
    `image_size` is (height, width) of the network's input, None for a table; `colors` is what a pixel has, rgb or
    grey. Pictures are decoded at `box_average` times that size, and each box of so many pixels a side is averaged.
    `views` are those that an answer is averaged over: none, or flip for the picture and its mirror image. `thresholds`
    are those that were stored with the model, one per class, or None. `decoding` is the revision of the decoding of the
    pictures that it was trained on. `created` is when its training was started, in seconds since 1970 (UTC), None if
    that is not known: the numbered checkpoints of a run know it, its best model does not.
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
    colors: str = RGB
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
    def tensors(self) -> Parameters:
        """The numbers that an answer needs, by their names in a model file."""
        scalings = {"scaling": self.scaling, "target_scaling": self.target_scaling}
        return {
            **self.parameters,
            **{f"{name}.shift": np.asarray(each.shift, np.float64) for name, each in scalings.items()},
            **{f"{name}.scale": np.asarray(each.scale, np.float64) for name, each in scalings.items()},
        }

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
        """Z[L], (k, m), of examples as rows (m, n): uint8 pictures flattened, or a table's numbers.

        With several views, those logits, in float64, whose answer is the mean of the answers about the views.
        """
        return np.concatenate([self._logits_of(part) for part in self._parts(rows)], axis=1)

    def _parts(self, rows: Array) -> Iterator[Array]:
        """All the rows; if boxes of them are averaged, some at a time: they may be a map of a file beyond memory."""
        together = len(rows) if self.box_average == 1 else AVERAGED_TOGETHER // rows.shape[1]
        for start in range(0, len(rows) or 1, together or 1):
            yield rows[start : start + together]

    def _logits_of(self, rows: Array) -> Array:
        """The logits of rows that are averaged over boxes at once, for all views."""
        averaged = self.averaged(rows)
        Z = [logits(view.network, view.parameters, view.inputs_of(averaged)) for view in self.view_models]
        return mean_logits(self.network.activations[-1], Z)

    def predict(self, rows: Array) -> Array:
        """y^, (k, m): probabilities of the classes, or the target in its own unit."""
        return self.answer(self.logits(rows))

    @np.errstate(over="ignore", invalid="ignore")
    def answer(self, logits: Array) -> Array:
        """y^ from the logits, in float64."""
        output = self.network.output(logits.astype(np.float64))
        return self.target_scaling.invert(output)

    @cached_property
    def view_models(self) -> tuple["Model", ...]:
        """The models, of one view each, whose answers the mean is taken of: this one, and with flip its mirror image,
        which answers about a picture as this one does about the mirror image of the picture.
        """
        plain = replace(self, views="none")
        if self.views == "none" or self.image_size is None:
            return (plain,)
        size = self.image_size
        shift, scale = (
            mirrored(np.asarray(values), size) if np.ndim(values) else values
            for values in (self.scaling.shift, self.scaling.scale)
        )
        parameters = {**self.parameters, "W1": mirrored(self.parameters["W1"], size)}
        return plain, replace(plain, parameters=parameters, scaling=Scaling(shift, scale))

    def averaged(self, rows: Array) -> Array:
        """The rows that become inputs: of pictures, averaged over boxes to `image_size`; of a table, as they are."""
        return rows if self.image_size is None else box_average(rows, self.image_size, self.box_average)

    def rows_in_views(self, rows: Array) -> Array:
        """The rows that become inputs, in one view after the other, (V m, n_0): for a network that is being trained."""
        averaged = self.averaged(rows)
        if self.views == "none" or self.image_size is None:
            return averaged
        return np.concatenate([averaged, mirrored(averaged, self.image_size)])

    def mean_over_views(self, Z: Array) -> Array:
        """The logits (k, m) of `logits`, from those of `rows_in_views`, (k, V m)."""
        return mean_logits(self.network.activations[-1], np.split(Z, 1 if self.views == "none" else 2, axis=1))

    def inputs(self, rows: Array) -> Inputs:
        """The rows as the network's inputs, in the precision of its parameters: of pictures, averaged over boxes."""
        return self.inputs_of(self.averaged(rows))

    def inputs_of(self, averaged: Array) -> Inputs:
        """As `inputs`, of rows that are averaged already."""
        return Inputs(averaged, self.scaling, self.parameters["W1"].dtype.type)

    def labels(self, labels: Array) -> Array:
        """Y as the network is trained on it: the target of a regression is scaled, all else unchanged."""
        return self.target_scaling.apply(labels)
