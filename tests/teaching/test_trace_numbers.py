"""The numbers of a trace: each follows from the numbers of its line, and is the engine's to the last printed digit."""

import csv
import re
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from parsed_trace import checks, logical_lines, unit, values, without_remark
from PIL import Image

import catnet
from catnet.engine.direct import Direct
from catnet.engine.inputs import Inputs
from catnet.engine.schedules import Schedule
from catnet.engine.task import Task
from catnet.teaching.trace import Trace
from catnet.teaching.tracing.chosen import Chosen
from catnet.teaching.tracing.traced import Traced

RUNS: dict[str, dict[str, Any]] = {
    "unit": {},
    "deep": {"model": {"hidden_layers": [5, 4]}, "data": {"scaling": "center"}},
    "standard": {"model": {"hidden_layers": [2], "activation": "tanh"}, "data": {"scaling": "standard"}},
    "none": {"model": {"hidden_layers": [4], "activation": "sigmoid"}, "data": {"scaling": "none"}},
    "whiten": {"data": {"scaling": "whiten", "components": 5}, "train": {"augment": "standard"}},
    "float64": {"model": {"hidden_layers": [4], "activation": "leaky_relu"}, "train": {"precision": "float64"}},
    "views": {"model": {"views": "flip"}, "data": {"box_average": 2, "colors": "grey"}},
    "weights": {"train": {"class_weights": "balanced", "optimizer": "adam"}, "model": {"hidden_layers": [2]}},
    "smoothed": {"train": {"label_smoothing": 0.1, "weight_decay": 0.1}},
    "softmax": {"goal": "3.0", "model": {"hidden_layers": [6], "activation": "linear"}},
    "softmax weights": {"goal": "3.0", "train": {"label_smoothing": 0.1, "class_weights": "balanced"}},
    "softmax 64": {"goal": "3.0", "train": {"precision": "float64", "learning_rate": 9.0}},
    "relu deep": {"model": {"hidden_layers": [6, 4], "initialization": "he"}, "train": {"learning_rate": 0.2}},
    "leaky": {"model": {"hidden_layers": [7, 6, 5], "activation": "leaky_relu"}},
    "sure": {"data": {"scaling": "standard"}, "train": {"epochs": 40, "learning_rate": 3.0}},
    "too sure": {"data": {"scaling": "none"}, "train": {"learning_rate": 9.0}},
    "huge": {"goal": "3.0", "data": {"scaling": "none"}, "model": {"hidden_layers": [8]}},
    "softmax sure": {"goal": "3.0", "model": {"hidden_layers": [32]}, "train": {"epochs": 60, "learning_rate": 0.3}},
    "labels sure": {"goal": "2.0", "data": {"scaling": "standard"}, "train": {"epochs": 60, "learning_rate": 3.0}},
    "labels": {"goal": "2.0", "model": {"hidden_layers": [4]}, "train": {"class_weights": "balanced"}},
    "labels smoothed": {"goal": "2.0", "train": {"label_smoothing": 0.2, "epochs": 200, "learning_rate": 3.0}},
}
TABLES: dict[str, dict[str, Any]] = {
    "squared": {"data": {"target_scaling": "standard"}, "model": {"hidden_layers": [3], "activation": "tanh"}},
    "absolute": {"data": {"target_scaling": "none"}, "model": {"loss": "absolute"}},
    "huber": {"model": {"loss": "huber", "huber_delta": 0.5, "hidden_layers": [3]}},
    "relu": {"model": {"output_activation": "relu"}, "data": {"target_scaling": "standard", "scaling": "none"}},
    "large": {"data": {"target": "won", "scaling": "none", "target_scaling": "none"}, "train": {"learning_rate": 1e-6}},
    "large scaled": {"data": {"target": "won", "target_scaling": "standard"}, "model": {"hidden_layers": [4]}},
    "one input": {"data": {"ignore": ["b", "word", "kind", "won"], "scaling": "none"}},
    "word": {"goal": "1.0", "data": {"target": "kind", "classes": ["big"]}},
}
LONG = re.compile(r"\d+\.\d{4,}(?:e-\d+)?")  # numbers with so many decimals that they are no counts


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of 8 x 8 in five class folders, the same with columns of labels, and a table with texts."""
    folder, random = tmp_path_factory.mktemp("traced"), np.random.default_rng(0)
    names = ("cat", "dog", "eel", "fox", "gnu")
    for split, counts in {"train": (6, 4, 3, 3, 3), "test": (1, 1, 1, 1, 1)}.items():
        (folder / "columns" / split).mkdir(parents=True)
        rows = []
        for place, (name, count) in enumerate(zip(names, counts, strict=True)):
            (folder / "classes" / split / name).mkdir(parents=True)
            for i in range(count):
                pixels = random.integers(0, 120, (8, 8, 3), dtype=np.uint8)
                pixels[place : place + 3] += 90
                picture = Image.fromarray(pixels)
                picture.save(folder / "classes" / split / name / f"{i}.png")
                picture.save(folder / "columns" / split / f"{name}{i}.png")
                rows.append([f"{name}{i}.png", *(int(place == k or i == k) for k in range(5))])
        with (folder / "columns" / split / "metadata.csv").open("w", newline="") as file:
            csv.writer(file).writerows([["file_name", *names], *rows])
    with (folder / "t.csv").open("w", newline="") as file:
        table = [
            [f"{a:.3f}", f"{b:.2f}", word, f"{9 + a - b / 90:.3f}", f"{3e8 + 4e7 * a:.0f}", "big" if a > 5 else "small"]
            for (a, b), word in zip(random.uniform(0, (9, 400), (24, 2)), "xyz" * 8, strict=True)
        ]
        csv.writer(file).writerows([["a", "b", "word", "price", "won", "kind"], *table])
    return folder


def trained(folder: Path, name: str) -> catnet.Run:
    """The run of that name."""
    case = {**RUNS, **TABLES}[name]
    goal = case.get("goal", "1.0" if name in RUNS else "regression")
    data: dict[str, Any] = {"validation_fraction": 0.0}
    if name in RUNS:
        data |= {"path": folder / ("columns" if goal == "2.0" else "classes"), "image_size": [8, 8]}
        data |= {"classes": ["cat"]} if goal == "1.0" else {}
    else:
        data |= {"path": folder / "t.csv", "target": "price"}
        target = case.get("data", {}).get("target", "price")
        data |= {"ignore": [name for name in ("price", "won", "kind") if name != target]}
    model = {"initialization": "xavier", **case.get("model", {})}
    train = {"epochs": 3, "learning_rate": 0.05, "keep": "last", "schedule": "cosine", **case.get("train", {})}
    config = {"goal": goal, "data": {**data, **case.get("data", {})}, "model": model, "train": train}
    return catnet.train(config, run_dir=folder / "runs" / name)


@pytest.fixture(scope="module")
def traces(folder: Path) -> dict[str, Trace]:
    """A trace of every run, by its name."""
    found = {}
    for name in (*RUNS, *TABLES):
        run = trained(folder, name)
        if name in TABLES:
            row = {"a": 7.5, "b": 333.25, "word": "y"}
            label = "big" if name == "word" else "412345678.5" if name.startswith("large") else "11.5"
            found[name] = run.trace(row, [label], batch=3)
        else:
            picture = "test/fox0.png" if run.model.question.goal == "2.0" else "test/cat/0.png"
            where = folder / ("columns" if run.model.question.goal == "2.0" else "classes")
            found[name] = run.trace(where / picture, batch=6)
    return found


@pytest.mark.parametrize("name", [*RUNS, *TABLES])
def test_every_line_follows_from_its_own_numbers(traces: dict[str, Trace], name: str) -> None:
    text = str(traces[name])
    found = checks(text)
    assert [each for each in found if each.is_wrong] == []
    assert len(found) > 20
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("name", [*RUNS, *TABLES])
def test_every_line_is_made_of_numbers_above_it(traces: dict[str, Trace], name: str) -> None:
    trace = traces[name]
    model = trace.numbers.model
    numbers = [*model.parameters.values()]
    for scaling in (model.scaling, model.target_scaling):
        numbers += [np.asarray(scaling.shift), 1 / np.asarray(scaling.scale)]
    numbers += [of.weights for of in (trace.numbers, trace.batch) if of is not None and of.weights is not None]
    given = np.abs(np.concatenate([np.ravel(array).astype(np.float64) for array in numbers]))
    above: set[str] = set()
    trained = {0.9, 0.1, 0.92, 0.02}  # labels that are smoothed
    unknown = []
    for line in logical_lines(str(trace)):
        *sides, result = without_remark(line).split(" = ")
        made, of_line = {number for side in sides for number in LONG.findall(side)}, LONG.findall(result)
        unknown += [
            (each, line)
            for each in made - above - set(of_line)
            if float(each) not in trained and not (np.abs(given - float(each)) <= max(unit(each), 1e-9)).any()
        ]
        above |= {*made, *of_line, *LONG.findall(line)}
    assert unknown == []


def engine(trace: Trace, of: Traced, labels: np.ndarray) -> dict[str, np.ndarray]:
    """The parameters; W and b after an update by the direct solver, and dW and db by one with learning rate 1."""
    model, rate = of.model, of.learning_rate
    assert rate is not None
    found: dict[str, np.ndarray] = dict(model.parameters)
    for alpha, mark in ((rate, " after"), (1.0, " d")):
        inputs = Inputs(of.rows, model.scaling, of.X.dtype.type)
        Y = trace.run.labels(labels)
        direct = Direct(Task(model.network, model.parameters, inputs, Y, Schedule(alpha, 1), weights=of.weights))
        J = direct.run(1, 1)[0]
        for key, P in direct.snapshot().items():
            found[f"{key}{mark}"] = P if alpha == rate else model.parameters[key].astype(np.float64) - P
        if alpha == rate:
            found |= {"Z after": direct.outputs(inputs), "J": np.array(J)}
    return found


def agree(printed: str, value: float, slack: float = 0.0) -> bool:
    """Whether a printed number is the value, rounded."""
    return abs(float(printed) - value) <= unit(printed) * 1.001 + slack


def place(name: str) -> tuple[int, ...]:
    """The indices in a name, `W[1]_3,12`, from 0; those of the only element if there are none."""
    inner = re.search(r"_(\d+)(?:,(\d+))?$", name.removesuffix(" after"))
    return (0, 0) if inner is None else (int(inner[1]) - 1, int(inner[2] or 1) - 1)


@pytest.mark.parametrize("name", [*RUNS, *TABLES])
def test_every_number_is_the_engines(traces: dict[str, Trace], name: str) -> None:
    trace = traces[name]
    assert trace.label is not None and trace.batch is not None and trace.labels is not None
    of, model, rows = trace.numbers, trace.numbers.model, trace.row[None]
    alone, batch = str(trace).split("== A batch")
    known = engine(trace, of, trace.label.Y)
    single, checked = of.X.dtype == np.float32, 0
    known |= {"Z": model.logits(rows), "y^": model.predict(rows), "x": model.scaling.apply(of.rows).T}
    for text, engines in ((alone, known), (batch, engine(trace, trace.batch, trace.labels))):
        for label, printed in values(text).items():
            found = re.fullmatch(r"(d?)([WbZ]|x|y\^|J)(?:\[(\d+)\])?(_[\d,]+)?( after)?", label)
            if found is None:
                continue
            d, letter, layer, _, after = found.groups()
            if letter == "Z":
                key = f"Z{after or ''}" if layer == str(model.network.depth) and not d else ""
            else:
                key = f"{letter}{layer or ''}{' d' if d else after or ''}"
            if key not in engines:
                continue
            value = float(np.atleast_2d(engines[key])[place(label)])
            slack = 1e-15
            if single:
                size = np.abs(engines[f"{letter}{layer}"]).max() if d else 0
                slack = 2e-7 * (size + np.abs(engines[key]).max()) if d or letter in "xZJ" else 1e-15
                slack *= 10 if letter == "Z" else 2
                slack += 6e-8 if letter == "y^" else 0  # predict goes on in float64
            assert agree(printed, value, float(slack)), (label, printed, value)
            checked += 1
    assert checked > 12


def test_results_have_all_the_digits_that_they_can(traces: dict[str, Trace]) -> None:
    found = [each for trace in traces.values() for each in checks(str(trace)) if each.step and each.printed]
    significant = np.log10([abs(each.printed) / each.step for each in found])
    assert (significant > 5).mean() > 0.7 and (significant > 3).mean() > 0.95
    assert "-log(1)" not in "".join(map(str, traces.values()))


def test_a_sure_answer_is_known_by_what_it_lacks(traces: dict[str, Trace]) -> None:
    assert re.search(r"= -log\(1 - \d\.\d+e-\d\d\) = \d\.\d+e-\d\d ", "".join(map(str, traces.values())))


@pytest.mark.parametrize("name", ["unit", "deep", "softmax"])
def test_the_place_of_an_input_is_that_of_its_byte(traces: dict[str, Trace], name: str) -> None:
    picture = traces[name].row.reshape(8, 8, 3)
    lines = re.findall(r"x_(\d+) = \(?(\d+) .*\(row (\d+), column (\d+), (\w+)\)", str(traces[name]))
    assert len(lines) >= 4
    for j, byte, row, column, colour in lines:
        at = int(row) - 1, int(column) - 1, ("red", "green", "blue").index(colour)
        assert picture[at] == int(byte)
        assert np.ravel_multi_index(at, picture.shape) == int(j) - 1


@pytest.mark.parametrize("name", ["deep", "standard"])
def test_an_input_near_its_mean_has_fewer_digits(traces: dict[str, Trace], name: str) -> None:
    chosen, scaling = Chosen(traces[name].numbers), traces[name].numbers.model.scaling
    shift, scale = (np.broadcast_to(each, chosen.traced.X.shape[0]) for each in (scaling.shift, scaling.scale))
    for j, r in enumerate(chosen.traced.rows[0]):
        computed = (float(r) - float(f"{shift[j]:.10g}")) / float(f"{1 / scale[j]:.10g}")
        assert abs(float(chosen.a(0, j)) - computed) <= 4 * unit(chosen.a(0, j))


def table(text: str, corner: str) -> np.ndarray:
    """The numbers of the table with that corner."""
    lines = text[text.index(f"    {corner}  ") :].splitlines()[1:]
    rows = takewhile(lambda line: re.match(r"    \S.*\d  +-?\d", line), lines)
    return np.array([[float(cell) for cell in re.split(r"  +", row.strip())[1:]] for row in rows])


@pytest.mark.parametrize("name", ["unit", "deep", "softmax", "squared"])
def test_the_bias_is_broadcast(traces: dict[str, Trace], name: str) -> None:
    text = str(traces[name]).split("== A batch")[1]
    product, Z = table(text, "W[1] X"), table(text, "Z[1]")
    drawn = re.findall(r"\[([^\]]*)\] (?:\+| ) \[([^\]]*)\] (?:->|  ) \[([^\]]*)\]", text)
    b = np.array([[float(column)] for _, column, _ in drawn])
    assert len(product) == len(drawn) > 0 and product.shape[1] == min(4, traces[name].batch.m)  # type: ignore[union-attr]
    for row, (left, column, right) in zip(product, drawn, strict=True):
        assert left.removesuffix(" ...").split() == [f"{value:.{len(column.split('.')[1])}f}" for value in row[:2]]
        assert set(right.removesuffix(" ...").split()) == {column.strip()}
    np.testing.assert_allclose(product + b, Z, atol=1.5e-6)


def test_class_weights_and_smoothing_are_those_of_the_training(traces: dict[str, Trace]) -> None:
    # of the 19 training pictures 6 are cats: the balanced weight of one is 19 / (2 * 6), and 19 / (5 * 6) for softmax
    assert "-1.583333 * log(" in str(traces["weights"])
    assert "-0.6333333 * 0.92 * log(" in str(traces["softmax weights"])
    assert "y_1 = 1 * (1 - 0.1) + 0.1 / 5 = 0.92" in str(traces["softmax weights"])
    assert "y = 1 * (1 - 0.1) + 0.1 / 2 = 0.95" in str(traces["smoothed"])


def test_what_the_training_did_otherwise_is_said(traces: dict[str, Trace]) -> None:
    said = {name: " ".join(traces[name].title) for name in ("weights", "smoothed", "whiten", "unit")}
    assert "trained with adam, whose step also depends on earlier gradients" in said["weights"]
    assert "weight decay, 0.1, is left out" in said["smoothed"]
    assert "whitened inputs" in said["whiten"] and "changed the pictures at random" in said["whiten"]
    assert not re.search("trained with|weight decay|whitened|at random", said["unit"])
    assert "y^ of predict = (" in str(traces["views"]) and "predict" not in str(traces["unit"])


def test_wrong_numbers_would_be_found(traces: dict[str, Trace]) -> None:
    trace = traces["deep"]
    assert trace.numbers.dZ is not None
    dZ = {**trace.numbers.dZ, 1: trace.numbers.dZ[1] * 1.001}
    assert [each for each in checks(str(replace(trace, numbers=replace(trace.numbers, dZ=dZ)))) if each.is_wrong]
