"""Intervals, curves, thresholds and contributions, against other ways to compute them."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose

from catnet.engine.attribution import gradient_times_input, passes
from catnet.engine.initialization import initial_parameters
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.network import Network, logits
from catnet.errors import ConfigError
from catnet.evaluation.bootstrap import interval, share_interval
from catnet.evaluation.curves import average_precision, precision_recall, reliability, roc
from catnet.evaluation.explain import contributions
from catnet.evaluation.joint import jointly
from catnet.evaluation.metrics import auc, metrics, scores
from catnet.evaluation.thresholds import at_precision, at_recall, choose
from catnet.model import Model
from catnet.question import Question


def random_scores(m: int = 200) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    truth = random.random(m) < 0.4
    return np.round(np.clip(random.normal(0.4 + 0.2 * truth, 0.2), 0, 1), 2), truth  # with equal ones among them


def test_the_interval_of_a_share_is_that_of_the_binomial() -> None:
    low, high = interval(np.repeat([1.0, 0.0], [300, 700]))
    error = 1.96 * np.sqrt(0.3 * 0.7 / 1000)
    assert low == pytest.approx(0.3 - error, abs=0.004)
    assert high == pytest.approx(0.3 + error, abs=0.004)
    assert interval(np.ones(50)) == (1, 1)
    assert interval(np.repeat([1.0, 0.0], [300, 700])) == (low, high)


@pytest.mark.parametrize("m", [5, 8, 20])
@pytest.mark.parametrize(("kind", "mean"), [("exponential", 1.0), ("normal", np.sqrt(2 / np.pi))])
def test_the_interval_of_few_errors_holds_the_true_mean_as_often_as_it_says(kind: str, mean: float, m: int) -> None:
    errors = np.abs(getattr(np.random.default_rng(0), kind)(size=(2000, m)))
    intervals = np.array([interval(each) for each in errors])
    assert ((intervals[:, 0] <= mean) & (mean <= intervals[:, 1])).mean() >= 0.92


@pytest.mark.parametrize(
    ("share", "m", "low", "high"),
    [
        (81 / 263, 263, 0.2553, 0.3662),  # Newcombe, Statistics in Medicine 17, 1998, table I
        (15 / 148, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1 / 29, 29, 0.0061, 0.1718),
        (1, 3, 0.4385, 1.0),
    ],
)
def test_wilsons_interval(share: float, m: int, low: float, high: float) -> None:
    assert share_interval(share, m) == pytest.approx((low, high), abs=5e-5)


def test_pairs_make_the_interval_narrow() -> None:
    random = np.random.default_rng(0)
    a = random.normal(10, 5, 400)
    b = a + 0.5 + random.normal(0, 0.1, 400)
    gap = jointly([b[None], a[None]], is_share=False).gap(0, 1)
    assert 0.48 < gap.low < 0.5 < gap.high < 0.52
    low, high = interval(b)
    assert high - low > 0.5


def test_curves_are_those_of_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    found, truth = random_scores()
    false_positives, true_positives, _ = sklearn.roc_curve(truth, found, drop_intermediate=False)
    assert_allclose(roc(found, truth), (false_positives, true_positives))
    precision, recall, _ = sklearn.precision_recall_curve(truth, found)
    ours = precision_recall(found, truth)
    assert_allclose(ours[0], recall[:-1][::-1])
    assert_allclose(ours[1], precision[:-1][::-1])
    assert average_precision(found, truth) == pytest.approx(sklearn.average_precision_score(truth, found))


def test_curves_by_hand() -> None:
    found, truth = np.array([0.9, 0.8, 0.8, 0.1]), np.array([True, False, True, False])
    x, y = roc(found, truth)
    assert (x.tolist(), y.tolist()) == ([0, 0, 0.5, 1], [0, 0.5, 1, 1])
    recall, precision = precision_recall(found, truth)
    assert (recall.tolist(), precision.tolist()) == ([0.5, 1, 1], [1, 2 / 3, 0.5])
    assert average_precision(found, truth) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3 + 0 * 0.5)


def test_curves_of_a_constant_answer() -> None:
    """ROC is the diagonal; precision-recall is one point, whose average precision is the share of true examples."""
    found, truth = np.full(8, 0.3), np.arange(8) < 2
    x, y = roc(found, truth)
    assert (x.tolist(), y.tolist()) == ([0, 1], [0, 1])
    assert auc(found, truth) == 0.5
    recall, precision = precision_recall(found, truth)
    assert (recall.tolist(), precision.tolist()) == ([1], [0.25])
    assert average_precision(found, truth) == 0.25
    assert average_precision(found, np.zeros(8, bool)) is None


def test_reliability() -> None:
    found = np.array([0.02, 0.08, 0.95, 1.0, 0.5])
    bins = reliability(found, np.array([False, True, True, True, False]))
    assert [each.examples for each in bins] == [2, 1, 2]
    assert [each.share for each in bins] == [0.5, 0, 1]
    assert bins[0].probability == pytest.approx(0.05)


@pytest.mark.parametrize("wanted", [0.3, 0.6, 0.8])
def test_thresholds_against_trying_them_all(wanted: float) -> None:
    found, truth = random_scores()
    tried = [(t, metrics("1.0", found[None], truth[None], ["x"], t)) for t in np.linspace(0, 1, 1001)]
    threshold, _ = at_precision(found, truth, wanted)
    assert threshold is not None
    mine = metrics("1.0", found[None], truth[None], ["x"], threshold)
    assert mine["precision"] >= wanted
    assert mine["recall"] == max(m["recall"] for _, m in tried if m["precision"] >= wanted)
    threshold, _ = at_recall(found, truth, wanted)
    assert threshold is not None
    mine = metrics("1.0", found[None], truth[None], ["x"], threshold)
    assert mine["recall"] >= wanted
    assert mine["precision"] == max(m["precision"] for _, m in tried if m["recall"] >= wanted)


def test_a_precision_that_no_threshold_has() -> None:
    found, truth = np.array([[0.9, 0.1]]), np.array([[0, 1]])
    with pytest.raises(ConfigError, match=r"no threshold gives cat a precision of 0\.9; 0\.5 is the most"):
        choose("precision", 0.9, found, truth, ["cat"])


def test_the_mean_of_the_scores_is_the_first_metric() -> None:
    random = np.random.default_rng(0)
    labels = (random.random((3, 40)) < 0.5).astype(float)
    answer = random.random((3, 40))
    assert scores("2.0", answer, labels).mean() == metrics("2.0", answer, labels, "abc")["exact_match"]
    one_hot = np.eye(3)[:, random.integers(0, 3, 40)]
    assert scores("3.0", answer, one_hot).mean() == metrics("3.0", answer, one_hot, "abc")["accuracy"]
    assert (
        scores("regression", answer[:1], labels[:1]).mean() == metrics("regression", answer[:1], labels[:1], [])["mae"]
    )


def model_of(sizes: tuple[int, ...], goal: str, output: str, **facts: object) -> Model:
    hidden = ("tanh",) * (len(sizes) - 2)
    network = Network(sizes, (*hidden, output), "squared" if goal == "regression" else "cross_entropy")
    parameters = initial_parameters(sizes, "xavier", 0, np.float64)
    scaling = Scaling(np.arange(sizes[0]) / 10, 0.7)
    constant = np.zeros((sizes[-1], 1))
    named = {name: facts.pop(name) for name in ("classes", "negative", "target") if name in facts}
    return Model(network, parameters, Question(goal, **named), scaling, constant, **facts)  # type: ignore[arg-type]


def test_contributions_of_one_layer_and_the_bias_sum_to_the_logit() -> None:
    model = model_of((5, 1), "1.0", "sigmoid", classes=("cat",), negative="not")
    rows = np.random.default_rng(0).normal(size=(7, 5))
    total = contributions(model, rows, np.zeros(7, int)).sum(axis=1) + model.parameters["b1"][0]
    assert_allclose(total, model.logits(rows)[0])


def test_contributions_of_softmax_are_about_the_lead_over_the_mean() -> None:
    model = model_of((5, 3), "3.0", "softmax", classes=("a", "b", "c"))
    rows = np.random.default_rng(0).normal(size=(7, 5))
    Z = model.logits(rows)
    total = contributions(model, rows, np.full(7, 2)).sum(axis=1)
    assert_allclose(total, Z[2] - Z.mean(axis=0), atol=1e-12)  # the biases start at zero


def test_contributions_of_a_regression_are_in_its_unit() -> None:
    model = model_of((5, 1), "regression", "linear", target="y", target_scaling=Scaling(3.0, 0.01))
    rows = np.random.default_rng(0).normal(size=(7, 5))
    total = contributions(model, rows, np.zeros(7, int)).sum(axis=1)
    assert_allclose(total + 3, model.predict(rows)[0])


def test_gradient_times_input_against_central_differences() -> None:
    model = model_of((4, 6, 5, 2), "2.0", "sigmoid", classes=("a", "b"))
    rows = np.random.default_rng(0).normal(size=(3, 4))
    inputs = model.inputs(rows)
    direction = np.array([[1.0, 0, 2], [0, 1, -1]])
    ((_, X, seen),) = passes(model.network, model.parameters, inputs)
    found = gradient_times_input(model.network, model.parameters, X, seen, direction)
    assert_allclose(found, X * differences(lambda X: (direction * outputs(model, X)).sum(axis=0), X), rtol=1e-6)


def outputs(model: Model, X: np.ndarray) -> np.ndarray:
    return logits(model.network, model.parameters, Inputs(X.T.copy(), Scaling(0.0, 1.0), np.float64))


def differences(function: Callable[[np.ndarray], np.ndarray], X: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """d function / dX, by central differences; the function is of each column alone."""
    slopes = np.empty_like(X)
    for i in range(len(X)):
        up, down = X.copy(), X.copy()
        up[i] += step
        down[i] -= step
        slopes[i] = (function(up) - function(down)) / (2 * step)
    return slopes
