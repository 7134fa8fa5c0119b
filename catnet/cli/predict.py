"""catnet predict"""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from catnet.cli import options
from catnet.cli.advice import advice
from catnet.cli.streams import together
from catnet.errors import ConfigError, DataError, OutputError
from catnet.evaluation import prediction
from catnet.evaluation.pictures import demand_no_model
from catnet.evaluation.predict import Answered, Prediction, answers
from catnet.files import is_list_of_pictures, open_regular
from catnet.model import Model
from catnet.runs.checkpoints import load
from catnet.runs.files import write_atomically
from catnet.runs.find import find_model, newest_model, started_later
from catnet.runs.layout import RUNS
from catnet.text import counted, printable

if TYPE_CHECKING:
    from catnet.evaluation.answers import Sheet

WRITES = "predict writes a CSV file"


@click.command()
@click.argument("paths", nargs=-1, required=True, type=options.DATA, metavar="PATH...")
@options.model
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
@click.option("--csv", "output", type=options.OUTPUT, help="Write the answers to this file instead, as a table.")
def predict(paths: tuple[Path, ...], run: Path | None, as_json: bool, output: Path | None) -> None:
    """Says what the model answers about each picture: files, folders, lists and arrays of them; or about each row of a
    CSV table.

    A line per picture: the classes with their probabilities, best first (20 at most; --json has all), or the
    target's value. If some cannot be read, they are named, the rest is still answered, and the exit code is 3. What is
    left out of a folder, such as a file that is no picture, is noted.

    --csv writes the answers beside all columns of the table, or of one list of pictures, separated as these are, or
    beside the names of the pictures: the prediction and the probability of each class; if some cannot be answered
    about, also why. An earlier file of answers with the same columns is replaced, nothing else is.

    \b
    Examples:
      catnet predict photo.jpg
      catnet predict holiday/ more/*.png --model runs/animal-001
      catnet predict photo.jpg --json
      catnet predict houses.csv --csv answers.csv
    """
    if output is not None:
        demand_new(output, paths, as_json)
    _, model = chosen_model(run)
    sheet = None if output is None else sheet_for(model, paths)
    if output is not None and sheet is not None:
        options.demand_new_or_own("--csv", output, is_by(sheet.headers(model)), WRITES, ".csv")
    found, failed = [], False
    asked = paths if sheet is None or sheet.table is None else [sheet.table]
    for some in answers(model, asked, lambda note: click.echo(f"note: {note}", err=True)):
        failed |= say(model, [answer for _, answer in some], as_json, only_errors=output is not None)
        if output is not None:
            found += some
    if output is not None and sheet is not None:
        write(model, sheet, found, paths, output)
    if failed:
        raise click.exceptions.Exit(DataError.exit_code)


def say(model: Model, found: Sequence[Prediction | DataError], as_json: bool, only_errors: bool) -> bool:
    """Prints answers and errors, in order; returns whether there were errors."""
    failed, in_form = False, as_json_line if as_json else as_line
    for is_error, group in groupby(found, lambda answer: isinstance(answer, DataError)):
        failed |= is_error
        if is_error or not only_errors:
            lines = (f"{each}{advice(each)}" if isinstance(each, DataError) else in_form(model, each) for each in group)
            for text in together(lines):
                click.echo(text, err=is_error)
    return failed


def demand_new(output: Path, paths: Sequence[Path], as_json: bool) -> None:
    """Raises ConfigError or OutputError if answers cannot be written to the file, whatever the model."""
    if as_json:
        raise ConfigError("--csv and --json are two ways to give the same answers; give one of them")
    options.demand_new_or_own("--csv", output, lambda path: True, WRITES, ".csv")
    if not output.parent.is_dir():
        raise OutputError(f"{printable(output)}: could not be written: there is no folder {printable(output.parent)}")
    if any(is_same(output, path) for path in paths):
        raise OutputError(f"{printable(output)}: is what is asked about, and is not overwritten; give another --csv")


def is_same(one: Path, other: Path) -> bool:
    """Whether both are the same file, which is there."""
    with suppress(OSError):
        return os.path.samefile(one, other)
    return False


def is_a_list(path: Path) -> bool:
    """Whether a path is that of a list of pictures."""
    return path.suffix.lower() == ".csv" and is_list_of_pictures(path)


def sheet_for(model: Model, paths: Sequence[Path]) -> "Sheet | None":
    """What the answers are written beside; None if the table cannot be read, which the prediction says better.

    Raises ConfigError if there are several tables.
    """
    from catnet.evaluation.answers import Sheet  # late, because only --csv needs it

    if model.decoded_size is not None and not (len(paths) == 1 and is_a_list(paths[0])):
        return Sheet.of_pictures()
    if len(paths) > 1:
        raise ConfigError(f"--csv: answers are written beside the columns of one table; give one, not {len(paths)}")
    with suppress(DataError):
        demand_no_model(paths[0])
        return Sheet.of_table(paths[0])
    return None


def is_by(headers: tuple[bytes, ...]) -> Callable[[Path], bool]:
    """Tells whether a file is one of answers that an earlier command wrote: it begins with one of the headers."""

    def is_own(path: Path) -> bool:
        with open_regular(path) as file:
            start = file.read(max(map(len, headers)))
        return any(start.startswith(header) for header in headers)

    return is_own


def write(model: Model, sheet: "Sheet", found: Sequence[Answered], paths: Sequence[Path], output: Path) -> None:
    """Writes the answers, and says so; nothing if there is only an error about the whole table."""
    if model.decoded_size is not None and sheet.table is None:
        sheet = sheet.of_pictures(found)
    elif [name for name, _ in found] == [str(paths[0])]:
        return
    if len(found) != len(sheet.raw.rows):
        raise DataError(f"{printable(paths[0])}: has changed while it was read; ask again")
    write_atomically(output, sheet.with_answers(model, found), is_own=is_by(sheet.headers(model)))
    failed = sum(isinstance(answer, DataError) for _, answer in found)
    errors = f", {counted(failed, 'error')}" if failed else ""
    click.echo(f"written: {printable(output)} ({counted(len(found) - failed, 'answer')}{errors})", err=True)


def chosen_model(run: Path | None) -> tuple[Path, Model]:
    """The model that --model names, or that of the newest run, and its file; says which it is."""
    path = newest_model(RUNS) if run is None else find_model(run)
    model = load(path).model
    later = started_later(RUNS, path) if run is None else None
    without = f"{printable(later)} was started later, but has no model: it still trains, or has failed"
    say_which(path, model, [*model.notes, *[without] * (later is not None)])
    return path, model


def say_which(path: Path, model: Model, notes: Sequence[str]) -> None:
    """Says on stderr which model it is, and what the user should know."""
    click.echo(f"model: {printable(path)} (epoch {model.epoch})", err=True)
    for note in notes:
        click.echo(f"note: {note}", err=True)


def as_line(model: Model, answer: Prediction) -> str:
    """The answer as a line of text; if thresholds are stored with the model, with the decision."""
    return prediction.as_line(answer, model.question.target, decides=model.thresholds is not None)


def as_json_line(model: Model, answer: Prediction) -> str:
    """The same, with every digit; for classes, with the answer that follows from the probabilities."""
    return json.dumps(answer_facts(model, answer), allow_nan=False)


def answer_facts(model: Model, answer: Prediction) -> dict[str, Any]:
    """The answer as the values of JSON."""
    return prediction.as_facts(answer, model.question.target)
