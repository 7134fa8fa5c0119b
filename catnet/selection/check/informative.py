"""How much a single property of the examples tells about their labels, out of fold."""

import numpy as np

from catnet.engine.types import Array

BINS, FEWEST = 16, 10  # of numbers, and how many of them in each
NEIGHBOURS = 4  # of a number, by which it is answered
RARE = 5  # a category of fewer examples tells nothing alone


def answers_by_category(categories: Array, Y: Array, folds: Array, otherwise: Array | None = None) -> Array:
    """The answers (k, m): the mean of Y (k, m) over the examples of the same category, (m,), in the other folds. If
    none has it, the answer is that in `otherwise` (k, m), without which it is the mean over all of the other folds.
    """
    _, category = np.unique(categories, return_inverse=True)
    category = category.reshape(-1)
    count = int(category.max(initial=0)) + 1
    answers = np.empty(Y.shape)
    for fold in np.unique(folds):
        there, asked = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        members = np.bincount(category[there], minlength=count)
        known = members[category[asked]] > 0
        for row, y in enumerate(Y):
            sums = np.bincount(category[there], y[there], minlength=count)
            rest = (y[there].mean() if len(there) else 0) if otherwise is None else otherwise[row, asked]
            answers[row, asked] = np.where(known, (sums / np.maximum(1, members))[category[asked]], rest)
    return answers


def pooled(values: Array) -> Array:
    """The categories (m,) that the values are, as numbers; those of less than `RARE` examples are one."""
    _, category, counts = np.unique(values, return_inverse=True, return_counts=True)
    category = category.reshape(-1)
    return np.where(counts[category] < RARE, -1, category)


def binned(numbers: Array) -> Array:
    """The bins (m,) of numbers (m,), of about as many each; those that are missing, NaN, are one of their own.

    Other folds answer a bin. Neighbours, instead, answer each other, so that chance comes in clusters.
    """
    there = numbers[~np.isnan(numbers)]
    count = min(BINS, len(there) // FEWEST)
    ends = np.quantile(there, np.arange(1, count) / count) if count > 1 else there[:0]
    return np.where(np.isnan(numbers), -1, np.searchsorted(np.unique(ends), numbers))


def answers_by_number(numbers: Array, Y: Array) -> Array:
    """The answers (k, m): the mean of Y over the examples with the nearest numbers on both sides, without its own.

    Equal numbers stand in a random order, because that of the examples is often that of their labels.
    """
    m, half = len(numbers), NEIGHBOURS // 2
    order = np.lexsort((np.random.default_rng(0).permutation(m), numbers))
    ordered, places = Y[:, order], np.arange(m)
    sums, counts = np.zeros(Y.shape), np.zeros(m)
    for step in (step for step in range(-half, half + 1) if step):
        near = places + step
        there = (near >= 0) & (near < m)
        sums += ordered[:, near.clip(0, m - 1)] * there
        counts += there
    answers = np.empty(Y.shape)
    answers[:, order] = sums / np.maximum(1, counts)
    return answers


def answers_by_numbers_there(numbers: Array, Y: Array, folds: Array) -> Array:
    """`answers_by_number` of numbers (m,) with NaN for those that are missing, which are a category."""
    missing = np.isnan(numbers)
    answers = answers_by_category(missing, Y, folds)
    answers[:, ~missing] = answers_by_number(numbers[~missing], Y[:, ~missing])
    return answers


def trivial_answers(Y: Array, folds: Array) -> Array:
    """The answers (k, m) of the other folds' means."""
    return answers_by_category(np.zeros(Y.shape[1]), Y, folds)
