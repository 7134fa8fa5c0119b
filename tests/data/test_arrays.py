"""Files of arrays: the same pictures as folders of PNG files, and what is refused and why."""

import gzip
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from scanning import message, notes, scan
from written_arrays import (
    KINDS,
    idx,
    records,
    sets,
    write_both,
    write_cifar,
    write_cifar_100,
    write_folders,
    write_h5,
    write_idx,
    write_npz,
)

from catnet.config.schema import is_table
from catnet.data.arrays import hdf5
from catnet.data.load import load
from catnet.data.omission import set_apart
from catnet.data.scan import scan_other
from catnet.engine.colors import CHANNELS
from catnet.errors import DataError
from catnet.question import Question


@pytest.mark.parametrize("colors", CHANNELS)
@pytest.mark.parametrize("image_size", [(32, 32), (11, 40)])
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_bytes_as_the_same_pictures_in_folders(
    tmp_path: Path, kind: str, image_size: tuple[int, int], colors: str
) -> None:
    arrays, folders = (load(scan(path, goal="3.0"), image_size, colors=colors) for path in write_both(tmp_path, kind))
    assert arrays.question == folders.question
    assert list(arrays.splits) == list(folders.splits) == ["train", "test"]
    for name, split in folders.splits.items():
        assert np.array_equal(arrays.splits[name].rows, split.rows)
        assert arrays.splits[name].rows.shape == (12, image_size[0] * image_size[1] * CHANNELS[colors])
        assert np.array_equal(arrays.splits[name].labels, split.labels)
        assert arrays.splits[name].digests == split.digests
    again = load(scan(tmp_path / "arrays", goal="3.0"), image_size, colors=colors)  # from the cache
    assert again.fingerprints == arrays.fingerprints
    assert arrays.notes == folders.notes == ()


def test_more_pictures_than_a_block(tmp_path: Path) -> None:
    arrays, folders = (load(scan(path, goal="3.0"), (32, 32)) for path in write_both(tmp_path, "cifar 10", m=300))
    assert np.array_equal(arrays.splits["train"].rows, folders.splits["train"].rows)


@pytest.mark.parametrize(
    ("kind", "first"),
    {
        "h5": "train_catvnoncat.h5:train_set_x:1",
        "npz": "data.npz:x_train:1",
        "idx": "train-images-idx3-ubyte:0",
        "cifar 10": "data_batch_1.bin:1",
    }.items(),
)
def test_names_of_the_examples(tmp_path: Path, kind: str, first: str) -> None:
    path, _ = write_both(tmp_path, kind)
    assert scan(path, goal="3.0").splits["train"].names[0] == first
    assert not is_table(path)


def test_one_file(tmp_path: Path) -> None:
    made = sets(1, splits=("train", "test", "val"))
    write_npz(tmp_path, made)
    assert list(scan(tmp_path / "data.npz", goal="3.0").splits) == ["train", "validation", "test"]
    write_h5(tmp_path, made)
    file = tmp_path / "train_catvnoncat.h5"
    catalog = scan(file, goal="3.0", validation_fraction=0.25)
    assert {name: len(listing.names) for name, listing in catalog.splits.items()} == {"train": 9, "validation": 3}
    assert [note.replace(str(tmp_path), "PATH") for note in catalog.notes] == [
        "PATH/train_catvnoncat.h5: test_catvnoncat.h5, val_catvnoncat.h5 beside it are not used; to use them, give PATH"
    ]
    write_idx(tmp_path, made, packed=True)
    for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"):
        assert [note.replace(str(tmp_path), "PATH") for note in scan(tmp_path / name, goal="3.0").notes] == [
            f"PATH/{name}: t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz, val-images-idx3-ubyte.gz, "
            "val-labels-idx1-ubyte.gz beside it are not used; to use them, give PATH"
        ]
    write_cifar(tmp_path, sets())
    assert len(scan(tmp_path / "data_batch_2.bin", goal="3.0").splits["train"].names) == 6


def test_two_h5_files_in_one(tmp_path: Path) -> None:
    x, y = sets()["train"]
    with h5py.File(tmp_path / "all.hdf5", "w") as file:
        file.update({"train_set_x": x, "train_set_y": y[None, :], "test_set_x": x, "test_set_y": y, "more": 1})
    catalog = scan(tmp_path, goal="3.0")
    assert list(catalog.splits) == ["train", "test"]
    assert catalog.question.classes == ("0", "1", "2")
    assert set_apart(catalog.notes)[0] == [f"{tmp_path}/all.hdf5: more is not used"]


@pytest.mark.parametrize("prefix", ["emnist-letters-", ""])
def test_names_of_idx_files(tmp_path: Path, prefix: str) -> None:
    write_idx(tmp_path, sets(1), prefix=prefix)
    for path in list(tmp_path.iterdir()):
        path.rename(path.with_name(path.name.replace("-idx", ".idx")))
    assert list(scan(tmp_path, goal="3.0").splits) == ["train", "test"]


def test_a_packed_idx_file_beside_the_unpacked_one(tmp_path: Path) -> None:
    write_idx(tmp_path, sets(1))
    write_idx(tmp_path, sets(1), packed=True)
    assert notes(tmp_path)[0] == "PATH/t10k-images-idx3-ubyte.gz: is not used, for there is t10k-images-idx3-ubyte"
    assert len(set_apart(scan(tmp_path, goal="3.0").notes)[0]) == 4


def test_arrays_that_are_not_used(tmp_path: Path) -> None:
    x, y = sets()["train"]
    np.savez(tmp_path / "data.npz", x_train=x, y_train=y, more=y, others=y)
    assert set_apart(scan(tmp_path, goal="3.0").notes)[0] == [f"{tmp_path}/data.npz: more, others are not used"]


def test_labels_as_numbers_to_learn(tmp_path: Path) -> None:
    x, _ = sets()["train"]
    np.savez(tmp_path / "data.npz", x_train=x, y_train=np.linspace(-1, 2, 12), x_test=x, y_test=np.arange(12.0))
    catalog = scan(tmp_path, goal="regression", target="label")
    assert sorted(catalog.splits["train"].labels[0]) == pytest.approx(np.linspace(-1, 2, 12))
    assert sorted(catalog.splits["test"].labels[0]) == list(range(12))


@pytest.mark.parametrize(
    "labels", [np.arange(12) % 2, (np.arange(12) % 2)[:, None], (np.arange(12) % 2)[None], np.arange(12) % 2 == 1]
)
def test_shapes_of_labels(tmp_path: Path, labels: Any) -> None:
    for values in (labels, labels.astype(np.float32), labels.astype(">i8")):
        np.savez(tmp_path / "data.npz", x_train=sets()["train"][0], y_train=values, classes=np.array(["dog", "cat"]))
        assert scan(tmp_path, goal="3.0").question.classes == ("cat", "dog")


def test_labels_that_are_names(tmp_path: Path) -> None:
    y = np.array(["cat", "dog"] * 6)
    for values in (y, y.astype("S")):
        np.savez(tmp_path / "data.npz", x_train=sets()["train"][0], y_train=values)
        assert scan(tmp_path, goal="3.0").question.classes == ("cat", "dog")


def test_classes_that_are_called_as_missing_values_are(tmp_path: Path) -> None:
    x, y = sets()["train"][0], np.arange(12) % 3
    np.savez(tmp_path / "data.npz", x_train=x, y_train=y, classes=np.array(["?", "none", "-"]))
    assert scan(tmp_path, goal="3.0").question.classes == ("-", "?", "none")


def test_pictures_in_the_order_of_fortran(tmp_path: Path) -> None:
    x, y = sets()["train"]
    np.savez(tmp_path / "data.npz", x_train=np.asfortranarray(x), y_train=y * 0 + np.arange(12) % 2)
    rows = load(scan(tmp_path, goal="3.0"), (32, 32)).splits["train"].rows
    assert np.array_equal(rows, x[np.argsort(np.arange(12) % 2, kind="stable")].reshape(12, -1))


X, Y = sets()["train"]
SHAPES = "pictures are (m, height, width, 3), or (m, height, width) for grey"
WANTED = "wanted are x_train and y_train, and perhaps x_val, y_val, x_test, y_test and classes"
FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no pictures": ({"images": X, "labels": Y}, f"PATH: has no pictures; {WANTED}; there are images, labels"),
    "no labels": ({"x_train": X, "y": Y}, "PATH: has x_train but no y_train; there are x_train, y"),
    "floats": (
        {"x_train": X / 255, "y_train": Y},
        "PATH: x_train: has float64 numbers; pictures are uint8, from 0 to 255: if they are from 0 to 1, multiply by "
        "255, and save them as uint8",
    ),
    "integers": (
        {"x_train": X.astype(int), "y_train": Y},
        "PATH: x_train: has int64 numbers; pictures are uint8, from 0 to 255: save them as uint8",
    ),
    "channels first": (
        {"x_train": X.transpose(0, 3, 1, 2), "y_train": Y},
        f"PATH: x_train: has the shape (12, 3, 32, 32); {SHAPES}; move the channels to the end: "
        "x.transpose(0, 2, 3, 1)",
    ),
    "flat": (
        {"x_train": X.reshape(12, -1), "y_train": Y},
        f"PATH: x_train: has the shape (12, 3072); {SHAPES}; reshape them: x.reshape(m, 32, 32, 3)",
    ),
    "flat, grey": (
        {"x_train": np.zeros((100, 400), np.uint8), "y_train": Y},
        f"PATH: x_train: has the shape (100, 400); {SHAPES}; reshape them: x.reshape(m, 20, 20)",
    ),
    "flat, not square": (
        {"x_train": np.zeros((100, 406), np.uint8), "y_train": Y},
        f"PATH: x_train: has the shape (100, 406); {SHAPES}; reshape them: x.reshape(m, height, width) or "
        "x.reshape(m, height, width, 3)",
    ),
    "alpha": (
        {"x_train": np.concatenate([X, X[..., :1]], axis=-1), "y_train": Y},
        f"PATH: x_train: has the shape (12, 32, 32, 4); {SHAPES}; leave out the fourth channel, or save them as PNG "
        "files",
    ),
    "empty": ({"x_train": X[:0], "y_train": Y[:0]}, "PATH: x_train: has the shape (0, 32, 32, 3), which is no picture"),
    "fewer labels": ({"x_train": X, "y_train": Y[:5]}, "PATH: y_train: has 5 labels for 12 pictures"),
    "one-hot": (
        {"x_train": X, "y_train": np.eye(3)[Y]},
        "PATH: y_train: has the shape (12, 3); a label is one number per picture, (m,): if the rows are one-hot, write "
        "y.argmax(axis=1)",
    ),
    "negative": (
        {"x_train": X, "y_train": Y - 1},
        "PATH:x_train:0: its label -1 is below 0; number the classes from 0; to learn the number itself, set goal: "
        "regression and data.target: label",
    ),
    "fractions": (
        {"x_train": X, "y_train": Y + 0.5},
        "PATH:x_train:0: its label 0.5 is not whole; number the classes from 0; to learn the number itself, set goal: "
        "regression and data.target: label",
    ),
    "complex": (
        {"x_train": X, "y_train": Y * 1j},
        "PATH: y_train: has complex128; labels are whole numbers, or the names of the classes",
    ),
    "no name": (
        {"x_train": X, "y_train": Y, "classes": np.array(["a", "b"])},
        "PATH: y_train: the label at index 2 is 2, but classes has 2 names: a, b",
    ),
    "a name twice": (
        {"x_train": X, "y_train": Y, "classes": np.array(["a", "a", ""])},
        "PATH: classes: names must differ and not be empty: empty, a",
    ),
    "names": (
        {"x_train": X, "y_train": Y, "classes": np.arange(3)},
        "PATH: classes: is no list of names of classes; write np.array(['cat', 'dog'])",
    ),
    "objects": (
        {"x_train": X, "y_train": np.array([{}] * 12)},
        "PATH: y_train: is an array of Python objects, which is pickled: it could run any program, and is not read; "
        "save it as numbers, or names as np.array(names, str)",
    ),
    "test alone": (
        {"x_test": X, "y_test": Y, "x_val": X, "y_val": Y},
        "PATH: has test, validation data but no training data to learn from; wanted is x_train",
    ),
}


@pytest.mark.parametrize(("arrays", "said"), FAULTS.values(), ids=FAULTS)
def test_what_is_wrong_with_arrays(tmp_path: Path, arrays: dict[str, Any], said: str) -> None:
    np.savez(tmp_path / "data.npz", **arrays)
    assert message(tmp_path / "data.npz") == said


H5 = "wanted are train_set_x and train_set_y, or test_set_x and test_set_y, and perhaps list_classes"


def write_links(file: h5py.File) -> None:
    file["train_set_x"], file["y"] = X, Y
    file["train_set_y"] = h5py.ExternalLink("/etc/passwd", "/x")


def write_external(file: h5py.File) -> None:
    file.create_dataset("train_set_x", X.shape, np.uint8, external=[("/etc/passwd", 0, X.size)])


def write_virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout(X.shape, np.uint8)
    layout[:] = h5py.VirtualSource("/etc/other.h5", "x", X.shape)
    file.create_virtual_dataset("train_set_x", layout)


def write_unwritten(file: h5py.File) -> None:
    file.create_dataset("train_set_x", (1 << 30, 32, 32, 3), np.uint8, chunks=(1, 32, 32, 3), compression="gzip")


def write_partly(file: h5py.File) -> None:
    file.create_dataset("train_set_x", X.shape, np.uint8, chunks=(2, 32, 32, 3), compression="gzip")[:4] = X[:4]


def write_otherwise(file: h5py.File) -> None:
    file.create_dataset("train_set_x", data=X, compression="lzf")


def write_objects(file: h5py.File) -> None:
    file["train_set_x"], file["train_set_y"] = X, Y
    file["list_classes"] = ["a", "b", "c"]  # of any length each


HDF5: dict[str, tuple[Callable[[h5py.File], None], str]] = {
    "nothing": (lambda file: file.update({"a": 1}), f"PATH: has no pictures; {H5}; there are a"),
    "link": (
        write_links,
        "PATH: train_set_y: is a link, and links are not followed; save the data itself under this name",
    ),
    "external": (write_external, "PATH: train_set_x: lies in other files, which are not read; save the data itself"),
    "virtual": (write_virtual, "PATH: train_set_x: lies in other files, which are not read; save the data itself"),
    "unwritten": (
        write_unwritten,
        "PATH: train_set_x: says that it holds 3,298,534,883,328 bytes, but has only 0; is it cut off?",
    ),
    "partly": (write_partly, "PATH: train_set_x: only 2 of its 6 chunks were ever written"),
    "otherwise": (
        write_otherwise,
        "PATH: train_set_x: is packed in a way that is not read; save it with compression='gzip', or without",
    ),
    "objects": (
        write_objects,
        "PATH: list_classes: is an array of objects; save it as numbers, or names as np.array(names, 'S')",
    ),
    "group": (lambda file: file.create_group("train_set_x"), "PATH: train_set_x: is no array"),
}


@pytest.mark.parametrize(("write", "said"), HDF5.values(), ids=HDF5)
def test_what_is_wrong_with_hdf5(tmp_path: Path, write: Callable[[h5py.File], None], said: str) -> None:
    with h5py.File(tmp_path / "train.h5", "w") as file:
        write(file)
    assert message(tmp_path / "train.h5") == said


@pytest.mark.parametrize("length", [7, 100_000, (1 << 20) + 3])
def test_a_checksum_that_is_wrong(tmp_path: Path, length: int) -> None:
    x = np.random.default_rng(0).integers(0, 256, (1, 1, length, 1), np.uint8)
    write_h5(tmp_path, {"train": (x, np.zeros(1, np.uint8))}, fletcher32=True, chunks=x.shape)
    path = tmp_path / "train_catvnoncat.h5"
    (pixels,) = hdf5.pixels_in(path)
    assert np.array_equal(pixels.read(), x)
    content = path.read_bytes()
    at = content.index(x.tobytes())
    path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    with pytest.raises(DataError, match=r"train_set_x: is damaged: a checksum in it is another$"):
        pixels.read()


def test_without_h5py(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_h5(tmp_path, sets())
    monkeypatch.setitem(sys.modules, "h5py", None)
    said = 'PATH/test_catvnoncat.h5: reading HDF5 needs h5py; install it: pip install "catnet[h5]"'
    assert message(tmp_path) == said


BEGINS = "is no idx file of images in unsigned bytes: it must begin with 00 00 08 03, not with"
IDX = {
    "magic": (bytes(100), f"{BEGINS} 00 00 00 00"),
    "two bytes": (b"\0\0", f"{BEGINS} 00 00"),
    "labels": (idx(Y), f"{BEGINS} 00 00 08 01"),
    "sizes": (b"\0\0\x08\x03" + bytes(12), "has the shape (0, 0, 0), which is no image"),
    "beyond": (
        b"\0\0\x08\x03" + b"\0\xff\0\0" * 3 + bytes(9),
        "says that it holds 4,667,242,141,955,653,632,000 bytes, but has only SIZE; is it cut off?",
    ),
    "cut off": (idx(X[..., 0])[:-1], "says that it holds 12,288 bytes, but has only 12,287; is it cut off?"),
    "more": (idx(X[..., 0]) + b"x", "has more bytes than the 12,288 that it says"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("content", "said"), IDX.values(), ids=IDX)
def test_what_is_wrong_with_idx(tmp_path: Path, content: bytes, said: str, packed: bool) -> None:
    write_idx(tmp_path, sets(1), packed=packed)
    path = tmp_path / f"train-images-idx3-ubyte{'.gz' * packed}"
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(DataError) as caught:
        load(scan(tmp_path, goal="3.0"), (32, 32))
    assert str(caught.value) == f"{path}: {said.replace('SIZE', str(path.stat().st_size) if packed else '9')}"


def test_what_is_wrong_with_several_idx_files(tmp_path: Path) -> None:
    write_idx(tmp_path, sets(1))
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    assert message(tmp_path) == (
        "PATH/t10k-images-idx3-ubyte: its labels are not beside it: there is no t10k-labels-idx1-ubyte, plain or .gz"
    )
    (tmp_path / "t10k-images-idx3-ubyte").unlink()
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx(Y[:4]))
    assert message(tmp_path) == "PATH/train-labels-idx1-ubyte: has 4 labels for 12 pictures"
    write_idx(tmp_path, {"test": sets(1)["test"]}, prefix="emnist-letters-")
    assert message(tmp_path) == (
        "PATH: has files of several sets: emnist-letters-t10k-images-idx3-ubyte, "
        "emnist-letters-t10k-labels-idx1-ubyte, train-images-idx3-ubyte, train-labels-idx1-ubyte; keep those of one, "
        "or give one file"
    )


def test_what_is_wrong_with_cifar(tmp_path: Path) -> None:
    write_cifar(tmp_path, sets())
    path = tmp_path / "data_batch_1.bin"
    path.write_bytes(path.read_bytes()[:-1])
    assert message(tmp_path) == (
        "PATH/data_batch_1.bin: has 18,437 bytes, which are not a file of CIFAR's binary version: records of 3073 bytes"
    )
    path.write_bytes(records(X, Y + 1))
    assert message(tmp_path) == (
        "PATH/data_batch_1.bin: the label at index 2 is 3, but batches.meta.txt has 3 names: non-cat, cat, lion"
    )
    write_cifar_100(tmp_path, sets())
    assert message(tmp_path) == (
        "PATH: has files of CIFAR-10 and of CIFAR-100: data_batch_1.bin, data_batch_2.bin, test.bin, test_batch.bin, "
        "train.bin; keep one set"
    )


def test_several_kinds_and_several_files_of_a_split(tmp_path: Path) -> None:
    write_npz(tmp_path, sets())
    (tmp_path / "data.npz").rename(tmp_path / "other.npz")
    write_npz(tmp_path, sets())
    assert message(tmp_path) == "PATH: data.npz, other.npz both have train data; keep one, or give one file"
    write_h5(tmp_path, sets())
    assert message(tmp_path) == (
        "PATH: data.npz, other.npz, test_catvnoncat.h5, train_catvnoncat.h5 are files of several kinds (.npz, HDF5); "
        "keep one kind, or give one file"
    )


def test_arrays_beside_other_data(tmp_path: Path) -> None:
    write_folders(tmp_path, sets())
    write_npz(tmp_path, sets())
    assert notes(tmp_path) == ["PATH: data.npz is left out; to learn from it, give the file itself"]
    (tmp_path / "train.csv").write_text("a,label\n1,x\n2,y\n")
    for split in ("train", "test"):
        (tmp_path / split).rename(tmp_path / f"{split}-pictures")
    assert "PATH: data.npz, train.csv" not in notes(tmp_path)[0]
    assert "PATH: data.npz is no split and is left out" in notes(tmp_path)


def test_other_files_beside_arrays(tmp_path: Path) -> None:
    write_npz(tmp_path, sets())
    (tmp_path / "more").mkdir()
    for name in ("a.png", "notes.txt", "names.csv"):
        (tmp_path / name).touch()
    assert notes(tmp_path) == [
        "PATH: 1 picture beside the arrays is left out",
        "PATH: names.csv, notes.txt beside the arrays are left out",
    ]


def test_one_folder_too_high(tmp_path: Path) -> None:
    for name in ("raw", "more"):
        (tmp_path / name).mkdir()
        write_idx(tmp_path / name, sets(1))
    said = "is no class: it holds t10k-images-idx3-ubyte; is data.path one folder too high?"
    assert message(tmp_path) == f"PATH/more: {said}"
    (tmp_path / "more").rename(tmp_path.parent / "more")
    holds = "which holds t10k-images-idx3-ubyte"
    assert message(tmp_path) == f"PATH: is one folder too high; give PATH/raw, {holds}"


def test_faults_are_named_by_their_pictures(tmp_path: Path) -> None:
    """Rows of the same index in two splits of a file, or in two files of a split, are several."""
    x, y = np.concatenate([X, X]), np.array(["a", "b"] * 12)
    y[[1, 5, 9, 20]] = ""
    write_npz(tmp_path, {"train": (x, y), "test": (x, y)}, names=())
    lines = "in 4 of 24 pictures (indices 1, 5, 9, ...)"
    assert message(tmp_path).splitlines() == [
        "PATH: 8 faults in 8 of 48 pictures; fix or remove what is named, or set data.bad_images: skip",
        f"PATH/data.npz:x_train: label is empty {lines}",
        f"PATH/data.npz:x_test: label is empty {lines}",
    ]
    skipped = scan(tmp_path, goal="3.0", bad="skip").skipped
    assert [bad.name for bad in skipped[:1] + skipped[4:5]] == [
        f"{tmp_path}/data.npz:x_train:1",
        f"{tmp_path}/data.npz:x_test:1",
    ]
    assert len(skipped) == 8


def test_faults_in_several_files_of_a_split(tmp_path: Path) -> None:
    write_cifar(tmp_path, sets(), names=())
    config = {"goal": "3.0", "target": "label", "class_names": ("a", "b")}
    said = message(tmp_path, **config).splitlines()
    assert [line.rpartition(": label")[0] for line in said[1:]] == [
        f"PATH/data_batch_{number}.bin:{index}" for number, index in [(1, 2), (1, 5), (2, 2), (2, 5)]
    ] + ["PATH/test_batch.bin"]


@pytest.mark.parametrize("names", [(), ("a", "b")])
def test_labels_that_are_missing(tmp_path: Path, names: tuple[str, ...]) -> None:
    y = np.arange(12) % 2.0
    y[[3, 7]] = np.nan
    write_npz(tmp_path, {"train": (X, y)}, names=names)
    assert message(tmp_path).splitlines()[1:] == [f"PATH/data.npz:x_train:{index}: label is empty" for index in (3, 7)]
    catalog = scan(tmp_path, goal="3.0", bad="skip")
    assert catalog.question.classes == (names or ("0", "1"))
    assert catalog.splits["train"].labels.sum() == 10


def test_what_is_said_of_the_files_of_a_set(tmp_path: Path) -> None:
    write_cifar(tmp_path, sets())
    (tmp_path / "data_batch_1.bin").rename(tmp_path / "data_batch_4.bin")
    assert notes(tmp_path)[0] == "PATH: data_batch_1.bin, data_batch_3.bin are not there"
    write_npz(tmp_path, {"test": (X, Y)})
    alone = "is test data by its name or that of its array, and is learned from"
    assert notes(tmp_path / "data.npz")[0] == f"PATH: {alone}"
    (tmp_path / "data.npz").rename(tmp_path / "test.npz")
    write_npz(tmp_path, sets())
    assert notes(tmp_path / "data.npz") == []
    with zipfile.ZipFile(tmp_path / "data.npz", "a") as archive:
        archive.writestr("x_train", b"")
    assert message(tmp_path / "data.npz") == "PATH: has an array twice: x_train; save it anew"


def test_names_in_one_of_two_files(tmp_path: Path) -> None:
    write_h5(tmp_path, sets(splits=("train",)), names=())
    write_h5(tmp_path, sets(splits=("test",)))
    lacks = "has no list_classes, which test_catvnoncat.h5 has; save it with the names of the classes too"
    assert message(tmp_path) == f"PATH/train_catvnoncat.h5: {lacks}"


def test_many_chunks_are_read_soon(tmp_path: Path) -> None:
    m = 5000
    x = np.zeros((m, 4, 4), np.uint8)
    x[:, 0, 0] = np.arange(m) % 251
    with h5py.File(tmp_path / "train.h5", "w") as file:
        file.create_dataset("train_set_x", data=x, chunks=(1, 4, 4), compression="gzip")
        file["train_set_y"] = np.arange(m) % 251 % 2
    start = time.process_time()
    rows = load(scan(tmp_path, goal="3.0"), (4, 4), colors="grey").splits["train"].rows
    assert time.process_time() - start < 3  # 0.3 s
    assert np.array_equal(rows[:, 0], x[np.argsort(np.arange(m) % 251 % 2, kind="stable"), 0, 0])


ARRAYS = "save pictures and labels as arrays: np.savez('data.npz', x_train=x, y_train=y), x uint8 (m, height, width, 3)"
OTHERS = {
    "images.npy": "is a single array, and pictures need labels",
    "digits.mat": "is a file of MATLAB, which is not read",
    "train.pkl": "is pickled, and could run any program",
    "model.pt": "is pickled, and could run any program",
    "data_batch_1": "is CIFAR's version for Python, which is pickled, and could run any program; take the binary "
    "version, or",
    "flowers.tfrecord": "is a file of TensorFlow, which is not read",
    "flowers.tfrecord-00001-of-00002": "is a file of TensorFlow, which is not read",
    "batch1.bin": "is not named as CIFAR's binary version has it (data_batch_1.bin, test_batch.bin)",
}


@pytest.mark.parametrize(("name", "said"), OTHERS.items())
def test_arrays_in_other_forms(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    said = f"{said} {ARRAYS}" if said.endswith(", or") else f"{said}; {ARRAYS}"
    assert message(tmp_path) == f"PATH/{name}: {said}"
    assert message(tmp_path / name) == f"PATH: {said}"


def test_a_file_that_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "data.npz").write_bytes(b"x" * 100)
    assert message(tmp_path) == "PATH/data.npz: is damaged, or not a .npz file: File is not a zip file"
    (tmp_path / "data.npz").unlink()
    (tmp_path / "train.h5").write_bytes(b"x" * 100)
    assert message(tmp_path).startswith("PATH/train.h5: is damaged, or not an HDF5 file: ")


@pytest.mark.parametrize(
    ("shape", "said"),
    {
        "f(3)": "its header is damaged",
        "(-2, 3)": "says that its shape is (-2, 3), which none has; it is damaged",
    }.items(),
)
def test_a_header_that_is_damaged(tmp_path: Path, shape: str, said: str) -> None:
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        archive.writestr("x_train.npy", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    assert message(tmp_path / "data.npz") == f"PATH: x_train: {said}"


def test_files_whose_names_say_no_split(tmp_path: Path) -> None:
    write_idx(tmp_path, sets(1))
    (tmp_path / "extra-images-idx3-ubyte").write_bytes(b"x")
    assert notes(tmp_path)[0] == "PATH: extra-images-idx3-ubyte beside the arrays is left out"


def test_a_model_with_names_on_arrays_without(tmp_path: Path) -> None:
    write_idx(tmp_path, sets(1))
    with pytest.raises(DataError) as caught:
        scan_other(Question("3.0", ("cat", "dog")), tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: has none of the model's classes cat, dog; there are 0, 1, 2; these are numbers without names: "
        "give a file that has the names, or train with data.class_names"
    )


def test_two_folders_too_high(tmp_path: Path) -> None:
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    write_idx(tmp_path / "MNIST" / "raw", sets(1))
    assert message(tmp_path) == (
        "PATH: is two folders too high; give PATH/MNIST/raw, which holds t10k-images-idx3-ubyte"
    )


def test_a_member_of_another_packing(tmp_path: Path) -> None:
    write_npz(tmp_path, sets())
    with (
        zipfile.ZipFile(tmp_path / "data.npz") as archive,
        zipfile.ZipFile(tmp_path / "other.npz", "w", zipfile.ZIP_LZMA) as other,
    ):
        for name in archive.namelist():
            other.writestr(name, archive.read(name))
    assert message(tmp_path / "other.npz") == (
        "PATH: x_train: is packed in a way that is not read; save it by np.savez_compressed"
    )


def test_60_000_pictures_are_scanned_soon(tmp_path: Path) -> None:
    x, y = np.zeros((60_000, 4, 4), np.uint8), np.arange(60_000) % 10
    np.savez_compressed(tmp_path / "data.npz", x_train=x, y_train=y)
    start = time.process_time()
    assert len(scan(tmp_path, goal="3.0").splits["train"].names) == 60_000
    assert time.process_time() - start < 5  # 0.6 s
