"""The data of a case, in a folder that all contenders read: made once, from seeds or from the real sets."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from catnet.config import load_config
from catnet.data.load import load
from catnet.data.scaling import fit_scaling
from catnet.data.scan import scan
from catnet.engine.colors import CHANNELS, RGB
from catnet.engine.initialization import initial_parameters
from catnet.engine.inputs import Inputs
from catnet.engine.pictures import box_average
from catnet.engine.randomness import SHUFFLE, generator
from catnet.engine.whitening import fit_whitening

PART = 1000  # pictures drawn at once
SEED = 0
FLOOR = 0.1  # of the whitening


class DataMissing(Exception):
    """A real data set is missing."""


@dataclass(frozen=True)
class Pictures:
    """m pictures of side x side pixels in 3 colours, with k outputs: a folder of the real data, or random bytes."""

    name: str
    m: int
    outputs: int
    side: int = 64
    folder: str = ""
    few_m: int = 300

    def few(self) -> "Pictures":
        """Fewer of them, if they are random."""
        return self if self.folder else replace(self, name=f"{self.name}-few", m=min(self.m, self.few_m))

    def prepare(self, work: Path, real: Path) -> Path:
        """rows.npy (m, n) uint8 and labels.npy (k, m), in a folder of their own in `work`. Raises DataMissing."""
        folder = work / self.name
        if not (folder / "labels.npy").exists():
            folder.mkdir(parents=True, exist_ok=True)
            labels = self._decode(folder, real / self.folder) if self.folder else self._draw(folder)
            np.save(folder / "labels.npy", labels)  # the last: the folder is complete when it is there
        return folder

    def _decode(self, folder: Path, source: Path) -> np.ndarray:
        if not source.is_dir():
            raise DataMissing(f"the pictures are not at {source}; name another folder with --data")
        goal, classes = ("1.0", ["cat"]) if self.outputs == 1 else ("3.0", None)
        config = load_config({"goal": goal, "data": {"path": source, "classes": classes}, "train": {"epochs": 1}})
        split = load(scan(config), (self.side, self.side)).splits["train"]
        if split.rows.shape != (self.m, self.side**2 * 3):
            raise DataMissing(f"{source}: {len(split.rows)} pictures to train on, not {self.m}")
        np.save(folder / "rows.npy", split.rows)
        return split.labels.astype(np.float64)

    def _draw(self, folder: Path) -> np.ndarray:
        random = np.random.default_rng(SEED)
        shape = (self.m, self.side**2 * 3)
        rows = np.lib.format.open_memmap(folder / "rows.npy", "w+", np.uint8, shape)
        for start in range(0, self.m, PART):
            rows[start : start + PART] = random.integers(0, 256, (min(PART, self.m - start), shape[1]), np.uint8)
        rows.flush()
        if self.outputs == 1:
            return random.integers(0, 2, (1, self.m)).astype(np.float64)
        return np.eye(self.outputs)[:, random.integers(0, self.outputs, self.m)]


def write_start(folder: Path, sizes: tuple[int, ...], initialization: str) -> None:
    """initial.safetensors: what all contenders start from."""
    save_file(initial_parameters(sizes, initialization, SEED, np.float32), folder / "initial.safetensors")


def write_whitening(folder: Path, side: int, components: int, factor: int) -> None:
    """whitening.safetensors: the recipe's projection P (k, n) and its shift (n,), of pictures and mirror images."""
    size = side // factor, side // factor
    pictures = box_average(np.load(folder / "rows.npy", mmap_mode="r"), size, factor)
    scaling = fit_scaling("whiten", pictures, CHANNELS[RGB], size)
    whitening = fit_whitening(Inputs(pictures, scaling, np.float32), components, FLOOR, size)
    save_file({"shift": np.asarray(scaling.shift), "matrix": whitening.matrix}, folder / "whitening.safetensors")


def write_order(folder: Path, m: int, epochs: int) -> None:
    """order.npy, (epochs, m): the order in which catnet takes the examples in each epoch, for the others too."""
    orders = [generator(SEED, SHUFFLE, epoch).permutation(m) for epoch in range(1, epochs + 1)]
    np.save(folder / "order.npy", np.stack(orders))
