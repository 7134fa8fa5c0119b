"""The four questions a network can answer, and the output layers and losses that answer them."""

from typing import NamedTuple


class Goal(NamedTuple):
    """What a goal allows; the first of each is the default."""

    name: str
    question: str
    output_activations: tuple[str, ...]
    losses: tuple[str, ...]


BINARY = "1.0"
MULTI_LABEL = "2.0"
MULTI_CLASS = "3.0"
REGRESSION = "regression"

GOALS = {
    BINARY: Goal("binary", "is it there?", ("sigmoid",), ("cross_entropy",)),
    MULTI_LABEL: Goal("multi-label", "which of these are there?", ("sigmoid",), ("cross_entropy",)),
    MULTI_CLASS: Goal("multi-class", "which one is it?", ("softmax",), ("cross_entropy",)),
    REGRESSION: Goal("regression", "how much?", ("linear", "relu"), ("squared", "absolute", "huber")),
}
