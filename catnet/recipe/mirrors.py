"""Which pictures do not show the same in a mirror, by the names of the classes or of the target."""

import re
from collections.abc import Sequence

from catnet.recipe.found import Data
from catnet.recipe.negations import positive_of
from catnet.text import folded

CHARACTER = re.compile(r".|\d{1,2}\.0", re.DOTALL)  # a class that may be one, folded: a, 7, 07
SIDED = re.compile(r"(.*[^a-z])?(left|right)([^a-z].*)?")  # what a mirror would swap


def are_characters(names: Sequence[str]) -> bool:
    """Whether the classes seem to be digits or letters."""
    is_each = all(CHARACTER.fullmatch(folded(name)) for name in names)
    return len(names) > 1 and positive_of(names) is None and is_each


def against_mirrors(names: Sequence[str]) -> str:
    """Why a picture does not show the same in a mirror, by the names of the classes or of the target; empty if it
    does.
    """
    if are_characters(names):
        return "the classes seem to be characters"
    if any(SIDED.fullmatch(folded(name)) for name in names):
        return "the classes or the target seem to tell left from right"
    return ""


def unmirrored_by(data: Data) -> str:
    """Why the pictures are not mirrored; empty if they are."""
    question = data.catalog.question
    return against_mirrors(question.known or (str(question.target),))
