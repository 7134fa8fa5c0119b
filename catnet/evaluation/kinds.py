"""Columns that are equal: what `np.unique` finds too, whose first call imports `numpy.ma`, which takes 20 ms."""

import numpy as np

from catnet.engine.types import Array


def kinds_of(values: Array) -> tuple[Array, Array]:
    """Of the columns of values (k, m), m at least 1, the index of the first of each kind, (kinds,), and the kind of
    each, (m,). The kinds are sorted, by the first row, then by the second.
    """
    order = np.lexsort(values[::-1])  # stable
    ordered = values[:, order]
    is_new = np.concatenate([[True], (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)])
    kinds = np.empty(len(order), np.intp)
    kinds[order] = np.cumsum(is_new) - 1
    return order[is_new], kinds
