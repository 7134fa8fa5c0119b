"""The figures say what is true: tied scores, lone points, equal axes, whole ticks, few examples, dead neurons."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from noisy import draw
from safetensors.numpy import save_file

from catnet.engine.initialization import initial_parameters
from catnet.engine.network import Network
from catnet.engine.subsets import sample
from catnet.report import svg
from catnet.report.activity import responses
from catnet.report.axes import axis, tick_texts
from catnet.report.facts import Facts, gather
from catnet.report.figures import Figure, answer_figures
from catnet.report.neurons import neurons
from catnet.report.page import render
from catnet.report.weights import weight_pictures

Train = Callable[..., Path]


def lines_in(drawn: str, colour: str = svg.COLOURS[0]) -> list[list[tuple[float, float]]]:
    """The corners of each line of a colour, as drawn."""
    paths = re.findall(rf'<path d="([^"]*)" fill="none" stroke="{colour}"', drawn)
    return [[(float(x), float(y)) for x, y in re.findall(r"[ML]([\d.]+) ([\d.]+)", path)] for path in paths]


def markers_in(drawn: str) -> int:
    """How many markers of the first colour there are."""
    groups = re.findall(rf'<g fill="{svg.COLOURS[0]}"[^>]*>(.*?)</g>', drawn)
    return sum(group.count("<circle") for group in groups)


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
    texts = tick_texts(values)
    assert [float(text) for text in texts] == pytest.approx(list(values))
    if values and max(values) != 1.001e12:
        assert texts == shown


@given(
    values=st.lists(st.floats(), max_size=5),
    most=st.integers(3, 9),
    whole=st.booleans(),
)
@example(values=[-1.7e308, 1.7e308], most=5, whole=False)
@example(values=[0.0, 5e-324], most=5, whole=False)
@example(values=[1e15, 1e15 + 1], most=5, whole=False)
def test_an_axis_has_room_for_all_values_and_few_even_ticks(values: list[float], most: int, whole: bool) -> None:
    across = axis("x", np.array(values), most, whole)
    finite = np.array([value for value in values if np.isfinite(value)])
    assert np.isfinite([across.low, across.high]).all()
    assert ((across.along(finite) > 0) & (across.along(finite) < 1)).all()
    assert len(across.ticks) <= most + 1
    assert ((across.along(across.ticks) > -1e-9) & (across.along(across.ticks) < 1 + 1e-9)).all()
    steps = np.diff(across.ticks)
    assert np.allclose(steps, steps[:1], rtol=1e-6)
    if whole:
        assert (across.ticks == np.round(across.ticks)).all()
    else:
        assert len(across.ticks) >= min(3, most // 2)
    assert len(tick_texts(across.ticks.tolist())) == len(across.ticks)


def test_what_is_not_finite_is_not_drawn() -> None:
    x, y = np.array([0.0, 1.0, 2.0, np.nan]), np.array([1.0, np.inf, 3.0, 4.0])
    for diagonal in (True, False):
        drawn = svg.dots("t", "x", "y", x, y, diagonal)
        assert markers_in(drawn) == 2
        assert "nan" not in drawn and "inf" not in drawn
    epochs = np.arange(1.0, 5)
    lines = [("a", epochs, np.array([np.nan, 1e308, -1e308, np.inf])), ("b", epochs, np.full(4, np.nan))]
    drawn = svg.curves("t", lines, named=False)
    assert "nan" not in drawn and "inf" not in drawn
    assert len(lines_in(drawn)) == 1 and len(lines_in(drawn)[0]) == 2


def test_no_two_numbers_below_an_axis_overlap() -> None:
    x = 1e6 + np.arange(30.0)
    places = [
        float(at)
        for at in re.findall(
            r'<text x="([\d.]+)" y="[\d.]+" text-anchor="middle">1\d{6}<', svg.dots("t", "x", "y", x, x, True)
        )
    ]
    assert len(places) >= 3
    assert np.diff(places).min() > 7 * 6


def test_a_name_is_no_markup() -> None:
    drawn = svg.network(Network((2, 1), ("sigmoid",), "cross_entropy"), "<i>", ["a<b>&c"])
    assert "&lt;i&gt;" in drawn and "a&lt;b&gt;&amp;c" in drawn
    drawn = svg.curves("<t>", [("<a>", np.arange(3.0), np.arange(3.0)), ("b", np.arange(3.0), np.arange(3.0))])
    assert "&lt;t&gt;" in drawn and "&lt;a&gt;" in drawn


def em(character: str) -> float:
    """How wide it is in a wide font, at least."""
    known = {"W": 0.99, "M": 0.86, "m": 0.97, "w": 0.82, "i": 0.28, "t": 0.39, " ": 0.32, ".": 0.32, "…": 1.0}
    return known.get(character, 1.0 if unicodedata.east_asian_width(character) == "W" else 0.61)


def legend_of(drawn: str) -> list[tuple[float, float, str]]:
    """The texts of the legend, each with its place."""
    texts = re.findall(r'<text x="([\d.]+)" y="([\d.]+)">([^<]*)</text>', drawn)
    return [(float(x), float(y), unescape(content)) for x, y, content in texts]


@given(
    names=st.lists(st.text("aMWmw it.<&日", max_size=60), min_size=1, max_size=25),
    best=st.integers(1, 10**12),
    offset=st.sampled_from([0.0, 0.693145, 1e9, -1e-200]),
)
@example(names=["training", "validation"], best=1200, offset=0.693145)
@example(names=["W" * 60] * 25, best=12345, offset=0.0)
def test_no_text_of_a_legend_is_cut_off_or_covered(names: list[str], best: int, offset: float) -> None:
    values = offset + np.linspace(0, 1e-5, 3)
    drawn = svg.curves("t", [(name, np.arange(3.0), values) for name in names], best)
    width, height = map(float, re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawn)[0])
    texts = legend_of(drawn)
    assert len(texts) == len(names) + 1
    assert texts[-1][2] == f"best epoch, {best}"
    ends = [(y, x - 18, x + 9.5 * sum(map(em, content))) for x, y, content in texts]
    assert all(end <= width for _, _, end in ends)
    for (y, _, end), (next_y, start, _) in pairwise(ends):
        assert next_y >= y + 12 or (next_y == y and start > end)
    left, top, corner, bottom, *_ = corners_of_axes(drawn)
    assert left == corner and top > ends[-1][0] + 3 and bottom - top >= 130 and bottom < height


def corners_of_axes(drawn: str) -> list[float]:
    """The top left, the bottom left and the bottom right."""
    (found,) = re.findall(r'<path d="([^"]*)" fill="none" stroke="currentColor" stroke-width="0.8"', drawn)
    return [float(number) for number in re.findall(r"[\d.]+", found)]


def test_a_legend_of_two_rows_leaves_the_figure_as_high() -> None:
    x = np.arange(3.0)
    heights = {
        re.findall(r'viewBox="([^"]*)"', svg.curves("t", [("training", x, x), ("validation", x, x)], best))[0]
        for best in (None, 3, 123456789)
    }
    assert len(heights) == 1


def test_the_legend_has_a_dot_for_a_line_with_dots() -> None:
    few, many = np.arange(10.0), np.arange(100.0)
    drawn = svg.curves("t", [("training", few, few), ("validation", many, many)])
    assert markers_in(drawn) == 10 + 1
    assert f'<g fill="{svg.COLOURS[1]}"' not in drawn


def test_a_line_below_another_is_seen_by_its_dots() -> None:
    few, many = np.arange(10.0), np.arange(100.0)
    drawn = svg.curves("t", [("training", few, few), ("validation", many, many)], named=False)
    assert drawn.index(f'<g fill="{svg.COLOURS[0]}"') > drawn.index(f'stroke="{svg.COLOURS[1]}"')


def test_of_huge_values_the_greatest_is_highest() -> None:
    (line,) = lines_in(svg.curves("t", [("a", np.arange(4.0), np.array([-1e308, 1e300, 1e307, 1e308]))]))
    heights = [-y for _, y in line]
    assert heights == sorted(set(heights))
    assert (heights[1] - heights[0]) / (heights[3] - heights[0]) == pytest.approx(0.5, abs=1e-3)


def test_a_long_label_of_an_axis_is_cut_off() -> None:
    x = np.linspace(0, 1, 3)
    drawn = svg.dots("t", "W" * 60, "W" * 60, x, x, diagonal=True)
    left, top, _, bottom, right, _ = corners_of_axes(drawn)
    across, up = re.findall(r">(W+…)<", drawn)
    assert 9.5 * len(across) <= right - left and 9.5 * len(up) <= bottom - top


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
    left, bottom, right, top = map(float, re.findall(r"M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)", lines_of(drawn))[0])
    assert right - left == pytest.approx(bottom - top, rel=1e-3)  # the diagonal has the slope 1


def lines_of(drawn: str) -> str:
    """The dotted line."""
    return re.findall(r'<path d="([^"]*)"[^>]* stroke-dasharray', drawn)[0]


def figures_of(facts: Facts) -> list[Figure]:
    """Those about the answers to the unseen data, which is there."""
    assert facts.answers is not None
    return answer_figures(facts.answers)


def test_a_split_of_one_class_has_no_roc(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 10, "b": 10}, "test": {"a": 3}}, brightness=60)
    text = "goal: 1.0\ndata: {path: data, image_size: [8, 8], classes: [a]}\ntrain: {epochs: 20}\n"
    facts = gather(train_text(tmp_path, text))
    (only,) = figures_of(facts)
    assert "Share that is true" in only.alt
    page = render(facts)
    assert "A precision-recall and a ROC curve need pictures with a label and others without it." in page
    assert "with 3 pictures chance moves the dots far" in page


def test_precision_and_recall_are_named_by_average_precision(runs: dict[str, Path]) -> None:
    precision, roc, _ = figures_of(gather(runs["3.0"]))
    assert all(", AP " in text for _, text in precision.legend)
    assert all(", AUC " in text for _, text in roc.legend)


def test_few_examples_have_few_bins(runs: dict[str, Path]) -> None:
    facts = gather(runs["1.0"])
    assert facts.metrics["test"]["examples"] == 27
    assert figures_of(facts)[-1].alt.count(" true at ") <= 2


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
    found = neurons(facts)["exciting"]
    captions = [one.found.caption for one in found[2]]
    assert captions[0] == "neuron 1: 0 for every training picture"
    assert captions[3] == "neuron 4: 2.5000 for every training picture"
    assert [bool(one.found.uri) for one in found[2]][0::3] == [False, False]
    assert [one.found.caption for one in found[1]][:2] == [captions[0], "neuron 2: 0 for every training picture"]
    assert [len(one.made) for one in found[1]][:4] == [0, 0, 2, 2]
    weights, _ = weight_pictures(facts, (8, 8))
    assert [one.caption for one in weights[:3]] == [
        "neuron 1: 0 for every training picture", "neuron 2: 0 for every training picture", "neuron 3",
    ]  # fmt: skip
    page = render(facts)
    assert "neuron 1: 0 for every training picture" in page
    assert 'src=""' not in page


def test_of_many_pictures_a_sample_is_looked_at(runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    facts = gather(runs["3.0"])
    train = facts.split("train")
    assert train is not None and len(train.names) == 130
    everything = responses(facts.model, train)
    assert everything is not None
    logits = facts.model.logits(train.rows)
    assert everything.values[3] == pytest.approx(logits, rel=1e-4, abs=1e-5)
    best = np.argsort(-logits[1], kind="stable")[:6]
    shown = neurons(facts)["exciting"][3][1].found.alt
    assert shown == f"The pictures for which dog is greatest: {', '.join(train.names[i] for i in best)}"
    assert "drawn at random" not in render(facts)
    monkeypatch.setattr("catnet.report.activity.SAMPLE", 50)
    page = render(facts)
    assert "Looked for among 50 of the 130 training pictures, drawn at random." in page
    some = responses(facts.model, train)
    assert some is not None
    places = some.drawn
    assert len(set(places.tolist())) == 50 and (places == sample(130, 50)).all()
    for layer, values in some.values.items():
        assert values == pytest.approx(everything.values[layer][:, places], rel=1e-4, abs=1e-5)
    best = places[np.argsort(-logits[1][places], kind="stable")[:6]]
    found = neurons(facts)["exciting"]
    assert found[3][1].found.alt == f"The pictures for which dog is greatest: {', '.join(train.names[i] for i in best)}"
    assert "for every training picture" not in " ".join(one.found.caption for one in found[2])


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
