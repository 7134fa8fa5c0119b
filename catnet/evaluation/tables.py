"""Metrics as tables in plain text."""

from collections.abc import Mapping, Sequence
from typing import Any

from catnet.evaluation.metrics import OF_CLASS
from catnet.goals import METRICS
from catnet.text import number, printable


def aligned(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """The rows as lines with columns of equal width, those of `right` flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def metrics_table(splits: Mapping[str, Mapping[str, Any]]) -> str:
    """A line per metric, for each split its value and, beside it, what the trivial answer scores."""
    present = [name for name in METRICS if any(name in split for split in splits.values())]
    header = ["", *(cell for name in splits for cell in (name, "trivial"))]
    examples = ["examples", *(cell for split in splits.values() for cell in (str(split["examples"]), ""))]
    rows = [[name, *metric_cells(splits, name)] for name in present]
    return aligned([header, examples, *rows], right=range(1, len(header)))


def metric_cells(splits: Mapping[str, Mapping[str, Any]], metric: str) -> list[str]:
    """For each split the metric, and that of the trivial answer, which has no cost."""
    cells = []
    for split in splits.values():
        trivial = split["trivial"]
        cells += [number(split.get(metric)), number(trivial[metric]) if metric in trivial else ""]
    return cells


def class_table(metrics: Mapping[str, Any]) -> str:
    """A line per class: precision, recall, F1, AUC, and how many examples there are of it."""
    rows = [[printable(label), *class_cells(scores)] for label, scores in metrics["per_class"].items()]
    return aligned([["class", *OF_CLASS, "examples"], *rows], right=range(1, 6))


def class_cells(scores: Mapping[str, Any]) -> list[str]:
    """A class's precision, recall, F1 and AUC, and how many examples there are of it."""
    return [*(number(scores[name]) for name in OF_CLASS), str(scores["support"])]


def confusion_table(matrix: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """A line per true class, a column per predicted one."""
    names = [printable(label) for label in classes]
    rows = [["true \\ predicted", *names]]
    rows += [[name, *map(str, counts)] for name, counts in zip(names, matrix, strict=True)]
    return aligned(rows, right=range(1, len(names) + 1))
