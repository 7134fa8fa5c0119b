"""The run directory, or what is in it, is removed, renamed or replaced while a training writes to it."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from children import Child
from disk import Disk, Operation
from test_kill import FOUR_SAVES, operations_of
from trials import TALLY, demand_same, finish, number, outcome, prepare, words

Event = Callable[[Path], None]


def removed(folder: Path) -> None:
    shutil.rmtree(folder / "run")


def renamed(folder: Path) -> None:
    (folder / "run").rename(folder / "moved")


def emptied(folder: Path) -> None:
    """In its place is an empty directory."""
    renamed(folder)
    (folder / "run").mkdir()


def replaced(folder: Path) -> None:
    """In its place is another run."""
    renamed(folder)
    shutil.copytree(folder / "other", folder / "run")


def unlocked(folder: Path) -> None:
    """Its lock was removed, so that others may train in it too."""
    (folder / "run" / ".lock").unlink(missing_ok=True)


def without_metrics(folder: Path) -> None:
    (folder / "run" / "metrics.csv").unlink(missing_ok=True)


def without_checkpoints(folder: Path) -> None:
    shutil.rmtree(folder / "run" / "checkpoints")


def without_best(folder: Path) -> None:
    (folder / "run" / "best.safetensors").unlink(missing_ok=True)


def files(folder: Path) -> dict[str, bytes | None]:
    """What is in a folder, by path."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


class Undisturbed(NamedTuple):
    """A training that nothing disturbed: its folder, what it did to its files, and its outcome."""

    folder: Path
    operations: list[Operation]
    outcome: dict[str, bytes]


@pytest.fixture(scope="module")
def undisturbed(disk: Path) -> Undisturbed:
    folder = prepare(disk / "undisturbed", FOUR_SAVES)
    operations = [operation for operation in operations_of(folder) if operation.name != "saved"]
    return Undisturbed(folder, operations, outcome(folder / "run"))


def some(moments: Sequence[int]) -> Sequence[int]:
    """All of them in the long form, two in the short one."""
    return moments[:: number(len(moments) // 2 + 1, 1)]


TAKEN = "run: it, or its .lock, was removed, renamed or replaced while this process was training in it"


@pytest.mark.parametrize("event", [removed, renamed, emptied, replaced, unlocked], ids=lambda event: event.__name__)
def test_a_run_directory_that_is_taken_away(place: Path, undisturbed: Undisturbed, event: Event) -> None:
    """One clear message; nothing is written into what has its place; what was saved can be resumed from."""
    first, operations, expected = undisturbed
    locked = next(at for at, operation in enumerate(operations) if operation.path.endswith("checkpoints"))
    # what changes a name at once, without a file that is written first, may do so in the moment after it was asked
    moments = [at for at in range(locked + 1, len(operations)) if operations[at].name not in ("mkdir", "unlink")]
    tried = some(moments)
    for at in tried:
        folder = prepare(place / str(at), FOUR_SAVES)
        shutil.copytree(first / "run", folder / "other")
        before = files(folder / "other")
        child = Child(folder, *words(folder), disk=Disk(folder, at, happens=event))
        code, said = child.wait(), child.text()
        what = f"{event.__name__} at {operations[at].name} {operations[at].path}: {said}"
        assert "Traceback" not in said and "internal" not in said, what
        last = said.splitlines()[-1]
        if "summary.json" not in operations[at].path and operations[at] is not operations[-1]:
            assert code == 5, what
            assert last.startswith("run"), what
            assert last.startswith(TAKEN) or "could not be written: " in last, what  # before the training began
        if event is removed:
            assert not (folder / "run").exists(), what
        elif event is emptied:
            assert list((folder / "run").iterdir()) == [], what
        elif event is replaced:
            assert files(folder / "run") == before, what
        elif event is renamed:
            assert not (folder / "run").exists(), what
        if event is not unlocked:
            shutil.rmtree(folder / "run", ignore_errors=True)
            if event is not removed:
                (folder / "moved").rename(folder / "run")
        if any((folder / "run" / "checkpoints").glob("epoch-*")):
            finish(folder)
            demand_same(folder / "run", expected)
        shutil.rmtree(folder)
    TALLY.append(f"a run directory {event.__name__}: at {len(tried)} operations; exit 5, nothing written elsewhere")


@pytest.mark.parametrize(
    "event", [without_metrics, without_checkpoints, without_best], ids=lambda event: event.__name__
)
def test_files_of_a_run_that_are_removed(place: Path, undisturbed: Undisturbed, event: Event) -> None:
    """They are there again at the end, or the training ends, and the resumed one is whole."""
    _, operations, expected = undisturbed
    made = next(at for at, operation in enumerate(operations) if operation.path.endswith("checkpoints")) + 1
    last_save = max(at for at, operation in enumerate(operations) if operation.path.endswith("checkpoints"))
    moments = range(made, last_save - 1)
    tried = some(moments)
    for at in tried:
        folder = prepare(place / str(at), FOUR_SAVES)
        child = Child(folder, *words(folder), disk=Disk(folder, at, happens=event))
        code, said = child.wait(), child.text()
        what = f"{event.__name__} at {operations[at].name} {operations[at].path}: {said}"
        assert code in (0, 5), what
        assert "Traceback" not in said and "internal" not in said, what
        if code == 5:
            assert "could not be written: No such file or directory" in said.splitlines()[-1], what
            assert ("resume with: catnet train --resume run" in said) == any(
                (folder / "run" / "checkpoints").glob("epoch-*")
            ), what
        if (folder / "run" / "checkpoints").is_dir() and any((folder / "run" / "checkpoints").glob("epoch-*")):
            finish(folder)
            demand_same(folder / "run", expected)
        shutil.rmtree(folder)
    TALLY.append(f"{event.__name__.replace('_', ' ')}: removed at {len(tried)} operations; all ends identical")
