"""What moves when the Gram solver trains: theta, with the images of the examples in place of W1, and its moments; and
what W1 and its moments are combined from. `gram.py` says how.
"""

import math
from collections.abc import Sequence

import numpy as np

from catnet.engine.combination import Examples, Snapshot
from catnet.engine.images import COMBINATION, IMAGE, OF_MEAN, Images
from catnet.engine.linear_updates import linear_updates
from catnet.engine.optimizers import UPDATES, UPDATES_BETWEEN_CUTS, cut, from_state, state_name, to_state
from catnet.engine.parameters import Vector
from catnet.engine.task import Task
from catnet.engine.types import Array, Parameters, State

PREFIX = "gram.image."  # of what only this solver uses of a state; what earlier versions wrote, "gram.K.", is not read
COEFFICIENTS = "c"  # the name of c there


class Moved:
    """Theta, its gradient g, and the moments, as vectors.

    W1 and each of its moments is a combination [C s]' of the training examples, (m + 1, n_1), and of the origins,
    matrices W1_0, with numbers c. With full batch [C s]' is in the vector, and the optimizer moves it. Else it is not:
    the gradients of a whole epoch are added to it at once.
    """

    def __init__(
        self, task: Task, examples: Sequence[Examples], K: Array, mu: Array, threads: int | None, state: State
    ) -> None:
        """Starts at the initial parameters with the state: to the same bits, if it comes from this solver and data.

        The first of the examples are those of the training, with the mean `mu` (n,). So many threads share the product
        with K.
        """
        self._task, self._examples, self._mu = task, examples, mu
        self._is_full_batch = task.is_full_batch
        m, n_1, dtype = task.inputs.m, task.network.sizes[1], task.inputs.dtype
        self._others = [name for name in task.initial if name != "W1"]
        self._names = ["theta", *task.optimizer.rule.moments]
        shapes = {name: task.initial[name].shape for name in self._others} | {IMAGE: (len(K), n_1)}
        if self._is_full_batch:
            shapes[COMBINATION] = (m + 1, n_1)
        shapes[OF_MEAN] = (1, n_1)
        self.theta = Vector(shapes, dtype)
        self.g = self.theta.like()
        self.moments = task.optimizer.moments(self.theta)
        self.images = Images(K, self.theta, self.g, threads, task.is_full_batch)
        self._vectors = dict(zip(self._names, [self.theta, *self.moments.vectors.values()], strict=True))
        if self._is_full_batch:
            self._combinations = [vector[COMBINATION] for vector in self._vectors.values()]
        else:
            self._combinations = [np.zeros((m + 1, n_1), dtype) for _ in self._names]
        self._c = np.eye(len(self._names))  # (vectors, origins), in float64: float32 would lose a small decay beside 1
        self._updates_in_order = np.arange(m) // task.examples_per_update  # of an epoch, each for its examples
        self._origins: Parameters = {}  # of theta; and of the moments, if the training resumes from a state
        self._formed: list[Parameters] = []  # after the last epoch, what was asked for: theta, or also the moments
        self._learning_rate = math.nan  # of the last epoch
        self._linear = linear_updates(task.optimizer, 0.0, task.updates_per_epoch)  # those of an epoch at this rate
        self._start(state)

    def _start(self, state: State) -> None:
        names = self._names
        own = {name.removeprefix(PREFIX): values for name, values in state.items() if name.startswith(PREFIX)}
        moving = self._moving
        if all(name in own and own[name].shape == values.shape for name, values in moving.items()):
            for name, values in moving.items():
                values[...] = own[name]
            self._origins = {name: own[key] for name in names if (key := state_name(name, "W1")) in own}
        else:  # no state, or that of another solver, or of this one with other data
            initial = self._task.initial
            self._start_at([initial, *(from_state(state, name, initial) for name in names[1:])])
        self.images.collect()
        self.moments.updates = int(state.get(UPDATES, 0))

    @property
    def _c_moves(self) -> bool:
        """Whether an update may change c."""
        return self._task.optimizer.weight_decay > 0 or len(self._origins) > 1

    @property
    def _moving(self) -> dict[str, Array]:
        """All that changes from epoch to epoch, by its name in the state: no copies."""
        moving = {name: vector.vector for name, vector in self._vectors.items()} | {COEFFICIENTS: self._c}
        if self._is_full_batch:
            return moving
        names = (state_name(name, COMBINATION) for name in self._names)
        return moving | dict(zip(names, self._combinations, strict=True)) | {IMAGE: self.images.at_start}

    def _start_at(self, points: Sequence[Parameters]) -> None:
        """Starts at these values of theta and of the moments, with C = 0. Moments that are empty stay 0."""
        dtype = self.theta.vector.dtype
        of_points = dict(zip(self._names, points, strict=True))
        self._origins = {name: point["W1"].astype(dtype) for name, point in of_points.items() if point}
        self._c[...] = np.diag([name in self._origins for name in self._names])
        for combination in self._combinations:
            combination.fill(0)
        self.images.at_start.fill(0)
        for name, point in of_points.items():
            if point:
                vector, W1 = self._vectors[name], self._origins[name]
                vector[OF_MEAN][...] = np.dot(W1, self._mu.astype(np.float64))
                vector[IMAGE][...] = np.concatenate([each.image(W1) for each in self._examples]) if W1.any() else 0
                vector[IMAGE] -= vector[OF_MEAN]
                for other in self._others:
                    vector[other][...] = point[other]

    def restart(self) -> None:
        """Starts at where it is, with C = 0."""
        self._start_at(self._expanded())
        self.images.collect()

    def begin_epoch(self, learning_rate: float) -> list[float]:
        """To be called before the updates of an epoch. Returns how much of theta remains before each of them."""
        self._formed = []
        if learning_rate != self._learning_rate and (self._c_moves or not self._is_full_batch):
            task, self._learning_rate = self._task, learning_rate
            self._linear = linear_updates(task.optimizer, learning_rate, task.updates_per_epoch)
        return self._linear.remaining

    def end_epoch(self, order: Array | None, gradients: Array) -> None:
        """To be called after the updates of an epoch. In mini-batches, with the order in which the examples came; and
        the gradients of C, (m, n_1), each row that of an example.
        """
        if self._c_moves:
            self._c += np.dot(self._linear.change, self._c)
        if order is not None:
            self._add(order, gradients)

    def _add(self, order: Array, gradients: Array) -> None:
        """Moves the combinations of theta and of the moments as an epoch of mini-batches has moved their images."""
        task, moments, change = self._task, self.moments, self._linear.change.tolist()
        self.images.end_epoch(change, [moment[IMAGE] for moment in moments.vectors.values()])
        update_of = np.empty_like(order)
        update_of[order] = self._updates_in_order
        responses = self._linear.responses.astype(gradients.dtype)[update_of].T
        added = [np.empty_like(combination) for combination in self._combinations]
        for sums, numbers, response in zip(added, change, responses, strict=True):
            np.multiply(gradients, response[:, np.newaxis], out=sums[:-1])
            np.dot(response, gradients, out=sums[-1])
            for number, combination in zip(numbers, self._combinations, strict=True):
                if number:
                    sums += number * combination
        for combination, sums in zip(self._combinations, added, strict=True):
            combination += sums
        if moments.updates % UPDATES_BETWEEN_CUTS < task.updates_per_epoch:
            for combination in self._combinations[1:]:
                cut(combination)

    def snapshot(self) -> Snapshot:
        """What the parameters can be formed from: it takes no product with X."""
        others = {name: self.theta[name].copy() for name in self._others}
        return Snapshot(self._combinations[0].copy(), self._c[0].copy(), others, self._origins)

    def parameters(self, snapshot: Snapshot | None = None) -> Parameters:
        """The parameters of a snapshot, or a copy of the current ones."""
        if snapshot is None:
            return {name: P.copy() for name, P in self.current().items()}
        (W1,) = self._combined([snapshot.combination], [snapshot.c], snapshot.origins)
        return self._with_W1(W1, snapshot.others)

    def current(self) -> Parameters:
        """The parameters after the last epoch, not to be changed."""
        self._formed = self._formed or self._expanded(1)
        return self._formed[0]

    @property
    def state(self) -> State:
        """What is needed to resume besides the parameters: the moments, in the form of the direct solver; and what
        moves, and the origins, from which the training continues to the same bits.
        """
        if len(self._formed) < len(self._names):
            self._formed = self._expanded()
        moments = dict(zip(self._names[1:], self._formed[1:], strict=True))
        own = {PREFIX + name: values.copy() for name, values in self._moving.items()}
        origins = {PREFIX + state_name(name, "W1"): origin for name, origin in self._origins.items()}
        return to_state(moments, self.moments.updates) | own | origins

    def _expanded(self, count: int | None = None) -> list[Parameters]:
        """Theta and the moments, or the first so many of them, with W1 in place of its image. Copies."""
        W1s = self._combined(self._combinations[:count], self._c[:count], self._origins)
        vectors = list(self._vectors.values())[:count]
        return [self._with_W1(W1, vector) for W1, vector in zip(W1s, vectors, strict=True)]

    def _with_W1(self, W1: Array, others: Parameters) -> Parameters:
        """A copy of the others with this W1, in the order of the network's parameters."""
        return {name: W1 if name == "W1" else others[name].copy() for name in self._task.initial}

    @np.errstate(over="ignore", invalid="ignore")  # the cost has told that a training diverges
    def _combined(self, combinations: Sequence[Array], c: Sequence[Array] | Array, origins: Parameters) -> list[Array]:
        """C (X - mu)' + s mu' + c W1_0 of each combination."""
        combined = self._examples[0].combined(combinations, self._mu)
        for W1, numbers in zip(combined, c, strict=True):
            for number, name in zip(numbers.tolist(), self._names, strict=True):
                if name in origins and number:
                    W1 += number * origins[name]
        return combined
