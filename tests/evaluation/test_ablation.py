"""What neurons are worth: as if their weights were really gone, by the page's own numbers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catnet.engine.attribution import passes
from catnet.engine.types import Array
from catnet.evaluation import ablation as module
from catnet.evaluation.ablation import Ablation, ablation
from catnet.evaluation.bootstrap import mean_interval, student
from catnet.evaluation.evaluate import evaluate
from catnet.model import Model
from catnet.report.facts import Facts, gather

KINDS = ("2.0", "3.0")


def without(model: Model, layer: int, neurons: list[int], values: Array) -> Model:
    """The model whose neurons really have these values: no outgoing weights, and what they would add in the biases."""
    W, b = (model.parameters[f"{name}{layer + 1}"].astype(np.float64) for name in "Wb")
    b = b + W[:, neurons] @ values[:, None]
    W[:, neurons] = 0
    return replace(model, parameters={**model.parameters, f"W{layer + 1}": W, f"b{layer + 1}": b})


def asked(facts: Facts, model: Model | None = None) -> Ablation:
    split = facts.split(facts.unseen)
    assert split is not None
    return ablation(model or facts.model, split)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("views", ["none", "flip"])
def test_a_neuron_is_switched_off_as_if_its_weights_were_gone(runs: dict[str, Path], kind: str, views: str) -> None:
    facts = gather(runs[kind])
    model, split = replace(facts.model, views=views), facts.split(facts.unseen)
    found, headline = asked(facts, model), facts.headline
    assert split is not None
    before = evaluate(model, split)
    assert (found.cost, found.score) == pytest.approx((before["cost"], before[headline]), rel=1e-5)
    for layer in range(1, model.network.depth):
        tried = found.neurons(layer)
        assert tried.tolist() == list(range(model.network.sizes[layer]))
        values = np.linspace(0.0, 1.0, len(tried))
        changed = found.each(layer, tried, values)
        for j in (0, len(tried) - 1):
            after = evaluate(without(model, layer, [j], values[[j]]), split)
            assert changed.cost.mean[j] == pytest.approx(after["cost"] - before["cost"], abs=1e-5)
            assert changed.score.mean[j] == pytest.approx(after[headline] - before[headline], abs=1e-9)
        some = [0, len(tried) - 1]
        after = evaluate(without(model, layer, some, np.zeros(2)), split)
        together = found.together(layer, np.array(some)).cost.mean
        assert together == pytest.approx([after["cost"] - before["cost"]], abs=1e-5)
        nothing = found.answers_without(layer, tried)
        assert np.ptp(nothing, axis=1).max() < 1e-6
    assert nothing[:, :1] == pytest.approx(model.answer(model.parameters[f"b{model.network.depth}"]), rel=1e-6)


def test_the_page_and_it_have_the_same_numbers(runs: dict[str, Path]) -> None:
    facts = gather(runs["3.0"])
    found, metrics = asked(facts), facts.metrics[facts.unseen]
    assert (found.cost, found.score) == pytest.approx((metrics["cost"], metrics[facts.headline]), rel=1e-5)


def test_the_interval_is_of_the_paired_differences(runs: dict[str, Path]) -> None:
    facts = gather(runs["3.0"])
    found, split, model = asked(facts), facts.split(facts.unseen), facts.model
    assert split is not None
    changed = found.each(1, np.array([2]), np.zeros(1))
    gone = without(model, 1, [2], np.zeros(1))
    losses = [
        np.concatenate(
            [
                each.network.loss_of_logits.value(seen.Z[each.network.depth], split.labels[:, where])[0]
                for where, _, seen in passes(each.network, each.parameters, each.inputs(split.rows))
            ]
        )
        for each in (model, gone)
    ]
    apart = losses[1] - losses[0]
    reach = student(len(apart) - 1) * apart.std(ddof=1) / np.sqrt(len(apart))
    assert (changed.cost.high - changed.cost.low)[0] == pytest.approx(2 * reach, rel=1e-3)


def test_a_single_example_has_no_interval() -> None:
    assert [numbers.tolist() for numbers in mean_interval(np.array([[3.0]]))] == [[3.0], [-np.inf], [np.inf]]
    mean, low, high = mean_interval(np.array([[1.0, -1.0], [2.0, 2.0]]))
    assert mean.tolist() == [0, 2] and low[0] < 0 < high[0] and low[1] == high[1] == 2


def test_much_work_is_a_sample(runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    facts = gather(runs["3.0"])
    monkeypatch.setattr(module, "WORK", 1.0)
    monkeypatch.setattr(module, "FEWEST_EXAMPLES", 9)
    some, again = asked(facts), asked(facts)
    assert len(some.drawn) == 9 and (some.drawn == again.drawn).all()
    assert len(some.neurons(1)) == 1
    monkeypatch.undo()
    everything = asked(facts)
    assert len(everything.drawn) == len(everything.groups) > 9
    W, A = facts.model.parameters["W2"], some.views[0].A[1]
    assert some.neurons(1)[0] == (np.abs(A).mean(axis=1) * np.linalg.norm(W, axis=0)).argmax()
