"""The front matter of a model card: what model hubs read of it, as Hugging Face's specification has it
(github.com/huggingface/hub-docs, modelcard.md).
"""

from typing import Any

from catnet.config.dump import to_yaml
from catnet.export.exported import Exported
from catnet.goals import REGRESSION
from catnet.question import Question
from catnet.report.facts import Facts
from catnet.text import metric_name, printable

NAMES = {"auc": "roc_auc", "r2": "r_squared"}  # metrics that hubs call otherwise
LOCAL = "local"  # the identifier of data that is on no hub, as far as catnet knows
WITHOUT_THRESHOLD = ("auc",)  # metrics that no threshold decides
OTHER_THRESHOLDS = "# the metrics that depend on a threshold are left out: they are of 0.5, not of the stored ones\n"
LICENSE = "# license: none is named; choose one if you publish this model\n"


def front_matter(exported: Exported, facts: Facts | None) -> str:
    """The YAML between the two lines of dashes. What is not known, such as a licence, is left out.

    Only figures of data that the model has not learned from are results, and only those of the model as it decides.
    """
    question = exported.model.question
    task, is_known = task_of(question)
    entries: dict[str, Any] = {"library_name": "catnet"}
    if is_known:
        entries["pipeline_tag"] = task
    entries["tags"] = ["catnet", "fully-connected", question.kind.name, *[task] * (not is_known)]
    comment = ""
    if facts is not None and is_measured(facts) and (metrics := results(facts)):
        comment = OTHER_THRESHOLDS * (facts.model.thresholds is not None)
        entries["metrics"] = [each["type"] for each in metrics]
        data = {"type": LOCAL, "name": printable(facts.run.config.data.path.name), "split": facts.unseen}
        result = {"task": {"type": task, "name": question.kind.name}, "dataset": data, "metrics": metrics}
        entries["model-index"] = [{"name": printable(exported.name), "results": [result]}]
    return to_yaml(entries) + comment + LICENSE


def task_of(question: Question) -> tuple[str, bool]:
    """The task as hubs call it, and whether it is one of theirs."""
    inputs = "image" if question.features is None else "tabular"
    kind = "regression" if question.goal == REGRESSION else "classification"
    return f"{inputs}-{kind}", (inputs, kind) != ("image", "regression")


def is_measured(facts: Facts) -> bool:
    """Whether there are figures of examples that the model has not learned from."""
    return facts.unseen != "train" and not facts.is_all_seen


def results(facts: Facts) -> list[dict[str, Any]]:
    """The metrics of the unseen split, those that exist, the headline metric first.

    The recorded ones are of the threshold 0.5: if the model has others, only those that do not depend on it.
    """
    metrics = facts.question.kind.metrics
    if facts.model.thresholds is not None:
        metrics = tuple(metric for metric in metrics if metric in WITHOUT_THRESHOLD)
    values = facts.metrics[facts.unseen]
    return [
        {"type": NAMES.get(metric, metric), "name": metric_name(metric), "value": values[metric]}
        for metric in metrics
        if values[metric] is not None
    ]
