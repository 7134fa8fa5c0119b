"""Metrics as tables in plain text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catnet.data.split_names import WORDS
from catnet.evaluation.metrics import OF_CLASS, WITHOUT_DUPLICATES
from catnet.goals import METRICS
from catnet.question import Question
from catnet.text import metric_name, number, printable, score, some_of, unmarked


def aligned(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """The rows as lines with columns of equal width, those of `right` flush right."""
    rows = [list(map(unmarked, row)) for row in rows]
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
    splits = with_and_without(splits)
    present = [name for name in METRICS if any(name in split for split in splits.values())]
    header = ["", *(cell for name in splits for cell in (name, "trivial"))]
    examples = ["examples", *(cell for split in splits.values() for cell in (str(split["examples"]), ""))]
    rows = [[name, *metric_cells(splits, name)] for name in present]
    return aligned([header, examples, *rows], right=range(1, len(header)))


def with_and_without(splits: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The splits, each followed by the same without the examples that are also in the training data, if it has some."""
    found = {}
    for name, metrics in splits.items():
        found[name] = metrics
        others = metrics.get(WITHOUT_DUPLICATES)
        if others is not None and others["examples"]:
            found[f"{name} without duplicates"] = others
    return found


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


def duplicates_of(question: Question, splits: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The sentence of `without_duplicates` about each split that has duplicates."""
    sentences = (without_duplicates(question, name, metrics) for name, metrics in splits.items())
    yield from filter(None, sentences)


def without_duplicates(question: Question, name: str, metrics: Mapping[str, Any]) -> str | None:
    """How much the duplicates help, in a sentence, by what `evaluate` has found on a split; None if there are none."""
    apart = metrics.get(WITHOUT_DUPLICATES)
    if apart is None:
        return None
    count, headline = metrics["examples"] - apart["examples"], question.kind.headline
    what = f"{WORDS[name]} {question.examples}" if name in WORDS else question.examples
    sentence = f"{some_of(count, metrics['examples'], what)} also in the training data"
    if not apart["examples"]:
        return f"{sentence}: nothing is known of how well others are answered."
    others = "it" if count == 1 else "them"
    return f"{sentence}; without {others} {metric_name(headline)} is {score(headline, apart[headline])}."
