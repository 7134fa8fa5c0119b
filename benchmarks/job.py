"""A job: what a contender is asked to do, in a process of its own, and what it answers.

The job's folder holds rows.npy, the decoded pictures (m, n) as uint8; labels.npy, Y (k, m); initial.safetensors,
W1 (n_1, n_0), b1 (n_1, 1), W2, ...; and, for mini-batches, order.npy (epochs, m).
"""

import dataclasses
import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from catnet.engine.augmentation import AUGMENTATIONS

Array = np.ndarray[Any, Any]
Parameters = dict[str, Array]
PARTS = 1 << 24  # bytes of rows that are read at once
MOMENTUM = 0.9

# the recipe: augmentation, label smoothing, decoupled weight decay
FACTOR = 4  # pictures are so many times as high and wide as the network's input
BOUNDS = AUGMENTATIONS["standard"]
SMOOTHING, DECAY = 0.2, 0.01


@dataclass(frozen=True)
class Job:
    """A training or a prediction. Hidden layers are ReLU; the output is sigmoid or softmax, with cross-entropy."""

    folder: str
    out: str  # the folder for the result
    work: str  # train | predict | try, which finds the fastest variant
    sizes: tuple[int, ...]  # n_0, ..., n_L
    output: str  # sigmoid | softmax
    epochs: int = 0
    learning_rate: float = 0.0
    optimizer: str = "gradient_descent"  # or momentum, adam
    batch_size: int | None = None
    precision: str = "float32"
    threads: int = 1
    seed: int = 0
    solver: str = "auto"  # catnet's
    variant: str = ""  # the way to write it that was fastest in the trial (torch)
    compiled: bool = False  # torch.compile
    seconds: float = float("inf")  # after which the epochs may end (growth)
    side: int = 64  # of the pictures

    def rows(self) -> Array:
        """The decoded pictures, read once from beginning to end, so that they are in memory."""
        rows = np.asarray(np.load(Path(self.folder, "rows.npy"), mmap_mode="r"))
        step = max(1, PARTS // rows.shape[1])
        for start in range(0, len(rows), step):
            rows[start : start + step].max()
        return rows

    def labels(self) -> Array:
        """Y, (k, m)"""
        labels: Array = np.load(Path(self.folder, "labels.npy"))
        return labels

    def initial(self) -> Parameters:
        """The parameters to start from, or to predict with, in the job's precision."""
        tensors = load_file(Path(self.folder, "initial.safetensors"))
        return {name: P.astype(self.precision) for name, P in tensors.items()}

    def order(self) -> Array:
        """The order of the examples in each epoch, (epochs, m)."""
        order: Array = np.load(Path(self.folder, "order.npy"))
        return order

    def whitening(self) -> Parameters:
        """The recipe's: z = P (x - shift) / 255, with the matrix P (k, n) and the shift (n,)."""
        tensors = load_file(Path(self.folder, "whitening.safetensors"))
        return {name: P.astype(self.precision) for name, P in tensors.items()}

    def learning_rates(self) -> list[float]:
        """Of each epoch of the recipe: half a cosine wave."""
        return [self.learning_rate * (1 + math.cos(math.pi * t / self.epochs)) / 2 for t in range(self.epochs)]

    def batches(self, order: Array) -> list[Array]:
        """The mini-batches of an epoch, from its order."""
        assert self.batch_size is not None
        return [order[start : start + self.batch_size] for start in range(0, len(order), self.batch_size)]


@dataclass
class Result:
    """The result of a job. `seconds` run from decoded pictures to the trained weights, or to the outputs."""

    seconds: float
    costs: list[float] = field(default_factory=list)  # J of the last epoch, or of all, as the forward passes saw it
    tensors: Parameters = field(default_factory=dict)  # the parameters; or the outputs (k, m), as "outputs"
    building: float = 0.0  # of the seconds, those before the first epoch (catnet)
    epochs: int = 0  # that were done
    note: str = ""  # the solver and its reason, or the variant
    accuracy: float | None = None  # of the recipe, on the clean training pictures


Work = Callable[[Job], Result]


def main(train: Work, predict: Work, fastest_way: Work | None = None) -> None:
    """What a contender's process does: reads the job, does it, writes the result."""
    settings = json.loads(Path(sys.argv[1]).read_text())
    job = Job(**{**settings, "sizes": tuple(settings["sizes"])})
    warm_up()
    work = {"train": train, "predict": predict, "try": fastest_way}[job.work]
    assert work is not None, f"{job.work}: there is only one way"
    write(work(job), Path(job.out))


def warm_up() -> None:
    """Starts the threads of NumPy's BLAS, which are no contender's work."""
    A = np.ones((512, 512), np.float32)
    for _ in range(3):
        A @ A


def accuracy(logits: Array, labels: Array) -> float:
    """The share of examples whose greatest logit is that of their class; both are (k, m)."""
    return float((logits.argmax(axis=0) == labels.argmax(axis=0)).mean())


def write(result: Result, out: Path) -> None:
    """result.json and tensors.safetensors"""
    save_file({name: np.ascontiguousarray(P) for name, P in result.tensors.items()}, out / "tensors.safetensors")
    facts = {name: value for name, value in vars(result).items() if name != "tensors"}
    (out / "result.json").write_text(json.dumps(facts))


def read(out: Path) -> Result:
    """The result that a process wrote."""
    return Result(**json.loads((out / "result.json").read_text()), tensors=load_file(out / "tensors.safetensors"))


def write_job(job: Job, path: Path) -> None:
    """job.json"""
    path.write_text(json.dumps(dataclasses.asdict(job)))


now = time.perf_counter
