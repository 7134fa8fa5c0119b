"""The options and arguments that several commands have."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import click

from catnet.errors import CatnetError, CheckpointError, ConfigError, DataError, OutputError
from catnet.report import is_page
from catnet.runs.files import demand_own, writing
from catnet.runs.layout import BEST, REPORT
from catnet.text import alternatives, printable, shown


class PathOrHome(click.Path):
    """A path, in which a leading `~` or `~name` is a home folder, as in a configuration: a shell expands `--data ~/x`,
    but not `--data=~/x`. An empty path, which would be the current folder, is refused; so is one that the system cannot
    look up, such as one that is too long, with the kind of error that fits what it should name.
    """

    def __init__(self, fault: type[CatnetError]) -> None:
        super().__init__(readable=False)  # what reads it says so, with the exit code of its kind
        self.fault = fault

    def convert(self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None) -> Path:
        text = os.fspath(value)
        if not text.strip():
            self.fail("an empty path; give a file or a folder, such as . for the current folder", param, ctx)
        path = Path(os.fsdecode(super().convert(os.path.expanduser(text), param, ctx)))
        if len(path.parts) > 1 and path.parts[0].startswith("~") and not os.path.lexists(path.parts[0]):
            raise self.fault(f"{shown(path)}: {printable(path.parts[0])} is no home folder; give the whole path")
        try:
            os.lstat(path)
            os.lstat(path / BEST)  # if it is a folder, can something in it be looked up?
        except (FileNotFoundError, NotADirectoryError):  # what reads it says so
            pass
        except OSError as error:
            name = shown(path) if error.errno == errno.ENAMETOOLONG else printable(path)
            raise self.fault(f"{name}: cannot be read: {error.strerror}") from error
        return path


CONFIG, DATA, RUN, OUTPUT = map(PathOrHome, (ConfigError, DataError, CheckpointError, OutputError))
SET = "--set"  # how a message names an override

config = click.argument("config", type=CONFIG)
overrides = click.option(
    SET, "overrides", multiple=True, metavar="KEY=VALUE", help="Override a value, as in train.epochs=10. Repeatable."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
cluster = click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Train on a Dask cluster: tcp://HOST:PORT or tls://HOST:PORT, a scheduler file, or local:4 for 4 processes "
    "on this machine.",
)
jobs = click.option(
    "--jobs", type=click.IntRange(1), help="Trainings at once, without --cluster.  [default: as many as processors]"
)
model = click.option("--model", "run", type=RUN, help="A run directory or a model file.  [default: newest run]")


def demand_new_or_own(
    option: str, path: Path, is_own: Callable[[Path], bool], what: str, *suffixes: str, fix: str = ""
) -> None:
    """Raises OutputError if what is at the path is not what catnet wrote there earlier, as `is_own` tells, with `fix`
    as what may help besides another path; ConfigError if the name does not end as that of `what` should.
    """
    with writing(path):
        demand_own(path, is_own, f"give another {option}{fix}")
    if path.suffix.lower() not in suffixes:
        raise ConfigError(f"{option} {printable(path)}: {what}; give a name that ends in {alternatives(suffixes)}")


def demand_page(html: Path, command: str) -> None:
    """Raises OutputError if --html is no place for the page of a command: what is there is no page, or it is where the
    report of a run is; ConfigError if it does not end as a page does.
    """
    from catnet.runs.find import is_run  # late, because it imports NumPy

    demand_new_or_own("--html", html, is_page, f"{command} writes a page", ".html", ".htm")
    if html.name == REPORT and is_run(html.parent):
        raise OutputError(f"{printable(html)}: is the report of a run; give another --html")


def demand_outside(html: Path, data: Path) -> None:
    """Raises OutputError if the page would lie in the folder of the data, into which nothing is written."""
    if data.is_dir() and html.resolve().is_relative_to(data.resolve()):
        raise OutputError(f"{printable(html)}: is in the folder of the data, {printable(data)}; give another --html")
