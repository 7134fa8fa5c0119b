"""Sums over shards: how they are cut and added, and that a training by them is the direct solver's."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from small_tasks import EVERYTHING, KINDS, Kind, augmented_task, difference, random_task

from catnet.engine import inputs, shards
from catnet.engine.augmentation import Augmentation
from catnet.engine.direct import Direct
from catnet.engine.dropout import DropoutMasks
from catnet.engine.optimizers import Optimizer
from catnet.engine.parallel import use_threads
from catnet.engine.shard_sums import ShardSums, Sums, add
from catnet.engine.shard_task import ShardTask
from catnet.engine.sharded import RoundsHere, Sharded
from catnet.engine.shards import added, nodes_within, shards_of, sum_at

KIND: Kind = ("3.0", "softmax", "cross_entropy")
ADAM = Optimizer("adam", weight_decay=0.01)


@pytest.fixture
def small_shards(monkeypatch):
    """Shards of three examples, or of two of a batch, in blocks of two."""
    monkeypatch.setattr(shards, "EXAMPLES_PER_SHARD", 3)
    monkeypatch.setattr(shards, "EXAMPLES_OF_BATCH", 2)
    monkeypatch.setattr(inputs, "BLOCK_BYTES", 2 * 6 * 8)


# how examples are cut, and sums are added


@pytest.mark.parametrize("m", [1, 255, 256, 1600, 5000, 262144, 1_000_003])
@pytest.mark.parametrize("b", [None, 1, 64, 100, 1024, 5000, 10**7])
def test_shards_are_consecutive_and_have_all_examples(m, b):
    found = shards_of(m, b)
    assert [found[0].start, found[-1].stop] == [0, m]
    assert all(one.stop == other.start and one.stop > one.start for one, other in pairwise(found))
    assert len(found) <= shards.MOST_SHARDS
    assert min(cut.stop - cut.start for cut in found) >= min(m, shards.EXAMPLES_PER_SHARD)


@pytest.mark.parametrize("b", [64, 1000, 3000])
def test_the_shards_of_mini_batches_are_runs_of_the_finest(b):
    m = 50_000
    ends = {cut.stop for cut in shards_of(m)}
    found = shards_of(m, b)
    assert {cut.stop for cut in found} <= ends
    assert b / len(found) >= min(b, shards.EXAMPLES_OF_BATCH)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 100])
def test_whoever_forms_which_sums_the_total_is_the_same(count):
    def add(one, other):
        return f"({one}+{other})"

    root = (0, count)
    expected = sum_at(root, str, add)
    random = np.random.default_rng(count)
    for workers in (1, 2, 3, 5):
        ends = [0, *sorted(random.integers(0, count + 1, workers - 1).tolist()), count]
        found: dict[shards.Node, str] = {}
        for start, stop in pairwise(ends):
            nodes = list(nodes_within(range(start, stop), root))
            assert sum(end - first for first, end in nodes) == stop - start
            found |= {node: sum_at(node, str, add) for node in nodes}
        assert added(found, root, add) == {root: expected}


def test_sums_of_some_shards_are_as_few_as_the_tree_allows():
    found = added({(shard, shard + 1): shard for shard in range(1, 8)}, (0, 8), lambda one, other: one + other)
    assert found == {(1, 2): 1, (2, 4): 5, (4, 8): 22}


# dropout


@pytest.mark.parametrize("sizes", [(5, 4), (3, 7), (8, 2)])
def test_masks_at_places_are_those_in_order(sizes):
    task = random_task(*KIND, sizes, dropout=(0.3, 0.5), dtype=np.float32)
    whole = DropoutMasks(task, 2).next(300)
    masks = DropoutMasks(task, 2)
    for places in ([0], [1], [7, 8, 9], [3, 4, 100, 101, 299], list(range(0, 300, 2)), [299], []):
        found = masks.at(np.array(places, int))
        assert found.keys() == whole.keys() == {1, 2}
        for layer, mask in found.items():
            assert np.array_equal(mask, whole[layer][:, places])


# trainings


SETTINGS: dict[str, dict[str, Any]] = {
    "full batch": {},
    "mini-batches": {"batch_size": 5, "optimizer": ADAM},
    "dropout": {"dropout": (0.3, 0.2), "optimizer": Optimizer("nesterov")},
    "dropout in mini-batches": {"dropout": (0.3, 0.2), "batch_size": 4},
    "class weights": {"weighted": True, "batch_size": 6},
    "one example at a time": {"batch_size": 1},
}


def demand_same_training(task):
    """The sharded solver's costs, logits and parameters are the direct solver's, to rounding."""
    direct, sharded = Direct(task), Sharded(task)
    np.testing.assert_allclose(sharded.run(1, 5), direct.run(1, 5), rtol=1e-11)
    assert difference(sharded.parameters(), direct.parameters()) < 1e-10
    if task.augmented is None:
        np.testing.assert_allclose(sharded.logits, direct.logits, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(sharded.outputs(task.inputs), direct.outputs(task.inputs), rtol=1e-8, atol=1e-10)
    assert sharded.state.keys() == direct.state.keys()


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_it_trains_as_the_direct_solver(settings, small_shards):
    task = random_task(*KIND, (5, 4), m=23, **settings)
    assert len(ShardTask.of(task).shards) >= 2 or task.batch_size == 1
    demand_same_training(task)


@pytest.mark.parametrize("kind", KINDS)
def test_it_trains_every_goal_and_loss(kind, small_shards):
    goal, output, loss = kind
    demand_same_training(random_task(goal, output, loss, (4,), m=17, weighted=goal != "regression"))


@pytest.mark.parametrize("settings", [{}, {"batch_size": 6}], ids=["full batch", "mini-batches"])
@pytest.mark.parametrize("bounds", [replace(EVERYTHING, mixup=0.0), EVERYTHING, Augmentation(mixup=0.3)])
def test_it_trains_augmented_examples(bounds, settings, small_shards):
    task = augmented_task(*KIND, (5, 4), bounds=bounds, m=23, weighted=True, dropout=(0.2, 0.0), **settings)
    demand_same_training(task)


VARIANTS = [
    *(random_task(*KIND, (5, 4), m=29, dtype=np.float32, **settings) for settings in SETTINGS.values()),
    *(
        augmented_task(*KIND, (5,), bounds=EVERYTHING, m=29, dtype=np.float32, batch_size=batch_size)
        for batch_size in (None, 8)
    ),
]


def same(these, those):
    return these.keys() == those.keys() and all(np.array_equal(these[name], those[name]) for name in those)


@pytest.mark.parametrize("task", VARIANTS)
def test_the_number_of_threads_changes_no_bit(task, small_shards):
    found = []
    try:
        for count in (1, 2, 3):
            use_threads(count)
            solver = Sharded(task)
            found.append((solver.run(1, 4), solver.parameters(), solver.outputs(task.inputs)))
    finally:
        use_threads(2)
    for costs, parameters, outputs in found[1:]:
        assert np.array_equal(costs, found[0][0])
        assert same(parameters, found[0][1])
        assert np.array_equal(outputs, found[0][2])


@pytest.mark.parametrize("whitened", [False, True])
@pytest.mark.parametrize("batch_size", [None, 40])
def test_the_number_of_threads_changes_no_bit_of_a_single_shard(batch_size, whitened):
    task = random_task(*KIND, (64,), n=3000, m=200, dtype=np.float32, batch_size=batch_size)
    projection = np.random.default_rng(0).normal(size=(500, 3000)) / 50
    found = []
    try:
        for count in (1, 2, 3):
            use_threads(count)
            X = inputs.Inputs(task.inputs.rows, task.inputs.scaling, np.float32, projection if whitened else None)
            seen = replace(task, inputs=X.projected() if whitened else X)
            if whitened:
                network = replace(task.network, sizes=(500, *task.network.sizes[1:]))
                seen = replace(seen, network=network, initial={**task.initial, "W1": task.initial["W1"][:, :500]})
            assert len(ShardTask.of(seen).shards) == 1
            solver = Sharded(seen)
            solver.run(1, 2)
            found.append((solver.parameters(), solver.outputs(seen.inputs)))
    finally:
        use_threads(2)
    for parameters, outputs in found[1:]:
        assert same(parameters, found[0][0])
        assert np.array_equal(outputs, found[0][1])


@pytest.mark.parametrize("task", VARIANTS)
def test_sums_of_parts_are_those_of_all(task, small_shards):
    solver, shard_task = Sharded(task), ShardTask.of(task)
    rounds = RoundsHere(task)
    whole = rounds.sums(solver._theta, 2, 0)
    expected, loss = whole.vector.vector.copy(), whole.loss
    count = len(shard_task.shards)
    root = shard_task.root
    for cut in range(count + 1):
        found: dict[shards.Node, Sums] = {}
        for part in (range(cut), range(cut, count)):
            found |= ShardSums(shard_task, rounds).sums(solver._theta, 2, 0, part) if part else {}

        total = added(found, root, add)[root]
        assert np.array_equal(total.vector.vector, expected)
        assert total.loss == loss


@pytest.mark.parametrize("task", VARIANTS)
def test_it_resumes_to_the_same_bits(task, small_shards):
    whole, first = Sharded(task), Sharded(task)
    costs = whole.run(1, 6)
    begun = first.run(1, 2)
    second = Sharded(replace(task, initial=first.parameters()), first.state)
    assert np.array_equal(np.concatenate([begun, second.run(3, 6)]), costs)
    assert same(second.parameters(), whole.parameters())


def test_a_training_that_diverges_has_no_cost():
    task = random_task("regression", "linear", "squared", (4,), learning_rate=1e200)
    assert np.isnan(Sharded(task).run(1, 8)[-1])


def test_logits_are_those_that_the_last_epoch_saw(small_shards):
    task = random_task(*KIND, (5, 4), m=23, dropout=(0.4, 0.4))
    solver, direct = Sharded(task), Direct(task)
    solver.run(1, 3), direct.run(1, 3)
    seen = solver.logits
    np.testing.assert_allclose(seen, direct.logits, rtol=1e-8, atol=1e-10)
    assert not np.allclose(seen, solver.outputs(task.inputs))
