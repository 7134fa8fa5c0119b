"""What the keys of the section data require of each other, and of the goal."""

import os
from functools import partial

from catnet.config.partial import Check, Found, is_given
from catnet.config.schema import VALIDATION_FRACTION, Config, is_table
from catnet.goals import GOALS, MULTI_LABEL, REGRESSION
from catnet.text import did_you_mean, first_names, shown

MOST_COMPARED = 20_000  # names, to say which are near


def number_of_classes(config: Config) -> Found:
    path, names, goal = ("data", "classes"), config.data.classes, GOALS[config.goal]
    if names is None:
        return
    if config.goal == REGRESSION:
        yield path, "not for goal regression, which takes data.target, the column to predict"
    elif goal.most_classes == 1 and len(names) != 1:
        yield path, f"must be one name for goal {config.goal}, the class that counts as 1, has {len(names)}"
    elif len(names) < goal.fewest_classes:
        fewest = {1: "one name", 2: "two names"}[goal.fewest_classes]
        yield path, f"must be at least {fewest} for goal {config.goal}, has {len(names)}"


def distinct(config: Config, key: str) -> Found:
    seen = set()
    for index, name in enumerate(getattr(config.data, key) or ()):
        if name in seen:
            yield ("data", key, index), f"{shown(name)} is given twice"
        seen.add(name)


def class_names(config: Config) -> Found:
    names = config.data.class_names
    if not names:
        return
    if config.goal == REGRESSION:
        yield ("data", "class_names"), "not for goal regression, which has no classes"
    for index, name in enumerate(config.data.classes or ()):
        if name not in names:
            there = f"not one of data.class_names, {first_names(map(shown, names))}"
            yield ("data", "classes", index), there + did_you_mean(name, names[:MOST_COMPARED])


def target(config: Config) -> Found:
    if config.goal == REGRESSION and config.data.target is None:
        yield ("data", "target"), "required for goal regression: the column to predict"


def ignored(config: Config) -> Found:
    answers = {config.data.target, *(config.data.classes or ())} - {None}
    for index, name in enumerate(config.data.ignore):
        if name in answers:
            yield ("data", "ignore", index), f"{shown(name)} is the answer; it is no input anyway"


def missing(config: Config) -> Found:
    if config.data.missing == "fill" and os.path.exists(config.data.path) and not is_table(config.data.path):
        yield ("data", "missing"), "only for a table, not for pictures"


def table_scaling(config: Config) -> Found:
    if config.data.scaling == "unit" and is_table(config.data.path):
        yield (
            ("data", "scaling"),
            "must be standard, center, whiten or none for a table, is unit, which is for pictures",
        )


def fractions(config: Config) -> Found:
    validation, test = config.data.validation_fraction, config.data.test_fraction
    total = test + (VALIDATION_FRACTION if validation == "auto" else validation)
    if total >= 1:
        path = ("data", "test_fraction")
        must = "validation_fraction + test_fraction must be below 1, to leave some to train on"
        yield path if is_given(config, path) else ("data", "validation_fraction"), f"{must}, is {total:g}"


def merging(config: Config) -> Found:
    if config.data.duplicates == "merge" and config.goal != MULTI_LABEL:
        yield ("data", "duplicates"), f"merge gives a picture several labels, which goal {config.goal} does not allow"


DATA_CHECKS: tuple[Check, ...] = (
    *(partial(distinct, key=key) for key in ("classes", "class_names", "ignore")),
    number_of_classes, class_names, target, ignored, missing, table_scaling, fractions, merging,
)  # fmt: skip
