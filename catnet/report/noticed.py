"""What was noticed about a run: one sentence for each fault, and the line of the configuration to change.

Each rule looks at the facts and returns what it noticed, or None. The limits are judgments; they stand beside the
rules, and only there. Neither the rules nor what they read need the extra `report`.
"""

from collections.abc import Callable, Iterator

from catnet.report.answering import dead_neurons, few_unseen, nothing_unseen, one_answer, one_sided, small_classes
from catnet.report.facts import Facts
from catnet.report.finding import Noticed
from catnet.report.learning import no_better, overfitting, rate_too_low, too_short
from catnet.report.nothing import nothing_learned, nothing_to_learn
from catnet.report.rates import rate_too_high, schedule_too_fast
from catnet.runs.layout import CONFIG
from catnet.text import FIRST_STRONG_ISOLATE, POP_ISOLATE, printable

# By what each looks for, the most serious first.
RULES: dict[str, Callable[[Facts], Noticed | None]] = {
    "a network that learned nothing": nothing_learned,
    "figures of nothing unseen": nothing_unseen,
    "overfitting": overfitting,
    "one answer": one_answer,
    "answers that are no better on unseen data than the trivial one": no_better,
    "dead ReLUs": dead_neurons,
    "a learning rate that is too high": rate_too_high,
    "a learning rate that is too low": rate_too_low,
    "a schedule that is too fast": schedule_too_fast,
    "a training that is too short": too_short,
    "a class that is too small": small_classes,
    "too few unseen examples": few_unseen,
    "unseen data without a class": one_sided,
}


def hidden(facts: Facts) -> list[str]:
    """What the curves cannot show: if the learning rate falls to zero, the cost ends flat, however much is left."""
    slow = (rate_too_low, too_short)
    return [name for name, rule in RULES.items() if rule in slow and facts.run.config.train.schedule.name == "cosine"]


def noticed(facts: Facts) -> list[Noticed]:
    """All that is noticed, the most serious first; that there is nothing to learn is all there is to say."""
    if (pointless := nothing_to_learn(facts)) is not None:
        return [pointless]
    found = [rule(facts) for rule in RULES.values()]
    return [one for one in found if one is not None]


def in_lines(facts: Facts) -> Iterator[str]:
    """All that is noticed, a line each, with the line of the configuration: for a terminal."""
    path = printable(facts.run.path / CONFIG)
    for one in noticed(facts):
        sentence = one.sentence.replace(FIRST_STRONG_ISOLATE, "").replace(POP_ISOLATE, "")
        yield f"noticed: {sentence} ({path}:{facts.line(one.key)}: {one.key}: {one.fix})"
