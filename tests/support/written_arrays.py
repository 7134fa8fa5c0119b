"""The same small pictures in files of arrays of every kind, and in folders of PNG files."""

import gzip
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from PIL import Image

Array = np.ndarray[Any, np.dtype[Any]]
Sets = dict[str, tuple[Array, Array]]  # by split: the pictures, uint8 (m, height, width, channels), and their labels

NAMES = ("non-cat", "cat", "lion")
IDX = {"train": "train", "test": "t10k", "val": "val"}


def sets(
    channels: int = 3, side: int = 32, splits: tuple[str, ...] = ("train", "test"), m: int = 12, classes: int = 3
) -> Sets:
    """Pictures of noise, each class brighter at another place; the labels are not in order."""
    random, found = np.random.default_rng(0), {}
    for split in splits:
        y = np.arange(m) * 7 % classes
        x = random.integers(0, 150, (m, side, side, channels), dtype=np.uint8)
        for picture, label in zip(x, y, strict=True):
            picture[:, 4 * label : 4 * label + 4] += np.uint8(90)
        found[split] = x, y
    return found


def write_h5(folder: Path, sets: Sets, names: tuple[str, ...] = NAMES, **options: Any) -> None:
    """As the course has them: `train_catvnoncat.h5` and `test_catvnoncat.h5`."""
    for split, (x, y) in sets.items():
        with h5py.File(folder / f"{split}_catvnoncat.h5", "w") as file:
            file.create_dataset(f"{split}_set_x", data=x, **options)
            file.create_dataset(f"{split}_set_y", data=y, **({**options, "chunks": True} if options else {}))
            if names:
                file["list_classes"] = np.array([name.encode() for name in names])


def write_npz(folder: Path, sets: Sets, names: tuple[str, ...] = NAMES, save: Callable[..., None] = np.savez) -> None:
    arrays = {f"{what}_{split}": array for split, xy in sets.items() for what, array in zip("xy", xy, strict=True)}
    save(folder / "data.npz", **arrays, **({"classes": np.array(names)} if names else {}))


def idx(values: Array) -> bytes:
    """Bytes (m,) or (m, height, width) in the format idx."""
    sizes = b"".join(size.to_bytes(4, "big") for size in values.shape)
    return bytes([0, 0, 8, values.ndim]) + sizes + values.astype(np.uint8).tobytes()


def write_idx(folder: Path, sets: Sets, names: tuple[str, ...] = (), packed: bool = False, prefix: str = "") -> None:
    """As MNIST has them; labels have no names."""
    for split, (x, y) in sets.items():
        for what, values in {"images-idx3": x[..., 0], "labels-idx1": y}.items():
            content, name = idx(values), f"{prefix}{IDX[split]}-{what}-ubyte"
            if packed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)


def records(x: Array, *labels: Array) -> bytes:
    """Records of CIFAR: the labels, and the pixels, all red, all green, all blue."""
    planes = x.transpose(0, 3, 1, 2).reshape(len(x), -1)
    return np.concatenate([*(y[:, None].astype(np.uint8) for y in labels), planes], axis=1).tobytes()


def write_cifar(folder: Path, sets: Sets, names: tuple[str, ...] = NAMES) -> None:
    """As CIFAR-10 has them, the training data in two batches; pictures of 32 x 32."""
    for split, (x, y) in sets.items():
        if split == "train":
            half = len(x) // 2
            (folder / "data_batch_1.bin").write_bytes(records(x[:half], y[:half]))
            (folder / "data_batch_2.bin").write_bytes(records(x[half:], y[half:]))
        else:
            (folder / "test_batch.bin").write_bytes(records(x, y))
    if names:
        (folder / "batches.meta.txt").write_text("\n".join(names) + "\n\n")


def write_cifar_100(folder: Path, sets: Sets, names: tuple[str, ...] = NAMES) -> None:
    for split, (x, y) in sets.items():
        (folder / f"{split}.bin").write_bytes(records(x, np.zeros_like(y), y))
    (folder / "fine_label_names.txt").write_text("\n".join(names) + "\n")


def write_folders(folder: Path, sets: Sets, names: tuple[str, ...] = NAMES) -> None:
    """SPLIT/CLASS/NUMBER.png, in the order that the arrays have within each class."""
    for split, (x, y) in sets.items():
        for number, (picture, label) in enumerate(zip(x, y.tolist(), strict=True)):
            path = folder / split / (names[label] if names else str(label)) / f"{number:04}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).save(path)


# by kind: what writes it, the names of its classes, and the channels of its pictures
KINDS: dict[str, tuple[Callable[..., None], tuple[str, ...], int]] = {
    "h5": (write_h5, NAMES, 3),
    "h5 packed": (partial(write_h5, compression="gzip", shuffle=True, fletcher32=True), NAMES, 3),
    "npz": (write_npz, NAMES, 3),
    "npz packed, grey": (partial(write_npz, save=np.savez_compressed), NAMES, 1),
    "idx": (write_idx, (), 1),
    "idx packed": (partial(write_idx, packed=True), (), 1),
    "cifar 10": (write_cifar, NAMES, 3),
    "cifar 100": (write_cifar_100, NAMES, 3),
}


def write_both(tmp_path: Path, kind: str, **options: Any) -> tuple[Path, Path]:
    """The folder of the arrays of this kind, and that of the same pictures as PNG files."""
    write, names, channels = KINDS[kind]
    arrays, folders = tmp_path / "arrays", tmp_path / "folders"
    arrays.mkdir()
    made = sets(channels, **options)
    write(arrays, made, names)
    write_folders(folders, made, names)
    return arrays, folders
