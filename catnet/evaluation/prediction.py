"""An answer in the user's words: as a value, as a line of text, as JSON.

`export` writes these functions into a file for others, which then says what `predict` says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from catnet.goals import MULTI_LABEL, REGRESSION
from catnet.text import listed, printable

SHOWN = 20  # classes of a line, the most probable ones


@dataclass(frozen=True)
class Prediction:
    """The answer about one example: probabilities by class, best first; or, for regression, the target's value.

    `answer` is what that amounts to: the most probable class; for goal 2.0 all classes whose probability is above
    their threshold; for goal 1.0 the class if it is above its threshold, else the name of what is not of the class;
    for regression the value.
    """

    name: str
    probabilities: dict[str, float]
    answer: str | list[str] | float
    value: float | None = None


def prediction_of(
    name: str,
    values: Sequence[float],
    thresholds: Sequence[float],
    goal: str,
    classes: Sequence[str],
    negative: str | None,
) -> Prediction:
    """What the outputs y^ (k,) about an example say, each with its threshold. `negative` is what goal 1.0 calls what is
    not of the class.
    """
    if goal == REGRESSION:
        return Prediction(name, {}, values[0], values[0])
    probabilities = dict(zip(classes, values, strict=True))
    above = [label for (label, p), threshold in zip(probabilities.items(), thresholds, strict=True) if p > threshold]
    if negative is not None:
        # first, so that of equals it is the best: a sigmoid says 1 only above a half
        probabilities = {negative: 1 - values[0], **probabilities}
    probabilities = dict(sorted(probabilities.items(), key=lambda item: -item[1]))
    if goal == MULTI_LABEL:
        return Prediction(name, probabilities, [label for label in probabilities if label in above])
    if negative is not None:
        return Prediction(name, probabilities, above[0] if above else negative)
    return Prediction(name, probabilities, next(iter(probabilities)))


def as_line(answer: Prediction, target: str | None, decides: bool) -> str:
    """`photo.jpg: cat 0.9731, lion 0.0214, iguana 0.0055`, or `photo.jpg: age 3.42`.

    If it `decides`, as a model does with which thresholds are stored, also the decision:
    `photo.jpg: not cat 0.6420, cat 0.3580 -> cat`.
    """
    if answer.value is not None:
        return f"{printable(answer.name)}: {printable(target)} {answer.value:.6g}"
    best = islice(answer.probabilities.items(), SHOWN)
    classes = ", ".join(f"{printable(name)} {probability:.4f}" for name, probability in best)
    if len(answer.probabilities) > SHOWN:
        classes += f" and {len(answer.probabilities) - SHOWN} more"
    if not decides:
        return f"{printable(answer.name)}: {classes}"
    decision = listed(answer.answer if isinstance(answer.answer, list) else [answer.answer]) or "none of them"
    return f"{printable(answer.name)}: {classes} -> {decision}"


def as_facts(answer: Prediction, target: str | None) -> dict[str, Any]:
    """The answer, with every digit, as the values of JSON."""
    if answer.value is not None:
        return {"file": answer.name, "target": target, "value": answer.value}
    return {"file": answer.name, "prediction": answer.answer, "probabilities": answer.probabilities}
