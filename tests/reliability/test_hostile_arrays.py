"""Damaged and invented files of arrays: refused with a message, or read, in memory of about what they hold."""

import gzip
import io
import os
import pickle
import shutil
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from fuzz import ROOM, accepted, damaged, forget_the_peak, peak, within_bounds
from scanning import scan
from trials import TALLY, number
from written_arrays import KINDS, idx, sets, write_idx

from catnet.data.load import load
from catnet.errors import DataError

GIGABYTE = 1 << 30
X, Y = sets()["train"]


def read(path: Path) -> None:
    """Scans the arrays and decodes their pixels."""
    load(scan(path, goal="3.0"), (8, 8))


def few_bytes_turned(content: bytes, random: np.random.Generator) -> bytes:
    """The content with some bytes of its beginning or its end replaced: there is what says what it holds."""
    mutant, ends = bytearray(content), min(len(content), 2048)
    for _ in range(int(random.integers(1, 4))):
        at = int(random.integers(ends))
        mutant[at if random.random() < 0.6 else -1 - at] = int(random.integers(256))
    return bytes(mutant)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("ignore")
def test_damaged_arrays(tmp_path: Path, kind: str) -> None:
    trials, done = number(40, 5000), 0
    random = np.random.default_rng(list(KINDS).index(kind))
    write, names, channels = KINDS[kind]
    write(tmp_path, sets(channels, m=6, splits=("train",)), names)
    files = {path: path.read_bytes() for path in sorted(tmp_path.iterdir())}
    paths = list(files)
    for trial in range(trials):
        path = paths[trial % len(paths)]
        mutant = (few_bytes_turned if trial % 4 < 2 else damaged)(files[path], random)
        path.write_bytes(mutant)
        done += accepted(partial(read, tmp_path), sum(map(len, files.values())))
        path.write_bytes(files[path])
    assert done < trials
    assert accepted(partial(read, tmp_path), 1 << 20)
    TALLY.append(f"damaged files of arrays ({kind}): {trials}, {done} of them readable; 0 tracebacks")


def refused(path: Path, said: str, declared: int = 0) -> None:
    with within_bounds(declared), pytest.raises(DataError, match=said):
        read(path)


def header(dtype: str, shape: str, order: str = "False") -> bytes:
    """The beginning of an array in NumPy's format."""
    text = f"{{'descr': {dtype}, 'fortran_order': {order}, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text


class Zeros(io.RawIOBase):
    """So many zeros to read."""

    def __init__(self, size: int) -> None:
        self.left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = min(len(buffer), self.left)
        buffer[:size] = bytes(size)
        self.left -= size
        return size


def write_member(archive: zipfile.ZipFile, name: str, start: bytes, zeros: int = 0) -> None:
    with archive.open(f"{name}.npy", "w") as member:
        member.write(start)
        shutil.copyfileobj(Zeros(zeros), member, 1 << 20)


HEADERS = {
    "huge": header("'|u1'", f"({1 << 60}, 32, 32, 3)"),
    "negative": header("'|u1'", "(-1, -32, 32, 3)"),
    "of nothing": header("'|u1'", "(0, 1000000000000)"),
    "wide": header("'|V1000000000000'", "(1,)"),
    "objects": header("'|O'", "(12,)"),
    "fields": header("[('a', '|O'), ('b', '<f8')]", "(12,)"),
    "call": header("__import__('os')", "(12,)"),
    "brackets": header("'|u1'", "(" * 200),
    "long": header("'|u1'", "(" + "1," * 20_000 + ")"),
    "version": b"\x93NUMPY\3\0" + bytes(20),
    "length": b"\x93NUMPY\2\0" + b"\xff" * 4,
    "empty": b"",
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("start", HEADERS.values(), ids=HEADERS)
@pytest.mark.parametrize("name", ["x_train", "y_train", "classes"])
def test_invented_headers(tmp_path: Path, name: str, start: bytes) -> None:
    arrays = {"x_train": X, "y_train": Y, "classes": np.array(["a", "b", "c"])}
    with zipfile.ZipFile(tmp_path / "data.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for each, values in arrays.items():
            content = io.BytesIO()
            np.save(content, values)
            write_member(archive, each, start if each == name else content.getvalue())
    refused(tmp_path / "data.npz", f"data.npz: {name}|data.npz: is damaged")


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    class Dangerous:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.write_text, (tmp_path / "owned", "x"))

    np.savez(tmp_path / "data.npz", x_train=X, y_train=np.array([Dangerous()] * 12, object))
    refused(tmp_path / "data.npz", "y_train: is an array of Python objects, which is pickled")
    with zipfile.ZipFile(tmp_path / "other.npz", "w") as archive:
        archive.writestr("x_train.npy", pickle.dumps(Dangerous()))
        archive.writestr("y_train", pickle.dumps(Dangerous()))
    refused(tmp_path / "other.npz", "is damaged, or not a .npz file")
    for name in ("data_batch_1", "train.pkl", "x.npy"):
        (tmp_path / name).write_bytes(pickle.dumps(Dangerous()))
        refused(tmp_path / name, ": is ")
    assert not (tmp_path / "owned").exists()


def test_a_member_that_unpacks_to_more_or_less_than_it_says(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    start = header("'|u1'", "(12, 32, 32, 3)")
    for zeros in (12 * 32 * 32 * 3 - 1, 12 * 32 * 32 * 3 + 1, number(100 << 20, GIGABYTE)):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            write_member(archive, "y_train", header("'|u1'", "(12,)") + bytes(range(12)))
            write_member(archive, "x_train", start, zeros)
        refused(path, "x_train: says that it is uint8 of the shape .*; is it cut off?")
    content = bytearray(path.read_bytes())
    true, said = struct.pack("<I", len(start) + zeros), struct.pack("<I", len(start) + 12 * 32 * 32 * 3)
    at = content.rindex(true)  # in the directory, which zipfile believes
    content[at : at + 4] = said
    path.write_bytes(content)
    refused(path, "data.npz: is damaged|x_train: says")
    content[at : at + 4] = struct.pack("<I", 0xF0000000)
    path.write_bytes(content)
    refused(path, "data.npz: is damaged|x_train: says")


def test_an_archive_with_a_long_directory(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        for i in range(number(12_000, 100_000)):
            archive.writestr(f"{i:0200}", b"")
    refused(tmp_path / "data.npz", "its directory is too long")


@pytest.mark.parametrize("says", [12, 3_000_000])
def test_a_stream_that_unpacks_to_more_or_less_than_it_says(tmp_path: Path, says: int) -> None:
    write_idx(tmp_path, sets(1), packed=True)
    start = bytes([0, 0, 8, 3]) + struct.pack(">3I", says, 32, 32)
    with gzip.open(tmp_path / "train-images-idx3-ubyte.gz", "wb", 1) as file:
        file.write(start)
        shutil.copyfileobj(Zeros(120 << 20), file, 1 << 20)
    if says == 12:
        refused(tmp_path, "has more bytes than the 12,288 that it says")
        return
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.arange(says) % 3)))
    refused(tmp_path, "says that it holds 3,072,000,000 bytes, but has only")


def test_many_small_pictures(tmp_path: Path) -> None:
    count = 3_000_000
    for what, dimensions in {"images-idx3": (count, 1, 1), "labels-idx1": (count,)}.items():
        start = bytes([0, 0, 8, len(dimensions)]) + struct.pack(f">{len(dimensions)}I", *dimensions)
        (tmp_path / f"train-{what}-ubyte.gz").write_bytes(gzip.compress(start + bytes(count), 1))
    said = r"has the shape \(3000000, 1, 1\); at most 100,000 pictures of fewer than 768 bytes each are read"
    refused(tmp_path, said)


def deflated(size: int) -> bytes:
    stream = zlib.compressobj(1)
    return b"".join([*(stream.compress(bytes(1 << 20)) for _ in range(size >> 20)), stream.flush()])


def chunk_of_zeros(file: h5py.File) -> None:
    x = file.create_dataset("train_set_x", X.shape, np.uint8, chunks=X.shape, compression="gzip")
    x.id.write_direct_chunk((0, 0, 0, 0), deflated(number(100 << 20, GIGABYTE)))


def chunk_of_nothing(file: h5py.File) -> None:
    x = file.create_dataset("train_set_x", X.shape, np.uint8, chunks=X.shape, compression="gzip")
    x.id.write_direct_chunk((0, 0, 0, 0), deflated(0))


def large_chunk(file: h5py.File) -> None:
    options = {"chunks": (60_000, 100, 100, 3), "maxshape": (None,) * 4, "compression": "gzip"}
    x = file.create_dataset("train_set_x", X.shape, np.uint8, **options)
    x.id.write_direct_chunk((0, 0, 0, 0), zlib.compress(bytes(1000)))


def never_written(file: h5py.File) -> None:
    file.create_dataset("train_set_x", (1 << 28, 32, 32, 3), np.uint8, chunks=(64, 32, 32, 3))


def labels_never_written(file: h5py.File) -> None:
    file["train_set_x"] = X
    file["train_set_y"] = Y
    file.create_dataset("list_classes", (1 << 40,), "S7", chunks=(1 << 10,))


H5: dict[str, tuple[Callable[[h5py.File], None], str]] = {
    "chunk of zeros": (chunk_of_zeros, "a part of it unpacks to another size than it says"),
    "chunk of nothing": (chunk_of_nothing, "a part of it unpacks to another size than it says|is it cut off?"),
    "large chunk": (large_chunk, "is it cut off?"),
    "never written": (never_written, "says that it holds 824,633,720,832 bytes, but has only 0"),
    "labels never written": (labels_never_written, "says that it holds 7,696,581,394,432 bytes, but has only 0"),
}


@pytest.mark.parametrize(("write", "said"), H5.values(), ids=H5)
def test_hdf5_that_asks_for_more_than_it_holds(tmp_path: Path, write: Callable[[h5py.File], None], said: str) -> None:
    with h5py.File(tmp_path / "train.h5", "w") as file:
        write(file)
        if "train_set_y" not in file:
            file["train_set_y"] = Y
    refused(tmp_path / "train.h5", said)


@pytest.mark.parametrize("kind", ["h5", "npz", "idx", "cifar 10"])
def test_pipes_and_folders_of_these_names(tmp_path: Path, kind: str) -> None:
    write, names, channels = KINDS[kind]
    write(tmp_path, sets(channels, splits=("train",)), names)
    path = next(path for path in sorted(tmp_path.iterdir()) if path.suffix != ".txt")
    path.unlink()
    os.mkfifo(path)
    refused(path, "is neither a folder nor a regular file|is a pipe")
    refused(tmp_path, "it is a pipe, and only regular files are read")


@pytest.mark.parametrize("kind", ["npz packed, grey", "h5 packed", "idx packed", "cifar 10"])
def test_many_pictures_take_twice_their_size_at_most(tmp_path: Path, kind: str) -> None:
    m = number(2_000, 150_000)
    write, names, channels = KINDS[kind]
    x, y = np.zeros((m, 32, 32, channels), np.uint8), np.arange(m) % 2
    x[:, 0, :4, 0] = np.arange(m, dtype=">u4")[:, None].view(np.uint8)  # so that no two are equal
    write(tmp_path, {"train": (x, y)}, names)
    declared = x.nbytes
    del x
    before = forget_the_peak()  # of the memory alone: they are as many as they say
    load(scan(tmp_path, goal="3.0"), (32, 32))
    assert peak() - before <= 2 * declared + ROOM
    TALLY.append(f"pictures in arrays ({kind}): {m}, read within twice their size")
