"""Several trainings on one K: the same as if each had its own, and as without any."""

from dataclasses import replace

import numpy as np
import pytest
from small_tasks import random_task

from catnet.data.scaling import fit_scaling
from catnet.engine.direct import Direct
from catnet.engine.gram import Gram
from catnet.engine.gram_matrix import gram, mean_of
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.optimizers import Optimizer
from catnet.engine.shared_gram import PartOfGram, SharedGram
from catnet.engine.solvers import choose
from catnet.goals import MULTI_CLASS

RANDOM = np.random.default_rng(5)
BYTES = RANDOM.integers(0, 256, (30, 1100), dtype=np.uint8)
NUMBERS = RANDOM.normal(40, 7, (30, 4))
TRAINING, OTHERS = np.array([28, 3, 4, 9, 10, 17, 2]), np.array([0, 29, 11])


@pytest.mark.parametrize("rows", [BYTES, NUMBERS], ids=["pictures", "table"])
@pytest.mark.parametrize("is_centred", [True, False])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_part_is_the_gram_matrix_of_its_examples(rows, is_centred, order) -> None:
    scale = 1 / 255
    mean = mean_of(rows[TRAINING])
    scaling = Scaling(mean if is_centred else 0.0, scale)
    own = gram(*(Inputs(rows[part], scaling, np.float64) for part in (TRAINING, OTHERS)), mean=mean)
    shared = SharedGram(rows, scale, np.float64).of(TRAINING, OTHERS, is_centred, order)
    assert shared.shape == (10, 8)
    assert shared.flags.c_contiguous if order == "C" else shared.flags.f_contiguous
    np.testing.assert_allclose(shared, own, rtol=1e-11, atol=1e-12 * np.abs(own).max())


@pytest.mark.parametrize("scaling", ["unit", "center"])
@pytest.mark.parametrize("batch_size", [None, 3])
def test_a_training_on_a_part_follows_the_direct_solver(scaling, batch_size) -> None:
    task = random_task(MULTI_CLASS, "softmax", "cross_entropy", (5,), n=1100, m=7, epochs=40, learning_rate=0.02)
    fitted = fit_scaling(scaling, BYTES[TRAINING], 1)
    inputs, validation = (Inputs(BYTES[part], fitted, np.float64) for part in (TRAINING, OTHERS))
    task = replace(task, inputs=inputs, validation=validation, batch_size=batch_size, optimizer=Optimizer("momentum"))
    shared = SharedGram(BYTES, 1 / 255, np.float64)
    ours = Gram(replace(task, part_of_gram=PartOfGram(shared, TRAINING, OTHERS, scaling == "center")))
    theirs = Direct(task)
    np.testing.assert_allclose(ours.run(1, 40), theirs.run(1, 40), rtol=1e-9)
    np.testing.assert_allclose(ours.outputs(validation), theirs.outputs(validation), rtol=1e-9, atol=1e-10)
    for name, P in theirs.parameters().items():
        np.testing.assert_allclose(ours.parameters()[name], P, rtol=1e-9, atol=1e-11)


def test_k_that_is_shared_costs_nothing_more() -> None:
    task = random_task(MULTI_CLASS, "softmax", "cross_entropy", (8,), n=12288, m=300, epochs=4)
    assert choose(task).name == "direct"
    shared = SharedGram(task.inputs.rows, 1 / 255, np.float64)
    part = PartOfGram(shared, np.arange(300), np.arange(0), is_centred=False)
    assert choose(replace(task, part_of_gram=part)).name == "gram"
