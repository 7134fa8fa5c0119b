"""A tune on one page: what can be believed, the trials, best first, and the metric against each setting."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from catnet.config.dump import as_written
from catnet.config.tune_section import LOG, LOG_FROM, SCALE
from catnet.data.split_names import WORDS
from catnet.engine.types import Array
from catnet.evaluation.beside import Beside as BesideIt
from catnet.evaluation.beside import against
from catnet.evaluation.metrics import TRIVIAL
from catnet.goals import METRICS
from catnet.report.axes import Axis, axis, log_axis
from catnet.report.figures import Figure, Legend, capital
from catnet.report.plot import Plot
from catnet.report.ranking_words import signed
from catnet.report.svg import COLOURS
from catnet.report.verdict import better_or_worse, trivial_answer
from catnet.runs.layout import REPORT
from catnet.selection.beside import config_of, is_read_alike
from catnet.selection.measured import these_folds
from catnet.selection.trials_file import Finished
from catnet.selection.tuned import Tuned, is_finalist, of_folds
from catnet.text import counted, isolated, metric_name, number, printable, score, short

RADIUS, BEST = 2.6, 4.6  # of a trial's dot, and of the best one's
LONGEST, SHORT = 100, 14  # characters of a setting: in the table, at an axis
FARTHEST = 100.0  # times the least error: a greater one is at the edge of a figure
LEGEND: Legend = ((COLOURS[1], "trained to the end; the best is large"), (COLOURS[0], "stopped before"))


def write_page(found: Tuned) -> Path:
    """Writes report.html into the folder of a tune; returns its path. Raises OutputError."""
    from catnet.report.page import write  # late, because the words of this module need no extra

    path = found.tuning.folder.path / REPORT
    write(path, render(found))
    return path


def render(found: Tuned) -> str:
    """The page of a tune."""
    from catnet.report.page import filled

    tuning = found.tuning
    keys = tuning.trials.keys
    values = {
        "title": f"Tune {isolated(tuning.folder.path.name)}",
        "sentences": sentences(found),
        "searched": f"{counted(len(found.ranked), 'trial')} on {of_folds(tuning)}",
        "estimate": found.to_believe,
        "measured_how": how(found),
        "metric": tuning.metric,
        "beside_columns": beside_columns(found),
        "beside": beside_rows(found),
        "about_beside": about_beside(found),
        "best": [(isolated(key), [cell]) for key, cell in zip(keys, settings(found, found.winner), strict=True)],
        "columns": ["epochs", "folds", metric_name(tuning.metric), "deviation", *map(isolated, keys)],
        "rows": [(f"trial {row.trial}", cells(found, row)) for row in found.ranked if not row.failed],
        "failed": [(f"trial {row.trial}", row.failed, settings(found, row)) for row in found.ranked if row.failed],
        "figures": [figure for key in keys if (figure := figure_of(found, key)) is not None],
    }
    return filled("tune.html", values)


def sentences(found: Tuned) -> list[str]:
    """What was found, what can be believed, and whether the best settings are better than other answers."""
    return [*found.sentences, *against_others(found)]


def against_others(found: Tuned) -> Iterator[str]:
    """Whether the best settings are better than the trivial answer and the linear ones, and by more than chance."""
    if found.beside is None:
        return
    metric, question, others = found.tuning.metric, found.tuning.pool.dataset.question, dict(found.beside.others)
    trivial = others.pop(TRIVIAL)
    mean = "the mean" if found.measured is None else "the training mean"
    constant = trivial_answer(question, np.array(found.beside.constant)[:, np.newaxis], mean)
    own = found.to_believe.value
    judged = better_or_worse(metric, own, trivial.value, trivial.is_sure) if trivial.difference else "no better"
    yield f"The trivial answer, always {constant}, scores {score(metric, trivial.value)}: the network is {judged}."
    if others:
        yield against(metric, [BesideIt(of.inputs, of.value, of.difference, of.is_sure) for of in others.values()])
    yield from (f"There is no baseline {name}: {printable(why)}." for name, why in found.beside.left_out.items())


def beside_columns(found: Tuned) -> list[str]:
    """What the rows of other answers have."""
    return [metric_name(found.tuning.metric), "lead", "95% interval"]


def beside_rows(found: Tuned) -> list[tuple[str, list[str]]]:
    """The metric of the best settings, and a row for each other answer: its own, and how far they are from it."""
    if found.beside is None:
        return []
    metric = found.tuning.metric
    rows = [("best settings", [score(metric, found.to_believe.value), "", ""])]
    for name, of in found.beside.others.items():
        between = "-" if of.low is None or of.high is None else f"{signed(metric, of.low)} to {signed(metric, of.high)}"
        lead = signed(metric, of.difference) + ("*" if of.is_sure else "")
        rows.append((name, [score(metric, of.value), lead, between]))
    return rows


def about_beside(found: Tuned) -> str:
    """What the rows of other answers are."""
    where, of = these_folds(found.by_folds.folds), found.measured
    if of is not None:
        where = f"the {of.examples} {WORDS[of.source]} {found.tuning.pool.dataset.question.examples}"
    is_alike = is_read_alike(found.tuning, config_of(found.tuning, found.winner.trial))
    read = "" if is_alike else ", of the data as the best settings read it"
    better = " (below 0 it is better)" if METRICS[found.tuning.metric].smaller_is_better else ""
    return (
        f"Measured on {where}{read}. "
        f"Lead: the best settings minus the other answer{better}; with * it is more than chance."
    )


def how(found: Tuned) -> str:
    """On what the estimate to believe was measured."""
    if found.measured is not None:
        return "on data that did not choose them"
    return "by folds that are left out of the choice" if found.is_chosen else "by folds"


def cells(found: Tuned, row: Finished) -> list[str]:
    """What is known of a trial, and its settings."""
    measured = [str(row.epochs), str(len(row.values)), number(row.mean), number(row.deviation)]
    return [*measured, *settings(found, row)]


def settings(found: Tuned, row: Finished) -> list[str]:
    """The settings of a trial, as YAML spells them."""
    point = found.point(row.trial)
    return [in_short(point[key], LONGEST) if key in point else "-" for key in found.tuning.trials.keys]


def in_short(value: object, length: int) -> str:
    """A value as YAML spells it, cut off if it is long."""
    return isolated(short(as_written(value, in_one_line=True), length))


def figure_of(found: Tuned, key: str) -> Figure | None:
    """The metric of each trial against one of its settings; None if no trial that has it was measured."""
    tuning = found.tuning
    rows = [row for row in found.ranked if row.values and key in found.point(row.trial)]
    if not rows:
        return None
    given = [found.point(row.trial)[key] for row in rows]
    across, x = placed(key, tuning.settings.search[key], given)
    y = np.array([row.mean for row in rows], np.float64)
    ended = np.array([is_finalist(tuning, row) for row in rows])
    name, (upright, y, beyond) = metric_name(tuning.metric), measured_on(tuning.metric, y)
    plot = Plot(f"{capital(name)} over {key}", across, upright)
    radius = np.array([BEST if row is found.winner else RADIUS for row in rows])
    groups = ((~ended & ~beyond, COLOURS[0], 0.6), (ended & ~beyond, COLOURS[1], 0.9), (beyond, COLOURS[3], 0.9))
    for which, colour, opacity in groups:
        plot.dots(x[which], y[which], colour, radius[which], opacity)
    best = f"the best has {in_short(given[0], LONGEST)}" if rows[0] is found.winner else "the best has no such setting"
    legend = tuple(entry for entry, is_there in zip(LEGEND, (ended.any(), not ended.all()), strict=True) if is_there)
    told = f"{name} of {counted(len(rows), 'trial')} over {key}: {best}"
    if beyond.any():
        worst = max(row.mean or 0.0 for row in rows)
        off = f"at the edge: {counted(int(beyond.sum()), 'trial')} beyond it, up to {score(tuning.metric, worst)}"
        legend, told = (*legend, (COLOURS[3], off)), f"{told}; {off}"
    return Figure(plot.svg(), told, legend)


def measured_on(metric: str, y: Array) -> tuple[Axis, Array, Array]:
    """The axis of a metric, where values (trials,) are on it, and which of them are beyond its end.

    It is logarithmic, so that a bad trial does not make the good ones look alike, if the greatest of errors is LOG_FROM
    times the least; and ends at FARTHEST times that.
    """
    least = float(y.min())
    has_no_end = math.isinf(METRICS[metric].bounds[1])
    if not has_no_end or least <= 0 or y.max() / LOG_FROM < least:
        return axis("", y), y, np.zeros(len(y), bool)
    end = FARTHEST * least
    shown = np.minimum(y, end)
    return log_axis("", shown), np.log10(shown), y > end


def placed(key: str, searched: Any, given: Sequence[Any]) -> tuple[Axis, Array]:
    """The axis of a setting, and where each value is on it, (trials,): a number, or its place in the list."""
    if isinstance(searched, list):
        names = tuple(short(as_written(value, in_one_line=True), SHORT) for value in searched)
        ticks = np.arange(len(searched))
        return Axis(key, -0.5, len(searched) - 0.5, ticks, names, named=True), np.array(
            [searched.index(each) for each in given]
        )
    values = np.array(given, np.float64)
    if searched[SCALE] != LOG:
        return axis(key, values), values
    return log_axis(key, values), np.log10(values)
