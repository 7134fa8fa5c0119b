"""What the page of a cross-validation shows of a learning curve, and what its command prints."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from catnet.goals import COST
from catnet.report import svg
from catnet.report.axes import doubling_axis
from catnet.report.figures import Figure, capital
from catnet.selection.learning_curve import LearningCurve
from catnet.text import metric_name, number

MEASURED = ("training", "validation")


def curve_contents(curve: LearningCurve) -> dict[str, Any]:
    """The learning curve: its sentences, its figures and its table."""
    return {
        "sentences": list(curve.sentences),
        "figures": list(curve_figures(curve)),
        "columns": curve_columns(curve),
        "rows": curve_rows(curve),
    }


def curve_figures(curve: LearningCurve) -> Iterator[Figure]:
    """Cost and headline metric, of training and validation data, against the number of examples."""
    question, counts = curve.pool.dataset.question, np.array([point.examples for point in curve.points])
    across = doubling_axis(f"training {question.examples}", counts)
    for name, title in ((COST, "Cost J"), (question.kind.headline, capital(metric_name(question.kind.headline)))):
        measured = [[of[name] for of in (point.train, point.validation)] for point in curve.points]
        columns = np.array(measured, np.float64).T
        lines = [(split, np.log2(counts), values) for split, values in zip(MEASURED, columns, strict=True)]
        told = "; ".join(f"{split} {', '.join(map(number, values.tolist()))}" for split, _, values in lines)
        alt = f"{title} after learning from {', '.join(map(str, counts))} {question.examples}: {told}"
        yield Figure(svg.curves(title, lines, across=across), alt)


def curve_columns(curve: LearningCurve) -> list[str]:
    """What the rows of a learning curve have."""
    metric = metric_name(curve.pool.dataset.question.kind.headline)
    return [f"{split} {what}" for split in MEASURED for what in (COST, metric)]


def curve_rows(curve: LearningCurve) -> list[tuple[str, list[str]]]:
    """A row per point of a learning curve: the number of examples, and what `curve_columns` name."""
    names = (COST, curve.pool.dataset.question.kind.headline)
    return [
        (str(point.examples), [number(of[name]) for of in (point.train, point.validation) for name in names])
        for point in curve.points
    ]
