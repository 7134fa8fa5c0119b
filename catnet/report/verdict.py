"""The verdict: the metric on unseen data beside the trivial answer's, and how far chance goes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from catnet.data.split_names import WORDS
from catnet.engine.types import Array
from catnet.evaluation.beside import beside_baselines
from catnet.evaluation.bootstrap import interval, share_interval
from catnet.evaluation.folds import equal_in, first_of_groups
from catnet.evaluation.joint import jointly
from catnet.evaluation.metrics import BASELINES, scores, supports
from catnet.evaluation.tables import without_duplicates
from catnet.goals import BINARY, METRICS, MULTI_CLASS, MULTI_LABEL, REGRESSION, penalty
from catnet.question import Question
from catnet.report.answers import names_of, outputs_of
from catnet.report.facts import Facts
from catnet.text import score

TOLD = 10  # labels of the trivial answer that a sentence names
SHIFT = 0.1  # by which another constant answer scores above the trivial one, before a sentence says so

Interval = tuple[float, float]


@dataclass(frozen=True)
class Verdict:
    """The headline metric on the unseen split, with its 95% interval if it is known, and sentences about it."""

    metric: str
    split: str
    value: float
    trivial: float
    interval: Interval | None
    sentences: tuple[str, ...]


def verdict(facts: Facts) -> Verdict:
    """The verdict on a run."""
    metric, split = facts.headline, facts.unseen
    metrics = facts.metrics[split]
    value, trivial = metrics[metric], metrics["trivial"][metric]
    chance = chance_of(facts)
    between = "" if chance is None else f" (95% interval: {score(metric, chance[0])} to {score(metric, chance[1])})"
    examples = f"{metrics['examples']} {WORDS[split]} {facts.question.examples}"
    examples = examples if metrics["examples"] > 1 else f"single {WORDS[split]} {facts.question.examples[:-1]}"
    if facts.goal == REGRESSION:
        first = f"On the {examples} the answer is off by {score(metric, value)} on average{between}."
    elif facts.goal == MULTI_LABEL:
        first = f"For {score(metric, value)} of the {examples} every label is right{between}."
    else:
        first = f"{score(metric, value)} of the {examples} are answered correctly{between}."
    constant = trivial_answer(facts.question, facts.model.constant)
    scored = f"The trivial answer, always {constant}, scores {score(metric, trivial)}"
    second = f"{scored}: the network is {compared(facts, chance)}."
    return Verdict(metric, split, value, trivial, chance, (first, second, *against_baselines(facts), *caveats(facts)))


def chance_of(facts: Facts) -> Interval | None:
    """The 95% interval of the headline metric on the unseen split: Wilson's of a share, by the number of different
    examples if the data is there, else `interval`.

    None for regression if the data is gone, or if there is a single example.
    """
    metrics, values, split = facts.metrics[facts.unseen], facts.scores(facts.unseen), facts.split(facts.unseen)
    if METRICS[facts.headline].is_percentage:
        m = metrics["examples"] if split is None else len(first_of_groups(equal_in(split)))
        return share_interval(metrics[facts.headline], m)
    return None if values is None or len(values) < 2 else interval(values)


def trivial_answer(question: Question, constant: Array, mean: str = "the training mean") -> str:
    """The answer (k, 1) that is the same for every example, in words; what its `mean` is."""
    shares, outputs = constant[:, 0], outputs_of(question)
    if question.goal == REGRESSION:
        return f"{mean} of {score('mae', shares[0])}"
    if question.goal == MULTI_LABEL:
        there = [label for label, share in zip(outputs, shares, strict=True) if share > 0.5]
        more = f" and {len(there) - TOLD} more" if len(there) > TOLD else ""
        return " and ".join(there[:TOLD]) + more or "no label"
    return names_of(question)[int(shares[0] > 0.5) if question.goal == BINARY else int(shares.argmax())]


def compared(facts: Facts, chance: Interval | None) -> str:
    """Whether the network is better than the trivial answer, and by more than chance.

    Of equal examples one counts. `chance` is the interval of the metric itself, for a run whose data is gone.
    """
    metric, metrics = facts.headline, facts.metrics[facts.unseen]
    value, trivial = metrics[metric], metrics["trivial"][metric]
    if facts.is_all_seen:
        return "not known to be better, for it has learned from all of them"
    if value == trivial:
        return "no better"
    split, found = facts.split(facts.unseen), facts.scores(facts.unseen)
    if split is not None and found is not None:
        constant = np.broadcast_to(facts.model.constant, split.labels.shape)
        both = [each[np.newaxis] for each in (found, scores(facts.goal, constant, split.labels))]
        sure = jointly(both, METRICS[metric].is_percentage, groups=equal_in(split)).gap(0, 1).sure
    else:
        sure = chance is not None and not chance[0] <= trivial <= chance[1]
    return better_or_worse(metric, value, trivial, sure)


def better_or_worse(metric: str, value: float, trivial: float, sure: bool) -> str:
    """Whether a value is better than that of the trivial answer, and whether we may be `sure` of that."""
    better = "better" if penalty(metric, value) < penalty(metric, trivial) else "worse"
    return f"{better}, {'and by more than chance' if sure else 'but it may be chance'}"


def against_baselines(facts: Facts) -> Iterator[str]:
    """Whether the network is better than the baselines, and by more than chance; nothing if it is not known."""
    if not facts.is_all_seen and facts.unseen != "train":
        of_split, baselines = {facts.unseen: facts.metrics[facts.unseen]}, facts.summary.get(BASELINES, {})
        is_linear = facts.model.network.depth == 1
        yield from (told for _, told in beside_baselines(facts.headline, of_split, baselines, is_linear))


def caveats(facts: Facts) -> list[str]:
    """What makes the verdict less than it seems."""
    metrics, measured = facts.metrics[facts.unseen], facts.measured[facts.unseen]
    told = [sentence] if (sentence := without_duplicates(facts.question, facts.unseen, measured)) else []
    if facts.goal in (BINARY, MULTI_CLASS):
        counts = supports(metrics)
        share = max(counts) / sum(counts)
        if share > metrics["trivial"][facts.headline] + SHIFT:
            most = facts.names[counts.index(max(counts))]
            told.append(
                f"The classes have other shares there than in the training data: always {most} would score {share:.1%}."
            )
    if facts.unseen == "train":
        what = facts.question.examples
        told.append(f"These are the {what} that it learned from: on others it will do worse. Keep some for a test.")
    elif facts.unseen == "validation" and facts.chose_epoch:
        told.append("The same data chose the best epoch, so expect slightly less on other data.")
    return told
