"""The answers about examples, in words."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.evaluation.evaluate import OUT_OF_RANGE, WEIGHTS_TOO_LARGE
from catnet.evaluation.prediction import Prediction, prediction_of
from catnet.export.standalone.network import y_hat
from catnet.export.standalone.stored import FACTS
from catnet.goals import THRESHOLD
from catnet.text import printable

Tell = Callable[[str], object]  # what is told a note for the user
Found = list[tuple[str, Array | DataError]]  # the names of some examples, each with its row (n,), or why it has none
Read = Callable[[Iterable[Path], Tell], Iterator[Found]]  # the examples at some paths, a part at a time


def answered(found: Found) -> Iterator[Prediction | DataError]:
    """The answers about some examples, which go through the network together; an error has its own place."""
    rows = [row for _, row in found if not isinstance(row, DataError)]
    outputs = iter(y_hat(np.array(rows)).T.tolist() if rows else ())
    for name, row in found:
        yield row if isinstance(row, DataError) else in_words(name, next(outputs))


def in_words(name: str, values: Sequence[float]) -> Prediction | DataError:
    """What the outputs y^ (k,) about an example say; an error if they are not finite."""
    if not all(map(math.isfinite, values)):
        return DataError(f"{printable(name)}: {OUT_OF_RANGE if FACTS['image_size'] is None else WEIGHTS_TOO_LARGE}")
    thresholds = FACTS["thresholds"] or [THRESHOLD] * len(values)
    return prediction_of(name, values, thresholds, FACTS["goal"], FACTS["classes"], FACTS["negative"])


def predictions(read: Read, paths: Iterable[Path]) -> list[Prediction]:
    """The answers about all examples at the paths. Raises DataError that names all that cannot be read."""
    answers = [answer for found in read(paths, str) for answer in answered(found)]
    if faults := [str(answer) for answer in answers if isinstance(answer, DataError)]:
        raise DataError("\n".join(faults))
    return [answer for answer in answers if isinstance(answer, Prediction)]
