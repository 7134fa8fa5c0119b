"""A run whose files are damaged, one by one: a command does what can be done without them, or says what is wrong."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fuzz import damaged, disturbed
from trials import TALLY, number, prepare

from catnet.config import load_config
from catnet.runs.directory import RunDirectory
from catnet.training.loop import finish, train
from catnet.training.session import prepare as prepare_session

GOALS = {
    "1.0": "goal: 1.0\ndata: {path: table.csv, classes: [y], validation_fraction: 0.25}\n",
    "3.0": "goal: 3.0\ndata: {path: classes.csv, validation_fraction: 0.2, test_fraction: 0.2, bad_images: skip}\n",
    "regression": "goal: regression\ndata: {path: table.csv, target: a, validation_fraction: 0.25}\n",
}
CELLS = ["", "x", "nan", "inf", "-inf", "1e400", "1e308", "-1", "0", "0.5", "10" * 30, "1_0", "'", '"']
CELLS += ["é\u202e\x1b[31m", "\0", "y" * 140_000]
TABLES = ("metrics.csv", "skipped.csv", "examples.csv")
FILES = (*TABLES, "summary.json", "config.yaml", "best.safetensors", "explained", "tensorboard")
COMMANDS = (
    ["report", "run"],
    ["compare", "run", "whole"],
    ["compare", "whole", "run", "--json"],
    ["compare", "run", "whole", "--html", "page.html"],
    ["evaluate", "run", "--json"],
    ["evaluate", "run", "--threshold", "0.4", "--save"],
    ["predict", "other.csv", "--model", "run", "--json"],
    ["train", "--resume", "run", "--no-report"],
)
CODES = {0, 2, 3, 4, 5, 6}


@pytest.fixture(scope="module", params=GOALS)
def folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A table, and `whole`: a run that is over, with all the files that a run may have."""
    folder = prepare(tmp_path_factory.mktemp("damaged"))
    rows = (folder / "table.csv").read_text().splitlines()
    kinds = [row[: row.rindex(",")] + f",{'abc'[i % 3]}" for i, row in enumerate(rows[1:])]
    (folder / "classes.csv").write_text("\n".join(["a,b,c,d,e,label", *kinds, "1,2,3,4,,a"]) + "\n")
    (folder / "other.csv").write_text("\n".join(rows[:8]) + "\n")
    (folder / "config.yaml").write_text(GOALS[request.param] + "model: {hidden_layers: [3]}\ntrain: {epochs: 30}\n")
    session = prepare_session(load_config(folder / "config.yaml"), lambda: RunDirectory.create(folder / "whole"))
    for _ in train(session):
        pass
    finish(session)
    session.run.close()
    if not (folder / "whole" / "skipped.csv").exists():
        (folder / "whole" / "skipped.csv").write_text("name,reason\nx.png,is no picture\n")
    return folder


def damage(path: Path, random: np.random.Generator) -> None:
    """Makes the file what it should not be."""
    content = path.read_bytes() if path.is_file() else b"x"
    kind = int(random.integers(8))
    if kind == 0:
        path.unlink(missing_ok=True)
        otherwise(path, int(random.integers(5)))
    elif kind == 1:
        path.write_bytes(random.bytes(int(random.integers(300))))
    elif kind < 4:
        path.write_bytes(damaged(content, random))
    elif path.suffix == ".json":
        facts = json.loads(content)
        for _ in range(int(random.integers(1, 4))):
            facts = disturbed(facts, random)
        path.write_text(json.dumps(facts))
    elif path.suffix == ".csv":
        rows = [line.split(",") for line in content.decode().splitlines()]
        for _ in range(int(random.integers(1, 4))):
            rows = disturbed_rows(rows, random)
        path.write_text("\n".join(map(",".join, rows)) + "\n", errors="surrogateescape")
    else:
        path.write_bytes(damaged(damaged(content, random) or b"x", random))


def otherwise(path: Path, kind: int) -> None:
    """A folder, a pipe, a link to nothing, to itself, or nothing under the name of the file."""
    if kind == 0:
        path.mkdir()
    elif kind == 1:
        os.mkfifo(path)
    elif kind == 2:
        path.symlink_to("nothing")
    elif kind == 3:
        path.symlink_to(path.name)


def disturbed_rows(rows: list[list[str]], random: np.random.Generator) -> list[list[str]]:
    """The rows with another cell, a column or a row taken out or doubled, or no rows."""
    rows = [list(row) for row in rows]
    kind, place = int(random.integers(6)), int(random.integers(len(rows)))
    column = int(random.integers(len(rows[place]))) if rows[place] else 0
    if kind < 3 and rows[place]:
        rows[place if random.random() < 0.8 else 0][column if column < len(rows[0]) else 0] = CELLS[
            int(random.integers(len(CELLS)))
        ]
    elif kind == 3:
        rows = [row[:column] + row[column + 1 :] for row in rows]
    elif kind == 4:
        rows = [row[: column + 1] + row[column:] for row in rows]
    elif random.random() < 0.5:
        rows.insert(place, rows[place])
    else:
        del rows[place]
    return rows or [[""]]


def test_damaged_files_of_a_run(folder: Path, command: Callable[..., Any], tmp_path: Path) -> None:
    trials, codes, faults = number(8, 1_000), dict.fromkeys(sorted(CODES), 0), []
    random = np.random.default_rng(11)
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    run = tmp_path / "run"
    for trial in range(trials):
        shutil.copytree(tmp_path / "whole", run)
        name = FILES[trial % len(FILES)]
        damage(run / name, random)
        arguments = COMMANDS[int(random.integers(len(COMMANDS)))]
        is_in_the_way = (run / name).is_symlink() or ((run / name).exists() and not (run / name).is_file())
        done = command(*arguments)
        is_said = is_in_the_way and done.code == 5 and done.err.endswith(" is not overwritten; move it away\n")
        if not (
            done.code in CODES
            and (done.code == 0 or name in done.err or "no run directory" in done.err or "--save" in arguments)
            and (done.code == 0 or name not in TABLES or "--save" in arguments or is_said)
            and not re.search(r"internal error|Traceback|Warning", done.err)
            and not re.search(r"[\x1b\u202e]", done.out + done.err)
            and not ("--json" in arguments and re.search(r"\b(NaN|Infinity)\b", done.out))
        ):
            faults.append(f"trial {trial}: {name}, {' '.join(arguments)}: {done.code} {done.err[-500:]}")
        codes[done.code] = codes.get(done.code, 0) + 1
        shutil.rmtree(run)
    assert not faults, "\n".join(faults)
    TALLY.append(f"damaged files of a run: {trials}, exit codes {codes}; 0 tracebacks, nothing that is no JSON")
