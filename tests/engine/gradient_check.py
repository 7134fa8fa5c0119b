"""The gradients of a solver against central differences of its own cost, in float64."""

from dataclasses import replace

import numpy as np

from catnet.engine.direct import Direct
from catnet.teaching.gradients.slopes import on_both_sides

STEP = 1e-5


def cost(task, parameters):
    """J as the first epoch sees it."""
    return Direct(replace(task, initial=parameters)).run(1, 1)[0]


def gradients(task):
    """dJ/dtheta at the start: what one step of gradient descent with learning rate 1 subtracts."""
    solver = Direct(replace(task, schedule=replace(task.schedule, learning_rate=1.0)))
    solver.run(1, 1)
    after = solver.parameters()
    return {name: P - after[name] for name, P in task.initial.items()}


def central_differences(task):
    """(J(theta + h) - J(theta - h)) / 2h for each single parameter."""
    parameters = {name: P.copy() for name, P in task.initial.items()}
    slopes = {name: np.empty_like(P) for name, P in parameters.items()}
    for name, P in parameters.items():
        for index in np.ndindex(P.shape):
            above, below, distance = on_both_sides(P, index, STEP, lambda: cost(task, parameters))
            slopes[name][index] = (above - below) / distance
    return slopes


def relative_error(task):
    """The greatest difference of gradient and slope, relative to the greatest slope of W[l] or b[l]."""
    found, expected = gradients(task), central_differences(task)
    worst = 0.0
    for name, slope in expected.items():
        scale = np.abs(slope).max()
        assert scale > 1e-6, f"the check says nothing about {name}: its gradient is zero"
        worst = max(worst, float(np.abs(found[name] - slope).max() / scale))
    return worst
