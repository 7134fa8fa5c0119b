"""Successive halving: many trials are trained a little, the better third of them longer, a third of those to the end.

Jamieson and Talwalkar, Non-stochastic best arm identification and hyperparameter optimization, AISTATS 2016; Li et al.,
Hyperband, JMLR 18, 2018. The schedule of a training is that of its full length, whenever it is stopped.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ETA = 3  # of so many trials one goes on, for so many times the epochs
MOST_EARLY = 2  # rungs before the last: after less than a ninth of the epochs no trial can be told from another
FEWEST = 3  # trials that are trained to the end, if their number is given
BRACKET = ETA**MOST_EARLY  # trials that begin together, if a time is given


@dataclass(frozen=True)
class Rung:
    """Up to which epoch the trials of a rung are trained, and on how many of the folds."""

    epochs: int
    folds: int


def rungs_of(epochs: int, folds: int, early: int) -> list[Rung]:
    """The rungs: `early` ones on the first fold, as far as there are epochs for them, and the last on all folds."""
    before = [epochs // ETA**apart for apart in range(early, 0, -1)]
    return [*(Rung(each, 1) for each in before if each >= 1), Rung(epochs, folds)]


def early_rungs(trials: int) -> int:
    """How many rungs so many trials have before the last, in which at least FEWEST of them are left."""
    return max(early for early in range(MOST_EARLY + 1) if early == 0 or math.ceil(trials / ETA**early) >= FEWEST)


def survivors(penalties: Mapping[int, float], among: int | None = None) -> Sequence[int]:
    """The trials of the next rung: the better third, rounded up, by the penalty in this rung and then by number.

    A trial without a finite penalty never goes on. `among` is how many trials there are, if not all penalties are known
    yet: those that may still go on.
    """
    ranked = sorted((trial for trial in penalties if math.isfinite(penalties[trial])), key=lambda t: (penalties[t], t))
    return ranked[: math.ceil((among or len(penalties)) / ETA)]
