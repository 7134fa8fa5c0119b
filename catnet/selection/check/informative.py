"""How much a single property of the examples tells about their labels, out of fold."""

import numpy as np

from catnet.engine.types import Array

NEIGHBOURS = 4  # of a number, by which it is answered


def answers_by_category(categories: Array, Y: Array, folds: Array) -> Array:
    """The answers (k, m): the mean of Y (k, m) over the examples of the same category, (m,), in the other folds; over
    all of the other folds if none has it.
    """
    _, category = np.unique(categories, return_inverse=True)
    category = category.reshape(-1)
    count = int(category.max(initial=0)) + 1
    answers = np.empty(Y.shape)
    for fold in np.unique(folds):
        there, asked = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        members = np.bincount(category[there], minlength=count)
        for row, y in enumerate(Y):
            sums = np.bincount(category[there], y[there], minlength=count)
            means = np.where(members > 0, sums / np.maximum(1, members), y[there].mean() if len(there) else 0)
            answers[row, asked] = means[category[asked]]
    return answers


def answers_by_number(numbers: Array, Y: Array) -> Array:
    """The answers (k, m): the mean of Y over the examples with the nearest numbers on both sides, without its own."""
    order, m, half = np.argsort(numbers, kind="stable"), len(numbers), NEIGHBOURS // 2
    steps = [step for step in range(-half, half + 1) if step]
    places = np.arange(m)[:, None] + steps
    there = (places >= 0) & (places < m)
    near = Y[:, order][:, places.clip(0, m - 1)]
    answers = np.empty(Y.shape)
    answers[:, order] = (near * there).sum(axis=2) / np.maximum(1, there.sum(axis=1))
    return answers


def trivial_answers(Y: Array, folds: Array) -> Array:
    """The answers (k, m) of the other folds' means."""
    return answers_by_category(np.zeros(Y.shape[1]), Y, folds)
