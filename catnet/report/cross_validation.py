"""What the page of a cross-validation shows, and what its command prints: the same words and rows."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from catnet.config import dump_config
from catnet.data.omission import set_apart
from catnet.data.split_names import WORDS
from catnet.report.answers import Answers, about_answers, confusion, names_of, per_class
from catnet.report.contents import TITLE, meter
from catnet.report.examples import standing_out, words
from catnet.report.figures import answer_figures
from catnet.report.fold_verdict import verdict
from catnet.report.learning_curve import curve_contents
from catnet.report.thumbnails import picture
from catnet.runs.layout import REPORT
from catnet.selection.cross_validation import CrossValidation
from catnet.selection.estimates import Estimate
from catnet.selection.learning_curve import LearningCurve
from catnet.selection.plan import Plan
from catnet.selection.pool import Pool
from catnet.text import are, counted, in_brief, isolated, metric_name, number, short

FOLDS = 200  # trainings of a table with a row for each
COLUMNS = 4  # of a row that are shown


def write_page(found: CrossValidation, curve: LearningCurve | None, folder: Path) -> Path:
    """Writes report.html into the folder of a cross-validation; returns its path. Raises OutputError.

    It needs the extra `report`.
    """
    from catnet.report.page import filled, write  # late, because the words of this module need no extra

    path = folder / REPORT
    write(path, filled("cross_validation.html", contents(found, curve, folder)))
    return path


def contents(found: CrossValidation, curve: LearningCurve | None, folder: Path) -> dict[str, Any]:
    """All that the template shows, by the names it has there."""
    pool, question = found.pool, found.pool.dataset.question
    judged, metrics = verdict(found), found.metrics
    answers = Answers(question, pool.names, pool.labels, found.answers.mean(axis=0))
    figures, path = answer_figures(answers), pool.config.data.path
    skipped = [(bad.name, bad.reason) for bad in pool.dataset.skipped]
    return {
        "title": folder.name,
        "question": question,
        "names": in_brief(names_of(question), TITLE),
        "verdict": judged,
        "measured_on": f"{counted(found.plan.count, 'fold')}{repeated(found)}",
        "measured": f"the mean of {len(found.folds)} trainings",
        "meter": meter(judged),
        "notes": found.notes,
        "metrics": list(metric_rows(found)),
        "metric_columns": METRIC_COLUMNS,
        "about_metrics": about_metrics(found),
        "folds": fold_rows(found)[:FOLDS],
        "trainings": len(found.folds),
        "repeats": found.plan.repeats,
        "about_folds": about_folds(found),
        "curve": None if curve is None else curve_contents(curve),
        "confusion": confusion(question, metrics),
        **per_class(metrics),
        "answers": figures,
        "about_answers": about_answers(question, metrics, len(figures)),
        "groups": groups(found, answers),
        "path": path,
        "read": list(pool.dataset.read.lines(path)),
        "about_pool": about_pool(pool, found.plan),
        "data_notes": set_apart(pool.dataset.notes)[1],
        "skipped_files": skipped,
        "skipped": len(dict(skipped)),
        "examples": question.examples,
        "config_lines": dump_config(pool.config).splitlines(),
    }


def repeated(found: CrossValidation) -> str:
    """`, 3 times` if there are repeats."""
    return f", {found.plan.repeats} times" if found.plan.repeats > 1 else ""


def about_pool(pool: Pool, plan: Plan) -> str:
    """What is put together and divided."""
    what = pool.dataset.question.examples
    alike = pool.m - pool.different
    together = f"; {alike} {are(alike)} like another one, and in the same fold" if alike else ""
    unused = ". The test data is not used" if "test" in pool.dataset.splits else ""
    splits = " and ".join(WORDS[name] for name in pool.splits)
    return f"{plan.count} folds of the {pool.m} {what} of the {splits} data{together}{unused}."


METRIC_COLUMNS = ("mean", "deviation", "95% interval", "together", "trivial")


def metric_rows(found: CrossValidation) -> Iterator[tuple[str, list[str]]]:
    """A row per metric, with what METRIC_COLUMNS name; below the headline metric those of the baselines."""
    together = found.metrics
    for name, of in found.estimates.items():
        yield metric_name(name), [*cells_of(of, together[name]), number(together["trivial"].get(name))]
        if name == found.pool.dataset.question.kind.headline:
            baselines, _ = found.baselines
            yield from ((f"  {key}", [*cells_of(each.found, each.together), ""]) for key, each in baselines.items())


def cells_of(of: Estimate, together: float | None) -> list[str]:
    """An estimate, and the metric of all answers together, in cells."""
    return [number(of.mean), number(of.deviation), interval(of), number(together)]


def interval(of: Estimate) -> str:
    """The interval of an estimate; a dash if there is none."""
    return "-" if of.low is None else f"{number(of.low)} to {number(of.high)}"


def about_metrics(found: CrossValidation) -> str:
    """What the columns of the metrics are."""
    what, repeats = found.pool.dataset.question.examples, found.plan.repeats
    each = f", the mean of {repeats} answers about each" if repeats > 1 else ""
    return (
        f"Mean and deviation are those of the {len(found.folds)} trainings, each measured on its own fold. They learn "
        "from the same examples, so their values are not independent; the interval allows for that (Nadeau and Bengio, "
        f"2003). Together: the answers about all {found.pool.m} {what}{each}."
    )


def fold_rows(found: CrossValidation) -> list[tuple[str, list[str]]]:
    """A row per training: its fold and repeat; how many examples it is tested on and has learned from, the epoch of
    its weights, the training cost then, and the headline metric.
    """
    metric = found.pool.dataset.question.kind.headline
    values = found.values[metric].tolist()
    rows = []
    for place, (fold, part, tested) in enumerate(zip(found.folds, found.plan.parts, found.plan.tested, strict=True)):
        repeat, number_of_fold = divmod(place, found.plan.count)
        learned = [str(len(part.training)), str(fold.epoch), number(fold.train_cost)]
        cells = [str(len(tested)), *learned, number(values[place])]
        rows.append((str(number_of_fold + 1), [str(repeat + 1), *cells] if found.plan.repeats > 1 else cells))
    return rows


def about_folds(found: CrossValidation) -> str:
    """How the trainings were done, and what chose the epoch."""
    solvers = " and ".join(dict.fromkeys(fold.solver for fold in found.folds))
    told = f"{len(found.folds)} trainings by the solver {solvers}, {found.way}."
    chose = [len(part.validation) for part in found.plan.parts]
    if any(chose):
        what = found.pool.dataset.question.examples
        between = f"{min(chose)}" if min(chose) == max(chose) else f"{min(chose)} to {max(chose)}"
        what = what if max(chose) > 1 else what[:-1]
        told += f" The best epoch of each was chosen by {between} other {what}, on which it is not tested."
        told += kept_epochs(found)
    return told


def kept_epochs(found: CrossValidation) -> str:
    """Which epochs were chosen, and how many trainings have only become worse since the first."""
    kept, epochs = [fold.epoch for fold in found.folds], found.pool.config.train.epochs
    among = f"Each kept epoch {min(kept)}" if min(kept) == max(kept) else f"They kept epochs {min(kept)} to {max(kept)}"
    told = f" {among} of {epochs}."
    if 1 not in kept or epochs == 1:
        return told
    first = counted(kept.count(1), "training")
    return f"{told} {first} kept the first, as none was better: lower train.learning_rate, or give more examples."


def groups(found: CrossValidation, answers: Answers) -> dict[str, list[dict[str, Any]]]:
    """The examples that stand out, with their pictures, or the first columns of their rows."""
    return {
        title: [
            shown(found.pool, answers, i, output) for i, output in zip(where.tolist(), outputs.tolist(), strict=True)
        ]
        for title, (where, outputs) in standing_out(answers).items()
    }


def shown(pool: Pool, answers: Answers, i: int, output: int) -> dict[str, Any]:
    """An example, asked about an output."""
    name, (truth, predicted, right, _) = isolated(pool.names[i]), words(answers, i, output)
    told = {"name": name, "truth": truth, "predicted": predicted, "right": right}
    if pool.dataset.image_size is None:
        return {**told, "columns": list(islice(columns_of(pool, i), COLUMNS))}
    pixels = pool.rows(np.array([i])).reshape(*pool.dataset.image_size, -1)
    return {**told, "picture": picture(pixels, f"The picture {name}")}


def columns_of(pool: Pool, i: int) -> Iterator[str]:
    """The columns of a table's row."""
    assert pool.listing is not None and pool.listing.cells is not None
    cells = pool.listing.cells
    for name, value in zip(pool.dataset.question.features or (), cells.values[i].tolist(), strict=True):
        texts = cells.texts.get(name)
        is_missing = value != value
        yield f"{isolated(short(name))}: {'-' if is_missing else short(texts[int(value)]) if texts else f'{value:.6g}'}"
