"""The figures say what is true: tied scores, lone points, equal axes, whole ticks, few examples, dead neurons."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from noisy import draw
from safetensors.numpy import save_file

from catnet.engine.initialization import initial_parameters
from catnet.report import svg
from catnet.report.facts import gather
from catnet.report.figures import answer_figures
from catnet.report.neurons import exciting, neurons, weight_pictures
from catnet.report.page import render

Train = Callable[..., Path]


def lines_in(drawn: str, colour: str = svg.COLOURS[0]) -> list[list[tuple[float, float]]]:
    """The corners of each line of a colour, as drawn."""
    paths = re.findall(r'<path d="([^"]*)"[^>]*style="fill: none; stroke: ' + colour, drawn)
    return [[(float(x), float(y)) for x, y in re.findall(r"[ML] ([\d.]+) ([\d.]+)", path)] for path in paths]


def markers_in(drawn: str) -> int:
    """How many markers of the first colour there are."""
    return len(re.findall(r'<use [^>]*style="fill: ' + svg.COLOURS[0], drawn))


def ticks(drawn: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*\d[^<]*)</text>", drawn)


def test_tied_scores_make_a_straight_segment_of_roc() -> None:
    drawn = svg.roc([(np.array([0.0, 1.0]), np.array([0.0, 1.0]))])
    (line,) = lines_in(drawn)
    assert len(line) == 2
    assert line[0][0] < line[1][0]
    assert line[0][1] > line[1][1]  # y grows downwards


def test_a_lone_point_of_precision_and_recall_is_drawn() -> None:
    drawn = svg.precision_recall([(np.array([1.0]), np.array([0.25]))])
    assert markers_in(drawn) == 1
    (line,) = lines_in(drawn)  # the step whose area is the average precision
    assert line[0][1] == line[-1][1]


def test_precision_is_that_of_the_right_end_of_a_step() -> None:
    drawn = svg.precision_recall([(np.array([0.5, 1.0]), np.array([1.0, 0.5]))])
    (line,) = lines_in(drawn)
    middle = (line[0][0] + line[-1][0]) / 2
    heights = {round(x - middle): y for x, y in line}
    assert line[0][1] == min(y for _, y in line)  # precision 1 up to recall 0.5
    assert line[-1][1] == max(y for _, y in line)
    assert 0 in heights


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ((0.0, 0.25, 0.5), ["0.00", "0.25", "0.50"]),
        ((1000.0, 1000.5, 1001.0), ["1000.0", "1000.5", "1001.0"]),
        ((0.0, 250000.0), ["0", "250000"]),
        ((0.999e12, 1e12, 1.001e12), ["9.99e11", "10.00e11", "10.01e11"]),
        ((-2e-6, 0.0, 2e-6), ["-2e-6", "0", "2e-6"]),
        ((), []),
    ],
)
def test_a_tick_shows_its_whole_number(values: tuple[float, ...], shown: list[str]) -> None:
    texts = svg.WholeNumbers().format_ticks(values)
    assert [float(text) for text in texts] == pytest.approx(list(values))
    if values and max(values) != 1.001e12:
        assert texts == shown


def test_no_axis_has_an_offset_or_a_factor() -> None:
    x = 1e9 + np.arange(30.0)
    drawn = svg.dots("t", "x", "y", x, x + 3, diagonal=True)
    assert all(1e9 - 10 < float(text) < 1e9 + 50 for text in ticks(drawn))


def test_predicted_against_true_has_equal_axes() -> None:
    x, y = np.linspace(0, 10, 20), np.linspace(40, 50, 20)
    drawn = svg.dots("t", "x", "y", x, y, diagonal=True)
    texts = [float(text) for text in ticks(drawn)]
    half = len(texts) // 2
    assert texts[:half] == texts[half:]
    left, bottom, right, top = map(float, re.findall(r"M ([\d.]+) ([\d.]+) \nL ([\d.]+) ([\d.]+)", lines_of(drawn))[0])
    assert right - left == pytest.approx(bottom - top, rel=1e-3)  # the diagonal has the slope 1


def lines_of(drawn: str) -> str:
    """The dotted line."""
    return re.findall(r'<path d="([^"]*)"[^>]*style="fill: none; stroke-dasharray', drawn)[0]


def test_a_split_of_one_class_has_no_roc(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 10, "b": 10}, "test": {"a": 3}}, brightness=60)
    text = "goal: 1.0\ndata: {path: data, image_size: [8, 8], classes: [a]}\ntrain: {epochs: 20}\n"
    facts = gather(train_text(tmp_path, text))
    (only,) = answer_figures(facts)
    assert "Share that is true" in only.alt
    page = render(facts)
    assert "A precision-recall and a ROC curve need pictures with a label and others without it." in page
    assert "with 3 pictures chance moves the dots far" in page


def test_precision_and_recall_are_named_by_average_precision(runs: dict[str, Path]) -> None:
    precision, roc, _ = answer_figures(gather(runs["3.0"]))
    assert all(", AP " in text for _, text in precision.legend)
    assert all(", AUC " in text for _, text in roc.legend)


def test_few_examples_have_few_bins(runs: dict[str, Path]) -> None:
    facts = gather(runs["1.0"])
    assert facts.metrics["test"]["examples"] == 27
    assert answer_figures(facts)[-1].alt.count(" true at ") <= 2


def test_neurons_that_always_answer_the_same_have_no_pictures(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 40, "b": 40}, "val": {"a": 20, "b": 20}}, brightness=60)
    random, b1, b2 = np.random.default_rng(0), np.zeros((6, 1), np.float32), np.zeros((4, 1), np.float32)
    b1[:2], b2[0] = -1000, -1000
    W2 = random.normal(size=(4, 6)).astype(np.float32)
    W2[3], b2[3] = 0, 2.5
    tensors = {
        "W1": random.normal(size=(6, 192), scale=0.1).astype(np.float32), "b1": b1, "W2": W2, "b2": b2,
        "W3": np.zeros((2, 4), np.float32), "b3": np.zeros((2, 1), np.float32),
    }  # fmt: skip
    save_file(tensors, tmp_path / "start.safetensors")
    text = "goal: 3.0\ndata: {path: data, image_size: [8, 8]}\n"
    text += "model: {hidden_layers: [6, 4], initialization: start.safetensors}\n"
    facts = gather(train_text(tmp_path, text + "train: {epochs: 1, learning_rate: 1.0e-9}\n"))
    captions = [one.caption for one in exciting(facts, (8, 8))[2]]
    assert captions[0] == "neuron 1: 0 for every training picture"
    assert captions[3] == "neuron 4: 2.5000 for every training picture"
    assert [bool(one.uri) for one in exciting(facts, (8, 8))[2]][0::3] == [False, False]
    weights, _ = weight_pictures(facts, (8, 8))
    assert [one.caption for one in weights[:3]] == [
        "neuron 1: 0 for every training picture", "neuron 2: 0 for every training picture", "neuron 3",
    ]  # fmt: skip
    page = render(facts)
    assert "neuron 1: 0 for every training picture" in page
    assert 'src=""' not in page


def test_examples_that_all_get_the_same_answer_are_not_ranked(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 40, "b": 40}, "val": {"a": 20, "b": 20}}, brightness=60)
    text = "goal: 3.0\ndata: {path: data, image_size: [8, 8]}\nmodel: {hidden_layers: [6], initialization: zeros}\n"
    page = render(gather(train_text(tmp_path, text + "train: {epochs: 2}\n")))
    assert "All pictures of the validation data get the same answer, so none stands out." in page
    assert "Most confident" not in page


def test_what_training_changed_comes_before_the_random_weights(runs: dict[str, Path]) -> None:
    page = render(gather(runs["3.0"]))
    assert 0 < page.index("What training changed in the weights") < page.index("The weights of the first layer</h3>")


def test_the_strongest_cause_comes_first(tmp_path: Path, train_text: Train) -> None:
    """The column with the smallest first weights is made the strongest cause: by their norm it would come last."""
    n, hidden = 20, 256
    start = initial_parameters((n, hidden, 1), "he", 0, np.float32)["W1"]
    last = int(np.linalg.norm(start, axis=0).argmin())
    random = np.random.default_rng(1)
    (tmp_path / "data").mkdir()
    for name, count in (("train.csv", 400), ("test.csv", 200)):
        X = random.normal(size=(count, n))
        y = 0.5 * X[:, last] + 0.1 * X[:, (last + 1) % n]
        header = ",".join([*(f"x{i}" for i in range(n)), "y"])
        np.savetxt(tmp_path / "data" / name, np.column_stack([X, y]), delimiter=",", header=header, comments="")
    text = f"goal: regression\ndata: {{path: data, target: y}}\nmodel: {{hidden_layers: [{hidden}]}}\n"
    facts = gather(train_text(tmp_path, text + "train: {epochs: 100, learning_rate: 0.01}\n"))
    assert facts.metrics["test"]["r2"] > 0.5
    assert np.linalg.norm(facts.model.parameters["W1"], axis=0).argmin() == last
    columns = neurons(facts)["columns"]
    assert columns[0].name == f"x{last}"
    assert columns[0].share == 1
    assert "permutation importance" in render(facts)
    assert "Columns that tell the same share their importance." in render(facts)


def test_a_few_rows_are_not_shuffled(runs: dict[str, Path]) -> None:
    facts = gather(runs["table"])
    assert neurons(facts)["tried"]["split"] == "test"
    assert facts.dataset is not None
    test = facts.dataset.splits["test"]
    facts.dataset.splits["test"] = replace(test, rows=test.rows[:3], labels=test.labels[:, :3], names=test.names[:3])
    assert neurons(facts)["tried"]["split"] == "training"


def test_a_single_neuron_keeps_its_weights(runs: dict[str, Path]) -> None:
    page = render(gather(runs["table"]))
    assert '<th scope="col" class="n">weight</th>' in page
    columns = neurons(gather(runs["table"]))["columns"]
    assert [one.name for one in columns[:2]] == ["rooms", "age"]
    (weight,) = columns[1].weight
    assert float(weight) < 0


def test_without_the_data_no_column_is_ranked(runs: dict[str, Path]) -> None:
    facts = gather(runs["table"], data=Path("/nowhere"))
    assert neurons(facts)["columns"] == []
    assert "Which columns matter is measured on the data, which is not there." in render(facts)
