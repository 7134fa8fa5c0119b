"""The user's data: never changed by any command; and whatever it is called, it is text and nothing else."""

import csv
import hashlib
import json
import os
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from children import Child
from PIL import Image
from trials import TALLY

from catnet.cli.main import COMMANDS
from catnet.export.export import FORMS
from catnet.runs.directory import csv_text

CLASSES = [
    "a b", "it's", 'say "cat"', "new\nline", "tab\tbed", "\x1b[31mred", "\u202etac", "<script>alert(1)",
    "=1+1", "+cat", "-rf", "@cat", "$(touch owned)", "`touch owned`", "; touch owned", "%s%n", "{0}", "кот 猫 🐈",
    "CON", "a" * 200,  os.fsdecode(b"\xff\xfe"),
]  # fmt: skip
CONFIG = """\
goal: 3.0
data: {path: "data <b> it's", image_size: [4, 4], bad_images: skip}
train: {epochs: 2}
"""


@pytest.fixture
def folder(place: Path) -> Path:
    """Pictures in folders of hostile names, one of them damaged, and a configuration with such a name."""
    random = np.random.default_rng(0)
    for split, name in product(("train", "val"), CLASSES):
        where = place / "data <b> it's" / split / name
        where.mkdir(parents=True)
        for i in range(2):
            pixels = random.integers(0, 255, (4, 4, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(where / f"=cmd|\x1b[31m {i}\n.png", format="PNG")
    bad = place / "data <b> it's" / "train" / CLASSES[0] / "=1+1.png"
    bad.write_text("no picture")
    (place / "=c it's \x1b[31m.yaml").write_text(CONFIG)
    return place


def fingerprint(folder: Path) -> str:
    """A hash of the tree: names, kinds, modes, times of change, contents, targets of links."""
    sha = hashlib.sha256()
    for path in sorted(folder.rglob("*"), key=os.fsencode):
        facts = path.lstat()
        sha.update(os.fsencode(path.relative_to(folder)))
        sha.update(f" {facts.st_mode} {facts.st_size} {facts.st_mtime_ns} {facts.st_ctime_ns} ".encode())
        if path.is_symlink():
            sha.update(os.fsencode(os.readlink(path)))
        elif path.is_file():
            sha.update(path.read_bytes())
    return sha.hexdigest()


def unprintable(text: str) -> list[str]:
    """The characters that a terminal would act on."""
    return [c for c in text if not c.isprintable() and c != "\n"]


SEARCH = ["--set", "tune={trials: 2, folds: 2, search: {train.learning_rate: [0.01, 0.1]}}"]


def commands(config: str, data: str, run: str) -> dict[str, list[list[str]]]:
    """Every command that there is, on the data."""
    picture = str(next(Path(data).rglob("*0\n.png"))) if Path(data).is_dir() else data
    return {
        "train": [
            [config, "--run-dir", run],
            ["--resume", run],
            ["--resume", run, "--set", "train.epochs=3", "--allow-changes"],
        ],
        "cross-validate": [[config, "--folds", "2", "--learning-curve", "--output", "folds <b>\x1b[31m"]],
        "tune": [[config, "--output", "tune", "--jobs", "1", *SEARCH], ["--resume", "tune", "--jobs", "1"]],
        "predict": [[data, "--model", run], [picture, "--model", run, "--json"]],
        "evaluate": [[run], [run, "--data", f"{data}/val", "--json"]],
        "count-params": [[config]],
        "lr-find": [[config]],
        "gradcheck": [[config]],
        "schema": [[]],
        "cache": [[], ["--clear"]],
        "init": [[data, "--output", "first.yaml"], [data, "--textbook", "--output", "textbook.yaml"]],
        "report": [[run]],
        "export": [[run, "--format", form] for form in FORMS],
        "check": [[config], [config, "--html", "checked.html"]],
        "compare": [[run, run]],
        "trace": [[picture, "--model", run, "--html", "traced.html"], [picture, "--model", run, "--batch", "2"]],
        "explain": [[picture, "--model", run, "--output", "explained.png"]],
    }


def test_every_command_is_tried() -> None:
    assert set(commands("", "x", "")) == set(COMMANDS), "a new command: add it to commands() above"


def test_names_are_text_and_the_data_is_not_touched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    before, tried = fingerprint(folder / "data <b> it's"), 0
    for command, calls in commands("=c it's \x1b[31m.yaml", "data <b> it's", "run <b>\x1b[31m\n").items():
        for arguments in calls:
            child = Child(folder, command, *arguments)
            # a damaged picture is named by predict, which then ends in 3
            assert child.wait() in ((3,) if command == "predict" and arguments[0] == "data <b> it's" else (0,)), (
                child.text()
            )
            said = child.text()
            child.output.unlink()
            assert unprintable(said) == []
            if "--json" in arguments:
                facts = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
                found = facts["probabilities"] if command == "predict" else facts["all"]["per_class"]
                assert set(found) == set(CLASSES)
            assert fingerprint(folder / "data <b> it's") == before, f"{command} {arguments}"
            tried += 1
    run = folder / "run <b>\x1b[31m\n"
    assert set(json.loads((run / "summary.json").read_text("utf-8"))["classes"]) == set(CLASSES)
    for path in (*run.glob("*"), *(folder / "folds <b>\x1b[31m").glob("*")):
        if path.suffix in (".csv", ".yaml", ".json"):
            assert unprintable(path.read_text("utf-8")) == [], path
    with (run / "skipped.csv").open(newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert len(cells) == 4 and not any(cell.startswith(("=", "+", "-", "@")) for cell in cells)
    assert not list(folder.rglob("owned"))
    TALLY.append(f"a hash of the user's data around {tried} commands, with {len(CLASSES)} hostile names: unchanged")


def test_a_cell_never_starts_a_formula() -> None:
    assert csv_text([["=1+1", "+1", "-x", "@a", " =1", "\t=1", "cat", -0.5, None]]) == (
        "'=1+1,'+1,'-x,'@a,' =1,'\t=1,cat,-0.5,\n"
    )


def test_a_name_that_is_no_option(folder: Path) -> None:
    child = Child(folder, "predict", "--\x1b[31m")
    assert child.wait() == 2
    assert unprintable(child.text()) == []


def test_what_is_no_picture_in_a_data_folder(place: Path) -> None:
    """Pipes, devices, links to nothing, to themselves, to a device: each is named, nothing hangs."""
    data = place / "data"
    for name in ("cat", "lion"):
        (data / name).mkdir(parents=True)
        for i in range(4):
            Image.new("RGB", (4, 4), (i, len(name), 0)).save(data / name / f"{i}.png")
    os.mkfifo(data / "cat" / "fifo.png")
    (data / "cat" / "nowhere.png").symlink_to("none")
    (data / "cat" / "itself.png").symlink_to("itself.png")
    (data / "cat" / "zero.png").symlink_to("/dev/zero")
    (data / "cat" / "folder.png").mkdir()
    (data / "lion" / "around").symlink_to(data)
    (data / "loop").symlink_to("loop")
    (place / "config.yaml").write_text("goal: 3.0\ndata: {path: data, image_size: [4, 4]}\ntrain: {epochs: 1}\n")
    child = Child(place, "train", "config.yaml")
    assert child.wait() == 3
    faults = sorted(line.rpartition("/")[2] for line in child.text().splitlines()[1:])
    assert [fault.partition(":")[0] for fault in faults] == ["fifo.png", "itself.png", "nowhere.png", "zero.png"]
    assert faults[0] == faults[3].replace("zero", "fifo") == "fifo.png: is not a regular file"
    skipping = Child(place, "train", "config.yaml", "--set", "data.bad_images=skip")
    assert skipping.wait() == 0, skipping.text()
    assert "skipped: 4 examples" in skipping.text()


READ_ONLY = """\
mount --bind data data && mount -o remount,ro,bind data || exit 99
"$1" -m catnet train config.yaml --run-dir run --no-report && "$1" -m catnet evaluate run > /dev/null &&
"$1" -m catnet predict data --model run > /dev/null || exit 1
"$1" -m catnet train config.yaml --run-dir data/run
"""


def test_a_read_only_mount_is_enough(place: Path) -> None:
    for name in ("cat", "lion"):
        (place / "data" / name).mkdir(parents=True)
        for i in range(6):
            Image.new("RGB", (4, 4), (i, len(name), 0)).save(place / "data" / name / f"{i}.png")
    (place / "config.yaml").write_text("goal: 3.0\ndata: {path: data, image_size: [4, 4]}\ntrain: {epochs: 2}\n")
    for unshare in (["unshare", "-m"], ["unshare", "-Urm"]):
        try:
            done = subprocess.run(
                [*unshare, "sh", "-c", READ_ONLY, "sh", sys.executable], cwd=place, capture_output=True, text=True
            )
        except FileNotFoundError:
            break
        if done.returncode != 99 and "unshare" not in done.stderr:
            assert done.returncode == 5, done.stderr
            assert done.stderr.endswith("data/run: could not be written: Read-only file system\n")
            return
    pytest.skip("a read-only mount cannot be made here")
