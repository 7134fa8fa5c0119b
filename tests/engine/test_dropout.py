from dataclasses import replace

import numpy as np
import pytest
from small_tasks import random_task

from catnet.engine.direct import Direct
from catnet.engine.dropout import DropoutMasks

KIND = ("1.0", "sigmoid", "cross_entropy")


def masks_of(task, epoch, *block_sizes):
    drawn = DropoutMasks(task, epoch)
    blocks = [drawn.next(m) for m in block_sizes]
    return {layer: np.hstack([block[layer] for block in blocks]) for layer in blocks[0]}


def same(these, those):
    return these.keys() == those.keys() and all(np.array_equal(these[layer], those[layer]) for layer in those)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_mask_is_zero_or_one_over_the_rate_kept(dtype):
    task = random_task(*KIND, (5, 4), dropout=(0.2, 0.75), dtype=dtype)
    masks = masks_of(task, 1, 100)
    assert {layer: mask.shape for layer, mask in masks.items()} == {1: (5, 100), 2: (4, 100)}
    assert all(mask.dtype == dtype for mask in masks.values())
    np.testing.assert_allclose(np.unique(masks[1]), [0, 1.25], rtol=1e-6)
    np.testing.assert_allclose(np.unique(masks[2]), [0, 4], rtol=1e-6)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_share_that_is_left_out_is_p_and_the_mean_stays_1(p):
    masks = masks_of(random_task(*KIND, (50,), dropout=(p,)), 1, 2000)
    n = masks[1].size
    deviation = np.sqrt(p * (1 - p) / n)
    assert np.mean(masks[1] == 0) == pytest.approx(p, abs=4 * deviation)
    assert masks[1].mean() == pytest.approx(1, abs=4 * deviation / (1 - p))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("blocks", [(1,) * 13, (7, 6), (3, 1, 9)], ids=str)
def test_masks_do_not_depend_on_the_blocks(blocks, dtype):
    # layers of odd sizes: a generator that threw half a draw away at a block's end would differ
    task = random_task(*KIND, (5, 3), dropout=(0.5, 0.4), dtype=dtype)
    assert same(masks_of(task, 2, *blocks), masks_of(task, 2, 13))


def test_masks_depend_on_epoch_layer_and_seed_and_on_nothing_else():
    task = random_task(*KIND, (30, 30), dropout=(0.5, 0.5))
    first = masks_of(task, 1, 20)
    assert same(masks_of(task, 1, 20), first)
    assert not same(masks_of(task, 2, 20), first)
    assert not same(masks_of(replace(task, seed=1), 1, 20), first)
    assert not np.array_equal(first[1], first[2])


def test_float32_and_float64_leave_out_the_same_neurons():
    of_float32 = masks_of(random_task(*KIND, (30,), dropout=(0.3,), dtype=np.float32), 1, 20)
    of_float64 = masks_of(random_task(*KIND, (30,), dropout=(0.3,)), 1, 20)
    assert np.array_equal(of_float32[1] == 0, of_float64[1] == 0)


def test_a_layer_without_dropout_has_no_mask():
    task = random_task(*KIND, (5, 4), dropout=(0.0, 0.5))
    assert masks_of(task, 1, 10).keys() == {2}


def test_dropout_of_zero_is_no_dropout():
    without, with_zero = random_task(*KIND, (5, 4)), random_task(*KIND, (5, 4), dropout=(0.0, 0.0))
    assert list(Direct(without).run(1, 5)) == list(Direct(with_zero).run(1, 5))


def test_dropout_is_on_in_training_and_off_in_prediction():
    task = random_task(*KIND, (8, 8), dropout=(0.5, 0.5))
    dropped, whole = Direct(task), Direct(replace(task, dropout=()))
    assert np.array_equal(dropped.outputs(task.inputs), whole.outputs(task.inputs))
    assert dropped.run(1, 1) != pytest.approx(whole.run(1, 1), rel=1e-3)
