"""Files and folders that may not be read, searched or written: one message, the documented code, and nothing lost."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from children import Child
from PIL import Image
from trials import SOAK, TALLY

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="root gives up its privileges as on Linux")
PICTURES = """\
goal: 1.0
data: {path: data, image_size: [4, 4], classes: [a]}
train: {epochs: 4, checkpoint_every: 2}
"""
TABLE = PICTURES.replace("path: data, image_size: [4, 4], classes: [a]", "path: table.csv, classes: [y]")
COMMANDS = {
    "train": "train pictures.yaml --run-dir runs/new",
    "train, next": "train table.yaml",
    "resume": "train --resume runs/stopped",
    "predict": "predict data/val/a/0.png",
    "predict, model": "predict data/val --model runs/pictures",
    "predict, table": "predict table.csv --model runs/table",
    "evaluate": "evaluate runs/pictures",
    "evaluate, save": "evaluate runs/pictures --threshold 0.4 --save",
    "report": "report runs/pictures",
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
        child = Child(folder, "train", f"{name}.yaml", "--run-dir", f"runs/{name}")
        assert child.wait() == 0, child.text()
    shutil.copytree(folder / "runs" / "pictures", folder / "runs" / "stopped")
    for name in ("summary.json", "report.html", "checkpoints/epoch-000004.safetensors"):
        (folder / "runs" / "stopped" / name).unlink(missing_ok=True)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def tries() -> list[tuple[str, int, str]]:
    """A path, its permissions, a command: all, or in the short form a few."""
    paths = [*((path, 0) for path in FILES), *((path, mode) for path in FOLDERS for mode in (0, 0o444, 0o111, 0o555))]
    every = [(path, mode, command) for path, mode in paths for command in COMMANDS]
    few = np.random.default_rng(7).choice(len(every), 5, replace=False)
    known = [("runs/pictures", 0o444, "predict"), ("runs/stopped/checkpoints/epoch-000002.safetensors", 0, "resume")]
    return every if SOAK else [*known, *(every[at] for at in few)]


def test_what_may_not_be_read(place: Path, original: Path) -> None:
    codes = []
    for number, (path, mode, command) in enumerate(tries()):
        outside = place / str(number)
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
