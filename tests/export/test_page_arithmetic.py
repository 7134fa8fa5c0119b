"""The page computes what catnet computes: its scripts under Node.js, against NumPy."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from page_scripts import as_text, in_node

from catnet.engine.activations import ACTIVATIONS
from catnet.engine.colors import CHANNELS
from catnet.engine.inputs import Scaling
from catnet.engine.network import Network
from catnet.engine.types import Array
from catnet.evaluation.explain import contributions
from catnet.evaluation.predict import in_words
from catnet.export.exported import Exported
from catnet.export.numbers import numbers_of
from catnet.model import Model
from catnet.question import Question

RANDOM = np.random.default_rng(17)
MANY = 10 if os.environ.get("CATNET_SOAK") else 1
EXAMPLES = 6 * MANY
OUTPUTS = {"1.0": 1, "2.0": 3, "3.0": 4, "regression": 1}
AGREED = 1e-9  # relative beyond 1; both compute in float64, and add in another order
IN_FLOAT32 = 2e-5


def model_of(
    goal: str,
    output: str,
    hidden: tuple[str, ...] = (),
    size: tuple[int, int] = (5, 4),
    box: int = 1,
    views: str = "none",
    colors: str = "rgb",
    by_pixel: bool = False,
    dtype: type[np.floating] = np.float32,
) -> Model:
    """A model of pictures with random numbers."""
    n, k = size[0] * size[1] * CHANNELS[colors], OUTPUTS[goal]
    loss = "squared" if goal == "regression" else "cross_entropy"
    network = Network((n, *range(7, 7 + len(hidden)), k), (*hidden, output), loss)
    classes = () if goal == "regression" else ("cat", "7", "__proto__", "<b>")[:k]
    return Model(
        network,
        {name: RANDOM.normal(size=shape, scale=0.7).astype(dtype) for name, shape in network.shapes.items()},
        Question(goal, classes, "not cat" if goal == "1.0" else None, "age" if goal == "regression" else None),
        Scaling(RANDOM.uniform(50, 200, n), RANDOM.uniform(0.01, 0.02, n)) if by_pixel else Scaling(0.0, 1 / 255),
        np.full((k, 1), 0.5),
        Scaling(2.0, 0.5) if goal == "regression" else Scaling(0.0, 1.0),
        size,
        box,
        views,
        colors,
        thresholds=(0.3,) * k if output == "sigmoid" else None,
    )


def models() -> Iterator[tuple[str, Model]]:
    """Each goal, activation, scaling, view, size of boxes and colour."""
    for hidden in ACTIVATIONS:
        yield f"hidden {hidden}", model_of("3.0", "softmax", (hidden, hidden), by_pixel=True)
    for goal, output in (("1.0", "sigmoid"), ("2.0", "sigmoid"), ("regression", "linear"), ("regression", "relu")):
        for views in ("none", "flip"):
            yield f"{goal} {output} {views}", model_of(goal, output, ("relu",), views=views, by_pixel=views == "flip")
    yield "linear", model_of("1.0", "sigmoid")
    yield "whitened", model_of("3.0", "softmax", ("relu", "tanh"), (4, 3), 4, "flip", by_pixel=True)
    yield "grey", model_of("2.0", "sigmoid", ("relu",), (3, 6), 3, "flip", "grey", True)
    yield "float64", model_of("1.0", "sigmoid", ("tanh",), box=2, dtype=np.float64)


MODELS = dict(models())
ROWS = {
    name: RANDOM.integers(0, 256, (EXAMPLES, model.network.sizes[0] * model.box_average**2), dtype=np.uint8)
    for name, model in MODELS.items()
}
OFF = ("1:2", "2:3", "1:5", "1:0", "2:0", "3:0")  # those of the output layer stay on


def for_page(name: str, rows: Array, model: Model, off: tuple[str, ...] = ()) -> dict[str, Any]:
    facts = Exported(Path(__file__), model).facts
    texts = [as_text(row) for row in rows]
    return {"name": name, "facts": facts, "numbers": numbers_of(model), "rows": texts, "off": off}


ANSWERS = """given.map(({ facts, numbers, rows, off }) => {
  const model = modelOf(facts, numbers);
  return rows.map((text, place) => {
    const row = averaged(model, fromBase64(text));
    const { yHat, passes } = answer(model, row, new Set(off));
    const asked = place % yHat.length;
    return { yHat: [...yHat], asked, words: inWords(model, yHat),
      contributions: [...contributions(model, row, asked, new Set(off))],
      views: passes.length, layers: passes[0].A.length };
  });
})"""


@pytest.fixture(scope="module")
def answers() -> dict[str, list[dict[str, Any]]]:
    """What the page answers about the rows with each model, and with some neurons off."""
    given = [for_page(name, ROWS[name], model, off) for name, model in MODELS.items() for off in ((), OFF)]
    found = in_node(ANSWERS, given)
    return {each["name"] + " off" * bool(each["off"]): of for each, of in zip(given, found, strict=True)}


def in_float64(model: Model) -> Model:
    return replace(model, parameters={name: values.astype(np.float64) for name, values in model.parameters.items()})


def without(model: Model, off: tuple[str, ...]) -> Model:
    """The model with those hidden neurons off: nothing is made of what they say."""
    parameters = {name: values.copy() for name, values in model.parameters.items()}
    for layer, neuron in (map(int, place.split(":")) for place in off):
        if layer < model.network.depth:
            parameters[f"W{layer + 1}"][:, neuron] = 0
    return replace(model, parameters=parameters)


def far(found: Array, wanted: Array) -> float:
    """The largest difference, relative beyond 1."""
    return float((np.abs(found - wanted) / np.maximum(1, np.abs(wanted))).max())


@pytest.mark.parametrize("off", [(), OFF], ids=["all on", "some off"])
@pytest.mark.parametrize("name", MODELS)
def test_answers_are_those_of_catnet(name: str, off: tuple[str, ...], answers: dict[str, Any]) -> None:
    of_page, model = answers[name + " off" * bool(off)], without(MODELS[name], off)
    found = np.array([each["yHat"] for each in of_page]).T
    assert found.shape == (model.network.sizes[-1], EXAMPLES)
    assert far(found, in_float64(model).predict(ROWS[name])) < AGREED
    assert far(found, model.predict(ROWS[name])) < IN_FLOAT32


@pytest.mark.parametrize("off", [(), OFF], ids=["all on", "some off"])
@pytest.mark.parametrize("name", MODELS)
def test_contributions_are_those_of_catnet(name: str, off: tuple[str, ...], answers: dict[str, Any]) -> None:
    of_page, model = answers[name + " off" * bool(off)], in_float64(without(MODELS[name], off))
    found = np.array([each["contributions"] for each in of_page])
    wanted = contributions(model, ROWS[name], np.array([each["asked"] for each in of_page]))
    assert np.abs(wanted).max() > 0.01
    assert far(found, wanted) < AGREED


@pytest.mark.parametrize("name", MODELS)
def test_neurons_that_are_off_change_the_answers(name: str, answers: dict[str, Any]) -> None:
    differ = [one["yHat"] != other["yHat"] for one, other in zip(answers[name], answers[f"{name} off"], strict=True)]
    assert any(differ) == (MODELS[name].network.depth > 1)


@pytest.mark.parametrize("name", MODELS)
def test_there_is_a_forward_pass_of_each_view_and_all_its_layers(name: str, answers: dict[str, Any]) -> None:
    model = MODELS[name]
    assert {each["views"] for each in answers[name]} == {1 if model.views == "none" else 2}
    assert {each["layers"] for each in answers[name]} == {model.network.depth + 1}


@pytest.mark.parametrize("name", MODELS)
def test_words_are_those_of_predict(name: str, answers: dict[str, Any]) -> None:
    model = MODELS[name]
    thresholds = model.decision_thresholds[:, 0].tolist()
    for each in answers[name]:
        wanted = in_words(model.question, "", each["yHat"], thresholds)
        assert each["words"]["answer"] == wanted.answer
        assert [tuple(pair) for pair in each["words"]["probabilities"]] == list(wanted.probabilities.items())
        assert each["words"]["value"] == wanted.value


@pytest.mark.parametrize(
    ("goal", "yHat"),
    [("1.0", [0.5]), ("1.0", [0.3]), ("2.0", [0.3, 0.4, 0.4]), ("2.0", [0.1, 0.2, 0.3]), ("3.0", [0.25] * 4)],
)
def test_words_of_equal_probabilities_and_of_those_at_a_threshold(goal: str, yHat: list[float]) -> None:
    model = model_of(goal, "softmax" if goal == "3.0" else "sigmoid")
    found = in_node(
        "inWords(given.facts, given.yHat)",
        {"facts": Exported(Path(__file__), model).facts, "yHat": yHat},
    )
    wanted = in_words(model.question, "", yHat, model.decision_thresholds[:, 0].tolist())
    assert found == {
        "probabilities": [*map(list, wanted.probabilities.items())],
        "answer": wanted.answer,
        "value": None,
    }


def test_numbers_that_no_exponential_holds() -> None:
    found = in_node("[[...softmax([1000, 0, -1000])], [...ACTIVATIONS.sigmoid.g([-1000, 1000])]]")
    assert found == [[1, 0, 0], [0, 1]]


def test_a_row_of_another_length_is_refused() -> None:
    given = for_page("", ROWS["linear"][:1, :-1], MODELS["linear"])
    said = in_node(
        "(() => { try { answer(modelOf(given.facts, given.numbers), fromBase64(given.rows[0])) }"
        " catch (error) { return error.message } })()",
        given,
    )
    assert said == "a row has 59 numbers, the network takes 60"


def test_halved_weights_are_those_of_float16_at_any_scale() -> None:
    model = MODELS["hidden relu"]
    for scale in (1e-7, 1.0, 1e6):
        parameters = {name: values * np.float32(scale) for name, values in model.parameters.items()}
        parameters["W1"][0, :3] = 0, parameters["W1"].max() * 1e-5, -parameters["W1"].max() * 1e-9
        numbers = numbers_of(replace(model, parameters=parameters), float16=True)
        found = in_node("['W1', 'W2', 'b1'].map((name) => [...numbersIn(given[name])])", numbers)
        for name, values in zip(("W1", "W2", "b1"), found, strict=True):
            wanted = parameters[name].astype(np.float64).ravel()
            assert np.abs(np.array(values) - wanted).max() <= 2**-11 * np.abs(wanted).max()
            of_size = np.abs(wanted) > 1e-3 * np.abs(wanted).max()
            assert (np.abs(np.array(values) - wanted) <= 2**-11 * np.abs(wanted))[of_size].all()
        assert found[2] == parameters["b1"].ravel().tolist()


def test_every_number_of_float16_is_read() -> None:
    bits = np.arange(1 << 16, dtype=np.uint16)
    finite = bits[np.isfinite(bits.view(np.float16))]
    found = in_node("given.map(fromFloat16)", finite.tolist())
    assert found == finite.view(np.float16).astype(np.float64).tolist()
