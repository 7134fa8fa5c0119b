"""What the page shows: the facts as words, rows, figures and pictures, ready for the template."""

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from catnet.engine.activations import Array
from catnet.engine.goals import BINARY, GOALS, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.evaluation import curves
from catnet.evaluation.metrics import SCALARS
from catnet.evaluation.wording import name, number
from catnet.report import figures, pictures
from catnet.report.examples import Example, exciting, groups
from catnet.report.facts import Facts
from catnet.report.noticed import noticed
from catnet.report.verdict import SPLITS, Verdict, verdict

WEIGHTS = 64  # neurons whose weights are shown
LINES = 10  # curves in a figure
CLASSES = 40  # of a confusion matrix that is shown whole
COLUMNS = 30  # of a table whose weights are shown
FAULTS = ("overfitting", "one answer", "dead ReLUs", "learning rate too high or too low", "a class that is too small")


@dataclass(frozen=True)
class Figure:
    """An SVG, what it shows in words, and a legend of (colour, text)."""

    svg: str
    alt: str
    legend: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Picture:
    """A picture within the page, and what it shows in words."""

    uri: str
    alt: str
    caption: str = ""


def contents(facts: Facts) -> dict[str, Any]:
    """All that the template shows, by the names it has there."""
    judged = verdict(facts)
    return {
        "title": facts.summary.get("run", facts.run.name),
        "goal": GOALS[facts.goal],
        "facts": facts,
        "names": [name(label) for label in facts.names],
        "verdict": judged,
        "meter": meter(judged),
        "noticed": [(one, facts.line(one.key)) for one in noticed(facts)],
        "looked_for": FAULTS,
        "metrics": metric_rows(facts),
        "curves": training_curves(facts),
        "confusion": confusion(facts),
        "per_class": per_class(facts),
        "answers": answer_figures(facts),
        "network": network_figure(facts),
        "layers": layer_rows(facts),
        **neurons(facts),
        "groups": [(group.title, [shown(facts, one) for one in group.examples]) for group in groups(facts)],
        "counts": counts(facts),
        "config_lines": facts.config_text.splitlines(),
        "run_facts": run_facts(facts),
        "unseen": SPLITS[facts.unseen],
        "examples": "pictures" if facts.model.image_size is not None else "rows",
    }


def meter(judged: Verdict) -> dict[str, float | None]:
    """Where value, interval and trivial answer lie on a scale from 0 to 100."""
    top = 1.0 if judged.metric in ("accuracy", "exact_match") else 1.1 * max(judged.trivial, judged.high or judged.value)
    where = {"value": judged.value, "trivial": judged.trivial, "low": judged.low, "high": judged.high}
    return {key: None if number is None else round(100 * number / (top or 1), 2) for key, number in where.items()}


def metric_rows(facts: Facts) -> list[tuple[str, list[str]]]:
    """A row a metric: for each split the value, and the trivial answer's."""
    rows = [("examples", [text for m in facts.metrics.values() for text in (f"{m['examples']}", "")])]
    for metric in ("cost", *SCALARS[facts.goal]):
        cells = []
        for of_split in facts.metrics.values():
            trivial = of_split["trivial"]
            cells += [number(of_split.get(metric)), number(trivial[metric]) if metric in trivial else ""]
        rows.append((metric.replace("_", " "), cells))
    return rows


def training_curves(facts: Facts) -> list[Figure]:
    """The cost, the goal's first metric, and the learning rate, epoch by epoch."""
    history, epochs = facts.history, facts.epochs
    if not len(epochs):
        return []
    best = facts.model.epoch if "validation_cost" in history else None
    found = []
    for what, text in (("cost", "Cost J"), (facts.headline, facts.headline.replace("_", " ").capitalize())):
        columns = {f"{split}_{what}": SPLITS[split] for split in ("train", "validation", "test")}
        lines = [(label, history[key]) for key, label in columns.items() if np.isfinite(history.get(key, math.nan)).any()]
        if lines:
            ends = ", ".join(f"{label} ends at {values[np.isfinite(values)][-1]:.4g}" for label, values in lines)
            found.append(Figure(figures.curves(text, epochs, lines, best), f"{text} over the epochs: {ends}"))
    rate = history.get("learning_rate", np.zeros(0))
    if len(rate) and np.ptp(rate) > 0:
        alt = f"Learning rate over the epochs, from {rate[0]:.4g} to {rate[-1]:.4g}"
        found.append(Figure(figures.curves("Learning rate", epochs, [("learning rate", rate)]), alt))
    return found


def confusion(facts: Facts) -> dict[str, Any] | None:
    """The confusion matrix with each row's shares; of very many classes the most frequent confusions."""
    matrix = facts.metrics[facts.unseen].get("confusion_matrix")
    if matrix is None:
        return None
    names = [name(label) for label in facts.names]
    rows = [
        (names[true], [(count, count / (sum(row) or 1), true == column) for column, count in enumerate(row)])
        for true, row in enumerate(matrix)
    ]
    if len(rows) <= CLASSES:
        return {"names": names, "rows": rows}
    wrong = [(matrix[i][j], names[i], names[j]) for i in range(len(names)) for j in range(len(names)) if i != j]
    return {"most": [each for each in sorted(wrong, key=lambda each: -each[0])[:CLASSES] if each[0]]}


def per_class(facts: Facts) -> list[tuple[str, list[str]]]:
    """Precision, recall, F1, AUC and how many examples, for each class of the unseen split."""
    of_class = facts.metrics[facts.unseen].get("per_class", {})
    return [
        (name(label), [*(number(s[key]) for key in ("precision", "recall", "f1", "auc")), str(s["support"])])
        for label, s in of_class.items()
    ]


def answer_figures(facts: Facts) -> list[Figure]:
    """Of the unseen data: precision-recall, ROC and reliability; for regression predicted against true, residuals."""
    answer, split = facts.answers.get(facts.unseen), facts.split(facts.unseen)
    if answer is None or split is None:
        return []
    if facts.goal == REGRESSION:
        truth, predicted, unit = split.labels[0], answer[0], name(facts.model.target)
        return [
            Figure(figures.predicted_against_true(truth, predicted, unit), f"Predicted against true {unit}, a dot each"),
            Figure(figures.residuals(truth, predicted, unit), f"Predicted less true {unit}, over the predicted"),
        ]
    truth = split.labels == 1
    both = [k for k in range(len(truth)) if truth[k].any() and not truth[k].all()]
    areas = {k: area_of(facts, k) for k in both}
    both = sorted(sorted(both, key=lambda k: areas[k] or 0)[:LINES])
    legend = tuple(
        (figures.COLOURS[place], f"{name(facts.model.classes[k])}, AUC {number(areas[k])}")
        for place, k in enumerate(both)
    )
    told = "; ".join(text for _, text in legend)
    recalls = [curves.precision_recall(answer[k], truth[k]) for k in both]
    rates = [curves.roc(answer[k], truth[k]) for k in both]
    found = [
        Figure(
            figures.rates("Precision and recall", "recall", "precision", recalls, None),
            f"Precision over recall: {told}",
            legend,
        ),
        Figure(
            figures.rates("ROC", "false-positive rate", "true-positive rate", rates, (0, 1)),
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
    return metrics["per_class"][facts.model.classes[k]]["auc"]


def calibration(
    facts: Facts, answer: Array, truth: Array, labels: list[int], legend: tuple[tuple[str, str], ...]
) -> Figure:
    """The reliability diagram: of each label; for goal 3.0 of the class that is answered."""
    if facts.goal == MULTI_CLASS:
        decided = answer.argmax(axis=0)
        right = truth[decided, np.arange(answer.shape[1])]
        bins = [curves.reliability(answer.max(axis=0), right)]
        legend = ((figures.COLOURS[0], "the class that is answered"),)
    else:
        bins = [curves.reliability(answer[k], truth[k]) for k in labels]
        legend = tuple((colour, name(facts.model.classes[k])) for (colour, _), k in zip(legend, labels, strict=True))
    told = "; ".join(
        f"{text}: " + ", ".join(f"{each.share:.0%} true at {each.probability:.0%}" for each in of_label)
        for (_, text), of_label in zip(legend, bins, strict=True)
    )
    return Figure(figures.reliability("Reliability", bins), f"Share that is true by predicted probability. {told}", legend)


def network_figure(facts: Facts) -> Figure:
    """The network as in a textbook."""
    model, net = facts.model, facts.model.network
    inputs = "columns" if model.image_size is None else "{} x {} x 3".format(*model.image_size)
    outputs = [name(label) for label in model.classes] or [name(model.target)]
    kinds = ", ".join(f"{size} {g}" for size, g in zip(net.sizes[1:], net.activations, strict=True))
    return Figure(figures.network(net, inputs, outputs), f"The network: {net.sizes[0]} inputs, then {kinds} neurons")


def layer_rows(facts: Facts) -> list[tuple[str, str, str, str, str, str]]:
    """For each layer the equation, the activation, the shapes, the formula, the parameters and their share."""
    net = facts.model.network
    rows = []
    for layer in range(1, net.depth + 1):
        below, neurons = net.sizes[layer - 1], net.sizes[layer]
        count = (below + 1) * neurons
        rows.append(
            (
                f"Z[{layer}] = W[{layer}] {'X' if layer == 1 else f'A[{layer - 1}]'} + b[{layer}]",
                net.activations[layer - 1],
                f"W ({neurons}, {below}), b ({neurons}, 1)",
                f"({below} + 1) x {neurons}",
                f"{count}",
                f"{count / net.parameter_count:.2%}",
            )
        )
    return rows


def neurons(facts: Facts) -> dict[str, Any]:
    """What the neurons look for: weights as pictures, or as rows for a table; and the pictures that excite them."""
    model = facts.model
    W = model.parameters["W1"]
    if model.image_size is None:
        return {"weights": [], "columns": column_rows(facts), "exciting": []}
    size = model.image_size
    norms = np.linalg.norm(W, axis=1)
    chosen = np.sort(np.argsort(-norms, kind="stable")[:WEIGHTS])
    titles = [name(c) for c in model.classes] or [name(model.target)]
    shown = []
    for neuron in chosen.tolist():
        title = titles[neuron] if model.network.depth == 1 else f"neuron {neuron + 1}"
        shown.append(Picture(pictures.data_uri(pictures.weight_picture(W[neuron], size)), f"The weights of {title}", title))
    if W.shape[0] == 1:
        for sign, text in ((1, "positive weights"), (-1, "negative weights")):
            part = pictures.part_picture(np.maximum(sign * W[0], 0), size)
            shown.append(Picture(pictures.data_uri(part), f"The {text}", text))
    layers = [
        (
            layer,
            [
                Picture(
                    pictures.data_uri(pictures.strip(one.rows, size), len(one.rows)),
                    f"The pictures for which {one.title} is greatest: {', '.join(map(name, one.names))}",
                    one.title,
                )
                for one in of_layer
            ],
        )
        for layer, of_layer in exciting(facts).items()
    ]
    return {"weights": shown, "columns": [], "exciting": layers}


def column_rows(facts: Facts) -> list[tuple[str, str, float, bool]]:
    """A table's columns by the weight of the first layer: the weight, or the norm of many; its share of the largest."""
    W = facts.model.parameters["W1"]
    strength = np.linalg.norm(W, axis=0)
    features = facts.model.features or ()
    order = np.argsort(-strength, kind="stable")[:COLUMNS].tolist()
    value = W[0] if len(W) == 1 else strength
    top = float(strength.max()) or 1.0
    return [(name(features[i]), number(float(value[i])), float(strength[i]) / top, bool(value[i] < 0)) for i in order]


def shown(facts: Facts, one: Example) -> dict[str, Any]:
    """An example with its pictures; or, of a table, with the columns that contribute most."""
    size = facts.model.image_size
    told = {"name": name(one.name), "truth": one.truth, "predicted": one.predicted, "right": one.right}
    if size is None:
        features = facts.model.features or ()
        order = np.argsort(-np.abs(one.contributions), kind="stable")[:4].tolist()
        most = [f"{name(features[i])} {one.row[i]:.6g}: {one.contributions[i]:+.3g}" for i in order]
        return {**told, "columns": most}
    heat = pictures.data_uri(pictures.contribution_map(one.contributions, size))
    return {
        **told,
        "picture": Picture(pictures.data_uri(one.row.reshape(*size, 3)), f"The picture {name(one.name)}"),
        "heat": Picture(heat, f"What speaks for {one.asked} in it (red) and against (blue)"),
    }


def counts(facts: Facts) -> dict[str, Any]:
    """The examples of each class and split, or for regression the target's range."""
    splits = list(facts.metrics)
    if facts.goal == REGRESSION:
        rows = []
        for title, of in (("least", np.min), ("mean", np.mean), ("greatest", np.max)):
            labels = [facts.split(split) for split in splits]
            if all(labels):
                rows.append((title, [f"{of(split.labels):.6g}" for split in labels if split is not None]))
    else:
        rows = [(name(label), []) for label in (facts.names if facts.goal != MULTI_LABEL else facts.model.classes)]
        for split in splits:
            metrics = facts.metrics[split]
            if facts.goal == BINARY:
                support = [sum(row) for row in metrics["confusion_matrix"]]
            else:
                support = [of_class["support"] for of_class in metrics["per_class"].values()]
            for (_, cells), count in zip(rows, support, strict=True):
                cells.append(str(count))
    rows.append(("all", [str(facts.metrics[split]["examples"]) for split in splits]))
    return {"splits": [SPLITS.get(split, split) for split in splits], "rows": rows}


def run_facts(facts: Facts) -> list[tuple[str, str]]:
    """Time, machine, versions and the like, as far as they were recorded."""
    summary = facts.summary
    rows = [("run", str(facts.run)), ("epochs", f"{len(facts.epochs)} of {facts.config.train.epochs}")]
    rows.append(("best epoch, whose weights these are", str(facts.model.epoch)))
    if "seconds" in summary:
        rows.append(("training time", f"{summary['seconds']:.3g} s"))
    for key in ("solver", "precision", "machine", "versions", "blas"):
        if key in summary:
            value = summary[key]
            rows.append((key, as_text(value)))
    return rows


def as_text(value: Any) -> str:
    """A value of summary.json in a line."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {as_text(inner)}" for key, inner in value.items())
    return value if isinstance(value, str) else json.dumps(value)
