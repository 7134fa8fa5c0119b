"""Whether the contenders computed the same: no ratio is printed of two that did not."""

import math

import numpy as np

from benchmarks.job import Parameters, Result

COST, WEIGHTS, TRAJECTORY, OUTPUTS = "cost", "weights", "costs of all epochs", "outputs"
ACCURACY = "accuracy"


class Disagreement(Exception):
    """Two contenders have different results."""


def relative_difference(values: list[float], reference: list[float]) -> float:
    """The largest |a - b| / |b|; infinite if the lengths differ or a value is not finite."""
    if len(values) != len(reference) or not values or not all(map(math.isfinite, [*values, *reference])):
        return math.inf
    return max(abs(a - b) / abs(b) for a, b in zip(values, reference, strict=True))


def distance_of_weights(tensors: Parameters, reference: Parameters, start: Parameters) -> float:
    """|theta - theta_ref| / |theta_ref - theta_0|: the distance, as a share of the way from the start."""
    apart = sum(
        float(np.square(tensors[name].astype(np.float64) - P).sum()) for name, P in reference.items() if name in start
    )
    way = sum(
        float(np.square(P.astype(np.float64) - start[name]).sum()) for name, P in reference.items() if name in start
    )
    return math.sqrt(apart / way) if math.isfinite(apart) and way else math.inf


def differences(result: Result, reference: Result, start: Parameters, trajectory: bool) -> dict[str, float]:
    """How far a result is from the reference: in its outputs, and its accuracy; or in its costs and weights."""
    if OUTPUTS in reference.tensors:
        found = {OUTPUTS: float(np.abs(result.tensors[OUTPUTS] - reference.tensors[OUTPUTS]).max())}
        if result.accuracy is not None and reference.accuracy is not None:
            found[ACCURACY] = abs(result.accuracy - reference.accuracy)
        return found
    if trajectory:
        return {TRAJECTORY: relative_difference(result.costs, reference.costs)}
    return {
        COST: relative_difference(result.costs[-1:], reference.costs[-1:]),
        WEIGHTS: distance_of_weights(result.tensors, reference.tensors, start),
    }


def check(who: str, found: dict[str, float], tolerances: dict[str, float]) -> None:
    """Raises Disagreement if a difference is above its tolerance or not a number."""
    too_far = [f"{what} by {by:.2g}" for what, by in found.items() if not by <= tolerances[what]]
    if too_far:
        allowed = ", ".join(f"{what} {tolerances[what]:g}" for what in found)
        raise Disagreement(f"{who} differs from catnet: {', '.join(too_far)}; allowed is: {allowed}")
