"""catnet report"""

from pathlib import Path

import click

from catnet.cli import options
from catnet.cli.extras import require_report
from catnet.errors import NoSuchData
from catnet.runs.find import find_model
from catnet.runs.reader import SavedRun
from catnet.text import printable


@click.command()
@click.argument("run", type=options.RUN)
@click.option("--data", type=options.DATA, help="Where the run's data is now.  [default: where it was]")
def report(run: Path, data: Path | None) -> None:
    """Writes RUN/report.html: one page, which needs no network, about what was learned and how good it is.

    If the data is gone, what needs it is left out. The page needs the extra `report` (jinja2).

    \b
    Examples:
      catnet report runs/cat-001
      catnet report runs/cat-001 --data /mnt/pictures/cats
    """
    require_report("catnet report")
    if data is not None and not data.exists():
        raise NoSuchData(f"{printable(data)}: there is no such folder or table")
    from catnet.report.page import write_report  # which needs the extra

    saved = SavedRun(run)
    find_model(run)  # said first if there is none
    where = saved.config.data.path
    if data is None and not where.exists():
        click.echo(
            f"note: {printable(where)}: the run's data is no longer there, so what needs it is left out of the page; "
            "if it has moved, --data names its place",
            err=True,
        )
    click.echo(printable(write_report(run, data=data)))
