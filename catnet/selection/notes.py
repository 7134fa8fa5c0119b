"""What is to be said of the folds, or refused, before anything is trained."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from catnet.data.near_duplicates import MOST
from catnet.engine.types import Array
from catnet.errors import ConfigError
from catnet.question import Question
from catnet.selection.parts import Part
from catnet.selection.pool import Pool
from catnet.text import first_names, printable, some_of
from catnet.training.rate import is_far_above, said


def demand_unseen(pool: Pool, splits: Sequence[str] = ()) -> None:
    """Raises ConfigError if the first weights are those of a file that have learned from examples of the pool, or of
    these splits if they are given: then no training is tested on new ones.
    """
    learned, dataset = pool.learned_before.names, pool.dataset
    if not learned:
        return
    names = [name for split in splits or pool.splits for name in dataset.splits[split].names]
    digests = [digest for split in splits or pool.splits for digest in dataset.short_digests(split)]
    twins = [(name, learned[digest]) for name, digest in zip(names, digests, strict=True) if digest in learned]
    if twins:
        known = some_of(len(twins), len(names), dataset.question.examples)
        raise ConfigError(
            f"{printable(pool.config.model.initialization)}: {known} in the training data of these first weights "
            f"({' = '.join(map(printable, twins[0]))}), which would be tested on what they know; set "
            "model.initialization: he, or weights that have learned from other data"
        )


def notes(pool: Pool, parts: Sequence[Part], tested: Sequence[Array]) -> Iterator[str]:
    """Whether the first weights may know what is tested, and pictures that are almost equal may be in two folds; and
    which classes some of the trainings lack, in what they are tested on, and in what they learn from.
    """
    question, trainings = pool.dataset.question, len(parts)
    if note := pool.learned_before.note:
        yield note
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


def note_on_rate(pool: Pool, part: Part) -> Iterator[str]:
    """Whether the learning rate is far above the limit, as `catnet train` says, for the training on a part."""
    if pool.config.model.hidden_layers:  # then no limit is known, and no data needs to be copied
        return
    limit = pool.limit(part.training, part.validation)
    if limit is not None and is_far_above(pool.config, limit):
        yield said(pool.config, limit)


def absent(question: Question, labels: Array, parts: Iterable[Array]) -> str:
    """The classes that some of these parts of the examples lack, and how many do; labels Y (k, m). Empty if none."""
    counts = Counter(name for part in parts for name in question.absent(labels[:, part]))
    return first_names(f"{name} is missing in {count}" for name, count in counts.items()) if counts else ""
