"""The labels: classes that are rare, or missing in a split, too few examples, and what a measurement can tell then.

Examples are counted once however often they are repeated: copies are no further ones.
"""

import math
from collections.abc import Iterator

import numpy as np

from catnet.data.reading import by_class
from catnet.data.split_names import WORDS
from catnet.evaluation.bootstrap import Z_95, share_interval
from catnet.goals import METRICS, MULTI_LABEL, REGRESSION
from catnet.recipe.settings import IMBALANCED
from catnet.selection.check.copies import repeats
from catnet.selection.check.finding import PASS, WARNING, Finding
from catnet.selection.check.reading import Readable
from catnet.selection.wrong_labels import WrongLabels
from catnet.text import are, counted, first_names, metric_name, printable

FEW = 20  # training examples of a class, or of all for a regression
WIDE = 0.2  # of an interval: so far apart are a good and a bad network
SPREAD = math.sqrt(math.pi / 2 - 1)  # the deviation of the size of a normal error, over its mean


def of_classes(read: Readable) -> Iterator[Finding]:
    """Which classes are missing in a split, rare, or few."""
    dataset, question = read.dataset, read.dataset.question
    if question.goal == REGRESSION:
        yield from of_target(read)
        return
    for name, split in dataset.splits.items():
        if absent := question.absent(split.labels):
            line = f"the {WORDS[name]} data has no example of {first_names(absent, 100)}"
            yield Finding(WARNING, "classes", line, facts={"split": name, "absent": absent})
    if not any(question.absent(split.labels) for split in dataset.splits.values()):
        yield Finding(PASS, "classes", f"every split has examples of {first_names(question.names, 100)}")
    copies = repeats(read)["train"]
    counts = by_class(question, np.delete(dataset.splits["train"].labels, list(copies), axis=1))
    few = {name: count for name, count in counts.items() if count < FEW}
    if few:
        line = f"{counted(len(few), 'class')} with less than {FEW} training examples{once(copies)}"
        details = tuple(f"{printable(name)}: {count}" for name, count in few.items())
        yield Finding(WARNING, "number of examples", line, details, {"examples": few})
    else:
        line = f"the smallest class has {counted(min(counts.values()), 'training example')}{once(copies)}"
        yield Finding(PASS, "number of examples", line, facts={"examples": counts})
    if question.goal != MULTI_LABEL:
        yield of_balance(dataset.read.classes["train"], read.config.train.class_weights is not None)


def once(copies: set[int]) -> str:
    """What to add to a number of examples if some are not counted."""
    return ", copies counted once" if copies else ""


def of_target(read: Readable) -> Iterator[Finding]:
    """Whether there are examples enough for a regression, and the target varies."""
    dataset, copies = read.dataset, repeats(read)["train"]
    labels = dataset.splits["train"].labels[0]
    count = len(labels) - len(copies)
    line = f"there {are(count)} {counted(count, 'training example')}{once(copies)}"
    yield Finding(WARNING if count < FEW else PASS, "number of examples", line, facts={"examples": count})
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


def of_interval(read: Readable, wrong: WrongLabels | None) -> Iterator[Finding]:
    """How wide the 95% interval of a metric will be on the data that measures it, with so few examples."""
    dataset = read.dataset
    name = next((name for name in ("test", "validation") if name in dataset.splits), None)
    if name is None:
        yield Finding(WARNING, "interval", "there is no test and no validation data: no result can be measured")
        return
    split, copies, metric = dataset.splits[name], repeats(read)[name], dataset.question.kind.headline
    m = len(split.names) - len(copies | set(split.seen))
    if not m:  # all have been seen: then they measure all the same
        m = len(split.names) - len(copies)
    of_what = f"with {counted(m, f'{WORDS[name]} {dataset.question.examples[:-1]}')}{once(copies)}"
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
