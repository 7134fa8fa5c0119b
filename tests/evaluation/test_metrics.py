import json
from itertools import product

import numpy as np
import pytest

from catnet.evaluation.metrics import (
    auc,
    metrics,
    scalars,
    trivial_prediction,
)
from catnet.goals import BINARY, GOALS, MULTI_CLASS, MULTI_LABEL, REGRESSION, penalty

CLASSES = ("cat", "lion", "iguana")


def one_hot(truth, k):
    return (np.arange(k)[:, None] == np.asarray(truth)).astype(float)


def random_examples(goal, seed, m=60):
    """Predictions on a coarse grid, so that there are ties, and labels."""
    random = np.random.default_rng(seed)
    k = 1 if goal in (BINARY, REGRESSION) else 3
    predictions = random.integers(0, 11, (k, m)) / 10
    if goal == MULTI_CLASS:
        predictions = predictions + 0.1
        return predictions / predictions.sum(axis=0), one_hot(random.integers(0, k, m), k)
    if goal == REGRESSION:
        return predictions * 40, random.normal(20, 5, (1, m))
    return predictions, (random.random((k, m)) < 0.4).astype(float)


# by hand


def test_binary_by_hand():
    predictions = np.array([[0.9, 0.8, 0.4, 0.3, 0.6, 0.1]])
    labels = np.array([[1, 1, 1, 0, 0, 0]])
    # predicted 1 1 0 0 1 0; of the nine pairs only (0.4, 0.6) is in the wrong order
    assert metrics(BINARY, predictions, labels, ["cat"]) == {
        "accuracy": 4 / 6,
        "precision": 2 / 3,
        "recall": 2 / 3,
        "f1": 2 / 3,
        "auc": 8 / 9,
        "confusion_matrix": [[2, 1], [1, 2]],
    }


def test_one_half_is_not_the_class():
    values = metrics(BINARY, np.array([[0.5, 0.5, 0.5000001]]), np.array([[0, 1, 1]]), ["cat"])
    assert values["confusion_matrix"] == [[1, 0], [1, 1]]


def test_multi_label_by_hand():
    predictions = np.array([[0.9, 0.2, 0.7, 0.1], [0.6, 0.6, 0.1, 0.4]])
    labels = np.array([[1, 0, 0, 0], [1, 1, 1, 0]])
    assert metrics(MULTI_LABEL, predictions, labels, ["cat", "lion"]) == {
        "exact_match": 3 / 4,
        "accuracy": 6 / 8,
        "f1": pytest.approx((2 / 3 + 4 / 5) / 2),
        "auc": pytest.approx((1 + 2 / 3) / 2),
        "per_class": {
            "cat": {"precision": 1 / 2, "recall": 1.0, "f1": 2 / 3, "auc": 1.0, "support": 1},
            "lion": {"precision": 1.0, "recall": 2 / 3, "f1": 4 / 5, "auc": 2 / 3, "support": 3},
        },
    }


def test_multi_class_by_hand():
    predictions = np.array([[0.7, 0.2, 0.1, 0.4], [0.2, 0.5, 0.3, 0.4], [0.1, 0.3, 0.6, 0.2]])
    labels = one_hot([0, 0, 2, 1], 3)  # predicted 0 1 2 0: the last is a tie, which the first class wins
    values = metrics(MULTI_CLASS, predictions, labels, CLASSES)
    assert values["accuracy"] == 2 / 4
    assert values["confusion_matrix"] == [[1, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert values["per_class"]["cat"] == {"precision": 1 / 2, "recall": 1 / 2, "f1": 1 / 2, "auc": 3 / 4, "support": 2}
    assert values["per_class"]["lion"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "auc": 2 / 3, "support": 1}
    assert values["per_class"]["iguana"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "auc": 1.0, "support": 1}
    assert values["precision"] == values["recall"] == values["f1"] == 1 / 2
    assert values["auc"] == pytest.approx((3 / 4 + 2 / 3 + 1) / 3)


def test_regression_by_hand():
    values = metrics(REGRESSION, np.array([[1.0, 2.0, 6.0]]), np.array([[1.0, 4.0, 4.0]]), ())
    assert values == {"mae": 4 / 3, "rmse": pytest.approx(np.sqrt(8 / 3)), "r2": pytest.approx(1 - 8 / 6)}


# degenerate cases


def test_a_class_that_is_never_predicted_has_precision_zero():
    values = metrics(BINARY, np.array([[0.1, 0.2]]), np.array([[1, 0]]), ["cat"])
    assert (values["precision"], values["recall"], values["f1"], values["auc"]) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_auc_needs_both_classes(label):
    values = metrics(BINARY, np.array([[0.1, 0.7]]), np.full((1, 2), label), ["cat"])
    assert values["auc"] is None
    assert values["accuracy"] == 0.5


def test_macro_auc_is_over_the_classes_that_have_one():
    predictions = np.array([[0.7, 0.2], [0.2, 0.7], [0.1, 0.1]])
    values = metrics(MULTI_CLASS, predictions, one_hot([0, 1], 3), CLASSES)
    assert values["per_class"]["iguana"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "auc": None, "support": 0}
    assert values["auc"] == 1.0
    assert values["f1"] == pytest.approx(2 / 3)  # over all three classes
    assert metrics(MULTI_LABEL, predictions, np.ones((3, 2)), CLASSES)["auc"] is None


@pytest.mark.parametrize("value", [4.0, 0.1])  # the mean of 0.1 ten times is not 0.1
def test_r2_needs_a_target_that_varies(value):
    values = metrics(REGRESSION, np.full((1, 10), value + 1), np.full((1, 10), value), ())
    assert values["r2"] is None
    assert values["mae"] == pytest.approx(1)


def test_auc_counts_equal_scores_half():
    assert auc(np.array([0.5, 0.5, 0.5]), np.array([True, False, False])) == 0.5
    assert auc(np.array([0.5, 0.5, 0.1]), np.array([True, False, False])) == 0.75


def test_auc_is_the_share_of_correctly_ordered_pairs():
    predictions, labels = random_examples(BINARY, seed=3)
    scores, truth = predictions[0], labels[0] == 1
    pairs = [(p > q) + (p == q) / 2 for p, q in product(scores[truth], scores[~truth])]
    assert auc(scores, truth) == pytest.approx(np.mean(pairs))


# against scikit-learn


@pytest.mark.parametrize("seed", range(5))
def test_binary_is_scikit_learns(seed):
    sklearn = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    predictions, labels = random_examples(BINARY, seed)
    decided, truth = (predictions[0] > 0.5).astype(int), labels[0].astype(int)
    values = metrics(BINARY, predictions, labels, ["cat"])
    assert values["accuracy"] == pytest.approx(sklearn.accuracy_score(truth, decided))
    assert values["precision"] == pytest.approx(sklearn.precision_score(truth, decided, zero_division=0))
    assert values["recall"] == pytest.approx(sklearn.recall_score(truth, decided))
    assert values["f1"] == pytest.approx(sklearn.f1_score(truth, decided))
    assert values["auc"] == pytest.approx(sklearn.roc_auc_score(truth, predictions[0]))
    assert values["confusion_matrix"] == sklearn.confusion_matrix(truth, decided).tolist()


@pytest.mark.parametrize("seed", range(5))
def test_multi_label_is_scikit_learns(seed):
    sklearn = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    predictions, labels = random_examples(MULTI_LABEL, seed)
    decided, truth = (predictions.T > 0.5).astype(int), labels.T.astype(int)
    values = metrics(MULTI_LABEL, predictions, labels, CLASSES)
    assert values["exact_match"] == pytest.approx(sklearn.accuracy_score(truth, decided))
    assert values["accuracy"] == pytest.approx(1 - sklearn.hamming_loss(truth, decided))
    assert values["f1"] == pytest.approx(sklearn.f1_score(truth, decided, average="macro"))
    assert values["auc"] == pytest.approx(sklearn.roc_auc_score(truth, predictions.T, average="macro"))
    expected = sklearn.precision_recall_fscore_support(truth, decided, zero_division=0)
    for row, name in enumerate(CLASSES):
        of_class = values["per_class"][name]
        got = [of_class[score] for score in ("precision", "recall", "f1", "support")]
        assert got == pytest.approx([score[row] for score in expected])


@pytest.mark.parametrize("seed", range(5))
def test_multi_class_is_scikit_learns(seed):
    sklearn = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    predictions, labels = random_examples(MULTI_CLASS, seed)
    decided, truth = predictions.argmax(axis=0), labels.argmax(axis=0)
    values = metrics(MULTI_CLASS, predictions, labels, CLASSES)
    assert values["accuracy"] == pytest.approx(sklearn.accuracy_score(truth, decided))
    assert values["f1"] == pytest.approx(sklearn.f1_score(truth, decided, average="macro"))
    assert values["precision"] == pytest.approx(sklearn.precision_score(truth, decided, average="macro"))
    assert values["recall"] == pytest.approx(sklearn.recall_score(truth, decided, average="macro"))
    assert values["auc"] == pytest.approx(sklearn.roc_auc_score(truth, predictions.T, multi_class="ovr"))
    assert values["confusion_matrix"] == sklearn.confusion_matrix(truth, decided).tolist()


@pytest.mark.parametrize("seed", range(5))
def test_regression_is_scikit_learns(seed):
    sklearn = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    predictions, labels = random_examples(REGRESSION, seed)
    values = metrics(REGRESSION, predictions, labels, ())
    assert values["mae"] == pytest.approx(sklearn.mean_absolute_error(labels[0], predictions[0]))
    assert values["rmse"] == pytest.approx(sklearn.root_mean_squared_error(labels[0], predictions[0]))
    assert values["r2"] == pytest.approx(sklearn.r2_score(labels[0], predictions[0]))


# the trivial answer


def test_the_trivial_answer_of_each_goal():
    assert trivial_prediction(np.array([[1, 0, 0, 0]])).tolist() == [[0.25]]
    assert trivial_prediction(np.array([[1, 1], [0, 1]])).tolist() == [[1.0], [0.5]]
    assert trivial_prediction(one_hot([0, 1, 1, 2], 3)).tolist() == [[0.25], [0.5], [0.25]]
    assert trivial_prediction(np.array([[1.0, 2.0, 6.0]])).tolist() == [[3.0]]


def trivial_metrics(goal, train_labels, labels, classes):
    trivial = np.broadcast_to(trivial_prediction(train_labels), labels.shape)
    return metrics(goal, trivial, labels, classes)


def test_the_trivial_answer_is_the_most_frequent_class():
    train = one_hot([1, 1, 1, 0, 2], 3)
    values = trivial_metrics(MULTI_CLASS, train, one_hot([0, 1, 1, 2], 3), CLASSES)
    assert values["accuracy"] == 0.5
    assert values["auc"] == 0.5
    assert values["confusion_matrix"] == [[0, 1, 0], [0, 2, 0], [0, 1, 0]]


def test_the_trivial_answer_of_goal_1():
    values = trivial_metrics(BINARY, np.array([[1, 0, 0]]), np.array([[1, 0, 0, 0]]), ["cat"])
    assert (values["accuracy"], values["recall"], values["auc"]) == (0.75, 0.0, 0.5)
    evenly = trivial_metrics(BINARY, np.array([[1, 0]]), np.array([[1, 1, 0]]), ["cat"])
    assert evenly["confusion_matrix"] == [[1, 0], [2, 0]]  # one half is not the class


def test_the_mean_has_no_r2():
    labels = np.array([[1.0, 2.0, 6.0]])
    assert trivial_metrics(REGRESSION, labels, labels, ()) == {
        "mae": 2.0,
        "rmse": pytest.approx(np.sqrt(14 / 3)),
        "r2": pytest.approx(0, abs=1e-15),
    }


# the shape of the answer


@pytest.mark.parametrize("goal", GOALS)
def test_scalars_are_those_of_the_table(goal):
    predictions, labels = random_examples(goal, seed=1)
    values = scalars(goal, predictions, labels)
    assert tuple(values) == GOALS[goal].metrics
    assert GOALS[goal].headline == next(iter(values))
    whole = metrics(goal, predictions, labels, CLASSES[: len(labels)])
    assert values == {name: whole[name] for name in GOALS[goal].metrics}
    assert all(type(value) is float for value in values.values())


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_metrics_are_json(goal, dtype):
    predictions, labels = random_examples(goal, seed=2)
    values = metrics(goal, predictions.astype(dtype), labels, CLASSES[: len(labels)])
    assert json.loads(json.dumps(values)) == values


@pytest.mark.parametrize(
    ("name", "new", "old", "better"),
    [
        ("accuracy", 0.9, 0.8, True),
        ("accuracy", 0.8, 0.8, False),
        ("accuracy", 0.7, 0.8, False),
        ("r2", 0.5, -1.0, True),
        ("mae", 1.0, 2.0, True),
        ("rmse", 2.0, 1.0, False),
        ("cost", 0.2, 0.3, True),
        ("cost", 0.3, 0.2, False),
        ("auc", 0.1, None, True),
        ("auc", None, 0.1, False),
        ("auc", None, None, False),
        ("cost", float("nan"), 0.3, False),
    ],
)
def test_the_better_has_the_smaller_penalty(name, new, old, better):
    assert (penalty(name, new) < penalty(name, old)) is better
