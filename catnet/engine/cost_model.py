"""What a training costs under each solver, in seconds and in bytes, before anything is computed.

The seconds are rough, and meant for two cores; for the choice between the solvers only their ratio matters. The rates
were fitted to the table of growth that `make bench` prints.
"""

import numpy as np

from catnet.engine.gram_matrix import CHUNK, TILE
from catnet.engine.parallel import threads
from catnet.engine.task import Task

FLOPS = 160e9  # a second, of products of float32 matrices, the processors' all together; half as many of float64
THIN = 5e9  # numbers of float32 a second that a product with a single row or column takes in
CONVERSIONS = 8e9  # bytes a second that become floats
BYTES = 12e9  # a second, between memory and processors
LAYER = 20e-6  # seconds an epoch for a layer, however small: the calls


def seconds_of_direct(task: Task) -> float:
    """Z1 = W1 X and dZ1 X' each epoch, the pictures made float for them; and Z1 of the validation data."""
    n_1, n, m, watched = sizes(task)
    products = (2 * m + watched) * n * (1 / THIN + 2 * n_1 / FLOPS)
    converted = (m + watched) * n / CONVERSIONS
    blocks = m / task.inputs.block_size
    moved = (4 + 2 * blocks) * n_1 * n * 4 / BYTES  # the update, and each block's sums
    return task.epochs * (relative_width(task) * (products + moved) + converted + LAYER * task.network.depth)


def seconds_of_gram(task: Task) -> float:
    """K once (of pictures, in float32 at any precision); each epoch the product of dZ1 with it; W1 now and then."""
    n_1, n, m, watched = sizes(task)
    building = 1.2 * (m + 2 * watched) * m * n / FLOPS + 30 * (m + watched) * n / CONVERSIONS
    product = m * (m + watched) * max(4 / BYTES, 2 * n_1 / FLOPS)
    moved = 4 * n_1 * (2 * m + watched) * 4 / BYTES
    formed = (2 + min(10, task.epochs / 10)) * m * n * (1 / THIN + 2 * n_1 / FLOPS)  # at checkpoints, at the end
    epoch = relative_width(task) * (product + moved) + LAYER * task.network.depth
    return building + relative_width(task) * formed + task.epochs * epoch


def bytes_of_direct(task: Task) -> int:
    """The start, theta and the moments; for each thread two gradients and a block; dropout's masks; and a save."""
    vectors = 2 + len(task.optimizer.moment_names) + 2 * threads()
    masks = task.inputs.m * sum(size for size, p in zip(task.network.sizes[1:], task.dropout, strict=False) if p)
    numbers = vectors * task.network.parameter_count + threads() * task.inputs.block_size * task.inputs.n + masks
    return numbers * task.inputs.dtype.itemsize + bytes_of_a_save(task)


def bytes_of_a_save(task: Task) -> int:
    """What a checkpoint takes in memory: the parameters, the best ones and the moments, copied, and again as bytes."""
    return 2 * (2 + len(task.optimizer.moment_names)) * task.network.parameter_count * task.inputs.dtype.itemsize


def bytes_of_gram(task: Task) -> int:
    """K and the tiles it is built of; theta, g and the moments, with C and the images for W1, copied for a save and
    again as bytes; W1 and its moments, at the start and as they are formed; a save as of the direct solver.
    """
    n_1, n, m, watched = sizes(task)
    kept = 1 + len(task.optimizer.moment_names)
    vector = n_1 * (2 * m + watched) + task.network.parameter_count - n_1 * n
    numbers = m * (m + watched) + (3 * kept + 1) * vector + 3 * kept * n_1 * n
    of_a_tile = 20 * min(m, TILE) ** 2 + 8 * min(m, TILE) * CHUNK
    if task.inputs.rows.dtype != np.uint8:  # a table's tiles are of float64, all features at once
        of_a_tile = 8 * min(m, TILE) ** 2 + 32 * min(m, TILE) * n
    return numbers * task.inputs.dtype.itemsize + threads() * of_a_tile + bytes_of_a_save(task)


def sizes(task: Task) -> tuple[int, int, int, int]:
    """n_1, n, m, and the number of validation examples."""
    watched = 0 if task.validation is None else task.validation.m
    return task.network.sizes[1], task.inputs.n, task.inputs.m, watched


def relative_width(task: Task) -> float:
    """1 for float32, 2 for float64."""
    return task.inputs.dtype.itemsize / 4
