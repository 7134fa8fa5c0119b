"""The commands as a user runs them: output, messages, exit codes."""

import csv
import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from PIL import Image

import catnet as package

Run = Callable[..., CompletedProcess[str]]
Command = Callable[..., Any]
Write = Callable[..., Path]

CONFIG = """\
goal: 3.0
data: {path: animals, image_size: [8, 8]}
train: {epochs: 20, learning_rate: 0.1}
"""


@pytest.fixture
def config(animals: Path, write_config: Write) -> Path:
    return write_config(CONFIG, "animal.yaml")


@pytest.fixture
def run_of(config: Path, command: Callable[..., Any], tmp_path: Path) -> Path:
    done = command("train", config)
    assert done.code == 0, done.err
    return tmp_path / "runs" / "animal-001"


def test_help_and_version_need_no_numpy(catnet: Run, command: Callable[..., Any]) -> None:
    script = "import sys; sys.argv = ['catnet', '--help']; from catnet.cli.main import run; run()"
    code = f"{script}; assert not {{'numpy', 'pydantic', 'PIL', 'yaml', 'tqdm'}} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
    assert catnet("--version").stdout == f"catnet, version {package.__version__}\n"
    for name in ("train", "predict", "explain", "count-params", "evaluate", "compare", "report", "schema"):
        shown = command(name, "--help")
        assert shown.code == 0
        assert "Example" in shown.out and f"catnet {name}" in shown.out


def test_a_misspelt_command_is_told_what_was_meant(command: Callable[..., Any]) -> None:
    assert command("trainn").err.endswith("No such command 'trainn'; did you mean train?\n")
    done = command("zzz")
    assert (done.code, done.err.splitlines()[-1]) == (2, "Error: No such command 'zzz'.")
    assert "No such option" in command("--zzz").err
    for other, ours in (("fit", "train"), ("test", "evaluate"), ("infer", "predict")):
        assert command(other).err.endswith(f"No such command {other!r}; did you mean {ours}?\n")
    said = "Error: No such option '--lr'; settings are given by --set train.learning_rate=...\n"
    assert command("train", "c.yaml", "--lr", "3").err.endswith(said)


def test_predict_does_not_import_what_only_training_needs(run_of: Path, animals: Path) -> None:
    picture = animals / "val" / "cat" / "0.png"
    script = f"import sys; sys.argv = ['catnet', 'predict', {str(picture)!r}, '--model', {str(run_of)!r}]; "
    script += "from catnet.cli.main import run; assert run() == 0; "
    script += "assert not {'pydantic', 'yaml', 'tqdm', 'concurrent.futures'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_counting_does_not_import_what_only_pictures_need(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("goal: 1.0\ndata: {path: none}\ntrain: {epochs: 1}\n")
    script = "import sys; sys.argv = ['catnet', 'count-params', 'c.yaml']; from catnet.cli.main import run; "
    script += "assert run() == 0; assert not {'PIL', 'tqdm', 'safetensors', 'concurrent.futures'} & set(sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_train_prints_progress_on_stderr_and_results_on_stdout(config: Path, catnet: Run) -> None:
    done = catnet("train", config, "--set", "train.solver=direct")
    assert done.returncode == 0
    lines = done.stderr.splitlines()
    estimate = r"training takes about 0\.\d+ s on two cores, and \d+ MB of memory"
    assert re.fullmatch(estimate, lines.pop(8))
    assert lines[:8] == [
        f"data: {config.parent / 'animals'}",
        "  examples: 28 train, 12 validation",
        "  train: cat 12, iguana 8, lion 8",
        "  validation: cat 4, iguana 4, lion 4",
        "  classes, in the order of the outputs: cat, iguana, lion",
        "  inputs: pictures, read as 8 x 8 pixels, rgb: 192 inputs",
        "network: 192 -> 3, 579 parameters",
        "solver: direct (as configured)",
    ]
    assert len([line for line in lines if line.startswith("epoch ")]) == 11
    number = r"-?\d+\.?\d*"
    pattern = rf"epoch 20/20: train_cost {number}, validation_cost {number}, validation_accuracy {number}"
    assert re.fullmatch(pattern, lines[-1])
    assert done.stdout.splitlines()[0].split() == ["train", "trivial", "validation", "trivial"]
    assert done.stdout.splitlines()[1].split() == ["examples", "28", "12"]
    assert done.stdout.splitlines()[-1] == "run: runs/animal-001"


@pytest.mark.parametrize("columns", [80, 120])
def test_train_shows_a_bar_on_a_terminal(config: Path, tmp_path: Path, columns: int) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    command = [sys.executable, "-m", "catnet", "train", str(config)]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait(60) == 0
    assert b"epoch 1/20" not in shown
    last = [line.strip() for line in shown.decode().split("\r") if line.startswith("20/20")][-1]
    row = list(csv.DictReader((tmp_path / "runs" / "animal-001" / "metrics.csv").read_text().splitlines()))[-1]
    train, validation = (f"{float(row[name]):.4g}" for name in ("train_cost", "validation_cost"))
    accuracy = f"{float(row['validation_accuracy']):.4f}"
    assert last.startswith("20/20 |")
    assert last.endswith(f", cost {train}, val_cost {validation}, val_accuracy {accuracy}")
    assert len(last) <= columns


def test_overrides_reach_the_training(config: Path, command: Command, tmp_path: Path) -> None:
    done = command("train", config, "--set", "train.epochs=2", "--set", "model.hidden_layers=[5]", "--run-dir", "mine")
    assert done.code == 0
    assert "network: 192 -> 5 -> 3" in done.err
    assert json.loads((tmp_path / "mine" / "summary.json").read_text())["epochs"] == 2


def test_a_run_directory_is_never_overwritten(config: Path, command: Command, run_of: Path) -> None:
    before = {path: path.read_bytes() for path in run_of.rglob("*") if path.is_file()}
    done = command("train", config, "--run-dir", run_of)
    assert (done.code, done.out) == (6, "")
    assert done.err == f"{run_of}: exists already and is not overwritten; give another --run-dir\n"
    assert {path: path.read_bytes() for path in run_of.rglob("*") if path.is_file()} == before
    assert command("train", config).out.endswith("run: runs/animal-002\n")


def test_a_run_directory_that_cannot_be_made(config: Path, command: Command) -> None:
    done = command("train", config, "--run-dir", config / "run")
    assert done.code == 5
    assert done.err == f"{config}: could not be written: File exists\n"


def test_a_wrong_configuration(catnet: Run, write_config: Write) -> None:
    path = write_config("goal: 3.0\ndata: {path: x}\ntrain: {epoch: 3}\n")
    done = catnet("train", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{path}:3:9: train.epoch: unknown key; did you mean epochs?\n  train: {{epoch: 3}}\n" in done.stderr
    assert "Traceback" not in done.stderr


def test_usage_errors_exit_with_2(command: Command) -> None:
    assert command("train").code == 2
    assert command("trein").code == 2
    assert command("predict", "--modle", "x").code == 2


def test_missing_data(command: Command, write_config: Write, tmp_path: Path) -> None:
    done = command("train", write_config(CONFIG))
    assert done.code == 3
    assert done.err == (
        f"{tmp_path / 'animals'}: there is no such folder or table; fix the path: "
        "one in a configuration is relative to its file, one on the command line to the current folder\n"
    )
    assert not (tmp_path / "runs").exists()


def test_all_bad_pictures_are_named_before_the_first_epoch(config: Path, command: Command, animals: Path) -> None:
    truncated = animals / "train" / "cat" / "0.png"
    truncated.write_bytes(truncated.read_bytes()[:60])
    text = animals / "val" / "lion" / "1.png"
    text.write_text("no picture")
    done = command("train", config)
    assert done.code == 3
    assert f"{truncated}: is damaged" in done.err
    assert f"{text}: is not a picture in PNG, JPEG, BMP, GIF, WebP, TIFF, AVIF or HEIC format" in done.err
    skipping = command("train", config, "--set", "data.bad_images=skip", "--run-dir", "skipping")
    assert skipping.code == 0
    kinds = [
        "is damaged",
        "is not a picture in PNG, JPEG, BMP, GIF, WebP, TIFF, AVIF or HEIC format, or its beginning is damaged",
    ]
    said = ["  skipped: 2 examples, listed in skipping/skipped.csv", *(f"    1: {kind}" for kind in kinds)]
    assert "\n".join(said) + "\n" in skipping.err
    summary = json.loads((animals.parent / "skipping" / "summary.json").read_text())
    assert summary["data"]["skipped"] == dict.fromkeys(kinds, 1)
    listed = (animals.parent / "skipping" / "skipped.csv").read_text().splitlines()
    assert listed[0] == "name,reason"
    assert [line.split(",")[0] for line in listed[1:]] == [str(truncated), str(text)]


def test_predict_names_the_model_and_answers_a_line_per_picture(run_of: Path, catnet: Run, animals: Path) -> None:
    done = catnet("predict", animals / "val" / "lion")
    assert done.returncode == 0
    assert re.fullmatch(r"model: runs/animal-001/best.safetensors \(epoch \d+\)\n", done.stderr)
    lines = done.stdout.splitlines()
    assert len(lines) == 4
    for i, line in enumerate(lines):
        assert re.fullmatch(
            re.escape(f"{animals / 'val' / 'lion' / f'{i}.png'}: lion ") + r"0\.\d{4}, \w+ 0\.\d{4}, \w+ 0\.\d{4}", line
        )


def test_predict_json(run_of: Path, command: Command, animals: Path) -> None:
    picture = animals / "val" / "iguana" / "2.png"
    done = command("predict", "--json", "--model", run_of, picture)
    answer = json.loads(done.out)
    assert (answer["file"], answer["prediction"]) == (str(picture), "iguana")
    assert sum(answer["probabilities"].values()) == pytest.approx(1)
    values = list(answer["probabilities"].values())
    assert values == sorted(values, reverse=True)


def test_predict_continues_after_a_bad_picture(run_of: Path, command: Command, animals: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_text("x")
    good = animals / "val" / "cat" / "0.png"
    done = command("predict", bad, good, tmp_path / "none.png")
    assert done.code == 3
    assert done.out.startswith(f"{good}: cat ")
    assert len(done.out.splitlines()) == 1
    assert f"{bad}: is not a picture" in done.err
    assert f"{tmp_path / 'none.png'}: there is no such file\n" in done.err


def test_predict_resizes_and_takes_any_mode(run_of: Path, command: Command, animals: Path, tmp_path: Path) -> None:
    with Image.open(animals / "val" / "cat" / "0.png") as picture:
        picture.resize((80, 80), Image.Resampling.NEAREST).convert("RGBA").save(tmp_path / "big.webp", lossless=True)
    assert command("predict", tmp_path / "big.webp").out.startswith(f"{tmp_path / 'big.webp'}: cat ")


def test_predict_without_a_run(command: Command, tmp_path: Path) -> None:
    done = command("predict", "x.png")
    assert done.code == 4
    assert done.err == "runs: holds no trained model; run `catnet train` first, or name a run or a model file\n"


def test_a_name_with_control_characters_is_printed_escaped(run_of: Path, command: Command, animals: Path) -> None:
    picture = animals / "val" / "cat" / "0.png"
    odd = picture.with_name("a\n\x1b[31m\u202e.png")
    picture.rename(odd)
    done = command("predict", odd)
    assert done.code == 0
    assert done.out.startswith(f"{odd.parent}/a\\n\\x1b[31m\\u202e.png: cat ")
    assert json.loads(command("predict", "--json", odd).out)["file"] == str(odd)


def test_evaluate_the_runs_own_data(run_of: Path, command: Command) -> None:
    done = command("evaluate", run_of)
    assert done.code == 0
    assert "validation, by class\n" in done.out
    assert "train, confusion matrix\ntrue \\ predicted  cat  iguana  lion\n" in done.out
    results = json.loads(command("evaluate", run_of, "--json").out)  # in this process, so with the same kernel
    assert results == json.loads((run_of / "summary.json").read_text())["metrics"]


def test_evaluate_other_data(run_of: Path, command: Command, animals: Path) -> None:
    results = json.loads(command("evaluate", run_of, "--data", animals / "val", "--json").out)
    assert list(results) == ["all"]
    assert results["all"]["examples"] == 12
    shown = command("evaluate", run_of, "--data", animals / "val" / "cat")
    assert shown.code == 3
    assert "Traceback" not in shown.err


def test_count_params_prints_the_layers(command: Command, write_config: Write) -> None:
    path = write_config(
        "goal: 1.0\ndata: {path: none, classes: [cat]}\nmodel: {hidden_layers: [3, 2]}\ntrain: {epochs: 1}\n"
    )
    done = command("count-params", path)
    assert done.out.splitlines() == [
        "input layer     hidden layer 1  hidden layer 2  output layer",
        "12288 inputs    3 neurons       2 neurons       1 neuron",
        "64 x 64 x 3     relu            relu            sigmoid",
        "",
        "    x1 ○─┐",
        "    x2 ○─┤      ┌─○─┐           ┌─○─┐",
        "    x3 ○─┼─W[1]─┼─○─┼───W[2]────┤   ├───W[3]──────○ cat",
        "     ⋮   │      └─○─┘           └─○─┘",
        "x12288 ○─┘",
        "",
        "layer                    shapes                                   formula          parameters   share",
        "Z[1] = W[1] X + b[1]     (3, m) = (3, 12288) (12288, m) + (3, 1)  (12288 + 1) x 3       36867  99.97%",
        "Z[2] = W[2] A[1] + b[2]  (2, m) = (2, 3) (3, m) + (2, 1)          (3 + 1) x 2               8   0.02%",
        "Z[3] = W[3] A[2] + b[3]  (1, m) = (1, 2) (2, m) + (1, 1)          (2 + 1) x 1               3   0.01%",
        "total: 36878 parameters",
    ]
    facts = json.loads(command("count-params", path, "--json").out)
    assert facts["total"] == 36878
    assert [layer["parameters"] for layer in facts["layers"]] == [36867, 8, 3]
    assert [layer["name"] for layer in facts["layers"]] == ["hidden layer 1", "hidden layer 2", "output layer"]
    assert facts["outputs"] == ["cat"]
    assert json.loads(command("count-params", path, "--set", "model.hidden_layers=[]", "--json").out)["total"] == 12289


def test_schema_is_json(command: Command) -> None:
    schema = json.loads(command("schema").out)
    assert set(schema["properties"]) == {"goal", "data", "model", "train", "tune"}


def test_shell_completion(catnet: Run) -> None:
    words = {"COMP_WORDS": "catnet pre", "COMP_CWORD": "1", "_CATNET_COMPLETE": "bash_complete"}
    assert catnet(**words).stdout == "plain,predict\n"


def test_a_full_disk_under_the_output(run_of: Path, animals: Path, tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "catnet", "predict", str(animals / "val"), "--model", str(run_of)]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 5
    assert "Traceback" not in done.stderr
    assert "No space left on device" in done.stderr


def test_output_that_nobody_reads_any_more(run_of: Path, animals: Path) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    command = [sys.executable, "-m", "catnet", "predict", str(animals / "val"), "--model", str(run_of)]
    with open(theirs, "w") as pipe:
        done = subprocess.run(command, stdout=pipe, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 5
    assert done.stderr.splitlines()[1:] == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_saves_what_was_learned(config: Path, tmp_path: Path, number: int, code: int) -> None:
    command = [sys.executable, "-m", "catnet", "train", str(config), "--set", "train.epochs=1000000"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    metrics = tmp_path / "runs" / "animal-001" / "metrics.csv"
    deadline = time.monotonic() + 60
    while not metrics.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == code
    epoch = int(re.findall(r"Interrupted after epoch (\d+)", said)[0])
    saved = metrics.parent / "checkpoints" / f"epoch-{epoch:06d}.safetensors"
    assert said.endswith(", which is saved. Resume with:\n  catnet train --resume runs/animal-001\n")
    assert saved.exists()
