"""What a hidden neuron is worth: how much worse the answers are if it is switched off.

To switch neuron j of layer l off is to give its activation A[l]_j the same value c for every example: 0, or its mean.
The layers below do not notice, and Z[l+1] changes by W[l+1]_j (c - A[l]_j); W[l+1]_j are the neuron's outgoing weights.
So one forward propagation of the whole network serves all neurons, and then only the layers above l are run.

The changes are those of each example's loss and score, paired: the same examples, with the neuron and without it.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from catnet.data.dataset import Split
from catnet.engine.attribution import passes
from catnet.engine.network import ForwardPass, affine, forward, losses
from catnet.engine.parts import layers_after
from catnet.engine.subsets import sample
from catnet.engine.types import Array
from catnet.engine.views import mean_logits
from catnet.evaluation.bootstrap import mean_interval
from catnet.evaluation.folds import equal_in
from catnet.evaluation.joint import of_groups
from catnet.evaluation.metrics import scores
from catnet.model import Model

MOST_EXAMPLES, FEWEST_EXAMPLES = 2000, 200  # that are measured, if there are so many
WORK = 3e9  # multiplications, of which the number of examples and of neurons is made; below a second
PER_NUMBER = 10  # multiplications that take as long as an activation of a number, or its loss
NUMBERS = 1 << 17  # of a layer that are computed at once: they stay in the processor's cache


class Change(NamedTuple):
    """The mean change of something, and its 95% interval, (neurons,) each; the interval of one example is infinite."""

    mean: Array
    low: Array
    high: Array

    @property
    def is_sure(self) -> Array:
        """Whether each is more than chance, (neurons,) of bool: 0 is outside the interval."""
        return (self.low > 0) | (self.high < 0)

    def at(self, place: int) -> "Change":
        """That of one neuron, (1,) each."""
        return Change(*(numbers[place : place + 1] for numbers in self))


class Effect(NamedTuple):
    """What changes if neurons are switched off: the cost J, and the headline metric in its own unit."""

    cost: Change
    score: Change

    @property
    def is_sure(self) -> Array:
        """Whether the cost or the metric changes by more than chance, (neurons,) of bool."""
        return self.cost.is_sure | self.score.is_sure

    def at(self, place: int) -> "Effect":
        """That of one neuron, (1,) each."""
        return Effect(self.cost.at(place), self.score.at(place))


@dataclass(frozen=True)
class Ablation:
    """A model's answers to some examples of a split, ready to be asked again without some neurons.

    `drawn` (m,) are the examples' indices in the split, `groups` (m,) numbers that are the same for equal ones, and
    `views` their forward propagations, one for each view. Answers are judged as on the rest of the page: without class
    weights, by the threshold 0.5. `most` is the number of neurons of a layer that may be tried.
    """

    model: Model
    drawn: Array
    labels: Array
    groups: Array
    views: list[ForwardPass]
    most: int

    @property
    def cost(self) -> float:
        """J of these examples with all neurons."""
        return float(self._before[0].mean())

    @property
    def score(self) -> float:
        """The headline metric of these examples with all neurons."""
        return float(self._before[1].mean())

    @cached_property
    def _before(self) -> tuple[Array, Array]:
        """The loss and the score of each example with all neurons, (1, m) each."""
        return self._judged(self._mean([seen.Z[self.model.network.depth] for seen in self.views]))

    def neurons(self, layer: int) -> Array:
        """The neurons of a layer to be tried, ascending: all, or those that move the next layer most, by the mean of
        |A| times the length of their outgoing weights.
        """
        length = np.linalg.norm(self.model.parameters[f"W{layer + 1}"], axis=0)
        moved = np.abs(self.views[0].A[layer]).mean(axis=1) * length
        return np.sort(np.argsort(-moved, kind="stable")[: self.most])

    def each(self, layer: int, neurons: Array, values: Array) -> Effect:
        """What changes if each of the neurons (q,) of a layer, by itself, has its value of `values` (q,)."""
        W = self.model.parameters[f"W{layer + 1}"]
        values = values.astype(W.dtype)
        together = max(1, NUMBERS // (max(self.model.network.sizes[layer + 1 :]) * len(self.drawn)))
        found = []
        for start in range(0, len(neurons), together):
            some, given = neurons[start : start + together], values[start : start + together]
            moved = [
                # (n_{l+1}, neurons, m)
                seen.Z[layer + 1][:, None] + W[:, some, None] * (given[:, None] - seen.A[layer][some])
                for seen in self.views
            ]
            found.append(self._judged(self._above(layer, moved)))
        return self._effect(*map(np.concatenate, zip(*found, strict=True)))

    def together(self, layer: int, neurons: Array) -> Effect:
        """What changes if all of the neurons (q,) of a layer are 0 at once; each Change has the shape (1,)."""
        return self._effect(*self._judged(self._without(layer, neurons)))

    def answers_without(self, layer: int, neurons: Array) -> Array:
        """y^ (k, m) if all of the neurons (q,) of a layer are 0 at once."""
        return self.model.answer(self._without(layer, neurons))

    def _without(self, layer: int, neurons: Array) -> Array:
        """The logits (k, m) if all of the neurons (q,) of a layer are 0 at once."""
        W, b = (self.model.parameters[f"{name}{layer + 1}"] for name in "Wb")
        kept = np.setdiff1d(
            np.arange(W.shape[1]), neurons
        )  # not Z minus the others' part: without all it is b, exactly
        return self._above(layer, [affine(W[:, kept], seen.A[layer][kept], b)[:, None] for seen in self.views])

    def _above(self, layer: int, moved: list[Array]) -> Array:
        """The logits (k, q m) that Z[layer + 1] (n_{layer+1}, q, m) of each view leads to."""
        above, parameters = layers_after(self.model.network, self.model.parameters, layer)
        return self._mean([forward(above, parameters, Z1.reshape(len(Z1), -1)).Z[above.depth] for Z1 in moved])

    def _mean(self, logits: list[Array]) -> Array:
        return mean_logits(self.model.network.activations[-1], logits)

    def _judged(self, logits: Array) -> tuple[Array, Array]:
        """The loss and the score of each example for logits (k, q m), (q, m) each."""
        q, goal = logits.shape[1] // len(self.drawn), self.model.question.goal
        labels = np.tile(self.labels, q)
        L = losses(self.model.network, logits, self.model.labels(labels)).sum(axis=0, dtype=np.float64)
        of_examples = scores(goal, self.model.answer(logits), labels)
        return L.reshape(q, -1), of_examples.reshape(q, -1)

    def _effect(self, L: Array, of_examples: Array) -> Effect:
        apart = (of_groups(now - was, self.groups) for now, was in zip((L, of_examples), self._before, strict=True))
        return Effect(*(Change(*mean_interval(values)) for values in apart))


def ablation(model: Model, split: Split) -> Ablation:
    """The forward propagations of a split's examples, or of as many, drawn at random, as WORK allows."""
    m, (count, most) = len(split.names), bounds(model)
    drawn = sample(m, count)
    averaged = model.averaged(split.rows[drawn])
    views = [forward_pass(view, averaged) for view in model.view_models]
    return Ablation(model, drawn, split.labels[:, drawn], equal_in(split)[drawn], views, most)


def bounds(model: Model) -> tuple[int, int]:
    """How many examples are measured, at most, and how many neurons of a layer."""
    sizes, depth = model.network.sizes, model.network.depth
    per_neuron = [
        PER_NUMBER * sum(sizes[layer + 1 :]) + sum(np.multiply(sizes[layer + 1 : -1], sizes[layer + 2 :]))
        for layer in range(1, depth)
    ]
    times = 2 * len(model.view_models)  # at 0 and at the mean
    per_example = times * float(np.dot(sizes[1:-1], per_neuron))
    count = int(np.clip(WORK / per_example, FEWEST_EXAMPLES, MOST_EXAMPLES))
    share = WORK / (FEWEST_EXAMPLES * per_example)  # of the neurons, if it is below 1
    return count, max(1, int(min(1, share) * max(sizes[1:-1])))


def forward_pass(model: Model, averaged: Array) -> ForwardPass:
    """The Z, G and A of a model that has a single view, for rows at the size of its inputs."""
    network = model.network
    parts = [seen for _, _, seen in passes(network, model.parameters, model.inputs_of(averaged))]
    return ForwardPass(
        *({k: np.concatenate([part[i][k] for part in parts], axis=1) for k in parts[0][i]} for i in range(3))
    )
