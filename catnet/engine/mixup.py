"""Mixup (Zhang et al., 2018): x~ = lambda x + (1 - lambda) x', for each example with another of its batch."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from catnet.engine.randomness import MIXUP, generator
from catnet.engine.types import Array

Labels = tuple[Array, Array | None]  # Y (k, m); class weights, (k, m), (1, m) or None


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

    def labels(self, Y: Array, weights: Array | None) -> tuple[Array, Array | None]:
        """Y~ and the class weights w~ with which the loss of mixed examples is the mean of their weighted losses.

        w~ = lambda w + (1 - lambda) w',  y~ = (lambda w y + (1 - lambda) w' y') / w~. So it is for losses that are
        linear in y, which those with class weights are.
        """
        partners = Y[:, self.partners], None if weights is None else weights[:, self.partners]
        return self.mixed(self.shares, (Y, weights), partners)

    @staticmethod
    def mixed(shares: Array, own: Labels, partners: Labels) -> Labels:
        """The same for some examples: their shares, Y and w, and those of their partners."""
        (Y, weights), (others, other_weights) = own, partners
        if weights is None or other_weights is None:
            return mix(shares, Y, others), None
        w = mix(shares, weights, other_weights)
        return mix(shares, weights * Y, other_weights * others) / np.where(w == 0, 1, w), w


def mix(shares: Array, values: Array, others: Array) -> Array:
    """v~ = lambda v + (1 - lambda) v'"""
    mixed: Array = shares * values + (1 - shares) * others
    return mixed
