"""catnet train"""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from catnet.session import Row, Session

RUNS = Path("runs")
PLAIN_LINES = 10  # in a pipe, besides one at least every so many seconds
SECONDS_BETWEEN_LINES = 10.0
BAR = "{n_fmt}/{total_fmt} |{bar}| {elapsed}<{remaining}{postfix}"  # leaves 50 columns of 80 to cost and metric


@click.command()
@click.argument("config", type=click.Path(path_type=Path), required=False)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a value, as in train.epochs=10. Repeatable.",
)
@click.option(
    "--run-dir", type=click.Path(path_type=Path), help="The directory to make for the run.  [default: runs/CONFIG-001]"
)
@click.option("--threads", type=click.IntRange(1), help="Of the matrix products.  [default: as many as processors]")
@click.option("--log", type=click.Choice(["tensorboard"]), help="Also write event files, in RUN/tensorboard.")
@click.option("--no-report", is_flag=True, help="Write no report.html.")
@click.option("--resume", type=click.Path(path_type=Path), metavar="RUN", help="Go on with the training of a run.")
@click.option("--allow-changes", is_flag=True, help="With --resume: go on although something has changed since.")
def train(
    config: Path | None,
    overrides: tuple[str, ...],
    run_dir: Path | None,
    threads: int | None,
    log: str | None,
    no_report: bool,
    resume: Path | None,
    allow_changes: bool,
) -> None:
    """Trains the network that CONFIG describes, or goes on with a training that was stopped.

    The run directory gets the resolved configuration, metrics.csv, checkpoints, the best model, and summary.json; and,
    where the extra `report` is installed, report.html.

    \b
    Examples:
      catnet train configs/cat.yaml
      catnet train configs/animal.yaml --set train.epochs=50 --set model.hidden_layers=[32]
      catnet train configs/houses.yaml --run-dir runs/houses-adam --set train.optimizer=adam
      catnet train --resume runs/animal-001
      catnet train --resume runs/animal-001 --set train.epochs=100 --allow-changes
    """
    from catnet.engine.parallel import use_threads
    from catnet.saving import command_to_resume
    from catnet.training import finish
    from catnet.training import train as epochs_of

    if resume is not None and (config is not None or run_dir is not None):
        raise click.UsageError("--resume RUN goes with neither CONFIG nor --run-dir: both are in the run.")
    if allow_changes and resume is None:
        raise click.UsageError("--allow-changes goes with --resume RUN.")
    check_log(log)
    if threads is not None:
        use_threads(threads)
    with decoding_bar() as progress:
        if resume is not None:
            session = resumed(resume, overrides, allow_changes, progress)
        elif config is not None:
            session = prepared(config, overrides, run_dir, progress)
        else:
            raise click.UsageError("Missing argument 'CONFIG', or --resume RUN.")
    for line in introduction(session):
        click.echo(line, err=True)
    with Interruption() as interruption, epoch_display(session) as show, event_log(session, log) as write_events:
        for row in epochs_of(session, stop=interruption.is_requested):
            show(row)
            write_events(row)
    if interruption.signal is not None:
        click.echo(f"Interrupted after epoch {session.epoch}, which is saved. Go on with:", err=True)
        click.echo(f"  {command_to_resume(session)}", err=True)
        raise click.exceptions.Exit(128 + interruption.signal)
    for line in conclusion(session, finish(session)):
        click.echo(line)
    if not no_report:
        write_report(session)


def check_log(log: str | None) -> None:
    """Raises ConfigError where what --log needs is not installed, before anything is done."""
    from importlib.util import find_spec

    from catnet.errors import ConfigError

    if log is not None and find_spec("tensorboardX") is None:
        raise ConfigError("--log tensorboard needs tensorboardX: pip install 'catnet[tensorboard]'")


@contextmanager
def event_log(session: "Session", log: str | None) -> Iterator[Callable[["Row"], None]]:
    """Writes each row's values as event files, which TensorBoard follows; does nothing without --log."""
    if log is None:
        yield lambda row: None
        return
    from tensorboardX import SummaryWriter

    with SummaryWriter(str(session.run.path / "tensorboard")) as writer:

        def write(row: "Row") -> None:
            for name, value in row.items():
                split, _, metric = name.partition("_")
                tag = f"{metric}/{split}" if split in ("train", "validation", "test") else name
                if name != "epoch" and value is not None:
                    writer.add_scalar(tag, value, int(row["epoch"] or 0))

        yield write


def write_report(session: "Session") -> None:
    """Writes report.html and says where it is; or, where the extra is not installed, how to get it."""
    from catnet.cli.report import EXTRA, is_installed

    if not is_installed():
        click.echo(f"no report.html: {EXTRA}, then catnet report {session.run.path}", err=True)
        return
    from catnet.report.page import write_report as write

    click.echo(f"report: {write(session.run.path, session.dataset)}", err=True)


def prepared(
    config: Path, overrides: tuple[str, ...], run_dir: Path | None, progress: Callable[[int, int], None]
) -> "Session":
    """A new training, in a run directory of its own."""
    from catnet.config import load_config
    from catnet.errors import RunInUse
    from catnet.runs.directory import RunDirectory
    from catnet.session import prepare
    from catnet.text import printable

    settings = load_config(config, overrides, override_label="--set")
    if run_dir is not None and run_dir.exists():
        raise RunInUse(f"{printable(run_dir)}: exists already and is not overwritten; give another --run-dir")

    def create_run() -> RunDirectory:
        return RunDirectory.create(run_dir) if run_dir else RunDirectory.create_next(RUNS, config.stem)

    return prepare(settings, create_run, progress)


def resumed(
    run: Path, overrides: tuple[str, ...], allow_changes: bool, progress: Callable[[int, int], None]
) -> "Session":
    """The training of a run, from its last good checkpoint on."""
    from catnet.resume import resume

    return resume(run, overrides, allow_changes, progress, override_label="--set")


def introduction(session: "Session") -> Iterator[str]:
    """What is about to be trained, and on what."""
    from catnet.text import printable

    yield from (f"warning: {warning}" for warning in session.warnings)
    yield from (f"note: {note}" for note in session.notes)
    if session.dataset.skipped:
        where = printable(session.run.path / "skipped.csv")
        yield f"skipped: {len(session.dataset.skipped)} examples, listed in {where}"
    counts = ", ".join(f"{len(split.rows)} {name}" for name, split in session.dataset.splits.items())
    yield f"examples: {counts}"
    model = session.model
    if model.target is not None:
        yield f"target: {printable(model.target)}"
    elif model.negative is not None:
        yield f"classes: 1 is {printable(model.classes[0])}, 0 is {printable(model.negative)}"
    else:
        yield "classes, in the order of the outputs: " + ", ".join(map(printable, model.classes))
    sizes = " -> ".join(map(str, model.network.sizes))
    yield f"network: {sizes}, {model.network.parameter_count} parameters"
    yield f"solver: {session.solver.name} ({session.reason})"
    if session.history:
        yield f"going on after epoch {session.epoch} of {session.config.train.epochs}"


def conclusion(session: "Session", summary: dict[str, Any]) -> Iterator[str]:
    """The final metrics of each split, and where everything is."""
    from catnet.cli.tables import metrics_table
    from catnet.text import printable

    yield metrics_table(summary["metrics"])
    yield ""
    if summary["stopped_early"]:
        yield f"stopped early after epoch {summary['epochs']}"
    if session.validation is not None:
        yield f"best epoch, whose weights these are: {summary['best_epoch']} of {summary['epochs']}"
    yield f"run: {printable(session.run.path)}"


class Interruption:
    """Ctrl-C and SIGTERM ask the training to end after the epoch; a second one ends the process at once."""

    def __init__(self) -> None:
        self.signal: int | None = None

    def is_requested(self) -> bool:
        """Whether a signal has come."""
        return self.signal is not None

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.signal = number
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def __enter__(self) -> "Interruption":
        self._before = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *error: object) -> None:
        self._restore()


@contextmanager
def decoding_bar() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal while the pictures are decoded; nothing in a pipe."""
    from tqdm import tqdm

    with tqdm(desc="decoding", unit=" pictures", leave=False, disable=not sys.stderr.isatty()) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress


@contextmanager
def epoch_display(session: "Session") -> Iterator[Callable[["Row"], None]]:
    """Shows an epoch's cost and metric: in a bar on a terminal, as plain lines in a pipe."""
    from tqdm import tqdm

    epochs, before = session.config.train.epochs, session.epoch
    if sys.stderr.isatty():
        with tqdm(total=epochs, initial=before, unit="epoch", dynamic_ncols=True, bar_format=BAR) as bar:

            def show(row: "Row") -> None:
                if bar.update():  # drawn, with the words of the time before
                    bar.set_postfix_str(in_short(session, row))

            yield show
            if session.epoch > before:
                bar.set_postfix_str(in_short(session, session.history[-1]))
        return

    last = time.monotonic()

    def print_line(row: "Row") -> None:
        nonlocal last
        epoch = int(row["epoch"] or 0)
        tenth = epoch % max(1, epochs // PLAIN_LINES) == 0
        if epoch == before + 1 or epoch == epochs or tenth or time.monotonic() - last > SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            click.echo(f"epoch {epoch}/{epochs}: {describe(session, row)}", err=True)

    yield print_line


def describe(session: "Session", row: "Row", digits: int = 6) -> str:
    """The cost, the validation cost where there is one, and the goal's first metric."""
    from catnet.text import number

    parts = [f"train_cost {row['train_cost']:.{digits}g}"]
    if "validation_cost" in row:
        value = row["validation_cost"]
        parts.append(f"validation_cost {'-' if value is None else f'{value:.{digits}g}'}")
    name, value = session.headline()
    return ", ".join([*parts, f"{name} {number(value)}"])


def in_short(session: "Session", row: "Row") -> str:
    """The same with shorter names and numbers, so that it fits on a terminal of 80 columns beside the bar."""
    description = describe(session, row, digits=4)
    return description.replace("train_cost", "cost").replace("validation_", "val_").replace("train_", "")
