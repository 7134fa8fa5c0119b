"""An ONNX file answers as catnet does, for every goal, in onnxruntime and in onnx's own evaluator."""

import hashlib
import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catnet import __version__
from catnet.engine.activations import ACTIVATIONS
from catnet.engine.colors import CHANNELS
from catnet.engine.inputs import Scaling
from catnet.engine.network import Network
from catnet.errors import OutputError
from catnet.export.exported import Exported, difference
from catnet.model import IDENTITY, Model
from catnet.question import Column, Question

onnx = pytest.importorskip("onnx", reason="onnx is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

from catnet.export.onnx import IR_VERSION, OPSET, batch_of, make  # noqa: E402

QUESTIONS = {
    "1.0": Question("1.0", ("cat",), "not cat"),
    "2.0": Question("2.0", ("cat", "dog"), None),
    "3.0": Question("3.0", ("cat", "dog", "eel"), None),
    "regression": Question("regression", target="age"),
}
OUTPUTS = {"1.0": "sigmoid", "2.0": "sigmoid", "3.0": "softmax", "regression": "linear"}
TABLE = replace(
    QUESTIONS["1.0"],
    features=("rooms", "year", "kind"),
    encoded=(Column("rooms", fill=3.5, has_missing=True), Column("kind", ("flat", "house"))),
)


def a_model(goal: str, hidden: tuple[str, ...] = (), n: int = 0, dtype: Any = np.float32, **facts: Any) -> Model:
    """A model with weights at random, for pictures of 6 x 4 unless it has `n` inputs."""
    random = np.random.default_rng(1)
    question = facts.pop("question", QUESTIONS[goal])
    output = facts.pop("output", OUTPUTS[goal])
    size = (6, 4) if n == 0 else None
    n = n or 24 * CHANNELS[facts.get("colors", "rgb")]
    sizes = (n, *(5 + place for place in range(len(hidden))), question.outputs)
    loss = "squared" if goal == "regression" else "cross_entropy"
    network = Network(sizes, (*hidden, output), loss)
    parameters = {
        name: random.normal(0, 1 / np.sqrt(shape[1]), shape).astype(dtype) for name, shape in network.shapes.items()
    }
    scaling = facts.pop("scaling", Scaling(0.0, 1 / 255))
    constant = np.full((question.outputs, 1), 0.5)
    return Model(network, parameters, question, scaling, constant, image_size=size, **facts)


def exported(model: Model) -> Exported:
    """The model as if this file held it: of the file, only its name and its hash are asked for."""
    return Exported(Path(__file__), model)


def answers(content: bytes, rows: np.ndarray, model: Model) -> np.ndarray:
    """y^ (k, m) of onnxruntime."""
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    found = session.run(None, {given.name: rows if model.image_size is None else batch_of(model, rows)})[0]
    return np.asarray(found).T


def agrees(model: Model, rows: np.ndarray) -> None:
    content = make(exported(model)).content
    assert difference(answers(content, rows, model), model.predict(rows)) < 1e-6
    file = onnx.load_from_string(content)
    assert (file.opset_import[0].version, file.ir_version) == (OPSET, IR_VERSION) == (17, 8)


def pictures(model: Model, count: int = 9) -> np.ndarray:
    assert model.decoded_size is not None
    n = model.decoded_size[0] * model.decoded_size[1] * CHANNELS[model.colors]
    return np.random.default_rng(2).integers(0, 256, (count, n), dtype=np.uint8)


@pytest.mark.parametrize(
    ("box_average", "views", "colors"), [(1, "none", "rgb"), (3, "flip", "rgb"), (4, "flip", "grey")]
)
@pytest.mark.parametrize("goal", QUESTIONS)
def test_pictures(goal: str, box_average: int, views: str, colors: str) -> None:
    n = 24 * CHANNELS[colors]
    per_input = Scaling(np.linspace(90, 140, n), np.linspace(0.01, 0.02, n))
    for hidden, scaling in product(((), ("relu", "tanh")), (Scaling(0.0, 1 / 255), Scaling(127.5, 0.01), per_input)):
        model = a_model(goal, hidden, box_average=box_average, views=views, colors=colors, scaling=scaling)
        agrees(model, pictures(model))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations(activation: str, dtype: Any) -> None:
    model = a_model("3.0", (activation, activation), dtype=dtype)
    agrees(model, pictures(model))


@pytest.mark.parametrize("views", ["none", "flip"])
@pytest.mark.parametrize("output", ["linear", "relu"])
def test_a_number_is_in_its_unit(output: str, views: str) -> None:
    for target_scaling in (IDENTITY, Scaling(40.0, 0.05)):
        model = a_model("regression", ("relu",), output=output, views=views, target_scaling=target_scaling)
        agrees(model, pictures(model))


def test_tables() -> None:
    """Years are close together and large: in float32 they would differ by their last digits."""
    scaling = Scaling(np.array([3.5, 0.1, 1.95e6, 0.5, 0.5]), np.array([0.5, 1, 2.0, 1, 1]))
    model = a_model("1.0", ("tanh",), n=5, question=TABLE, scaling=scaling)
    random = np.random.default_rng(3)
    rows = np.column_stack([random.normal(3, 1, 9), np.zeros(9), 1.95e6 + random.normal(size=9), np.eye(2)[[0] * 9]])
    agrees(model, rows)
    metadata = props(make(exported(model)).content)
    assert json.loads(metadata["inputs"]) == ["rooms", "rooms is missing", "year", "kind = flat", "kind = house"]
    assert json.loads(metadata["encoded"])[1]["categories"] == ["flat", "house"]


def props(content: bytes) -> dict[str, str]:
    return {each.key: each.value for each in onnx.load_from_string(content).metadata_props}


def test_the_metadata() -> None:
    model = a_model("2.0", thresholds=(0.25, 0.75), views="flip", box_average=2)
    metadata = props(make(exported(model)).content)
    assert json.loads(metadata["classes"]) == ["cat", "dog"]
    assert json.loads(metadata["thresholds"]) == [0.25, 0.75]
    assert json.loads(metadata["image_size"]) == [6, 4]
    assert (metadata["catnet"], metadata["goal"], metadata["views"], metadata["box_average"]) == (
        __version__,
        "2.0",
        "flip",
        "2",
    )
    assert "bytes from 0 to 255" in metadata["scaling"]


def test_few_nodes() -> None:
    operators = [node.op_type for node in onnx.load_from_string(make(exported(a_model("1.0"))).content).graph.node]
    assert operators == ["Cast", "Reshape", "Gemm", "Sigmoid"]


def test_equal_models_are_equal_files() -> None:
    assert make(exported(a_model("1.0"))).content == make(exported(a_model("1.0"))).content


def test_what_answers_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    otherwise = exported(a_model("1.0"))
    otherwise.__dict__["answers"] = otherwise.model.predict(otherwise.rows) + 2e-5
    with pytest.raises(OutputError, match=r"differ from catnet's by 2\.0e-05"):
        make(otherwise)


def test_a_stray_byte_in_a_name_is_an_escape(tmp_path: Path) -> None:
    path = tmp_path / "a\udcff.safetensors"
    path.write_bytes(b"")
    metadata = props(make(Exported(path, a_model("1.0"))).content)
    assert metadata["name"] == "a\\udcff"
    assert metadata["sha256"] == hashlib.sha256().hexdigest()
