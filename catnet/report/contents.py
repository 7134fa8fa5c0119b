"""What the page shows: the facts as words, rows, figures and pictures, ready for the template."""

import json
from typing import Any

import numpy as np

from catnet.goals import BINARY, COST, METRICS, MULTI_CLASS, REGRESSION
from catnet.report.examples import groups
from catnet.report.facts import Facts
from catnet.report.figures import answer_figures, network_figure, training_curves
from catnet.report.neurons import neurons, shown
from catnet.report.noticed import noticed
from catnet.report.verdict import SPLITS, Verdict, verdict
from catnet.text import isolated, metric_name, number

CLASSES = 40  # of a confusion matrix that is shown whole
FAULTS = ("overfitting", "one answer", "dead ReLUs", "learning rate too high or too low", "a class that is too small")


def contents(facts: Facts) -> dict[str, Any]:
    """All that the template shows, by the names it has there."""
    judged = verdict(facts)
    return {
        "title": facts.summary.get("run", facts.run.path.name),
        "goal": facts.question.kind,
        "facts": facts,
        "names": [isolated(label) for label in facts.question.names],
        "verdict": judged,
        "meter": meter(judged),
        "noticed": [(one, facts.line(one.key)) for one in noticed(facts)],
        "looked_for": FAULTS,
        "metrics": metric_rows(facts),
        "curves": training_curves(facts),
        "constant_rate": constant_rate(facts),
        "confusion": confusion(facts),
        "per_class": per_class(facts),
        "answers": answer_figures(facts),
        "network": network_figure(facts),
        "layers": layer_rows(facts),
        **neurons(facts),
        "groups": [(group.title, [shown(facts, one) for one in group.examples]) for group in groups(facts)],
        "counts": counts(facts),
        "config_lines": facts.run.config_text.splitlines(),
        "run_facts": run_facts(facts),
        "unseen": SPLITS[facts.unseen],
        "examples": facts.question.examples,
        "regression": facts.goal == REGRESSION,
        "spoken_for": spoken_for(facts),
    }


def spoken_for(facts: Facts) -> str:
    """What the red pixels of a contribution map speak for."""
    question = facts.question
    if question.goal == REGRESSION:
        return f"a higher {isolated(question.target)}"
    if question.goal == MULTI_CLASS:
        return "the answer given"
    return isolated(question.classes[0]) if question.goal == BINARY else "the label"


def meter(judged: Verdict) -> dict[str, float | None]:
    """Where value, interval and trivial answer lie on a scale from 0 to 100."""
    top = 1.0 if METRICS[judged.metric].is_percentage else 1.1 * max(judged.trivial, judged.high or judged.value)
    where = {"value": judged.value, "trivial": judged.trivial, "low": judged.low, "high": judged.high}
    return {key: None if number is None else round(100 * number / (top or 1), 2) for key, number in where.items()}


def metric_rows(facts: Facts) -> list[tuple[str, list[str]]]:
    """A row a metric: for each split the value, and the trivial answer's."""
    rows = [("examples", [text for m in facts.metrics.values() for text in (f"{m['examples']}", "")])]
    for metric in (COST, *facts.question.kind.metrics):
        cells = []
        for of_split in facts.metrics.values():
            trivial = of_split["trivial"]
            cells += [number(of_split.get(metric)), number(trivial[metric]) if metric in trivial else ""]
        rows.append((metric_name(metric), cells))
    return rows


def constant_rate(facts: Facts) -> str | None:
    """The learning rate, where it was the same in all epochs."""
    rate = facts.history.get("learning_rate", np.zeros(0))
    return f"{rate[0]:.6g}" if len(rate) and (rate == rate[0]).all() else None


def confusion(facts: Facts) -> dict[str, Any] | None:
    """The confusion matrix with each row's shares; of very many classes the most frequent confusions."""
    matrix = facts.metrics[facts.unseen].get("confusion_matrix")
    if matrix is None:
        return None
    names = [isolated(label) for label in facts.question.names]
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
        (isolated(label), [*(number(s[key]) for key in ("precision", "recall", "f1", "auc")), str(s["support"])])
        for label, s in of_class.items()
    ]


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
        rows = [(isolated(label), []) for label in facts.question.names]
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
    rows = [("run", str(facts.run.path)), ("epochs", f"{len(facts.epochs)} of {facts.run.config.train.epochs}")]
    rows.append(("best epoch, whose weights these are", str(facts.model.epoch)))
    if "seconds" in summary:
        rows.append(("training time", f"{summary['seconds']:.3g} s"))
    if "solver" in summary:
        rows.append(("solver", "{name} ({reason})".format_map(summary["solver"])))
    return rows + [
        (key, as_text(summary[key])) for key in ("precision", "machine", "blas", "versions") if key in summary
    ]


def as_text(value: Any) -> str:
    """A value of summary.json in a line."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {as_text(inner)}" for key, inner in value.items())
    return value if isinstance(value, str) else json.dumps(value)
