"""What is asked, and how the answers are given: to a program, and as lines of text or JSON."""

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.evaluation.evaluate import OUT_OF_RANGE, WEIGHTS_TOO_LARGE
from catnet.evaluation.prediction import Prediction, as_facts, as_line, prediction_of
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


def run(read: Read, what: str) -> int:
    """The command: prints the answers, and what cannot be read to stderr. Returns the exit code: 0, or 3 for data that
    cannot be read.
    """
    parser = argparse.ArgumentParser(description="Says what the network answers about each example.")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=what)
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")
    asked = parser.parse_args()
    for stream in (sys.stdout, sys.stderr):  # what they cannot show becomes escapes
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    failed = False
    try:
        for found in read(asked.paths, lambda note: print(f"note: {note}", file=sys.stderr)):
            for answer in answered(found):
                failed |= isinstance(answer, DataError)
                say(answer, asked.json)
            sys.stdout.flush()
    except BrokenPipeError:  # nobody reads the answers any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    return DataError.exit_code if failed else 0


def say(answer: Prediction | DataError, as_json: bool) -> None:
    """Prints an answer, or an error to stderr."""
    if isinstance(answer, DataError):
        print(answer, file=sys.stderr)
    elif as_json:
        print(json.dumps(as_facts(answer, FACTS["target"]), allow_nan=False))
    else:
        print(as_line(answer, FACTS["target"], FACTS["has_thresholds"]))
