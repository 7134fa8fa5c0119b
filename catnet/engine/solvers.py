"""The solvers, ways to compute the same trajectory; and which of them is quicker for a task.

The cost model counts seconds by two rates: of products between matrices, and of memory. Only their ratio matters
for the choice.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from catnet.engine.activations import Array
from catnet.engine.direct import Direct
from catnet.engine.gram import Gram
from catnet.engine.inputs import Inputs
from catnet.engine.optimizers import State
from catnet.engine.parameters import Parameters
from catnet.engine.task import Task
from catnet.errors import NotEnoughMemory

FLOPS = 60e9  # a second, of a product of large float32 matrices
BYTES = 8e9  # a second, between memory and processor
CONVERSIONS = 1.5e9  # bytes a second that become floats
SHARE_OF_MEMORY = 0.6  # of what is available, that K may take


class Solver(Protocol):
    """What training needs of a solver."""

    name: str
    task: Task
    logits: Array  # Z[L] of the training examples, (k, m), as the last epoch's forward passes saw it

    def run(self, first: int, last: int) -> Array:
        """Trains the epochs first, ..., last, counted from 1.

        Returns the cost J that each epoch's forward passes saw; nan for one that left the finite numbers.
        """

    def outputs(self, inputs: Inputs) -> Array:
        """Z[L] of other examples, (k, m), without dropout."""

    def snapshot(self) -> Parameters:
        """A copy of the parameters, in the solver's own form."""

    def parameters(self, snapshot: Parameters | None = None) -> Parameters:
        """The parameters of a snapshot, or a copy of those of now."""

    @property
    def state(self) -> State:
        """What going on needs besides the parameters: a solver made with both goes on to the same bits."""


SOLVERS: dict[str, Callable[[Task, State | None], Solver]] = {"direct": Direct, "gram": Gram}


@dataclass(frozen=True)
class Choice:
    """A solver's name, and the reason for it in a few words."""

    name: str
    reason: str


def choose(task: Task) -> Choice:
    """The solver that takes less time for the task, as far as memory allows."""
    if not task.optimizer.is_linear:
        return Choice("direct", f"{task.optimizer.name} is not linear in the gradient")
    if task.batch_size is not None and task.batch_size < task.inputs.m:
        return Choice("direct", "mini-batches")
    direct, gram = seconds_of_direct(task), seconds_of_gram(task)
    if direct <= gram:
        return Choice("direct", f"X'X would not pay: about {gram:.2g} s against {direct:.2g} s")
    needed, available = bytes_of_gram(task), available_memory()
    if needed > SHARE_OF_MEMORY * available:
        return Choice("direct", f"X'X would need {needed / 1e9:.1f} GB of {available / 1e9:.1f} GB")
    return Choice("gram", f"X'X pays: about {gram:.2g} s against {direct:.2g} s")


def make_solver(name: str, task: Task, state: State | None = None) -> tuple[Solver, str]:
    """The solver of the name, or for `auto` the one chosen; and why.

    It starts at the task's initial parameters, with the state that a solver had there, if it is given.
    Raises NotEnoughMemory before it allocates.
    """
    choice = choose(task) if name == "auto" else Choice(name, "as configured")
    if choice.name == "gram" and bytes_of_gram(task) > available_memory():
        raise NotEnoughMemory(
            f"train.solver: gram needs {bytes_of_gram(task) / 1e9:.1f} GB for X'X, "
            f"{available_memory() / 1e9:.1f} GB are available; use auto or direct"
        )
    return SOLVERS[choice.name](task, state), choice.reason


def seconds_of_direct(task: Task) -> float:
    """Per epoch: Z1 = W1 X and dZ1 X', or the reading of X where that takes longer; and Z1 of the validation data."""
    n_1, n, m = task.network.sizes[1], task.inputs.n, task.inputs.m
    watched = 0 if task.validation is None else task.validation.m
    itemsize = task.inputs.dtype.itemsize
    rate = FLOPS * 4 / itemsize
    products = max(2 * n_1 * n / rate, n * itemsize / BYTES)  # of one example
    return task.epochs * ((2 * m + watched) * products + (m + watched) * n / CONVERSIONS)


def seconds_of_gram(task: Task) -> float:
    """K once; per epoch the product of dZ1 with it, or its reading where that takes longer."""
    n_1, n, m = task.network.sizes[1], task.inputs.n, task.inputs.m
    watched = 0 if task.validation is None else task.validation.m
    itemsize = task.inputs.dtype.itemsize
    rate = FLOPS * 4 / itemsize
    building = (m + 2 * watched) * m * n / FLOPS * 1.5 + 2 * (m + watched) * n / CONVERSIONS
    product = max(2 * n_1 / rate, itemsize / BYTES) * m * (m + watched)
    bookkeeping = 4 * 8 * n_1 * (2 * m + watched) / BYTES  # C and the images, in float64
    return building + task.epochs * (product + bookkeeping)


def bytes_of_gram(task: Task) -> int:
    """What K takes, and C with its gradient, moments and images."""
    m, n_1 = task.inputs.m, task.network.sizes[1]
    watched = 0 if task.validation is None else task.validation.m
    return m * (m + watched) * task.inputs.dtype.itemsize + 8 * n_1 * (2 * m + watched) * 4


def available_memory() -> float:
    """Bytes that may still be allocated: what the machine has left, or the container's limit leaves."""
    left = [float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES"))] if hasattr(os, "sysconf") else []
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        left = [float(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")] or left
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        if limit != "max":
            left.append(int(limit) - int(Path("/sys/fs/cgroup/memory.current").read_text()))
    except (OSError, ValueError):
        pass  # not Linux, or no such limit
    return min(left, default=float("inf"))
