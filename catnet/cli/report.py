"""catnet report"""

from pathlib import Path

import click

EXTRA = "pip install 'catnet[report]'"


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), help="Where the run's data is now.  [default: as it was]")
def report(run: Path, data: Path | None) -> None:
    """Writes RUN/report.html: one page, which needs no network, about what was learned and how good it is.

    What needs the data is left out where that is gone. The page needs the extra `report` (matplotlib and jinja2).

    \b
    Examples:
      catnet report runs/cat-001
      catnet report runs/cat-001 --data /mnt/pictures/cats
    """
    from catnet.errors import ConfigError

    if not is_installed():
        raise ConfigError(f"catnet report needs matplotlib and jinja2: {EXTRA}")
    from catnet.report.page import write_report

    click.echo(write_report(run, data=data))


def is_installed() -> bool:
    """Whether the extra `report` is there, found without importing it."""
    from importlib.util import find_spec

    return all(find_spec(package) is not None for package in ("matplotlib", "jinja2"))
