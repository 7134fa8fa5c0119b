"""catnet tune: what it says, and how it is stopped and gone on with."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from in_process import Done

from catnet.config import load_config
from catnet.errors import OutputError, RunTaken
from catnet.report import is_page
from catnet.runs.lock import Lock
from catnet.selection.processes import Workers

Command = Callable[..., Done]
CONFIG = """
goal: 3.0
data: {path: animals, image_size: [8, 8]}
model: {hidden_layers: [6, 5]}
train: {epochs: 9, optimizer: momentum, batch_size: 8}
tune:
  trials: 4
  search: {train.learning_rate: [0.05, 1e30], train.augment: [none, {flip: true}]}
"""


@pytest.fixture
def config(animals: Path, write_config: Callable[..., Path]) -> Path:
    assert animals.is_dir()
    return write_config(CONFIG, "small.yaml")


def test_it_ends_with_a_configuration_to_train(config: Path, command: Command, tmp_path: Path) -> None:
    done = command("tune", config, "--jobs", "2")
    assert done.code == 0, done.err
    assert "3 folds of the 28 training examples; the validation data is kept for the end" in done.err
    assert "search: 4 trials; 9 epochs on 3 folds" in done.err
    assert done.err.count("trial ") == 4 and "train.augment none: failed: diverged in epoch 1" in done.err
    lines = done.out.splitlines()
    assert lines[0].split() == [
        "trial",
        "epochs",
        "folds",
        "accuracy",
        "deviation",
        "train.learning_rate",
        "train.augment",
    ]
    assert "2 trials failed; tune/small-001/trials.csv says why" in lines
    assert [line.split()[0] for line in lines[-11:-7]] == ["best", "trivial", "linear", "histograms"]
    assert lines[-7].startswith("Measured on the 12 validation pictures. Lead: ") and lines[-7].endswith("than chance.")
    assert lines[-5].startswith("Trial ") and "on the 3 folds, which chose it and so flatter it." in lines[-5]
    assert lines[-3].startswith("Honest estimate: accuracy ") and lines[-3].endswith(
        " on the 12 validation pictures, which chose nothing."
    )
    assert lines[-2].startswith("The trivial answer, always cat, scores 33.3%: the network is ")
    assert lines[-1].startswith("The best linear answer on the pixels scores ")
    folder = tmp_path / "tune" / "small-001"
    best = load_config(folder / "best.yaml")
    assert best.tune is None and best.train.learning_rate == 0.05 and best.data.path == tmp_path / "animals"
    assert "catnet train tune/small-001/best.yaml" in done.err
    assert command("train", folder / "best.yaml", "--run-dir", "run").code == 0
    page = folder / "report.html"
    assert is_page(page)
    text = page.read_text()
    assert (
        text.count("<figure") == 2
        and "diverged in epoch 1" in text
        and all(line in text for line in [lines[-7], *lines[-5:]])
    )
    assert re.search(r"The best settings</h2>.*?train.learning_rate</th><td class=\"n\">0.05</td>", text, re.DOTALL)
    facts = json.loads((folder / "summary.json").read_text())
    assert facts["winner"]["settings"]["train.learning_rate"] == 0.05
    assert [trial["status"] for trial in facts["trials"]] == [
        "done",
        "done",
        "diverged in epoch 1",
        "diverged in epoch 1",
    ]
    again = command("tune", "--resume", folder, "--json")
    assert again.code == 0
    now = json.loads(again.out)
    assert all(now[key] == facts[key] for key in ("estimates", "baselines", "trials"))


def test_training_says_that_it_ignores_the_section(config: Path, command: Command) -> None:
    done = command("train", config, "--run-dir", "run", "--set", "train.epochs=1")
    assert "note: tune: a training ignores this section, which says what to search" in done.err
    adamw = ("--set", "train.optimizer=adamw", "--set", "tune.search={train.momentum: {from: 0.5, to: 0.9}}")
    assert command("train", config, "--run-dir", "other", "--set", "train.epochs=1", *adamw).code == 0
    done = command("tune", config, *adamw)
    assert done.code == 2 and "train.momentum" in done.err
    done = command("train", "--resume", "run", "--set", "train.epochs=2", "--allow-changes", "--set", "tune.trials=5")
    assert done.code == 0 and "tune.trials" not in done.err


def test_fewer_points_than_trials_are_told(config: Path, command: Command) -> None:
    done = command("tune", config, "--set", "tune.trials=9", "--set", "train.epochs=1", "--jobs", "1")
    assert done.code == 0
    assert "note: the search has only 4 points, fewer than tune.trials, 9" in done.err


def test_much_disk_is_told(config: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = ("--set", "train.epochs=1", "--jobs", "1")
    assert "disk: " not in command("tune", config, *quick).err
    monkeypatch.setattr("catnet.cli.tune.MUCH_DISK", 1e4)
    assert "disk: about 136 kB for checkpoints, until it has ended\n" in command("tune", config, *quick).err


def test_a_searched_key_may_be_set(config: Path, command: Command) -> None:
    """Although its name has dots."""
    rates = ("--set", "tune.search.train.learning_rate=[0.01, 0.02, 0.03]")
    done = command("tune", config, *rates, "--set", "train.epochs=1", "--jobs", "1")
    assert done.code == 0 and "search has only" not in done.err and "train.learning_rate 0.02" in done.out + done.err
    done = command("tune", config, "--set", "tune.search={train: {learning_rate: [0.01, 0.02]}}")
    assert done.code == 2 and "has its section in its name, such as train.learning_rate" in done.err


def test_what_the_folds_lack_is_told(config: Path, command: Command, animals: Path) -> None:
    for path in sorted((animals / "train" / "lion").iterdir())[2:]:
        path.unlink()
    done = command("tune", config, "--set", "train.epochs=1", "--jobs", "1")
    assert "note: not each of the 3 trainings is tested on every class: lion is missing in 1; there its" in done.err


def test_wrong_usage(config: Path, command: Command, tmp_path: Path) -> None:
    assert command("tune").code == 2
    assert "--resume FOLDER goes with neither CONFIG" in command("tune", config, "--resume", "x").err
    done = command("tune", "--resume", "x", "--set", "tune.trials=9")
    assert done.code == 2 and "takes no --set: the settings are those of x/config.yaml. There tune.trials" in done.err
    assert command("tune", "--resume", "none").code == 4
    (tmp_path / "there").mkdir()
    done = command("tune", config, "--output", "there")
    assert done.code == 6 and "exists already" in done.err and done.err.endswith("; give another --output\n")
    done = command("tune", config, "--set", "tune.search={train.epochs: [1]}")
    assert done.code == 2 and "is not searched" in done.err


def test_a_changed_tune_is_refused_and_no_option_allows_it(config: Path, command: Command, animals: Path) -> None:
    assert command("tune", config, "--output", "out", "--set", "train.epochs=1", "--jobs", "1").code == 0
    next((animals / "train" / "cat").iterdir()).unlink()
    done = command("tune", "--resume", "out")
    assert done.code == 2 and "is not the data with which out began" in done.err and "--allow" not in done.err


def test_a_full_disk_says_how_to_go_on(config: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, *rest: object) -> bool:
        raise OutputError(f"{path}: could not be written: No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("catnet.selection.trials_file.append", full)
        done = command("tune", config, "--output", "out", "--jobs", "1", "--set", "train.epochs=1")
    assert done.code == 5 and done.err.endswith(
        "trials.csv: could not be written: No space left on device\n"
        "Fix that, then go on with: catnet tune --resume out\n"
    )
    assert command("tune", "--resume", "out").code == 0


@pytest.mark.parametrize("during", ["introduction", "searched", "write_report"])
def test_ctrl_c_at_any_time_says_how_to_go_on(
    config: Path, command: Command, monkeypatch: pytest.MonkeyPatch, during: str
) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("catnet.cli.tune.ignore_further", lambda: None)
    with monkeypatch.context() as patched:
        patched.setattr(f"catnet.cli.tune.{during}", interrupted)
        done = command("tune", config, "--output", "out", "--jobs", "1", "--set", "train.epochs=1")
    assert done.code == 130 and done.err.endswith(" Go on with:\n  catnet tune --resume out\n")
    assert command("tune", "--resume", "out").code == 0


def test_a_renamed_folder_says_how_to_go_on(
    config: Path, command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Also if a training finds it out."""

    def taken(self: Workers, *arguments: object, **more: object) -> Iterator[tuple[int, object]]:
        (tmp_path / "out").rename(tmp_path / "other")
        raise RunTaken("out/trials/000003-1: it was renamed; resume the training under that name")
        yield 0, None

    with monkeypatch.context() as patched:
        patched.setattr(Workers, "results", taken)
        done = command("tune", config, "--output", "out", "--jobs", "1", "--set", "train.epochs=1")
    assert done.code == 5 and "000003" not in done.err
    assert done.err.endswith("resume the tuning under that name: catnet tune --resume NAME\n")
    assert command("tune", "--resume", "other").code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_says_how_to_go_on(config: Path, command: Command, tmp_path: Path) -> None:
    arguments = ["tune", str(config), "--output", "out", "--jobs", "1", "--set", "train.epochs=20000"]
    process = subprocess.Popen(
        [sys.executable, "-m", "catnet", *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=os.environ,
    )  # fmt: skip
    try:
        while not list((tmp_path / "out").rglob("epoch-*.safetensors")):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130 and not out
    assert err.endswith("Interrupted. What the trials have learned is saved. Go on with:\n  catnet tune --resume out\n")
    Lock(tmp_path / "out").release()
    text = (tmp_path / "out" / "config.yaml").read_text()
    assert "epochs: 20000" in text
