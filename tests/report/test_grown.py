"""How the weights grew over the epochs that were kept: pictures with a slider, or rows of numbers."""

import base64
import io
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from small_runs import BINARY, MULTI_CLASS, TABLE, draw_folders, train_in, write_table

from catnet.engine.network import cost, logits
from catnet.report.facts import gather
from catnet.report.grown import Growth, growth
from catnet.report.page import render, write_report
from catnet.runs.kept import read_kept
from catnet.runs.layout import weights_epochs, weights_path
from catnet.text import number

KEPT = "train.keep_weights=5"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of ten neurons in the first layer, which has kept 0, 1, 3, 10 and 30."""
    folder = tmp_path_factory.mktemp("pictures")
    draw_folders(folder / "data", {"train": {"cat": 40, "dog": 40, "eel": 40}, "val": {"cat": 9, "dog": 9, "eel": 9}})
    return train_in(folder, MULTI_CLASS, "data.image_size=[20,20]", "model.hidden_layers=[10]", KEPT)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("table")
    write_table(folder / "data")
    return train_in(folder, TABLE, KEPT)


def grown(run: Path) -> Growth:
    found = growth(gather(run))
    assert found is not None
    return found


def frames(uri: str, count: int) -> np.ndarray[Any, Any]:
    """The pictures of a film, (count, height, width, channels)."""
    with Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2]))) as image:
        return np.stack(np.split(np.asarray(image).astype(np.float64), count, axis=1))


def test_a_film_begins_grey_and_has_one_scale(pictures: Path) -> None:
    found = grown(pictures)
    assert found.epochs == [0, 1, 3, 10, 30] and found.from_start and not found.fault
    assert len(found.films) == 6 and "the 6 of 10 neurons" in found.about
    W = np.stack([one.model.parameters["W1"] for one in read_kept(pictures, found.epochs)])
    size = np.linalg.norm(W[-1] - W[0], axis=1)
    most = sorted(np.argsort(-size)[:6].tolist())
    assert [film.caption for film in found.films] == [f"neuron {neuron + 1}" for neuron in most]
    for neuron, film in zip(most, found.films, strict=True):
        seen, change = frames(film.uri, 5), (W - W[0])[:, neuron].reshape(5, 20, 20, 3)
        assert np.abs(seen - (127.5 + 127.5 * change / np.abs(change).max())).mean() < 4  # of JPEG
        assert np.abs(seen[0] - 127.5).max() < 8
        assert (np.diff(np.abs(seen - 127.5).mean(axis=(1, 2, 3))) > 0).all()


def test_the_captions_say_the_cost_of_the_weights_that_are_shown(pictures: Path) -> None:
    facts, found = gather(pictures), grown(pictures)
    J, train = facts.history["train_cost"], facts.all_of("train")
    assert train is not None
    for one, told in zip(read_kept(pictures, [0, 1, 3, 10]), found.told, strict=False):
        Z = logits(one.model.network, one.model.parameters, one.model.inputs(train.rows))
        of_weights = cost(one.model.network, Z, one.model.labels(train.labels))
        assert of_weights == pytest.approx(J[one.model.epoch], rel=1e-4)
        name = f"epoch {one.model.epoch}" if one.model.epoch else "the start"
        assert told == f"{name}: training cost {number(float(J[one.model.epoch]))}"
    assert found.told[4] == f"epoch 30: training cost {number(float(J[29]))}, before its update"


@pytest.mark.parametrize("size", [7, 60, 99])
def test_the_captions_say_of_small_batches_that_it_is_a_mean(table: Path, size: int) -> None:
    run = train_in(table.parent, TABLE, KEPT, f"train.batch_size={size}")
    J = gather(run).history["train_cost"]
    of_one = f"epoch 1: training cost {number(float(J[0]))}, its mean over the epoch"
    expected = (
        ["the start", of_one]
        if size < 60
        else [f"{name}: training cost {number(float(J[epoch]))}" for epoch, name in ((0, "the start"), (1, "epoch 1"))]
    )
    assert grown(run).told[:2] == expected


def test_of_more_epochs_some_are_shown(tmp_path: Path) -> None:
    draw_folders(tmp_path / "data", {"train": {"cat": 9, "dog": 9}, "test": {"cat": 4, "dog": 4}}, size=8)
    run = train_in(tmp_path, BINARY, "data.image_size=[8,8]", "train.keep_weights=20")
    found, kept = grown(run), weights_epochs(run)
    assert len(kept) == 20 and len(found.epochs) == 12
    assert set(found.epochs) <= set(kept) and (found.epochs[0], found.epochs[-1]) == (0, 30)
    assert "Shown are 12 of the 20 epochs that were kept." in found.about
    for epoch in (0, 1):  # as if the key was first given when the training was resumed
        weights_path(run, epoch).unlink()
    later = grown(run)
    assert not later.from_start and later.epochs[0] == 2
    page = render(gather(run))
    assert "The weights at each of the epochs that were kept" in page
    first = frames(later.films[0].uri, len(later.epochs))[0]
    assert np.abs(first - 127.5).mean() > 10  # the weights themselves


def test_a_table_has_rows_of_numbers(table: Path) -> None:
    found = grown(table)
    W = np.stack([one.model.parameters["W1"] for one in read_kept(table, found.epochs)])[:, 0]
    order = np.argsort(-np.abs(W[-1] - W[0])).tolist()
    assert found.films == []
    assert [row.label for row in found.rows] == [("rooms", "age", "noise")[column] for column in order]
    assert [row.cells for row in found.rows] == [[number(float(w)) for w in W[:, column]] for column in order]
    page = write_report(table).read_text()
    assert '<th scope="col" class="n">the start</th>' in page and "epoch 30</th>" in page


def test_a_page_without_kept_weights_says_nothing_of_them(pictures: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(pictures, run)
    assert "#kept-5:checked ~ .films { --at: 4; }" in render(gather(run))
    shutil.rmtree(run / "weights")
    page = render(gather(run))
    assert "kept-1" not in page and "How the weights of the first layer grew" not in page
    assert "keep_weights: 5" in page  # in the configuration alone
    assert page.count("keep_weights") == 1


@pytest.mark.parametrize("fault", ["damaged", "of another network"])
def test_what_cannot_be_read_is_said(pictures: Path, table: Path, tmp_path: Path, fault: str) -> None:
    run = tmp_path / "run"
    shutil.copytree(pictures, run)
    path = weights_path(run, 10)
    if fault == "damaged":
        path.write_bytes(path.read_bytes()[:-9])
    else:
        shutil.copy(weights_path(table, 10), path)
    found = grown(run)
    assert found.films == [] and fault in found.fault
    page = write_report(run).read_text()
    assert re.search(rf"The weights that were kept are left out: [^<]*{fault}", page)


def test_the_slider_goes_by_keyboard_without_a_script(pictures: Path, browser: Any) -> None:
    page = write_report(pictures)
    assert "<script" not in page.read_text()
    browser.get(page.as_uri())

    def seen() -> list[Any]:
        """The caption that is shown, and how far to the left the films are moved, in pictures."""
        return browser.execute_script("""
            const told = [...document.querySelectorAll('.told > span')].filter(one => one.offsetWidth);
            const films = [...document.querySelectorAll('.film')].map(film => {
                const image = film.firstElementChild;
                const moved = film.getBoundingClientRect().x - image.getBoundingClientRect().x;
                return Math.round(10 * moved / film.offsetWidth) / 10; });
            return [told.map(one => one.innerText.trim()).join(' '), films];""")  # fmt: skip

    told = grown(pictures).told
    assert seen() == [told[4], [4] * 6]
    slider = browser.find_element("id", "kept-5")
    slider.send_keys("\ue012")  # the left arrow
    assert seen() == [told[3], [3] * 6]
    browser.find_element("css selector", "label[for=kept-1]").click()
    assert seen() == [told[0], [0] * 6]
