"""What a training costs under each solver, in seconds and in bytes, before anything is computed.

The seconds are rough, and meant for two cores: only their ratio matters for the choice of a solver. The rates were
fitted to the growth table that `make bench` prints.
"""

import math

import numpy as np

from catnet.engine.by_features import is_by_features
from catnet.engine.combination import EXAMPLES_PER_PRODUCT
from catnet.engine.gram_matrix import EXAMPLES_PER_TILE, FEATURES_PER_CHUNK
from catnet.engine.parallel import gains_by_threads, thread_count
from catnet.engine.rounds import bytes_of_drawing
from catnet.engine.task import Task
from catnet.engine.whitening import fitted_examples, most_components

FLOPS_PER_SECOND = 160e9  # of products of float32 matrices, all processors together; half as many of float64
TWO_CORES = 2  # a single thread takes as many times as long for a product
THIN_NUMBERS_PER_SECOND = 5e9  # float32 numbers that a product with a single row or column reads
CONVERTED_BYTES_PER_SECOND = 8e9  # that become floats
MEMORY_BYTES_PER_SECOND = 12e9  # between memory and processors
EPOCHS_BETWEEN_RESTARTS, UPDATES_BETWEEN_RESTARTS = 1000, 3000  # of the Gram solver, at most
SECONDS_PER_LAYER = 20e-6  # per update, however small the layer: the calls
SECONDS_OF_K, SECONDS_PER_NUMBER_OF_K = 15e-3, 17e-9  # besides its products
FLOPS_OF_EIGENVECTORS = 7  # times the cube of the rows of a matrix
SECONDS_OF_RESTART = 200e-6  # the calls
SECONDS_PER_DRAWN_NUMBER = 8e-9  # of an augmented picture, before its projection, as a float
SHARE_OF_RESTARTS = 0.02  # of the time: if they take no more, they come earlier
SHARE_IF_FEATURES_ARE_FEWER = 0.1  # than examples: C then grows as long as the training lasts


def seconds_of(task: Task, solver: str) -> float:
    """All epochs by a solver, and what it builds before."""
    others = task.epochs * seconds_of_other_layers(task)
    if task.augmented is not None:
        # in one thread, while another draws
        return max(TWO_CORES * (seconds_of_direct(task) + others), task.epochs * seconds_of_drawing(task))
    return others + (seconds_of_gram(task) if solver == "gram" else seconds_of_direct(task))


def seconds_of_other_layers(task: Task) -> float:
    """Their products and updates in an epoch, which take the same by each solver."""
    numbers = numbers_of_other_layers(task)
    traffic = 4 * task.updates_per_epoch * numbers * 4 / MEMORY_BYTES_PER_SECOND
    return relative_width(task) * (6 * task.inputs.m * numbers / FLOPS_PER_SECOND + traffic)


def seconds_of_drawing(task: Task) -> float:
    """The augmented examples of an epoch, drawn and projected."""
    assert task.augmented is not None
    n, m, P = task.augmented.n, task.inputs.m, task.inputs.projection
    products = 0 if P is None else TWO_CORES * relative_width(task) * 2 * P.size / FLOPS_PER_SECOND
    return m * (n * SECONDS_PER_DRAWN_NUMBER + products)


def seconds_of_fit(m: int, n: int, components: int, mirror: bool) -> float:
    """To fit a whitening to m examples of n inputs, in float64 and in one thread: the products of S or K, of which half
    is computed, its eigenvectors, and P of those of K.
    """
    seen = fitted_examples(m, n, mirror) * (1 + mirror)
    size = min(seen, n)
    products = (seen if size < n else seen / (1 + mirror)) * n * size
    products += 2 * most_components(components, n, m) * size * n if size < n else 0
    return 2 * TWO_CORES * (products + FLOPS_OF_EIGENVECTORS * size**3) / FLOPS_PER_SECOND


def seconds_of_projection(m: int, n: int, components: int) -> float:
    """P X of m examples."""
    return m * n * (2 * components / FLOPS_PER_SECOND + 1 / CONVERTED_BYTES_PER_SECOND)


def seconds_of_outputs(task: Task, m: int) -> float:
    """Z[L] of so many other examples."""
    n_1, n, _, _ = sizes(task)
    first = n * (1 / THIN_NUMBERS_PER_SECOND + 2 * n_1 / FLOPS_PER_SECOND)
    others = 2 * numbers_of_other_layers(task) / FLOPS_PER_SECOND
    return m * (relative_width(task) * (first + others) + n / CONVERTED_BYTES_PER_SECOND)


def seconds_of_direct(task: Task) -> float:
    """Each epoch: Z1 = W1 X and dZ1 X', the pictures converted to floats; Z1 of the validation data; the updates."""
    n_1, n, m, m_validation = sizes(task)
    products = (2 * m + m_validation) * n * (1 / THIN_NUMBERS_PER_SECOND + 2 * n_1 / FLOPS_PER_SECOND)
    conversion = (m + m_validation) * n / CONVERTED_BYTES_PER_SECOND
    updates = task.updates_per_epoch
    sums = max(0.0, m / task.inputs.block_size - updates)  # of all blocks but the first of a batch
    traffic = (4 * updates + 2 * sums) * n_1 * n * 4 / MEMORY_BYTES_PER_SECOND
    layers = SECONDS_PER_LAYER * task.network.depth * updates
    return task.epochs * (relative_width(task) * (products + traffic) + conversion + layers)


def seconds_of_gram(task: Task) -> float:
    """K, if it is not a part of a shared one, and what `seconds_on_K` has."""
    _, n, m, m_validation = sizes(task)
    building = seconds_of_K(m, m_validation, n) if task.part_of_gram is None else 0
    return building + seconds_on_K(task)


def seconds_on_K(task: Task) -> float:
    """The epochs; W1 and its moments at checkpoints and at the end; at restarts also their images."""
    formed = 2 + min(10, task.epochs / 10) + 2 * ((task.epochs - 1) // epochs_between_restarts(task))
    return formed * seconds_of_forming(task) + task.epochs * seconds_of_gram_epoch(task)


def seconds_of_K(m: int, m_validation: int, n: int) -> float:
    """The products of m examples with each other and with the validation examples; of pictures in float32 at any
    precision.
    """
    return (
        SECONDS_OF_K
        + 0.6 * (m + 2 * m_validation) * m * n / FLOPS_PER_SECOND
        + (m + m_validation) * m * SECONDS_PER_NUMBER_OF_K
        + 42 * (m + m_validation) * n / CONVERTED_BYTES_PER_SECOND
    )


def seconds_of_gram_epoch(task: Task) -> float:
    """The product of K with dZ1, the gathering of K's columns, and the updates of what moves in place of W1."""
    n_1, _, m, m_validation = sizes(task)
    updates, size_of_K = task.updates_per_epoch, m * (m + m_validation)
    gathering = 0 if task.is_full_batch else 2 * size_of_K * 4 / MEMORY_BYTES_PER_SECOND  # the columns of each batch
    product = size_of_K * max(4 / MEMORY_BYTES_PER_SECOND, 2 * n_1 / FLOPS_PER_SECOND) + gathering
    traffic = 4 * updates * moved_in_place_of_W1(task) * 4 / MEMORY_BYTES_PER_SECOND
    return relative_width(task) * (product + traffic) + SECONDS_PER_LAYER * task.network.depth * updates


def seconds_of_forming(task: Task) -> float:
    """A product of W1's size with all examples, for W1 and for each of its moments."""
    n_1, n, m, _ = sizes(task)
    each = m * n * (1 / THIN_NUMBERS_PER_SECOND + 2 * n_1 / FLOPS_PER_SECOND)
    return relative_width(task) * (1 + len(task.optimizer.rule.moments)) * each


def deals_out(task: Task) -> bool:
    """Whether the Gram solver's threads share the product with K, so that a busy processor delays little.

    Else, if the other layers are larger, each product has several threads.
    """
    return 2 * task.inputs.m * task.network.sizes[1] >= 6 * numbers_of_other_layers(task)


def has_long_steps(task: Task) -> bool:
    """Whether threads pay for an update of the Gram solver."""
    n_1, _, m, m_validation = sizes(task)
    others, b = numbers_of_other_layers(task), task.examples_per_update
    product = 2 * b * n_1 * (m + m_validation)
    return gains_by_threads(moved_in_place_of_W1(task) + others, product + 6 * b * others)


def moved_in_place_of_W1(task: Task) -> int:
    """How many numbers an update of the Gram solver moves: the images, and with full batch C."""
    n_1, _, m, m_validation = sizes(task)
    return n_1 * ((1 + task.is_full_batch) * m + m_validation)


def numbers_of_other_layers(task: Task) -> int:
    """How many parameters there are besides W1."""
    return task.network.parameter_count - task.network.sizes[1] * task.inputs.n


def epochs_between_restarts(task: Task) -> int:
    """After so many epochs the Gram solver forms W1 and restarts from it: the sooner, the less it rounds."""
    at_most = max(1, min(EPOCHS_BETWEEN_RESTARTS, UPDATES_BETWEEN_RESTARTS // task.updates_per_epoch))
    share = SHARE_IF_FEATURES_ARE_FEWER if task.inputs.n < task.inputs.m else SHARE_OF_RESTARTS
    restart = SECONDS_OF_RESTART + 2 * seconds_of_forming(task)
    return min(at_most, math.ceil(restart / (share * seconds_of_gram_epoch(task))))


def bytes_of_direct(task: Task) -> int:
    """The initial parameters, theta and the moments; two gradients and a block per thread, or, by parts, a batch, Z1 of
    all parts, and a part's gradient per thread; dropout's masks; a save; of augmented examples, what they are drawn
    from and with, and the parts of which one is drawn while one trains.
    """
    vectors, blocks = 2 + len(task.optimizer.rule.moments), 0
    if is_by_features(task):
        blocks = task.examples_per_update * task.inputs.n + 2 * task.network.parameter_count
    else:
        vectors += 2 * thread_count()
        blocks = thread_count() * task.inputs.block_size * task.inputs.n
    numbers = vectors * task.network.parameter_count + blocks + numbers_of_masks(task)
    drawn = 0 if task.augmented is None else bytes_of_drawing(task)
    return numbers * task.inputs.dtype.itemsize + bytes_of_save(task) + drawn


def bytes_of_gram(task: Task) -> int:
    """K, its columns of a batch, and the tiles that it is built from; theta, g, zeros and the moments, with the images
    in place of W1, copied for a save, and again as bytes; C of them, and in mini-batches what an epoch adds to it, and
    the images at its start; W1 and its moments, at the start and when they are formed, then with sums in each thread,
    and an image; the floats of a block of examples in each thread; Z, G, A and dZ of a batch, and dropout's masks; a
    save, as for both solvers.
    """
    n_1, n, m, m_validation = sizes(task)
    kept, images = 1 + len(task.optimizer.rule.moments), n_1 * (m + m_validation + 1)
    columns_of_batch = 0 if task.is_full_batch else task.examples_per_update + 1
    numbers = (m + m_validation) * (m + 1 + columns_of_batch)
    numbers += (3 * kept + 2) * (images + numbers_of_other_layers(task)) + (4 * kept + 2) * n_1 * (m + 1)
    numbers += 0 if task.is_full_batch else 4 * images
    numbers += (3 * kept + thread_count() * (kept + 1)) * n_1 * n + 2 * images
    numbers += thread_count() * (min(m, EXAMPLES_PER_PRODUCT) + min(m_validation, EXAMPLES_PER_PRODUCT)) * n
    numbers += 4 * task.examples_per_update * sum(task.network.sizes[1:]) + numbers_of_masks(task)
    examples = min(m, EXAMPLES_PER_TILE)
    tiles = thread_count() * (20 * examples**2 + 8 * examples * FEATURES_PER_CHUNK)
    floats = 0 if task.inputs.rows.dtype == np.uint8 else 16 * (m + m_validation) * n  # a table's, in float64
    return numbers * task.inputs.dtype.itemsize + tiles + floats + bytes_of_save(task)


def numbers_of_masks(task: Task) -> int:
    """How many numbers dropout draws for all examples."""
    return task.inputs.m * sum(size for size, p in zip(task.network.sizes[1:], task.dropout, strict=False) if p)


def bytes_of_save(task: Task) -> int:
    """The memory for a checkpoint: copies of the parameters, the best ones and the moments, and all that as bytes."""
    numbers = 2 * (2 + len(task.optimizer.rule.moments)) * task.network.parameter_count
    return numbers * task.inputs.dtype.itemsize + task.bytes_of_folding


def sizes(task: Task) -> tuple[int, int, int, int]:
    """n_1, n, m, and the number of validation examples."""
    m_validation = 0 if task.validation is None else task.validation.m
    return task.network.sizes[1], task.inputs.n, task.inputs.m, m_validation


def relative_width(task: Task) -> float:
    """1 for float32, 2 for float64."""
    return task.inputs.dtype.itemsize / 4
