"""trials.csv: a row for each trial of each rung, added when it is done. A tune that was killed goes on from there."""

import csv
import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from catnet.config.dump import as_written
from catnet.errors import HasChanged
from catnet.goals import penalty
from catnet.runs.directory import csv_text
from catnet.runs.files import append, write_atomically
from catnet.runs.rows import rows_of
from catnet.selection.halving import Rung
from catnet.selection.points import Point, Points
from catnet.selection.tune_folder import near
from catnet.text import printable

DONE, FAILED = "done", "failed: "  # the status of a trial
PLACE, REST = ("trial", "rung", "epochs", "folds"), ("seconds", "elapsed", "status")  # columns, beside the settings


@dataclass(frozen=True)
class Finished:
    """A trial that has come to the end of a rung, both counted from 1: the metric on each fold, or why it failed.

    `seconds` are those of its trainings so far, `elapsed` those of the tune, when it was done.
    """

    trial: int
    rung: int
    epochs: int
    values: tuple[float, ...]
    seconds: float
    elapsed: float
    failed: str = ""

    @property
    def mean(self) -> float | None:
        """The mean of the metric over the folds; None if it failed."""
        return statistics.fmean(self.values) if self.values else None

    @property
    def deviation(self) -> float | None:
        """The standard deviation of the metric between the folds; None of a single one."""
        return statistics.stdev(self.values) if len(self.values) > 1 else None

    def penalty(self, metric: str) -> float:
        """The mean, turned so that smaller is better; infinite if it failed."""
        return penalty(metric, self.mean)


class TrialsFile:
    """The file and its rows, by trial and rung. `points` are the settings of the trials, the first that of trial 1."""

    def __init__(self, path: Path, keys: Sequence[str], metric: str, folds: int, confirm: Callable[[], None]) -> None:
        """A new file, or what an earlier process has left. `confirm` may raise an error to prevent a write."""
        self.confirm = confirm
        self.path, self.keys, self.folds = path, tuple(keys), folds
        self.rows: dict[tuple[int, int], Finished] = {}
        self.again: dict[tuple[int, int], Finished] = {}  # in the file too, until the trial was trained again
        self.columns = [*PLACE, *keys, metric, "deviation", *(f"fold {fold + 1}" for fold in range(folds)), *REST]
        self._size = 0

    def read(self, points: Points) -> str:
        """Takes in the rows that are there, up to the first that is damaged; returns what is wrong, "" if nothing is.

        Raises HasChanged if a row has other settings than the points.
        """
        found: list[tuple[Finished, list[str]]] = []

        def take(cells: tuple[str, ...]) -> None:
            found.append(self._parsed(cells))

        _, fault = rows_of(self.path, *self.columns, check=take)
        for row, settings in found:
            if not (point := points.first(row.trial)[row.trial - 1 :]) or settings != self._settings(point[0]):
                raise HasChanged(
                    f"{printable(self.path)}: trial {row.trial} has other settings than this configuration and this "
                    "version of catnet give it; start again in another folder"
                )
            self.rows[row.trial, row.rung] = row
        return fault

    def demand_same_rungs(self, rungs: Sequence[Rung], trials: float) -> None:
        """Raises HasChanged if there are more trials than so many, or if they were trained in other rungs."""
        begun = max((row.trial for row in self.rows.values()), default=0)
        where, instead = f"{printable(self.path.parent)}: tune.trials", "or start again in another folder"
        if begun > trials:
            raise HasChanged(f"{where}: trial {begun} is done already; take at least {begun}, {instead}")
        if any(row.rung > len(rungs) or rungs[row.rung - 1].epochs != row.epochs for row in self.rows.values()):
            raise HasChanged(
                f"{where}: so many trials are trained in other rungs than those that are done; take a number nearer to "
                f"theirs, {instead}"
            )

    def write(self, points: Points) -> None:
        """Writes the file again, with its header and its rows. Raises OutputError, and what `confirm` raises."""
        self.confirm()
        found = sorted([*self.rows.values(), *self.again.values()], key=lambda row: row.rung)
        rows = [self._cells(row, points[row.trial - 1]) for row in found]
        text = csv_text([self.columns, *rows]).encode("utf-8")
        write_atomically(self.path, text, self.confirm)
        self._size = len(text)

    def add(self, row: Finished, points: Points) -> None:
        """Adds a row, in place of that of a trial that was trained again; if the file was changed meanwhile, it is
        written again. Raises as `write` does.
        """
        was_there = self.again.pop((row.trial, row.rung), None) is not None
        self.rows[row.trial, row.rung] = row
        text = csv_text([self._cells(row, points[row.trial - 1])]).encode("utf-8")
        if not was_there and append(self.path, text, self._size, self.confirm):
            self._size += len(text)
        else:
            self.write(points)

    def doubt(self, is_passing: Callable[[Finished], bool]) -> None:
        """Takes such rows for missing, so that their trials are trained again. They stay in the file until then."""
        self.again |= {place: row for place, row in self.rows.items() if is_passing(row)}
        self.rows = {place: row for place, row in self.rows.items() if place not in self.again}

    def drop_after(self, trials: Sequence[int], rung: int) -> list[int]:
        """Drops the rows of trials in later rungs, and returns whose they were. The next `add` or `write` writes it."""
        later = [place for place in {**self.rows, **self.again} if place[0] in trials and place[1] > rung]
        for place in later:
            self.rows.pop(place, None)
            self.again.pop(place, None)
        return sorted({trial for trial, _ in later})

    @property
    def elapsed(self) -> float:
        """The seconds of the tune up to its last row."""
        return max((row.elapsed for row in (*self.rows.values(), *self.again.values())), default=0.0)

    def _cells(self, row: Finished, point: Point) -> list[object]:
        folds = [*row.values, *[None] * (self.folds - len(row.values))]
        place = [row.trial, row.rung, row.epochs, len(row.values)]
        status = f"{FAILED}{row.failed}" if row.failed else DONE
        settings = (
            as_written(near(point[key], self.path.parent), in_one_line=True) if key in point else None
            for key in self.keys
        )
        return [*place, *settings, row.mean, row.deviation, *folds, row.seconds, row.elapsed, status]

    def _settings(self, point: Point) -> list[str]:
        """The cells of a point, as they are read."""
        row = Finished(1, 1, 1, (), 0.0, 0.0)
        cells = next(csv.reader([csv_text([self._cells(row, point)])]))
        return cells[len(PLACE) : len(PLACE) + len(self.keys)]

    def _parsed(self, cells: tuple[str, ...]) -> tuple[Finished, list[str]]:
        """A row and its settings. Raises ValueError if it is not as catnet writes it."""
        trial, rung, epochs, trained = map(int, cells[: len(PLACE)])
        settings = list(cells[len(PLACE) : len(PLACE) + len(self.keys)])
        folds = cells[-len(REST) - self.folds : -len(REST)]
        values = tuple(map(float, folds[:trained]))
        seconds, elapsed = map(float, cells[-len(REST) : -1])
        status = cells[-1]
        if min(trial, rung) < 1 or not all(map(math.isfinite, (*values, seconds, elapsed))):
            raise ValueError("a number is not one that a tune writes")
        if status != DONE and not status.startswith(FAILED):
            raise ValueError(f"the status {status!r}")
        failed = "" if status == DONE else status.removeprefix(FAILED)
        if bool(values) == bool(failed):
            raise ValueError("a trial has a metric, or it has failed")
        return Finished(trial, rung, epochs, values, seconds, elapsed, failed), settings
