"""The page of a network that was trained on whitened components and is stored folded."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from catnet.errors import CheckpointError
from catnet.evaluation.recorded import recorded
from catnet.report.facts import Facts, gather
from catnet.report.neurons import neurons
from catnet.report.page import render
from catnet.report.weights import WHITENED
from catnet.runs.reader import SavedRun

Train = Callable[..., Path]
TEXT = (
    "goal: 3.0\ndata: {path: data, image_size: [8, 8], scaling: whiten, components: 50}\n"
    "model: {hidden_layers: [20]}\ntrain: {epochs: 3, augment: {flip: true}}\n"
)
NOISE = (
    "Whitening gives the fine detail of the pictures the same size as the coarse, so the weights are those of fine "
    "detail too, and look like noise."
)


@pytest.fixture
def facts(pictures: Path, train_text: Train) -> Facts:
    return gather(train_text(pictures, TEXT))


def test_both_networks_are_named(facts: Facts) -> None:
    page = render(facts)
    assert (
        "It was trained on 50 whitened components of its 192 inputs, with 1083 parameters; the whitening is folded "
        "into the 3923 that are stored." in page
    )
    assert NOISE in page
    assert len(neurons(facts)["weights"]) == WHITENED
    assert f"Shown are the {WHITENED} of 20 neurons with the largest weights." in page


def test_nothing_is_said_of_whitening_if_there_is_none(pictures: Path, train_text: Train) -> None:
    facts = gather(train_text(pictures, TEXT.replace("whiten, components: 50", "center")))
    page = render(facts)
    assert "It was trained on" not in page
    assert NOISE not in page
    assert "components" not in facts.summary


@pytest.mark.parametrize("count", [0, "50", None, 1.5])
def test_a_damaged_count_is_refused(facts: Facts, count: object) -> None:
    path = facts.run.path / "summary.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"components": count}))
    with pytest.raises(CheckpointError, match=r"summary\.json: is damaged: .*components"):
        recorded(SavedRun(facts.run.path), facts.question)
