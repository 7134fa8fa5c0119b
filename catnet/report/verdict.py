"""The verdict: the metric on unseen data beside the trivial answer's, and how far chance goes."""

from dataclasses import dataclass

import numpy as np

from catnet.evaluation.bootstrap import interval, paired_interval
from catnet.evaluation.metrics import scores
from catnet.goals import METRICS, MULTI_LABEL, REGRESSION
from catnet.report.facts import Facts
from catnet.text import isolated, score

SHIFT = 0.1  # that another constant answer scores above the one that the training data suggests
SPLITS = {"test": "test", "validation": "validation", "train": "training"}


@dataclass(frozen=True)
class Verdict:
    """The headline metric on the unseen split, with its 95% interval where it is known, and sentences about it."""

    metric: str
    split: str
    value: float
    trivial: float
    low: float | None
    high: float | None
    sentences: tuple[str, ...]


def verdict(facts: Facts) -> Verdict:
    """The verdict on a run."""
    metric, split = facts.headline, facts.unseen
    metrics = facts.metrics[split]
    value, trivial = metrics[metric], metrics["trivial"][metric]
    values = facts.scores(split)
    low, high = (None, None) if values is None else interval(values)
    between = "" if low is None else f" (95% interval: {score(metric, low)} to {score(metric, high)})"
    examples = f"{metrics['examples']} {SPLITS[split]} {facts.question.examples}"
    if facts.goal == REGRESSION:
        first = f"On the {examples} the answer is off by {score(metric, value)} on average{between}."
    elif facts.goal == MULTI_LABEL:
        first = f"For {score(metric, value)} of the {examples} every label is right{between}."
    else:
        first = f"{score(metric, value)} of the {examples} are answered rightly{between}."
    second = f"{trivial_answer(facts)} scores {score(metric, trivial)}: the network is {compared(facts, low, high)}."
    return Verdict(metric, split, value, trivial, low, high, (first, second, *caveats(facts)))


def trivial_answer(facts: Facts) -> str:
    """What the answer is that is the same for every example."""
    constant = facts.model.constant[:, 0]
    if facts.goal == REGRESSION:
        return f"The trivial answer, always the training mean of {score('mae', constant[0])},"
    if facts.goal == MULTI_LABEL:
        there = [isolated(label) for label, share in zip(facts.question.classes, constant, strict=True) if share > 0.5]
        return f"The trivial answer, always {' and '.join(there) or 'no label'},"
    best = int(constant[0] > 0.5) if len(constant) == 1 else int(constant.argmax())
    return f"The trivial answer, always {isolated(facts.question.names[best])},"


def compared(facts: Facts, low: float | None, high: float | None) -> str:
    """Whether the network is better than the trivial answer, by more than chance."""
    metric, split = facts.headline, facts.unseen
    metrics = facts.metrics[split]
    gain = metrics[metric] - metrics["trivial"][metric]
    if METRICS[metric].smaller_is_better:
        gain = -gain
    examples, answer = facts.split(split), facts.answer(split)
    if answer is not None and examples is not None:
        trivial = scores(facts.goal, np.broadcast_to(facts.model.constant, examples.labels.shape), examples.labels)
        low, high = paired_interval(scores(facts.goal, answer, examples.labels), trivial)
    elif low is not None and high is not None:
        low, high = low - metrics["trivial"][metric], high - metrics["trivial"][metric]
    if gain == 0:
        return "no better"
    sure = low is not None and high is not None and (low > 0 or high < 0)
    return f"{'better' if gain > 0 else 'worse'}, {'and by more than chance' if sure else 'but it may be chance'}"


def caveats(facts: Facts) -> list[str]:
    """What makes the verdict less than it seems."""
    told = []
    matrix = facts.metrics[facts.unseen].get("confusion_matrix")
    if matrix is not None:
        counts = [sum(row) for row in matrix]
        most = max(range(len(counts)), key=counts.__getitem__)
        share = counts[most] / sum(counts)
        if share > facts.metrics[facts.unseen]["trivial"][facts.headline] + SHIFT:
            told.append(
                f"The classes are mixed otherwise there than in the training data: "
                f"always {isolated(facts.question.names[most])} would score {share:.1%}."
            )
    if facts.unseen == "train":
        return [*told, "These are the pictures that it learned from: on others it will do worse. Keep some for a test."]
    if facts.unseen == "validation":
        return [*told, "The same data chose the best epoch, so expect slightly less on other data."]
    return told
