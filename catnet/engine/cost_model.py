"""What a training costs under each solver, in seconds and in bytes, before anything is computed.

The seconds are rough, and meant for two cores; for the choice between the solvers only their ratio matters. The rates
were fitted to the table of growth that `make bench` prints.
"""

from catnet.engine.task import Task

FLOPS = 160e9  # a second, of products of float32 matrices, the processors' all together; half as many of float64
THIN = 6e9  # numbers of float32 a second that a product with a single row or column takes in
CONVERSIONS = 8e9  # bytes a second that become floats
BYTES = 12e9  # a second, between memory and processors
LAYER = 20e-6  # seconds an epoch for a layer, however small: the calls


def seconds_of_direct(task: Task) -> float:
    """Z1 = W1 X and dZ1 X' each epoch, the pictures made float for them; and Z1 of the validation data."""
    n_1, n, m, watched = sizes(task)
    products = (2 * m + watched) * n * (1 / THIN + 2 * n_1 / FLOPS)
    converted = (m + watched) * n / CONVERSIONS
    moved = 4 * n_1 * n * 4 / BYTES
    return task.epochs * (width(task) * (products + moved) + converted + LAYER * task.network.depth)


def seconds_of_gram(task: Task) -> float:
    """K once, in float32 at any precision; each epoch the product of dZ1 with it; W1 now and then."""
    n_1, n, m, watched = sizes(task)
    building = 1.2 * (m + 2 * watched) * m * n / FLOPS + 40 * (m + watched) * n / CONVERSIONS
    product = m * (m + watched) * max(4 / BYTES, 2 * n_1 / FLOPS)
    moved = 4 * n_1 * (2 * m + watched) * 4 / BYTES
    formed = 12 * m * n * (1 / THIN + 2 * n_1 / FLOPS)  # about a dozen times: at checkpoints, at the end
    epoch = width(task) * (product + moved) + LAYER * task.network.depth
    return building + width(task) * formed + task.epochs * epoch


def bytes_of_direct(task: Task) -> int:
    """theta, g and the moments; for each of two threads two gradients."""
    vectors = 5 + len(task.optimizer.moment_names)
    return vectors * task.network.parameter_count * task.inputs.dtype.itemsize


def bytes_of_gram(task: Task) -> int:
    """K, and theta, g and the moments, in which C and the images stand for W1; and W1 itself twice."""
    n_1, _, m, watched = sizes(task)
    vectors = 2 + len(task.optimizer.moment_names)
    numbers = m * (m + watched) + vectors * n_1 * (2 * m + watched) + 2 * task.network.parameter_count
    return numbers * task.inputs.dtype.itemsize


def sizes(task: Task) -> tuple[int, int, int, int]:
    """n_1, n, m, and the number of validation examples."""
    watched = 0 if task.validation is None else task.validation.m
    return task.network.sizes[1], task.inputs.n, task.inputs.m, watched


def width(task: Task) -> float:
    """1 for float32, 2 for float64."""
    return task.inputs.dtype.itemsize / 4
