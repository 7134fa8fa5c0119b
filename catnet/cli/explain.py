"""catnet explain"""

import os
from contextlib import suppress
from itertools import count
from pathlib import Path

import click
import numpy as np

from catnet.cli import options
from catnet.cli.explain_row import explain_row
from catnet.cli.predict import as_line, chosen_model
from catnet.data import litter
from catnet.data.arrays.files import named
from catnet.data.contents import TABLE
from catnet.data.picture_files import SUFFIXES, find_pictures
from catnet.data.pictures import read_picture
from catnet.errors import CatnetError, ConfigError, DataError, OutputError
from catnet.evaluation.evaluate import WEIGHTS_TOO_LARGE
from catnet.evaluation.explain import contributions
from catnet.evaluation.pictures import demand_no_model
from catnet.evaluation.predict import prediction
from catnet.files import current_folder
from catnet.model import Model
from catnet.report.thumbnails import side_by_side
from catnet.runs.files import make_folders, write_atomically, writing
from catnet.runs.find import run_of
from catnet.runs.layout import EXPLAINED
from catnet.runs.reader import SavedRun
from catnet.text import did_you_mean, listed, printable


@click.command()
@click.argument("path", type=options.DATA, metavar="PICTURE_OR_TABLE")
@options.model
@click.option(
    "--class", "label", help="The class to explain.  [default: the answer; goal 2.0: the most probable class]"
)
@click.option("--row", "line", type=click.IntRange(1), help="Of a table, the line of the row, as in FILE:LINE.")
@options.as_json
@click.option("--output", type=options.OUTPUT, help="The PNG to write.  [default: RUN/explained/PICTURE-explained.png]")
def explain(
    path: Path, run: Path | None, label: str | None, line: int | None, as_json: bool, output: Path | None
) -> None:
    """Shows why the model answers as it does. About a picture it writes the picture and, beside it, what each pixel
    contributes; about a row of a table it prints what each input contributes, the largest first.

    Red, or a positive number, speaks for the class; blue, or a negative one, against it: an input times its weight, or,
    with hidden layers, times the gradient there; with views: flip, the mean over the picture and its mirror image. For
    goal 1.0 the class is always the one that counts as 1.

    \b
    Examples:
      catnet explain photo.jpg
      catnet explain photo.jpg --model runs/animal-001 --class lion --output why.png
      catnet explain houses.csv --row 12
      catnet explain houses.csv --row 12 --json
    """
    if output is not None:
        options.demand_new_or_own("--output", output, litter.is_explanation, "explain writes a PNG", ".png")
    demand_no_model(path)
    has_rows = line is not None or as_json or path.suffix.lower() == TABLE
    if not has_rows:
        demand_a_picture(path)
    file, model = chosen_model(run)
    if label is not None and label not in model.question.classes:
        known, hint = listed(model.question.classes), did_you_mean(label, model.question.classes)
        raise ConfigError(
            f"--class {printable(label)}: the classes are {known or 'none: the answer is a number'}{hint}"
        )
    if model.image_size is None:
        if output is not None:
            raise ConfigError("--output is for a picture; what is said of a row is printed")
        explain_row(model, path, line, label, as_json)
        return
    if line is not None or as_json:
        raise ConfigError(
            f"{'--json' if line is None else '--row'} is for the rows of a table; this model answers about pictures"
        )
    demand_a_picture(path)
    explain_picture(model, file, path, label, output)


def explain_picture(model: Model, path: Path, picture: Path, label: str | None, output: Path | None) -> None:
    """Writes the picture and the map of its contributions to a file, and says which; the model's own file is `path`."""
    question = model.question
    assert model.image_size is not None and model.decoded_size is not None
    target = default_target(picture, path) if output is None else output
    row = read_picture(picture, model.decoded_size, model.colors).reshape(1, -1)
    answer = model.predict(row)[:, 0]
    asked = question.classes.index(label) if label is not None else int(answer.argmax())
    said = as_line(model, prediction(model, str(picture), answer))
    contributed = contributions(model, row, np.array([asked]))[0]
    if not np.isfinite(contributed).all():
        raise DataError(f"{printable(picture)}: {WEIGHTS_TOO_LARGE}")
    drawn = side_by_side(row[0], contributed, model.image_size, model.box_average)
    if output is None:
        with writing(target.parent):
            make_folders(target.parent)
    write_atomically(target, drawn, is_own=litter.is_explanation)
    click.echo(said)
    what = question.classes[asked] if question.classes else f"a higher {question.target}"
    click.echo(f"{printable(target)}: red speaks for {printable(what)}, blue against")
    if output is not None and lies_in_data(output, picture, path):
        fate = (
            "training leaves it out"
            if litter.named_as_explanation(output.name)
            else "training stops at it; move it away, or name it *-explained.png, which training leaves out"
        )
        click.echo(f"note: {printable(output)}: lies among pictures and is no data: {fate}", err=True)


def demand_a_picture(path: Path) -> None:
    """Raises DataError for a folder or a table: what is given by mistake. Reading finds all other faults."""
    shown = printable(path)
    if path.is_dir():
        pictures = find_pictures(path)
        first = f", such as {printable(pictures[0])}" if pictures else ""
        raise DataError(f"{shown}: is a folder; give one picture{first}")
    if path.suffix.lower() == TABLE:
        raise DataError(f"{shown}: is a table; give a picture ({listed(sorted(SUFFIXES))})")


def default_target(picture: Path, model: Path) -> Path:
    """RUN/explained/PICTURE-explained.png, or, for a model that is in no run, in the current folder; with a number if
    there is such a file: PICTURE-explained-2.png.

    Raises OutputError if that is a folder of pictures to learn from, as far as can be told: the picture's own.
    """
    name_of_picture = picture.name.replace(":", "-") if named(picture) else picture.stem
    stem, run = name_of_picture + litter.EXPLAINED, run_of(model)
    folder = Path() if run is None else run / EXPLAINED
    names = (f"{stem}-{number}.png" if number > 1 else f"{stem}.png" for number in count(1))
    name = next(name for name in names if not os.path.lexists(folder / name))
    if run is not None:
        return folder / name
    if Path(current_folder()).is_relative_to(picture.parent.resolve()):
        raise OutputError(
            f"{printable(name)}: would be written among the pictures of the current folder, where it could be taken "
            "for one of them; say where to write it: --output FILE"
        )
    return Path(name)


def lies_in_data(target: Path, picture: Path, model: Path) -> bool:
    """Whether a file is beside the picture, or in the data of the model's run, but not in the run itself."""
    folder, run = target.resolve().parent, run_of(model)
    if run is not None and folder.is_relative_to(run.resolve()):
        return False
    if folder == picture.resolve().parent:
        return True
    with suppress(CatnetError):  # the run's configuration may be damaged, which does not concern the picture
        return run is not None and folder.is_relative_to(SavedRun(run).config.data.path.resolve())
    return False
