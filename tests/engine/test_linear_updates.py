"""Many linear updates as one."""

import numpy as np
import pytest

from catnet.engine.linear_updates import linear_updates
from catnet.engine.optimizers import OPTIMIZERS, Optimizer
from catnet.engine.parameters import Vector


@pytest.mark.parametrize("decay", [0.0, 0.01])
@pytest.mark.parametrize("name", [name for name, rule in OPTIMIZERS.items() if rule.linear])
def test_they_end_where_one_after_the_other_ends(name: str, decay: float) -> None:
    random = np.random.default_rng(0)
    optimizer, dtype = Optimizer(name, 0.8, decay), np.dtype(np.float64)
    theta = Vector.of({"W1": random.normal(size=(3, 4))}, dtype)
    moments = optimizer.moments(theta)
    for moment in moments.arrays:
        moment[:] = random.normal(size=12)
    start = np.stack([theta.vector, *moments.arrays])
    gradients = random.normal(size=(7, 12))
    for gradient in gradients:
        optimizer.update(theta, Vector.of({"W1": gradient.reshape(3, 4)}, dtype), moments, 0.1)
    change, responses, remaining = linear_updates(optimizer, 0.1, 7)
    together = start + change @ start + responses.T @ gradients
    np.testing.assert_allclose(together, np.stack([theta.vector, *moments.arrays]), rtol=1e-12, atol=1e-13)
    alone = [1 + linear_updates(optimizer, 0.1, count).change[0, 0] for count in range(1, 7)]
    assert remaining == pytest.approx([1, *alone], rel=1e-14)


def test_a_small_decay_is_not_lost_beside_one() -> None:
    (change,), *_ = linear_updates(Optimizer("gradient_descent", weight_decay=1e-4), 1e-4, 50)
    assert change.item() == pytest.approx(-50e-8, rel=1e-6)
