"""Mixup (Zhang et al., 2018): x~ = lambda x + (1 - lambda) x', for each example with another of its batch."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from catnet.engine.randomness import MIXUP, generator
from catnet.engine.types import Array


class Mixup(NamedTuple):
    """With whom each example of an epoch is mixed, (m,), and its own share lambda, (m,): one for all of a batch."""

    partners: Array
    shares: Array

    @classmethod
    def of_epoch(cls, alpha: float, seed: int, epoch: int, batches: Sequence[Array], dtype: np.dtype) -> "Mixup":
        """Each with the next one of its batch, the last with the first; lambda is drawn from Beta(alpha, alpha)."""
        m = sum(map(len, batches))
        drawn = generator(seed, MIXUP, epoch).beta(alpha, alpha, len(batches))
        partners, shares = np.empty(m, np.intp), np.empty(m, dtype)
        for batch, share in zip(batches, drawn, strict=True):
            partners[batch[:-1]], partners[batch[-1]] = batch[1:], batch[0]
            shares[batch] = share
        return cls(partners, shares)

    def of(self, values: Array) -> Array:
        """v~ = lambda v + (1 - lambda) v', for values (k, m) of all the examples."""
        mixed: Array = self.shares * values + (1 - self.shares) * values[:, self.partners]
        return mixed

    def labels(self, Y: Array, weights: Array | None) -> tuple[Array, Array | None]:
        """Y~ and the class weights w~ with which the loss of mixed examples is the mean of their weighted losses.

        w~ = lambda w + (1 - lambda) w',  y~ = (lambda w y + (1 - lambda) w' y') / w~. So it is for losses that are
        linear in y, which those with class weights are.
        """
        if weights is None:
            return self.of(Y), None
        mixed = self.of(weights)
        return self.of(weights * Y) / np.where(mixed == 0, 1, mixed), mixed
