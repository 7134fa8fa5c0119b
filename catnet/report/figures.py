"""Which figures the page has, and what each says in words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from catnet.data.split_names import WORDS
from catnet.engine.colors import shape_in_words
from catnet.engine.types import Array
from catnet.evaluation import curves
from catnet.evaluation.metrics import auc
from catnet.goals import MULTI_CLASS, REGRESSION
from catnet.report import svg
from catnet.report.answers import Answers
from catnet.report.facts import UNSEEN, Facts
from catnet.text import metric_name, number

LINES = len(svg.COLOURS)  # curves in a figure

Line = tuple[str, Array, Array]  # its name, the epochs, the values
Legend = tuple[tuple[str, str], ...]  # (colour, text)


@dataclass(frozen=True)
class Figure:
    """An SVG, what it shows in words, and a legend."""

    svg: str
    alt: str
    legend: Legend = ()


def training_curves(facts: Facts) -> list[Figure]:
    """The cost, the headline metric, and the learning rate if it changed, epoch by epoch."""
    best = facts.model.epoch if facts.chose_epoch else None
    found = []
    for what, title in (("cost", "Cost J"), (facts.headline, capital(metric_name(facts.headline)))):
        if lines := lines_of((text, facts, f"{split}_{what}") for split, text in WORDS.items()):
            found.append(curves_figure(title, lines, best))
    rate = facts.column("learning_rate")
    if len(rate) and np.ptp(rate) > 0:
        alt = f"Learning rate over the epochs, from {rate[0]:.4g} to {rate[-1]:.4g}"
        found.append(Figure(svg.curves("Learning rate", [("learning rate", facts.epochs, rate)]), alt))
    return found


def curves_together(runs: Sequence[Facts], titles: Sequence[str]) -> list[Figure]:
    """The cost and the headline metric of each split, all runs in one figure, if at least two runs have it."""
    found = []
    for what in dict.fromkeys(["cost", *(run.headline for run in runs)]):
        for split in UNSEEN:
            columns = [(title, run, f"{split}_{what}") for title, run in zip(titles, runs, strict=True)]
            if len(lines := lines_of(columns)) > 1:
                title = f"{capital(WORDS[split])} {metric_name(what)}"
                every = [(name, run.epochs, run.column(column)) for name, run, column in columns]  # each in its colour
                found.append(Figure(svg.curves(title, every, named=False), in_words(title, lines)))
    return found


def legend_of(titles: Sequence[str]) -> list[tuple[str, str, str]]:
    """The legend for all figures of `curves_together`: colour, CSS border style and name of each run's line."""
    styles = ("solid", "dashed", "dotted")
    return [(svg.COLOURS[i % LINES], styles[i // LINES % len(styles)], title) for i, title in enumerate(titles)]


def lines_of(columns: Iterable[tuple[str, Facts, str]]) -> list[Line]:
    """The lines of (name, run, column of its history); a column without a number has none."""
    lines = [(name, run.epochs, run.column(column)) for name, run, column in columns]
    return [line for line in lines if np.isfinite(line[2]).any()]


def curves_figure(title: str, lines: Sequence[Line], best: int | None = None) -> Figure:
    """The lines over the epochs, and a mark at the best epoch."""
    return Figure(svg.curves(title, lines, best), in_words(title, lines))


def in_words(title: str, lines: Sequence[Line]) -> str:
    """What the lines over the epochs show."""
    ends = ", ".join(f"{name} ends at {values[np.isfinite(values)][-1]:.4g}" for name, _, values in lines)
    return f"{title} over the epochs: {ends}"


def capital(text: str) -> str:
    """The text with a capital first letter; the others stay."""
    return text[:1].upper() + text[1:]


def answer_figures(answers: Answers) -> list[Figure]:
    """Precision-recall, ROC and reliability; for regression predicted against true, residuals."""
    if answers.goal == REGRESSION:
        truth, predicted, unit = answers.labels[0], answers.y_hat[0], answers.outputs[0]
        x, y = f"true {unit}", f"predicted {unit}"
        fit = svg.dots("Predicted against true", x, y, truth, predicted, diagonal=True)
        errors = svg.dots("Residuals", y, "predicted minus true", predicted, predicted - truth, diagonal=False)
        return [
            Figure(fit, f"Predicted against true {unit}, a dot each"),
            Figure(errors, f"Predicted minus true {unit}, over the predicted"),
        ]
    truth = answers.labels == 1
    areas = [auc(y_hat, y) for y_hat, y in zip(answers.y_hat, truth, strict=True)]
    worst = sorted(sorted((k for k, area in enumerate(areas) if area is not None), key=lambda k: areas[k] or 0)[:LINES])
    return [*threshold_figures(answers, truth, worst), calibration(answers, truth, worst)]


def threshold_figures(answers: Answers, truth: Array, labels: list[int]) -> list[Figure]:
    """Precision-recall and ROC of these labels; none if no label has examples both with it and without it."""
    found, y_hat, outputs = [], answers.y_hat, answers.outputs
    for draw, curve, title, area, name in (
        (svg.precision_recall, curves.precision_recall, "Precision over recall", curves.average_precision, "AP"),
        (svg.roc, curves.roc, "ROC curve", auc, "AUC"),
    ):
        texts = [f"{outputs[k]}, {name} {number(area(y_hat[k], truth[k]))}" for k in labels]
        drawn = draw([curve(y_hat[k], truth[k]) for k in labels])
        legend = tuple(zip(svg.COLOURS, texts, strict=False))
        found.append(Figure(drawn, f"{title}: {'; '.join(texts)}", legend))
    return found if labels else []


def calibration(answers: Answers, truth: Array, labels: list[int]) -> Figure:
    """The reliability diagram: of each of these labels; for goal 3.0 of the class that is answered.

    Of few examples it has fewer bins, so that a bin has about 15.
    """
    y_hat = answers.y_hat
    bins = int(np.clip(y_hat.shape[1] // 15, 2, 10))
    if answers.goal == MULTI_CLASS:
        right = truth[y_hat.argmax(axis=0), np.arange(y_hat.shape[1])]
        found, names = [curves.reliability(y_hat.max(axis=0), right, bins)], ["the class that is answered"]
    else:
        labels = labels or list(range(min(LINES, len(truth))))
        found = [curves.reliability(y_hat[k], truth[k], bins) for k in labels]
        names = [answers.outputs[k] for k in labels]
    legend = tuple(zip(svg.COLOURS, names, strict=False))
    told = "; ".join(
        f"{text}: " + ", ".join(f"{each.share:.0%} true at {each.probability:.0%}" for each in of_label)
        for (_, text), of_label in zip(legend, found, strict=True)
    )
    return Figure(svg.reliability("Reliability", found), f"Share that is true by predicted probability. {told}", legend)


def network_figure(facts: Facts) -> Figure:
    """The network as in a textbook."""
    model, net = facts.model, facts.model.network
    inputs = "inputs" if model.image_size is None else shape_in_words(model.image_size, model.colors)
    kinds = ", ".join(f"{size} {g}" for size, g in zip(net.sizes[1:], net.activations, strict=True))
    return Figure(svg.network(net, inputs, facts.outputs), f"The network: {net.sizes[0]} inputs, then {kinds} neurons")
