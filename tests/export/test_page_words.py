"""What the page says of a model, in its heading, under it, and at its end."""

from dataclasses import replace
from pathlib import Path

import pytest
from small_runs import BINARY, KINDS, draw_folders, train_in

from catnet.export import page_words as words
from catnet.export.exported import Exported
from catnet.runs.checkpoints import load
from catnet.runs.find import find_model


@pytest.fixture(scope="module")
def exports(runs: dict[str, Path]) -> dict[str, Exported]:
    found = {kind: find_model(runs[kind]) for kind in KINDS}
    return {kind: Exported(path, load(path).model) for kind, path in found.items()}


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        ("1.0", "cat or not cat?"),
        ("2.0", "Which of these are there: cat, lion and iguana?"),
        ("3.0", "Which one is it: cat, dog or eel?"),
    ],
)
def test_the_heading_asks_what_the_network_answers(exports: dict[str, Exported], kind: str, heading: str) -> None:
    assert words.heading(exports[kind].model) == heading


def test_the_lead_is_two_sentences(exports: dict[str, Exported]) -> None:
    network = "A small neural network inside this page answers, offline."
    assert words.lead(exports["1.0"].model) == f"Show it a picture. {network}"
    assert words.lead(exports["table"].model) == f"Fill in a row. {network}"


def test_the_size_says_what_a_box_is_a_part_of(exports: dict[str, Exported]) -> None:
    model = replace(exports["1.0"].model, image_size=(4, 8), box_average=2, colors="grey")
    assert words.in_pixels(model) == "8 x 4 pixels in grey, each the mean of a 2 x 2 box of a 16 x 8 picture"
    assert words.in_pixels(exports["1.0"].model) == "20 x 20 pixels"


@pytest.mark.parametrize("kind", ["1.0", "2.0", "3.0", "regression", "table"])
def test_the_foot_has_no_number_of_the_goal(exports: dict[str, Exported], kind: str) -> None:
    first = words.foot(exports[kind], "")[0]
    assert "goal" not in first
    assert f"of epoch {exports[kind].model.epoch}." in first


@pytest.mark.parametrize(
    ("kind", "always"),
    [
        ("1.0", "; always giving not cat scores "),
        ("2.0", "; always giving "),
        ("3.0", "; always giving "),
        ("regression", "; the training mean, as the answer to all, by "),
    ],
)
def test_the_foot_says_which_answer_scores_without_looking(
    exports: dict[str, Exported], kind: str, always: str
) -> None:
    assert always in words.measured(exports[kind])


def test_weights_of_whitened_pictures_are_said_to_look_like_noise(exports: dict[str, Exported], tmp_path: Path) -> None:
    noise = "They look like noise, because whitening gives fine detail the same size as the coarse."
    assert noise not in words.about_neurons(exports["3.0"])
    draw_folders(tmp_path / "data", {"train": {"cat": 9, "dog": 9}})
    for hidden in ("[]", "[4]"):
        run = train_in(tmp_path, BINARY, "data.scaling=whiten", f"model.hidden_layers={hidden}", "train.epochs=1")
        whitened = Exported(find_model(run), load(find_model(run)).model)
        assert words.about_neurons(whitened).count(noise) == 1
