"""The weights that a training has kept at some of its epochs: RUN/weights/epoch-000000.safetensors and so on."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from catnet.engine.network import Network
from catnet.engine.types import Array
from catnet.errors import CheckpointError
from catnet.model import Model
from catnet.runs.checkpoints import load
from catnet.runs.layout import weights_path
from catnet.text import printable

BATCH_COSTS = "batch_costs"  # of a kept file: J of each batch of its epoch, (updates,), in the order of training


class Kept(NamedTuple):
    """The model after an epoch, 0 for the start; and the cost of each batch of that epoch, (updates,), before its
    update: none of the start, one number of a full batch.
    """

    model: Model
    batch_costs: Array


def read_kept(run: Path, epochs: Sequence[int], network: Network | None = None) -> Iterator[Kept]:
    """What was kept after these epochs. Raises CheckpointError if a file is missing or damaged, is of another epoch, or
    has not this network, if one is given.
    """
    for epoch in epochs:
        path = weights_path(run, epoch)
        checkpoint = load(path)
        costs = checkpoint.state.get(BATCH_COSTS)
        if checkpoint.model.epoch != epoch or costs is None or costs.ndim != 1 or costs.dtype != np.float64:
            raise CheckpointError(f"{printable(path)}: does not hold the weights that were kept after epoch {epoch}")
        if network is not None and checkpoint.model.network != network:
            raise CheckpointError(f"{printable(path)}: holds the weights of another network than the run's")
        yield Kept(checkpoint.model, costs)
