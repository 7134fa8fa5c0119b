"""Event files for TensorBoard: each epoch is there once, whatever was killed before; a fault is one message."""

import csv
import errno
import io
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from trials import prepare

RUN = "s3:a run\u202e ☃ \x1b[31m"  # a place in a cloud, for tensorboardX


def shown(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard shows of the files: steps and values by tag, without those that a later file has cancelled."""
    event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2", reason="tensorboardX is not installed")
    found: dict[str, list[tuple[int, float]]] = {}
    for file in sorted(folder.iterdir()):
        content, place = file.read_bytes(), 0
        while place + 12 <= len(content):  # a record: its length, a checksum, the event, a checksum
            (length,) = struct.unpack_from("<Q", content, place)
            if place + 16 + length > len(content):
                break
            event = event_pb2.Event.FromString(content[place + 12 : place + 12 + length])
            if event.session_log.status == event_pb2.SessionLog.START:
                found = {tag: [each for each in values if each[0] < event.step] for tag, values in found.items()}
            for value in event.summary.value:
                found.setdefault(value.tag, []).append((event.step, value.simple_value))
            place += 16 + length
    return found


def test_each_epoch_is_there_once(tmp_path: Path, command: Callable[..., Any]) -> None:
    prepare(tmp_path)
    log = ("--log", "tensorboard")
    assert command("train", "config.yaml", "--set", "train.epochs=6", "--run-dir", RUN, *log).code == 0
    longer = ("--set", "train.epochs=9", "--allow-changes")
    run, other = tmp_path / RUN, tmp_path / "other"
    shutil.copytree(run, other)
    assert command("train", "--resume", other, *longer, *log).code == 0  # which had epochs 7 to 9, and was then killed
    first, second = sorted((other / "tensorboard").iterdir())
    shutil.rmtree(run / "tensorboard")
    (run / "tensorboard").mkdir()
    content = first.read_bytes()
    (run / "tensorboard" / first.name).write_bytes(content[: len(content) // 2 + 3])  # the rest was never flushed
    shutil.copy(second, run / "tensorboard" / "events.out.tfevents.9999999998.host")  # the clock was set back
    assert command("train", "--resume", RUN, *longer, *log).code == 0
    with (run / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = shown(run / "tensorboard")
    assert [step for step, _ in found["cost/train"]] == [int(row["epoch"]) for row in rows]
    assert [value for _, value in found["cost/train"]] == pytest.approx([float(row["train_cost"]) for row in rows])
    assert all("\x1b" not in tag for tag in found)


class Full(io.BytesIO):
    """A file on a full disk."""

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk(tmp_path: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    record_writer = pytest.importorskip("tensorboardX.record_writer", reason="tensorboardX is not installed")
    prepare(tmp_path)
    monkeypatch.setattr(record_writer, "open_file", lambda path: Full())
    done = command("train", "config.yaml", "--run-dir", "run", "--log", "tensorboard")
    assert done.code == 5
    message = [line for line in done.err.splitlines() if "No space left on device" in line]
    assert len(message) == 1
    assert "tensorboard" in message[0]
    monkeypatch.undo()
    assert command("train", "--resume", tmp_path / "run").code in (0, 4)  # 4: it had not saved any epoch yet


def test_a_file_in_the_place_of_the_folder(tmp_path: Path, command: Callable[..., Any]) -> None:
    prepare(tmp_path)
    assert command("train", "config.yaml", "--set", "train.epochs=6", "--run-dir", "run").code == 0
    (tmp_path / "run" / "tensorboard").write_text("mine")
    longer = ("--set", "train.epochs=9", "--allow-changes")
    done = command("train", "--resume", "run", *longer, "--log", "tensorboard")
    assert done.code == 5
    assert "run/tensorboard" in done.err
    assert (tmp_path / "run" / "tensorboard").read_text() == "mine"
    assert command("train", "--resume", "run", *longer).code == 0
