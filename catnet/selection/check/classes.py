"""The labels: classes that are rare, or missing in a split, too few examples, and what a measurement can tell then."""

import math
from collections.abc import Iterator

from catnet.config import Config
from catnet.data.dataset import Dataset
from catnet.data.split_names import WORDS
from catnet.evaluation.bootstrap import Z_95, share_interval
from catnet.goals import METRICS, MULTI_LABEL, REGRESSION
from catnet.recipe.settings import IMBALANCED
from catnet.selection.check.finding import PASS, WARNING, Finding
from catnet.selection.wrong_labels import WrongLabels
from catnet.text import counted, first_names, metric_name, printable

FEW = 20  # training examples of a class, or of all for a regression
WIDE = 0.2  # of an interval: so far apart are a good and a bad network
SPREAD = math.sqrt(math.pi / 2 - 1)  # the deviation of the size of a normal error, over its mean


def of_classes(config: Config, dataset: Dataset) -> Iterator[Finding]:
    """Which classes are missing in a split, rare, or few."""
    question = dataset.question
    if question.goal == REGRESSION:
        yield from of_target(dataset)
        return
    for name, split in dataset.splits.items():
        if absent := question.absent(split.labels):
            line = f"the {WORDS[name]} data has no example of {first_names(absent, 100)}"
            yield Finding(WARNING, "classes", line, facts={"split": name, "absent": absent})
    if not any(question.absent(split.labels) for split in dataset.splits.values()):
        yield Finding(PASS, "classes", f"every split has examples of {first_names(question.names, 100)}")
    counts = dataset.read.classes["train"]
    few = {name: count for name, count in counts.items() if count < FEW}
    if few:
        line = f"{counted(len(few), 'class')} with less than {FEW} training examples"
        details = tuple(f"{printable(name)}: {count}" for name, count in few.items())
        yield Finding(WARNING, "number of examples", line, details, {"examples": few})
    else:
        line = f"the smallest class has {counted(min(counts.values()), 'training example')}"
        yield Finding(PASS, "number of examples", line, facts={"examples": counts})
    if question.goal != MULTI_LABEL:
        yield of_balance(counts, config.train.class_weights is not None)


def of_target(dataset: Dataset) -> Iterator[Finding]:
    """Whether there are examples enough for a regression, and the target varies."""
    labels = dataset.splits["train"].labels[0]
    kind = WARNING if len(labels) < FEW else PASS
    yield Finding(kind, "number of examples", f"there are {counted(len(labels), 'training example')}")
    if len(labels) > 1 and (labels == labels[0]).all():
        line = f"column {printable(dataset.question.target)} is {labels[0]:g} in every training example"
        yield Finding(WARNING, "classes", line)


def of_balance(counts: dict[str, int], weighted: bool) -> Finding:
    """How many times as many examples the largest class has as the smallest."""
    largest, smallest = (choose(counts, key=lambda name: counts[name]) for choose in (max, min))
    ratio = counts[largest] / max(1, counts[smallest])
    facts = {"largest": largest, "smallest": smallest, "ratio": ratio}
    line = f"the largest class has {ratio:.1f} times as many training examples as the smallest"
    if ratio <= IMBALANCED or weighted:
        return Finding(PASS, "balance", f"{line}; train.class_weights is set" if weighted else line, facts=facts)
    line = f"{line} ({printable(largest)}, {printable(smallest)})"
    return Finding(WARNING, "balance", f"{line}; train.class_weights: balanced makes them count alike", facts=facts)


def of_interval(dataset: Dataset, wrong: WrongLabels | None) -> Iterator[Finding]:
    """How wide the 95% interval of a metric will be on the data that measures it, with so few examples."""
    name = next((name for name in ("test", "validation") if name in dataset.splits), None)
    if name is None:
        yield Finding(WARNING, "interval", "there is no test and no validation data: no result can be measured")
        return
    m, metric = len(dataset.splits[name].without_seen.names), dataset.question.kind.headline
    of_what = f"with {counted(m, f'{WORDS[name]} {dataset.question.examples[:-1]}')}"
    if not METRICS[metric].is_percentage:
        reach = Z_95 * SPREAD / math.sqrt(m)
        line = f"{of_what}, the {metric_name(metric)} will be known to about {reach:.0%} of it, if errors are normal"
        yield Finding(WARNING if reach > WIDE else PASS, "interval", line, facts={"examples": m, "share": reach})
        return
    share = 0.8 if wrong is None else max(wrong.value, wrong.trivial)
    low, high = share_interval(share, m)
    line = f"{of_what}, {metric_name(metric)} of {share:.0%} has a 95% interval from {low:.0%} to {high:.0%}"
    facts = {"examples": m, metric: share, "low": low, "high": high}
    if high - low > WIDE:
        yield Finding(WARNING, "interval", f"{line}: only large differences show", facts=facts)
    else:
        yield Finding(PASS, "interval", line, facts=facts)
