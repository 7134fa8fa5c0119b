"""catnet trace"""

from contextlib import suppress
from pathlib import Path

import click

from catnet.cli import options
from catnet.cli.explain import demand_a_picture
from catnet.cli.explain_row import demand_rows, row_in
from catnet.cli.extras import require_report
from catnet.cli.predict import chosen_model
from catnet.data.contents import TABLE
from catnet.data.pictures import read_picture
from catnet.engine.types import Array
from catnet.errors import ConfigError, NotInARun
from catnet.evaluation.pictures import demand_no_model
from catnet.model import Model
from catnet.runs.reader import SavedRun
from catnet.teaching.trace import trace as trace_of
from catnet.text import printable


@click.command()
@click.argument("path", type=options.DATA, metavar="PICTURE_OR_TABLE")
@options.model
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME",
    help="The true class, or number.  [default: as the data has it; goal 2.0: repeatable, or none]",
)
@click.option("--row", "line", type=click.IntRange(1), help="Of a table, the line of the row, as in FILE:LINE.")
@click.option("--batch", type=click.IntRange(1), default=1, help="Also a batch of so many training examples.")
@click.option("--html", type=options.OUTPUT, help="Write a page with the pictures instead.")
def trace(
    path: Path, run: Path | None, labels: tuple[str, ...], line: int | None, batch: int, html: Path | None
) -> None:
    """Follows one example through the network and back, equation by equation, with its shapes, and its numbers as the
    engine has them: x, Z and A of each layer, the answer, the loss; dZ, dW and db of each layer, the update by gradient
    descent with the run's learning rate, and the loss after it.

    The label is taken from the run's data, if the picture is there, or from the table. If it is in neither, --label
    gives it; without it only the way forward is shown.

    \b
    Examples:
      catnet trace photo.jpg --model runs/cat-001 --label cat
      catnet trace data/animals/test/cat/000.png --html trace.html
      catnet trace data/animals/train/cat/000.png --batch 4
      catnet trace animals/3.png --label cat --label lion
      catnet trace houses.csv --row 12
    """
    if html is not None:
        options.demand_page(html, "trace")
        require_report("--html")
    demand_no_model(path)
    has_rows = line is not None or path.suffix.lower() == TABLE
    if not has_rows:
        demand_a_picture(path)
    file, model = chosen_model(run)
    if html is not None:
        with suppress(NotInARun):
            options.demand_outside(html, SavedRun.of_model(file).config.data.path)
    name, row = example_in(model, path, line, has_rows)
    found = trace_of(file, model, name, row, labels, batch)
    if found.label is None:
        click.echo(
            "note: the label is in no data that is known; --label NAME gives the loss and the way back", err=True
        )
    if html is None:
        click.echo(str(found))
        return
    found.write(html)
    click.echo(printable(html))


def example_in(model: Model, path: Path, line: int | None, has_rows: bool) -> tuple[str, Array]:
    """The name and the row (n,) of a picture, or of a row of a table."""
    if model.decoded_size is None:
        demand_rows(path)
        name, row, _ = row_in(model, path, line)
        return name, row
    if has_rows and line is not None:
        raise ConfigError("--row is for the rows of a table; this model answers about pictures")
    demand_a_picture(path)
    return str(path), read_picture(path, model.decoded_size, model.colors).reshape(-1)
