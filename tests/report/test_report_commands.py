"""report, compare, explain, evaluate with thresholds, and what else train writes: from the command line."""

import csv
import errno
import json
import os
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from catnet.evaluation.metrics import decisions
from catnet.report.facts import gather
from catnet.runs.checkpoints import load

Command = Callable[..., Any]


@pytest.fixture
def copy_of(runs: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a run, to be written to."""
    return lambda kind: Path(shutil.copytree(runs[kind], tmp_path / f"copy-{kind}"))


def train_in_process(folder: Path, before: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Runs `catnet train` after the statements of `before`, then says which of some packages were imported."""
    (folder / "config.yaml").write_text(
        "goal: 1.0\ndata: {path: data, classes: [cat], image_size: [8, 8]}\ntrain: {epochs: 300}\n"
    )
    script = (
        f"import sys; {before}; sys.argv = ['catnet', 'train', 'config.yaml', *{list(options)!r}];"
        "from catnet.cli.main import run; code = run();"
        "print('imported:', *[n for n in ('jinja2', 'tensorboardX') if sys.modules.get(n)]);"
        "sys.exit(code)"
    )
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100)


def test_train_ends_with_a_report(train_small: Any, tmp_path: Path) -> None:
    train_small()
    done = train_in_process(tmp_path, "pass")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "report: runs/config-001/report.html"
    assert len([line for line in done.stderr.splitlines() if line.startswith("epoch ")]) == 11
    assert done.stdout.splitlines()[-1] == "imported: jinja2"
    assert "pictures are answered correctly" in (tmp_path / "runs" / "config-001" / "report.html").read_text()


def test_train_without_the_extra_says_how_to_get_it(train_small: Any, tmp_path: Path) -> None:
    train_small()
    done = train_in_process(tmp_path, "sys.modules['jinja2'] = None")
    assert done.returncode == 0, done.stderr
    told = "no report.html: pip install 'catnet[report]', then catnet report runs/config-001"
    assert done.stderr.splitlines()[-1] == told
    assert done.stdout.splitlines()[-1] == "imported:"
    assert not (tmp_path / "runs" / "config-001" / "report.html").exists()


def test_train_imports_neither_when_told_to_write_none(train_small: Any, tmp_path: Path) -> None:
    train_small()
    done = train_in_process(tmp_path, "pass", "--no-report")
    assert done.stdout.splitlines()[-1] == "imported:"
    assert "report" not in done.stderr


def test_report_writes_the_page_and_says_where(copy_of: Callable[[str], Path], command: Command) -> None:
    run = copy_of("1.0")
    done = command("report", run)
    assert (done.code, done.out.strip()) == (0, str(run / "report.html"))
    assert (run / "report.html").stat().st_size < 3_000_000
    missing = command("report", run / "checkpoints")
    assert missing.code == 4
    assert "holds no best.safetensors" in missing.err


def test_log_tensorboard_writes_event_files(train_small: Any, tmp_path: Path) -> None:
    event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2", reason="tensorboardX is not installed")
    train_small()
    done = train_in_process(tmp_path, "pass", "--no-report", "--log", "tensorboard")
    assert done.returncode == 0, done.stderr
    run = tmp_path / "runs" / "config-001"
    (file,) = (run / "tensorboard").iterdir()
    content, place = file.read_bytes(), 0
    seen: dict[tuple[str, int], float] = {}
    while place < len(content):  # a record: its length, a checksum, the event, a checksum
        (length,) = struct.unpack_from("<Q", content, place)
        event = event_pb2.Event.FromString(content[place + 12 : place + 12 + length])
        seen |= {(value.tag, event.step): value.simple_value for value in event.summary.value}
        place += 16 + length
    with (run / "metrics.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            epoch = int(row["epoch"])
            for column, tag in (("train_cost", "cost/train"), ("learning_rate", "learning_rate")):
                assert seen[tag, epoch] == pytest.approx(float(row[column]))
            watched = row["test_accuracy"]
            assert seen.get(("accuracy/test", epoch)) == (pytest.approx(float(watched)) if watched else None)
    assert epoch == 300


def test_event_files_that_cannot_be_written(
    animals: Path, tmp_path: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The training says so; it does not wait for ever for a thread that has ended."""
    writer = pytest.importorskip("tensorboardX.record_writer", reason="tensorboardX is not installed").RecordWriter
    (tmp_path / "c.yaml").write_text("goal: 3.0\ndata: {path: animals, image_size: [4, 4]}\ntrain: {epochs: 60}\n")
    write, written = writer.write, []

    def fail(self: Any, event: Any) -> Any:
        written.append(event)
        if len(written) > 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, event)

    monkeypatch.setattr(writer, "write", fail)
    done = command("train", "c.yaml", "--run-dir", "s3:", "--log", "tensorboard")
    assert done.code == 5
    assert "s3:/tensorboard: could not be written: No space left on device. The last good checkpoint is" in done.err
    assert done.err.endswith("Fix that, then resume with: catnet train --resume s3:\n")
    monkeypatch.undo()
    assert command("train", "--resume", tmp_path / "s3:", "--log", "tensorboard").code == 0


def test_log_tensorboard_without_the_library(train_small: Any, tmp_path: Path) -> None:
    train_small()
    done = train_in_process(tmp_path, "sys.modules['tensorboardX'] = None", "--log", "tensorboard")
    assert done.returncode == 2
    assert done.stderr == "--log tensorboard needs tensorboardX: pip install 'catnet[tensorboard]'\n"
    assert not (tmp_path / "runs").exists()


def test_compare_two_runs(runs: dict[str, Path], train_text: Any, command: Command, tmp_path: Path) -> None:
    first = runs["1.0"]
    text = (first / "config.yaml").read_text()
    other = train_text(tmp_path, text, "train.epochs=2", "train.learning_rate=1.0e-4")
    done = command("compare", first, other, "--html", "page.html")
    assert done.code == 0, done.err
    rows = {row[0]: row[1:] for line in done.out.splitlines() if len(row := re.split(r"  +", line.strip())) == 3}
    assert rows["train.epochs"] == ["30", "2"]
    assert rows["train.learning_rate"] == ["0.05", "0.0001"]
    assert "train.optimizer" not in rows
    assert rows["parameters"] == ["1201", "1201"]
    facts = [gather(first), gather(other)]
    assert rows["test accuracy"] == [f"{one.metrics['test']['accuracy']:.4f}" for one in facts]
    places = json.loads(command("compare", first, other, "--json").out)["ranking"]["places"]
    scores = [values for one in facts if (values := one.scores("test")) is not None]
    assert [place["value"] for place in places] == pytest.approx([each.mean() for each in scores])
    found = places[1]["to_best"]
    assert found["difference"] == pytest.approx(scores[1].mean() - scores[0].mean())
    assert found["low"] < found["difference"] < found["high"] < 0
    assert found["p"] < 0.05
    assert re.search(rf" 2 +\S+% +{100 * found['difference']:+.1f}\* ", done.out)
    assert "Its lead over the other is more than chance." in done.out
    page = (tmp_path / "page.html").read_text()
    assert "Training cost" in page
    assert page.count("<svg") >= 4


def test_runs_that_cannot_be_compared(runs: dict[str, Path], command: Command) -> None:
    done = command("compare", runs["1.0"], runs["regression"])
    assert done.code == 0
    assert "cannot be compared: their goals differ." in done.out
    assert command("compare", runs["1.0"]).code == 2
    same = command("compare", runs["3.0"], runs["3.0"])
    assert "are right about the same pictures" in same.out


def test_explain_draws_the_picture_and_its_map(
    runs: dict[str, Path], copy_of: Callable[[str], Path], command: Command, tmp_path: Path
) -> None:
    picture = runs["3.0"].parent / "data" / "val" / "dog" / "0.png"
    run = copy_of("3.0")
    done = command("explain", picture, "--model", run)
    assert done.code == 0, done.err
    assert done.out.splitlines()[0].startswith(f"{picture}: dog ")
    assert done.out.splitlines()[1] == f"{run}/explained/0-explained.png: red speaks for dog, blue against"
    drawn = np.asarray(Image.open(run / "explained" / "0-explained.png"))
    assert drawn.shape == (320, 656, 3)
    assert (drawn[::16, :320:16] == np.asarray(Image.open(picture).convert("RGB"))).all()
    right = drawn[:, 336:].astype(int)
    middle, left = right[:, 112:208], right[:, :96]
    assert red(middle) > 2 * red(left)  # what makes a dog is the bright middle
    again = command("explain", picture, "--model", run)
    assert again.code == 0, again.err
    assert (run / "explained" / "0-explained-2.png").is_file()
    taken = command("explain", picture, "--model", run, "--output", picture)
    assert taken.code == 5
    assert "exists already" in taken.err
    other = command("explain", picture, "--model", run, "--class", "cat", "--output", "cat.png")
    assert "red speaks for cat" in other.out
    assert not (np.asarray(Image.open(tmp_path / "cat.png")) == drawn).all()


def red(part: np.ndarray) -> float:
    """How much more red than blue there is on average."""
    return float(np.clip(part[..., 0] - part[..., 2], 0, None).mean())


def test_explain_says_what_it_cannot_do(runs: dict[str, Path], command: Command, tmp_path: Path) -> None:
    picture = runs["3.0"].parent / "data" / "val" / "dog" / "0.png"
    for arguments, code in (
        ((picture, "--model", runs["table"]), 2),
        ((picture, "--model", runs["3.0"], "--class", "bird"), 2),
        ((tmp_path / "none.png", "--model", runs["3.0"]), 3),
    ):
        done = command("explain", *arguments)
        assert done.code == code
        assert "Traceback" not in done.err
        assert len(done.err.splitlines()) == 2


def test_a_threshold_is_stored_and_then_used(copy_of: Callable[[str], Path], command: Command) -> None:
    run = copy_of("1.0")
    picture = gather(run).run.config.data.path / "test" / "cat" / "0.png"
    before = json.loads(command("predict", picture, "--model", run, "--json").out)
    assert before["prediction"] == "cat"
    done = command("evaluate", run, "--threshold", "0.9999", "--save", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["test"]["recall"] == 0
    after = json.loads(command("predict", picture, "--model", run, "--json").out)
    assert after["probabilities"] == before["probabilities"]
    assert after["prediction"] == "not cat"
    assert command("predict", picture, "--model", run).out.endswith(" -> not cat\n")
    assert json.loads(command("evaluate", run, "--json").out)["test"]["recall"] == 0
    assert any("threshold 0.5" in note for note in gather(run).notes)


@pytest.mark.parametrize(("rule", "wanted"), [("precision", 0.8), ("recall", 0.9)])
def test_thresholds_by_precision_and_recall(
    copy_of: Callable[[str], Path], command: Command, rule: str, wanted: float
) -> None:
    run = copy_of("2.0")
    done = command("evaluate", run, f"--{rule}", wanted, "--save", "--split", "validation", "--json")
    assert done.code == 0, done.err
    assert "chosen on: validation (20 examples)" in done.err
    results = json.loads(done.out)
    assert list(results) == ["validation"]
    assert all(scores[rule] >= wanted for scores in results["validation"]["per_class"].values())
    facts, model = gather(run), load(run / "best.safetensors").model
    answer, split = facts.answer("validation"), facts.split("validation")
    assert answer is not None and split is not None
    decided = decisions("2.0", answer, model.decision_thresholds)
    recalls = [(d & (y == 1)).sum() / (y == 1).sum() for d, y in zip(decided, split.labels, strict=True)]
    assert recalls == pytest.approx([s["recall"] for s in results["validation"]["per_class"].values()])


def test_a_threshold_for_one_label(runs: dict[str, Path], command: Command) -> None:
    plain = json.loads(command("evaluate", runs["2.0"], "--json").out)["validation"]["per_class"]
    done = command("evaluate", runs["2.0"], "--threshold", "cat=0", "--json")
    changed = json.loads(done.out)["validation"]["per_class"]
    assert changed["cat"]["recall"] == 1
    assert changed["lion"] == plain["lion"]


@pytest.mark.parametrize(
    ("kind", "arguments", "told"),
    [
        ("3.0", ["--threshold", "0.3"], "a threshold is for goals 1.0 and 2.0"),
        ("2.0", ["--threshold", "bird=0.3"], "the labels are cat, lion, iguana"),
        ("2.0", ["--threshold", "cat=much"], "needs a number from 0 to 1"),
        ("2.0", ["--threshold", "0.3", "--recall", "0.9"], "exclude each other"),
        ("2.0", ["--save"], "--save needs"),
        ("2.0", ["--split", "test"], "the data has train, validation"),
        ("hostile", ["--precision", "1.5"], "not in the range"),
    ],
)
def test_thresholds_that_make_no_sense(
    runs: dict[str, Path], command: Command, kind: str, arguments: list[str], told: str
) -> None:
    done = command("evaluate", runs[kind], *arguments)
    assert done.code == 2
    assert told in done.err
