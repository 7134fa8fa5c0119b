"""How the weights of the first layer grew over the epochs at which they were kept: pictures that a slider goes through,
or the numbers of a table.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from catnet.engine.subsets import spread
from catnet.engine.types import Array
from catnet.errors import CatnetError
from catnet.report import thumbnails
from catnet.report.facts import Facts
from catnet.report.side_by_side import Row
from catnet.report.thumbnails import Picture, picture
from catnet.report.weights import title_of
from catnet.runs.kept import read_kept
from catnet.runs.layout import weights_epochs
from catnet.text import isolated, number, short

EPOCHS = 12  # that the page shows
NEURONS = 6
ROWS = 12  # weights of a table


@dataclass(frozen=True)
class Growth:
    """What is shown of the kept epochs.

    `told` says of each epoch what the training cost was. A film has a picture per epoch side by side, of size (height,
    width) each; `rows` are the weights of a table. `from_start`: it is the change since the start that is shown.
    `fault` says why some of it cannot be shown.
    """

    epochs: list[int]
    told: list[str]
    films: list[Picture]
    size: tuple[int, int]
    rows: list[Row]
    from_start: bool
    about: str
    fault: str = ""


def growth(facts: Facts) -> Growth | None:
    """How the weights grew; None if no weights were kept."""
    try:
        kept = weights_epochs(facts.run.path)
        epochs = [kept[i] for i in spread(len(kept), EPOCHS).tolist()]
        models = [one.model for one in read_kept(facts.run.path, epochs, facts.model.network)]
    except CatnetError as error:
        return nothing(str(error))
    if len(epochs) < 2:
        return None
    W = np.stack([model.parameters["W1"] for model in models])  # (epochs, n_1, n)
    told = [caption(facts, epoch) for epoch in epochs]
    change = W - W[:1]
    from_start = epochs[0] == 0
    size = facts.model.image_size
    if size is None:
        rows, about = weights_of_table(facts, W, change[-1]), about_rows(change[-1].size)
        return Growth(epochs, told, [], (1, 1), rows, from_start, about + of_all(epochs, kept))
    most = np.argsort(-np.linalg.norm(change[-1], axis=1), kind="stable")[:NEURONS]
    films = [film(facts, neuron, (change if from_start else W)[:, neuron], size) for neuron in sorted(most.tolist())]
    about = f" Shown are the {NEURONS} of {W.shape[1]} neurons that changed most." if W.shape[1] > NEURONS else ""
    return Growth(epochs, told, films, size, [], from_start, about + of_all(epochs, kept))


def nothing(fault: str) -> Growth:
    """What is shown if the kept weights cannot be read."""
    return Growth([], [], [], (1, 1), [], False, "", fault)


def caption(facts: Facts, epoch: int) -> str:
    """The epoch, and the training cost of its weights, which full batch measures in the next epoch, or else that in it,
    if it is known.
    """
    J, size = facts.column("train_cost"), facts.run.config.train.batch_size
    is_full = size == "full" or size >= facts.measured["train"]["examples"]
    name = f"epoch {epoch}" if epoch else "the start"
    if is_full and epoch < len(J):
        return f"{name}: training cost {number(float(J[epoch]))}"
    if not 1 <= epoch <= len(J):
        return name
    how = "before its update" if is_full else "its mean over the epoch"
    return f"{name}: training cost {number(float(J[epoch - 1]))}, {how}"


def film(facts: Facts, neuron: int, weights: Array, size: tuple[int, int]) -> Picture:
    """The weights of a neuron at each epoch, (epochs, n), as pictures side by side, all on one scale."""
    height, width = size
    values = thumbnails.strip(weights, size)
    title = title_of(facts, 1, neuron)
    alt = f"The weights of {title} over {len(weights)} epochs"
    return picture(thumbnails.weight_picture(values, (height, width * len(weights))), alt, title, len(weights))


def weights_of_table(facts: Facts, W: Array, change: Array) -> list[Row]:
    """Those weights of the first layer that changed most, (n_1, n): each with its value at each epoch."""
    neurons, found = len(change), []
    for place in np.argsort(-np.abs(change), axis=None, kind="stable")[:ROWS].tolist():
        neuron, column = divmod(place, change.shape[1])
        name = isolated(short(facts.question.inputs[column]))
        label = name if neurons == 1 else f"{title_of(facts, 1, neuron)}: {name}"
        found.append(Row(label, [number(float(w)) for w in W[:, neuron, column]]))
    return found


def about_rows(weights: int) -> str:
    """How many of the weights are shown, if not all."""
    return f" Shown are the {ROWS} of {weights} weights that changed most." if weights > ROWS else ""


def of_all(epochs: Sequence[int], kept: Sequence[int]) -> str:
    """How many of the kept epochs are shown, if not all."""
    if len(epochs) == len(kept):
        return ""
    return f" Shown are {len(epochs)} of the {len(kept)} epochs that were kept."
