"""Which figures the page has, and what each says in words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from catnet.engine.types import Array
from catnet.evaluation import curves
from catnet.goals import BINARY, MULTI_CLASS, REGRESSION
from catnet.report import svg
from catnet.report.facts import Facts
from catnet.report.verdict import SPLITS
from catnet.text import isolated, metric_name, number

LINES = 10  # curves in a figure


@dataclass(frozen=True)
class Figure:
    """An SVG, what it shows in words, and a legend of (colour, text)."""

    svg: str
    alt: str
    legend: tuple[tuple[str, str], ...] = ()


def training_curves(facts: Facts) -> list[Figure]:
    """The cost, the goal's first metric, and the learning rate, epoch by epoch."""
    history, epochs = facts.history, facts.epochs
    if not len(epochs):
        return []
    best = facts.model.epoch if "validation_cost" in history else None
    found = []
    for what, text in (("cost", "cost J"), (facts.headline, metric_name(facts.headline))):
        columns = {f"{split}_{what}": SPLITS[split] for split in ("train", "validation", "test")}
        lines = [
            (label, epochs, history[key])
            for key, label in columns.items()
            if np.isfinite(history.get(key, math.nan)).any()
        ]
        if lines:
            ends = ", ".join(f"{label} ends at {values[np.isfinite(values)][-1]:.4g}" for label, _, values in lines)
            found.append(Figure(svg.curves(capital(text), lines, best), f"{capital(text)} over the epochs: {ends}"))
    rate = history.get("learning_rate", np.zeros(0))
    if len(rate) and np.ptp(rate) > 0:
        alt = f"Learning rate over the epochs, from {rate[0]:.4g} to {rate[-1]:.4g}"
        found.append(Figure(svg.curves("Learning rate", [("learning rate", epochs, rate)]), alt))
    return found


def curves_together(runs: Sequence[Facts], titles: Sequence[str]) -> list[Figure]:
    """Each kind of cost, and the first metric, of all runs in one figure; what fewer than two runs have is left out."""
    found = []
    for what in dict.fromkeys(["cost", *(run.headline for run in runs)]):
        for split, text in SPLITS.items():
            key = f"{split}_{what}"
            lines = [
                (title, run.epochs, run.history[key])
                for title, run in zip(titles, runs, strict=True)
                if np.isfinite(run.history.get(key, math.nan)).any()
            ]
            if len(lines) > 1:
                title = f"{capital(text)} {metric_name(what)}"
                ends = ", ".join(f"{label} ends at {values[np.isfinite(values)][-1]:.4g}" for label, _, values in lines)
                found.append(Figure(svg.curves(title, lines), f"{title} over the epochs: {ends}"))
    return found


def capital(text: str) -> str:
    """The text with a capital first letter; the others stay."""
    return text[:1].upper() + text[1:]


def answer_figures(facts: Facts) -> list[Figure]:
    """Of the unseen data: precision-recall, ROC and reliability; for regression predicted against true, residuals."""
    answer, split = facts.answer(facts.unseen), facts.split(facts.unseen)
    if answer is None or split is None:
        return []
    if facts.goal == REGRESSION:
        truth, predicted, unit = split.labels[0], answer[0], isolated(facts.question.target)
        return [
            Figure(svg.predicted_against_true(truth, predicted, unit), f"Predicted against true {unit}, a dot each"),
            Figure(svg.residuals(truth, predicted, unit), f"Predicted less true {unit}, over the predicted"),
        ]
    truth = split.labels == 1
    both = [k for k in range(len(truth)) if truth[k].any() and not truth[k].all()]
    areas = {k: area_of(facts, k) for k in both}
    both = sorted(sorted(both, key=lambda k: areas[k] or 0)[:LINES])
    legend = tuple(
        (svg.COLOURS[place], f"{isolated(facts.question.classes[k])}, AUC {number(areas[k])}")
        for place, k in enumerate(both)
    )
    told = "; ".join(text for _, text in legend)
    recalls = [curves.precision_recall(answer[k], truth[k]) for k in both]
    rates = [curves.roc(answer[k], truth[k]) for k in both]
    found = [
        Figure(
            svg.rates("Precision and recall", "recall", "precision", recalls, None),
            f"Precision over recall: {told}",
            legend,
        ),
        Figure(
            svg.rates("ROC", "false-positive rate", "true-positive rate", rates, (0, 1)),
            f"ROC curve: {told}",
            legend,
        ),
    ]
    return [*found, calibration(facts, answer, truth, both, legend)]


def area_of(facts: Facts, k: int) -> float | None:
    """The AUC of a class, as summary.json has it."""
    metrics = facts.metrics[facts.unseen]
    if facts.goal == BINARY:
        return metrics["auc"]
    return metrics["per_class"][facts.question.classes[k]]["auc"]


def calibration(
    facts: Facts, answer: Array, truth: Array, labels: list[int], legend: tuple[tuple[str, str], ...]
) -> Figure:
    """The reliability diagram: of each label; for goal 3.0 of the class that is answered."""
    if facts.goal == MULTI_CLASS:
        decided = answer.argmax(axis=0)
        right = truth[decided, np.arange(answer.shape[1])]
        bins = [curves.reliability(answer.max(axis=0), right)]
        legend = ((svg.COLOURS[0], "the class that is answered"),)
    else:
        bins = [curves.reliability(answer[k], truth[k]) for k in labels]
        legend = tuple(
            (colour, isolated(facts.question.classes[k])) for (colour, _), k in zip(legend, labels, strict=True)
        )
    told = "; ".join(
        f"{text}: " + ", ".join(f"{each.share:.0%} true at {each.probability:.0%}" for each in of_label)
        for (_, text), of_label in zip(legend, bins, strict=True)
    )
    return Figure(svg.reliability("Reliability", bins), f"Share that is true by predicted probability. {told}", legend)


def network_figure(facts: Facts) -> Figure:
    """The network as in a textbook."""
    model, net = facts.model, facts.model.network
    inputs = "columns" if model.image_size is None else "{} x {} x 3".format(*model.image_size)
    outputs = [isolated(label) for label in model.question.classes] or [isolated(model.question.target)]
    kinds = ", ".join(f"{size} {g}" for size, g in zip(net.sizes[1:], net.activations, strict=True))
    return Figure(svg.network(net, inputs, outputs), f"The network: {net.sizes[0]} inputs, then {kinds} neurons")
