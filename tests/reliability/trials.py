"""A training that is small and has all that could be lost, and what must hold for it after each trial."""

import csv
import os
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from children import Child

from catnet.errors import CheckpointError
from catnet.runs.checkpoints import load
from catnet.runs.directory import RunDirectory
from catnet.training.resume import newest_good

SOAK = bool(os.environ.get("CATNET_SOAK"))
TALLY: list[str] = []  # what was tried how often, for the end of the report

# momentum, dropout, mini-batches, a schedule, early stopping that ends it before the last epoch
CONFIG = """\
goal: 1.0
data: {path: table.csv, classes: [y], validation_fraction: 0.25}
model: {hidden_layers: [6], dropout: 0.3}
train: {epochs: 60, batch_size: 16, optimizer: momentum, learning_rate: 0.2, schedule: cosine, solver: direct,
        early_stopping: {metric: validation_cost, patience: 12}, checkpoint_every: 3, keep_weights: 5}
"""


class Reference(NamedTuple):
    """The outcome of the training that nothing stops, and how long it takes in a child."""

    outcome: dict[str, bytes]
    seconds: float


class Lost(AssertionError):
    """What catnet promises did not hold."""


def number(short: int, long: int) -> int:
    """How many trials: in `make test`, in `make soak`."""
    return long if SOAK else short


def prepare(folder: Path, config: str = CONFIG) -> Path:
    """Writes the table and the configuration into a folder."""
    random = np.random.default_rng(3)
    x = random.normal(size=(80, 5))
    y = (x[:, 0] + x[:, 1] * x[:, 2] + 0.7 * random.normal(size=80)) > 0
    rows = [",".join([*(f"{value:.6f}" for value in row), str(int(label))]) for row, label in zip(x, y, strict=True)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.csv").write_text("\n".join(["a,b,c,d,e,y", *rows]) + "\n")
    (folder / "config.yaml").write_text(config)
    return folder


def words(folder: Path, run: str = "run") -> list[str]:
    """The arguments that start the training, or that resume it if there is a checkpoint."""
    if any((folder / run / "checkpoints").glob("epoch-*.safetensors")):
        return ["train", "--resume", run, "--no-report"]
    return ["train", "config.yaml", "--run-dir", run, "--no-report"]


def outcome(run: Path) -> dict[str, bytes]:
    """All that must be the same at the end: the weights of every kind, the history, the summary without the time."""
    facts: dict[str, bytes] = {}
    newest = max((run / "checkpoints").glob("epoch-*.safetensors"))
    facts |= {f"weights {path.name}": path.read_bytes() for path in (run / "weights").glob("*")}
    for path in (newest, run / "best.safetensors"):
        checkpoint = load(path)
        for kind, tensors in (("", checkpoint.model.parameters), ("state.", checkpoint.state)):
            facts |= {f"{path.name} {kind}{name}": values.tobytes() for name, values in tensors.items()}
        facts[f"{path.name} epoch"] = str(checkpoint.model.epoch).encode()
    with (run / "metrics.csv").open(newline="") as file:
        rows = [{name: cell for name, cell in row.items() if name != "seconds"} for row in csv.DictReader(file)]
    facts["metrics.csv"] = repr(rows).encode()
    summary = (run / "summary.json").read_text()
    facts["summary.json"] = re.sub(r'"(run|seconds)": .*', "", summary).encode()
    return facts


def demand_same(run: Path, reference: dict[str, bytes]) -> None:
    """Raises Lost unless the run ended as the reference."""
    found = outcome(run)
    different = sorted(name for name in reference.keys() | found.keys() if reference.get(name) != found.get(name))
    if different:
        raise Lost(f"the end is not that of a training without interruption: {different}")


def demand_good(run: Path, acknowledged: int) -> int:
    """The epoch after which a training would resume. Raises Lost if acknowledged epochs or a checkpoint is lost."""
    if not acknowledged and not any((run / "checkpoints").glob("epoch-*.safetensors")):
        return 0
    directory = RunDirectory.reopen(run)
    try:
        last, damaged = newest_good(run)
        if damaged:
            raise Lost(f"the newest checkpoint cannot be read: {list(damaged.values())}")
        if (run / "best.safetensors").exists():
            load(run / "best.safetensors")
    except CheckpointError as error:
        raise Lost(str(error)) from error
    finally:
        directory.close()
    if last.model.epoch < acknowledged:
        raise Lost(f"epoch {acknowledged} was acknowledged, {last.model.epoch} is what is left")
    return last.model.epoch


def whole(folder: Path, config: str = CONFIG) -> dict[str, bytes]:
    """The outcome of the training that nothing stops."""
    prepare(folder, config)
    child = Child(folder, *words(folder))
    assert child.wait() == 0, child.text()
    return outcome(folder / "run")


def finish(folder: Path, variant: str = "") -> None:
    """Lets the training run to its end."""
    child = Child(folder, *words(folder), variant=variant)
    if child.wait() != 0:
        raise Lost(f"it cannot be resumed: {child.text()}")
