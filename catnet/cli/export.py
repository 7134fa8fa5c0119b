"""catnet export"""

from functools import partial
from pathlib import Path

import click

from catnet.cli import options
from catnet.cli.predict import chosen_model
from catnet.errors import ConfigError
from catnet.export.export import FORMS, default_target, demand_form, is_own, why_not_own
from catnet.export.export import export as write
from catnet.export.exported import Exported
from catnet.runs.find import run_of
from catnet.text import byte_size, printable


@click.command()
@click.argument("run", required=False, type=options.RUN)
@click.option("--format", "form", type=click.Choice(list(FORMS)), help="What to write; see above.")
@click.option("--output", type=options.OUTPUT, help="The file to write.  [default: in RUN/exported]")
@click.option("--no-examples", is_flag=True, help="Put none of the run's pictures into the page.")
def export(run: Path | None, form: str | None, output: Path | None, no_examples: bool) -> None:
    """Writes a model so that others can use it, who need no catnet. RUN is a run directory or a model file; without it,
    the newest run in runs/ is taken.

    \b
    onnx    for other programs; needs the extra `onnx`
    python  one predict.py, which needs NumPy and Pillow alone
    page    one HTML file that answers offline, in a browser
    card    a README.md that describes the model, as model hubs read it

    \b
    Examples:
      catnet export runs/cat-001 --format page
      catnet export runs/cat-001 --format python --output predict.py
    """
    if form is None:  # not left to click, which would list them with escapes
        raise ConfigError(f"say in which form: --format {', --format '.join(FORMS)}")
    if no_examples and form != "page":
        raise ConfigError(f"--no-examples is for the page; {FORMS[form].what} has no examples")
    demand_form(form)
    if output is not None:
        demand_free(output, form)
    path, model = chosen_model(run)
    exported = Exported(path, model, shows_examples=not no_examples)
    if output is None and run_of(path) is None:
        raise ConfigError(f"{printable(path)}: is in no run directory; say where to write: --output FILE")
    if output is None:
        demand_free(default_target(exported, form), form)
    target, made = write(exported, form, output)
    for note in (*exported.notes, *made.notes):
        click.echo(f"note: {note}", err=True)
    click.echo(f"{printable(target)}: {byte_size(len(made.content))}, {made.said}")


def demand_free(target: Path, form: str) -> None:
    """Raises OutputError if what is there is no earlier export, ConfigError if the name is of another kind of file."""
    what, fix = f"is {FORMS[form].what}", f", or move it away{why_not_own(target, form)}"
    own = partial(is_own, form=form)
    options.demand_new_or_own("--output", target, own, what, *FORMS[form].suffixes, fix=fix)
