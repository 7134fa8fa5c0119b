"""Whether a cluster is said to be quicker: from what is measured of it, and the training's shape."""

from dataclasses import replace

import numpy as np
import pytest

from catnet.cluster.comparison import Comparison, Measured, compared, estimated
from catnet.cluster.connect import Cluster
from catnet.engine.cost_model import FLOPS_PER_SECOND, seconds_of
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.network import Network
from catnet.engine.schedules import Schedule
from catnet.engine.task import Task
from catnet.training.measure import watched_epochs

ROUND_TRIP = 0.03
SAME = Measured(
    FLOPS_PER_SECOND, FLOPS_PER_SECOND, 2, ROUND_TRIP
)  # the cluster is as quick as the cost model's machine
WATCHED = len(watched_epochs(200))


def task_of(m: int, m_validation: int = 0) -> Task:
    """Pictures that are zeros, in full batch, with a hidden layer of 64."""

    def inputs(count: int) -> Inputs:
        return Inputs(np.broadcast_to(np.uint8(0), (count, 12288)), Scaling(127.5, 1 / 255), np.float32)

    network = Network((12288, 64, 3), ("relu", "softmax"), "cross_entropy")
    return Task(
        network=network,
        initial={name: np.zeros(shape, np.float32) for name, shape in network.shapes.items()},
        inputs=inputs(m),
        labels=np.zeros((3, m)),
        schedule=Schedule(0.01, 200),
        validation=inputs(m_validation) if m_validation else None,
    )


def test_as_quick_workers_never_pay() -> None:
    """Each round is on top of it."""
    found = estimated(task_of(5000), "direct", SAME)
    assert not found.pays
    assert found.cluster > found.here + 200 * ROUND_TRIP


def test_quicker_workers_pay_for_many_pictures_alone() -> None:
    """Ten times as quick, rounds are all that a few hundred pictures wait for."""
    quicker = replace(SAME, there=10 * SAME.here)
    assert not estimated(task_of(300), "direct", quicker).pays
    assert estimated(task_of(50000), "direct", quicker).pays


def test_more_rounds_for_smaller_batches() -> None:
    """One for each; none for outputs that the batches have seen already."""
    task = task_of(5000)
    assert estimated(task, "direct", SAME).rounds == 200 + WATCHED
    batches = estimated(replace(task, batch_size=500), "direct", SAME)
    assert batches.rounds == 2000
    assert estimated(replace(task_of(5000, 100), batch_size=500), "direct", SAME).rounds == 2000 + WATCHED
    assert batches.cluster > 2000 * ROUND_TRIP


def test_a_busy_machine_is_slower_than_the_cost_model_says() -> None:
    """By as much as its products are."""
    task = task_of(5000)
    assert estimated(task, "gram", SAME).here == pytest.approx(seconds_of(task, "gram"))
    busy = estimated(task, "gram", replace(SAME, here=FLOPS_PER_SECOND / 4))
    assert busy.here == pytest.approx(4 * seconds_of(task, "gram"))
    assert busy.cluster == estimated(task, "gram", SAME).cluster


def test_what_is_said() -> None:
    """Which solver it is compared with, what the rounds take, and where the training is done."""
    slower = Comparison(10, "gram", 40, 225, 0.03, 3_150_000)
    assert str(slower) == (
        "its epochs take about 10 s on this machine (gram), where it is trained: the cluster would take about 40 s; "
        "225 rounds with 3.15 MB of parameters, 30 ms each for that alone"
    )
    quicker = replace(slower, here=120, solver="direct")
    assert str(quicker).startswith("its epochs take about 40 s on the cluster, 3 times sooner than about 2 min on this")


def test_what_is_measured(cluster: Cluster) -> None:
    """Of workers that run: gram is chosen for what it is chosen for without a cluster."""
    found = compared(cluster, task_of(300), "auto")
    assert found.solver == "gram"
    assert found.numbers == task_of(300).network.parameter_count * 4
    assert 0 < found.round_trip < 60
    assert found.rounds * found.round_trip < found.cluster
