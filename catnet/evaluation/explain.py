"""Why a model answers as it does: the contribution of every input."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from catnet.engine.attribution import gradient_times_input, passes
from catnet.engine.types import Array
from catnet.goals import MULTI_CLASS, REGRESSION
from catnet.model import Model
from catnet.question import Question


@np.errstate(over="ignore", invalid="ignore")
def contributions(model: Model, rows: Array, outputs: Array) -> Array:
    """The contribution of each input to an output of each example, (m, n_0); positive speaks for it.

    rows (m, n) as `Model.logits` takes them; `outputs` (m,) are the indices of the outputs asked about. They are
    contributions to the logit: the output before sigmoid; for softmax, whose outputs only count against each other,
    minus the mean of all logits. For regression they are in the target's unit. With several views they are the mean of
    the contributions in each of them, where the pixels of the picture itself lie: what holds of an example's logit
    holds of the mean of its views' logits.
    """
    direction = np.zeros((model.network.sizes[-1], len(rows)))
    direction[outputs, np.arange(len(rows))] = 1
    if model.question.goal == MULTI_CLASS:
        direction -= 1 / len(direction)
    if model.question.goal == REGRESSION:
        direction = direction / model.target_scaling.scale
    mean: Array = np.mean([_in_one_view(view, rows, direction) for view in model.view_models], axis=0)
    return mean


@dataclass(frozen=True)
class Explained:
    """What the answer about a row of a table is made of: the `contributions` (n,) of its inputs `values` (n,), and the
    `rest`; together they are the `total`.

    The total is the logit of the output `asked`: for goal 3.0 minus the mean of all logits; for regression it is the
    answer, before any ReLU. Without hidden layers the rest is the bias, in the same terms; with them it is what the
    linear function that is tangent to the network at this row has at 0.
    """

    asked: int
    values: Array
    contributions: Array
    total: float

    @property
    def rest(self) -> float:
        """The total minus all contributions."""
        return self.total - float(self.contributions.sum())


@np.errstate(over="ignore", invalid="ignore")
def explained(model: Model, row: Array, asked: int) -> Explained:
    """What the output `asked` about a row (n,) is made of."""
    found = contributions(model, row[None], np.array([asked]))[0].astype(np.float64)
    Z = model.logits(row[None]).astype(np.float64)[:, 0]
    goal = model.question.goal
    total = model.target_scaling.invert(Z)[0] if goal == REGRESSION else Z[asked] - Z.mean() * (goal == MULTI_CLASS)
    return Explained(asked, row, found, float(total))


def in_words(question: Question, row: Array, missing: Collection[str] = ()) -> list[str]:
    """The value of each input of a table's row (n,): `5.21`, `(yes)` and `(no)` for what is 1 or 0 by what the cell
    says, `(missing, read as 5.21)`. `missing` are columns whose cell is missing, if no input says so.
    """
    columns, words = {column.name: column for column in question.encoded}, []
    for name, inputs in zip(question.features or (), question.inputs_of_columns, strict=True):
        values = row[inputs].tolist()
        if (column := columns.get(name)) is None or column.categories is None:
            number, values = f"{values[0]:.6g}", values[1:]
            words.append(f"(missing, read as {number})" if any(values) or name in missing else number)
        words += ["(yes)" if value else "(no)" for value in values]
    return words


def _in_one_view(model: Model, rows: Array, direction: Array) -> Array:
    """The contributions (m, n_0) to the logits along a direction (k, m), of a model that has a single view."""
    inputs = model.inputs(rows)
    out = np.empty((inputs.m, inputs.n), inputs.dtype)
    for where, X, seen in passes(model.network, model.parameters, inputs):
        out[where] = gradient_times_input(model.network, model.parameters, X, seen, direction[:, where]).T
    return out
