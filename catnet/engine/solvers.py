"""The solvers, which compute the same training in different ways, and the choice of the faster one for a task."""

from collections.abc import Callable
from typing import Any, Protocol

from catnet.engine.cost_model import bytes_of_direct, bytes_of_gram, seconds_of_direct, seconds_of_gram
from catnet.engine.direct import Direct
from catnet.engine.gram import Gram
from catnet.engine.inputs import Inputs
from catnet.engine.memory import available_memory, require
from catnet.engine.sharded import Sharded
from catnet.engine.task import Task
from catnet.engine.types import Array, Choice, Parameters, State
from catnet.text import byte_size, two_digits

MAX_SHARE_OF_MEMORY = 0.6  # of what is available, that the Gram solver may take


class Solver(Protocol):
    """What training needs from a solver."""

    name: str
    task: Task

    @property
    def logits(self) -> Array:
        """Z[L] of the training examples, (k, m), from the forward passes of the last epoch: as it changed them."""

    def run(self, first: int, last: int) -> Array:
        """Trains the epochs first, ..., last, counted from 1.

        Returns the cost J of each epoch, from its forward passes; nan if a parameter is no longer finite after it.
        """

    def outputs(self, inputs: Inputs) -> Array:
        """Z[L] of other examples, (k, m), without dropout."""

    def snapshot(self) -> Any:
        """A copy of the parameters, in the solver's own form."""

    def parameters(self, snapshot: Any = None) -> Parameters:
        """The parameters of a snapshot, or a copy of the current ones."""

    @property
    def state(self) -> State:
        """What is needed to resume besides the parameters: a solver made from both continues to the same bits.

        It is not to be changed.
        """


SOLVERS: dict[str, Callable[[Task, State | None], Solver]] = {
    "direct": Direct,
    "gram": Gram,
    "sharded": Sharded,
}
ON_A_CLUSTER = Choice(Sharded.name, "on the workers of a cluster")


def choose(task: Task, solver: str = "auto") -> Choice:
    """The configured solver, or for `auto` the one that takes less time for the task, if memory allows."""
    if task.rounds is not None:
        return ON_A_CLUSTER
    if solver != "auto":
        return Choice(solver, "as configured")
    if reason := why_direct(task):
        return Choice("direct", reason)
    direct, gram = seconds_of_direct(task), seconds_of_gram(task)
    needed, available = bytes_of_gram(task), available_memory()
    if needed <= available < bytes_of_direct(task):
        return Choice("gram", "without X'X there would not be enough memory")
    if direct <= gram:
        return Choice("direct", f"X'X would not pay: about {two_digits(gram)} s, against {two_digits(direct)} s")
    if needed > MAX_SHARE_OF_MEMORY * available:
        return Choice("direct", f"X'X needs {byte_size(needed)} of memory, {byte_size(available)} are available")
    return Choice("gram", f"X'X pays: about {two_digits(gram)} s, against {two_digits(direct)} s without")


def choose_again(task: Task, solver: str, before: Choice, has_changed: bool) -> Choice:
    """The solver of a training that resumes: what `auto` chose depended on the free memory, so it chooses again only if
    the configuration has changed. What was begun on a cluster has the same bits without it.
    """
    if task.rounds is not None or (has_changed and before != ON_A_CLUSTER):
        return choose(task, solver)
    return Choice(Sharded.name, "as it was on a cluster") if before == ON_A_CLUSTER else before


def why_direct(task: Task) -> str:
    """Why only the direct solver can do the task; empty if the Gram solver can do it too."""
    if task.augmented is not None:
        return "the examples are changed in each epoch"
    return "" if task.optimizer.rule.linear else f"{task.optimizer.name} is not linear in the gradient"


def make_solver(name: str, task: Task, state: State | None = None) -> Solver:
    """The solver of this name, at the task's initial parameters, with the state that goes with them, if any.

    Raises NotEnoughMemory before it allocates.
    """
    if name == "gram":
        require(bytes_of_gram(task), "train.solver: gram", "use auto or direct")
    else:
        require(bytes_of_direct(task), "training", "make model.hidden_layers or data.image_size smaller")
    return SOLVERS[name](task, state)
