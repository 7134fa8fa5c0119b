"""What the page shows: the facts as words, rows, figures and pictures, ready for the template."""

import json
from typing import Any

import numpy as np

from catnet.data.split_names import WORDS
from catnet.evaluation.layers import layers_of
from catnet.evaluation.metrics import BASELINES, supports
from catnet.evaluation.tables import (
    about_baselines,
    baseline_rows,
    metric_cells,
    with_and_without,
)
from catnet.goals import BINARY, COST, METRICS, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.report.answers import ROWS, about_answers, confusion, per_class
from catnet.report.augmentation import augment_line, changed_pictures
from catnet.report.examples import groups
from catnet.report.facts import Facts
from catnet.report.figures import answer_figures, network_figure, training_curves
from catnet.report.grown import growth
from catnet.report.inputs import about_inputs, columns, filled, inputs, left_out, trained
from catnet.report.learning import still_falling, which_epoch, why_kept
from catnet.report.neurons import neurons, shown
from catnet.report.noticed import RULES, hidden, noticed
from catnet.report.rates import uneven
from catnet.report.verdict import Verdict, verdict
from catnet.text import in_brief, metric_name

TITLE = 300  # characters of names below the title


def contents(facts: Facts) -> dict[str, Any]:
    """All that the template shows, by the names it has there."""
    judged, answers, metrics = verdict(facts), facts.answers, facts.metrics[facts.unseen]
    figures = [] if answers is None else answer_figures(answers)
    return {
        "title": facts.summary.get("run", facts.run.path.name),
        "goal": facts.question.kind,
        "facts": facts,
        "names": in_brief(facts.names, TITLE),
        "verdict": judged,
        "measured_on": f"{WORDS[facts.unseen]} data",
        "measured": "this network",
        "meter": meter(judged),
        "noticed": [(one, facts.line(one.key)) for one in noticed(facts)],
        "looked_for": [name for name in RULES if name not in hidden(facts)],
        "not_looked_for": hidden(facts),
        "still_falling": still_falling(facts),
        "splits": list(with_and_without(facts.measured)),
        "metrics": metric_rows(facts),
        "baselines": list(about_baselines(facts.summary.get(BASELINES, {}))),
        "curves": training_curves(facts),
        "measured_at_some": measured_at_some(facts),
        "uneven": uneven(facts.run.config, facts.question.examples),
        "scaling": facts.run.config.data.scaling,
        "constant_rate": constant_rate(facts),
        "confusion": confusion(facts.question, metrics),
        **per_class(metrics),
        "answers": figures,
        "about_answers": about_answers(facts.question, metrics, len(figures)),
        "network": network_figure(facts),
        "layers": layers_of(facts.model.network.sizes, facts.model.network.activations),
        **neurons(facts),
        "grown": growth(facts),
        "groups": {title: [shown(facts, one) for one in found] for title, found in groups(facts).items()},
        "changed": changed_pictures(facts),
        "augment": augment_line(facts),
        **about_data(facts),
        "trained": trained(facts),
        "config_lines": facts.run.config_text.splitlines(),
        "run_facts": run_facts(facts),
        "unseen": WORDS[facts.unseen],
        "examples": facts.question.examples,
        "regression": facts.goal == REGRESSION,
        "spoken_for": spoken_for(facts),
    }


def about_data(facts: Facts) -> dict[str, Any]:
    """What was read, what became of it, and what was not."""
    return {
        "counts": counts(facts),
        "inputs": inputs(facts),
        "columns_read": columns(facts),
        "filled": filled(facts),
        "left_out": left_out(facts),
        "about_inputs": about_inputs(facts.model),
        "data_notes": facts.summary.get("notes", []),
        "skipped_files": facts.run.skipped,
        "skipped": len(dict(facts.run.skipped)),
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
