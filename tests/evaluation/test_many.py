"""Of many classes the confusion matrix is kept as its cells, and tables show what is worst."""

from typing import Any

import numpy as np
import pytest

from catnet.evaluation.metrics import CELLS, MATRIX, WHOLE, confusions, metrics, supports
from catnet.evaluation.tables import CLASSES, class_table, confusion_table, frequent_confusions


def measured(k: int) -> tuple[dict[str, Any], np.ndarray]:
    """The metrics of random answers to 3 examples of each of k classes, and the whole confusion matrix."""
    random = np.random.default_rng(k)
    truth, answers = np.tile(np.arange(k), 3), random.integers(0, k, 3 * k)
    matrix = np.zeros((k, k), int)
    np.add.at(matrix, (truth, answers), 1)
    labels, predictions = np.eye(k)[:, truth], np.eye(k)[:, answers]
    return metrics("3.0", predictions, labels, [f"c{i}" for i in range(k)]), matrix


@pytest.mark.parametrize("k", [3, WHOLE, WHOLE + 1, 400])
def test_the_matrix_is_the_same_in_both_forms(k: int) -> None:
    found, matrix = measured(k)
    assert (MATRIX in found, CELLS in found) == (k <= WHOLE, k > WHOLE)
    cells = confusions(found)
    assert cells is not None
    again = np.zeros((k, k), int)
    again[cells[:, 0], cells[:, 1]] = cells[:, 2]
    assert (again == matrix).all()
    assert (cells[:, 2] > 0).all()
    assert supports(found) == matrix.sum(axis=1).tolist()


def test_other_metrics_have_no_matrix() -> None:
    assert confusions(metrics("regression", np.ones((1, 2)), np.ones((1, 2)), ())) is None


@pytest.mark.parametrize("k", [CLASSES, CLASSES + 1, 400])
def test_tables_of_many_classes(k: int) -> None:
    found, matrix = measured(k)
    names = [f"c{i}" for i in range(k)]
    classes, confusion = class_table(found).splitlines(), confusion_table(found, names).splitlines()
    assert len(classes) == len(confusion) == 1 + min(k, CLASSES)
    if k <= CLASSES:
        assert [line.split()[0] for line in classes[1:]] == names
        assert [list(map(int, line.split()[1:])) for line in confusion[1:]] == matrix.tolist()
        return
    scores = sorted(of_class["f1"] for of_class in found["per_class"].values())
    assert [float(line.split()[3]) for line in classes[1:]] == pytest.approx(scores[:CLASSES], abs=1e-4)
    np.fill_diagonal(matrix, 0)
    most, of = frequent_confusions(found)
    assert of == np.count_nonzero(matrix)
    assert [count for _, _, count in most] == np.sort(matrix, axis=None)[::-1][:CLASSES].tolist()
    assert all(matrix[true, given] == count for true, given, count in most)
    assert confusion[1].split() == [str(most[0][2]), f"c{most[0][0]}", f"c{most[0][1]}"]
