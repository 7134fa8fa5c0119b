"""The answers that a page shows, whoever gave them: one network, or those of several folds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catnet.engine.types import Array
from catnet.evaluation.metrics import MATRIX, confusions
from catnet.evaluation.tables import CLASSES, class_cells, frequent_confusions, lowest, worst_classes
from catnet.goals import BINARY, MULTI_CLASS, REGRESSION
from catnet.question import Question
from catnet.text import in_brief, isolated, number

ROWS = 200  # classes of a table with a row for each
FEW = 100  # examples of a reliability diagram that chance moves far
NAMED = 10  # labels without a curve that are named


@dataclass(frozen=True)
class Answers:
    """Answers y^ (k, m) about the examples of these names, m of them, whose labels are Y (k, m)."""

    question: Question
    examples: Sequence[str]
    labels: Array
    y_hat: Array

    @property
    def goal(self) -> str:
        """The goal."""
        return self.question.goal

    @property
    def names(self) -> list[str]:
        """The answers to choose from, as they are shown."""
        return names_of(self.question)

    @property
    def outputs(self) -> list[str]:
        """What the k outputs stand for, as it is shown."""
        return outputs_of(self.question)


def names_of(question: Question) -> list[str]:
    """The answers to choose from, isolated: as `Question.names`."""
    return [isolated(name) for name in question.names]


def outputs_of(question: Question) -> list[str]:
    """What the output neurons stand for, isolated: the classes, or the target."""
    return [isolated(name) for name in question.classes or (question.target,)]


def truth_of(question: Question, label: Array) -> str:
    """What is true of an example with this label, (k,), in words."""
    if question.goal == REGRESSION:
        return number(float(label[0]))
    there = [name for name, value in zip(outputs_of(question), label, strict=True) if value > 0]
    return in_brief(there) if there else names_of(question)[0] if question.goal == BINARY else "no label"


def confusion(question: Question, metrics: Mapping[str, Any]) -> dict[str, Any] | None:
    """The confusion matrix with each row's shares, if it has any; of very many classes the most frequent confusions."""
    names = names_of(question)
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


def per_class(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """Precision, recall, F1, AUC and how many examples, for each class; of very many, the worst."""
    of_class = metrics.get("per_class", {})
    rows = [(isolated(label), class_cells(of_class[label])) for label in worst_classes(of_class, ROWS)]
    return {"per_class": rows, "chosen_classes": lowest(len(rows), len(of_class))}


def about_answers(question: Question, metrics: Mapping[str, Any], figures: int) -> str:
    """How to read so many figures about probabilities, and which of them there cannot be."""
    if question.goal == REGRESSION or not figures:
        return ""
    m, what = metrics["examples"], question.examples
    told = []
    missing = without_curve(metrics)
    if figures == 1:
        told.append(f"A precision-recall and a ROC curve need {what} with a label and others without it.")
    elif missing:
        named = f"{', '.join(missing[:NAMED])}{' and others' if len(missing) > NAMED else ''}"
        told.append(f"No curve of {named}: it needs {what} with the label and others without it.")
    if question.goal == MULTI_CLASS:
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


def without_curve(metrics: Mapping[str, Any]) -> list[str]:
    """The labels for which all examples have the same answer, so that there is nothing to rank."""
    of_class = metrics.get("per_class", {})
    return [isolated(label) for label, scores in of_class.items() if scores["auc"] is None]
