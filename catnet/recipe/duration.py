"""About how long a training takes: epochs of it are timed on this machine, on a few random examples of its shape."""

import time

import numpy as np

from catnet.config import Config
from catnet.engine.augmented import Augmented
from catnet.engine.cost_model import seconds_of_direct, seconds_of_gram
from catnet.engine.direct import Direct
from catnet.engine.initialization import initial_parameters
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.optimizers import Optimizer
from catnet.engine.pictures import box_average
from catnet.engine.solvers import why_direct
from catnet.engine.task import Task
from catnet.engine.whitening import most_components
from catnet.recipe.found import Data
from catnet.training.architecture import found_sizes
from catnet.training.build import schedule_of
from catnet.training.start import PRECISIONS, network_of

EXAMPLES = 1024  # at most, that an epoch is timed with
SECONDS, FEWEST_TIMES = 0.3, 2  # for the measurement
# to measure at some epochs, as a factor, or at each of them; to start, and to draw the page
AROUND, MEASURING_SECONDS, MORE_SECONDS = 1.15, 0.02, 1.0


def seconds_of_training(config: Config, data: Data) -> float:
    """The seconds for all epochs, without those for decoding. Rough: within a factor of two."""
    epochs = config.train.epochs
    more = MORE_SECONDS + (MEASURING_SECONDS * epochs if config.train.keep == "best" else 0)
    whole, is_full_batch = task_like(config, data, data.examples), config.train.batch_size == "full"
    if is_full_batch and config.train.augment.numbers.is_none:
        seconds = seconds_of_direct(whole)
    else:
        task = task_like(config, data, min(data.examples, EXAMPLES))
        seconds = epochs * data.examples * seconds_of_epoch(Direct(task)) / task.inputs.m
    if not why_direct(whole):
        seconds = min(seconds, seconds_of_gram(whole))
    return AROUND * seconds + more


def task_like(config: Config, data: Data, m: int) -> Task:
    """The task of a training with m examples, which are random; a full batch of them takes no memory."""
    random, dtype = np.random.default_rng(0), PRECISIONS[config.train.precision]
    n, outputs = found_sizes(config, data.catalog.question)
    size, factor = (None, 1) if data.pictures is None else (config.data.image_size, config.data.box_average)
    bounds, P = config.train.augment.numbers, None
    pixels = random.integers(0, 256, (min(m, EXAMPLES), n * factor**2), np.uint8)
    rows = pixels if m <= EXAMPLES else np.broadcast_to(pixels[:1], (m, n * factor**2))
    scaling = Scaling(127.5, 1 / 255)
    seen = rows if size is None or factor == 1 else box_average(rows, size, factor)
    if config.data.scaling == "whiten":
        P = random.standard_normal((most_components(config.data.components, n, data.examples), n)) / n
    inputs = Inputs(seen, scaling, dtype, P)
    network, settings = network_of(config, inputs.n, outputs), config.train
    return Task(
        network=network,
        initial=initial_parameters(network.sizes, "he", 0, dtype),
        inputs=inputs.projected() if P is not None and bounds.is_none else inputs,
        labels=random.integers(0, 2, (outputs, m)).astype(float),
        schedule=schedule_of(settings),
        optimizer=Optimizer(settings.optimizer, settings.momentum, settings.weight_decay),
        batch_size=None if settings.batch_size == "full" else settings.batch_size,
        augmented=None if bounds.is_none else Augmented(rows, size, factor, bounds),
    )


def seconds_of_epoch(solver: Direct) -> float:
    """The seconds of the fastest of a few epochs, after a first one."""
    solver.run(1, 1)
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    while len(times) < FEWEST_TIMES or time.perf_counter() < end:
        start = time.perf_counter()
        solver.run(1, 2)
        times.append((time.perf_counter() - start) / 2)
    return min(times)
