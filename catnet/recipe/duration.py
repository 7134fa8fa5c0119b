"""What a training will take, before its data is decoded: by a task of its shape, whose examples take no memory."""

import numpy as np

from catnet.config import Config
from catnet.engine.augmented import Augmented
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.optimizers import Optimizer
from catnet.engine.solvers import choose
from catnet.engine.task import Task
from catnet.engine.whitening import most_components
from catnet.recipe.found import Data
from catnet.training.architecture import found_sizes
from catnet.training.build import schedule_of
from catnet.training.needs import Needs, needs_of, views_of
from catnet.training.start import PRECISIONS, network_of


def needs_for(config: Config, data: Data) -> Needs:
    """What a training on the data needs, with its report, but without decoding."""
    examples = {name: len(listing.names) for name, listing in data.catalog.splits.items()}
    task = task_like(config, data, examples["train"], examples.get("validation", 0))
    solver = choose(task, config.train.solver).name
    per_example = decoded_numbers(config, data) * kind_of_rows(data).itemsize
    return needs_of(config, task, solver, examples, per_example * sum(examples.values()), has_report=True)


def task_like(config: Config, data: Data, m: int, m_validation: int = 0) -> Task:
    """The task of a training with so many examples, which are zeros."""
    dtype, settings, size = PRECISIONS[config.train.precision], config.train, config.data.image_size
    n, outputs = found_sizes(config, data.catalog.question)
    bounds, P, width = settings.augment.numbers, None, n
    if config.data.scaling == "whiten":
        k = most_components(config.data.components, n, data.examples)
        P, width = (None, k) if bounds.is_none else (np.zeros((k, n), dtype), n)
    kind = kind_of_rows(data) if width == n else np.dtype(dtype)

    def inputs(count: int) -> Inputs:
        return Inputs(zeros((count, width), kind), Scaling(127.5, 1 / 255), dtype, P)

    network = network_of(config, inputs(m).n, outputs)
    augmented = None
    if not bounds.is_none:
        rows = zeros((m, decoded_numbers(config, data)), kind_of_rows(data))
        augmented = Augmented(rows, None if data.pictures is None else size, config.data.box_average, bounds)
    return Task(
        network=network,
        initial={name: zeros(shape, np.dtype(dtype)) for name, shape in network.shapes.items()},
        inputs=inputs(m),
        labels=zeros((outputs, m), np.dtype(float)),
        schedule=schedule_of(settings),
        optimizer=Optimizer(settings.optimizer, settings.momentum, settings.weight_decay),
        batch_size=None if settings.batch_size == "full" else settings.batch_size,
        dropout=config.model.dropout,
        validation=inputs(m_validation * views_of(config)) if m_validation else None,
        augmented=augmented,
    )


def zeros(shape: tuple[int, int], kind: np.dtype) -> np.ndarray:
    """Zeros that take no memory."""
    return np.broadcast_to(kind.type(0), shape)


def kind_of_rows(data: Data) -> np.dtype:
    """The kind of numbers of the rows: bytes of pictures, floats of a table."""
    return np.dtype(np.uint8 if data.pictures is not None else np.float64)


def decoded_numbers(config: Config, data: Data) -> int:
    """The numbers of an example's row, before boxes of pixels are averaged."""
    return found_sizes(config, data.catalog.question)[0] * (config.data.box_average**2 if data.pictures else 1)
