"""A training under way; a session is one that is saved."""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from catnet.config import Config, as_dict, dump_config
from catnet.data.dataset import Dataset
from catnet.data.duplicates import compared
from catnet.data.omission import set_apart
from catnet.engine.solvers import Solver, choose, make_solver
from catnet.engine.types import Choice
from catnet.model import Model
from catnet.runs.directory import RunDirectory
from catnet.runs.environment import environment
from catnet.runs.files import writing
from catnet.runs.find import time_to_start
from catnet.runs.folders import already_exists
from catnet.runs.history import Row
from catnet.runs.layout import LEARNED_BEFORE, RUNS
from catnet.runs.training_facts import TrainingFacts
from catnet.training.build import Adapted, Setup, as_it_is, build, read_data
from catnet.training.first_weights import learned_before
from catnet.training.notes import notes_on
from catnet.training.rate import rate_too_high
from catnet.training.start import fresh_start


@dataclass
class Best:
    """The best epoch so far, and its penalty: the metric that chooses it, turned so that smaller is better.

    Its parameters are kept as the solver's snapshot until its model is first needed.
    """

    epoch: int = 0
    penalty: float = math.inf
    snapshot: Any = None
    model: Model | None = None


@dataclass
class Verified:
    """How long a training has verified its data, and the epochs that were saved since it last did."""

    seconds: float = 0.0
    started: float = field(default_factory=time.monotonic)
    unsure: list[int] = field(default_factory=list)


@dataclass
class Training:
    """What a training starts from, what computes it, and how far it has come."""

    setup: Setup
    solver: Solver
    history: list[Row] = field(default_factory=list, kw_only=True)
    best: Best = field(default_factory=Best, kw_only=True)

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""
        return len(self.history)

    @property
    def seconds(self) -> float:
        """The time that training has taken up to the last finished epoch."""
        return self.history[-1]["seconds"] or 0.0 if self.history else 0.0

    def current_model(self) -> Model:
        """The model after the last finished epoch."""
        return self.setup.model_of(self.solver.parameters(), self.epoch)

    def best_model(self) -> Model:
        """The model of the best epoch."""
        best = self.best
        if best.model is not None and best.model.epoch == best.epoch:
            return best.model
        if best.epoch == self.epoch:
            return self.current_model()
        best.model = self.setup.model_of(self.solver.parameters(best.snapshot), best.epoch)
        return best.model


@dataclass
class Session(Training):
    """The same, and where it is saved."""

    facts: TrainingFacts  # of its checkpoints; each save puts its best epoch into them
    run: RunDirectory
    warnings: list[str] = field(default_factory=list)
    chosen: Model | None = None  # with which thresholds were stored before this training was resumed
    verified: Verified = field(default_factory=Verified)

    @property
    def notes(self) -> list[str]:
        """What the user should know of the data and of the configuration, besides what was read."""
        setup, dataset = self.setup, self.setup.dataset
        m, has_validation = len(dataset.splits["train"].rows), setup.validation is not None
        _, notes = set_apart(dataset.notes)
        return [
            *notes,
            *self._of_first_weights,
            *notes_on(setup.config, m, setup.whitening, has_validation),
            *self._of_rate,
        ]

    @cached_property
    def _of_first_weights(self) -> list[str]:
        return [note] if (note := learned_before(self.setup.config).note) else []

    @cached_property
    def _of_rate(self) -> list[str]:
        return list(rate_too_high(self.setup.config, self.solver))


def start(
    config: Config,
    name: str,
    run_dir: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    adapted: Adapted = as_it_is,
) -> Session:
    """A new training in a directory of its own: `run_dir`, or the next free runs/NAME-001.

    `adapted` is as for `prepare`. Raises RunExists, and what `prepare` raises.
    """
    if run_dir is None:
        return prepare(config, lambda: RunDirectory.create_next(RUNS, name), progress, adapted=adapted)
    with writing(run_dir), suppress(FileNotFoundError, NotADirectoryError):
        run_dir.lstat()
        raise already_exists(run_dir)  # said before the pictures are decoded
    return prepare(config, lambda: RunDirectory.create(run_dir), progress, adapted=adapted)


def prepare(
    config: Config,
    create_run: Callable[[], RunDirectory],
    progress: Callable[[int, int], None] | None = None,
    dataset: Dataset | None = None,
    adapted: Adapted = as_it_is,
) -> Session:
    """Reads and decodes the data, makes the network and its solver, and, when all is well, the run directory.

    `dataset` is what to learn from, if it is another than the configuration's own, such as a part of it; `adapted`
    gives the task another way to compute the same. `progress` is told how many pictures are decoded, and of how many.
    Raises CatnetError of the kind at fault.
    """
    text = dump_config(config)  # which may be too large: said before the pictures are decoded
    learned = learned_before(config).names
    dataset = compared(dataset or read_data(config, progress), learned)
    fresh = fresh_start(config, dataset)
    setup = build(config, dataset, replace(fresh, model=replace(fresh.model, created=time_to_start(RUNS))))
    setup = replace(setup, task=adapted(setup))
    choice = choose(setup.task, config.train.solver)
    solver, facts = make_solver(choice.name, setup.task), facts_of(setup, choice)
    run = create_run()
    try:
        run.write_config(text)
        run.write_examples(all_examples(dataset, learned))
        if dataset.skipped:
            run.write_skipped((bad.name, bad.reason) for bad in dataset.skipped)
    except BaseException:
        run.discard()
        raise
    return Session(setup, solver, facts, run)


def all_examples(dataset: Dataset, learned: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """The rows of examples.csv for a dataset, and for what was learned from before and is no longer training data."""
    yield from dataset.examples()
    now = set(dataset.short_digests("train"))
    yield from ((LEARNED_BEFORE, name, digest) for digest, name in learned.items() if digest not in now)


def facts_of(setup: Setup, solver: Choice) -> TrainingFacts:
    """What the checkpoints of a training say about it; the best epoch is not known yet."""
    dataset = setup.dataset
    return TrainingFacts(
        config=as_dict(setup.config),
        solver=solver,
        best_epoch=0,
        fingerprint=dataset.fingerprints,
        examples={name: len(split.rows) for name, split in dataset.splits.items()},
        environment=environment(),
    )
