"""The learning rate for a training: up to a limit that is known, or by a range test."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from catnet.config import Config
from catnet.data.scaling import fit_scaling
from catnet.engine.inputs import Inputs
from catnet.engine.learning_rate_limit import curvature_of_inputs, learning_rate_limit, share_of_steepest, why_no_limit
from catnet.engine.network import cost, logits
from catnet.engine.range_test import HIGHEST, LOWEST, RangeTest, range_test, suggested
from catnet.goals import REGRESSION
from catnet.text import counted, number, two_digits
from catnet.training.build import Setup, build, read_data
from catnet.training.rate import is_quadratic, times, what_falls
from catnet.training.start import fresh_start

OF_THE_LIMIT = 0.9  # to use: at the limit itself the steepest direction goes up and down without end
OTHER_SCALINGS = ("center", "standard")
TOO_LARGE = "the {what} are too large for {precision}: set data.{key}: standard"


@dataclass(frozen=True)
class Limit:
    """The rate that a training without hidden layers has to stay below, by the scaling of the inputs: first its own,
    then others that may suit. `shares` has what the steepest direction, which sets the limit, has of the sum of all
    squared inputs; nothing if there are class weights.
    """

    rates: dict[str, float]
    shares: dict[str, float]

    @property
    def rate(self) -> float:
        """With the scaling of the configuration."""
        return next(iter(self.rates.values()))


@dataclass(frozen=True)
class LearningRate:
    """A learning rate for a configuration, rounded down to two digits; None if none is found.

    It comes from the limit, or, if there is none for a reason, from a range test.
    """

    config: Config
    rate: float | None
    limit: Limit | None
    test: RangeTest | None
    why_no_limit: str = ""
    fault: str = ""  # why no rate would do

    @property
    def line(self) -> str:
        """For the section `train` of the configuration; empty if no rate was found."""
        return "" if self.rate is None else f"learning_rate: {decimal(self.rate)}"

    @property
    def sentences(self) -> list[str]:
        """What was found, in words."""
        if self.fault:
            return [sentence(self.fault)]
        said = [] if self.limit is None else list(of_limit(self.limit, self.config))
        if self.test is None:
            return said
        said += of_test(self.test, self.why_no_limit)
        return [*said, *of_its_end(self.config)] if self.test.still_falls and self.rate else said

    def to_json(self) -> dict[str, Any]:
        """All of it, for a program."""
        limit, test = self.limit, self.test
        measured = None
        if test is not None:
            measured = {"start_cost": test.start, "rates": test.rates.tolist(), "costs": test.costs.tolist()}
            measured |= {"still_falls": test.still_falls}
        return {
            "learning_rate": self.rate,
            "configured": self.config.train.learning_rate,
            "limit": None if limit is None else limit.rate,
            "limits_by_scaling": None if limit is None else limit.rates,
            "shares_by_scaling": None if limit is None else limit.shares,
            "why_no_limit": self.why_no_limit or None,
            "range_test": measured,
            "fault": self.fault or None,
        }


def find_learning_rate(config: Config, progress: Callable[[int, int], None] | None = None) -> LearningRate:
    """The learning rate for a configuration. Nothing is written.

    `progress` is told how many pictures are decoded, and of how many. Raises DataError and what else a training raises
    before its first epoch.
    """
    dataset = read_data(config, progress)
    return learning_rate_of(build(config, dataset, fresh_start(config, dataset)))


def learning_rate_of(setup: Setup) -> LearningRate:
    """The same for a training that is set up already."""
    reason = why_no_limit(setup.task)
    if fault := too_large(setup):
        return LearningRate(setup.config, None, None, None, reason, fault)
    if reason:
        test = range_test(setup.task)
        rate = suggested(test)
        return LearningRate(setup.config, None if rate is None else rounded_down(rate), None, test, reason)
    limit = limit_of(setup)
    return LearningRate(setup.config, rounded_down(OF_THE_LIMIT * limit.rate) if limit.rate else None, limit, None)


def too_large(setup: Setup) -> str:
    """That the targets of a regression, or its inputs, are too large for the first cost to be finite; else empty."""
    config, task = setup.config, setup.task
    if config.goal != REGRESSION:
        return ""
    labels = task.labels.astype(task.inputs.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        first = cost(task.network, logits(task.network, task.initial, task.inputs), labels)
        of_zeros = cost(task.network, np.zeros_like(labels), labels)
    if np.isfinite(first):
        return ""
    what, key = ("inputs", "scaling") if np.isfinite(of_zeros) else ("targets", "target_scaling")
    return TOO_LARGE.format(what=what, precision=config.train.precision, key=key)


def sentence(clause: str) -> str:
    """The clause as a sentence of its own."""
    return f"{clause[0].upper()}{clause[1:]}."


def limit_of(setup: Setup) -> Limit:
    """The limit of a training that has one, and those of the same training with other scalings."""
    data, task, model = setup.config.data, setup.task, setup.model
    rows = model.averaged(setup.dataset.splits["train"].rows)
    channels = None if model.image_size is None else data.channels
    rates, shares = {}, {}
    for kind in dict.fromkeys([data.scaling, *OTHER_SCALINGS]):
        inputs = task.inputs
        if kind != data.scaling:
            inputs = Inputs(rows, fit_scaling(kind, rows, channels), inputs.dtype.type)
        curvature = curvature_of_inputs(task, inputs)
        rates[kind] = learning_rate_limit(task.optimizer, curvature)
        share = share_of_steepest(task, inputs, curvature)
        if share is not None:
            shares[kind] = share
    return Limit(rates, shares)


def rounded_down(rate: float) -> float:
    """To two digits. What a rounding error alone keeps below them, as 0.9 * 0.1, counts as these."""
    digits, exponent = f"{rate:.12e}".split("e")
    return float(f"{digits[:3]}e{exponent}")


def decimal(rate: float) -> str:
    """The rate as YAML reads a number: 0.0036, 1.2e-05"""
    return f"{rate:g}" if "e" not in f"{rate:g}" else f"{rate:.1e}"


def of_limit(limit: Limit, config: Config) -> Iterator[str]:
    """What the limit is, what the configured rate is beside it, and what other scalings would do."""
    (own, *others), rate = limit.rates, config.train.learning_rate
    if not limit.rate:
        yield sentence(TOO_LARGE.format(what="inputs", precision=config.train.precision, key="scaling"))
        return
    yield f"Without hidden layers and with full batch the limit is known: {two_digits(limit.rate)}. {meaning(config)}"
    if rate > limit.rate:
        yield f"train.learning_rate: {rate:g} is {times(rate / limit.rate)} that."
    if own in limit.shares:
        yield (
            f"It is set by the direction in which the inputs are longest: {limit.shares[own]:.0%} of their squares lie "
            "along it. The larger that share, the longer takes what is to be learned along the others."
        )
    for kind in others:
        share = f", and the share {limit.shares[kind]:.0%}" if kind in limit.shares else ""
        yield f"With data.scaling: {kind} the limit would be {two_digits(limit.rates[kind])}{share}."


def meaning(config: Config) -> str:
    """What is so below the limit, and above it."""
    optimizer = config.train.optimizer
    if is_quadratic(config):
        below = (
            f"{what_falls(config)} falls in every epoch" if optimizer == "gradient_descent" else f"{optimizer} settles"
        )
        return f"Below it {below}; above it, the cost grows without end."
    if optimizer == "gradient_descent":
        return f"Below it {what_falls(config)} falls in every epoch, whatever the weights are."
    return f"Below it {optimizer} settles on any quadratic cost that is no steeper than this one can be."


def of_test(test: RangeTest, why: str) -> Iterator[str]:
    """How the range test went, and what follows."""
    yield (
        f"A range test, as {why}: {counted(len(test.rates), 'step')} from the first weights, with a learning rate that "
        f"rises from {LOWEST:g} to {HIGHEST:g}."
    )
    if suggested(test) is None:
        yield (
            f"The cost never fell below the {number(test.start)} before the first step, so it says nothing; other "
            "first weights (model.initialization, train.seed) or another data.scaling may help."
        )
        return
    lowest = int(np.argmin(test.costs))
    yield (
        f"The cost, {number(test.start)} before the first step, was lowest at {two_digits(test.rates[lowest])}: "
        f"{number(test.costs[lowest])}. A good rate to begin with is that at which it fell most steeply, but at most a "
        "tenth of that at which it was lowest. With other first weights (train.seed) it may be several times "
        "as high or as low."
    )


def of_its_end(config: Config) -> Iterator[str]:
    """What to say if the cost still fell when the range ended."""
    yield f"The cost still fell when the range ended, at {HIGHEST:g}: a higher rate than the one below may be better."
    if config.goal == REGRESSION and config.data.target_scaling == "none":
        yield "The targets are large beside a step of the weights: set data.target_scaling: standard, and try again."
