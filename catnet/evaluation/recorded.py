"""Whether a summary.json holds what others use of it. It is read as a stranger's.

Each check raises ValueError, KeyError or TypeError, with what is not as catnet writes it.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from catnet.data.split_names import WORDS
from catnet.errors import CheckpointError
from catnet.evaluation.baselines import INPUTS, LEFT_OUT, NAMES
from catnet.evaluation.metrics import BASELINES, CELLS, LEAD, MATRIX, OF_CLASS, TRIVIAL, WITHOUT_DUPLICATES
from catnet.goals import BINARY, COST, METRICS, MULTI_CLASS, MULTI_LABEL
from catnet.question import Question
from catnet.runs.format import in_short, is_count, is_number, require
from catnet.runs.layout import SUMMARY
from catnet.runs.reader import SavedRun
from catnet.text import printable

LARGEST = 1e300  # of a metric: twice as much is still a finite number
MOST_EXAMPLES = 10**8
WITHOUT_VALUE = ("auc", "r2")  # the metrics that may not exist
UNBOUNDED = (COST, "mae", "rmse", "r2")  # the others are from 0 to 1
TEXTS = ("run", "precision", "machine")
COUNTS = ("components", "trained_parameters")
OTHERS = ("examples", TRIVIAL, BASELINES, "per_class", MATRIX, CELLS, WITHOUT_DUPLICATES)  # of what is found on a split
Facts = Mapping[str, Any]


def recorded(run: SavedRun, question: Question) -> dict[str, Any] | None:
    """The summary of a run, whose metrics are those of a model; None if the training did not finish.

    Raises CheckpointError if it is damaged.
    """
    summary = run.summary
    if summary is not None:
        try:
            check_summary(summary, question)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"{printable(run.path / SUMMARY)}: is damaged: {in_short(error)}") from error
    return summary


def check_summary(summary: Facts, question: Question) -> None:
    """The metrics of each split, and the other facts as far as they are there."""
    named = summary.get(BASELINES, {})
    for name, baseline in named.items():
        require(name in NAMES and is_list_of_texts([baseline[INPUTS], baseline.get(LEFT_OUT, "")]), "its baselines")
    for split, found in summary["metrics"].items():
        require(split in WORDS, f"a split {split!r}")
        check_split(found, question)
        require(found.get(BASELINES, {}).keys() <= named.keys(), "a baseline that is not said to be there")
        if WITHOUT_DUPLICATES in found and found[WITHOUT_DUPLICATES] != {"examples": 0}:
            check_split(found[WITHOUT_DUPLICATES], question)
    for name in TEXTS:
        require(isinstance(summary.get(name, ""), str), f"{name} {summary.get(name)!r}")
    for name in ("name", "reason"):
        require(isinstance(summary.get("solver", {name: ""})[name], str), f"solver {summary.get('solver')!r}")
    for name in COUNTS:
        require(name not in summary or is_count(summary[name]), f"{name} {summary.get(name)!r}")
    seconds, notes = summary.get("seconds", 0.0), summary.get("notes", [])
    require(is_number(seconds) and 0 <= seconds < LARGEST, f"seconds {seconds!r}")
    require(is_list_of_texts(notes), f"notes {notes!r}")
    read = summary.get("data", {})
    require(is_list_of_texts(read.get("left_out", [])), "what was left out")
    require(all(map(is_count, read.get("filled", {}).values())), "what was filled")


def is_list_of_texts(value: object) -> bool:
    """Whether it is a list of texts."""
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


def check_split(found: Facts, question: Question) -> None:
    """What `evaluate` finds on a split."""
    require(is_number_of_examples(found["examples"], least=1), f"{found['examples']!r} examples")
    check_metrics({name: value for name, value in found.items() if name not in OTHERS}, question, (COST,))
    check_metrics({name: value for name, value in found[TRIVIAL].items() if name not in OTHERS}, question)
    for other in found.get(BASELINES, {}).values():
        check_metrics({name: value for name, value in other.items() if name not in (*OTHERS, LEAD)}, question)
        check_lead(other[LEAD])
    if question.goal in (MULTI_LABEL, MULTI_CLASS):
        per_class = found["per_class"]
        require(list(per_class) == list(question.classes), f"the classes {list(per_class)!r}")
        for of_class in per_class.values():
            require(is_number_of_examples(of_class["support"]), f"support {of_class['support']!r}")
            check_values({name: of_class[name] for name in OF_CLASS})
    if question.goal in (BINARY, MULTI_CLASS):
        check_confusions(found, max(2, len(question.classes)))


def check_lead(lead: Facts) -> None:
    """How far the network is ahead of a baseline."""
    low, high = lead["interval"]
    for value in (lead["difference"], low, high):
        require(is_number(value) and abs(value) <= LARGEST, f"a lead of {value!r}")
    require(is_number(lead["p"]) and 0 <= lead["p"] <= 1, f"p {lead['p']!r}")


def check_confusions(found: Facts, k: int) -> None:
    """The confusion matrix of k classes, whole or as its cells that are not 0."""
    counts = np.array(found[CELLS] if CELLS in found else found[MATRIX])
    shape = (len(counts), 3) if CELLS in found else (k, k)
    right = counts.shape == shape and counts.dtype.kind == "i" and 0 <= counts.min() <= counts.max() <= MOST_EXAMPLES
    require(right and (CELLS not in found or int(counts[:, :2].max()) < k), "its confusion matrix")


def check_metrics(found: Facts, question: Question, others: tuple[str, ...] = ()) -> None:
    """The metrics of the goal, and these others; none that is unknown."""
    for name in (*question.kind.metrics, *others):
        require(name in found, f"there is no {name}")
    check_values(found)


def check_values(found: Facts) -> None:
    """Values of metrics by name."""
    for name, value in found.items():
        require(name in METRICS, f"a metric {name!r}")
        least, most = (-LARGEST, LARGEST) if name in UNBOUNDED else (0, 1)
        absent = value is None and name in WITHOUT_VALUE
        require(absent or (is_number(value) and least <= value <= most), f"{name} {value!r}")


def is_number_of_examples(value: object, least: int = 0) -> bool:
    """Whether there can be so many examples."""
    return type(value) is int and least <= value <= MOST_EXAMPLES
