"""Metrics as tables in plain text."""

from collections.abc import Mapping, Sequence
from typing import Any

from catnet.goals import METRICS
from catnet.text import number, printable


def aligned(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """The rows as lines with columns of equal width, those of `right` flush right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
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
    header = ["", *(cell for name in splits for cell in (name, "trivial"))]
    rows = [header, ["examples", *(cell for split in splits.values() for cell in (str(split["examples"]), ""))]]
    present = [name for name in METRICS if any(name in split for split in splits.values())]
    for name in present:
        row = [name]
        for split in splits.values():
            trivial = split["trivial"]
            row += [number(split.get(name)), number(trivial[name]) if name in trivial else ""]
        rows.append(row)
    return aligned(rows, right=range(1, len(header)))


def class_table(metrics: Mapping[str, Any]) -> str:
    """A line per class: precision, recall, F1, AUC, and how many examples there are of it."""
    names = ("precision", "recall", "f1", "auc")
    rows = [["class", *names, "examples"]]
    for label, scores in metrics["per_class"].items():
        rows.append([printable(label), *(number(scores[name]) for name in names), str(scores["support"])])
    return aligned(rows, right=range(1, 6))


def confusion_table(matrix: Sequence[Sequence[int]], classes: Sequence[str]) -> str:
    """A line per true class, a column per predicted one."""
    names = [printable(label) for label in classes]
    rows = [["true \\ predicted", *names]]
    rows += [[name, *map(str, counts)] for name, counts in zip(names, matrix, strict=True)]
    return aligned(rows, right=range(1, len(names) + 1))
