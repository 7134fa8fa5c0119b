"""Metrics as tables in plain text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from catnet.data.split_names import WORDS
from catnet.engine.types import Array
from catnet.evaluation.alignment import aligned
from catnet.evaluation.baselines import INPUTS, LEFT_OUT, NAMES
from catnet.evaluation.metrics import BASELINES, MATRIX, OF_CLASS, TRIVIAL, WITHOUT_DUPLICATES, confusions
from catnet.goals import GOALS, METRICS
from catnet.question import Question
from catnet.text import metric_name, number, printable, score, some_of

CLASSES = 40  # of a table that has a line, or a column, for each; of more, what is worst


def metrics_table(splits: Mapping[str, Mapping[str, Any]]) -> str:
    """A line per metric, for each split its value and, beside it, what the trivial answer scores. Below the headline
    metric, what the other baselines score.
    """
    splits = with_and_without(splits)
    present = [name for name in METRICS if any(name in split for split in splits.values())]
    header = ["", *(cell for name in splits for cell in (name, TRIVIAL))]
    examples = ["examples", *(cell for split in splits.values() for cell in (str(split["examples"]), ""))]
    rows = [[name, *metric_cells(splits, name)] for name in present]
    headline = next(goal.headline for goal in GOALS.values() if {*goal.metrics} <= {*present})
    place = present.index(headline) + 1
    rows[place:place] = [[f"  {name}", *cells] for name, cells in baseline_rows(splits, headline)]
    return aligned([header, examples, *rows], right=range(1, len(header)))


def baseline_rows(splits: Mapping[str, Mapping[str, Any]], metric: str) -> list[tuple[str, list[str]]]:
    """For each baseline its metric on each split, in the cells of `metric_cells`."""
    rows = []
    for name in NAMES:
        found = [split.get(BASELINES, {}).get(name) for split in splits.values()]
        if any(found):
            rows.append((name, [cell for one in found for cell in (number(one[metric]) if one else "", "")]))
    return rows


def about_baselines(baselines: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What the baselines of a summary are, in a sentence; and one about each that was left out."""
    there = [f"{name}, on {facts[INPUTS]}" for name, facts in baselines.items() if LEFT_OUT not in facts]
    if there:
        yield f"Best linear answers, by ridge regression: {'; '.join(there)}."
    for facts in baselines.values():
        if LEFT_OUT in facts:
            yield f"There is no baseline on {facts[INPUTS]}: {printable(facts[LEFT_OUT])}."


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
        trivial = split[TRIVIAL]
        cells += [number(split.get(metric)), number(trivial[metric]) if metric in trivial else ""]
    return cells


def class_table(metrics: Mapping[str, Any]) -> str:
    """A line per class: precision, recall, F1, AUC, and how many examples there are of it. Of many, the worst."""
    per_class = metrics["per_class"]
    rows = [[printable(label), *class_cells(per_class[label])] for label in worst_classes(per_class, CLASSES)]
    return aligned([["class", *OF_CLASS, "examples"], *rows], right=range(1, 6))


def worst_classes(per_class: Mapping[str, Mapping[str, Any]], most: int) -> list[str]:
    """All classes in their order; of more than `most`, those with the lowest F1, the lowest first."""
    if len(per_class) <= most:
        return list(per_class)
    return sorted(per_class, key=lambda label: per_class[label]["f1"])[:most]


def lowest(shown: int, total: int) -> str:
    """What `worst_classes` has chosen, as words behind a title; nothing if it is all of them."""
    return f": the {shown} of the {total} classes with the lowest F1" if shown < total else ""


def class_cells(scores: Mapping[str, Any]) -> list[str]:
    """A class's precision, recall, F1 and AUC, and how many examples there are of it."""
    return [*(number(scores[name]) for name in OF_CLASS), str(scores["support"])]


def confusion_table(metrics: Mapping[str, Any], classes: Sequence[str]) -> str:
    """A line per true class, a column per predicted one. Of many classes, a line per frequent confusion."""
    names = [printable(label) for label in classes]
    if len(names) > CLASSES:
        rows = [[str(count), names[true], names[given]] for true, given, count in frequent_confusions(metrics)[0]]
        return aligned([["count", "true", "predicted"], *rows], right=(0,))
    rows = [["true \\ predicted", *names]]
    rows += [[name, *map(str, counts)] for name, counts in zip(names, metrics[MATRIX], strict=True)]
    return aligned(rows, right=range(1, len(names) + 1))


def frequent_confusions(metrics: Mapping[str, Any]) -> tuple[list[list[int]], int]:
    """The most frequent wrong answers: true class, predicted class, examples; and how many such pairs there are."""
    cells = confusions(metrics)
    assert cells is not None
    wrong: Array = cells[cells[:, 0] != cells[:, 1]]
    return wrong[(-wrong[:, 2]).argsort(kind="stable")][:CLASSES].tolist(), len(wrong)


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
