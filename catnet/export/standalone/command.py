"""The command: what is asked, and the answers as lines of text or JSON."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TextIO

from catnet.errors import DataError, OutputError
from catnet.evaluation.prediction import Prediction, as_facts, as_line
from catnet.export.standalone.stored import FACTS
from catnet.export.standalone.words import Read, answered


def run(read: Read, what: str) -> int:
    """The command: prints the answers, and what cannot be read to stderr. Returns the exit code: 0, 3 for data that
    cannot be read, 5 for answers that cannot be written.
    """
    parser = argparse.ArgumentParser(description="Says what the network answers about each example.")
    parser.add_argument("paths", nargs="+", metavar="PATH", help=what)
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")
    asked = parser.parse_args()
    if not all(asked.paths):
        parser.error("an empty path; give a file or a folder, such as . for the current folder")
    for name in ("stdout", "stderr"):  # one that was closed is missing
        stream = getattr(sys, name) or open(os.devnull, "w")  # noqa: SIM115
        stream.reconfigure(errors="backslashreplace")  # what it cannot show becomes escapes
        setattr(sys, name, stream)
    failed = False
    try:
        for found in read(map(Path, asked.paths), lambda note: say(f"note: {note}")):
            for answer in answered(found):
                if isinstance(answer, DataError):
                    failed = True
                    say(answer)
                else:
                    print(in_a_line(answer, asked.json))
            sys.stdout.flush()
    except OSError as error:
        silence(sys.stdout)
        if not isinstance(error, BrokenPipeError):  # else nobody reads the answers any more
            say(f"standard output: {error.strerror}")
        return OutputError.exit_code
    return DataError.exit_code if failed else 0


def in_a_line(answer: Prediction, as_json: bool) -> str:
    """The answer as a line of text, or as JSON."""
    if as_json:
        return json.dumps(as_facts(answer, FACTS["target"]), allow_nan=False)
    return as_line(answer, FACTS["target"], FACTS["has_thresholds"])


def say(message: object) -> None:
    """Prints a message to stderr, if that can be written."""
    try:
        print(message, file=sys.stderr, flush=True)
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Drops what is still to be written to a stream that takes nothing, else Python fails when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
