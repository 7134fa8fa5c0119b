"""catnet tune"""

import json
import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from pathlib import Path

import click

from catnet.cli import options
from catnet.cli.cluster import cluster_at
from catnet.cli.interruption import Interruption, ignore_further
from catnet.cli.progress import bar_on_terminal, decoding_bar
from catnet.cli.trainings import at_once, demand_no_jobs, trainings_by
from catnet.config.dump import as_written
from catnet.data.omission import set_apart
from catnet.data.split_names import WORDS
from catnet.errors import ClusterError, NoSuchData, OutputError, RunTaken
from catnet.evaluation.alignment import aligned
from catnet.report import EXTRA, is_installed
from catnet.report.tuning import about_beside, beside_columns, beside_rows, sentences, write_page
from catnet.runs.layout import BEST_CONFIG, CONFIG
from catnet.selection.disk import bytes_of_checkpoints
from catnet.selection.failures import may_pass
from catnet.selection.halving import BRACKET
from catnet.selection.kept import reserved
from catnet.selection.notes import notes
from catnet.selection.trainings import Trainings
from catnet.selection.trials_file import Finished
from catnet.selection.tune import Specification, begin, finish, specified
from catnet.selection.tune import resume as resume_tune
from catnet.selection.tuned import Tuned, of_folds
from catnet.selection.tuning import Stopped, Tuning
from catnet.text import byte_size, counted, metric_name, number, printable, short

MOST_LINES = 20  # of the table at the end
WIDEST = 40  # characters of a setting
MUCH_DISK = 1e9  # bytes of checkpoints, which are told beforehand


@click.command()
@click.argument("config", type=options.CONFIG, required=False)
@options.overrides
@options.jobs
@options.cluster
@click.option("--resume", type=options.RUN, metavar="FOLDER", help="Go on with a tune that was stopped.")
@click.option("--output", type=options.OUTPUT, help="The folder to make.  [default: tune/CONFIG-001]")
@options.as_json
def tune(
    config: Path | None,
    overrides: tuple[str, ...],
    jobs: int | None,
    cluster: str | None,
    resume: Path | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Tries other settings for CONFIG, those that its section tune lists, and writes the best as a configuration.

    Many settings are trained a little on one fold, the better third of them longer, a third of those to the end on all
    folds. The folder gets trials.csv, best.yaml, a summary, and, if the extra `report` is installed, report.html. The
    test data, or without any the validation data, chooses nothing, and measures the best at the end.

    \b
    Examples:
      catnet tune pets.yaml
      catnet tune pets.yaml --set tune.trials=20 --jobs 2
      catnet tune pets.yaml --cluster local:4
      catnet tune --resume tune/pets-001
      catnet train tune/pets-001/best.yaml
    """
    demand_one(config, resume, overrides, output)
    demand_no_jobs(jobs, cluster)
    wanted = None if config is None else specified(config, overrides, options.SET)  # before the cluster is asked
    with ExitStack() as stack:
        connected = stack.enter_context(cluster_at(cluster))
        tuning = opened(config, wanted, resume, output)
        stack.enter_context(closing(tuning.folder))
        stack.enter_context(naming_how_to_go_on(tuning))
        for line in introduction(tuning, at_once(connected, jobs)):
            click.echo(line, err=True)
        found = searched(tuning, trainings_by(connected, jobs))
        write_report(found)
    click.echo(json.dumps(found.to_json()) if as_json else "\n".join(conclusion(found)))
    click.echo(f"the best settings: catnet train {shell_word(tuning.folder.path / BEST_CONFIG)}", err=True)


def demand_one(config: Path | None, resume: Path | None, overrides: Sequence[str], output: Path | None) -> None:
    """Raises UsageError unless either a new tune or an earlier one is asked for."""
    if resume is None and config is None:
        raise click.UsageError("Missing argument 'CONFIG', or --resume FOLDER.")
    if resume is not None and (config is not None or output is not None):
        raise click.UsageError("--resume FOLDER goes with neither CONFIG nor --output: both are in the folder.")
    if resume is not None and overrides:
        where = printable(resume / CONFIG)
        raise click.UsageError(
            f"--resume takes no --set: the settings are those of {where}. There tune.trials or tune.seconds may be "
            "changed, to search longer; what else is changed needs a new tune."
        )


def opened(config: Path | None, wanted: Specification | None, resume: Path | None, output: Path | None) -> Tuning:
    """A new tune, as CONFIG specifies it, or an earlier one."""
    with decoding_bar() as progress:
        if resume is not None:
            return resume_tune(resume, progress)
        assert config is not None and wanted is not None
        return begin(wanted, config.stem, output, progress)


def searched(tuning: Tuning, opened: AbstractContextManager[Trainings]) -> Tuned:
    """Searches, and says how it goes; if it is stopped, how to go on with it."""
    with Interruption() as interruption:
        stop = interruption.is_requested
        try:
            with opened as trainings:
                with trial_display(tuning) as tell:
                    tuning.search(trainings, stop, tell)
                return finish(tuning, lambda trial: tuning.measure(trial, trainings, stop))
        except Stopped:
            raise interrupted(tuning, interruption.signal or 0) from None


def interrupted(tuning: Tuning, number: int) -> click.exceptions.Exit:
    """Says how to go on after a signal of this number; returns what ends the command."""
    ignore_further()
    click.echo("Interrupted. What the trials have learned is saved. Go on with:", err=True)
    click.echo(f"  catnet tune --resume {shell_word(tuning.folder.path)}", err=True)
    return click.exceptions.Exit(128 + number)


@contextmanager
def naming_how_to_go_on(tuning: Tuning) -> Iterator[None]:
    """Adds how to go on to the error of what could not be written, such as on a full disk, of data that is away, or of
    a cluster; and says it after a Ctrl-C that does not wait for the search to stop.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise interrupted(tuning, signal.SIGINT) from None
    except RunTaken as error:
        raise RunTaken(f"{error}: catnet tune --resume NAME") from error
    except (ClusterError, OutputError, NoSuchData) as error:
        fix = f"Fix that, then go on with: catnet tune --resume {shell_word(tuning.folder.path)}"
        if isinstance(error, ClusterError):
            fix += ", on a cluster or without one"
        kind = next(kind for kind in (ClusterError, NoSuchData, OutputError) if isinstance(error, kind))
        raise kind(f"{error}\n{fix}") from error


def shell_word(path: Path) -> str:
    """A path as a shell takes it."""
    return printable(shlex.quote(str(path)))


def introduction(tuning: Tuning, jobs: int) -> Iterator[str]:
    """What is read, divided and searched, and the disk that it takes, if it is much."""
    pool, settings, kept = tuning.pool, tuning.settings, reserved(tuning.pool)
    path = pool.config.data.path
    yield f"data: {printable(path)}"
    yield from (f"  {line}" for line in pool.dataset.read.lines(path))
    yield from (f"warning: {warning}" for warning in tuning.warnings)
    told = [*set_apart(pool.dataset.notes)[1], *notes(pool, tuning.plan.parts, tuning.plan.tested)]
    yield from (f"note: {note}" for note in told)
    kept_for = f"; the {WORDS[kept]} data is kept for the end" if kept else "; no data is kept for the end"
    yield f"{of_folds(tuning)}{kept_for}"
    first = len(tuning.points.first(settings.trials or BRACKET))
    if settings.trials and first < settings.trials:
        yield f"note: the search has only {counted(first, 'point')}, fewer than tune.trials, {settings.trials}"
    yield from (f"note: {note}" for note in tuning.points.notes)
    budget, rungs = counted(first, "trial"), tuning.rungs(first)
    budget += "" if settings.trials else f" at a time, {settings.seconds:g} s in all"
    then = "; then the others to the end, if there is time" if tuning.may_all_end else ""
    steps = ", ".join(f"{counted(rung.epochs, 'epoch')} on {counted(rung.folds, 'fold')}" for rung in rungs)
    yield f"search: {budget}; {steps}{then}"
    if (needed := bytes_of_checkpoints(tuning, jobs)) > MUCH_DISK:
        yield f"disk: about {byte_size(needed)} for checkpoints, until it has ended"
    yield f"folder: {printable(tuning.folder.path)}"


@contextmanager
def trial_display(tuning: Tuning) -> Iterator[Callable[[Finished, int, int], None]]:
    """A bar of the trials of a rung on a terminal; a line for each in a pipe."""
    metric = tuning.metric
    if not sys.stderr.isatty():

        def print_line(row: Finished, done: int, total: int) -> None:
            said = f"failed: {row.failed}" if row.failed else f"{metric_name(metric)} {number(row.mean)}"
            where = f"{counted(row.epochs, 'epoch')}, {done}/{total}"
            click.echo(f"trial {row.trial} ({where}), {settings_of(tuning, row.trial)}: {said}", err=True)

        yield print_line
        return
    with bar_on_terminal(unit=" trials", leave=False) as bar:
        best: Finished | None = None

        def show(row: Finished, done: int, total: int) -> None:
            nonlocal best
            bar.total = total
            bar.set_description_str(f"{row.epochs} epochs")
            bar.update(done - bar.n)
            if best is None or (-row.rung, row.penalty(metric)) < (-best.rung, best.penalty(metric)):
                best = row
            bar.set_postfix_str(f"best {metric_name(metric)} {number(best.mean)}")

        yield show


def settings_of(tuning: Tuning, trial: int) -> str:
    """`train.learning_rate 0.01, train.optimizer adamw`"""
    return ", ".join(f"{key} {in_short(value)}" for key, value in tuning.points[trial - 1].items())


def in_short(value: object) -> str:
    """A value as YAML spells it, cut off if it is long."""
    return short(as_written(value, in_one_line=True), WIDEST)


def conclusion(found: Tuned) -> Iterator[str]:
    """The best trials, and what can be believed."""
    tuning, keys = found.tuning, found.tuning.trials.keys
    rows: list[Sequence[str]] = [["trial", "epochs", "folds", metric_name(tuning.metric), "deviation", *keys]]
    for row in found.ranked[:MOST_LINES]:
        point = found.point(row.trial)
        settings = [in_short(point[key]) if key in point else "-" for key in keys]
        measured = [number(row.mean), number(row.deviation)]
        rows.append([str(row.trial), str(row.epochs), str(len(row.values)), *measured, *settings])
    yield aligned(rows, right=range(5))
    if (more := len(found.ranked) - MOST_LINES) > 0:
        yield f"... and {counted(more, 'other trial')} in {printable(tuning.trials.path)}"
    if failed := sum(bool(row.failed) for row in found.ranked):
        again = "; --resume trains again those that did not diverge" if any(map(may_pass, found.ranked)) else ""
        yield f"{counted(failed, 'trial')} failed; {printable(tuning.trials.path)} says why{again}"
    if beside := beside_rows(found):
        yield ""
        yield aligned([["", *beside_columns(found)], *([name, *cells] for name, cells in beside)], right=range(1, 4))
        yield about_beside(found)
    yield ""
    yield from sentences(found)


def write_report(found: Tuned) -> None:
    """Writes report.html and says where it is; if the extra is not installed, says how to get it."""
    if not is_installed():
        click.echo(f"no report.html: {EXTRA}", err=True)
        return
    click.echo(f"report: {printable(write_page(found))}", err=True)
