"""catnet init"""

from collections.abc import Iterator
from pathlib import Path

import click

from catnet.cli import options
from catnet.cli.advice import as_argument, as_options
from catnet.data.faults import first_of
from catnet.data.reading import described_columns
from catnet.errors import OutputError, UnknownClass
from catnet.files import current_folder
from catnet.goals import REGRESSION
from catnet.recipe import Recipe, known_goal, recipe_for, whole_path
from catnet.recipe.copies import contrary_copies
from catnet.recipe.found import Pictures
from catnet.recipe.mirrors import unmirrored_by
from catnet.recipe.settings import IMBALANCED, is_squeezed
from catnet.runs.files import write_atomically
from catnet.text import counted, first_names, listed, printable
from catnet.training.needs import duration

STDOUT = Path("-")
LONG_DECODING = 5.0  # seconds, from which it is told


@click.command()
@click.argument("path", type=options.DATA)
@click.option("--goal", help="1.0, 2.0, 3.0 or regression.  [default: what the labels suit]")
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="NAME",
    help="What to learn: the column to predict, a class, or a column and then its classes. Repeatable.",
)
@click.option(
    "--output",
    type=options.OUTPUT,
    metavar="FILE",
    help="The YAML file to write; - prints.  [default: NAME.yaml, by the name of PATH]",
)
@click.option("--textbook", is_flag=True, help="Plain batch gradient descent instead of the settings that learn best.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def init(
    path: Path, goal: str | None, targets: tuple[str, ...], output: Path | None, textbook: bool, force: bool
) -> None:
    """Writes a configuration for the data at PATH, which trains as it is: a folder of pictures, a list of pictures, a
    table, or files of arrays.

    It looks at what is there, and chooses the goal that the labels suit and the settings that learn best, with
    comments on each. No number is taken for what to predict unless --target names it.

    \b
    Examples:
      catnet init photos
      catnet init photos --goal 1.0 --target cat --output cat.yaml
      catnet init houses.csv --goal regression --target price
      catnet init passengers.csv --target survived
      catnet init photos --textbook --output -
    """
    asked_for = None if goal is None else known_goal(goal)
    target = default_target(path) if output is None else output
    if target != STDOUT:
        demand_writable(target, force)
    try:
        recipe = recipe_for(path, target.parent, asked_for, targets, textbook)
    except UnknownClass as error:
        raise UnknownClass(f"{error}: {as_options(None, error.known)}", error.known) from error
    click.echo("\n".join([*findings(recipe), *notes(path, recipe)]), err=True)
    if target == STDOUT:
        click.echo(time_to_train(recipe), err=True)
        click.echo(recipe.text, nl=False)
        return
    write_atomically(target, recipe.text.encode(), is_own=lambda path: force)
    if lies_in(target, path):
        click.echo(f"note: {printable(target)}: lies in the folder of the data; training leaves it out", err=True)
    click.echo(f"written: {printable(target)}", err=True)
    click.echo(f"{time_to_train(recipe)}; start it with: catnet train {as_argument(target)}", err=True)


def default_target(path: Path) -> Path:
    """NAME.yaml in the current folder. Raises OutputError if that is among the data."""
    whole = Path(whole_path(path))
    target = Path(f"{whole.name or 'data'}.yaml" if path.is_dir() else f"{whole.stem}.yaml")
    if lies_in(target, path):
        raise OutputError(
            f"{printable(target)}: would be written into the folder of the data; say where to write it: --output FILE"
        )
    return target


def lies_in(target: Path, path: Path) -> bool:
    """Whether a file is in the folder of the data."""
    folder = Path(current_folder()) if target.parent == Path() else target.parent
    return path.is_dir() and folder.resolve().is_relative_to(path.resolve())


def demand_writable(target: Path, force: bool) -> None:
    """Raises OutputError or ConfigError if the configuration cannot have this path, before there is any work."""
    can_be_replaced = not force and target.is_file() and not target.is_symlink()
    what, fix = "init writes a configuration", ", or --force to replace it" if can_be_replaced else ""
    options.demand_new_or_own("--output", target, lambda path: force, what, ".yaml", ".yml", fix=fix)
    if not target.parent.is_dir():
        raise OutputError(f"{printable(target)}: could not be written: there is no folder {printable(target.parent)}")


def findings(recipe: Recipe) -> Iterator[str]:
    """What is there, and the question that it was found to suit."""
    catalog, asked, pictures = recipe.data.catalog, recipe.asked, recipe.data.pictures
    question = catalog.question
    drawn = {} if catalog.draw is None else catalog.draw.fractions
    splits = (f"{len(of.names)} {name}{' (drawn)' * (name in drawn)}" for name, of in catalog.splits.items())
    yield f"{question.examples}: {', '.join(splits)}"
    if pictures is not None:
        shorter, longer = sorted(pictures.size)
        other = f", {longer} the longer" if longer > shorter else ""
        of = f"{pictures.read} of {pictures.count} pictures" if pictures.bad else counted(pictures.count, "picture")
        yield f"size: {counted(shorter, 'pixel')}, the shorter side{other} (the median of {of})"
    if question.features is not None:
        yield f"inputs: {described_columns(question)}"
    if question.target is not None:
        yield f"target: {printable(question.target)}"
    if question.classes:
        counts = [f"{printable(name)} {count}" for name, count in recipe.data.counts.items()]
        yield f"training {question.examples} by class: {first_names(counts)}"
    name = f", {question.kind.name}" * (question.kind.name != question.goal)
    yield f"goal: {question.goal}{name} ({question.kind.question}), {asked.reason}"


def notes(path: Path, recipe: Recipe) -> Iterator[str]:
    """What is guessed, left out, or to be decided."""
    data, asked = recipe.data, recipe.asked
    named = data.catalog.question.examples
    yield from (f"note: {note}" for note in (*data.catalog.notes, *asked.notes))
    to_do = {name: f"; to make it an input, {why.fix}" for name, why in recipe.left_out.items() if why.fix}
    yield from first_of([f"left out: {why.what}{to_do.get(name, '')}" for name, why in recipe.left_out.items()])
    for column in asked.numbers:
        yield f"note: to predict the column {printable(column)} instead: {as_options(REGRESSION, [column])}"
    if data.imbalance > IMBALANCED:
        times = f"the largest class has {data.imbalance:.1f} times as many {named} as the smallest"
        yield f"note: {times}: each class counts the same in total"
    if data.rare:
        yield f"note: fewer than a tenth of the {named} have the label {listed(data.rare)}"
    if data.pictures is not None:
        yield from notes_on_pictures(recipe, data.pictures)
    if skipped := data.catalog.skipped:
        yield f"warning: {counted(len(skipped), 'row')} cannot be used, such as {data.bad[0]}"
    if data.bad:
        yield "training stops at them; data.bad_images: skip leaves them out"


def notes_on_pictures(recipe: Recipe, pictures: Pictures) -> Iterator[str]:
    """What is not done with the pictures, and which cannot be read."""
    why = unmirrored_by(recipe.data)
    if why and not recipe.config.train.augment.numbers.is_none:
        yield f"note: pictures are not mirrored: {why}"
    if is_squeezed(pictures.size):
        (shown_height, shown_width), (height, width) = recipe.config.data.image_size, pictures.size
        yield f"note: pictures of {height} x {width} are squeezed to {shown_height} x {shown_width} (height x width)"
    if pair := contrary_copies(recipe.data.catalog):
        yield f"warning: {printable(pair[0])} and {printable(pair[1])} are the same picture, with different labels"
        yield "training stops at such pictures until one of them is removed, or data.duplicates: allow is set"
    if bad := pictures.bad:
        some = f"{len(bad)} of the {counted(pictures.count, 'picture')} looked at cannot be read"
        yield f"warning: {some}, such as {bad[0]}"


def time_to_train(recipe: Recipe) -> str:
    """What the training takes."""
    decoding = recipe.data.seconds_of_decoding
    first = f", and {duration(decoding)} to decode the pictures" if decoding > LONG_DECODING else ""
    return f"{recipe.needs}{first}"
