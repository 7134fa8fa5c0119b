"""Paths of descent: the plane of the main directions, the cost on it, and which runs started alike."""

import re
import shutil
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browsing import CONTRAST, LEGIBLE, SCHEMES, opened
from small_runs import MULTI_CLASS, TABLE, draw_folders, train_in, write_table

from catnet.engine.network import cost, logits
from catnet.report.alike import started_alike
from catnet.report.comparison import titles_of
from catnet.report.contours import contour, levels
from catnet.report.facts import Facts, gather
from catnet.report.groups import groups_of, repeats
from catnet.report.noise import Heights, deviation, mean, table_of_noise
from catnet.report.noise_words import heading, of_full_batch, of_small_batches, reasons, spoken_of
from catnet.report.page import write_comparison
from catnet.report.paths import Descent, about_plane, cost_of_start, descent, measured_on, percent
from catnet.report.paths_figure import NEAR, Marks, extents
from catnet.report.plane import CostOverPlane, main_plane
from catnet.runs.layout import weights_epochs, weights_path
from catnet.text import number

KEPT = ["data.image_size=[20,20]", "train.keep_weights=9"]
SIZES = {"full": ["train.batch_size=full"], "by 7": ["train.batch_size=7"], "single": ["train.batch_size=1"]}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three runs that started alike, and four that did not or kept nothing."""
    folder = tmp_path_factory.mktemp("runs")
    draw_folders(folder / "data", {"train": {"cat": 12, "dog": 12, "eel": 12}, "val": {"cat": 4, "dog": 4, "eel": 4}})
    settings = {
        **SIZES,
        "other seed": ["train.seed=1"],
        "other network": ["model.hidden_layers=[3]"],
        "other scaling": ["data.scaling=center"],
        "nothing kept": ["train.keep_weights=null"],
    }
    return {name: train_in(folder, MULTI_CLASS, *KEPT, *given) for name, given in settings.items()}


@pytest.fixture(scope="module")
def facts(runs: dict[str, Path]) -> dict[str, Facts]:
    return {name: gather(run) for name, run in runs.items()}


def told(facts: Sequence[Facts]) -> Descent:
    found = descent(facts, titles_of(facts))
    assert found is not None
    return found


def alike(facts: dict[str, Facts]) -> Any:
    some = [facts[name] for name in SIZES]
    return started_alike(some, list(SIZES))[0]


def plane_and_measured(facts: dict[str, Facts]) -> tuple[Any, Any, Any]:
    paths = alike(facts)
    plane = main_plane(paths[0].kept[0].model.parameters, [[one.model.parameters for one in p.kept] for p in paths])
    measured = measured_on(paths)
    assert plane is not None and measured is not None
    return paths, plane, measured


def flat(parameters: Any) -> Any:
    return np.concatenate([parameters[name].ravel().astype(np.float64) for name in sorted(parameters)])


def test_the_plane_holds_the_most_of_all_paths(facts: dict[str, Facts]) -> None:
    paths, plane, _ = plane_and_measured(facts)
    start = flat(paths[0].kept[0].model.parameters)
    V = np.stack([flat(direction) for direction in plane.directions])
    assert pytest.approx(np.eye(2), abs=1e-9) == V @ V.T
    D = np.stack([flat(one.model.parameters) - start for path in paths for one in path.kept])
    singular = np.linalg.svd(D, compute_uv=False)
    assert plane.shares == pytest.approx(singular[:2] ** 2 / (singular**2).sum())
    assert np.concatenate(plane.points) == pytest.approx(D @ V.T, abs=1e-9)
    for path, points in zip(paths, plane.points, strict=True):
        assert len(points) == len(path.kept) == 9
        assert points[0] == pytest.approx(0, abs=1e-9)
    assert (sum(points[-1] for points in plane.points) > 0).all()


def test_the_cost_at_a_point_is_that_of_its_parameters(facts: dict[str, Facts]) -> None:
    paths, plane, measured = plane_and_measured(facts)
    network = paths[0].kept[0].model.network
    assert network.depth == 3
    a, b = np.array([-0.5, 0.0, 1.5]), np.array([0.0, 0.7])
    J = CostOverPlane(network, plane, measured.inputs, measured.labels).grid(a, b)
    assert J.shape == (2, 3)
    for row, up in zip(J, b, strict=True):
        for found, across in zip(row, a, strict=True):
            theta = {name: P.astype(np.float32) for name, P in plane.at(across, up, network.shapes).items()}
            expected = cost(network, logits(network, theta, measured.inputs), measured.labels)
            assert found == pytest.approx(expected, rel=1e-4)
    first = facts["full"].column("train_cost")[0]  # of full batch: the cost at the start
    assert J[0, 1] == pytest.approx(first, rel=1e-5)


def test_paths_of_one_line_span_no_plane(facts: dict[str, Facts]) -> None:
    start = {"W1": np.zeros((2, 3)), "b1": np.zeros((2, 1))}
    moved = [{name: P + k for name, P in start.items()} for k in range(4)]
    assert main_plane(start, [moved, moved[:2]]) is None
    assert main_plane(start, [[start, start], [start]]) is None
    assert main_plane(start, [moved, [start, {**start, "b1": np.ones((2, 1))}]]) is not None


def test_the_end_of_a_path_has_its_own_cost(facts: dict[str, Facts]) -> None:
    paths, plane, measured = plane_and_measured(facts)
    network = paths[0].kept[0].model.network
    about = told([facts[name] for name in SIZES]).about
    in_plane = CostOverPlane(network, plane, measured.inputs, measured.labels)
    for path, points in zip(paths, plane.points, strict=True):
        J = cost(network, logits(network, path.kept[-1].model.parameters, measured.inputs), measured.labels)
        beneath = in_plane.at(*points[-1])
        assert (
            f"{number(J)} at the end of {path.facts.run.path.name} (epoch 30), {number(beneath)} beneath" in about[-1]
        )
    share = sum(plane.shares)
    assert f"{share:.0%} of the paths' variation lies in the plane" in about[1]
    assert "all 36 training examples" in about[-1]


def test_the_numbers_of_the_noise(facts: dict[str, Facts]) -> None:
    full, by_7, single = alike(facts)
    assert [(p.m, p.batch, p.updates) for p in (full, by_7, single)] == [(36, 36, 1), (36, 7, 6), (36, 1, 36)]
    assert deviation(full) == 0 < deviation(by_7) < deviation(single)
    assert deviation(single) == pytest.approx(np.std(single.kept[1].batch_costs))
    rows = table_of_noise([full, by_7, single]).rows
    for path, row in zip((full, by_7, single), rows, strict=True):
        J = path.facts.column("train_cost")
        assert row.cells[:6] == [
            str(path.batch), str(path.updates), str(30 * path.updates), number(J[0]), number(J[-1]),
            f"{int((J[1:] > J[:-1]).sum())} of 29 epochs",
        ]  # fmt: skip
        points = [flat(one.model.parameters) for one in path.kept]
        way = sum(np.linalg.norm(b - a) for a, b in pairwise(points))
        assert row.cells[-1] == f"{way / np.linalg.norm(points[-1] - points[0]):.2f}"
    sentences = " ".join(told([facts[name] for name in SIZES]).reasons)
    assert "36 training examples once" in sentences and "mean gradient of all 36" in sentences
    assert f"the costs of its 36 batches deviate by {number(deviation(single))}" in sentences


def test_a_smaller_last_batch_counts_for_less(facts: dict[str, Facts]) -> None:
    by_7 = alike(facts)[1]
    J = by_7.facts.column("train_cost")
    for place, one in enumerate(by_7.kept[1:], 1):
        assert by_7.sizes_in(one).tolist() == [7, 7, 7, 7, 7, 1]
        examples = np.repeat(one.batch_costs, [7, 7, 7, 7, 7, 1])
        assert mean(by_7, place) == pytest.approx(examples.mean()) == pytest.approx(J[one.model.epoch - 1], rel=1e-5)
        assert deviation(by_7, place) == pytest.approx(examples.std())
    sentences = " ".join(told([facts[name] for name in SIZES]).reasons)
    assert f"within epoch 30 by {number(deviation(by_7, -1))} from {number(float(J[-1]))}" in sentences


def with_costs(path: Any, J: Any) -> Any:
    """The path of a run that had these costs."""
    run = copy(path.facts.run)
    run.history = {**run.history, "train_cost": J}
    return replace(path, facts=replace(path.facts, run=run))


def test_rounding_is_no_rise_and_zigzag_is_not_smooth(facts: dict[str, Facts]) -> None:
    full, _, single = alike(facts)
    falling = 2.0 ** -np.arange(30.0)
    converged = np.where(np.arange(30) < 20, falling, falling[20] * (1 + 4e-8 * (np.arange(30) % 2)))
    told = of_full_batch(with_costs(full, converged))
    assert "the curve is smooth: J rose in 0 of 29 epochs. In 5 more it rose by less than a millionth" in told
    assert "too long" not in told and table_of_noise([with_costs(full, converged)]).rows[0].cells[5] == "0 of 29 epochs"
    zigzag = 1 + np.arange(30) % 2.0
    told = of_full_batch(with_costs(full, zigzag))
    assert "but the curve zigzags: J rose in 15 of 29 epochs. If J rises, the step was too long" in told
    once = np.where(np.arange(30) == 9, 3.0, falling)
    assert "the curve is smooth: J rose in 1 of 29 epochs. If J rises" in of_full_batch(with_costs(full, once))
    assert "it rose in 0 of 29 epochs" in of_small_batches(with_costs(single, falling))
    assert "hides" not in of_small_batches(with_costs(single, zigzag))


def test_each_run_of_full_batch_that_rose_is_spoken_of(facts: dict[str, Facts]) -> None:
    full, _, single = alike(facts)
    falling, zigzag = (with_costs(full, J) for J in (2.0 ** -np.arange(30.0), 1 + np.arange(30) % 2.0))
    assert spoken_of([zigzag, falling, zigzag, falling, single]) == [falling, zigzag, zigzag, single]
    assert heading([falling, zigzag]) == "The cost of full batches"
    assert heading([zigzag, single]) == "Why small batches are noisy"
    assert heading([falling, single]) == "Why full batch is smooth, and small batches are noisy"


def test_a_run_that_ended_above_its_start_is_named(facts: dict[str, Facts]) -> None:
    full, by_7, single = alike(facts)
    worse = with_costs(single, np.linspace(3.0, 2.0, 30))
    falling = with_costs(full, np.linspace(1.0, 0.5, 30))
    told = reasons([falling, worse], 1.0)
    named = [text for text in told if "of its start" in text]
    assert len(named) == 1 and "ended at J = 2.0000, above the 1.0000 of its start" in named[0]
    assert "All started at J = 1.0000." in told[1]
    assert cost_of_start([falling, worse], None) == 1.0 and cost_of_start([by_7], None) is None
    assert cost_of_start([by_7], measured_on([by_7])) == pytest.approx(full.facts.column("train_cost")[0], rel=1e-5)


def test_a_run_that_goes_far_turns_the_plane_to_itself(facts: dict[str, Facts]) -> None:
    paths, plane, _ = plane_and_measured(facts)
    start = flat(paths[0].kept[0].model.parameters)
    for path, points, held in zip(paths, plane.points, plane.held, strict=True):
        D = np.stack([flat(one.model.parameters) - start for one in path.kept])
        assert held == pytest.approx((points**2).sum() / (D**2).sum())
    told = about_plane(paths, replace(plane, shares=(0.999, 0.0001), held=[1.0, 0.004, 0.3]))
    assert "They hold over 99% and under 1% of" in told[0]
    assert "But the plane holds under 1% of that of by 7 and 30% of that of single" in told[1]
    far = np.argmax([np.linalg.norm(points, axis=1).max() for points in plane.points])
    assert f"{list(SIZES)[far]} goes farthest" in told[1]
    assert "at least 6 updates of by 7 and 36 updates of single" in told[2]
    assert [percent(share) for share in (1.0, 0.995, 0.5, 0.0)] == ["100%", "over 99%", "50%", "under 1%"]


def test_runs_that_did_not_start_alike_are_named_with_the_reason(facts: dict[str, Facts]) -> None:
    names = ["other seed", *SIZES, "other network", "other scaling", "nothing kept"]
    paths, why = started_alike([facts[name] for name in names], names)
    assert [path.title for path in paths] == list(SIZES) and [path.index for path in paths] == [1, 2, 3]
    assert why == [
        "other seed did not start like full: it has other first weights, as of another train.seed, "
        "model.initialization or train.precision.",
        "other network did not start like full: it is another network.",
        "other scaling did not start like full: it takes other inputs, as of another data.scaling or data.box_average.",
        "nothing kept has kept no weights: train it again with train.keep_weights: 30.",
    ]


def test_whitening_is_named_as_the_reason(facts: dict[str, Facts], runs: dict[str, Path]) -> None:
    whitened = train_in(runs["full"].parent, MULTI_CLASS, *KEPT, "data.scaling=whiten", "train.epochs=2")
    centred = [facts["other scaling"], gather(whitened)]
    _, why = started_alike(centred, ["a", "b"])
    assert "data.scaling" in why[0] and "train.seed" not in why[0]


def test_a_twin_that_kept_more_stays(runs: dict[str, Path], facts: dict[str, Facts], tmp_path: Path) -> None:
    again = gather(train_in(runs["full"].parent, MULTI_CLASS, *KEPT, *SIZES["single"], "train.keep_weights=null"))
    single = facts["single"]
    assert repeats([again, facts["full"], single]) == {0: 2} and repeats([single, again]) == {1: 0}
    shutil.copytree(runs["single"], tmp_path / "damaged")
    weights_path(tmp_path / "damaged", 1).write_bytes(b"")
    damaged = gather(tmp_path / "damaged")
    assert repeats([damaged, single]) == {0: 1} and repeats([single, damaged]) == {1: 0}
    assert groups_of([single, again], [0, 1]) == [[0], [1]]
    assert repeats([single, facts["full"], facts["other seed"]]) == {}


def test_other_training_data_is_another_start(facts: dict[str, Facts], runs: dict[str, Path], tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(runs["single"], run)
    summary = run / "summary.json"
    digest = facts["single"].run.fingerprints["train"]
    summary.write_text(summary.read_text().replace(digest, digest[::-1]))
    _, why = started_alike([facts["full"], facts["by 7"], gather(run)], ["a", "b", "c"])
    assert why == ["c did not start like a: it has learned from other examples."]


def test_what_was_kept_too_late_or_is_damaged_is_said(
    facts: dict[str, Facts], runs: dict[str, Path], tmp_path: Path
) -> None:
    late, damaged = tmp_path / "late", tmp_path / "damaged"
    for place in (late, damaged):
        shutil.copytree(runs["single"], place)
    weights_path(late, 0).unlink()
    weights_path(damaged, 1).write_bytes(b"")
    paths, why = started_alike([gather(late), facts["full"], gather(damaged)], ["late", "full", "damaged"])
    assert [path.title for path in paths] == ["full"]
    assert why[0].startswith(
        "late has not kept its start, as train.keep_weights was set later, or the file is gone: train it again "
    )
    assert why[1].startswith("damaged: what it kept cannot be read: ") and "epoch-000001.safetensors" in why[1]
    shutil.copy(weights_path(runs["other network"], 1), weights_path(damaged, 1))
    _, why = started_alike([gather(damaged), facts["full"]], ["mixed up", "full"])
    assert "epoch-000001.safetensors: holds the weights of another network" in why[0]
    history = (damaged / "metrics.csv").read_bytes()
    (damaged / "metrics.csv").unlink()
    _, why = started_alike([gather(damaged), facts["full"]], ["unknown", "full"])
    assert why == ["unknown has no metrics.csv that can be read; resuming its training writes it again."]
    (damaged / "metrics.csv").write_bytes(history)
    for epoch in weights_epochs(damaged)[1:]:
        weights_path(damaged, epoch).unlink()
    _, why = started_alike([gather(damaged), facts["full"]], ["begun", "full"])
    assert why[0].startswith("begun has kept its start alone")
    only = told([facts["full"], gather(late)])
    assert only.plane == [] and "is the only one that started as it did" in only.left_out[-1]


def test_one_run_of_each_size_of_batches_is_spoken_of(facts: dict[str, Facts]) -> None:
    twice = [facts[name] for name in (*SIZES, "single")]
    found = told(twice)
    assert len(found.figures) == 2 + 3 and len(found.tables[0].rows) == 4 and len(found.plane) == 1
    assert sum("the first stands for all" in text for text in found.reasons) == 1
    assert [text.split()[0] for text in found.reasons[2:5]] == [facts[name].run.path.name for name in SIZES]


def test_without_kept_weights_the_page_is_as_before(facts: dict[str, Facts], tmp_path: Path) -> None:
    page = tmp_path / "compared.html"
    write_comparison(page, [facts["nothing kept"], facts["nothing kept"]])
    assert descent([facts["nothing kept"]] * 2, ["a", "b"]) is None
    assert "Paths of descent" not in page.read_text()


def test_the_page_has_the_paths(facts: dict[str, Facts], tmp_path: Path) -> None:
    page = tmp_path / "compared.html"
    write_comparison(page, [facts[name] for name in (*SIZES, "nothing kept")])
    text = unescape(re.sub("<[^>]*>", "", page.read_text()))
    assert "Paths of descent" in text and "has kept no weights" in text
    for title in ("Training cost against examples seen", "Training cost against updates", "batches of 7", "full batch"):
        assert title in text
    assert text.count("start") > 1 and "along the first direction" in text


def test_without_the_data_the_paths_are_drawn_alone(
    facts: dict[str, Facts], runs: dict[str, Path], tmp_path: Path
) -> None:
    some = [gather(runs[name], tmp_path / "gone") for name in SIZES]
    found = told(some)
    assert "The training data cannot be read, or has changed" in found.about[-1]
    assert "<image" not in found.plane[0].svg and "<image" in told([facts[name] for name in SIZES]).plane[0].svg


def test_runs_that_hardly_moved(runs: dict[str, Path]) -> None:
    folder = runs["full"].parent
    some = [
        train_in(folder, MULTI_CLASS, *KEPT, "train.learning_rate=1e-30", *SIZES[name]) for name in ("full", "by 7")
    ]
    found = told(list(map(gather, some)))
    assert found.plane == [] and "hardly moved" in found.about[-1]
    assert len(found.figures) == 4


def test_a_table_has_paths_too(tmp_path: Path) -> None:
    write_table(tmp_path / "data")
    kept = "train.keep_weights=6"
    some = [gather(train_in(tmp_path, TABLE, kept, f"train.batch_size={size}")) for size in ("full", 1)]
    found = told(some)
    assert "2 of the" not in found.about[1] and "<image" in found.plane[0].svg
    assert "all 60 training examples" in found.about[-1]


def test_large_networks_have_fewer_points(facts: dict[str, Facts], monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = facts["full"].model.network.parameter_count
    monkeypatch.setattr("catnet.report.alike.LARGEST", 8 * parameters * 3 * 5)
    found = told([facts[name] for name in SIZES])
    assert [sentence for sentence in found.about if "5 of 9 of" in sentence] == [
        "As the network is large, not all kept epochs are drawn: 5 of 9 of run-000, 5 of 9 of run-001 and 5 of 9 of "
        "run-002."
    ]
    paths = alike(facts)
    assert [len(path.kept) for path in paths] == [5] * 3
    assert [path.epochs[-1] for path in paths] == [30] * 3
    assert paths[0].all_kept == weights_epochs(paths[0].facts.run.path)


def test_lines_of_equal_height_are_where_they_should_be() -> None:
    x, y = np.meshgrid(np.arange(6.0), np.arange(5.0))
    pieces = contour(x + 2 * y, 5.5)
    assert len(pieces) and (pieces @ [1, 2] == pytest.approx(5.5))
    radius = np.hypot(x - 2.2, y - 2.1)
    circle = contour(radius, 1.6)
    assert np.abs(np.hypot(*(circle.reshape(-1, 2) - [2.2, 2.1]).T) - 1.6).max() < 0.15
    ends, counts = np.unique(np.round(circle.reshape(-1, 2), 9), axis=0, return_counts=True)
    assert len(ends) == len(circle) and (counts == 2).all()  # closed
    assert contour(radius, 99.0).shape == (0, 2, 2)


def test_heights_are_few_and_round() -> None:
    assert levels(np.array([0.0, 9.0])).tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    steep = levels(np.array([1e-4, 1e5]))
    assert steep.tolist() == pytest.approx([1e-3, 1e-2, 1e-1, 1, 10, 100, 1000, 1e4])
    flat = levels(np.array([0.69312, 0.69318]))
    assert len(flat) == 8 and (flat > 0.69312).all() and (flat < 0.69318).all()
    assert levels(np.ones(4)).tolist() == []


def test_costs_below_the_lowest_epoch_are_at_its_height() -> None:
    heights = Heights(np.array([1.0, 0.01]), np.array([5.0, 0.0, 0.02]))
    assert heights.of(np.array([0.0, 0.001, 0.01, 1.0])) == pytest.approx([-2, -2, -2, 0])
    even = Heights(np.array([1.0, 0.9]), np.array([1.1]))
    assert even.of(np.array([0.95])).tolist() == [0.95]
    nothing = Heights(np.zeros(3), np.zeros(2))
    assert nothing.of(np.zeros(1)).tolist() == [0]


def test_names_keep_their_distance(facts: dict[str, Facts]) -> None:
    _, plane, _ = plane_and_measured(facts)
    marks = Marks(*extents(plane), plane)
    places = [marks.named(points) for points in plane.points]
    assert places[0][0] == len(plane.points[0]) - 1
    assert marks.named(plane.points[0]) == []  # the same again
    taken = np.stack(marks.taken)
    apart = np.linalg.norm(taken[:, np.newaxis] - taken, axis=2)
    assert apart[~np.eye(len(taken), dtype=bool)].min() > NEAR
    assert all(len(found) <= 5 for found in places) and ((taken > 0) & (taken < 1)).all()
    everywhere = np.zeros((3, 2))  # the start, which the paths cover
    assert marks.freest(everywhere) is None


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_page_fits_a_phone(facts: dict[str, Facts], browser: Any, tmp_path: Path, scheme: str) -> None:
    page = tmp_path / "compared.html"
    write_comparison(page, [facts[name] for name in SIZES])
    opened(browser, page, 360, scheme)
    assert browser.get_log("browser") == []
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360
    assert browser.execute_script("return document.scripts.length") == 0
    ratio, text = browser.execute_script(CONTRAST)
    assert ratio >= LEGIBLE, f"{text!r} has the contrast {ratio:.2f} in {scheme}"
