"""Tuning: trials of other settings in rungs of successive halving, by processes, in a folder that it goes on from.

What comes out depends on the configuration and the data alone: not on the number of processes, nor on the order in
which trainings end, nor on how often the tune was stopped. A fault that passes, such as a process that is killed, may
change who goes on; a tune that is resumed trains those trials again, and all that was chosen without them.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from catnet.config import Config
from catnet.errors import CatnetError, Diverged, OutputError
from catnet.runs.layout import TRIALS
from catnet.selection.failures import OF_A_TRIAL, demand_of_a_trial, may_pass, reason_of
from catnet.selection.halving import BRACKET, MOST_EARLY, Rung, early_rungs, rungs_of, survivors
from catnet.selection.kept import part_at_the_end, reserved
from catnet.selection.plan import Plan, held_out
from catnet.selection.points import Points
from catnet.selection.pool import Pool
from catnet.selection.trainings import Trainings
from catnet.selection.trials_file import Finished, TrialsFile
from catnet.selection.tune_folder import TuneFolder
from catnet.text import printable

MOST_TO_END = 3 * BRACKET  # points of a search, all of which are trained to the end if there is time
Kinds = tuple[type[CatnetError], ...]
Tell = Callable[[Finished, int, int], None]


class Stopped(Exception):
    """The user has ended the tune before it was done."""


class Tuning:
    """A tune under way: what it was given, the data, and which trials are done."""

    def __init__(self, given: Mapping[str, Any], config: Config, pool: Pool, plan: Plan, folder: TuneFolder) -> None:
        assert config.tune is not None
        self.given, self.config, self.pool, self.folder = given, config, pool, folder
        self.settings = config.tune
        self.plan, self.points = plan, Points(given, config, pool.dataset)
        self.metric = pool.dataset.question.kind.headline
        keys, path = list(config.tune.search), folder.path / TRIALS
        self.trials = TrialsFile(path, keys, self.metric, config.tune.folds, folder.require)
        self.warnings: list[str] = []
        self._parts: dict[tuple[str, int], dict[str, Any]] = {}
        self._started = time.monotonic()
        self._removed: set[int] = set()  # the trials whose trainings are gone
        self._before = 0.0  # seconds of earlier processes

    @property
    def elapsed(self) -> float:
        """The seconds that it has taken, those of earlier processes up to their last row."""
        return self._before + time.monotonic() - self._started

    def go_on(self) -> None:
        """Takes in what an earlier process has left. Raises HasChanged."""
        self.folder.demand_same_settings(self.config)
        self.folder.demand_same_examples(self.pool, self.fold_of)
        self.folder.demand_same_weights(self.config)
        if fault := self.trials.read(self.points):
            self.warnings.append(f"{fault}; the trials that were left there are taken, others are trained again")
        wanted = len(self.points.first(self.settings.trials or BRACKET))
        self.trials.demand_same_rungs(self.rungs(wanted), math.inf if self.settings.trials is None else wanted)
        self.trials.doubt(may_pass)
        self.trials.write(self.points)
        self._before = self.trials.elapsed

    @cached_property
    def fold_of(self) -> dict[int, int]:
        """The fold in which an example is tested, from 1, by its index in the pool."""
        return {index: fold for fold, tested in enumerate(self.plan.tested, start=1) for index in tested.tolist()}

    def rungs(self, trials: int) -> list[Rung]:
        """The rungs of a bracket of so many trials."""
        early = MOST_EARLY if self.settings.trials is None else early_rungs(trials)
        return rungs_of(self.config.train.epochs, self.settings.folds, early)

    def brackets(self) -> Iterator[range]:
        """The numbers, from 1, of the trials that begin together: all, or BRACKET of them while there is time."""
        if self.settings.trials is not None:
            yield range(1, len(self.points.first(self.settings.trials)) + 1)
            return
        assert self.settings.seconds is not None
        start, spent = 1, list[float]()
        while (end := len(self.points.first(start + BRACKET - 1))) >= start:
            is_begun = any(trial >= start for trial, _ in self.trials.rows)
            expected = sum(spent) / len(spent) + self.seconds_at_the_end if spent else 0.0
            if spent and not is_begun and self.elapsed + expected > self.settings.seconds:
                return
            yield range(start, end + 1)
            until = max(row.elapsed for row in self.trials.rows.values() if row.trial <= end)
            spent.append(until - sum(spent))
            start = end + 1

    @property
    def seconds_at_the_end(self) -> float:
        """About how long the last training takes, that of the best settings on all that chose them."""
        if reserved(self.pool) is None:
            return 0.0
        folds, epochs = self.settings.folds, self.config.train.epochs
        whole = [row.seconds for row in self.trials.rows.values() if row.epochs == epochs and len(row.values) == folds]
        return max(whole, default=0.0) / (folds - 1)

    def search(self, trainings: Trainings, stop: Callable[[], bool], tell: Tell) -> None:
        """Trains all that is not done; `tell` gets each row, and how many of how many trials of its rung are done.

        Raises Stopped; OutputError; HasChanged if the data has changed meanwhile; what `trainings` raise.
        """
        for bracket in self.brackets():
            alive: Sequence[int] = bracket
            for place, rung in enumerate(self.rungs(len(bracket)), start=1):
                self.train_rung(alive, place, rung, trainings, stop, tell)
                alive = survivors(self.penalties(alive, place))
        if self.may_all_end and (left := self.fitting()):
            rungs = self.rungs(BRACKET)
            self.train_rung(left, len(rungs), rungs[-1], trainings, stop, tell)

    @cached_property
    def may_all_end(self) -> bool:
        """Whether a time is given, and so few points are searched that all are trained to the end if it allows."""
        return self.settings.trials is None and len(self.points.first(MOST_TO_END + 1)) <= MOST_TO_END

    def fitting(self) -> list[int]:
        """The trials that halving has left behind and that there is time to train to the end, the best first."""
        rows = {trial: row for (trial, _), row in sorted(self.trials.rows.items())}
        done = {trial: row.epochs * len(row.values) for trial, row in rows.items()}
        whole = self.config.train.epochs * self.settings.folds
        behind = [row for row in rows.values() if not row.failed and done[row.trial] < whole]
        assert self.settings.seconds is not None
        end, found = self.elapsed + self.seconds_at_the_end, []
        for row in sorted(behind, key=lambda row: (-row.rung, row.penalty(self.metric), row.trial)):
            end += self.elapsed * (whole - done[row.trial]) / sum(done.values())
            if end <= self.settings.seconds:
                found.append(row.trial)
        return found

    def penalties(self, trials: Sequence[int], place: int) -> dict[int, float]:
        """Those of the trials that are at the end of a rung."""
        rows = self.trials.rows
        return {trial: rows[trial, place].penalty(self.metric) for trial in trials if (trial, place) in rows}

    def remove_left_behind(self, trials: Sequence[int], place: int, rung: Rung) -> None:
        """Removes those of trials that cannot go on from a rung, also if others of it are not at its end yet."""
        known, is_last = self.penalties(trials, place), rung.epochs == self.config.train.epochs
        kept = () if is_last else known if self.may_all_end else survivors(known, among=len(trials))
        for trial in known.keys() - kept - self._removed:
            self.folder.remove_trainings(trial)
            self._removed.add(trial)

    def choose_again(self, trials: Sequence[int], place: int) -> None:
        """Drops what the trials of a rung have done after it, as one that had failed in it has a metric now. Their
        trainings go first: a checkpoint without its row would be from a later epoch than its rung.
        """
        for trial in self.trials.drop_after(trials, place):
            self.folder.remove_trainings(trial)

    def train_rung(
        self, trials: Sequence[int], place: int, rung: Rung, trainings: Trainings, stop: Callable[[], bool], tell: Tell
    ) -> None:
        """Trains those of the trials that are not at the end of this rung yet, and adds their rows."""
        self.remove_left_behind(trials, place, rung)  # that an earlier process has left
        missing = [trial for trial in trials if (trial, place) not in self.trials.rows]
        self._removed.difference_update(missing)
        waiting: dict[int, dict[int, Any]] = {trial: {} for trial in missing}
        units: list[tuple[int, int]] = []
        arguments = []

        def done(trial: int, results: Sequence[Any]) -> None:
            self.folder.demand_same_weights(self.config)
            row = self.row(trial, place, rung, results)
            if (trial, place) in self.trials.again and not row.failed:
                self.choose_again(trials, place)
            self.trials.add(row, self.points)
            self.remove_left_behind(trials, place, rung)
            tell(self.trials.rows[trial, place], len(self.penalties(trials, place)), len(trials))

        for trial in missing:
            config = self.points.config(trial - 1)
            for fold in range(rung.folds):
                units.append((trial, fold))
                arguments.append(self.arguments(config, trial, fold, rung.epochs))
        for at, found in self.results(trainings, arguments, stop, OF_A_TRIAL):
            demand_of_a_trial(found, self.config)
            trial, fold = units[at]
            waiting[trial][fold] = found
            if len(waiting[trial]) == rung.folds:
                done(trial, [result for _, result in sorted(waiting.pop(trial).items())])
        if waiting:
            raise Stopped

    def results(
        self, trainings: Trainings, arguments: Sequence[Any], stop: Callable[[], bool], as_results: Kinds = ()
    ) -> Iterator[tuple[int, Any]]:
        """The place and the result of each training. Raises RunTaken if the folder of the tune is there no more."""
        trainings.demand_same(self.pool)
        try:
            yield from trainings.results("trial", arguments, as_results, stop, again=True)
        except OutputError:  # which names the folder of a training
            self.folder.require()
            raise

    def arguments(self, config: Config, trial: int, fold: int, until: int) -> dict[str, Any]:
        """What a process needs to know of a training: on all folds but one, counted from 0."""
        key = config.train.keep, fold
        if key not in self._parts:
            learned = np.concatenate([self.plan.parts[fold].training, self.plan.parts[fold].validation])
            part = held_out(replace(self.pool, config=config), np.sort(learned), self.config.train.seed)
            tested = self.plan.tested[fold].tolist()
            chosen = {"training": part.training.tolist(), "validation": part.validation.tolist()}
            self._parts[key] = {**chosen, "tested": tested, "names": self.pool.digest}
        return {**self.of_training(trial, fold + 1, until), **self._parts[key]}

    def of_training(self, trial: int, fold: int, until: int) -> dict[str, Any]:
        """Which settings, in which folder, until which epoch."""
        values = self.points.values(trial - 1)
        train = {**(values.get("train") or {}), "checkpoint_every": "auto", "keep_weights": None}
        return {"config": {**values, "train": train}, "folder": str(self.folder.training(trial, fold)), "until": until}

    def row(self, trial: int, place: int, rung: Rung, results: Sequence[Any]) -> Finished:
        """The row of a trial, by the results on its folds: errors, why it failed, or scores."""
        failed = next(filter(None, map(reason_of, results)), "")
        values = () if failed else tuple(float(np.mean(result["scores"])) for result in results)
        seconds = sum(result["seconds"] for result in results if isinstance(result, dict) and "seconds" in result)
        return Finished(trial, place, rung.epochs, values, round(seconds, 3), round(self.elapsed, 3), failed)

    def measure(self, trial: int, trainings: Trainings, stop: Callable[[], bool]) -> list[float]:
        """Each score of a trial's settings on the split that was kept for the end, trained on what is not in it.

        Raises Stopped, and what the training raises.
        """
        config = self.points.config(trial - 1)
        asked: dict[str, Any] = {"training": None, "validation": [], "tested": None}
        if (part := part_at_the_end(self.pool, config)) is not None:
            chosen = {"training": part.training.tolist(), "validation": part.validation.tolist()}
            asked = {**chosen, "tested": self.pool.of_validation.tolist()}
        arguments = self.of_training(trial, 1, self.config.train.epochs) | asked | {"names": self.pool.digest}
        arguments["folder"] = str(self.folder.last_training(trial))
        found = next((found for _, found in self.results(trainings, [arguments], stop)), None)
        if found is None:
            raise Stopped
        if failed := reason_of(found):
            raise Diverged(f"{printable(self.folder.path)}: the best settings, trained on more examples: {failed}")
        return list(found["scores"])
