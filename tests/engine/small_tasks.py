"""Small trainings for the tests of the engine: random examples, a start, and a network that fits the goal."""

from dataclasses import replace

import numpy as np

from catnet.engine.augmentation import AUGMENTATIONS
from catnet.engine.augmented import Augmented
from catnet.engine.colors import CHANNELS, RGB
from catnet.engine.direct import Direct
from catnet.engine.initialization import initial_parameters
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.label_smoothing import smoothed
from catnet.engine.network import Network
from catnet.engine.pictures import box_average
from catnet.engine.schedules import Schedule
from catnet.engine.task import Task
from catnet.goals import BINARY, GOALS, MULTI_CLASS, REGRESSION

# every (goal, output activation, loss) there is
Kind = tuple[str, str, str]  # goal, output activation, loss
KINDS: list[Kind] = [
    (name, output, loss) for name, goal in GOALS.items() for output in goal.output_activations for loss in goal.losses
]

EVERYTHING = replace(AUGMENTATIONS["standard"], brightness=0.2, contrast=0.3, cutout=0.3)


def random_labels(goal, k, m, random):
    if goal == REGRESSION:
        return random.uniform(0, 5, (k, m))
    if goal == MULTI_CLASS:
        return (np.arange(k)[:, None] == random.integers(0, k, m)).astype(float)
    return random.integers(0, 2, (k, m)).astype(float)


def random_task(
    goal,
    output_activation,
    loss,
    hidden_layers=(),
    activation="tanh",
    *,
    n=6,
    m=13,
    dtype=np.float64,
    block_size=None,
    weighted=False,
    seed=0,
    epochs=10,
    learning_rate=0.1,
    schedule=None,
    **settings,
):
    """A training on m random pictures of n numbers. `settings` are Task's."""
    random = np.random.default_rng([seed, n, m])
    k = 1 if goal in (BINARY, REGRESSION) else 3
    sizes = (n, *hidden_layers, k)
    inputs = Inputs(random.integers(0, 256, (m, n), dtype=np.uint8), Scaling(100.0, 1 / 127.5), dtype)
    if block_size is not None:
        inputs.block_size = block_size
    initial = initial_parameters(sizes, "xavier", seed, np.float64)
    for layer in range(1, len(sizes)):  # biases that are not zero, and an output that is rarely negative
        initial[f"b{layer}"] = random.uniform(0.1, 0.9, (sizes[layer], 1))
    weights = random.uniform(0.5, 2, (1 if goal == MULTI_CLASS else k, m)) if weighted else None
    return Task(
        network=Network(sizes, (*[activation] * len(hidden_layers), output_activation), loss),
        initial=initial,
        inputs=inputs,
        labels=random_labels(goal, k, m, random),
        schedule=schedule or Schedule(learning_rate, epochs),
        weights=weights,
        seed=seed,
        **settings,
    )


def augmented_task(*kind_and_hidden_layers, bounds, m=13, dtype=np.float64, smoothing=0.0, seed=0, **settings):
    """The same on random pictures of 4 x 3 pixels from 8 x 6, changed in each epoch and projected to 6 numbers."""
    size, factor, k = (4, 3), 2, 6
    random = np.random.default_rng([seed, m])
    n = size[0] * size[1] * CHANNELS[RGB]
    rows = random.integers(0, 256, (m, n * factor**2), dtype=np.uint8)
    projection, scaling = random.normal(0, n**-0.5, (k, n)), Scaling(random.uniform(80, 160, n), 1 / 64)
    task = random_task(*kind_and_hidden_layers, n=k, m=m, dtype=dtype, seed=seed, **settings)
    labels = smoothed(task.labels, smoothing, task.network.activations[-1]) if smoothing else task.labels
    inputs = Inputs(box_average(rows, size, factor), scaling, dtype, projection)
    inputs.block_size = task.inputs.block_size
    return replace(task, inputs=inputs, augmented=Augmented(rows, size, factor, bounds, seed), labels=labels)


def train(task, epochs=None):
    """The costs of a training's epochs, and its parameters at the end."""
    solver = Direct(task)
    costs = solver.run(1, task.epochs if epochs is None else epochs).tolist()
    return costs, solver.parameters()


def difference(these, those):
    """The greatest difference of two sets of parameters, relative to the greatest number of each parameter."""
    assert list(these) == list(those)
    return max(float(np.abs(these[name] - those[name]).max() / np.abs(those[name]).max()) for name in those)
