"""Trainings on augmented examples: mixup, parts, threads, resuming, and how they end."""

import multiprocessing
import os
import signal
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from small_tasks import EVERYTHING, KINDS, Kind, augmented_task, difference, random_task, train

from catnet.engine import augmented, parallel, rounds
from catnet.engine.augmentation import Augmentation
from catnet.engine.augmented import Augmented
from catnet.engine.cost_model import bytes_of_direct
from catnet.engine.direct import Direct
from catnet.engine.label_smoothing import smoothed
from catnet.engine.mixup import Mixup
from catnet.engine.network import forward, losses
from catnet.engine.optimizers import Optimizer
from catnet.engine.parallel import ahead, thread_count, use_threads
from catnet.engine.rounds import Plan
from catnet.engine.solvers import choose
from catnet.engine.transforms import Draws
from catnet.goals import REGRESSION

KIND: Kind = ("3.0", "softmax", "cross_entropy")
HIDDEN = (5, 4)
ADAMW = Optimizer("adamw", weight_decay=0.05)
TABLE = Augmentation(mixup=0.4)


def small(hidden=HIDDEN, **settings):
    """A training with everything on: four mini-batches of 13 examples."""
    defaults = {"bounds": EVERYTHING, "optimizer": ADAMW, "batch_size": 4, "dropout": (0.2, 0.1), "smoothing": 0.2}
    return augmented_task(*KIND, hidden, **{**defaults, "weighted": True, "dtype": np.float32, **settings})


def table_task(**settings):
    task = random_task("regression", "linear", "squared", (4,), **settings)
    return replace(task, augmented=Augmented(task.inputs.rows, None, 1, TABLE))


def drawn(task, epoch):
    """X of an epoch, the examples as they are numbered, and where each is mixed from."""
    plan = Plan(task, epoch)
    X = np.empty((task.inputs.n, task.inputs.m))
    for part in plan.parts:
        for round_ in plan.draw(part):
            for block in round_.blocks:
                assert block.X is not None
                X[:, block.examples] = block.X.X()
    return X, plan.mixup


# what is drawn


@pytest.mark.parametrize("block_size", [1, 2, 5, 100])
@pytest.mark.parametrize("batch_size", [None, 1, 4, 13])
def test_each_example_is_mixed_with_the_next_of_its_batch(batch_size, block_size):
    task = small(batch_size=batch_size, block_size=block_size, dtype=np.float64)
    epoch = 2
    rows = task.augmented.pictures(epoch, np.arange(task.inputs.m))
    plain = task.inputs.projection @ task.inputs.scaling.apply(rows).T
    X, mixup = drawn(task, epoch)
    shares = set()
    for batch in task.batches(epoch):
        share = mixup.shares[batch[0]]
        shares.add(share)
        for position, example in enumerate(batch):
            following = batch[(position + 1) % len(batch)]
            expected = share * plain[:, example] + (1 - share) * plain[:, following]
            np.testing.assert_allclose(X[:, example], expected, rtol=1e-10, atol=1e-12)
    assert len(shares) == len(list(task.batches(epoch)))
    assert all(0 <= share <= 1 for share in shares)


def test_the_shares_of_mixup_differ_between_epochs():
    shares = {share for epoch in range(1, 6) for share in drawn(small(), epoch)[1].shares.tolist()}
    assert len(shares) == 5 * 4  # batches


def test_a_table_is_mixed_too():
    task = table_task()
    X, mixup = drawn(task, 1)
    plain = task.inputs.scaling.apply(task.inputs.rows).T
    expected = mixup.shares * plain + (1 - mixup.shares) * plain[:, mixup.partners]
    np.testing.assert_allclose(X, expected, rtol=1e-10, atol=1e-12)
    assert sorted(mixup.partners) == list(range(task.inputs.m))


def test_mixup_alone_mixes_the_clean_pictures():
    task = augmented_task(*KIND, bounds=TABLE, dtype=np.float32)
    with_nothing = replace(task.augmented, bounds=Augmentation(rotate=1e-300))
    everything = np.arange(task.inputs.m)
    assert np.array_equal(task.augmented.pictures(1, everything), with_nothing.pictures(1, everything))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind[0] != REGRESSION], ids="-".join)
def test_the_loss_of_mixed_labels_is_the_mean_of_the_weighted_losses_of_both(kind):
    task = augmented_task(*kind, HIDDEN, bounds=EVERYTHING, weighted=True)
    mixup = drawn(task, 1)[1]
    Z = np.random.default_rng(0).normal(size=task.labels.shape)
    own = losses(task.network, Z, task.labels, task.weights)
    theirs = losses(task.network, Z, task.labels[:, mixup.partners], task.weights[:, mixup.partners])
    found = losses(task.network, Z, *mixup.labels(task.labels, task.weights))
    np.testing.assert_allclose(found, mixup.shares * own + (1 - mixup.shares) * theirs, rtol=1e-9)


def test_class_weights_of_zero_are_mixed():
    mixup = Mixup(np.array([1, 2, 0]), np.array([0.25, 0.25, 0.25]))
    labels, weights = mixup.labels(np.array([[1.0, 0.0, 1.0]]), np.array([[0.0, 0.0, 2.0]]))
    assert weights is not None
    assert weights.tolist() == [[0.0, 1.5, 0.5]]
    assert labels.tolist() == [[0.0, 1.0, 1.0]]


def test_the_cost_of_an_epoch_is_that_of_the_mixed_examples():
    task = small(batch_size=None, dropout=(), dtype=np.float64)
    X, mixup = drawn(task, 1)
    Z1 = task.initial["W1"] @ X + task.initial["b1"]
    Z = forward(task.network, task.initial, Z1).Z[task.network.depth]
    expected = losses(task.network, Z, *mixup.labels(task.labels, task.weights)).sum() / task.inputs.m
    assert Direct(task).run(1, 1)[0] == pytest.approx(expected, rel=1e-12)


def test_the_labels_of_softmax_are_smoothed_towards_all_classes_and_those_of_sigmoids_towards_one_half():
    Y = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    assert smoothed(Y, 0.2, "softmax")[:, 0].tolist() == pytest.approx([0.85, 0.05, 0.05, 0.05])
    assert smoothed(Y, 0.2, "sigmoid")[:, 0].tolist() == pytest.approx([0.9, 0.1, 0.1, 0.1])


# what changes nothing


def same_bits(these, those):
    return these.keys() == those.keys() and all(np.array_equal(these[name], those[name]) for name in those)


@pytest.mark.parametrize("batch_size", [None, 4])
@pytest.mark.parametrize("task_of", [small, table_task], ids=["pictures", "table"])
def test_a_resumed_training_ends_at_the_same_bits(task_of, batch_size):
    task = task_of(batch_size=batch_size, epochs=7)
    whole = Direct(task)
    costs = whole.run(1, 7)
    first = Direct(task)
    first.run(1, 3)
    resumed = Direct(replace(task_of(batch_size=batch_size, epochs=7), initial=first.parameters()), first.state)
    assert resumed.run(4, 7).tolist() == costs[3:].tolist()
    assert same_bits(resumed.parameters(), whole.parameters())
    assert same_bits(resumed.state, whole.state)


@pytest.mark.parametrize(("part_bytes", "parts_per_epoch"), [(1, 1), (1 << 30, 1), (200, 1), (1 << 30, 3)])
@pytest.mark.parametrize(("batch_size", "block_size"), [(None, 2), (None, 100), (4, 100), (6, 2)])
def test_the_parts_do_not_change_the_bits(monkeypatch, part_bytes, parts_per_epoch, batch_size, block_size):
    settings = {"batch_size": batch_size, "block_size": block_size, "m": 50}
    expected = train(small(**settings), 2)
    monkeypatch.setattr(rounds, "PART_BYTES", part_bytes)
    monkeypatch.setattr(rounds, "PARTS_PER_EPOCH", parts_per_epoch)
    monkeypatch.setattr(augmented, "GATHERED_TOGETHER", 3)
    task = small(**settings)
    costs, parameters = train(task, 2)
    if (part_bytes, batch_size) == (1, 4):
        assert len(Plan(task, 1).parts) == 13
    if (part_bytes, parts_per_epoch) == (1 << 30, 1):
        assert len(Plan(task, 1).parts) == 1
    assert costs == expected[0]
    assert same_bits(parameters, expected[1])


@pytest.mark.parametrize("batch_size", [None, 150])
def test_the_number_of_threads_changes_no_bit(batch_size):
    """Enough examples and numbers for products in several threads, and for chunks of the optimizer's."""
    task = small(batch_size=batch_size, m=300, hidden=(512, 256))
    trained, before = [], thread_count()
    try:
        for threads in (1, 2, 3):
            use_threads(threads)
            trained.append(train(task, 3))
            assert thread_count() == threads
    finally:
        use_threads(before)
    for costs, parameters in trained[1:]:
        assert costs == trained[0][0]
        assert same_bits(parameters, trained[0][1])


def test_mixup_and_pictures_do_not_depend_on_each_other():
    """The same lambdas and partners, whatever else is on; the same pictures, whether or not they are mixed."""
    both, alone = drawn(small(), 3)[1], drawn(small(bounds=TABLE), 3)[1]
    assert np.array_equal(both.shares, alone.shares)
    assert np.array_equal(both.partners, alone.partners)
    unmixed = replace(EVERYTHING, mixup=0.0)
    everything = np.arange(13)
    assert np.array_equal(
        small().augmented.pictures(3, everything), small(bounds=unmixed).augmented.pictures(3, everything)
    )


def test_without_mixup_a_full_batch_is_in_the_order_of_the_rows():
    task = small(bounds=replace(EVERYTHING, mixup=0.0), batch_size=None)
    assert list(task.batches(1)) == [None]
    (only,) = [block for round_ in Plan(task, 1).rounds for block in round_.blocks]
    assert only.examples.tolist() == list(range(13))


def test_the_outputs_are_of_the_clean_examples():
    task = small(dropout=())
    solver = Direct(task)
    solver.run(1, 2)
    clean = Direct(replace(task, augmented=None, initial=solver.parameters()))
    assert np.array_equal(solver.outputs(task.inputs), clean.outputs(task.inputs))
    assert not np.allclose(solver.logits, solver.outputs(task.inputs), atol=1e-2)


def test_nothing_is_augmented_if_all_changes_are_too_small_to_see():
    """The path of augmented examples computes what the other one does, up to rounding."""
    task = small(bounds=Augmentation(rotate=1e-300), dropout=(), dtype=np.float64)
    costs, parameters = train(replace(task, inputs=task.inputs.projected(), augmented=None), 5)
    found_costs, found = train(task, 5)
    assert found_costs == pytest.approx(costs, rel=1e-10)
    assert difference(found, parameters) < 1e-10


# how it is done, and how it ends


def test_the_solver_is_direct_and_says_why():
    choice = choose(small(optimizer=Optimizer("momentum"), batch_size=None))
    assert (choice.name, choice.reason) == ("direct", "the examples are changed in each epoch")


def test_the_memory_counts_the_averages_and_the_parts(monkeypatch):
    task = small()
    clean = replace(task, augmented=None)
    kept = task.augmented.rows.nbytes
    assert bytes_of_direct(task) - bytes_of_direct(clean) > kept + 2 * rounds.PART_BYTES
    monkeypatch.setattr(augmented, "available_memory", lambda: 0.0)
    without = replace(task, augmented=replace(task.augmented))
    assert bytes_of_direct(task) - bytes_of_direct(without) == kept


def test_a_part_counts_all_that_is_drawn_for_it(monkeypatch):
    monkeypatch.setattr(augmented, "available_memory", lambda: 0.0)  # so that decoded pixels are gathered and averaged
    monkeypatch.setattr(rounds, "PARTS_PER_EPOCH", 1)
    of_example = 2 * 8 * 6 * 3 + 4 * 3 * 3 + 4 * (4 * 3 * 3 + 2 * 6)  # the source, the picture, and floats
    monkeypatch.setattr(rounds, "PART_BYTES", 10 * of_example)
    assert [len(part) for part in Plan(small(m=50, batch_size=None, block_size=1), 1).parts] == [10] * 5
    monkeypatch.setattr(rounds, "PART_BYTES", 1)
    numbers = [rounds.bytes_of_drawing(small(m=50, block_size=length)) for length in (1, 50)]
    assert numbers[1] - numbers[0] == 3 * 49 * of_example  # at least a round, which is a block


@pytest.fixture
def drawing(monkeypatch):
    """Set while the thread that draws is at work, each time for a while."""
    pictures, at_work = Augmented.pictures, threading.Event()

    def slow(self, epoch, examples):
        at_work.set()
        try:
            time.sleep(0.02)
            return pictures(self, epoch, examples)
        finally:
            at_work.clear()

    monkeypatch.setattr(Augmented, "pictures", slow)
    return at_work


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_of_the_thread_is_the_callers(monkeypatch, drawing, error):
    of_epoch, calls = Draws.of_epoch, []

    def failing(seed, epoch, m):
        calls.append(epoch)
        if epoch == 2:
            raise error("no picture")
        return of_epoch(seed, epoch, m)

    monkeypatch.setattr(Draws, "of_epoch", failing)
    with pytest.raises(error, match="no picture"):
        Direct(small()).run(1, 10)
    assert not drawing.is_set()
    assert max(calls) == 2  # what comes after the error is not begun


def test_an_interrupt_of_the_caller_leaves_no_thread_at_work(monkeypatch, drawing):
    before = threading.active_count()

    def interrupted(self, *arguments):
        assert drawing.wait(5)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Optimizer, "update", interrupted)
        with pytest.raises(KeyboardInterrupt):
            Direct(small()).run(1, 10)
    assert not drawing.is_set()
    assert threading.active_count() <= before + 1
    assert np.isfinite(Direct(small()).run(1, 2)).all()


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signals to threads on this system")
def test_an_interrupt_while_the_caller_waits_is_raised_when_the_thread_is_no_longer_at_work():
    begun, ended = threading.Event(), threading.Event()

    def work(item):
        begun.set()
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        ended.wait(0.1)
        ended.set()

    with pytest.raises(KeyboardInterrupt):
        list(ahead(work, range(3)))
    assert begun.is_set()
    assert ended.is_set()


def test_items_are_made_in_order_one_ahead_of_their_use():
    made = []

    def work(item):
        made.append(item)
        return item

    found = []
    another = parallel._another_thread()
    assert another is not None
    for item in ahead(work, range(5)):
        another.submit(lambda: None).result(timeout=5)  # until it has made what it may
        found.append(item)
        assert made == list(range(min(item + 2, 5)))
    assert found == list(range(5))
    assert list(ahead(work, [])) == []


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")  # of Python 3.12 and later
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_draws_in_a_thread_of_its_own():
    expected = train(small(), 2)[0]
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(costs_of_two_epochs).get(timeout=30) == expected


def costs_of_two_epochs():
    return train(small(), 2)[0]
