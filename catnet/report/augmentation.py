"""Some training pictures as augmentation changes them, so that one sees what the network sees."""

from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from catnet.config import as_dict
from catnet.config.dump import to_yaml
from catnet.engine.pictures import box_average
from catnet.engine.types import Array
from catnet.goals import REGRESSION
from catnet.report.answers import truth_of
from catnet.report.facts import Facts
from catnet.report.thumbnails import Picture, picture
from catnet.text import isolated
from catnet.training.build import augmented_of

SHOWN = 16
FIRST = 1  # the epoch whose changes are shown


@dataclass(frozen=True)
class Changed:
    """A training picture of the network's input size, as it is and as augmentation changes it, and what it shows."""

    before: Picture
    after: Picture
    truth: str


def changed_pictures(facts: Facts) -> list[Changed]:
    """Training pictures of different classes, as the first epoch changes them, before mixup.

    None if augmentation changes no pictures, or if the data is gone.
    """
    config, model, train = facts.run.config, facts.model, facts.all_of("train")
    if train is None or model.image_size is None or not config.train.augment.numbers.changes_pictures:
        return []
    augmented = augmented_of(config, model, train.rows)
    assert augmented is not None
    augmented = replace(augmented, is_for_few=True)
    chosen = of_different_classes(train.labels, facts.goal)
    before = box_average(train.rows[chosen], model.image_size, model.box_average)
    shape, found = (len(chosen), *model.image_size, -1), []
    for i, plain, other in zip(
        chosen.tolist(), before.reshape(shape), augmented.pictures(FIRST, chosen).reshape(shape), strict=True
    ):
        name = isolated(train.names[i])
        images = picture(plain, f"The picture {name}"), picture(other, f"The same as epoch {FIRST} changes it")
        found.append(Changed(*images, truth_of(facts.question, train.labels[:, i])))
    return found


def of_different_classes(labels: Array, goal: str) -> Array:
    """The places of up to SHOWN examples in Y (k, m): the first of each kind of label, then the second of each, ...

    Of a regression, from the least to the greatest target.
    """
    m = labels.shape[1]
    if goal == REGRESSION:
        places = np.unique(np.linspace(0, m - 1, min(m, SHOWN)).round().astype(int))
        return np.argsort(labels[0], kind="stable")[places]
    _, kinds = np.unique(np.packbits(labels.T <= 0, axis=1), axis=0, return_inverse=True)
    order = np.argsort(kinds.ravel(), kind="stable")
    groups = [group[:SHOWN].tolist() for group in np.split(order, np.flatnonzero(np.diff(kinds.ravel()[order])) + 1)]
    in_turn = [i for of_each in zip_longest(*groups) for i in of_each if i is not None]
    return np.array(in_turn[:SHOWN])


def augment_line(facts: Facts) -> str:
    """The setting train.augment, on one line."""
    return to_yaml({"augment": as_dict(facts.run.config)["train"]["augment"]}).strip()
