"""docs/MODEL_FILE.md: its lines predict without catnet what catnet predicts; what it says about the file is true."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open

import catnet
from catnet.data.pixels import DECODING_REVISION
from catnet.runs.checkpoints import load, save
from catnet.training.loop import train
from catnet.training.resume import resume

DOCUMENT = (Path(__file__).parents[1] / "docs" / "MODEL_FILE.md").read_text(encoding="utf-8")
(LINES,) = re.findall(r"^```python\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
NETWORKS: dict[str, dict[str, Any]] = {
    "1.0": {"hidden_layers": []},
    "2.0": {"hidden_layers": [5], "activation": "tanh"},
    "3.0": {"hidden_layers": [6, 4], "activation": ["leaky_relu", "sigmoid"]},
    "regression": {"hidden_layers": [5], "activation": "relu"},
}


@pytest.fixture
def labelled(animals: Path) -> Path:
    """The training pictures with columns of 0 and 1, and of ages."""
    pictures = sorted((animals / "train").rglob("*.png"))
    rows = [f"{path.relative_to(animals)},{i % 2},{i % 3 % 2},{i * 0.7}" for i, path in enumerate(pictures)]
    (animals / "metadata.csv").write_text("\n".join(["file_name,cat,dog,age", *rows]) + "\n")
    (animals / "train").rename(animals / "all")
    (animals / "metadata.csv").write_text((animals / "metadata.csv").read_text().replace("train/", "all/"))
    (animals / "val").rename(animals.parent / "val")
    return animals


def trained(
    folder: Path, goal: str, scaling: str, run_dir: Path, box_average: int = 1, views: str = "none"
) -> catnet.Run:
    classes = {"1.0": ["cat"], "2.0": ["dog", "cat"]}.get(goal)
    size = 8 // box_average
    data: dict[str, Any] = {"path": folder, "image_size": [size, size], "scaling": scaling, "classes": classes}
    data |= {"box_average": box_average}
    if goal == "regression":
        data |= {"target": "age", "target_scaling": "standard"}
    model = {**NETWORKS[goal], "views": views}
    config = {"goal": goal, "data": data, "model": model, "train": {"epochs": 3}}
    return catnet.train(config, run_dir=run_dir)


def printed(model: Path, picture: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    lines = LINES.replace("runs/animal-001/best.safetensors", str(model))
    capsys.readouterr()
    exec(lines.replace("data/animals/test/cat/000.png", str(picture)), {})
    found: dict[str, float] = eval(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("scaling", "box_average", "views"),
    [("unit", 1, "none"), ("standard", 1, "none"), ("center", 1, "none"), ("center", 4, "flip"), ("unit", 2, "none")],
)
@pytest.mark.parametrize("goal", NETWORKS)
def test_the_lines_predict_what_catnet_predicts(
    request: pytest.FixtureRequest, tmp_path: Path, goal: str, scaling: str, box_average: int, views: str
) -> None:
    folder: Path = request.getfixturevalue("animals" if goal == "3.0" else "labelled")
    capsys: pytest.CaptureFixture[str] = request.getfixturevalue("capsys")
    run = trained(folder, goal, scaling, tmp_path / "run", box_average, views)
    picture = min(folder.rglob("*.png"))
    expected = run.predict(picture)
    assert isinstance(expected, catnet.Prediction)
    found = printed(run.model_path, picture, capsys)
    if goal == "regression":
        assert found["age"] == pytest.approx(expected.value, rel=1e-5)
    else:
        assert list(found) == list(run.model.question.classes)
        assert found == pytest.approx({name: expected.probabilities[name] for name in found}, rel=1e-4)


def test_they_are_few() -> None:
    assert len([line for line in LINES.splitlines() if line and "import" not in line]) <= 15


def test_the_tables_name_what_is_there(animals: Path, tmp_path: Path) -> None:
    run = trained(animals, "3.0", "unit", tmp_path / "run", box_average=2, views="flip")
    with safe_open(run.path / "checkpoints" / "epoch-000003.safetensors", framework="numpy") as file:
        text, sha256 = (file.metadata()[name] for name in ("catnet", "sha256"))
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    keys = {
        key for row in re.findall(r"^\| (`[a-z_`, ]+`) \|", DOCUMENT, re.MULTILINE) for key in re.findall(r"\w+", row)
    }
    assert set(json.loads(text)) <= keys
    for name in tensors:
        kind = re.sub(r"^([Wb])\d+$", r"\g<1>1", name.split(".")[0] + ".*" if name.split(".")[0] in PREFIXES else name)
        assert f"`{kind}`" in DOCUMENT, name
    sha = hashlib.sha256(text.encode())
    for name, values in sorted(tensors.items()):
        sha.update(f"\n{name} {values.dtype} {values.shape}\n".encode())
        sha.update(values.tobytes())
    assert sha.hexdigest() == sha256


PREFIXES = ("state", "history", "best")


def test_a_model_of_the_first_decoding_loads_with_a_note(
    animals: Path, tmp_path: Path, command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained(animals, "3.0", "unit", tmp_path / "run")
    assert run.model.decoding == DECODING_REVISION
    assert run.model.notes == []
    real = json.dumps
    monkeypatch.setattr(
        "catnet.runs.checkpoints.json.dumps", lambda facts: real({k: v for k, v in facts.items() if k != "decoding"})
    )
    old = tmp_path / "old.safetensors"
    save(old, load(run.model_path))
    monkeypatch.undo()
    again = catnet.load(old)
    assert again.model.decoding == 1
    (note,) = again.model.notes
    assert "an earlier version of catnet" in note
    picture = animals / "val" / "cat" / "0.png"
    assert again.predict(picture) == run.predict(picture)
    assert f"note: {note}" in command("predict", picture, "--model", old).err
    assert "note: " not in command("predict", picture, "--model", run.path).err


def test_a_resumed_training_has_learned_from_the_pictures_as_they_are_decoded_now(
    animals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained(animals, "3.0", "unit", tmp_path / "run")
    for path in [run.model_path, *(run.path / "checkpoints").iterdir()]:
        checkpoint = load(path)
        save(path, replace(checkpoint, model=replace(checkpoint.model, decoding=1)))
    assert len(catnet.load(run.path).model.notes) == 1
    session = resume(run.path, {"train.epochs": 200}, allow_changes=True)
    for _ in train(session):
        pass
    session.run.close()
    assert catnet.load(max((run.path / "checkpoints").iterdir())).model.notes == []


def test_a_table_has_no_decoding(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{i},{2 * i}\n" for i in range(20)))
    config = {"goal": "regression", "data": {"path": tmp_path / "t.csv", "target": "y"}, "train": {"epochs": 1}}
    run = catnet.train(config, run_dir=tmp_path / "run")
    with safe_open(run.model_path, framework="numpy") as file:
        assert json.loads(file.metadata()["catnet"])["decoding"] is None
    assert run.model.notes == []


def test_a_picture_has_the_shape_that_is_said() -> None:
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    assert np.asarray(Image.fromarray(pixels)).reshape(-1).tolist() == list(range(18))
