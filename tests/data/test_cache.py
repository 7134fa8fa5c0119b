"""The cache of decoded pictures gives what decoding gives, or is not used."""

import fcntl
import hashlib
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scanning import load_dataset, scan

from catnet.data import cache, cache_file, cache_folder, decoding
from catnet.data.dataset import Dataset, digests_of, fingerprint
from catnet.data.load import load
from catnet.data.pixels import DECODING_REVISION
from catnet.errors import CatnetError, ConfigError, DataError
from catnet.text import byte_size

Command = Callable[..., Any]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache for the test alone, which trusts even files that have just been written."""
    monkeypatch.setenv("CATNET_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "TICK", 0)
    monkeypatch.setattr(cache, "COARSE_TICK", 0)
    return tmp_path / "cache" / "catnet-pictures"


@pytest.fixture
def decodings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of pictures that each call decoded."""
    calls: list[int] = []
    original = decoding.decode_blocks

    def decode(paths: list[str], image_size: tuple[int, int], colors: str) -> object:
        calls.append(len(paths))
        return original(paths, image_size, colors)

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


def clear() -> None:
    cache_folder.clear(cache_folder.contents()[0])


def flip(path: Path, place: int) -> None:
    with path.open("r+b") as file:
        file.seek(place, os.SEEK_END if place < 0 else os.SEEK_SET)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))


def swap(path: Path, one: int, other: int, length: int) -> None:
    content = bytearray(path.read_bytes())
    content[one : one + length], content[other : other + length] = (
        content[other : other + length],
        content[one : one + length],
    )
    with path.open("r+b") as file:
        file.write(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a pixel": lambda path: flip(path, 5000),
    "the padding": lambda path: flip(path, 4000),
    "two words": lambda path: swap(path, 4096 + 8, 4096 + 16, 8),
    "two rows": lambda path: swap(path, 4096, 4096 + 192, 192),
    "a digest": lambda path: flip(path, 4096 + 12 * 192),
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
        path.chmod(0o600)
        DAMAGES[damage](path)
    assert_same(first, read(animals))
    assert_same(first, read(animals))
    assert decodings == [28, 12, 28, 12]


def test_an_entry_of_other_pictures_is_never_believed(animals: Path, folder: Path) -> None:
    first = in_memory(read(animals))
    one, other = entries(folder)
    one.chmod(0o600)
    one.write_bytes(other.read_bytes())
    assert_same(first, read(animals))


def test_an_entry_of_an_earlier_revision_is_decoded_again(
    animals: Path, folder: Path, decodings: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setitem(cache_file.VERSION, "decoding revision", DECODING_REVISION - 1)
        expected = in_memory(read(animals))
        old = entries(folder)
    assert [entry.folder for entry in cache_folder.contents()[0]] == [None, None]
    assert_same(expected, read(animals))
    assert decodings == [28, 12, 28, 12]
    new = sorted(set(entries(folder)) - set(old))
    assert len(new) == 2  # under other names: two versions of catnet do not overwrite each other's entries
    for path in new:  # not even a wrong name makes an old entry usable
        path.chmod(0o600)
        path.write_bytes(old[0].read_bytes())
    assert cache_file.read(new[0], lambda facts: True) is None
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
    folder = blocked / "cache" / "catnet-pictures"
    assert dataset.notes == (
        f"{folder}: decoded pictures cannot be kept there (Not a directory); each run decodes them again",
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


def test_what_a_killed_builder_left_is_removed(animals: Path, folder: Path) -> None:
    read(animals)
    (unused, in_use), name = entries(folder), "0123456789abcdef" * 2
    old, new, early = (folder / f".{name}.abcdefg{i}.tmp" for i in range(3))
    for path, content in ((old, cache_file.HEADER + bytes(99)), (new, cache_file.HEADER), (early, b"")):
        path.write_bytes(content)
    os.utime(new, (0, 0))  # age says nothing: the clock may be wrong, and a build may be slow
    os.utime(unused, (time.time() - 31 * 86400,) * 2)
    with new.open("rb") as builder:
        fcntl.flock(builder, fcntl.LOCK_EX)
        load(scan(animals, goal="3.0"), (8, 4))
    assert (old.exists(), early.exists(), new.exists()) == (False, False, True)
    assert (unused.exists(), in_use.exists()) == (False, True)


def test_other_programs_files_stay(animals: Path, folder: Path, command: Command) -> None:
    name = "0123456789abcdef" * 2
    others = ["notes.tmp", ".swap.tmp", ".a.b.tmp", "holiday.pictures", f"{name}.pictures", f".{name}.abcdefgh.tmp"]
    shared = folder.parent
    folder.mkdir(parents=True)
    for place in (shared, folder):
        for other in others:
            (place / other).write_bytes(b"somebody's\n" * 500)
    (shared / f"{name[::-1]}.pictures").symlink_to(shared / f"{name}.pictures")
    os.mkfifo(shared / f".{name}.pipepipe.tmp")
    (folder / f".{name}.folderfo.tmp").mkdir()
    there = sorted(shared.rglob("*"))
    for path in there:
        os.utime(path, (0, 0), follow_symlinks=False)
    read(animals)
    made = sorted({*shared.rglob("*")} - {*there})
    assert [path.parent for path in made] == [folder, folder]
    said = command("cache").out
    assert "2 sets of pictures" in said
    assert "not readable, or not recognised as catnet's, and left alone: " in said
    assert all(other in said for other in others)
    assert command("cache", "--clear").code == 0
    assert sorted(shared.rglob("*")) == there
    assert {path.read_bytes() for path in there if path.is_file()} == {b"somebody's\n" * 500}


def test_entries_of_earlier_versions_are_found(animals: Path, folder: Path, command: Command) -> None:
    shared, name = folder.parent, "0123456789abcdef" * 2
    shared.mkdir()
    facts = json.dumps({"name": name, "format": 4, "shape": [1, 3], "check": "0"}).encode()
    content = bytes(4096) + facts + hashlib.sha256(facts).digest() + len(facts).to_bytes(8, "little")
    entry, no_entry = shared / f"{name}.pictures", shared / f"{name[::-1]}.pictures"
    entry.write_bytes(content)
    no_entry.write_bytes(content[:-1])
    assert "1 set of pictures" in command("cache").out
    read(animals)
    os.utime(entry, (0, 0))
    os.utime(no_entry, (0, 0))
    load(scan(animals, goal="3.0"), (8, 4))
    assert (entry.exists(), no_entry.exists()) == (False, True)
    entry.write_bytes(content)
    assert "removed 5 sets" in command("cache", "--clear").out
    assert (entry.exists(), no_entry.exists()) == (False, True)


def test_an_entry_that_is_in_use_may_be_removed(animals: Path) -> None:
    dataset = read(animals)
    before = dataset.splits["train"].rows.copy()
    clear()
    assert cache_folder.contents() == ([], [])
    np.testing.assert_array_equal(dataset.splits["train"].rows, before)


def test_an_entry_that_is_being_built_may_be_removed(
    animals: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = in_memory(read(animals))
    clear()
    load(scan(animals, goal="3.0"), (8, 8), progress=lambda done, total: clear())  # as from another process
    assert list(folder.iterdir()) == []
    assert_same(expected, read(animals))


def test_processes_decode_as_threads_do(animals: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (animals / "train" / "cat" / "5.png").write_text("no picture")
    one_by_one = read(animals, "skip")
    clear()
    monkeypatch.setattr(decoding, "THREADS_FROM", 0)
    by_threads = read(animals, "skip")
    assert_same(one_by_one, by_threads)
    clear()
    monkeypatch.setattr(decoding, "PROCESSES_FROM", 0)
    monkeypatch.setattr(decoding, "available_cores", lambda: 3)
    monkeypatch.setattr(decoding, "BLOCK_PICTURES", 2)
    monkeypatch.setattr(decoding, "read_block", list)  # which fails: nothing is decoded here
    assert_same(by_threads, read(animals, "skip"))


def test_a_process_that_is_killed_is_one_message(
    animals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "PROCESSES_FROM", 0)
    monkeypatch.setattr(decoding, "available_cores", lambda: 2)
    (tmp_path / "python").write_text("#!/bin/sh\nkill -9 $$\n")
    (tmp_path / "python").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(CatnetError, match=r"a process that decodes pictures was ended by signal 9, at one of"):
        read(animals)


def test_the_platforms_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CATNET_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder.directory().is_relative_to(tmp_path)
    assert "catnet" in cache_folder.directory().parts


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("~nosuchuser/x", "CATNET_CACHE: ~nosuchuser/x names the home folder of a user who does not exist"),
        ("x/" * 2500, "(File name too long)"),
        ("/dev/null", "(Not a directory)"),
        ("/proc/nothing", "(No such file or directory)"),
    ],
)
def test_a_place_that_is_none(
    animals: Path, command: Command, monkeypatch: pytest.MonkeyPatch, place: str, said: str
) -> None:
    monkeypatch.setenv("CATNET_CACHE", place)
    (note,) = read(animals).notes
    assert said in note
    assert "each run decodes them again" in note
    for arguments in (["cache"], ["cache", "--clear"]):
        done = command(*arguments)
        assert done.code == (0 if place == "/proc/nothing" else 2), done
        assert (said.strip("()") in done.err) == (done.code == 2)


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_has_the_entrys_name(
    animals: Path, folder: Path, decodings: list[int], make: Callable[[Path], object]
) -> None:
    expected = in_memory(read(animals))
    name = entries(folder)[0].name
    clear()
    make(folder / name)
    found = read(animals)
    assert found.notes == (
        f"{folder}: decoded pictures cannot be kept there ({name} is not a regular file); each run decodes them again",
    )
    assert_same(expected, replace(found, notes=()))
    assert decodings == [28, 12] * 2
    clear()
    assert [path.name for path in folder.iterdir()] == [name]


def test_what_is_mapped_is_verified_again(animals: Path, folder: Path) -> None:
    read(animals)
    dataset = read(animals)
    dataset.verify()
    path = entries(folder)[0]
    path.chmod(0o600)
    swap(path, 4096 + 8, 4096 + 16, 8)
    with pytest.raises(DataError, match=f"{path}: these decoded pictures were changed while they were in use"):
        dataset.verify()


def size_of(folder: Path) -> str:
    return byte_size(sum(path.stat().st_size for path in folder.iterdir()))


def test_the_command_shows_and_clears(animals: Path, folder: Path, command: Command) -> None:
    empty = f"{folder}: 0 sets of pictures, 0 bytes\n"
    assert command("cache").out == empty
    load_dataset(animals, (8, 8), goal="3.0")
    shown = command("cache").out.splitlines()
    assert shown[0] == f"{folder}: 2 sets of pictures, {size_of(folder)}"
    assert shown[1].split("  ")[0] == "data"
    assert {line.split()[0] for line in shown[2:]} == {str(animals / "train"), str(animals / "val")}
    row = rf"{re.escape(str(animals / 'train'))}\s+28           8 x 8  [\d.]+ kB  \d{{4}}-\d\d-\d\d \d\d:\d\d"
    assert any(re.fullmatch(row, line) for line in shown)
    entries(folder)[0].chmod(0o600)
    flip(entries(folder)[0], -20)
    size = size_of(folder)
    assert "(unfinished, damaged, or of another version)" in command("cache").out
    assert command("cache", "--clear").out == f"{folder}: removed 2 sets of pictures, {size}\n"
    assert list(folder.iterdir()) == []
    assert command("cache").out == empty


def test_a_process_without_memory_ends_at_once_and_silently() -> None:
    code = "import catnet.data.worker as w\ndef full(*_): raise MemoryError\nw.read_pixels = full\nw.main()"
    pipe, command = subprocess.PIPE, [sys.executable, "-c", code, "8", "8", "rgb"]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as worker:
        assert worker.stdin is not None and worker.stdout is not None and worker.stderr is not None
        worker.stdin.write('["a.png"]\n')
        worker.stdin.flush()
        assert worker.wait(20) == 1
        assert (worker.stdout.read(), worker.stderr.read()) == ("", "")


def test_no_home_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """As platformdirs and pathlib behave for a user who is not in the list of users."""

    def no_home(self: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setenv("CATNET_CACHE", "")
    monkeypatch.setattr(cache_folder, "user_cache_path", lambda *_, **__: Path("~/.cache/catnet"))
    monkeypatch.setattr(Path, "expanduser", no_home)
    with pytest.raises(ConfigError, match="there is no home folder to keep decoded pictures in; CATNET_CACHE can name"):
        cache_folder.directory()


def test_the_cache_within_the_data_is_no_class(animals: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATNET_CACHE", str(animals / "train"))
    first, second = read(animals), read(animals)
    assert (animals / "train" / "catnet-pictures").is_dir()
    assert first.question == second.question
    assert any("catnet-pictures (decoded pictures that catnet keeps)" in note for note in second.notes)
