"""What the page shows: the facts as words, rows, figures and pictures, ready for the template."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from catnet.data.split_names import WORDS
from catnet.evaluation.layers import layers_of
from catnet.evaluation.metrics import BASELINES, MATRIX, confusions, supports
from catnet.evaluation.tables import (
    CLASSES,
    about_baselines,
    baseline_rows,
    class_cells,
    frequent_confusions,
    lowest,
    metric_cells,
    with_and_without,
    worst_classes,
)
from catnet.goals import BINARY, COST, METRICS, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.report.augmentation import augment_line, changed_pictures
from catnet.report.examples import groups
from catnet.report.facts import Facts, which_epoch, why_kept
from catnet.report.figures import LINES, Figure, answer_figures, network_figure, training_curves
from catnet.report.inputs import about_inputs, columns, filled, inputs, left_out, trained
from catnet.report.learning import still_falling
from catnet.report.neurons import neurons, shown
from catnet.report.noticed import RULES, hidden, noticed
from catnet.report.rates import uneven
from catnet.report.verdict import Verdict, verdict
from catnet.text import in_brief, isolated, metric_name

TITLE = 300  # characters of names below the title
ROWS = 200  # classes of a table with a row for each
FEW = 100  # examples of a reliability diagram that chance moves far


def contents(facts: Facts) -> dict[str, Any]:
    """All that the template shows, by the names it has there."""
    judged, answers = verdict(facts), answer_figures(facts)
    return {
        "title": facts.summary.get("run", facts.run.path.name),
        "goal": facts.question.kind,
        "facts": facts,
        "names": in_brief(facts.names, TITLE),
        "verdict": judged,
        "meter": meter(judged),
        "noticed": [(one, facts.line(one.key)) for one in noticed(facts)],
        "looked_for": [name for name in RULES if name not in hidden(facts)],
        "not_looked_for": hidden(facts),
        "still_falling": still_falling(facts),
        "measured": list(with_and_without(facts.measured)),
        "metrics": metric_rows(facts),
        "baselines": list(about_baselines(facts.summary.get(BASELINES, {}))),
        "curves": training_curves(facts),
        "measured_at_some": measured_at_some(facts),
        "uneven": uneven(facts.run.config, facts.question.examples),
        "scaling": facts.run.config.data.scaling,
        "constant_rate": constant_rate(facts),
        "confusion": confusion(facts),
        **per_class(facts),
        "answers": answers,
        "about_answers": about_answers(facts, answers),
        "network": network_figure(facts),
        "layers": layers_of(facts.model.network.sizes, facts.model.network.activations),
        **neurons(facts),
        "groups": {title: [shown(facts, one) for one in found] for title, found in groups(facts).items()},
        "changed": changed_pictures(facts),
        "augment": augment_line(facts),
        "counts": counts(facts),
        "inputs": inputs(facts),
        "columns_read": columns(facts),
        "filled": filled(facts),
        "left_out": left_out(facts),
        "about_inputs": about_inputs(facts.model),
        "trained": trained(facts),
        "data_notes": facts.summary.get("notes", []),
        "skipped": len(dict(facts.run.skipped)),
        "config_lines": facts.run.config_text.splitlines(),
        "run_facts": run_facts(facts),
        "unseen": WORDS[facts.unseen],
        "examples": facts.question.examples,
        "regression": facts.goal == REGRESSION,
        "spoken_for": spoken_for(facts),
    }


def spoken_for(facts: Facts) -> str:
    """What the red pixels of a contribution map speak for."""
    return {
        BINARY: facts.outputs[0],
        MULTI_LABEL: "the label",
        MULTI_CLASS: "the answer given",
        REGRESSION: f"a higher {facts.outputs[0]}",
    }[facts.goal]


def meter(judged: Verdict) -> dict[str, float | None]:
    """Where value, interval and trivial answer lie on a scale from 0 to 100."""
    low, high = judged.interval or (None, None)
    top = 1.0 if METRICS[judged.metric].is_percentage else 1.1 * max(judged.trivial, high or judged.value)
    where = {"value": judged.value, "trivial": judged.trivial, "low": low, "high": high}
    return {key: None if number is None else round(100 * number / (top or 1), 2) for key, number in where.items()}


def metric_rows(facts: Facts) -> list[tuple[str, list[str]]]:
    """A row per metric: for each split the value, and the trivial answer's. At last those of the baselines."""
    splits = with_and_without(facts.measured)
    examples = [text for of_split in splits.values() for text in (str(of_split["examples"]), "")]
    metrics = (COST, *facts.question.kind.metrics)
    rows = [("examples", examples), *((metric_name(name), metric_cells(splits, name)) for name in metrics)]
    others = [
        (f"{metric_name(facts.headline)}, {name}", cells) for name, cells in baseline_rows(splits, facts.headline)
    ]
    return [*rows, *others]


def measured_at_some(facts: Facts) -> str | None:
    """The data besides the training data that was measured at some epochs only, and chose nothing."""
    if "validation_cost" not in facts.history:
        return WORDS["test"] if "test_cost" in facts.history else None
    some = not facts.chose_epoch and not np.isfinite(facts.column("validation_cost")).all()
    return WORDS["validation"] if some else None


def constant_rate(facts: Facts) -> str | None:
    """The learning rate, if it was the same in all epochs."""
    rate = facts.column("learning_rate")
    return f"{rate[0]:.6g}" if len(rate) and (rate == rate[0]).all() else None


def confusion(facts: Facts) -> dict[str, Any] | None:
    """The confusion matrix with each row's shares, if it has any; of very many classes the most frequent confusions."""
    metrics, names = facts.metrics[facts.unseen], facts.names
    if confusions(metrics) is None:
        return None
    if len(names) > CLASSES:
        most, of = frequent_confusions(metrics)
        return {"most": [(count, names[true], names[given]) for true, given, count in most], "of": of}
    rows = []
    for true, row in enumerate(metrics[MATRIX]):
        shares = [count / sum(row) if any(row) else None for count in row]
        right = [true == column for column in range(len(row))]
        rows.append((names[true], list(zip(row, shares, right, strict=True))))
    return {"names": names, "rows": rows}


def per_class(facts: Facts) -> dict[str, Any]:
    """Precision, recall, F1, AUC and how many examples, for each class of the unseen split; of very many, the worst."""
    of_class = facts.metrics[facts.unseen].get("per_class", {})
    rows = [(isolated(label), class_cells(of_class[label])) for label in worst_classes(of_class, ROWS)]
    return {"per_class": rows, "chosen_classes": lowest(len(rows), len(of_class))}


def about_answers(facts: Facts, answers: Sequence[Figure]) -> str:
    """How to read the figures about probabilities, and which of them there cannot be."""
    if facts.goal == REGRESSION or not answers:
        return ""
    m, what = facts.metrics[facts.unseen]["examples"], facts.question.examples
    told = []
    missing = without_curve(facts)
    if len(answers) == 1:
        told.append(f"A precision-recall and a ROC curve need {what} with a label and others without it.")
    elif missing:
        named = f"{', '.join(missing[:LINES])}{' and others' if len(missing) > LINES else ''}"
        told.append(f"No curve of {named}: it needs {what} with the label and others without it.")
    if facts.goal == MULTI_CLASS:
        told.append(
            "Reliability: of the answers given with a probability of 80%, eight in ten should be right. Below the "
            "dotted line the network is too sure of itself."
        )
    else:
        told.append(
            f"Reliability: of the {what} to which the network gives a label with a probability of 80%, eight in ten "
            "should have it. Below the dotted line fewer have it than the network says, above it more."
        )
    few = f", but with {m} {what} chance moves the dots far" if m < FEW else ""
    told.append(f"A larger dot stands for more answers{few}.")
    return " ".join(told)


def without_curve(facts: Facts) -> list[str]:
    """The labels for which all unseen examples have the same answer, so that there is nothing to rank."""
    of_class = facts.metrics[facts.unseen].get("per_class", {})
    return [isolated(label) for label, scores in of_class.items() if scores["auc"] is None]


def counts(facts: Facts) -> dict[str, Any]:
    """The examples of each class and split, or for regression the target's range. Of many classes, the smallest."""
    chosen = ""
    if facts.goal == REGRESSION:
        labels = [split.labels for name in facts.measured if (split := facts.all_of(name)) is not None]
        rows = []
        if len(labels) == len(facts.measured):
            for title, of in (("least", np.min), ("mean", np.mean), ("greatest", np.max)):
                rows.append((title, [f"{of(Y):.6g}" for Y in labels]))
    else:
        columns = [supports(metrics) for metrics in facts.measured.values()]
        names = facts.names
        smallest = list(range(len(names)))
        if len(names) > ROWS:
            chosen = f": the {ROWS} of the {len(names)} classes with the fewest {facts.question.examples}"
            smallest = sorted(smallest, key=lambda k: [column[k] for column in columns])[:ROWS]
        rows = [(names[k], [str(column[k]) for column in columns]) for k in smallest]
    rows.append(("all", [str(metrics["examples"]) for metrics in facts.measured.values()]))
    return {"splits": [WORDS.get(split, split) for split in facts.measured], "rows": rows, "chosen": chosen}


def run_facts(facts: Facts) -> list[tuple[str, str]]:
    """Time, machine, versions and the like, as far as they were recorded."""
    summary = facts.summary
    rows = [("run", str(facts.run.path)), ("epochs", f"{facts.run.epochs} of {facts.run.config.train.epochs}")]
    if "validation_cost" in facts.history:
        settings = facts.run.config.train
        rows.append((which_epoch(settings), f"{facts.model.epoch}{why_kept(settings)}"))
    else:
        rows.append(("weights of epoch", str(facts.model.epoch)))
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
