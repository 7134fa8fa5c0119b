"""The verdict of a cross-validation: how good the network would be on new data, beside what is answered without it."""

from collections.abc import Iterator

from catnet.evaluation.beside import Beside, against, what_to_do
from catnet.evaluation.metrics import trivial_prediction
from catnet.goals import MULTI_LABEL, REGRESSION
from catnet.report.verdict import Verdict, better_or_worse, trivial_answer
from catnet.selection.cross_validation import CrossValidation
from catnet.selection.estimates import is_none, is_sure
from catnet.text import printable, score


def verdict(found: CrossValidation) -> Verdict:
    """How good the network would be on new data, beside the trivial answer."""
    question, labels = found.pool.dataset.question, found.pool.labels
    metric, what, best = question.kind.headline, question.examples, found.estimates[question.kind.headline]
    assert best.mean is not None  # for all answers are finite
    interval = None if best.low is None or best.high is None else (best.low, best.high)
    value, between = score(metric, best.mean), ""
    if interval is not None:
        between = f" (95% interval: {score(metric, interval[0])} to {score(metric, interval[1])})"
    if question.goal == REGRESSION:
        first = f"On new {what} expect the answer to be off by {value} on average{between}"
    elif question.goal == MULTI_LABEL:
        first = f"Expect every label to be right for {value} of new {what}{between}"
    else:
        first = f"Expect {value} of new {what} to be answered correctly{between}"
    unless = ", unless its first weights have" if found.pool.learned_before.note else ""
    first += f": the mean of {len(found.folds)} trainings, each tested on {what} that it has not learned from{unless}."
    constant = trivial_answer(question, trivial_prediction(labels), mean="the mean")
    trivial, lead = float(found.of_trivial.mean()), found.beside_trivial
    scored = f"The trivial answer, always {constant}, scores {score(metric, trivial)}"
    judged = (
        "no better" if is_none(lead) else better_or_worse(metric, best.mean, trivial, sure=is_sure(lead, best, trivial))
    )
    sentences = (first, f"{scored}: the network is {judged}.", *against_baselines(found))
    return Verdict(metric, "", best.mean, trivial, interval, sentences)


def against_baselines(found: CrossValidation) -> Iterator[str]:
    """Whether the network is better than the best linear answers on the same folds; and why one is not there."""
    baselines, faults = found.baselines
    metric, others = found.pool.dataset.question.kind.headline, []
    for of in baselines.values():
        value, lead = of.found.mean, of.lead
        assert value is not None and lead.mean is not None
        sure = is_sure(lead, found.estimates[metric], value)
        others.append(Beside(of.inputs, value, 0.0 if is_none(lead) else lead.mean, sure))
    if others:
        yield against(metric, others)
        is_linear = not found.pool.config.model.hidden_layers
        yield from what_to_do(metric, others, float(found.of_trivial.mean()), is_linear)
    for name, fault in faults.items():
        yield f"There is no baseline {name}: {printable(fault)}."
