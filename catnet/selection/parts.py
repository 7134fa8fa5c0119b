"""Trainings on parts of the same examples, as `catnet train` would train on them; on slices of one K if that pays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from catnet.config import Config
from catnet.engine.cost_model import bytes_of_gram, seconds_of_direct, seconds_of_gram, seconds_of_K, seconds_on_K
from catnet.engine.memory import available_memory
from catnet.engine.pictures import box_average
from catnet.engine.shared_gram import PartOfGram, SharedGram
from catnet.engine.solvers import MAX_SHARE_OF_MEMORY, choose, make_solver, why_direct
from catnet.engine.task import Task
from catnet.engine.types import Array
from catnet.errors import Diverged
from catnet.model import Model
from catnet.runs.history import Row
from catnet.selection.pool import Pool
from catnet.text import printable
from catnet.training.build import Setup, build
from catnet.training.loop import train_unsaved
from catnet.training.session import Training
from catnet.training.start import fresh_start


@dataclass(frozen=True)
class Part:
    """Examples of a pool to train on, and those that choose the epoch, if any: indices."""

    training: Array
    validation: Array


@dataclass(frozen=True)
class Trained:
    """What a training on a part has made: the model, and a row for each epoch, as in metrics.csv."""

    model: Model
    history: list[Row]
    solver: str
    part: Part


def train_part(pool: Pool, config: Config, part: Part, shared: SharedGram | None = None) -> Trained:
    """Trains on a part of the pool; `shared` is K of all its examples. Raises Diverged, and what `build` raises."""
    setup = setup_of(pool, config, part)
    task = setup.task if shared is None else on_shared(setup.task, shared, config, part)
    choice = choose(task, config.train.solver)
    training = Training(replace(setup, task=task), make_solver(choice.name, task))
    if diverged_in := train_unsaved(training):
        raise diverged(config, diverged_in, len(part.training))
    return Trained(training.best_model(), training.history, choice.name, part)


def diverged(config: Config, epoch: int, examples: int) -> Diverged:
    """The error for a training on so many examples that diverged in an epoch."""
    return Diverged(
        f"{printable(config.data.path)}: training diverged in epoch {epoch} on {examples} of the examples: the cost, a "
        f"weight or an answer is not a finite number; lower train.learning_rate (it is {config.train.learning_rate:g})"
    )


def setup_of(pool: Pool, config: Config, part: Part) -> Setup:
    """What a training on a part of the pool starts from."""
    dataset = pool.part(part.training, part.validation)
    return build(config, dataset, fresh_start(config, dataset))


def on_shared(task: Task, shared: SharedGram, config: Config, part: Part) -> Task:
    """The task, with K of its examples from that of all."""
    return replace(
        task,
        part_of_gram=PartOfGram(shared, part.training, part.validation, config.data.scaling == "center"),
    )


def shared_gram(pool: Pool, config: Config, parts: Sequence[Part]) -> SharedGram | None:
    """K of all examples of the pool, if all trainings together are then quicker, and if memory allows; else None."""
    if config.train.solver == "direct" or not parts or not can_share(pool, config):
        return None
    longest = max(parts, key=lambda part: len(part.training))
    task = setup_of(pool, config, longest).task
    if why_direct(task):
        return None
    alone = min(seconds_of_direct(task), seconds_of_gram(task))
    together = seconds_of_K(pool.m, 0, task.inputs.n) + len(parts) * seconds_on_K(task)
    pays = config.train.solver == "gram" or together <= len(parts) * alone
    if not pays or not memory_allows(pool, task):
        return None
    return gram_of_all(pool, float(task.inputs.scaling.scale), task.inputs.dtype.type)


def memory_allows(pool: Pool, task: Task) -> bool:
    """Whether there is room for K of all examples of the pool, in the precision of a task, beside the task's own."""
    needed = bytes_of_gram(task) + pool.m * (pool.m + 1) * task.inputs.dtype.itemsize
    return needed <= MAX_SHARE_OF_MEMORY * available_memory()


def gram_of_all(pool: Pool, scale: float, dtype: type[np.floating]) -> SharedGram:
    """K of all examples of a pool of pictures."""
    data = pool.config.data
    rows = box_average(pool.rows(np.arange(pool.m)), data.image_size, data.box_average)
    return SharedGram(rows, scale, dtype)


def can_share(pool: Pool, config: Config) -> bool:
    """Whether the inputs of all parts are the same, but for their mean."""
    return pool.listing is None and config.model.views == "none" and config.data.scaling in ("unit", "center", "none")
