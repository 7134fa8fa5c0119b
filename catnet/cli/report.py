"""catnet report"""

from pathlib import Path

import click

from catnet.cli import options
from catnet.cli.extras import require_report


@click.command()
@click.argument("run", type=options.PATH)
@click.option("--data", type=options.PATH, help="Where the run's data is now.  [default: where it was]")
def report(run: Path, data: Path | None) -> None:
    """Writes RUN/report.html: one page, which needs no network, about what was learned and how good it is.

    If the data is gone, what needs it is left out. The page needs the extra `report` (matplotlib and jinja2).

    \b
    Examples:
      catnet report runs/cat-001
      catnet report runs/cat-001 --data /mnt/pictures/cats
    """
    require_report("catnet report")
    from catnet.report.page import write_report  # which needs the extra

    click.echo(write_report(run, data=data))
