"""A small tune of pictures, trained in the process of the tests."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from catnet.errors import (
    CatnetError,
    NotEnoughMemory,
)
from catnet.selection.processes import Workers
from catnet.selection.tasks import TASKS
from catnet.selection.trials_file import Finished
from catnet.selection.tune import finish
from catnet.selection.tuned import Tuned
from catnet.selection.tuning import Tuning

CONFIG = """
goal: 3.0
data: {path: animals, image_size: [8, 8]}
model: {hidden_layers: [6]}
train: {epochs: 9, optimizer: momentum, learning_rate: 0.05, batch_size: 8, keep: last}
tune:
  trials: 7
  folds: 3
  search:
    train.learning_rate: {from: 1e-4, to: 0.1}
    model.hidden_layers: [[6], []]
"""


class InProcess(Workers):
    """Trains in this process what else processes do; stops after so many trainings."""

    order: Callable[[range], Iterable[int]] = reversed  # which does not matter

    def __init__(self, most: float = np.inf, fails: Callable[[Mapping[str, Any]], bool] = lambda asked: False) -> None:
        self.most, self.fails, self.asked = most, fails, list[Mapping[str, Any]]()

    def results(
        self,
        task: str,
        arguments: Sequence[Mapping[str, Any]],
        as_results: tuple[type[CatnetError], ...] = (),
        stop: Callable[[], bool] = lambda: False,
        again: bool = False,
    ) -> Iterator[tuple[int, Any]]:
        assert again  # one that is killed trains once more
        for place in self.order(range(len(arguments))):
            if len(self.asked) >= self.most:
                return
            self.asked.append(arguments[place])
            try:
                if self.fails(arguments[place]):
                    raise NotEnoughMemory("a process that trains was killed; is there enough memory?")
                yield place, TASKS[task](**json.loads(json.dumps(arguments[place])))
            except as_results as error:
                yield place, error


def search(tuning: Tuning, workers: Workers) -> Tuned:
    """Trains all that is left, and ends the tune."""
    tuning.search(workers, lambda: False, lambda row, done, total: None)
    found = finish(tuning, lambda trial: tuning.measure(trial, workers, lambda: False))
    tuning.folder.close()
    return found


def searching(search: str) -> str:
    """CONFIG with another search."""
    return f"{CONFIG[: CONFIG.index('  search:')]}  search: {search}\n"


def rows(folder: Path) -> list[dict[str, str]]:
    """The rows of trials.csv, sorted, without times."""
    with (folder / "trials.csv").open(newline="") as file:
        found = [
            {key: cell for key, cell in row.items() if key not in ("seconds", "elapsed")}
            for row in csv.DictReader(file)
        ]
    return sorted(found, key=lambda row: (int(row["rung"]), int(row["trial"])))


def finished(trial: int, *values: float, epochs: int = 9) -> Finished:
    return Finished(trial, 2, epochs, values, 1.0, 1.0)
