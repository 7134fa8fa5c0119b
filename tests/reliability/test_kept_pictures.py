"""The cache of decoded pictures: whatever happens to its files, the same is learned; and no other file is touched."""

import hashlib
import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from builders import SIZE, builder, trust_new_files
from children import Child
from fuzz import damaged, disturbed, within_bounds
from PIL import Image
from trials import TALLY, number, outcome

from catnet.config import load_config
from catnet.data import cache, cache_file, cache_folder
from catnet.data.cache import Decoded, decoded_pictures
from catnet.errors import DataChanged
from catnet.runs.directory import RunDirectory
from catnet.training.loop import finish, train
from catnet.training.resume import resume
from catnet.training.session import Session
from catnet.training.session import prepare as prepare_session

Random = np.random.Generator
ROW = SIZE[0] * SIZE[1] * 3
CONFIG = """\
goal: 3.0
data: {path: pictures, image_size: [16, 16], validation_fraction: 0.25}
model: {hidden_layers: [6]}
train: {epochs: 30, batch_size: 8, learning_rate: 0.05, checkpoint_every: 4, solver: direct}
"""


@pytest.fixture(autouse=True)
def shared(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that CATNET_CACHE names, and that other programs use too."""
    monkeypatch.setattr(cache, "TICK", cache.TICK)
    monkeypatch.setattr(cache, "COARSE_TICK", cache.COARSE_TICK)
    trust_new_files()
    folder = place / "shared"
    monkeypatch.setenv("CATNET_CACHE", str(folder))
    return folder


@pytest.fixture
def paths(place: Path) -> list[str]:
    """32 pictures of noise in two classes."""
    random = np.random.default_rng(0)
    found = [place / "pictures" / ("cat", "dog")[i % 2] / f"{i}.png" for i in range(32)]
    for path in found:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (*SIZE, 3), dtype=np.uint8)).save(path)
    return [*map(str, found)]


def load(paths: list[str], notes: list[str] | None = None) -> Decoded:
    return decoded_pictures(paths, SIZE, lambda done: None, [] if notes is None else notes)


def only_entry() -> Path:
    (entry,) = cache_folder.directory().glob("*.pictures")
    return entry


def swapped(content: bytes, random: Random) -> bytes:
    """The content with two words, rows or pages in each other's place."""
    length = int(random.choice([1, 2, 4, 8, 64, ROW, 4096]))
    new = bytearray(content)
    while new == content:
        one, other = (int(at) * length for at in random.integers(len(content) // length, size=2))
        new[one : one + length], new[other : other + length] = new[other : other + length], new[one : one + length]
    return bytes(new)


def lying(content: bytes, random: Random) -> bytes:
    """The content with a wrong fact and a correct hash."""
    length = int.from_bytes(content[-8:], "little")
    start = len(content) - cache_file.FOOTER_BYTES - length
    facts = json.loads(content[start : start + length])
    text = json.dumps(disturbed(facts, random)).encode()
    return content[:start] + text + hashlib.sha256(text).digest() + len(text).to_bytes(8, "little")


def test_damaged_entries(paths: list[str]) -> None:
    trials, random = number(300, 20_000), np.random.default_rng(5)
    expected = load(paths).rows.copy()
    entry = only_entry()
    content, ways = entry.read_bytes(), (damaged, swapped, lying)
    decoded: list[int] = []
    for trial in range(trials):
        entry.unlink()
        entry.write_bytes(ways[trial % 3](content, random))
        before = entry.stat().st_ino
        with within_bounds(len(content)):
            cache_folder.contents()
            found = load(paths)
        np.testing.assert_array_equal(found.rows, expected)
        assert found.digests == b"".join(hashlib.sha256(row).digest() for row in expected)
        assert found.faults == []
        decoded.append(entry.stat().st_ino != before)
        assert decoded[-1] or trial % 3 == 2  # a wrong fact may be one that says nothing of the rows
    TALLY.append(f"damaged entries of the cache: {trials}, {sum(decoded)} decoded again; 0 believed, 0 tracebacks")


def test_invented_entries(paths: list[str], shared: Path) -> None:
    expected = load(paths).rows.copy()
    entry = only_entry()

    def facts(text: bytes, rows: bytes = b"") -> bytes:
        return rows + text + hashlib.sha256(text).digest() + len(text).to_bytes(8, "little")

    inventions: list[Callable[[Path], object]] = [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(facts(b"[" * 100_000)),
        lambda path: path.write_bytes(facts(b"9" * 100_000)),
        lambda path: path.write_bytes(facts(b"[" + b"[]," * (1 << 18) + b"0]")),
        lambda path: path.write_bytes(facts(b'"\\ud800"')),
        lambda path: path.write_bytes(b"\xff" * 8),
        lambda path: path.write_bytes(bytes(32) + b"\xff" * 8),
        lambda path: os.truncate(path, 1 << 40),
        lambda path: path.unlink() or os.mkfifo(path),  # type: ignore[func-returns-value]
        lambda path: path.unlink() or path.mkdir(),  # type: ignore[func-returns-value]
        lambda path: path.unlink() or path.symlink_to("/dev/zero"),  # type: ignore[func-returns-value]
        lambda path: path.unlink() or path.symlink_to(path),  # type: ignore[func-returns-value]
    ]
    for invention in inventions:
        cache_folder.clear(cache_folder.contents()[0])
        shutil.rmtree(shared)
        load(paths)
        entry.chmod(0o600)
        invention(entry)
        with within_bounds(1 << 20):
            cache_folder.contents()
            notes: list[str] = []
            np.testing.assert_array_equal(load(paths, notes).rows, expected)
        assert bool(notes) == (not entry.is_file() or entry.is_symlink())


def test_other_files_survive(paths: list[str], shared: Path) -> None:
    """Files with names like those of the cache, and with parts of its content."""
    count, random = number(60, 2_000), np.random.default_rng(6)
    load(paths)
    content, entry = only_entry().read_bytes(), only_entry().name
    others: dict[Path, bytes] = {}
    for i in range(count):
        name = entry if i % 2 else f".{entry[:32]}.abcdefgh.tmp"
        while name in (entry, f".{entry[:32]}.abcdefgh.tmp"):
            name = damaged(name.encode(), random).decode("latin-1").translate({0: "x", 47: "y"})[:200]
        start = int(random.integers(1, len(content) - 100))
        path = (shared, cache_folder.directory())[i % 3 > 0] / name
        if not path.exists() and name not in (".", ".."):
            others[path] = content[start : start + int(random.integers(1, len(content) - start - 50))]
            path.write_bytes(others[path])
            os.utime(path, (0, 0))
    for _ in range(2):
        load(paths[1:])
        load(paths)
        cache_folder.clear(cache_folder.contents()[0])
    assert {path: path.read_bytes() for path in shared.rglob("*") if path.is_file()} == others
    TALLY.append(f"other programs' files in the folder of the cache: {len(others)}; all unchanged")


def test_killed_builders_leave_nothing(paths: list[str], shared: Path) -> None:
    kills, random = number(4, 200), np.random.default_rng(7)
    expected = hashlib.sha256(load(paths).rows.tobytes()).hexdigest()
    without = hashlib.sha256(load(paths[1:]).rows.tobytes()).hexdigest()
    left = 0
    for _ in range(kills):
        cache_folder.clear(cache_folder.contents()[0])
        killed = builder(str(shared), paths, expected, at=int(random.integers(1, len(paths) + 1)))
        alive = builder(str(shared), paths, expected)
        killed.join()
        assert killed.exitcode == -signal.SIGKILL
        left += sum(name.endswith(".tmp") for name in os.listdir(cache_folder.directory()))
        other = builder(str(shared), paths[1:], without)
        alive.join()
        other.join()
        assert (alive.exitcode, other.exitcode) == (0, 0)
        assert sum(path.suffix == ".pictures" for path in cache_folder.directory().iterdir()) == 2
        cache_folder.tidy(cache_folder.directory())
        assert not list(cache_folder.directory().glob(".*.tmp"))
    assert left
    TALLY.append(f"killed builders of the cache: {kills}; nothing left, and no other builder's file removed")


def test_builders_at_once_while_it_is_cleared(paths: list[str], shared: Path) -> None:
    rounds = number(3, 100)
    expected = hashlib.sha256(load(paths).rows.tobytes()).hexdigest()
    for _ in range(rounds):
        pair = [builder(str(shared), paths, expected) for _ in range(2)]
        while any(each.is_alive() for each in pair):
            cache_folder.clear(cache_folder.contents()[0])
        assert [each.exitcode for each in pair] == [0, 0]
        assert not list(cache_folder.directory().glob(".*.tmp"))
    TALLY.append(f"two builders at once while the cache is cleared: {rounds}; all pictures as they are")


def start(place: Path, run: str) -> Session:
    (place / "config.yaml").write_text(CONFIG.replace("path: pictures", f"path: {place / 'pictures'}"))
    return prepare_session(load_config(place / "config.yaml"), lambda: RunDirectory.create(place / run))


def test_pictures_that_change_while_they_are_learned_from(paths: list[str], place: Path) -> None:
    trials, random = number(4, 200), np.random.default_rng(8)
    session = start(place, "reference")
    for _ in train(session):
        pass
    finish(session)
    session.run.close()
    reference = outcome(place / "reference")
    for trial in range(trials):
        session = start(place, f"run{trial}")
        entry = max(cache_folder.directory().glob("*.pictures"), key=lambda path: path.stat().st_size)
        entry.chmod(0o600)
        at, saved = int(random.integers(4, 31)), 0
        with pytest.raises(DataChanged, match=f"{entry.name}: these decoded pictures were changed") as caught:
            for row in train(session):
                if row["epoch"] == at:
                    content = bytearray(entry.read_bytes())
                    content[:-2000] = swapped(bytes(content[:-2000]), random)
                    with entry.open("r+b") as file:
                        file.write(content)
                    saved = max(session.run.penalties)
            finish(session)
        assert caught.value.exit_code == 3
        assert caught.value.run == session.run.path
        assert max(session.run.penalties) == saved
        session.run.close()
        session = resume(place / f"run{trial}")
        for _ in train(session):
            pass
        finish(session)
        session.run.close()
        assert outcome(place / f"run{trial}") == reference
        shutil.rmtree(place / f"run{trial}")
    TALLY.append(f"decoded pictures changed while they are learned from: {trials}; all noticed, all ends identical")


def test_checkpoints_that_may_have_learned_from_a_change(paths: list[str], place: Path) -> None:
    """If verifying takes too long for each save, those that were saved without it are named."""
    session = start(place, "run")
    session.setup.dataset.verify()
    for row in train(session):
        if row["epoch"] == 8:
            session.verified.seconds = 1000.0
    assert session.verified.unsure == [12, 16, 20, 24, 28, 30]
    for entry in cache_folder.directory().glob("*.pictures"):
        entry.chmod(0o600)
        entry.write_bytes(bytes(entry.stat().st_size))
    with pytest.raises(DataChanged) as caught:
        finish(session)
    kept = sorted(session.run.penalties)
    said = ", ".join(str(epoch) for epoch in kept if epoch > 8)
    assert f"{place / 'run'} after epoch {said} may have learned from the change" in str(caught.value)
    assert caught.value.run == (session.run.path if kept[0] <= 8 else None)


def test_pictures_that_are_cut_off_while_they_are_learned_from(
    paths: list[str], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system then ends the process, as it does with each that has mapped such a file."""
    endless = CONFIG.replace("epochs: 30", "epochs: 1000000").replace("every: 4", "every: 1")
    (place / "config.yaml").write_text(endless)  # not over before the file is cut off; resumed, it gets an end
    time.sleep(0.1)  # pictures that are newer than a tick of the clock are not kept under a name
    child = Child(place, "train", "config.yaml", "--run-dir", "run", "--no-report", cache=place / "shared")
    child.saves()
    for entry in cache_folder.directory().glob("*.pictures"):
        entry.chmod(0o600)
        os.truncate(entry, 4096)
    assert child.wait() == -signal.SIGBUS, child.text()
    more = ("--set", f"train.epochs={child.acknowledged + 30}", "--allow-changes")
    child = Child(place, "train", "--resume", "run", *more, "--no-report", cache=place / "shared")
    assert child.wait() == 0, child.text()
