"""What a mistake looks like in a training curve: a short training with right and with wrong gradients."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from catnet.engine.parallel import one_thread
from catnet.engine.range_test import range_test, suggested
from catnet.engine.task import Task
from catnet.engine.types import Masks
from catnet.teaching.gradients.mistakes import RIGHT, Descent, Mistake

EPOCHS = 48
ALIKE = 0.02  # of what the right cost has fallen by: curves that are nowhere farther from each other look alike
RISES = 1.2  # times the highest right cost
HARDLY = 0.05  # of what the right cost has fallen by


@dataclass(frozen=True)
class Curves:
    """The cost J of each epoch before its update, with right gradients and with the mistake; nan once it diverges."""

    learning_rate: float
    right: tuple[float, ...]
    wrong: tuple[float, ...]

    @property
    def seen(self) -> str:
        """What there is to see, in a sentence."""
        right, wrong = np.array(self.right), np.array(self.wrong)
        fallen = right[0] - right[-1]
        if self.right == self.wrong:
            return "both curves are the same"
        if not np.isfinite(right).all():
            return "the cost diverges with right gradients: such curves say nothing of the mistake"
        if fallen <= 0:
            return "the cost does not fall with right gradients: such curves say nothing of the mistake"
        if not np.isfinite(wrong).all():
            return "the cost diverges: such a mistake is noticed"
        if wrong.max() > RISES * right.max():
            return f"the cost rises to {wrong.max():.4g} on the way: such a mistake is noticed"
        if np.abs(wrong - right).max() <= ALIKE * fallen:
            return "the curves can hardly be told apart: such a mistake is not noticed in them"
        share = (right[0] - wrong[-1]) / fallen
        if share < HARDLY:
            how = "hardly falls" if share > 0 else "does not fall"
            ends = f"from {wrong[0]:.4g} to {wrong[-1]:.4g}; with right gradients to {right[-1]:.4g}"
            return f"the cost {how} ({ends}): such a mistake is noticed"
        how = "even lower than it should" if wrong[-1] <= right[-1] else f"all the same, {share:.0%} as far"
        return f"the cost falls {how}: nothing in the curve says that the gradient is wrong"

    def to_json(self) -> dict[str, Any]:
        """Plain values; null for what is not finite."""
        right, wrong = ([J if np.isfinite(J) else None for J in costs] for costs in (self.right, self.wrong))
        return {"learning_rate": self.learning_rate, "right": right, "wrong": wrong, "seen": self.seen}


@one_thread()  # the products are small
def train_both(task: Task, masks: Masks, mistake: Mistake) -> Curves:
    """Trains the same start by plain gradient descent, in memory, with and without a mistake.

    The learning rate is that which a range test suggests for right gradients, or else that of the configuration.
    """
    found = suggested(range_test(replace(task, dropout=())))
    learning_rate = task.schedule.learning_rate if found is None else found
    descents = (Descent(task, masks, by) for by in (RIGHT, mistake.by))
    right, wrong = (tuple(descent.step(learning_rate) for _ in range(EPOCHS)) for descent in descents)
    return Curves(learning_rate, right, wrong)
