"""What the page says of hidden neurons: what each is worth, what excites it, and what the network can find."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from parsed import Page
from safetensors.numpy import save_file
from small_runs import draw_folders

from catnet.engine.parallel import thread_count, use_threads
from catnet.evaluation.ablation import Change, Effect, ablation
from catnet.evaluation.blobs import Blobs, Kept
from catnet.report import blobs as module
from catnet.report.activity import responses
from catnet.report.blobs import about_blobs
from catnet.report.exciting import made_picture
from catnet.report.facts import Facts, gather
from catnet.report.neurons import neurons
from catnet.report.page import render
from catnet.report.weights import Learned
from catnet.report.worth import Worth, of_those_without_change, remark, signed, worth
from catnet.text import number, score

Train = Callable[..., Path]


def worth_of(facts: Facts) -> Worth:
    train = facts.split("train")
    answered = None if train is None else responses(facts.model, train)
    assert train is not None and answered is not None
    found = worth(facts, answered, Learned.of(facts))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def facts(runs: dict[str, Path]) -> Facts:
    return gather(runs["3.0"])


@pytest.fixture
def twins(tmp_path: Path, train_text: Train) -> Facts:
    """Neurons 1 and 2 do the same and each is enough for a sure answer; neuron 3 feeds nothing, neuron 4 is dead."""
    draw_folders(tmp_path / "data", {"train": {"cat": 40, "dog": 40}, "test": {"cat": 40, "dog": 40}}, size=18)
    left = np.zeros((18, 18, 3), np.float32)
    left[:, :9], left[:, 9:] = 0.03, -0.03
    W1 = np.stack([left.ravel(), left.ravel(), np.zeros(972, np.float32), -np.ones(972, np.float32)])
    numbers = {"b1": [[0], [0], [1], [-1000]], "W2": [[400, 400, 0, 1]], "b2": [[-400]]}
    tensors = {"W1": W1, **{name: np.array(each, np.float32) for name, each in numbers.items()}}
    save_file(tensors, tmp_path / "start.safetensors")
    text = "goal: 1.0\ndata: {path: data, classes: [cat], image_size: [18, 18]}\n"
    text += "model: {hidden_layers: [4], initialization: start.safetensors}\n"
    return gather(train_text(tmp_path, text + "train: {epochs: 1, learning_rate: 1.0e-9}\n"))


def test_without_a_change_the_numbers_are_those_of_the_page(facts: Facts) -> None:
    found, metrics = worth_of(facts), facts.metrics[facts.unseen]
    assert (
        found.whole
        == f"the cost is {number(metrics['cost'])} and the accuracy {score('accuracy', metrics['accuracy'])}"
    )
    assert [layer.number for layer in found.layers] == [1, 2]
    assert [len(layer.rows) for layer in found.layers] == [8, 5]
    page = Page(render(facts))
    assert f"Measured on {found.measured_on}: with all neurons {found.whole}." in page.text
    for layer in found.layers:
        changes = [float(row.changes[0][0]) for row in layer.rows]
        assert changes == sorted(changes, reverse=True)
        for row in layer.rows:
            assert [cell for cell in page.rows if cell and cell[0].startswith(row.title + row.remark)]


def test_names_are_those_of_what_is_read_and_fed(facts: Facts) -> None:
    first, second = worth_of(facts).layers
    assert all(row.weights is not None and not row.reads for row in first.rows)
    (row,) = (row for row in second.rows if row.title == "neuron 1")
    W = facts.model.parameters["W3"][:, 0]
    order = np.argsort(-np.abs(W))
    assert row.feeds == ", ".join(f"{facts.outputs[j]} ({W[j]:+.2g})" for j in order)
    strongest = int(np.abs(facts.model.parameters["W2"][0]).argmax())
    assert row.reads.startswith(f"neuron {strongest + 1} (") and row.reads.endswith(" and 5 more")


def test_twins_share_their_worth_and_the_dead_are_named(twins: Facts) -> None:
    (layer,) = worth_of(twins).layers
    remarks = {row.title: row.remark for row in layer.rows}
    assert remarks["neuron 4"] == "dead: 0 for every training picture"
    assert remarks["neuron 3"] == "no sure change"
    assert layer.sentences[0] == "1 neuron is dead: 0 for every training picture."
    assert {row.title: row.changes[0] for row in layer.rows}["neuron 3"] == ("0", "")


def test_none_changes_anything_by_itself_but_all_do(twins: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    (layer,) = worth_of(twins).layers
    assert [row.changes[:2] for row in layer.rows] == 4 * [[("0", ""), ("0", "")]]
    assert {row.title: row.remark for row in layer.rows}["neuron 1"] == "a sure change at its mean only"
    assert layer.sentences[1] == "Without neuron 3 these 80 pictures tell no change from chance."
    split = twins.split("test")
    assert split is not None
    (told,) = of_those_without_change(twins, ablation(twins.model, split), 1, np.arange(3), 4)
    assert told.startswith("Without any single one of 3 of the 4 neurons these 80 pictures tell no change from chance.")
    assert "With all 3 at 0, all pictures get one answer, cat 0.0000; the cost changes by +200" in told
    assert "the accuracy by -50.0 points" in told and told.endswith("that is more than chance.")
    monkeypatch.setattr("catnet.report.worth.NEURONS", 1)
    (layer,) = worth_of(twins).layers
    assert len(layer.rows) == 1
    assert "Shown are the 1 that are worth most; with the other 3 all at 0, the cost changes by" in layer.sentences[-2]


def test_without_a_layer_all_get_one_answer(facts: Facts) -> None:
    for layer in worth_of(facts).layers:
        assert layer.sentences[-1].startswith("With the whole layer at 0, all pictures get one answer, ")
    last = facts.model.answer(facts.model.parameters["b3"])[:, 0]
    best = int(last.argmax())
    assert f"one answer, {facts.outputs[best]} {last[best]:.4f}, " in worth_of(facts).layers[1].sentences[-1]


def test_what_changes_nothing_is_not_said_to_be_chance(twins: Facts) -> None:
    split = twins.split("test")
    assert split is not None
    (told,) = of_those_without_change(twins, ablation(twins.model, split), 1, np.array([2, 3]), 4)
    assert told.endswith("With all 2 at 0, the cost changes by 0, the accuracy by 0 points.")


def test_a_mean_that_surely_changes_something_is_no_neuron_without_change(facts: Facts) -> None:
    def effect(low: float) -> Effect:
        change = Change(np.array([low + 1]), np.array([low]), np.array([low + 2]))
        return Effect(change, change)

    def said(at_zero: float, at_mean: float) -> str:
        return remark(facts, 2, 0, effect(at_zero), effect(at_mean))

    assert said(-1, -1) == "no sure change" and said(-1, 1) == "a sure change at its mean only"
    assert said(1, -1) == "its mean would do" and said(1, 1) == "" and said(-9, 1) == "the cost is lower without it"


def test_changes_have_the_decimals_of_the_whole() -> None:
    assert [signed(value, 19000.0) for value in (-50.4213, 1245.3, -0.31)] == ["-50", "+1,245", "-0.31"]
    assert [signed(value, 0.4) for value in (0.3448, -0.0012, 2.3e-5)] == ["+0.3448", "-0.0012", "+2.3e-05"]
    assert [signed(value, 12.0) for value in (1.2345, -0.012)] == ["+1.23", "-0.012"]


def test_a_table_has_the_names_of_its_columns(runs: dict[str, Path], train_text: Train, tmp_path: Path) -> None:
    data = gather(runs["table"]).run.config.data.path
    text = f"goal: regression\ndata: {{path: '{data}', target: price, target_scaling: standard}}\n"
    facts = gather(
        train_text(tmp_path, text + "model: {hidden_layers: [4]}\ntrain: {epochs: 30, learning_rate: 0.1}\n")
    )
    (layer,) = worth_of(facts).layers
    assert {name for row in layer.rows for name in re.findall(r"(\w+) \(", row.reads)} <= set(facts.question.inputs)
    assert all(row.weights is None and row.feeds.startswith("price (") for row in layer.rows)
    page = Page(render(facts))
    assert "MAE" in page.text and "reads most strongly" in page.text
    assert "What it can find, and what not" not in page.text


def test_without_hidden_layers_nothing_is_said_of_neurons(runs: dict[str, Path]) -> None:
    text = Page(render(gather(runs["1.0"]))).text
    assert "hidden neuron" not in text and "excites" not in text
    assert "What it can find, and what not" in text


def test_the_pictures_say_how_far_they_go(facts: Facts) -> None:
    page = render(facts)
    assert "Layer 1: the pictures that excite each neuron" in page
    assert re.search(r"A picture made to excite dog: z is -?[\d.]+, for a training picture at most -?[\d.]+", page)
    assert re.search(r"<small>±\d+</small>", page)
    z = re.findall(r"<small>z (\S+) \(([^,)]+)(, farther|, detail|)\)</small>", page)
    assert len(z) == page.count("A picture made to excite ") > 10
    assert all(reason or float(greatest) <= float(reached) for reached, greatest, reason in z)
    assert re.search(r"half of the training pictures are more than \d+\.\d from it", page)
    assert re.search(r"made of their \d+ leading principal components, which have \d+% of their variance", page)


def test_why_a_training_picture_excites_a_neuron_more() -> None:
    pixels = np.zeros((8, 8, 3), np.uint8)
    assert made_picture("cat", pixels, 3.0, 2.0, 1.0).caption == "z 3 (2)"
    assert made_picture("cat", pixels, 3.0, 5.0, 4.0).caption == "z 3 (5, farther)"
    assert made_picture("cat", pixels, 3.0, 5.0, 2.0).caption == "z 3 (5, detail)"
    assert made_picture("cat", pixels, 3.0, 5.0, 4.0).alt.endswith("at most 5, which is farther from the mean")


def test_the_words_on_blobs_follow_what_was_measured(facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    def words(blurred: float, shifted: float, of_weights: float) -> str:
        kept = (Kept(blurred, 0.4), Kept(shifted, 0.4))
        monkeypatch.setattr(module, "blobs", lambda *_: Blobs(10, *kept, 4))
        shares = iter([of_weights, 0.5])
        monkeypatch.setattr(module, "share_of_squares", lambda *_: next(shares))
        return " ".join(about_blobs(facts, Learned.of(facts)))

    text = words(0.04, 0.1, 0.6)
    assert (
        "60% (by the sum of squares) is the same throughout each of 8 x 8 squares of the picture, of what the" in text
    )
    assert "differ in from their mean 50%: the weights are coarser than the pictures." in text
    assert "get the same answer in 96.0% of all cases (by chance, of another picture, 60.0%), 90% of the way" in text
    assert "to always: what it goes by are blobs of colour, not finer detail." in text
    assert "75% of the way from chance to always: the same picture, a little aside, is another input to it." in text
    text = words(0.2, 0.02, 0.4)
    assert "the weights have finer detail than the pictures" in text and "blobs" not in text
    assert "50% of the way from chance to always: it also goes by finer detail" in text
    assert "what it goes by is larger than that" in text
    text = words(0.4, 0.02, 0.48)
    assert "the weights are about as coarse as the pictures" in text
    assert "no more than by chance: what it goes by is mostly finer detail" in text
    grey = replace(facts, model=replace(facts.model, colors="grey"))
    assert "blobs of brightness" in module.of_blurring(grey, Blobs(10, Kept(0.1, 0.5), Kept(0.1, 0.5), 4))


def test_of_weights_that_training_hardly_changed_nothing_is_said(
    facts: Facts, twins: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned = Learned.of(facts)
    assert module.of_weights(facts, learned)
    assert not module.of_weights(facts, learned._replace(weights=learned.weights * 1e-3))
    assert module.of_weights(twins, Learned.of(twins))
    monkeypatch.setattr(module, "dead_in_first_layer", lambda *_: np.ones(4, bool))
    assert not module.of_weights(twins, Learned.of(twins))


def test_without_the_data_nothing_is_judged(runs: dict[str, Path]) -> None:
    facts = gather(runs["3.0"], data=Path("/nowhere"))
    text = Page(render(facts)).text
    assert "hidden neuron" not in text and "Blurred" not in text
    assert "What it can find" not in text


def test_small_products_take_one_thread(facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    monkeypatch.setattr("catnet.report.neurons.worth", lambda *_: threads.append(thread_count()))
    before = thread_count()
    try:
        use_threads(2)
        neurons(facts)
    finally:
        use_threads(before)
    assert threads == [1]
