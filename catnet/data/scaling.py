"""Scaling: x = (row - shift) * scale, fitted to the training data."""

import numpy as np

from catnet.engine.inputs import Scaling
from catnet.engine.pictures import Size, mirrored
from catnet.engine.types import Array

WHITE = 255


def fit_scaling(kind: str, rows: Array, channels: int | None, mirror: Size | None = None) -> Scaling:
    """The scaling of the training rows (m, n): uint8 pictures with `channels` channels, or a table (channels None).

    unit: x / 255.  center: unit minus the mean of each pixel (table: minus the mean of each column).  none: unchanged.
    standard: each channel (table: each column) gets mean 0 and standard deviation 1; a constant one becomes 0.
    whiten: what whitening then takes: center (table: standard). Only for it is `mirror` given, the pictures' size, if
    it is fitted to mirror images too: the mean is that of both.
    """
    if kind == "whiten":
        kind = "standard" if channels is None else "center"
    if kind == "none":
        return Scaling(0.0, 1.0)
    if kind == "unit":
        return Scaling(0.0, 1 / WHITE)
    if kind == "center":
        mean = rows.mean(axis=0, dtype=np.float64)
        if mirror is not None:
            mean = (mean + mirrored(mean, mirror)) / 2
        return Scaling(mean, 1.0 if channels is None else 1 / WHITE)
    if channels is None:
        mean, deviation = rows.mean(axis=0), rows.std(axis=0)
        constant = deviation <= 1e-12 * np.abs(mean)
        return Scaling(mean, 1 / np.where(constant, 1.0, deviation))
    means, deviations = zip(*(_moments(rows[:, channel::channels]) for channel in range(channels)), strict=True)
    pixels = rows.shape[1] // channels
    scales = [1 / deviation if deviation else 1.0 for deviation in deviations]
    return Scaling(np.tile(np.array(means), pixels), np.tile(np.array(scales), pixels))


def _moments(values: Array) -> tuple[float, float]:
    """The mean and standard deviation of uint8 values, exact: from how often each of the 256 occurs."""
    counts = np.zeros(WHITE + 1)
    for row in values:  # row by row: no copy of all
        counts += np.bincount(row, minlength=WHITE + 1)
    levels = np.arange(WHITE + 1)
    mean = float((counts * levels).sum() / counts.sum())
    return mean, float(np.sqrt((counts * (levels - mean) ** 2).sum() / counts.sum()))
