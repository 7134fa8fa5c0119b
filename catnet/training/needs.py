"""How long a training takes, and how much memory, before its first epoch: by the cost model of the engine.

Meant for two cores as those of docs/PERFORMANCE.md, and within a factor of two there.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from catnet.config import Config
from catnet.engine.cost_model import (
    bytes_of_direct,
    bytes_of_gram,
    bytes_of_save,
    seconds_of,
    seconds_of_fit,
    seconds_of_forming,
    seconds_of_outputs,
    seconds_of_projection,
)
from catnet.engine.task import Task
from catnet.evaluation.baselines import OPERATIONS, shape_of_regression
from catnet.evaluation.ridge import bytes_needed, operations
from catnet.text import byte_size, two_digits
from catnet.training.build import Setup
from catnet.training.measure import wants_each_epoch, watched_epochs
from catnet.training.save import CHECKPOINTS_PER_RUN, SHARE_OF_SAVES
from catnet.training.session import Session

SECONDS_PER_EPOCH = 40e-6  # for its row of metrics.csv, its place on the screen, and the calls of the solver
SECONDS_OF_LOOK = 2e-3  # for the metrics of an epoch, besides the products
SECONDS_OF_SPLIT = 5e-3  # for those of a split at the end
SECONDS_OF_SAVE, SAVED_BYTES_PER_SECOND = 4e-3, 1.2e9
SECONDS_OF_REPORT = 0.2
SECONDS_PER_COUNTED_BYTE = 6e-9  # of the pictures whose colours are counted
BYTES_OF_PROGRAM = 70e6  # Python, and the libraries that a training loads


@dataclass(frozen=True)
class Needs:
    """The seconds from the decoded data to the last metrics, and the most bytes of memory meanwhile, with the data."""

    seconds: float
    bytes: float

    def __str__(self) -> str:
        return f"training takes {duration(self.seconds)} on two cores, and {in_memory(self.bytes)} of memory"


def needs_of(
    config: Config, task: Task, solver: str, examples: Mapping[str, int], bytes_of_rows: float, has_report: bool = False
) -> Needs:
    """What a training by a solver needs. `examples` are the numbers of examples by split, `bytes_of_rows` the memory of
    all their rows as they were decoded or read.
    """
    trained = seconds_of(task, solver) + SECONDS_PER_EPOCH * task.epochs
    seconds = trained + seconds_of_looks(config, task, solver, examples) + seconds_of_saves(config, task, trained)
    seconds += seconds_of_outputs(task, views_of(config) * sum(examples.values())) + SECONDS_OF_SPLIT * len(examples)
    seconds += seconds_of_baselines(config, task, bytes_of_rows)
    seconds += seconds_of_whitening(config, task) + seconds_of_projecting(config, task, examples)
    needed = bytes_of_gram(task) if solver == "gram" else bytes_of_direct(task)
    needed += bytes_needed(*regression(config, task))
    return Needs(seconds + SECONDS_OF_REPORT * has_report, BYTES_OF_PROGRAM + bytes_of_rows + needed)


def needs_of_setup(setup: Setup, solver: str, has_report: bool = False) -> Needs:
    """That of a training that is set up."""
    splits = setup.dataset.splits
    examples = {name: len(split.rows) for name, split in splits.items()}
    rows = sum(split.rows.nbytes for split in splits.values())
    return needs_of(setup.config, setup.task, solver, examples, rows, has_report)


def needs_of_session(session: Session, has_report: bool = False) -> Needs:
    """That of what is left of a session, or of all of it, also if its whitening is fitted already."""
    setup = session.setup
    left = max(1, setup.config.train.epochs - session.epoch)
    config = setup.config.model_copy(update={"train": setup.config.train.model_copy(update={"epochs": left})})
    task = replace(setup.task, schedule=replace(setup.task.schedule, epochs=left))
    needs = needs_of_setup(replace(setup, config=config, task=task), session.solver.name, has_report)
    fitted_before = seconds_of_whitening(config, task) if session.epoch else 0
    return replace(needs, seconds=needs.seconds - fitted_before)


def views_of(config: Config) -> int:
    """In how many views an example is answered about."""
    return 1 if config.model.views == "none" else 2


def seconds_of_looks(config: Config, task: Task, solver: str, examples: Mapping[str, int]) -> float:
    """What `measure` does after epochs; Z[L] of the validation data is among what the solver does."""
    watched, has_validation = len(watched_epochs(task.epochs)), "validation" in examples
    looks, each = watched, 0.0
    if has_validation:
        looks += task.epochs if wants_each_epoch(config) else watched
    elif "test" in examples:
        each += seconds_of_outputs(task, views_of(config) * examples["test"])
        each += seconds_of_forming(task) if solver == "gram" else 0
    if task.augmented is not None or views_of(config) > 1:
        each += seconds_of_outputs(task, views_of(config) * examples["train"])
    return looks * SECONDS_OF_LOOK + watched * each


def seconds_of_baselines(config: Config, task: Task, bytes_of_rows: float) -> float:
    """The answers without a network beside the result: a regression, on averaged pixels if it would take long, and the
    histograms of pictures.
    """
    counted = 0 if config.is_table else SECONDS_PER_COUNTED_BYTE * bytes_of_rows
    return min(operations(*regression(config, task)), OPERATIONS) / OPERATIONS + counted


def seconds_of_whitening(config: Config, task: Task) -> float:
    """To fit data.scaling: whiten."""
    if config.data.scaling != "whiten":
        return 0
    mirror = not config.is_table and config.train.augment.numbers.flip
    return seconds_of_fit(task.inputs.m, width_of(config, task), config.data.components, mirror)


def seconds_of_projecting(config: Config, task: Task, examples: Mapping[str, int]) -> float:
    """The examples whose components are found once, before the first epoch; augmented ones are projected when they are
    drawn.
    """
    if config.data.scaling != "whiten":
        return 0
    once = views_of(config) * examples.get("validation", 0) + (task.inputs.m if task.augmented is None else 0)
    return seconds_of_projection(once, width_of(config, task), task.inputs.n)


def width_of(config: Config, task: Task) -> int:
    """The numbers of an example before a whitening; of a table about as many as after it."""
    return task.inputs.n if config.is_table else math.prod(config.data.image_size) * config.data.channels


def regression(config: Config, task: Task) -> tuple[int, int, int]:
    """The numbers of examples, of features and of labels of the regression, as `baselines_of` chooses them."""
    if config.is_table:
        return shape_of_regression(task.labels, (1, 1), task.inputs.n)
    height, width = config.data.image_size
    return shape_of_regression(task.labels, (height, width), config.data.channels)


def seconds_of_saves(config: Config, task: Task, trained: float) -> float:
    """The checkpoints, as `CheckpointTimer` lets them come, if the epochs take so many seconds; and what is kept."""
    each, every = SECONDS_OF_SAVE + bytes_of_save(task) / SAVED_BYTES_PER_SECOND, config.train.checkpoint_every
    kept = each * min(config.train.keep_weights or 0, task.epochs + 1)
    if every != "auto":
        return kept + each * (1 + task.epochs / every)
    return kept + each * min(2 + SHARE_OF_SAVES * trained / each, 1 + CHECKPOINTS_PER_RUN, task.epochs)


def in_memory(count: float) -> str:
    """`310 MB`, to two digits"""
    return byte_size(float(f"{count:.2g}"))


def duration(seconds: float) -> str:
    """`about 20 s`, to two digits, of less than a second to one"""
    if seconds < 1:
        return f"about {float(f'{max(seconds, 0.05):.1g}'):g} s"
    units = (("s", 1, 90), ("min", 60, 90), ("h", 3600, 72), ("days", 86400, math.inf))
    unit, size = next((unit, size) for unit, size, most in units if seconds < most * size)
    return f"about {two_digits(seconds / size)} {unit}"
