"""Label smoothing (Szegedy et al., 2016): the labels of training are moved from 0 and 1 towards all classes alike."""

from catnet.engine.types import Array


def smoothed(Y: Array, share: float, output_activation: str) -> Array:
    """y (1 - s) + s / k for a softmax of k outputs, whose labels still sum to 1; y (1 - s) + s / 2 for sigmoids.

    Y is (k, m), s the share, from 0 to 1.
    """
    classes = len(Y) if output_activation == "softmax" else 2
    smooth: Array = Y * (1 - share) + share / classes
    return smooth
