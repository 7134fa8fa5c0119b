"""About how long a training takes: its products are timed on this machine for a moment."""

import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from catnet.config import Config
from catnet.engine.parallel import in_threads, thread_count
from catnet.engine.types import Array
from catnet.engine.whitening import most_components
from catnet.recipe.found import Data

SECONDS, FEWEST_TIMES = 0.1, 3  # for each measurement
EXAMPLES = 256  # that one is made with
UPDATE_PASSES = 8  # over the parameters and their moments
AROUND = 1.3  # what is done besides, as a factor
MORE_SECONDS = 1.0  # to start, to measure, and to draw the page

Work = Callable[[], object]


def seconds_of_training(config: Config, data: Data) -> float:
    """The seconds for all epochs, without those for decoding. Rough: within a factor of two."""
    m, n, sizes = data.examples, inputs_of(config, data), [*config.model.hidden_layers, data.catalog.question.outputs]
    k = most_components(config.data.components, n, m) if config.data.scaling == "whiten" else n
    changes = config.train.augment.numbers.changes_pictures
    if config.train.batch_size == "full":  # each thread has its share; the solvers take the smaller of X and X'X
        batch, updates = min(m, EXAMPLES), max(1.0, m / EXAMPLES) / thread_count()
        k = min(n, m)
    else:
        batch, updates = min(config.train.batch_size, m), -(-m // min(config.train.batch_size, m))
    # timed side by side, as they are in training: the next pictures are changed while the network learns from some
    works = [update_of([k, *sizes], batch), change_of(n, k) if changes else nothing]
    of_update, of_changes = in_threads(fastest, works)
    epoch = max(updates * of_update, m / EXAMPLES * of_changes)
    return AROUND * config.train.epochs * epoch + MORE_SECONDS


def inputs_of(config: Config, data: Data) -> int:
    """The number n of inputs."""
    features = data.catalog.question.features
    height, width = config.data.image_size
    return 3 * height * width if features is None else len(features)


def update_of(sizes: list[int], m: int) -> Work:
    """Forward and backward propagation of m examples through layers of these sizes, and the update."""
    random = np.random.default_rng(0)
    weights = [random.random((n_out, n_in), np.float32) for n_in, n_out in pairwise(sizes)]
    X = random.random((sizes[0], m), np.float32)

    def update() -> None:
        outputs = [X]
        for W in weights:
            outputs.append(W @ outputs[-1])
        dZ = outputs.pop()
        for W in reversed(weights):
            dZ @ outputs.pop().T
            dZ = W.T @ dZ
            for _ in range(UPDATE_PASSES):
                W *= np.float32(1)

    return update


def change_of(n: int, k: int) -> Work:
    """The changed pictures of EXAMPLES, of n numbers: gathered, and made k components."""
    random = np.random.default_rng(0)
    pixels, P = np.zeros((1 << 18, 3), np.uint8), random.random((n, k), np.float32)
    columns = random.random((EXAMPLES, n // 3), np.float32)

    def change() -> None:
        places = (columns * np.float32(1 << 18)).astype(np.int32)
        X: Array = pixels.take(places, axis=0).reshape(EXAMPLES, n).astype(np.float32)
        X @ P

    return change


def nothing() -> None:
    """No work."""


def fastest(work: Work) -> float:
    """The seconds of the fastest of a few times."""
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    while len(times) < FEWEST_TIMES or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
