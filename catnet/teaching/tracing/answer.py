"""The outputs of a trace as they are written: Z[L], y^ and y, before the update and after it."""

from functools import cached_property

import numpy as np

from catnet.engine.types import Array
from catnet.teaching.tracing.chosen import Chosen
from catnet.teaching.tracing.numbers import FACTOR, RESULT, Rounded, at, decimals_of, factor, read, result
from catnet.teaching.tracing.traced import Outputs

LARGE = 50.0  # a logit, beyond which softmax is shown by differences: its exponentials have no number


class Answer:
    """The outputs of the first example, before the update or after it, as they are written."""

    def __init__(
        self, chosen: Chosen, outputs: Outputs, mark: str = "", decimals: dict[int, int] | None = None
    ) -> None:
        """`mark` is put behind each name: nothing before the update. Z[L] of each output, and a regression's error, end
        at its `decimals`, by default as in the layer's sums.
        """
        self.chosen, self.traced, self.outputs, self.mark = chosen, chosen.traced, outputs, mark
        self._decimals = decimals
        self.shown, self.activation = chosen.neurons[chosen.depth], chosen.traced.network.activations[-1]

    @property
    def is_regression(self) -> bool:
        """Whether the output is a number."""
        return not self.traced.model.question.classes

    @property
    def smoothing(self) -> float:
        """The share by which the labels are smoothed; 0 for none."""
        return self.traced.smoothing

    def named(self, i: int, symbol: str = "y^") -> str:
        """`y^_2`"""
        return self.chosen.output(i, symbol) + self.mark

    def z(self, i: int) -> str:
        """An element of Z[L]."""
        return at(self.outputs.Z[i, 0], self.decimals(i))

    def decimals(self, i: int = 0) -> int:
        """At which decimal an element of Z[L] ends."""
        return self.chosen.decimals(self.chosen.depth, i) if self._decimals is None else self._decimals[i]

    @property
    def error_decimals(self) -> int:
        """At which decimal a regression's label and error end: as the output, unless ReLU makes that 0."""
        assert self.traced.Y is not None
        return self.decimals() if self.output()[0] else decimals_of([self.traced.Y[0, 0]])

    def a(self) -> str:
        """A[L] of a regression: its only output, in the unit in which it is trained."""
        return self.z(0) if self.output()[0] else "0"

    @np.errstate(over="ignore", under="ignore")
    def output(self) -> Array:
        """A[L] (k,), which is y^ of a class, in the precision of the training."""
        found: Array = self.traced.network.output(self.outputs.Z)[:, 0]
        return found

    def y_hat(self, i: int) -> str:
        """y^ of a class, by which it is trained."""
        value = float(self.output()[i])
        made = read(self.exponentials[i]) / read(self.total) if self.is_softmax else self._of_z(i, value)
        return self.chosen.result(value, made, FACTOR, share=True)

    def not_y_hat(self, i: int) -> str:
        """1 - y^ of a sigmoid, which is that of -z, and so has digits of its own if y^ is near 1."""
        with np.errstate(over="ignore"):
            value = float(self.traced.network.output(-self.outputs.Z[i, :1].astype(np.float64))[0])
        return result(value, self._of_z(i, value).off, FACTOR, share=True)

    def _of_z(self, i: int, value: float) -> Rounded:
        """A sigmoid, of z or of -z, whose slope is y^ (1 - y^)."""
        return Rounded(value, read(self.z(i)).off * value * (1 - value))

    # of softmax

    @property
    def is_softmax(self) -> bool:
        """Whether the output is softmax."""
        return self.activation == "softmax"

    @cached_property
    def base(self) -> float:
        """What is subtracted from all logits: nothing, or the largest if one is large."""
        Z = self.outputs.Z[:, 0].astype(np.float64)
        return float(Z.max()) if np.abs(Z).max() > LARGE else 0.0

    @cached_property
    def _all(self) -> Array:
        """e^Z (k,), of all outputs."""
        E: Array = np.exp(self.outputs.Z[:, 0].astype(np.float64) - self.base)
        return E

    @property
    def minus(self) -> str:
        """What is subtracted from all logits; nothing for 0."""
        return at(self.base, min(map(self.decimals, self.shown))) if self.base else ""

    @cached_property
    def exponentials(self) -> dict[int, str]:
        """e^Z of the outputs shown."""
        found = {}
        for i in self.shown:
            minus = self.minus or "0"
            off = 0 if self.z(i) == minus else read(self.z(i)).off + read(minus).off
            found[i] = result(self._all[i], off * self._all[i], FACTOR)
        return found

    @cached_property
    def total(self) -> str:
        """The sum of the exponentials."""
        return result(self._all.sum(), sum(read(text).off for text in self.exponentials.values()), FACTOR)

    def y(self, i: int) -> str:
        """The label, as it is trained on."""
        assert self.traced.Y is not None
        if self.is_regression:
            return at(self.traced.Y[i, 0], self.error_decimals)
        return f"{self.traced.Y[i, 0]:.{RESULT}g}"

    def label(self, i: int) -> Rounded:
        """The label of a class as it is written, which is off only if it has more digits."""
        assert self.traced.Y is not None
        value, y = float(self.y(i)), self.traced.Y[i, 0]
        return Rounded(value, 0.0 if y.dtype.type(value) == y else abs(value - float(y)))

    def weight(self, i: int) -> str:
        """The class weight of an output's loss; nothing if it is 1."""
        weights = self.traced.weights
        if weights is None:
            return ""
        value = float(weights[min(i, len(weights) - 1), 0])
        return "" if value == 1 else factor(value)
