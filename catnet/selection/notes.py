"""What is to be said of the folds before anything is trained."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from catnet.data.near_duplicates import MOST
from catnet.engine.types import Array
from catnet.question import Question
from catnet.selection.parts import Part
from catnet.selection.pool import Pool
from catnet.text import first_names


def notes(pool: Pool, parts: Sequence[Part], tested: Sequence[Array]) -> Iterator[str]:
    """Whether pictures that are almost equal may be in two folds; and which classes some of the trainings lack, in what
    they are tested on, and in what they learn from.
    """
    question, trainings = pool.dataset.question, len(parts)
    if pool.dataset.image_size is not None and pool.m > MOST:
        yield (
            f"of more than {MOST} pictures near duplicates are not looked for: those in different folds make the "
            "result too good"
        )
    if lacking := absent(question, pool.labels, tested):
        yield (
            f"not each of the {trainings} trainings is tested on every class: {lacking}; there its precision, recall "
            "and F1 count as 0, but not in the metrics of all folds together"
        )
    if lacking := absent(question, pool.labels, (part.training for part in parts)):
        yield f"not each of the {trainings} trainings learns from every class: {lacking}"


def absent(question: Question, labels: Array, parts: Iterable[Array]) -> str:
    """The classes that some of these parts of the examples lack, and how many do; labels Y (k, m). Empty if none."""
    counts = Counter(name for part in parts for name in question.absent(labels[:, part]))
    return first_names(f"{name} is missing in {count}" for name, count in counts.items()) if counts else ""
