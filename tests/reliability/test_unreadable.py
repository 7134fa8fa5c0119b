"""Files and folders that may not be read, searched or written: one message, the documented code, and nothing lost."""

import os
import pickle
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from children import Child
from disk import Disk, Operation
from PIL import Image
from test_errors import ERRORS
from trials import SOAK, TALLY, number

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="root gives up its privileges as on Linux")
PICTURES = """\
goal: 1.0
data: {path: data, image_size: [4, 4], classes: [a]}
train: {epochs: 4, checkpoint_every: 2}
"""
TABLE = PICTURES.replace("path: data, image_size: [4, 4], classes: [a]", "path: table.csv, classes: [y]")
COMMANDS = {
    "train": "train pictures.yaml --run-dir runs/new --no-report",
    "train, next": "train table.yaml --no-report",
    "resume": "train --resume runs/stopped --no-report",
    "predict": "predict data/val/a/0.png",
    "predict, model": "predict data/val --model runs/pictures",
    "predict, table": "predict table.csv --model runs/table",
    "evaluate": "evaluate runs/pictures",
    "evaluate, save": "evaluate runs/pictures --threshold 0.4 --save",
    "report": "report runs/pictures",
    "check": "check pictures.yaml --html page.html",
    "compare": "compare runs/pictures runs/stopped --html page.html",
    "explain": "explain data/val/a/0.png --model runs/pictures",
    "count-params": "count-params pictures.yaml",
}
FILES = (
    "data/val/a/0.png",
    "table.csv",
    "pictures.yaml",
    *(f"runs/pictures/{name}" for name in ("config.yaml", "best.safetensors", "summary.json", "metrics.csv", ".lock")),
    *(f"runs/stopped/{name}" for name in ("best.safetensors", "checkpoints/epoch-000002.safetensors", ".lock")),
)
FOLDERS = ("data/val/a", "data/val", "data", "runs/pictures", "runs/stopped", "runs/stopped/checkpoints", "runs", ".")
CHANGED = {  # what each command may change or remove of what was there before
    "resume": "runs/stopped",
    "evaluate, save": "runs/pictures/best",
    "report": "runs/pictures/report",
}
REASONS = ("Permission denied", "is not readable", "tables; give a .csv", "pictures; give", "holds no trained model")


@pytest.fixture(scope="module")
def original(disk: Path) -> Path:
    """Pictures, a table, three runs, of which one was stopped."""
    folder, random = disk / "unreadable", np.random.default_rng(0)
    for name in ("train/a", "train/b", "val/a", "val/b"):
        (folder / "data" / name).mkdir(parents=True)
        for place in range(3):
            pixels = random.integers(0, 256, (6, 6, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / "data" / name / f"{place}.png")
    rows = [f"{a:.3f},{b:.3f},{int(a > b)}" for a, b in random.normal(size=(20, 2))]
    (folder / "table.csv").write_text("\n".join(["p,q,y", *rows]) + "\n")
    for name, text in (("pictures", PICTURES), ("table", TABLE)):
        (folder / f"{name}.yaml").write_text(text)
        child = Child(folder, "train", f"{name}.yaml", "--run-dir", f"runs/{name}", "--no-report")
        assert child.wait() == 0, child.text()
    shutil.copytree(folder / "runs" / "pictures", folder / "runs" / "stopped")
    for name in ("summary.json", "checkpoints/epoch-000004.safetensors"):
        (folder / "runs" / "stopped" / name).unlink()
    (folder / "runs" / "table" / "report.html").write_text("<!doctype html>\n<title>earlier · catnet</title>")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def tries() -> list[tuple[str, int, str]]:
    """A path, its permissions, a command: all, or in the short form a few."""
    paths = [*((path, 0) for path in FILES), *((path, mode) for path in FOLDERS for mode in (0, 0o444, 0o111, 0o555))]
    every = [(path, mode, command) for path, mode in paths for command in COMMANDS]
    quick = [each for each in every if each[2] not in ("report", "compare")]  # the slower ones
    few = np.random.default_rng(7).choice(len(quick), 5, replace=False)
    known = [("runs/pictures", 0o444, "predict"), ("runs/stopped/checkpoints/epoch-000002.safetensors", 0, "resume")]
    return every if SOAK else [*known, *(quick[at] for at in few)]


def test_what_may_not_be_read(place: Path, original: Path) -> None:
    codes = []
    for at, (path, mode, command) in enumerate(tries()):
        outside = place / str(at)
        folder = outside / "trial"
        shutil.copytree(original, folder)
        (folder / path).chmod(mode)
        child = Child(folder, *COMMANDS[command].split(), variant="without_privileges", output=outside / "output.txt")
        code, said = child.wait(), child.text()
        (folder / path).chmod(0o700)
        what = f"{mode:03o} {path}, {command}: {code} {said}"
        assert code in (0, 2, 3, 4, 5), what
        assert "Traceback" not in said and "internal error" not in said, what
        if code:
            assert any(reason in said for reason in REASONS), what
            assert code != 5 or "could not be written" in said or "cannot be read" in said, what
        after, changed = contents(folder), CHANGED.get(command, "nothing")
        for name, content in contents(original).items():
            if not name.startswith(changed) and not name.endswith(".lock"):
                assert after.get(name) == content, f"{name} has changed: {what}"
        shutil.rmtree(outside)
        codes.append(code)
    TALLY.append(f"files and folders without permission: {len(codes)} commands; the documented code, nothing lost")


WRITERS = {
    "evaluate runs/table --threshold 0.4 --save": "runs/table/best.safetensors",
    "explain data/val/a/0.png --model runs/pictures --output why.png": "why.png",
}
if SOAK:  # the slower ones
    WRITERS |= {
        "report runs/table": "runs/table/report.html",
        "compare runs/pictures runs/table --html page.html": "page.html",
    }


@pytest.mark.parametrize("command", WRITERS, ids=lambda command: command.split()[0])
def test_a_disk_that_refuses_other_commands(place: Path, original: Path, command: str) -> None:
    """Exit code 5, the file's name and the reason; the earlier file is whole, and no temporary one is left."""
    target, tried = WRITERS[command], 0
    folder = place / "trial"
    shutil.copytree(original, folder)
    record = place / "operations"
    child = Child(folder, *command.split(), disk=Disk(folder, record=record), output=place / "whole.txt")
    assert child.wait() == 0, child.text()
    operations: list[Operation] = [done for done in pickle.loads(record.read_bytes()) if done.name != "saved"]
    replaced = next(at for at, done in enumerate(operations) if done.target.endswith(target))
    shutil.rmtree(folder)
    # that the holder of a lock cannot write its name into it is no fault
    places = [at for at in range(replaced + 1) if not operations[at].path.endswith(".lock")]
    for at in places[:: number(2, 1)]:
        for error in ERRORS[:: number(4, 1)]:
            shutil.copytree(original, folder)
            before = contents(folder)
            disk = Disk(folder, at, error=error)
            child = Child(folder, *command.split(), disk=disk, output=place / f"{at}-{error}.txt")
            assert child.wait() == 5, f"{os.strerror(error)} at {operations[at]}: {child.text()}"
            assert f"could not be written: {os.strerror(error)}" in child.text().splitlines()[-1]
            after = contents(folder)
            assert {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)} <= {
                name for name in after if name.endswith(".lock")
            }
            shutil.rmtree(folder)
            tried += 1
    TALLY.append(f"a disk that refuses, {command.split()[0]}: {tried} trials; exit 5, earlier files whole")


def test_names_as_long_as_the_file_system_allows(place: Path, original: Path) -> None:
    """A temporary name is not longer than the file's."""
    folder = place / "trial"
    shutil.copytree(original, folder)
    long = "é" * 125  # 250 bytes; most file systems allow 255
    commands = [
        f"train table.yaml --run-dir runs/{long} --no-report",
        f"explain data/val/a/0.png --model runs/pictures --output {long}.png",
    ]
    if SOAK:
        commands += [f"compare runs/pictures runs/table --html {long}.html", f"report runs/{long}"]
    for command in commands:
        child = Child(folder, *command.split(), output=place / "output.txt")
        assert child.wait() == 0, child.text()
