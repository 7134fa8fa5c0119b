"""Pictures that `catnet predict` is asked about are decoded as for training: by processes, by threads or one by one."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from in_process import Done

from catnet.cli.streams import together
from catnet.data import decoding

CONFIG = "{goal: 3.0, data: {path: animals, image_size: [8, 8]}, train: {epochs: 2, learning_rate: 0.01}}"


@pytest.fixture
def model(command: Callable[..., Done], animals: Path, tmp_path: Path) -> Path:
    """A run about the animals, among which some are no pictures since."""
    (tmp_path / "c.yaml").write_text(CONFIG)
    assert command("train", "c.yaml", "--run-dir", "run").code == 0
    cats = animals / "train" / "cat"
    (cats / "0.png").write_text("none")
    (cats / "3.png").write_bytes((cats / "4.png").read_bytes()[:60])
    (cats / "5.png").unlink()
    (cats / "5.png").mkdir()
    (cats / "notes.txt").touch()
    (cats / "gone.png").symlink_to("nowhere")
    return tmp_path / "run"


def test_however_they_are_decoded_the_answers_are_the_same(
    command: Callable[..., Done], model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cats = [Path("animals/train/cat") / f"{i}.png" for i in range(8)]
    rows = [*(f"{i}.png" for i in range(5)), "none.png", "6.png", "../a.png", "notes.txt", "7.png"]
    (tmp_path / "animals/train/cat/list.csv").write_text("\n".join(["file_name", *rows]) + "\n")
    asked = ["animals", *cats, "absent.png", "animals/train/cat/list.csv", "run", "c.yaml", *cats[:3]]
    found: list[Done] = []
    for processes, threads in ((10**6, 10**6), (10**6, 0), (0, 0)):
        monkeypatch.setattr(decoding, "PROCESSES_FROM", processes)
        monkeypatch.setattr(decoding, "THREADS_FROM", threads)
        monkeypatch.setattr(decoding, "available_cores", lambda: 2)
        monkeypatch.setattr("catnet.evaluation.predict.BATCH", 7)
        found.append(command("predict", *asked, "--model", model))
    assert found[1] == found[0] and found[2] == found[0]
    assert found[0].code == 3
    assert found[0].err.count("animals/train/cat/0.png: is not a picture in PNG") == 4


def test_their_order_is_that_of_their_names(command: Callable[..., Done], model: Path, tmp_path: Path) -> None:
    names = sorted(str(path.relative_to(tmp_path)) for path in (tmp_path / "animals/val").rglob("*.png"))
    found = list(map(json.loads, command("predict", "animals/val", "--model", model, "--json").out.splitlines()))
    assert [answer["file"] for answer in found] == names
    for answer in found[::5]:
        alone = json.loads(command("predict", answer["file"], "--model", model, "--json").out)
        assert answer["probabilities"] == pytest.approx(alone["probabilities"], rel=1e-5)


def test_the_current_folder_has_no_dot_before_its_names(command: Callable[..., Done], model: Path) -> None:
    lines = command("predict", ".", "--model", model).out.splitlines()
    assert lines[0].startswith("animals/train/cat/1.png: ")


def test_after_a_process_is_killed_the_rest_is_still_answered(
    command: Callable[..., Done], model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = command("predict", "animals", "--model", model)
    calls, read = [], decoding._read_block_elsewhere

    def killed_at_the_third_block(idle: Any, *others: Any) -> Any:
        calls.append(others)
        if len(calls) == 3:
            both = [idle.get(), idle.get()]
            for process in both:
                process.kill()
                idle.put(process)
        return read(idle, *others)

    monkeypatch.setattr(decoding, "PROCESSES_FROM", 0)
    monkeypatch.setattr(decoding, "BLOCK_PICTURES", 2)
    monkeypatch.setattr(decoding, "available_cores", lambda: 2)
    monkeypatch.setattr(decoding, "_read_block_elsewhere", killed_at_the_third_block)
    assert command("predict", "animals", "--model", model) == expected
    assert len(calls) >= 3


@pytest.mark.skipif(decoding.available_cores() == 1, reason="needs two processors")
def test_ctrl_c_in_the_middle_ends_it_at_once_between_two_lines(model: Path, tmp_path: Path) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for i in range(decoding.PROCESSES_FROM * 3):
        os.link(tmp_path / "animals/val/cat/0.png", many / f"{i:0200d}.png")
    asked = [sys.executable, "-m", "catnet", "predict", "many", "--model", str(model)]
    with subprocess.Popen(asked, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline().startswith("many/00")
        time.sleep(0.2)  # nobody reads, and it waits, for the pipe is full
        process.send_signal(signal.SIGINT)
        lines, said = process.stdout.readlines(), process.stderr.readlines()
    assert (process.returncode, said[-1]) == (130, "Interrupted.\n")
    assert len(lines) < decoding.PROCESSES_FROM and len({len(line) for line in lines}) == 1


def test_lines_are_printed_together_as_far_as_a_pipe_takes_them_at_once() -> None:
    most = getattr(select, "PIPE_BUF", 512)
    lines = ["é" * 30, "b", "c" * (most + 5), *["d" * 99] * 100, ""]
    texts = list(together(lines))
    assert "\n".join(texts) == "\n".join(lines)
    assert texts[0] == "\n".join(lines[:2]) and texts[1] == lines[2]
    assert all(len(text.encode()) + 1 <= most for text in texts if text != lines[2])
    assert len(texts) == 2 + -(-100 // (most // 100)) and list(together([])) == []
