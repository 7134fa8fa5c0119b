"""catnet explain"""

from pathlib import Path

import click
import numpy as np

from catnet.cli import options
from catnet.cli.predict import as_line, chosen_model
from catnet.data.pictures import read_picture
from catnet.errors import ConfigError, OutputError
from catnet.evaluation.explain import contributions
from catnet.evaluation.predict import prediction
from catnet.report.thumbnails import side_by_side
from catnet.runs.files import write_atomically
from catnet.text import listed, printable


@click.command()
@click.argument("picture", type=options.PATH)
@options.model
@click.option(
    "--class", "label", help="The class to explain.  [default: the answer; goal 2.0: the most probable class]"
)
@click.option("--output", type=options.PATH, help="The file to write.  [default: PICTURE-explained.png, here]")
def explain(picture: Path, run: Path | None, label: str | None, output: Path | None) -> None:
    """Shows why the model answers as it does: writes the picture and, beside it, what each pixel contributes.

    Red speaks for the class, blue against it: a pixel's input times its weight, or, with hidden layers, times the
    gradient there. For goal 1.0 the class is always the one that counts as 1.

    \b
    Examples:
      catnet explain photo.jpg
      catnet explain photo.jpg --model runs/animal-001 --class lion --output why.png
    """
    path, model = chosen_model(run)
    question = model.question
    if model.image_size is None:
        raise ConfigError(f"{printable(path)}: explain is for pictures; this model answers about rows of a table")
    if label is not None and label not in question.classes:
        known = listed(question.classes) or "none: the answer is a number"
        raise ConfigError(f"--class {printable(label)}: the classes are {known}")
    target = output or Path(f"{picture.stem}-explained.png")
    if target.exists() and (output is None or target.samefile(picture)):
        raise OutputError(f"{printable(target)}: exists already and is not overwritten; give another --output")
    row = read_picture(picture, model.image_size).reshape(1, -1)
    answer = model.predict(row)[:, 0]
    asked = question.classes.index(label) if label is not None else int(answer.argmax())
    write_atomically(target, side_by_side(row[0], contributions(model, row, np.array([asked]))[0], model.image_size))
    click.echo(as_line(model, prediction(model, str(picture), answer)))
    what = question.classes[asked] if question.classes else f"a higher {question.target}"
    click.echo(f"{printable(target)}: red speaks for {printable(what)}, blue against")
