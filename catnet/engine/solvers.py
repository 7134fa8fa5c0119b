"""The solvers, ways to compute the same trajectory; and which of them is quicker for a task."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from catnet.engine.cost_model import bytes_of_direct, bytes_of_gram, seconds_of_direct, seconds_of_gram
from catnet.engine.direct import Direct
from catnet.engine.gram import Gram
from catnet.engine.inputs import Inputs
from catnet.engine.memory import available_memory, demand
from catnet.engine.task import Task
from catnet.engine.types import Array, Parameters, State
from catnet.text import byte_size

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

    def snapshot(self) -> Any:
        """A copy of the parameters, in the solver's own form."""

    def parameters(self, snapshot: Any = None) -> Parameters:
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
    needed, available = bytes_of_gram(task), available_memory()
    if needed <= available < bytes_of_direct(task):
        return Choice("gram", "without X'X there would not be enough memory")
    if direct <= gram:
        return Choice("direct", f"X'X would not pay: about {gram:.2g} s, against {direct:.2g} s")
    if needed > SHARE_OF_MEMORY * available:
        return Choice("direct", f"X'X needs {byte_size(needed)} of memory, {byte_size(available)} are available")
    return Choice("gram", f"X'X pays: about {gram:.2g} s, against {direct:.2g} s without")


def make_solver(name: str, task: Task, state: State | None = None) -> tuple[Solver, str]:
    """The solver of the name, or for `auto` the one chosen; and why.

    It starts at the task's initial parameters, with the state that a solver had there, if it is given.
    Raises NotEnoughMemory before it allocates.
    """
    choice = choose(task) if name == "auto" else Choice(name, "as configured")
    if choice.name == "gram":
        demand(bytes_of_gram(task), "train.solver: gram", "use auto or direct")
    else:
        demand(bytes_of_direct(task), "training", "make model.hidden_layers or data.image_size smaller")
    return SOLVERS[choice.name](task, state), choice.reason
