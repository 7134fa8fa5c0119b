"""Tables of texts and missing cells: a network without hidden layer reaches what scikit-learn's pipeline reaches.

Both costs are those of the optimum of one and the same convex problem, so they are equal; a column that is encoded in
another way, or a row that is split in another way, makes them differ.
"""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import catnet

ROOT = Path(__file__).resolve().parents[1]
CONVERGED = {
    "epochs": 2000,
    "optimizer": "nesterov",
    "momentum": 0.98,
    "learning_rate": 1.0,
    "precision": "float64",
    "keep": "last",
    "checkpoint_every": 2000,
}
PASSENGERS = {"target": "survived", "classes": ["yes"], "ignore": ["id", "name"], "missing": "fill"}


def columns_of(path: Path) -> dict[str, list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


def inputs_of(columns: dict[str, list[str]], numbers: list[str], texts: list[str]) -> Any:
    """The columns as scikit-learn takes them: (m, columns) objects, a missing number as NaN, a missing text as None."""
    of_numbers = [[float(cell) if cell else np.nan for cell in columns[name]] for name in numbers]
    of_texts = [[cell or None for cell in columns[name]] for name in texts]
    return np.array([*of_numbers, *of_texts], dtype=object).T


def pipeline(numbers: list[str], texts: list[str]) -> Any:
    """Impute, one-hot, standardise; then logistic, or softmax, regression without penalty."""
    of_numbers = make_pipeline(SimpleImputer(strategy="mean", add_indicator=True), StandardScaler())
    of_texts = make_pipeline(
        SimpleImputer(missing_values=None, strategy="constant", fill_value="missing"),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
        StandardScaler(),
    )
    width = len(numbers)
    columns = make_column_transformer(
        (of_numbers, list(range(width))), (of_texts, list(range(width, width + len(texts))))
    )
    return make_pipeline(columns, LogisticRegression(C=np.inf, solver="newton-cg", tol=1e-12, max_iter=1000))


@pytest.mark.parametrize(
    ("name", "goal", "settings", "numbers", "texts"),
    [
        ("passengers", 1.0, PASSENGERS, ["age", "relatives", "fare"], ["class", "sex", "port"]),
        (
            "passengers",
            3.0,
            {**PASSENGERS, "classes": ["no", "yes"]},
            ["age", "relatives", "fare"],
            ["class", "sex", "port"],
        ),
        ("flowers", 3.0, {"target": "species"}, ["leaf_length", "leaf_width", "petal_length", "petal_width"], []),
    ],
    ids=["passengers-1.0", "passengers-3.0", "flowers-3.0"],
)
def test_the_same_costs_as_scikit_learn(
    tables: Path, tmp_path: Path, name: str, goal: float, settings: dict[str, Any], numbers: list[str], texts: list[str]
) -> None:
    data = {"path": str(tables / name), "scaling": "standard", **settings}
    model = {"hidden_layers": [], "initialization": "zeros"}
    run = catnet.train({"goal": goal, "data": data, "model": model, "train": CONVERGED}, run_dir=tmp_path / "run")
    train, test = (columns_of(tables / name / f"{split}.csv") for split in ("train", "test"))
    target = str(settings["target"])
    theirs = pipeline(numbers, texts).fit(inputs_of(train, numbers, texts), train[target])
    for split, columns in (("train", train), ("test", test)):
        probabilities = theirs.predict_proba(inputs_of(columns, numbers, texts))
        cost = log_loss(columns[target], probabilities, labels=theirs.classes_)
        assert run.metrics[split]["cost"] == pytest.approx(cost, abs=1e-6)
