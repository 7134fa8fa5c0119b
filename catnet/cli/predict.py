"""catnet predict"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from catnet.evaluation.predict import Prediction
    from catnet.model import Model

RUNS = Path("runs")


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option(
    "--model", "run", type=click.Path(path_type=Path), help="A run directory or a model file.  [default: newest run]"
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def predict(paths: tuple[Path, ...], run: Path | None, as_json: bool) -> None:
    """Says what the model answers about each picture: files, or folders of them; or about each row of a CSV table.

    A line a picture: the classes with their probabilities, best first, or the target's value. What cannot be read
    is named, the rest goes on, and the exit code is then 3.

    \b
    Examples:
      catnet predict photo.jpg
      catnet predict holiday/ more/*.png --model runs/animal-001
      catnet predict photo.jpg --json
    """
    from catnet.errors import DataError
    from catnet.evaluation.predict import Unreadable
    from catnet.evaluation.predict import predict as answers
    from catnet.runs.checkpoints import load
    from catnet.runs.directory import find_model, newest_model
    from catnet.text import printable

    path = find_model(run) if run is not None else newest_model(RUNS)
    model = load(path).model
    click.echo(f"model: {printable(str(path))} (epoch {model.epoch})", err=True)
    faults = 0
    for answer in answers(model, paths):
        if isinstance(answer, Unreadable):
            faults += 1
            click.echo(str(answer.error), err=True)
        else:
            click.echo(as_json_line(model, answer) if as_json else as_line(model, answer))
    if faults:
        raise click.exceptions.Exit(DataError.exit_code)


def as_line(model: "Model", answer: "Prediction") -> str:
    """`photo.jpg: cat 0.9731, lion 0.0214, iguana 0.0055`, or `photo.jpg: age 3.42`.

    Where thresholds are stored with the model, also the decision: `photo.jpg: not cat 0.6420, cat 0.3580 -> cat`.
    """
    from catnet.text import printable

    if answer.value is not None:
        return f"{printable(answer.name)}: {printable(str(model.target))} {answer.value:.6g}"
    classes = ", ".join(f"{printable(name)} {probability:.4f}" for name, probability in answer.probabilities.items())
    decision = f" -> {decided(model, answer)}" if "thresholds" in model.details else ""
    return f"{printable(answer.name)}: {classes}{decision}"


def decided(model: "Model", answer: "Prediction") -> str:
    """The answer by the model's thresholds, in words."""
    from catnet.text import listed

    decision = answer.decision(model)
    return listed([decision] if isinstance(decision, str) else decision) or "none of them"


def as_json_line(model: "Model", answer: "Prediction") -> str:
    """The same, with every digit, and for classes the answer that the probabilities amount to."""
    import json

    if answer.value is not None:
        return json.dumps({"file": answer.name, "target": model.target, "value": answer.value})
    return json.dumps(
        {"file": answer.name, "prediction": answer.decision(model), "probabilities": answer.probabilities}
    )
