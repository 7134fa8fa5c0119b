"""catnet predict"""

import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import click

from catnet.cli import options
from catnet.cli.advice import advice
from catnet.errors import DataError
from catnet.evaluation.predict import Prediction
from catnet.evaluation.predict import predict as answers
from catnet.model import Model
from catnet.runs.checkpoints import load
from catnet.runs.find import find_model, newest_model, started_later
from catnet.runs.layout import RUNS
from catnet.text import listed, printable

SHOWN = 20  # classes of an answer, the most probable ones; --json has all


@click.command()
@click.argument("paths", nargs=-1, required=True, type=options.DATA, metavar="PATH...")
@options.model
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per line.")
def predict(paths: tuple[Path, ...], run: Path | None, as_json: bool) -> None:
    """Says what the model answers about each picture: files, or folders of them; or about each row of a CSV table.

    A line per picture: the classes with their probabilities, best first (20 at most; --json has all), or the
    target's value. If some cannot be read, they are named, the rest is still answered, and the exit code is 3. What is
    left out of a folder, such as a file that is no picture, is noted.

    \b
    Examples:
      catnet predict photo.jpg
      catnet predict holiday/ more/*.png --model runs/animal-001
      catnet predict photo.jpg --json
    """
    _, model = chosen_model(run)
    faults = 0
    for answer in answers(model, paths, lambda note: click.echo(f"note: {note}", err=True)):
        if isinstance(answer, DataError):
            faults += 1
            click.echo(f"{answer}{advice(answer)}", err=True)
        else:
            click.echo(as_json_line(model, answer) if as_json else as_line(model, answer))
    if faults:
        raise click.exceptions.Exit(DataError.exit_code)


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
    """`photo.jpg: cat 0.9731, lion 0.0214, iguana 0.0055`, or `photo.jpg: age 3.42`.

    If thresholds are stored with the model, also the decision: `photo.jpg: not cat 0.6420, cat 0.3580 -> cat`.
    """
    if answer.value is not None:
        return f"{printable(answer.name)}: {printable(model.question.target)} {answer.value:.6g}"
    best = islice(answer.probabilities.items(), SHOWN)
    classes = ", ".join(f"{printable(name)} {probability:.4f}" for name, probability in best)
    if len(answer.probabilities) > SHOWN:
        classes += f" and {len(answer.probabilities) - SHOWN} more"
    if model.thresholds is None:
        return f"{printable(answer.name)}: {classes}"
    decision = listed(answer.answer if isinstance(answer.answer, list) else [answer.answer]) or "none of them"
    return f"{printable(answer.name)}: {classes} -> {decision}"


def as_json_line(model: Model, answer: Prediction) -> str:
    """The same, with every digit; for classes, with the answer that follows from the probabilities."""
    said: dict[str, Any] = {"file": answer.name, "prediction": answer.answer, "probabilities": answer.probabilities}
    if answer.value is not None:
        said = {"file": answer.name, "target": model.question.target, "value": answer.value}
    return json.dumps(said, allow_nan=False)
