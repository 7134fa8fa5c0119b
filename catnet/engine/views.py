"""The mean of the answers about several views of the same examples, as logits.

The logits Z[L] of V views are Z, (V, k, m), in float64. Each function returns the Z (k, m) whose answer g[L](Z) is the
mean of the answers about the views: so the cost and the metrics of the mean need no code of their own. They are
computed from log y^, so that no exponential overflows and no small probability is lost.
"""

from collections.abc import Sequence

import numpy as np

from catnet.engine.types import Array


def mean_of_outputs(Z: Array) -> Array:
    """z = mean z, whose answer is z itself"""
    mean: Array = Z.mean(axis=0)
    return mean


def mean_of_relus(Z: Array) -> Array:
    """z = mean max(0, z), which ReLU leaves as it is"""
    return mean_of_outputs(np.maximum(Z, 0))


def mean_of_sigmoids(Z: Array) -> Array:
    """z = log mean p - log mean (1-p), with log p = -log(1 + e^-z) and log (1-p) = -log(1 + e^z)"""
    log_p, log_q = -np.logaddexp(0, -Z), -np.logaddexp(0, Z)
    z: Array = np.logaddexp.reduce(log_p, axis=0) - np.logaddexp.reduce(log_q, axis=0)
    return z


def mean_of_softmaxes(Z: Array) -> Array:
    """z_k = log mean p_k, with log p_k = z_k - log sum_j e^z_j"""
    log_p = Z - np.logaddexp.reduce(Z, axis=1, keepdims=True)
    z: Array = np.logaddexp.reduce(log_p, axis=0) - np.log(len(Z))
    return z


VIEWS = ("none", "flip")  # the picture alone; the picture and its mirror image

# by the names of OUTPUT_ACTIVATIONS
MEANS = {
    "sigmoid": mean_of_sigmoids,
    "softmax": mean_of_softmaxes,
    "linear": mean_of_outputs,
    "relu": mean_of_relus,
}


def mean_logits(output_activation: str, Z: Array | Sequence[Array]) -> Array:
    """The logits (k, m) whose answer is the mean of the answers about the views, which have the logits Z, (k, m) each.

    Those of a single view are returned as they are; of several, in float64.
    """
    return Z[0] if len(Z) == 1 else MEANS[output_activation](np.array(Z, np.float64))
