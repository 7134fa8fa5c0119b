"""Learning-rate schedules: the learning rate of an epoch, as a share of the configured one."""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """How the learning rate changes from epoch to epoch.

    `every` and `factor` are the step schedule's. `warm_up` epochs rise linearly to the full learning rate first.
    """

    name: str = "constant"
    every: int = 1
    factor: float = 0.1
    warm_up: int = 0

    def learning_rate(self, base: float, epoch: int, epochs: int) -> float:
        """The learning rate of the epoch (counted from 1) of a training of so many epochs."""
        if epoch <= self.warm_up:
            return base * epoch / self.warm_up
        return base * SCHEDULES[self.name](self, epoch - self.warm_up - 1, epochs - self.warm_up)


def constant(schedule: Schedule, done: int, epochs: int) -> float:
    """Always the whole learning rate."""
    return 1.0


def step(schedule: Schedule, done: int, epochs: int) -> float:
    """factor^floor(done / every): multiplied by the factor after each so many epochs"""
    return schedule.factor ** (done // schedule.every)


def cosine(schedule: Schedule, done: int, epochs: int) -> float:
    """(1 + cos(pi done / epochs)) / 2: half a cosine wave from 1 towards 0 (Loshchilov and Hutter, 2017)"""
    return (1 + math.cos(math.pi * done / epochs)) / 2


SCHEDULES: dict[str, Callable[[Schedule, int, int], float]] = {"constant": constant, "step": step, "cosine": cosine}
