"""The page makes the inputs of a row's cells that catnet makes of them; under Node.js."""

import csv
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from page_scripts import in_node

from catnet.data.cells import NO_VALUE, ZERO_OR_ONE
from catnet.data.tables import read_rows
from catnet.engine.inputs import Scaling
from catnet.engine.network import Network
from catnet.engine.types import Array
from catnet.evaluation.explain import contributions
from catnet.export.exported import Exported
from catnet.export.numbers import numbers_of
from catnet.model import Model
from catnet.question import Column, Question

ROWS = 1000 if os.environ.get("CATNET_SOAK") else 150
QUESTION = Question(
    "regression",
    target="price",
    features=("age", "fare", "__proto__", "size", "sex", "deck", "weight"),
    encoded=(
        Column("fare", fill=32.25, has_missing=True),
        Column("__proto__", fill=-1.5),
        Column("sex", ("female", "male"), 0.0),
        Column("deck", ("A", "B<b>", "missing", "ü"), 0.0, True),
        Column("weight", ("1", "10", "2"), None),
    ),
)
CELLS = ("12", " 3.5 ", "-0.25", "+7", "1e3", "2E-3", ".5", "5.", "007", "1e38", "-0", "9007199254740993")
ODD = (
    "yes",
    "No",
    "TRUE",
    "",
    "NaN",
    "n/a",
    "?",
    "x",
    "1_000",
    "0x10",
    "1e39",
    "inf",
    "12 kg",
    "1,5",
    "--1",
    "Infinity",
)
TEXTS = ("female", "male", " male ", "Male", "A", "B<b>", "missing", "ü", "", "-", "1", "10", "2", "2.0", "constructor")


def rows_of_cells() -> list[list[str]]:
    """Rows of random cells, about half of them without an odd one."""
    random = np.random.default_rng(3)

    def cell(name: str) -> str:
        if name in ("sex", "deck", "weight"):
            return str(random.choice(TEXTS[:12] if random.random() < 0.9 else TEXTS))
        return str(random.choice(CELLS if random.random() < 0.9 else ODD))

    return [[cell(name) for name in QUESTION.features or ()] for _ in range(ROWS)]


def model_of_cells() -> Model:
    random, n = np.random.default_rng(5), len(QUESTION.inputs)
    network = Network((n, 6, 1), ("tanh", "linear"), "squared")
    parameters = {name: random.normal(size=shape) for name, shape in network.shapes.items()}
    scaling = Scaling(random.normal(size=n), random.uniform(0.1, 1, n))
    return Model(network, parameters, QUESTION, scaling, np.zeros((1, 1)), Scaling(200.0, 0.01))


def on_page(model: Model, rows: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    return in_node(
        """given.rows.map((cells) => {
          const model = modelOf(given.facts, given.numbers);
          const { row, faults } = rowOf(model, new Map(cells.map((cell, place) => [model.features[place], cell])));
          return { faults: [...faults], row: row && [...row],
            yHat: row && [...answer(model, row).yHat], contributions: row && [...contributions(model, row, 0)] };
        })""",
        {"facts": Exported(Path(__file__), model).facts, "numbers": numbers_of(model), "rows": rows},
    )


def read_one_by_one(folder: Path, rows: Sequence[Sequence[str]]) -> list[Array | None]:
    """What catnet reads in a table of each row alone, None if it is a fault."""
    found: list[Array | None] = []
    for cells in rows:
        path = folder / "row.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([QUESTION.features or (), cells])
        try:
            read, places = read_rows(path, QUESTION)
        except Exception:
            found.append(None)
        else:
            found.append(read[0] if places[0][1] is None else None)
    return found


def test_rows_and_answers_are_those_of_catnet(tmp_path: Path) -> None:
    model, rows = model_of_cells(), rows_of_cells()
    found, wanted = on_page(model, rows), read_one_by_one(tmp_path, rows)
    assert ROWS // 10 < sum(row is None for row in wanted) < ROWS * 9 // 10
    for cells, of_page, row in zip(rows, found, wanted, strict=True):
        assert (of_page["row"] is None) == (row is None), (cells, of_page["faults"])
        if row is not None:
            assert of_page["row"] == row.tolist(), cells
            assert of_page["yHat"] == pytest.approx(model.predict(row[None])[:, 0], rel=1e-9, abs=1e-9)
            made = contributions(model, row[None], np.array([0]))[0]
            assert of_page["contributions"] == pytest.approx(made, rel=1e-9, abs=1e-9)


def test_what_is_wrong_is_said_of_each_column() -> None:
    found, other = on_page(
        model_of_cells(), [["x", "", "1", "", "male", "A", ""], ["-3,5", "1,000,000", "1", "2", "male", "A", "1"]]
    )
    assert other["faults"] == [
        ["age", "must be a number, is -3,5; write -3.5, with a point"],
        ["fare", "must be a number, is 1,000,000"],
    ]
    empty = "is empty, and the model does not fill it in"
    assert found["faults"] == [["age", "must be a number, is x"], ["size", empty], ["weight", empty]]


def test_every_word_for_a_missing_cell_is_one_on_the_page() -> None:
    words = sorted({"", *NO_VALUE, *map(str.upper, NO_VALUE)})
    question = replace(QUESTION, features=("fare",), encoded=QUESTION.encoded[:1])
    facts = {**Exported(Path(__file__), model_of_cells()).facts, **question.to_json()}
    found = in_node(
        "given.words.map((word) => [...rowOf(given.facts, new Map([['fare', word]])).row])",
        {"facts": facts, "words": words},
    )
    assert found == [[32.25, 1]] * len(words)


def test_yes_and_no_are_numbers_on_the_page() -> None:
    found = in_node("given.map(numberIn)", list(ZERO_OR_ONE))
    assert found == list(ZERO_OR_ONE.values())
