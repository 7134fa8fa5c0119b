"""catnet cross-validate: what is refused before anything is trained, and what is left if something fails."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from in_process import Done

from catnet.config import load_config
from catnet.errors import OutputError
from catnet.selection import cross_validation
from catnet.selection.notes import notes
from catnet.selection.plan import plan_of
from catnet.selection.pool import pool_of

Write = Callable[..., Path]
Command = Callable[..., Done]
FOLDS = ("--folds", "3", "--jobs", "1", "--output", "folds")
STOPPING = "train.early_stopping={metric: validation_cost, patience: 1}"
CONFIG = """
goal: 3.0
data: {path: animals, image_size: [8, 8]}
train: {epochs: 3, learning_rate: 0.05}
"""


@pytest.fixture(autouse=True)
def config(animals: Path, write_config: Write) -> Path:
    return write_config(CONFIG)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--output", "animals"], 6, "animals: exists already and is not overwritten; give another --output"),
        (["--output", "config.yaml/x"], 5, "config.yaml: could not be written: File exists"),
        (["--folds", "41"], 2, "41 folds need as many examples that are not alike, there are 40"),
        (
            ["--learning-curve", "--set", "data.path=animals/train", "--set", "data.validation_fraction=0"],
            2,
            "has no validation data, on which a learning curve is measured; set data.validation_fraction: 0.2",
        ),
        (
            [f"--set={each}" for each in ("data.path=animals/train", "data.validation_fraction=0", STOPPING)],
            2,
            "there is no validation data, which train.early_stopping needs",
        ),
    ],
)
def test_it_is_refused_before_anything_is_trained(
    command: Command, arguments: list[str], code: int, message: str
) -> None:
    done = command("cross-validate", "config.yaml", *arguments)
    assert done.code == code and message in done.err
    assert "training 1/" not in done.err and "Traceback" not in done.err


def test_a_training_that_diverges_leaves_no_folder(command: Command, tmp_path: Path) -> None:
    done = command(
        "cross-validate", "config.yaml", "--set", "train.learning_rate=1e38", "--output", "folds", "--jobs", "1"
    )
    assert done.code == 7 and "training diverged in epoch 1 on " in done.err
    assert not (tmp_path / "folds").exists()


def test_a_process_that_is_killed_leaves_no_folder(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it trains there is none; it is made when there is something to write."""
    seen, train = [], cross_validation.cross_validate

    def train_watched(*arguments: Any) -> Any:
        seen.append((tmp_path / "folds").exists())
        return train(*arguments)

    monkeypatch.setattr("catnet.selection.cross_validation.cross_validate", train_watched)
    assert command("cross-validate", "config.yaml", *FOLDS).code == 0
    assert seen == [False] and (tmp_path / "folds" / "summary.json").is_file()


def test_a_folder_that_another_process_made_meanwhile_is_not_overwritten(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = cross_validation.cross_validate

    def train_slowly(*arguments: Any) -> Any:
        (tmp_path / "folds").mkdir()
        return train(*arguments)

    monkeypatch.setattr("catnet.selection.cross_validation.cross_validate", train_slowly)
    done = command("cross-validate", "config.yaml", *FOLDS)
    assert done.code == 6 and "folds: exists already and is not overwritten" in done.err
    assert " of new pictures to be answered correctly" in done.out  # what was found is not lost
    assert not list((tmp_path / "folds").iterdir())


def test_what_was_found_is_printed_even_if_it_cannot_be_written(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OutputError(f"{path.name}: could not be written: No space left on device")

    monkeypatch.setattr("catnet.selection.folder.write_atomically", full)
    done = command("cross-validate", "config.yaml", "--folds", "3", "--jobs", "1")
    assert done.code == 5 and done.err.endswith("config.yaml: could not be written: No space left on device\n")
    assert " of new pictures to be answered correctly" in done.out


def test_the_page_needs_the_extra(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = command("cross-validate", "config.yaml", *FOLDS)
    assert done.err.endswith("page: folds/report.html\n")
    assert (tmp_path / "folds" / "report.html").is_file()
    monkeypatch.setattr("catnet.cli.cross_validate.is_installed", lambda: False)
    done = command("cross-validate", "config.yaml", "--folds", "3", "--output", "bare", "--jobs", "1")
    assert done.code == 0 and done.err.endswith("no report.html: pip install 'catnet[report]'\n")
    assert sorted(path.name for path in (tmp_path / "bare").iterdir()) == ["answers.csv", "config.yaml", "summary.json"]


def test_skipped_pictures_are_listed(command: Command, animals: Path, tmp_path: Path) -> None:
    (animals / "train" / "cat" / "bad.png").write_text("no picture")
    done = command("cross-validate", "config.yaml", "--set", "data.bad_images=skip", *FOLDS)
    assert "  skipped: 1 example\n" in done.err
    assert "train/cat/bad.png" in (tmp_path / "folds" / "skipped.csv").read_text()


def said(config: Path) -> list[str]:
    """The notes on four folds."""
    pool = pool_of(load_config(config))
    plan = plan_of(pool, 4)
    return list(notes(pool, plan.parts, plan.tested))


def test_that_near_duplicates_are_not_looked_for_is_told(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catnet.selection.notes.MOST", 39)
    (line,) = said(config)
    assert line.startswith("of more than 39 pictures near duplicates are not looked for")


def test_classes_that_folds_lack_are_told(config: Path, animals: Path) -> None:
    assert said(config) == []
    for path in (animals / "train" / "lion").glob("[1-9].png"):
        path.unlink()
    shutil.rmtree(animals / "val")
    untested, unlearned = said(config)
    assert "tested on every class: lion is missing in 3; there its precision, recall and F1 count as 0" in untested
    assert unlearned.endswith("of the 4 trainings learns from every class: lion is missing in 1")


def test_a_rate_far_above_the_limit_is_told(command: Command) -> None:
    settings = ("--set", "data.scaling=none", "--set", "model.initialization=zeros")
    trained = command("train", "config.yaml", *settings)
    (note,) = (line for line in trained.err.splitlines() if "below which the training cost falls" in line)
    done = command("cross-validate", "config.yaml", *settings, *FOLDS)
    assert done.code == 0, done.err
    (told,) = (line for line in done.err.splitlines() if "below which the training cost falls" in line)
    assert told.startswith("note: train.learning_rate: 0.05 is ") and told.split(" times ")[1][-60:] == note[-60:]


def test_which_epochs_are_kept_is_told(command: Command, tmp_path: Path) -> None:
    done = command("cross-validate", "config.yaml", *FOLDS)
    epochs = [fold["epoch"] for fold in json.loads((tmp_path / "folds" / "summary.json").read_text())["folds"]]
    assert set(epochs) == {3} and "Each kept epoch 3 of 3.\n" in done.out
    worse = ("--set", "train.learning_rate=100", "--set", "train.label_smoothing=0.2", "--json")
    done = command("cross-validate", "config.yaml", *worse, "--folds", "3", "--output", "worse")
    epochs = [fold["epoch"] for fold in json.loads(done.out)["folds"]]
    assert 1 in epochs
    page = (tmp_path / "worse" / "report.html").read_text()
    assert f"{epochs.count(1)} training" in page and "kept the first, as none was better" in page
    last = command("cross-validate", "config.yaml", "--set", "train.keep=last", "--folds", "3")
    assert "kept epoch" not in last.out
