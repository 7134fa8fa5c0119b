"""What is said of test examples that training has seen: before the first epoch, in the summary, in evaluate."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catnet.data.dataset import Dataset
from catnet.data.load import load
from catnet.data.scan import scan
from catnet.evaluation.baselines import baselines_of
from catnet.evaluation.evaluate import evaluate
from catnet.report.facts import gather
from catnet.report.verdict import verdict
from catnet.runs.reader import SavedRun

Command = Callable[..., Any]
Write = Callable[..., Path]

CONFIG = "goal: 3.0\ndata: {path: animals, image_size: [8, 8]}\ntrain: {epochs: 40, learning_rate: 0.1}\n"
PAIR = "test/cat/0.png = train/cat/0.png"


@pytest.fixture
def run(animals: Path, command: Command, write_config: Write) -> Path:
    """A run whose test data is its validation data and, as one of many, a training picture."""
    shutil.copytree(animals / "val", animals / "test")
    shutil.copy(animals / "train/cat/0.png", animals / "test/cat/0.png")
    shutil.rmtree(animals / "val")
    assert command("train", write_config(CONFIG, "animal.yaml"), "--set", "model.hidden_layers=[4]").code == 0
    return animals.parent / "runs" / "animal-001"


def others(dataset: Dataset) -> Dataset:
    """The test data without the picture that training has seen."""
    split = dataset.splits["test"]
    keep = [i for i, name in enumerate(split.names) if name != "test/cat/0.png"]
    rest = type(split)(split.rows[keep], split.labels[:, keep], tuple(split.names[i] for i in keep))
    return type(dataset)({"test": rest}, dataset.question, dataset.image_size)


def test_train_and_its_summary(run: Path, command: Command, write_config: Write) -> None:
    done = command("train", write_config(CONFIG, "animal.yaml"))
    note = f"note: 1 of the 12 test pictures is also in the training data ({PAIR})"
    lines = done.err.splitlines()
    assert lines.index(note) < next(i for i, line in enumerate(lines) if line.startswith("epoch 1/"))
    assert "1 of the 12 test pictures is also in the training data; without it accuracy is " in done.out
    summary = json.loads((run / "summary.json").read_text())
    assert summary["duplicates"] == {"test": {"examples": 1, "names": [PAIR.split(" = ")]}}
    assert note.removeprefix("note: ") in summary["notes"]
    saved = SavedRun(run)
    dataset = load(scan(saved.config), (8, 8))
    apart = summary["metrics"]["test"]["without_duplicates"]
    assert apart == evaluate(saved.model, others(dataset).splits["test"], baselines_of(dataset))
    assert apart["examples"] == 11


def test_the_verdict_says_it(run: Path) -> None:
    sentences = verdict(gather(run)).sentences
    assert any(
        text.startswith("1 of the 12 test pictures is also in the training data; without it") for text in sentences
    )


def test_evaluate_on_the_runs_own_data_and_on_other(run: Path, command: Command) -> None:
    done = command("evaluate", run)
    assert f"note: 1 of the 12 test pictures is also in the training data ({PAIR})" in done.err
    assert "test without duplicates" in done.out.splitlines()[0]
    assert "1 of the 12 test pictures is also in the training data; without it accuracy is " in done.out
    elsewhere = run.parent / "elsewhere"
    shutil.copytree(run.parents[1] / "animals/test", elsewhere)
    (elsewhere / "cat/0.png").rename(elsewhere / "cat/z.png")
    done = command("evaluate", run, "--data", elsewhere)
    count = "1 of the 12 pictures is also in the training data"
    assert f"note: {count} of the model (cat/z.png = train/cat/0.png)" in done.err
    assert f"{count}; without it accuracy is " in done.out
    results = json.loads(command("evaluate", run, "--data", elsewhere, "--json").out)
    assert results["all"]["without_duplicates"]["examples"] == 11


def test_other_data_in_a_folder_train_may_have_been_seen(run: Path, command: Command) -> None:
    elsewhere = run.parent / "elsewhere"
    shutil.copytree(run.parents[1] / "animals/test", elsewhere / "train")
    done = command("evaluate", run, "--data", elsewhere)
    assert "1 of the 12 training pictures is also in the training data of the model (train/cat/0.png = " in done.err
    results = json.loads(command("evaluate", run, "--data", elsewhere, "--json").out)
    assert results["train"]["without_duplicates"]["examples"] == 11


def test_a_split_that_is_all_in_the_training_data(run: Path, command: Command) -> None:
    done = command("evaluate", run, "--data", run.parents[1] / "animals/train")
    assert "28 of the 28 pictures are also in the training data: nothing is known of how well others" in done.out
    results = json.loads(command("evaluate", run, "--data", run.parents[1] / "animals/train", "--json").out)
    assert results["all"]["without_duplicates"] == {"examples": 0}


def test_a_model_alone_does_not_know_its_training_data(run: Path, command: Command) -> None:
    model = shutil.copy(run / "best.safetensors", run.parents[1] / "model.safetensors")
    done = command("evaluate", model, "--data", run.parents[1] / "animals/test")
    assert done.code == 0
    assert "also in the training data" not in done.err + done.out


def test_the_examples_of_a_run(run: Path) -> None:
    with (run / "examples.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["split"] for row in rows] == ["train"] * 28 + ["test"] * 12
    by_name = {row["name"]: row["digest"] for row in rows}
    assert len(by_name) == 40
    assert by_name["test/cat/0.png"] == by_name["train/cat/0.png"]
    assert len(set(by_name.values())) == 39
    assert all(len(digest) == 16 for digest in by_name.values())


def test_the_page_has_both_figures(run: Path, command: Command) -> None:
    assert command("report", run).code == 0
    page = (run / "report.html").read_text(encoding="utf-8")
    assert '<th scope="col" class="n">test without duplicates</th>' in page
    assert "1 of the 12 test pictures is also in the training data; without it accuracy is " in page
    assert PAIR in page  # among the notes on the data


def test_a_drawn_split_that_is_another_after_a_resume(animals: Path, command: Command, write_config: Write) -> None:
    """What training had learned from before is not measured as unseen, then or later."""
    data = "{path: animals/train, image_size: [8, 8], test_fraction: 0.3, validation_fraction: 0}"
    config = write_config(f"goal: 3.0\ndata: {data}\ntrain: {{epochs: 5}}\n", "drawn.yaml")
    assert command("train", config).code == 0
    run = animals.parent / "runs" / "drawn-001"
    learned = {row["name"] for row in rows_of(run) if row["split"] == "train"}
    shutil.copy(animals / "val/cat/0.png", animals / "train/cat/new.png")
    done = command("train", "--resume", run, "--allow-changes", "--set", "train.epochs=6")
    assert done.code == 0, done.err
    test = {row["name"] for row in rows_of(run) if row["split"] == "test"}
    count = len(test & learned)
    assert count > 0
    note = f"{count} of the {len(test)} test pictures are also in the training data of the model"
    assert f"note: {note}" in done.err
    summary = json.loads((run / "summary.json").read_text())
    assert summary["duplicates"]["test"]["examples"] == count
    assert summary["metrics"]["test"]["without_duplicates"]["examples"] == len(test) - count
    assert f"note: {note}" in command("evaluate", run).err
    assert {row["name"] for row in rows_of(run) if row["split"].startswith("train")} == learned | (
        {row["name"] for row in rows_of(run) if row["split"] == "train"}
    )


def rows_of(run: Path) -> list[dict[str, str]]:
    with (run / "examples.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_merged_labels_elsewhere(tmp_path: Path, animals: Path, command: Command, write_config: Write) -> None:
    """Moved data of a run that merged labels is measured with merged labels."""
    for i in range(4):
        shutil.copy(animals / f"train/cat/{i}.png", animals / f"train/lion/c{i}.png")
    data = "{path: animals/train, image_size: [8, 8], duplicates: merge, validation_fraction: 0}"
    assert command("train", write_config(f"goal: 2.0\ndata: {data}\ntrain: {{epochs: 5}}\n", "both.yaml")).code == 0
    run = tmp_path / "runs/both-001"
    here = json.loads((run / "summary.json").read_text())["metrics"]["train"]
    (animals / "train").rename(tmp_path / "moved")
    there = json.loads(command("evaluate", run, "--data", tmp_path / "moved", "--json").out)["all"]
    assert (there["examples"], there["exact_match"]) == (here["examples"], here["exact_match"])
    assert here["examples"] == 28


def test_names_or_columns_as_in_training(tmp_path: Path, animals: Path, command: Command, write_config: Write) -> None:
    """A metadata.csv may have both, and they may disagree: what was learned from is measured on."""
    rows = [(f"{name}/{i}.png", name) for name in ("cat", "lion") for i in range(6)]
    text = "".join(f"{file},{name},{i % 2},{(i + 1) % 2}\n" for i, (file, name) in enumerate(rows))
    (animals / "train/metadata.csv").write_text(f"file_name,label,cat,lion\n{text}")
    data = "{path: animals/train, image_size: [8, 8], validation_fraction: 0}"
    config = write_config(f"goal: 3.0\ndata: {data}\ntrain: {{epochs: 5, learning_rate: 0.1}}\n", "named.yaml")
    assert command("train", config).code == 0
    run = tmp_path / "runs/named-001"
    here = json.loads((run / "summary.json").read_text())["metrics"]["train"]
    done = command("evaluate", run, "--json")
    assert json.loads(done.out)["train"]["confusion_matrix"] == here["confusion_matrix"]
    assert "is not what it was" not in done.err
