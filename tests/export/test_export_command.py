"""`catnet export` and `Run.export`: where the file goes, what it may replace, what is said."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from in_process import Done

import catnet
from catnet.errors import ConfigError, OutputError
from catnet.export import export as exporting
from catnet.export.exported import Exported
from catnet.runs.checkpoints import load, save

onnx = pytest.importorskip("onnx", reason="onnx is not installed")

Command = Callable[..., Done]


@pytest.fixture
def run(animals: Path) -> catnet.Run:
    """A run on small pictures, in a folder with a name that needs quotes."""
    config = {
        "goal": "3.0",
        "data": {"path": animals, "image_size": [8, 8]},
        "train": {"epochs": 2},
    }
    return catnet.train(config, run_dir=animals.parent / "runs" / "it's a cat-001")


def test_it_lies_in_the_run(run: catnet.Run, command: Command) -> None:
    done = command("export", run.path, "--format", "onnx")
    written = run.path / "exported" / "it's a cat-001.onnx"
    assert done.code == 0
    assert done.out.startswith(f"{written}: ")
    assert "answers about 3 pictures of the run as catnet does" in done.out
    assert onnx.load(written).producer_name == "catnet export"
    assert "model: " in done.err


def test_the_newest_run_is_taken(run: catnet.Run, command: Command, tmp_path: Path) -> None:
    done = command("export", "--format", "onnx", "--output", tmp_path / "cat.onnx")
    assert done.code == 0
    assert "it's a cat-001" in done.err


def test_an_earlier_export_is_replaced_and_nothing_else(run: catnet.Run, command: Command, tmp_path: Path) -> None:
    target = tmp_path / "cat.onnx"
    arguments = ("export", run.path, "--format", "onnx", "--output", target)
    assert [command(*arguments).code for _ in range(2)] == [0, 0]
    written = target.read_bytes()
    target.write_bytes(b"a network of somebody else")
    done = command(*arguments)
    assert done.code == OutputError.exit_code
    assert "cat.onnx: exists already and is not overwritten; give another --output" in done.err
    assert target.read_bytes() == b"a network of somebody else"
    target.unlink()
    assert command(*arguments).code == 0
    assert target.read_bytes() == written


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("--format", "onnx", "--output", "cat.txt"),
            "--output cat.txt: is an ONNX file; give a name that ends in .onnx",
        ),
        (("--format", "onnx", "--no-examples"), "--no-examples is for the page"),
        ((), "say in which form: --format onnx, --format python, --format page, --format card"),
        (("--format", "torch"), "'torch' is not one of"),
    ],
)
def test_what_is_refused(run: catnet.Run, command: Command, arguments: tuple[str, ...], told: str) -> None:
    done = command("export", run.path, *arguments)
    assert done.code == ConfigError.exit_code
    assert told in done.err


def test_without_the_extra(run: catnet.Run, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catnet.export.export.find_spec", lambda name: None)
    done = command("export", run.path, "--format", "onnx")
    assert (done.code, done.out) == (ConfigError.exit_code, "")
    assert "an ONNX file needs onnx: pip install 'catnet[onnx]'" in done.err


def test_a_model_file_in_no_run(run: catnet.Run, command: Command, tmp_path: Path) -> None:
    alone = tmp_path / "elsewhere" / "cat.safetensors"
    alone.parent.mkdir()
    alone.write_bytes(run.model_path.read_bytes())
    done = command("export", alone, "--format", "onnx")
    assert done.code == ConfigError.exit_code
    assert "is in no run directory; say where to write: --output FILE" in done.err
    done = command("export", alone, "--format", "onnx", "--output", tmp_path / "cat.onnx")
    assert done.code == 0
    assert "3 pictures drawn at random" in done.out
    assert "note: the model is in no run directory, so its data is not known" in done.err


def test_if_the_data_is_gone(run: catnet.Run, command: Command, animals: Path) -> None:
    animals.rename(animals.with_name("moved"))
    done = command("export", run.path, "--format", "onnx")
    assert done.code == 0
    assert "3 pictures drawn at random" in done.out
    assert "note: the run's data cannot be read" in done.err


def test_from_python(run: catnet.Run, tmp_path: Path) -> None:
    assert run.export("onnx") == run.path / "exported" / "it's a cat-001.onnx"
    assert run.export("onnx", tmp_path / "a.onnx") == tmp_path / "a.onnx"
    with pytest.raises(ValueError, match=r"form must be onnx, python, page or card, is torch"):
        run.export("torch")
    with pytest.raises(TypeError, match="output must be a path"):
        run.export("onnx", 3)  # type: ignore[arg-type]
    other = catnet.Run(run.path)
    other.model_path = tmp_path / "lost.safetensors"
    with pytest.raises(ConfigError, match="say where the file is to be written"):
        other.export("onnx")


def test_examples_are_from_all_over_the_split_that_is_unseen(run: catnet.Run) -> None:
    exported = Exported(run.model_path, load(run.model_path).model)
    assert [example.name for example in exported.examples] == ["val/cat/0.png", "val/iguana/1.png", "val/lion/2.png"]
    assert all(example.file and example.file.startswith(b"\x89PNG") for example in exported.examples)
    assert exported.notes == []


def test_examples_that_cannot_be_read_are_passed_over(run: catnet.Run, animals: Path) -> None:
    (animals / "val" / "cat" / "0.png").write_bytes(b"no picture")
    exported = Exported(run.model_path, load(run.model_path).model)
    names = [example.name for example in exported.examples]
    assert len(names) == 3
    assert "val/cat/0.png" not in names


def test_a_form_is_a_text(run: catnet.Run) -> None:
    with pytest.raises(TypeError, match="form must be a text, onnx, python, page or card, not NoneType"):
        run.export(None)  # type: ignore[arg-type]


def test_a_program_without_the_extra_is_told(run: catnet.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catnet.export.export.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="an ONNX file needs onnx"):
        run.export("onnx")


def test_answers_that_are_not_finite(run: catnet.Run, command: Command, tmp_path: Path) -> None:
    """Without a warning of NumPy's beside the message."""
    checkpoint = load(run.model_path)
    for values in checkpoint.model.parameters.values():
        values *= np.float32(1e38)
    save(tmp_path / "huge.safetensors", checkpoint)
    done = command("export", tmp_path / "huge.safetensors", "--format", "onnx", "--output", tmp_path / "huge.onnx")
    assert done.code == OutputError.exit_code
    assert done.err.splitlines()[1:] == [
        f"{tmp_path}/huge.safetensors: its answers are not finite: its weights are too large"
    ]


def test_a_form_is_known_by_its_mark(tmp_path: Path) -> None:
    path = tmp_path / "predict.py"
    path.write_text("import numpy\n")
    assert not exporting.is_own(path, "python")
    assert not exporting.is_own(tmp_path / "none.py", "python")
