"""The largest learning rate at which gradient descent is sure to descend, if there are no hidden layers.

The cost J = (1/m) sum of w L(W x + b, y) then has a Hessian of at most

    h (1/m) X~ D X~' + lambda I,    with x~ = (x, 1) and D = diag(w),

h being the largest second derivative of the loss in `losses.py`, w the class weights, and lambda the weight decay.
Sigmoids share no weights, so each has a D of its own. With the largest eigenvalue l of that matrix a step of gradient
descent lowers J (with the penalty lambda/2 |W|^2) if the learning rate is below 2 / l (Nesterov, 2004, theorem 2.1.5).

With momentum mu no step is sure to descend. But the squared error, whose Hessian is constant, converges below
2 (1 + mu) / l (Polyak, 1964), and with Nesterov's momentum below 2 (1 + mu) / ((1 + 2 mu) l).

The eigenvalue comes from products of X~ D X~' with vectors (Lanczos, 1950), or of D X~'X~, which has the same ones.
"""

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from catnet.engine.gram import Gram
from catnet.engine.inputs import Inputs, Reader
from catnet.engine.losses import largest_curvature
from catnet.engine.optimizers import Optimizer
from catnet.engine.parallel import in_threads, shares
from catnet.engine.task import Task
from catnet.engine.types import Array

Product = Callable[[Array], Array]
ITERATIONS, TOLERANCE = 60, 1e-3
FACTORS: dict[str, Callable[[float], float]] = {
    "gradient_descent": lambda mu: 2,
    "momentum": lambda mu: 2 * (1 + mu),
    "nesterov": lambda mu: 2 * (1 + mu) / (1 + 2 * mu),
}


def why_no_limit(task: Task) -> str:
    """Why there is no known limit; empty if there is one."""
    if task.network.depth > 1:
        return "the network has hidden layers"
    if not task.is_full_batch:
        return "the training is by mini-batches"
    if task.augmented is not None:
        return "the examples are changed in each epoch"
    if task.optimizer.name not in FACTORS:
        return f"{task.optimizer.name} takes steps of its own size"
    if largest_curvature(task.network.loss, task.network.activations[-1]) is None:
        return f"the {task.network.loss} error has a kink"
    return ""


def learning_rate_limit(optimizer: Optimizer, curvature: float) -> float:
    """The rate that an optimizer has to stay below if l is this: 2 / l for gradient descent."""
    return FACTORS[optimizer.name](optimizer.momentum) / curvature


def curvature_of_inputs(
    task: Task, inputs: Inputs | None = None, tolerance: float = TOLERANCE, iterations: int = ITERATIONS
) -> float:
    """l of a task that has a limit, by products with X, or with other inputs in its place: two in each iteration.

    After few iterations it may be less than l. inf if numbers of X are too large for a product.
    """
    inputs = inputs or task.inputs
    products = (product_with_inputs(inputs, weights) for weights in distinct_weights(task))
    return curvature_by(products, inputs.n + 1, task, tolerance, iterations)


def curvature_of_gram(solver: Gram, tolerance: float = TOLERANCE) -> float:
    """The same by the K that the solver has: it takes no product with X."""
    task = solver.task
    return curvature_by((product_with_pairs(solver, w) for w in distinct_weights(task)), task.inputs.m, task, tolerance)


def curvature_by(
    products: Iterable[Product], size: int, task: Task, tolerance: float, iterations: int = ITERATIONS
) -> float:
    """l from the products of each (1/m) X~ D X~' with vectors of this size."""
    h = largest_curvature(task.network.loss, task.network.activations[-1])
    assert h is not None
    largest = max(largest_eigenvalue(product, size, tolerance, iterations) for product in products)
    return h * largest + task.optimizer.weight_decay


def share_of_steepest(task: Task, inputs: Inputs, curvature: float) -> float | None:
    """What one direction of x~, the steepest, has of the sum of all squares; None if there are class weights, or if the
    curvature is not finite.

    The smaller it is, the faster gradient descent is in the other directions.
    """
    h = largest_curvature(task.network.loss, task.network.activations[-1])
    if h is None or task.weights is not None or not math.isfinite(curvature):
        return None
    return (curvature - task.optimizer.weight_decay) / h / mean_square(inputs)


def distinct_weights(task: Task) -> Array:
    """The diagonals of the D that differ, a row each."""
    weights: Array = np.ones((1, task.inputs.m)) if task.weights is None else np.unique(task.weights, axis=0)
    return weights


def product_with_inputs(inputs: Inputs, weights: Array) -> Product:
    """v -> (1/m) X~ D X~' v, for v (n + 1,), whose last number is the bias's; a block of the examples at a time."""
    parts = shares(inputs.blocks())
    readers = [inputs.reader() for _ in parts]

    def product(v: Array) -> Array:
        row, bias = v[np.newaxis, :-1].astype(inputs.dtype), v[-1]

        def work(reader_and_part: tuple[Reader, Sequence[tuple[slice, int]]]) -> Array:
            reader, part = reader_and_part
            sums = np.zeros(len(v))
            for examples, _ in part:
                X = reader.block(examples)
                z = X.product(row) + inputs.dtype.type(bias)
                z *= weights[examples]
                sums[:-1] += X.product_with_transpose(z)[0]
                sums[-1] += z.sum(dtype=np.float64)
            return sums

        total: Array = sum(in_threads(work, list(zip(readers, parts, strict=True)))) / inputs.m
        return total

    return product


def mean_square(inputs: Inputs) -> float:
    """The mean of |x~|^2 over the examples."""

    def work(blocks: Sequence[tuple[slice, int]]) -> float:
        reader = inputs.reader()
        return sum(float(np.square(reader.block(part).X(), dtype=np.float64).sum()) for part, _ in blocks)

    return sum(in_threads(work, shares(inputs.blocks()))) / inputs.m + 1


def product_with_pairs(solver: Gram, weights: Array) -> Product:
    """v -> (1/m) D^(1/2) X~'X~ D^(1/2) v, for v (m,)."""
    m = solver.task.inputs.m
    roots = np.sqrt(weights)

    def product(v: Array) -> Array:
        u = roots * v
        products: Array = roots * (solver.products_of_pairs(u) + u.sum()) / m
        return products

    return product


@np.errstate(over="ignore", invalid="ignore")
def largest_eigenvalue(product: Product, size: int, tolerance: float, iterations: int = ITERATIONS) -> float:
    """Of a symmetric matrix without negative ones, by its products with vectors of this size: Lanczos's iteration, each
    vector made orthogonal to all before.

    Ends if the residual of its eigenvector is below `tolerance`, relative to it. It comes from below. inf if a product
    is not finite.
    """
    q = np.random.default_rng(0).standard_normal(size)
    basis = [q / np.linalg.norm(q)]
    diagonal: list[float] = []
    beside: list[float] = []
    largest = 0.0
    for _ in range(min(iterations, size)):
        r = product(basis[-1])
        if not np.isfinite(r).all():
            return math.inf
        diagonal.append(float(basis[-1] @ r))
        T = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
        values, vectors = np.linalg.eigh(T)
        largest = float(values[-1])
        Q = np.stack(basis)
        for _ in range(2):  # once leaves what rounding has left
            r = r - (Q @ r) @ Q
        length = float(np.linalg.norm(r))
        if length * abs(vectors[-1, -1]) <= tolerance * largest:
            break
        beside.append(length)
        basis.append(r / length)
    return largest
