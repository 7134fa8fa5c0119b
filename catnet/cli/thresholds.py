"""The thresholds of `catnet evaluate`: given, or chosen by a rule."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click

from catnet.data.dataset import Dataset
from catnet.errors import ConfigError
from catnet.evaluation.thresholds import choose
from catnet.goals import BINARY, MULTI_LABEL
from catnet.model import Model
from catnet.text import counted, in_brief, listed, printable


def demand_one_way(ways: int, keep: bool) -> None:
    """Raises UsageError if thresholds are given in several ways, or in none although they are to be kept."""
    if ways > 1:
        raise click.UsageError("--threshold, --precision and --recall exclude each other; give one")
    if keep and not ways:
        raise click.UsageError("--save needs --threshold, --precision or --recall, which say what to store")


def demand_labels(path: Path, model: Model) -> None:
    """Raises ConfigError if the goal of a model has no thresholds."""
    if (goal := model.question.goal) not in (BINARY, MULTI_LABEL):
        raise ConfigError(f"{printable(path)}: a threshold is for goals 1.0 and 2.0; the model's goal is {goal}")


def with_thresholds(
    model: Model, dataset: Dataset, split: str | None, given: Sequence[str], rules: Mapping[str, float]
) -> Model:
    """The model with the thresholds that are given, or that a rule chooses; if there is neither, as it is."""
    if given:
        model = replace(model, thresholds=parsed(model, given))
    for rule, wanted in rules.items():
        model = replace(model, thresholds=chosen(model, dataset, split, rule, wanted))
    return model


def parsed(model: Model, given: Sequence[str]) -> tuple[float, ...]:
    """A threshold for each label, from `0.3` for all or `cat=0.3` for one; labels that are not named keep theirs."""
    classes = model.question.classes
    thresholds = dict(zip(classes, map(float, model.decision_thresholds[:, 0]), strict=True))
    for text in given:
        name, equals, value = text.rpartition("=")
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number <= 1:
            raise click.UsageError(f"--threshold {text}: needs a number from 0 to 1, or LABEL=NUMBER")
        if equals and name not in thresholds:
            raise click.UsageError(f"--threshold {text}: the labels are {listed(classes)}")
        thresholds |= {label: number for label in ([name] if equals else classes)}
    return tuple(thresholds.values())


def chosen(model: Model, dataset: Dataset, split: str | None, rule: str, wanted: float) -> tuple[float, ...]:
    """The thresholds that a rule chooses; says on which split."""
    name = split or next((name for name in ("validation", "test") if name in dataset.splits), "train")
    name = name if name in dataset.splits else next(iter(dataset.splits))
    part = dataset.splits[name]
    click.echo(f"chosen on: {name} ({counted(len(part.rows), 'example')})", err=True)
    return tuple(choose(rule, wanted, model.predict(part.rows), part.labels, model.question.classes))


def say_thresholds(model: Model) -> None:
    """Says which thresholds decide the model's answers, if they are its own."""
    if model.thresholds is not None:
        pairs = zip(model.question.classes, model.thresholds, strict=True)
        click.echo(f"thresholds: {in_brief([f'{printable(name)} {value:.4g}' for name, value in pairs])}", err=True)
