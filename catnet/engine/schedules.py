"""Learning-rate schedules: the learning rate of each epoch."""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """How the learning rate changes over the epochs 1, ..., epochs of a training.

    For the first `warm_up` epochs it rises linearly to `learning_rate`, then the named schedule begins. `every` and
    `factor` belong to the schedule `step`.
    """

    learning_rate: float
    epochs: int
    name: str = "constant"
    every: int = 1
    factor: float = 0.1
    warm_up: int = 0

    def learning_rate_at(self, epoch: int) -> float:
        """The learning rate alpha of an epoch, counted from 1."""
        if epoch <= self.warm_up:
            return self.learning_rate * epoch / self.warm_up
        return self.learning_rate * SCHEDULES[self.name](self, epoch - self.warm_up - 1)


# The share of the learning rate after t epochs, counted without the warm-up.


def constant(schedule: Schedule, t: int) -> float:
    """1"""
    return 1.0


def step(schedule: Schedule, t: int) -> float:
    """factor^floor(t / every)"""
    return schedule.factor ** (t // schedule.every)


def cosine(schedule: Schedule, t: int) -> float:
    """(1 + cos(pi t / T)) / 2, half a cosine wave from 1 towards 0 over T epochs (Loshchilov and Hutter, 2017)"""
    T = schedule.epochs - schedule.warm_up
    return (1 + math.cos(math.pi * t / T)) / 2


SCHEDULES: dict[str, Callable[[Schedule, int], float]] = {"constant": constant, "step": step, "cosine": cosine}
