"""What the Gram solver moves: theta and the moments, with C, s, t and c in place of W1, as `gram.py` says."""

from collections.abc import Sequence

import numpy as np

from catnet.engine.combination import COEFFICIENTS, COMBINATION, IMAGE, KnownInputs, Snapshot, coefficients
from catnet.engine.images import Images
from catnet.engine.optimizers import UPDATES, from_state, state_name, to_state
from catnet.engine.parameters import Vector
from catnet.engine.task import Task
from catnet.engine.types import Array, Parameters, State

PREFIX = "gram.K."  # of the names in the state that only this solver uses; those with "gram." alone are of another K


class Moved:
    """Theta, its gradient g, and the moments; and the origins, the matrices W1_0 that c multiplies."""

    def __init__(self, task: Task, known: Sequence[KnownInputs], mu: Array, state: State) -> None:
        """The first of the known inputs are the training examples, with the mean `mu` (n,).

        Starts at the initial parameters with the state: to the same bits, if it comes from this solver and data.
        """
        self._task, self._known, self._mu = task, known, mu
        m, n_1 = task.inputs.m, task.network.sizes[1]
        self._others = [name for name in task.initial if name != "W1"]
        names = ("theta", *task.optimizer.rule.moments)
        shapes = {name: task.initial[name].shape for name in self._others}
        moved = {IMAGE: (sum(each.inputs.m for each in known), n_1)} if task.is_full_batch else {}
        shapes = {COEFFICIENTS: (1, len(names)), **shapes, **moved, COMBINATION: (m + 2, n_1)}
        self.theta = Vector(shapes, task.inputs.dtype)
        self.g = self.theta.like()
        self.moments = task.optimizer.moments(self.theta)
        self.moments.updates = int(state.get(UPDATES, 0))
        self._vectors = dict(zip(names, [self.theta, *self.moments.vectors.values()], strict=True))
        self.coefficients, self.g_coefficients = map(coefficients, (self.theta, self.g))
        self.c, self.g_c = self.theta[COEFFICIENTS][0], self.g[COEFFICIENTS][0]
        self.images = Images(known, self.theta, self.g) if task.is_full_batch else None
        self._origins: Parameters = {}  # of theta; and of the moments, if the training resumes from a state
        self._formed: list[Parameters] = []  # after the last epoch, what was asked for: theta, or also the moments
        self._start(state)

    def _start(self, state: State) -> None:
        names = list(self._vectors)
        own = {name.removeprefix(PREFIX): values for name, values in state.items() if name.startswith(PREFIX)}
        if own and all(own[name].shape == self.theta.vector.shape for name in names):
            self._set_origins({name: own[key] for name in names if (key := state_name(name, "W1")) in own})
            for name, vector in self._vectors.items():
                vector.vector[:] = own[name]
        else:  # no state, or that of another solver, or of this one with other data
            initial = self._task.initial
            self._start_at({"theta": initial} | {name: from_state(state, name, initial) for name in names[1:]})

    def _start_at(self, points: dict[str, Parameters]) -> None:
        """Starts at these values of theta and of the moments, with C = 0. Moments that are empty stay 0."""
        dtype = self._task.inputs.dtype
        self._set_origins({name: point["W1"].astype(dtype) for name, point in points.items() if point})
        for position, (name, point) in enumerate(points.items()):
            if point:
                vector = self._vectors[name]
                vector[COMBINATION].fill(0)
                if self.images:
                    self.images.start_at(vector, self._origins[name])
                vector[COEFFICIENTS][...] = np.arange(len(points)) == position
                for other in self._others:
                    vector[other][...] = point[other]

    def _set_origins(self, origins: Parameters) -> None:
        """Has c multiply these matrices."""
        self._origins = origins  # a new dictionary: a snapshot may hold the old one
        if self.images:
            return
        places = {place: origins[name] for place, name in enumerate(self._vectors) if name in origins}
        for known in self._known:
            known.set_origins(places)

    def restart(self) -> None:
        """Starts at where it is, with C = 0."""
        formed = self._expanded(list(self._vectors.values()), self._origins)
        self._start_at(dict(zip(self._vectors, formed, strict=True)))

    def renew_t(self, with_mean: Array) -> None:
        """t = C (X - mu)' mu + s mu' mu, in float64: what it was moved by is rounded, each time in the same way.

        `with_mean` (m + 1,) is (X - mu)' mu, and mu' mu.
        """
        for vector in self._vectors.values():
            combination = vector[COMBINATION]
            combination[-1] = with_mean @ combination[:-1]

    def forget_what_was_formed(self) -> None:
        """To be called before theta moves."""
        self._formed = []

    def snapshot(self) -> Snapshot:
        """What the parameters can be formed from: it takes no product with X."""
        vector = Parameters((name, P.copy()) for name, P in self.theta.items() if name != IMAGE)
        return Snapshot(vector, self._origins)

    def parameters(self, snapshot: Snapshot | None = None) -> Parameters:
        """The parameters of a snapshot, or a copy of the current ones."""
        if snapshot is not None:
            return self._expanded([snapshot.vector], snapshot.origins)[0]
        return {name: P.copy() for name, P in self.current().items()}

    def current(self) -> Parameters:
        """The parameters after the last epoch, not to be changed."""
        self._formed = self._formed or self._expanded([self.theta], self._origins)
        return self._formed[0]

    @property
    def state(self) -> State:
        """What is needed to resume besides the parameters: the moments, in the form of the direct solver; and these
        vectors and origins, from which the training continues to the same bits.
        """
        if len(self._formed) < len(self._vectors):
            self._formed = self._expanded(list(self._vectors.values()), self._origins)
        moments = dict(zip(self.moments.vectors, self._formed[1:], strict=True))
        own = {PREFIX + name: vector.vector.copy() for name, vector in self._vectors.items()}
        origins = {PREFIX + state_name(name, "W1"): origin for name, origin in self._origins.items()}
        return to_state(moments, self.moments.updates) | own | origins

    def _expanded(self, vectors: Sequence[Parameters], origins: Parameters) -> list[Parameters]:
        """The vectors with W1 in place of C, s, t and c."""
        combined = self._known[0].combined([vector[COMBINATION] for vector in vectors], self._mu)
        for W1, vector in zip(combined, vectors, strict=True):
            for c, name in zip(vector[COEFFICIENTS][0], self._vectors, strict=True):
                if name in origins:
                    W1 += c * origins[name]
        return [
            {name: W1 if name == "W1" else vector[name].copy() for name in self._task.initial}
            for W1, vector in zip(combined, vectors, strict=True)
        ]
