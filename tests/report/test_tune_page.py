"""The page of a tune: the good trials are seen beside a bad one, and the values of a list can be read."""

import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from catnet.report.axes import Axis, log_axis
from catnet.report.plot import FONT, SLANT, WIDTH, Plot, estimated_width
from catnet.report.tuning import figure_of, measured_on
from catnet.selection.measured import Measured
from catnet.selection.trials_file import Finished
from catnet.selection.tuned import Tuned

ERRORS = np.array([0.2, 0.21, 0.25, 1e6])


def test_a_bad_trial_does_not_hide_the_good_ones() -> None:
    upright, places, beyond = measured_on("mae", ERRORS)
    at = upright.along(places)
    assert beyond.tolist() == [False, False, False, True]
    assert at[2] - at[0] > 0.04 and 0.9 < at[3] <= 1  # of the height: 6 points of 154
    assert upright.texts[0] in ("0.2", "0.3") and float(upright.texts[-1]) <= 20


@pytest.mark.parametrize(
    ("metric", "values"),
    [("mae", [0.2, 0.3, 1.9]), ("mae", [0.0, 0.3, 1e6]), ("accuracy", [0.9, 0.01, 0.5]), ("accuracy", [0.5])],
)
def test_else_the_axis_is_that_of_the_values(metric: str, values: list[float]) -> None:
    upright, places, beyond = measured_on(metric, np.array(values))
    assert places.tolist() == values and not beyond.any() and not upright.texts


def test_ten_times_the_least_is_logarithmic_and_all_is_on_it() -> None:
    upright, places, beyond = measured_on("mae", np.array([0.2, 2.1, 20.0]))
    assert not beyond.any() and places.tolist() == pytest.approx(np.log10([0.2, 2.1, 20.0]))
    assert upright.low < places.min() and places.max() < upright.high


def test_what_is_beyond_the_axis_is_said() -> None:
    points = [{"train.learning_rate": rate} for rate in (0.01, 0.02, 0.03, 0.9)]
    settings = SimpleNamespace(search={"train.learning_rate": {"from": 0.01, "to": 1.0, "scale": "log"}}, folds=2)
    config = SimpleNamespace(train=SimpleNamespace(epochs=9))
    chosen: Any = None
    tuning: Any = SimpleNamespace(settings=settings, metric="mae", points=points, config=config)
    ranked = [Finished(trial, 1, 9, (value, value), 1.0, 1.0) for trial, value in enumerate(ERRORS.tolist(), 1)]
    found = Tuned(tuning, ranked, chosen, Measured("folds", 9, 0.2, None, None, (1, 2)))
    figure = figure_of(found, "train.learning_rate")
    assert figure is not None
    assert figure.alt.endswith("the best has 0.01; at the edge: 1 trial beyond it, up to 1,000,000")
    assert [text for _, text in figure.legend][1:] == ["at the edge: 1 trial beyond it, up to 1,000,000"]
    assert figure.svg.count("<circle") == 4
    found = Tuned(tuning, ranked[:3], chosen, found.by_folds)
    figure = figure_of(found, "train.learning_rate")
    assert figure is not None and "edge" not in figure.alt
    assert [text for _, text in figure.legend] == ["trained to the end; the best is large"]


@pytest.mark.parametrize("values", [(0.0031, 0.0044), (2.1, 4.9), (3.0, 3.0), (1e-7, 1e4), (0.2, 20.0)])
def test_a_logarithmic_axis_has_some_ticks(values: tuple[float, float]) -> None:
    found = log_axis("", np.array(values))
    assert 2 <= len(found.ticks) <= 12 and np.isfinite(found.ticks).all()
    assert [float(text) for text in found.texts] == pytest.approx((10**found.ticks).tolist(), rel=1e-4)
    assert found.low <= found.ticks[0] and found.ticks[-1] <= found.high


def below(names: tuple[str, ...]) -> list[tuple[float, str, str]]:
    """Where texts stand below an axis with these names, what turns them, and what they are."""
    count = len(names)
    across = Axis("key", -0.5, count - 0.5, np.arange(count), names, named=True)
    drawn = Plot("title", across, Axis("", 0, 1, np.array([0.0]), ("y",))).svg()
    found = re.findall(r'<text x="([\d.]+)" y="[\d.]+"( text-anchor="\w+")?( transform="[^"]*")?>([^<]*)</text>', drawn)
    return [(float(x), turned, text) for x, _, turned, text in found if text in names]


def test_long_names_are_slanted_so_that_none_is_left_out() -> None:
    names = tuple(f"[{2**i}, 128, 64]" for i in range(10))
    found = below(names)
    assert tuple(text for *_, text in found) == names and all("rotate(-40" in turned for _, turned, _ in found)
    apart = np.diff([x for x, *_ in found])
    assert (apart * np.sin(SLANT) >= FONT).all()  # the distance between the lines
    x, _, name = found[0]
    assert x - estimated_width(name) * np.cos(SLANT) >= 0 and found[-1][0] < WIDTH


def test_short_names_are_level_and_of_very_many_some_are_left_out() -> None:
    assert [turned for _, turned, _ in below(("[8]", "[16]", "[32]"))] == ["", "", ""]
    found = below(tuple(f"[{i}, 128, 64]" for i in range(60)))
    assert 10 <= len(found) < 60 and (np.diff([x for x, *_ in found]) * np.sin(SLANT) >= FONT).all()
