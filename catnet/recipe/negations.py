"""Two classes of which one is what is not the other: cat and non-cat."""

import re
from collections.abc import Sequence

from catnet.text import folded

REST = {"other", "others", "none", "nothing", "background", "negative", "neg", "rest", "normal", "healthy"}
OPPOSITES = {"no": "yes", "n": "y", "false": "true", "f": "t", "0.0": "1.0", "-1.0": "1.0", "bad": "good"}  # folded
OPPOSITES |= {"benign": "malignant", "ham": "spam"}
NEGATED = re.compile(r"(?:not|non|no|without)[ _-]+(?:an?[ _-]+)?(\S.*)")
JOINED_NEGATIONS = ("not", "non", "no")  # as in noncat, beside cat


def positive_of(classes: Sequence[str]) -> str | None:
    """The class that counts as 1 of two of which the other is its negation: cat of cat and non-cat; None if neither
    is.
    """
    if len(classes) != 2:
        return None
    positive = [name for name in classes if not _negates(name, other_of(classes, name))]
    return positive[0] if len(positive) == 1 else None


def other_of(classes: Sequence[str], name: str) -> str:
    """The other one of two classes."""
    return classes[1] if name == classes[0] else classes[0]


def _negates(name: str, other: str) -> bool:
    name, other = folded(name), folded(other)
    negated = NEGATED.fullmatch(name)
    is_not = OPPOSITES.get(name) == other or (negated is not None and negated[1] == other)
    return name in REST or is_not or name in {word + other for word in JOINED_NEGATIONS}
