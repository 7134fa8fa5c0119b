"""catnet cross-validate"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from catnet.cli import options
from catnet.cli.cluster import cluster_at
from catnet.cli.interruption import tidied_up
from catnet.cli.progress import bar_on_terminal, decoding_bar
from catnet.cli.trainings import at_once, demand_no_jobs, trainings_by
from catnet.config import Config, load_config
from catnet.data.omission import set_apart
from catnet.evaluation.alignment import aligned
from catnet.report import EXTRA, is_installed
from catnet.report.cross_validation import (
    METRIC_COLUMNS,
    about_folds,
    about_pool,
    metric_rows,
    write_page,
)
from catnet.report.fold_verdict import verdict
from catnet.report.learning_curve import curve_columns, curve_rows
from catnet.runs.layout import ANSWERS
from catnet.selection import cross_validation
from catnet.selection.cross_validation import CrossValidation
from catnet.selection.folder import demand_free, to_json, write
from catnet.selection.learning_curve import LearningCurve, demand_validation, learning_curve
from catnet.selection.notes import demand_unseen, note_on_rate, notes
from catnet.selection.plan import Plan, plan_of
from catnet.selection.pool import Pool, pool_of
from catnet.text import counted, printable

if TYPE_CHECKING:
    from catnet.cluster.connect import Cluster


@click.command("cross-validate")
@options.config
@options.overrides
@click.option(
    "--folds", type=click.IntRange(2), default=5, show_default=True, help="Into how many parts to divide the examples."
)
@click.option(
    "--repeats", type=click.IntRange(1), default=1, show_default=True, help="How often to do so, each time into others."
)
@options.jobs
@options.cluster
@click.option("--learning-curve", "curve", is_flag=True, help="Also train on 1/16 to all of the training examples.")
@click.option("--output", type=options.OUTPUT, help="The folder to make.  [default: cross-validation/CONFIG-001]")
@options.as_json
def cross_validate(
    config: Path,
    overrides: tuple[str, ...],
    folds: int,
    repeats: int,
    jobs: int | None,
    cluster: str | None,
    curve: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Says how good the network that CONFIG describes would be on new data, by training it once per fold.

    Each example of the training and the validation data is answered about by a network that has learned from other
    folds alone. The test data is not touched. The folder gets the answers, a summary, and, if the extra `report` is
    installed, report.html.

    \b
    Examples:
      catnet cross-validate configs/animal.yaml
      catnet cross-validate configs/animal.yaml --folds 10 --repeats 3 --set model.hidden_layers=[64]
      catnet cross-validate configs/animal.yaml --learning-curve
      catnet cross-validate configs/animal.yaml --cluster local:4
    """
    demand_no_jobs(jobs, cluster)
    settings = load_config(config, overrides, options.SET)
    with tidied_up():
        demand_free(config.stem, output)  # said before all is decoded
        with cluster_at(cluster) as connected:
            pool = read(settings, folds, repeats, curve)
            found, grown = trained(pool, folds, repeats, jobs, curve, connected)
        try:
            folder = write(found, grown, config.stem, output)
        finally:  # also if the disk is full
            click.echo(json.dumps(to_json(found, grown)) if as_json else "\n".join(conclusion(found, grown)))
        click.echo(f"answers: {printable(folder / ANSWERS)}", err=True)
        show_page(found, grown, folder)


def read(settings: Config, folds: int, repeats: int, curve: bool) -> Pool:
    """Reads the data, and says what it is and how it is divided. Raises ConfigError if that is impossible."""
    with decoding_bar() as progress:
        pool = pool_of(settings, progress)
    demand_unseen(pool)
    plan = plan_of(pool, folds, repeats)
    if curve:
        demand_validation(pool)
    click.echo("\n".join(introduction(pool, plan)), err=True)
    return pool


def trained(
    pool: Pool, folds: int, repeats: int, jobs: int | None, curve: bool, connected: "Cluster | None"
) -> tuple[CrossValidation, LearningCurve | None]:
    """Trains all, here or on a cluster; a learning curve too, if it is asked for."""
    with trainings_by(connected, jobs) if connected else nullcontext() as trainings:
        with training_bar("training") as progress:
            at = at_once(connected, jobs)
            found = cross_validation.cross_validate(pool, folds, repeats, at, progress, trainings)
        if not curve:
            return found, None
        with training_bar("learning curve") as progress:
            return found, learning_curve(pool, progress, trainings)


@contextmanager
def training_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar of the trainings on a terminal; a line for each in a pipe."""
    if not sys.stderr.isatty():
        yield lambda done, total: click.echo(f"{what} {done}/{total}", err=True)
        return
    with bar_on_terminal(desc=what, leave=False) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress


def introduction(pool: Pool, plan: Plan) -> Iterator[str]:
    """What was read, and how it is divided."""
    path, dataset = pool.config.data.path, pool.dataset
    yield f"data: {printable(path)}"
    yield from (f"  {line}" for line in dataset.read.lines(path))
    if dataset.skipped:
        yield f"  skipped: {counted(len(dataset.skipped), 'example')}"
        yield from (f"    {reason}" for reason in dataset.read.reasons())
    of_folds = [*notes(pool, plan.parts, plan.tested), *note_on_rate(pool, plan.parts[0])]
    told = [*set_apart(dataset.notes)[1], *of_folds]
    yield from (f"note: {note}" for note in told)
    yield about_pool(pool, plan)


def conclusion(found: CrossValidation, curve: LearningCurve | None) -> Iterator[str]:
    """The estimate of each metric, and what it says."""
    yield aligned([["", *METRIC_COLUMNS], *([name, *cells] for name, cells in metric_rows(found))], right=range(1, 6))
    yield ""
    yield about_folds(found)
    yield from verdict(found).sentences
    if curve is not None:
        yield ""
        header = [curve.pool.dataset.question.examples, *curve_columns(curve)]
        yield aligned([header, *([count, *cells] for count, cells in curve_rows(curve))], right=range(len(header)))
        yield ""
        yield from curve.sentences


def show_page(found: CrossValidation, curve: LearningCurve | None, folder: Path) -> None:
    """Writes report.html and says where it is; if the extra is not installed, says how to get it."""
    if not is_installed():
        click.echo(f"no report.html: {EXTRA}", err=True)
        return
    click.echo(f"page: {printable(write_page(found, curve, folder))}", err=True)
