"""How time and memory grow with m, n, the hidden layer and the classes, for both solvers; and what `auto` picks.

Each solver runs for a few seconds. T(E) = the time before the first epoch + E times the mean of an epoch, so that
auto's choice can be judged for short and long trainings alike. The choice takes almost no time, so auto's time is that
of the solver that it picks.
"""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from benchmarks import processes
from benchmarks.case import Case, Contender, random_pictures
from benchmarks.contenders.in_catnet import UNIT, task_of
from benchmarks.data import write_start
from benchmarks.measure import Measurement, job_of, measurement_of, run
from benchmarks.setting import Setting
from catnet.engine.inputs import Inputs
from catnet.engine.solvers import choose

SOLVERS = ("direct", "gram")
EPOCHS = (10, 100, 1000)  # of the trainings that auto is asked about
SECONDS = 3.0  # that each solver's epochs take at most, beyond the first
ROUNDS = 3


@dataclass(frozen=True)
class Point:
    """m pictures of side x side, a hidden layer (or none, 0), and the classes."""

    m: int = 1000
    side: int = 64
    hidden: int = 64
    classes: int = 3

    def case(self) -> Case:
        """The point as a case of catnet alone."""
        contenders = tuple(Contender(name, "in_catnet", solver=name, kernel=True) for name in SOLVERS)
        return Case(
            f"m={self.m} side={self.side} hidden={self.hidden} classes={self.classes}",
            "",
            random_pictures(self.m, self.classes, self.side),
            contenders,
            hidden=(self.hidden,) if self.hidden else (),
            epochs=max(EPOCHS),
            learning_rate=1e-5,
            seconds=SECONDS,
        )


POINTS = (
    *(Point(m=m) for m in (200, 1000, 5000, 20000)),
    *(Point(m=m, hidden=0) for m in (200, 1000, 5000, 20000)),
    *(Point(side=side) for side in (32, 96, 128)),
    *(Point(hidden=hidden) for hidden in (16, 256)),
    *(Point(classes=classes) for classes in (1, 10, 100)),
    Point(m=200, side=128, hidden=256),
    Point(m=5000, side=32, hidden=256),
    Point(m=20000, side=32),
)
QUICK_POINTS = (Point(m=200, side=32), Point(m=300, side=32, hidden=0, classes=1))


@dataclass
class Grown:
    """A point's runs by solver, what auto picked for each number of epochs, and the solvers that did not run."""

    point: Point
    runs: dict[str, list[Measurement]] = field(default_factory=dict)
    picked: dict[int, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def building(self, solver: str) -> float:
        """Seconds before the first epoch, the median of the rounds."""
        return statistics.median(run.building for run in self.runs[solver])

    def epoch(self, solver: str) -> float:
        """Seconds per epoch, with its share of what follows the last one: the median of the rounds."""
        return statistics.median((run.seconds - run.building) / run.epochs for run in self.runs[solver])

    def total(self, solver: str, epochs: int) -> float:
        """Seconds of a training of this many epochs."""
        return self.building(solver) + epochs * self.epoch(solver)

    def auto_against_better(self, epochs: int) -> float:
        """The time of the solver that auto picked over that of the quicker one."""
        better = min(self.total(solver, epochs) for solver in self.runs)
        return self.total(self.picked[epochs], epochs) / better


def measure_growth(points: tuple[Point, ...], setting: Setting, rounds: int) -> Iterator[Grown]:
    """Point after point, the solvers in turn."""
    for point in points:
        case = point.case()
        folder = case.pictures.prepare(setting.work, setting.real)
        write_start(folder, case.sizes, case.initialization)
        grown = Grown(point, picked={epochs: picked_by_auto(case, folder, epochs, setting) for epochs in EPOCHS})
        for _ in range(rounds):
            for contender in case.contenders:
                if contender.name in grown.missing:
                    continue
                try:
                    usage, result = run(case, contender, folder, setting)
                except processes.Failed as error:
                    grown.missing[contender.name] = str(error)
                    continue
                grown.runs.setdefault(contender.name, []).append(measurement_of(usage, result))
        yield grown


def picked_by_auto(case: Case, folder: Path, epochs: int, setting: Setting) -> str:
    """What `solver: auto` takes for the case with this many epochs."""
    job = job_of(replace(case, epochs=epochs), case.contenders[0], folder, Path(), setting)
    rows = np.load(folder / "rows.npy", mmap_mode="r")
    return choose(task_of(job, Inputs(rows, UNIT, np.float32))).name
