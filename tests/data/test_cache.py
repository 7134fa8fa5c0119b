"""The cache of decoded pictures gives what decoding gives, or is not used."""

import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest
from PIL import Image
from scanning import load_dataset, scan

from catnet.data import cache, cache_file, decoding
from catnet.data.dataset import Dataset, digests_of, fingerprint
from catnet.data.load import load
from catnet.data.pixels import DECODING_REVISION
from catnet.errors import CatnetError, DataError
from catnet.text import byte_size

Run = Callable[..., CompletedProcess[str]]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache for the test alone, which trusts even files that have just been written."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("CATNET_CACHE", str(folder))
    monkeypatch.setattr(cache, "TICK", 0)
    monkeypatch.setattr(cache, "COARSE_TICK", 0)
    return folder


@pytest.fixture
def decodings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of pictures that each call decoded."""
    calls: list[int] = []
    original = decoding.decode_blocks

    def decode(paths: list[str], image_size: tuple[int, int]) -> object:
        calls.append(len(paths))
        return original(paths, image_size)

    monkeypatch.setattr(cache, "decode_blocks", decode)
    return calls


def read(animals: Path, bad: str = "fail") -> Dataset:
    return load(scan(animals, goal="3.0", bad=bad), (8, 8), bad=bad)


def assert_same(one: Dataset, other: Dataset) -> None:
    assert one.splits.keys() == other.splits.keys()
    for name, split in one.splits.items():
        np.testing.assert_array_equal(split.rows, other.splits[name].rows)
        np.testing.assert_array_equal(split.labels, other.splits[name].labels)
        assert split.names == other.splits[name].names
        assert fingerprint(split) == fingerprint(other.splits[name])
    assert (one.skipped, one.notes) == (other.skipped, other.notes)


def in_memory(dataset: Dataset) -> Dataset:
    """The same, with rows that do not change when the cache does."""
    return replace(dataset, splits={n: replace(split, rows=split.rows.copy()) for n, split in dataset.splits.items()})


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.pictures"))


def test_a_second_load_decodes_nothing(animals: Path, folder: Path, decodings: list[int]) -> None:
    first = read(animals)
    assert decodings == [28, 12]
    assert_same(first, read(animals))
    assert decodings == [28, 12]
    assert len(entries(folder)) == len(list(folder.iterdir())) == 2
    for split in first.splits.values():
        assert split.digests == digests_of(split.rows)
        assert not split.rows.flags.writeable


def test_the_users_folder_is_not_touched(animals: Path) -> None:
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in animals.rglob("*")}
    read(animals)
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in animals.rglob("*")} == before


def test_the_progress_counts_all_splits(animals: Path) -> None:
    seen: list[tuple[int, int]] = []
    for _ in range(2):
        load(scan(animals, goal="3.0"), (8, 8), progress=lambda done, total: seen.append((done, total)))
    decoded, cached = seen[:-2], seen[-2:]
    assert cached == [(28, 40), (40, 40)]
    assert decoded == sorted(set(decoded))
    assert decoded[-1] == (40, 40)


def test_another_size_or_order_is_another_entry(animals: Path, folder: Path, decodings: list[int]) -> None:
    load(scan(animals, goal="3.0"), (8, 8))
    load(scan(animals, goal="3.0"), (8, 4))
    assert len(entries(folder)) == 4
    fraction = scan(animals / "train", goal="3.0", validation_fraction=0.2, seed=1)
    assert_same(load(fraction, (8, 8)), load(fraction, (8, 8)))
    assert len(entries(folder)) == 6
    assert sum(decodings[4:]) == 28


def test_a_changed_picture_is_decoded_again(animals: Path, folder: Path) -> None:
    read(animals)
    picture = animals / "train" / "cat" / "3.png"
    status = picture.stat()
    Image.new("RGB", (8, 8), "red").save(picture)
    content = picture.read_bytes()
    picture.write_bytes(content + bytes(max(0, status.st_size - len(content))))  # the size and the time as before
    os.truncate(picture, status.st_size)
    os.utime(picture, ns=(status.st_atime_ns, status.st_mtime_ns))
    row = read(animals).splits["train"].names.index("train/cat/3.png")
    np.testing.assert_array_equal(read(animals).splits["train"].rows[row].reshape(8, 8, 3)[0, 0], (255, 0, 0))
    assert len(entries(folder)) == 2  # the new one is in the place of the old one


def test_a_picture_replaced_by_an_equally_old_one(animals: Path) -> None:
    first = read(animals)
    one, other = animals / "train" / "cat" / "0.png", animals / "train" / "lion" / "0.png"
    one.rename(animals / "aside")
    other.rename(one)
    (animals / "aside").rename(other)
    second = read(animals)
    rows = [dataset.splits["train"].rows[dataset.splits["train"].names.index("train/cat/0.png")] for dataset in
            (first, second)]  # fmt: skip
    assert (rows[0] != rows[1]).any()


def test_a_picture_that_has_just_changed_is_not_trusted(
    animals: Path, folder: Path, decodings: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "TICK", 3600 * 10**9)
    first = read(animals)
    assert list(folder.iterdir()) == []
    assert_same(first, read(animals))
    assert decodings == [28, 12, 28, 12]


def flip(path: Path, place: int) -> None:
    with path.open("r+b") as file:
        file.seek(place, os.SEEK_END if place < 0 else os.SEEK_SET)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a pixel": lambda path: flip(path, 1000),
    "the padding": lambda path: flip(path, 4000),
    "the facts": lambda path: flip(path, -100),
    "their hash": lambda path: flip(path, -20),
    "their length": lambda path: flip(path, -8),
    "their length, by much": lambda path: flip(path, -1),
    "cut off": lambda path: os.truncate(path, path.stat().st_size - 1),
    "cut to a page": lambda path: os.truncate(path, 4096),
    "nearly empty": lambda path: os.truncate(path, 3),
    "empty": lambda path: os.truncate(path, 0),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)) and None,
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\0") and None,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_is_never_believed(animals: Path, folder: Path, decodings: list[int], damage: str) -> None:
    first = in_memory(read(animals))
    for path in entries(folder):
        DAMAGES[damage](path)
    assert_same(first, read(animals))
    assert_same(first, read(animals))
    assert decodings == [28, 12, 28, 12]


def test_an_entry_of_other_pictures_is_never_believed(animals: Path, folder: Path) -> None:
    first = in_memory(read(animals))
    one, other = entries(folder)
    one.write_bytes(other.read_bytes())
    assert_same(first, read(animals))


def test_an_entry_of_an_earlier_revision_is_decoded_again(
    animals: Path, folder: Path, decodings: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setitem(cache_file.VERSION, "decoding revision", DECODING_REVISION - 1)
        expected = in_memory(read(animals))
        old = entries(folder)
    assert [entry.folder for entry in cache.entries()] == [None, None]
    assert_same(expected, read(animals))
    assert decodings == [28, 12, 28, 12]
    new = sorted(set(entries(folder)) - set(old))
    assert len(new) == 2  # under other names: two versions of catnet do not overwrite each other's entries
    for path in new:  # not even a wrong name makes an old entry usable
        path.write_bytes(old[0].read_bytes())
    assert cache_file.read(new[0], {}) is None
    assert_same(expected, read(animals))
    assert decodings == [28, 12, 28, 12, 28, 12]


def test_bad_pictures_are_the_same_from_the_cache(animals: Path, folder: Path, decodings: list[int]) -> None:
    truncated = animals / "train" / "cat" / "0.png"
    truncated.write_bytes(truncated.read_bytes()[:60])
    (animals / "val" / "lion" / "1.png").write_text("no picture")
    first = read(animals, "skip")
    assert [len(split.rows) for split in first.splits.values()] == [27, 11]
    assert [Path(bad.name).name for bad in first.skipped] == ["0.png", "1.png"]
    assert_same(first, read(animals, "skip"))
    assert decodings == [28, 12]
    with pytest.raises(DataError, match="2 faults in 2 of") as caught:
        read(animals)
    assert decodings == [28, 12]
    for bad in first.skipped:
        assert f"{bad.name}: {bad.reason}" in str(caught.value)


def test_a_picture_that_may_be_readable_next_time_is_not_remembered(
    animals: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = scan(animals, goal="3.0")
    aside = (animals / "train" / "cat" / "0.png").rename(animals / "aside.png")
    assert len(load(catalog, (8, 8), bad="skip").splits["train"].rows) == 27
    aside.rename(animals / "train" / "cat" / "0.png")
    assert len(load(catalog, (8, 8), bad="skip").splits["train"].rows) == 28


def test_only_bad_pictures(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        (tmp_path / "bad" / name).mkdir(parents=True)
        (tmp_path / "bad" / name / "0.png").write_text("no picture")
    for _ in range(2):
        with pytest.raises(DataError, match="the train data has no readable picture left"):
            load(scan(tmp_path / "bad", goal="3.0"), (8, 8), bad="skip")


def test_a_cache_that_cannot_be_written_is_a_note(animals: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = read(animals)
    blocked = folder.parent / "file"
    blocked.write_text("")
    monkeypatch.setenv("CATNET_CACHE", str(blocked / "cache"))
    dataset = read(animals)
    assert dataset.notes == (
        f"{blocked / 'cache'}: decoded pictures cannot be kept there (Not a directory); each run decodes them again",
    )
    for name, split in expected.splits.items():
        np.testing.assert_array_equal(split.rows, dataset.splits[name].rows)
        assert fingerprint(split) == fingerprint(dataset.splits[name])


def test_a_full_disk_is_a_note(animals: Path, folder: Path) -> None:
    script = f"""
import resource
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[1] / "support")!r})
from scanning import scan
from catnet.data.load import load
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
dataset = load(scan(Path({str(animals)!r}), goal="3.0"), (8, 8))
print(dataset.notes, [split.rows.shape for split in dataset.splits.values()])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "(File too large); each run decodes them again" in done.stdout
    assert "[(28, 192), (12, 192)]" in done.stdout
    assert resource.getrlimit(resource.RLIMIT_FSIZE) != (2000, 2000)
    assert list(folder.iterdir()) == []


def test_two_builders_at_once(animals: Path, folder: Path) -> None:
    time.sleep(0.06)  # so that the pictures are old enough for the other processes
    code = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parents[1] / "support")!r})
from scanning import scan
from catnet.data.load import load
dataset = load(scan(Path({str(animals)!r}), goal="3.0"), (8, 8))
print([split.digests for split in dataset.splits.values()])
"""
    builders = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = {builder.communicate()[0] for builder in builders}
    assert said == {f"{[split.digests for split in read(animals).splits.values()]}\n"}
    assert len(entries(folder)) == len(list(folder.iterdir())) == 2


def test_what_a_killed_builder_left_is_removed_when_it_is_old(animals: Path, folder: Path) -> None:
    folder.mkdir()
    old, new, unused = folder / ".old.tmp", folder / ".new.tmp", folder / "0.pictures"
    for path, age in ((old, 2 * 3600), (new, 60), (unused, 31 * 86400)):
        path.touch()
        os.utime(path, (time.time() - age,) * 2)
    read(animals)
    assert (old.exists(), new.exists(), unused.exists()) == (False, True, False)


def test_an_entry_that_is_in_use_may_be_removed(animals: Path) -> None:
    dataset = read(animals)
    before = dataset.splits["train"].rows.copy()
    cache.clear(cache.entries())
    assert cache.entries() == []
    np.testing.assert_array_equal(dataset.splits["train"].rows, before)


def test_an_entry_that_is_being_built_may_be_removed(
    animals: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = in_memory(read(animals))
    cache.clear(cache.entries())
    load(
        scan(animals, goal="3.0"), (8, 8), progress=lambda done, total: cache.clear(cache.entries())
    )  # as from another process
    assert list(folder.iterdir()) == []
    assert_same(expected, read(animals))


def test_processes_decode_as_threads_do(animals: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (animals / "train" / "cat" / "5.png").write_text("no picture")
    by_threads = read(animals, "skip")
    cache.clear(cache.entries())
    monkeypatch.setattr(decoding, "PROCESSES_FROM", 0)
    monkeypatch.setattr(decoding, "available_cores", lambda: 3)
    monkeypatch.setattr(decoding, "BLOCK_PICTURES", 2)
    assert_same(by_threads, read(animals, "skip"))


def test_a_process_that_dies_is_one_message(animals: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "PROCESSES_FROM", 0)
    monkeypatch.setattr(decoding, "available_cores", lambda: 2)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(CatnetError, match=r"a process that decodes pictures ended \(exit status \d\) at one of"):
        read(animals)


def test_the_platforms_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CATNET_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.directory().is_relative_to(tmp_path)
    assert "catnet" in cache.directory().parts


def size_of(folder: Path) -> str:
    return byte_size(sum(path.stat().st_size for path in folder.iterdir()))


def test_the_command_shows_and_clears(animals: Path, folder: Path, catnet: Run) -> None:
    empty = f"{folder}: 0 sets of pictures, 0 bytes\n"
    assert catnet("cache").stdout == empty
    load_dataset(animals, (8, 8), goal="3.0")
    shown = catnet("cache").stdout.splitlines()
    assert shown[0] == f"{folder}: 2 sets of pictures, {size_of(folder)}"
    assert shown[1].split("  ")[0] == "data"
    assert {line.split()[0] for line in shown[2:]} == {str(animals / "train"), str(animals / "val")}
    row = rf"{re.escape(str(animals / 'train'))}\s+28           8 x 8  [\d.]+ kB  \d{{4}}-\d\d-\d\d \d\d:\d\d"
    assert any(re.fullmatch(row, line) for line in shown)
    flip(entries(folder)[0], -20)
    size = size_of(folder)
    assert "(unfinished, damaged, or of another version)" in catnet("cache").stdout
    assert catnet("cache", "--clear").stdout == f"{folder}: removed 2 sets of pictures, {size}\n"
    assert list(folder.iterdir()) == []
    assert catnet("cache").stdout == empty
