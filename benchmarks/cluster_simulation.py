"""A simulation, not a measurement: seconds per epoch of full batch on clusters that nobody has tried.

It follows what `catnet/cluster/` does in a round, from figures that were measured on two cores (`Figures`), and says
which part of the round is the longest. No part overlaps another; all workers are equally quick, and keep their
pictures in memory. Then it says from how many pictures on a cluster would be quicker than one machine, by
`comparison.estimated`.

    python -m benchmarks.cluster_simulation
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from benchmarks.report import table
from catnet.cluster.assignment import assigned
from catnet.cluster.comparison import Measured, estimated
from catnet.cluster.placement import BYTES_WITH_TASKS, TOGETHER
from catnet.engine.cost_model import FLOPS_PER_SECOND
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.network import Network
from catnet.engine.schedules import Schedule
from catnet.engine.shards import nodes_within, shards_of
from catnet.engine.task import Task

INPUTS, OUTPUTS, THREADS = 12288, 3, 8  # 64 x 64 pixels in colour; of each worker
CONNECTIONS = 50  # that a worker of Dask serves at once
PICTURES = 10_000_000, 100_000_000
WORKERS, GIGABITS, HIDDEN = (8, 64, 512), (1, 10), (64, 512)


@dataclass(frozen=True)
class Figures:
    """What was measured: seconds of processor time on a core of an AMD EPYC with AVX-512, and bytes."""

    per_picture: tuple[tuple[int, float], ...] = ((16, 25e-6), (64, 58e-6), (512, 356e-6))  # of its sums, by hidden
    per_added_byte: float = 0.1e-9  # of two vectors of 25 MB
    per_sent_byte: float = 0.6e-9  # of parameters that go with the tasks, of the command and the scheduler
    per_task: float = 0.39e-3  # of the command and the scheduler, of 2048 tasks
    per_round: float = 12e-3  # however small it is
    per_decoded: float = 0.2e-3  # of a JPEG of 64 x 64
    bytes_of_catalog: float = 420  # that the command holds for a picture of a folder: path, digest, labels, shard
    bytes_sent: float = 28  # once, for a picture: its path, the beginning of its digest, three labels


@dataclass(frozen=True)
class Case:
    """A training of full batch on a cluster."""

    pictures: int
    hidden: int
    workers: int
    gigabits: float

    @property
    def bytes(self) -> int:
        """Of the parameters."""
        return 4 * (self.hidden * (INPUTS + 1) + OUTPUTS * (self.hidden + 1))

    @property
    def bandwidth(self) -> float:
        """Of each machine's connection, in bytes a second, in each direction."""
        return self.gigabits * 1e9 / 8


def round_of(case: Case, figures: Figures) -> dict[str, float]:
    """The seconds of the parts of a round."""
    count = len(shards_of(case.pictures))
    runs = [run for _, run in assigned(count, dict.fromkeys(map(str, range(case.workers)), 1.0))]
    adding = list(levels(runs, count, case, figures))
    at_client = sum(nodes_of(run, count) for run in merged(runs)[-1]) * case.bytes
    tasks = 1 + sum(len(level) for level in merged(runs))
    threads = min(THREADS, max(map(len, runs)))
    return {
        f"sums, in {threads} of {THREADS} threads": max(seconds_of_sums(run, count, case, figures) for run in runs),
        "parameters to the workers": seconds_of_sending(len(runs), case, figures),
        "adding on the workers": sum(adding),
        "the command's connection": at_client * (1 / case.bandwidth + figures.per_added_byte),
        "the scheduler": tasks * figures.per_task,
        "messages": figures.per_round * (1 + len(adding)),
    }


def seconds_of_sums(run: range, count: int, case: Case, figures: Figures) -> float:
    """Those of a worker: its threads have whole shards."""
    at_once = ceil(len(run) / min(THREADS, len(run)))
    return at_once * case.pictures / count * dict(figures.per_picture)[case.hidden]


def seconds_of_sending(workers: int, case: Case, figures: Figures) -> float:
    """The command sends the parameters to the scheduler, and that to all, or to one, from whom the others have them.

    That one serves `CONNECTIONS` of them at a time. Those that are served then serve the others.
    """
    each = case.bytes / case.bandwidth
    if workers * case.bytes <= BYTES_WITH_TASKS:
        return each + workers * max(each, case.bytes * figures.per_sent_byte)
    first = min(workers - 1, CONNECTIONS)
    return each * (2 + first + ceil(max(0, workers - 1 - first) / (1 + first)))


def merged(runs: Sequence[range]) -> list[list[range]]:
    """The shards of each answer, and of each sum of them, level by level, until the command adds up the last ones."""
    found = [list(runs)]
    while len(found[-1]) > TOGETHER:
        last = found[-1]
        groups = [last[start : start + TOGETHER] for start in range(0, len(last), TOGETHER)]
        found.append([range(group[0].start, group[-1].stop) for group in groups])
    return found


def levels(runs: Sequence[range], count: int, case: Case, figures: Figures) -> Iterator[float]:
    """The seconds of each level: a worker has one answer, and fetches those of seven others."""
    for level in merged(runs)[:-1]:
        most = max(
            sum(nodes_of(run, count) for run in level[start + 1 : start + TOGETHER])
            for start in range(0, len(level), TOGETHER)
        )
        yield most * case.bytes * (1 / case.bandwidth + figures.per_added_byte)


def nodes_of(run: range, count: int) -> int:
    """How many sums an answer over these shards has."""
    return len(list(nodes_within(run, (0, count))))


def once_of(case: Case, figures: Figures) -> dict[str, float]:
    """What comes before the first round, and what the command holds: seconds, and bytes."""
    return {
        "seconds to decode, on a machine of 8 cores": case.pictures * figures.per_decoded / THREADS,
        "bytes of the decoded pictures": case.pictures * INPUTS,
        "bytes of memory of the command": case.pictures * figures.bytes_of_catalog,
        "bytes sent of the pictures": case.pictures * figures.bytes_sent,
    }


def rows_of(figures: Figures) -> Iterator[tuple[str, ...]]:
    """A row for each case: the seconds of an epoch, its longest part, and the next one."""
    for pictures in PICTURES:
        for hidden in HIDDEN:
            for workers in WORKERS:
                for gigabits in GIGABITS:
                    parts = round_of(Case(pictures, hidden, workers, gigabits), figures)
                    total = sum(parts.values())
                    (first, longest), (second, next_one), *_ = sorted(parts.items(), key=lambda part: -part[1])
                    limits = f"{first} ({longest / total:.0%})", f"{second} ({next_one / total:.0%})"
                    size = f"{pictures // 1_000_000} million"
                    yield (size, str(hidden), str(workers), f"{gigabits} Gbit/s", f"{total:.3g} s", *limits)


def task_of(pictures: int, epochs: int) -> Task:
    """A training of full batch on pictures that are zeros, with a hidden layer of 64."""
    network = Network((INPUTS, 64, OUTPUTS), ("relu", "softmax"), "cross_entropy")
    rows = np.broadcast_to(np.uint8(0), (pictures, INPUTS))
    return Task(
        network=network,
        initial={name: np.zeros(shape, np.float32) for name, shape in network.shapes.items()},
        inputs=Inputs(rows, Scaling(127.5, 1 / 255), np.float32),
        labels=np.broadcast_to(np.float64(0), (OUTPUTS, pictures)),
        schedule=Schedule(0.01, epochs),
    )


def pays_from(machines: int, solver: str, epochs: int) -> int | None:
    """From how many pictures on so many machines, a worker of two threads on each, are quicker than one like them with
    this solver; None if they are not with a hundred million.
    """
    round_trip = sum(list(round_of(Case(20_000, 64, machines, 1), Figures()).values())[1:])
    found = Measured(FLOPS_PER_SECOND, machines * FLOPS_PER_SECOND, 2 * machines, round_trip)
    counts = (int(count) for count in np.geomspace(500, 1e8, 400))
    return next((m for m in counts if estimated(task_of(m, epochs), solver, found).pays), None)


def main() -> None:
    """Prints the table, what comes once, and from when a cluster pays."""
    figures = Figures()
    print(table(("pictures", "hidden", "workers", "network", "an epoch", "limit", "then"), list(rows_of(figures))))
    for pictures in PICTURES:
        found = once_of(Case(pictures, HIDDEN[0], WORKERS[0], GIGABITS[0]), figures)
        print(f"\nonce, of {pictures} pictures:", ", ".join(f"{name} {value:.3g}" for name, value in found.items()))

    print()
    for machines in (2, 8):
        for epochs in (200, 2000):
            direct, gram = (pays_from(machines, solver, epochs) for solver in ("direct", "gram"))
            print(f"{machines} machines, {epochs} epochs: from {direct} pictures against direct, {gram} against gram")


if __name__ == "__main__":
    main()
