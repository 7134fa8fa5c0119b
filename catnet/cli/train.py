"""catnet train"""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from catnet.cli import options
from catnet.cli.advice import if_moved
from catnet.cli.cluster import cluster_at
from catnet.cli.events import event_log
from catnet.cli.extras import require_tensorboard
from catnet.cli.interruption import Interruption, ignore_further
from catnet.cli.progress import decoding_bar, epoch_display
from catnet.config import Config, load_config
from catnet.engine.parallel import use_threads
from catnet.errors import ClusterError, ConfigError
from catnet.evaluation.tables import about_baselines, duplicates_of, metrics_table
from catnet.report import EXTRA, is_installed
from catnet.report.facts import Facts, of_training
from catnet.report.learning import which_epoch, why_kept
from catnet.report.noticed import in_lines
from catnet.report.rates import uneven
from catnet.runs.find import run_of
from catnet.runs.layout import CHECKPOINTS, CONFIG, SKIPPED, SUFFIX
from catnet.text import counted, printable
from catnet.training.build import Adapted, as_it_is
from catnet.training.loop import finish
from catnet.training.loop import train as epochs_of
from catnet.training.needs import needs_of_session
from catnet.training.resume import resume as resume_run
from catnet.training.save import last_good, last_saved
from catnet.training.session import Session, start


@click.command()
@click.argument("config", type=options.CONFIG, required=False)
@options.overrides
@click.option("--run-dir", type=options.OUTPUT, help="The directory to make for the run.  [default: runs/CONFIG-001]")
@click.option(
    "--threads", type=click.IntRange(1), help="Threads for matrix products.  [default: as many as processors]"
)
@options.cluster
@click.option("--even-if-slower", is_flag=True, help="With --cluster: train there even if this machine is quicker.")
@click.option("--log", type=click.Choice(["tensorboard"]), help="Also write event files, in RUN/tensorboard.")
@click.option("--no-report", is_flag=True, help="Write no report.html.")
@click.option("--resume", type=options.RUN, metavar="RUN", help="Resume the training of a run.")
@click.option("--allow-changes", is_flag=True, help="With --resume: resume even if something has changed since.")
def train(
    config: Path | None,
    overrides: tuple[str, ...],
    run_dir: Path | None,
    threads: int | None,
    cluster: str | None,
    even_if_slower: bool,
    log: str | None,
    no_report: bool,
    resume: Path | None,
    allow_changes: bool,
) -> None:
    """Trains the network that CONFIG describes, or resumes a training that was stopped.

    The run directory gets the resolved configuration, metrics.csv, checkpoints, the best model, and summary.json; and,
    if the extra `report` is installed, report.html.

    \b
    Examples:
      catnet train configs/cat.yaml
      catnet train configs/animal.yaml --set train.epochs=50 --set model.hidden_layers=[32]
      catnet train configs/houses.yaml --run-dir runs/houses-adam --set train.optimizer=adam
      catnet train configs/animal.yaml --cluster tcp://10.0.0.5:8786
      catnet train --resume runs/animal-001
      catnet train --resume runs/animal-001 --set train.epochs=100 --allow-changes
    """
    if resume is not None and (config is not None or run_dir is not None):
        raise click.UsageError("--resume RUN goes with neither CONFIG nor --run-dir: both are in the run.")
    if allow_changes and resume is None:
        raise click.UsageError("--allow-changes goes with --resume RUN.")
    if even_if_slower and cluster is None:
        raise click.UsageError("--even-if-slower goes with --cluster ADDRESS.")
    if log is not None:
        require_tensorboard()
    if threads is not None and use_threads(threads) < threads:
        click.echo(f"note: the system starts no more threads: one is used instead of {threads}", err=True)
    settings = None if resume is not None else settings_of(config, overrides)  # before a cluster is asked
    with training_on(cluster, even_if_slower) as adapted:
        with decoding_bar() as progress:
            if resume is not None:
                fix = "--set data.path=... names its place; add --allow-changes if it has also changed"
                with if_moved(fix):
                    session = resume_run(resume, overrides, allow_changes, progress, options.SET, adapted=adapted)
            else:
                assert config is not None and settings is not None
                session = start(settings, config.stem, run_dir, progress, adapted)
        with naming_how_to_resume(session):
            follow(session, log, report=not no_report)


@contextmanager
def training_on(address: str | None, even_if_slower: bool) -> Iterator[Adapted]:
    """What has a training done on the cluster at an address, if it then ends sooner; here, without an address."""
    with cluster_at(address) as cluster:
        if cluster is None:
            yield as_it_is
            return
        from catnet.cluster.rounds import on_workers  # late, because it imports Dask

        for warning in cluster.other_kernels:
            click.echo(f"warning: {warning}", err=True)

        yield on_workers(cluster, None if even_if_slower else lambda found: click.echo(str(found), err=True))


@contextmanager
def naming_how_to_resume(session: Session) -> Iterator[None]:
    """Adds to the error of a cluster how to go on from the last checkpoint."""
    try:
        yield
    except ClusterError as error:
        run = printable(shlex.quote(str(session.run.path)))
        how = f"catnet train --resume {run}, with or without --cluster" if last_saved(session) else "train again"
        raise ClusterError(f"{error}\n{last_good(session)} Go on with: {how}") from error


def follow(session: Session, log: str | None, report: bool) -> None:
    """Trains, and shows how it goes and how it ended."""
    click.echo("\n".join(introduction(session, report and is_installed())), err=True)
    told = len(session.warnings)
    try:
        with Interruption() as interruption, epoch_display(session) as show, event_log(session, log) as write_events:
            for row in epochs_of(session, stop=interruption.is_requested):
                show(row)
                write_events(row)
    finally:
        rounds = session.setup.task.rounds
        for warning in [*session.warnings[told:], *(rounds.warnings if rounds else ())]:
            click.echo(f"warning: {warning}", err=True)
    if interruption.signal is not None:
        say_how_to_resume(session)
        raise click.exceptions.Exit(128 + interruption.signal)
    summary = finish(session)
    facts = of_training(session, summary)
    try:
        click.echo("\n".join(conclusion(session, summary, facts)))
    finally:  # also if nobody reads the conclusion any more
        if report:
            session.run.require_lock()
            write_report(facts)


def settings_of(config: Path | None, overrides: Sequence[str]) -> Config:
    """Those of a new run. Raises UsageError without a configuration file; ConfigError."""
    if config is None:
        raise click.UsageError("Missing argument 'CONFIG', or --resume RUN.")
    refuse_a_run(config)
    return load_config(config, overrides, options.SET)


def refuse_a_run(config: Path) -> None:
    """Raises ConfigError if the path, which should be a configuration's, is that of a run or of a model."""
    run = config if (config / CONFIG).is_file() and (config / CHECKPOINTS).is_dir() else None
    if config.suffix.lower() == SUFFIX and config.is_file():
        run = run_of(config)
    if run is not None:
        shown = printable(shlex.quote(str(run)))
        raise ConfigError(
            f"{printable(config)}: is a run, not a configuration file\n"
            f"to resume its training: catnet train --resume {shown}\n"
            f"to train again as it was trained: catnet train {shown}/{CONFIG}"
        )


def say_how_to_resume(session: Session) -> None:
    """After an interruption."""
    ignore_further()
    run = printable(shlex.quote(str(session.run.path)))
    click.echo(f"Interrupted after epoch {session.epoch}, which is saved. Resume with:", err=True)
    click.echo(f"  catnet train --resume {run}", err=True)


def introduction(session: Session, has_report: bool) -> Iterator[str]:
    """What is about to be trained, and on which data."""
    dataset, model = session.setup.dataset, session.setup.model
    path, read = session.setup.config.data.path, session.setup.read
    yield f"data: {printable(path)}"
    yield from (f"  {line}" for line in read.lines(path))
    if dataset.skipped:
        skipped = f"{counted(len(dataset.skipped), 'example')}, listed in {printable(session.run.path / SKIPPED)}"
        yield f"  skipped: {skipped}"
        yield from (f"    {reason}" for reason in read.reasons())
    yield from (f"warning: {warning}" for warning in session.warnings)
    yield from (f"note: {note}" for note in session.notes)
    sizes = " -> ".join(map(str, model.network.sizes))
    yield f"network: {sizes}, {model.network.parameter_count} parameters"
    if (trained := session.setup.task.network) != model.network:
        sizes = " -> ".join(map(str, trained.sizes))
        yield f"trained: {sizes}, {trained.parameter_count} parameters; the whitening is folded into them"
    settings = session.setup.config.train
    if settings.label_smoothing or not settings.augment.numbers.is_none:
        yield f"train_cost {uneven(session.setup.config, model.question.examples)}"
    yield f"solver: {session.solver.name} ({session.facts.solver.reason})"
    unless = ", unless it stops early" if settings.early_stopping is not None else ""
    if session.setup.task.rounds is None:
        yield f"{needs_of_session(session, has_report)}{unless}"
    if session.history:
        yield f"resuming after epoch {session.epoch} of {session.setup.config.train.epochs}"


def conclusion(session: Session, summary: dict[str, Any], facts: Facts) -> Iterator[str]:
    """The final metrics of each split, what was noticed, and where everything is."""
    settings = session.setup.config.train
    yield metrics_table(summary["metrics"])
    yield ""
    yield from about_baselines(summary["baselines"])
    yield from duplicates_of(session.setup.model.question, summary["metrics"])
    if summary["stopped_early"]:
        yield f"stopped early after epoch {summary['epochs']}"
    if session.setup.validation is not None:
        yield f"{which_epoch(settings)}: {summary['best_epoch']} of {summary['epochs']}{why_kept(settings)}"
    yield from in_lines(facts)
    yield f"run: {printable(session.run.path)}"


def write_report(facts: Facts) -> None:
    """Writes report.html and says where it is; if the extra is not installed, says how to get it."""
    if not is_installed():
        click.echo(f"no report.html: {EXTRA}, then catnet report {printable(facts.run.path)}", err=True)
        return
    from catnet.report.page import write_page  # which needs the extra

    click.echo(f"report: {printable(write_page(facts))}", err=True)
