"""Every command, with every kind of output, under hostile names: what it prints holds nothing that a terminal acts on,
and no name begins a line of its own.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from trials import TALLY

from catnet.cli.main import COMMANDS
from catnet.export.export import FORMS

Command = Callable[..., Any]

# escape sequences in 7 and 8 bits, a bell, a backspace, line ends of three kinds, a bidi control, a stray byte
NAME = "n\x1b[31m\x9b2J\x07\b\rx\u2028\u2029\x85y\u202ez\u2067\nFORGED\t\x7f" + os.fsdecode(b"\xff")
TEXT = NAME[:-1]  # what can be in a configuration
OTHER = f"other {NAME}"
CSV = f"{NAME}.csv"
CONFIG, TABLE, TUNE = f"{NAME}.yaml", f"table {NAME}.yaml", f"tune {NAME}.yaml"
RUN, TABLE_RUN = f"run {NAME}", f"table run {NAME}"


def cases() -> dict[str, list[list[str]]]:
    """For each command what is tried: results, notes, errors of every kind, wrong usage."""
    picture = f"data/{TEXT}/{NAME}0.png"
    return {
        "train": [
            [CONFIG], [CONFIG, "--run-dir", RUN], [TABLE, "--run-dir", TABLE_RUN], [CONFIG, "--run-dir", OTHER],
            ["--resume", RUN], ["--resume", RUN, "--set", f"train.{TEXT}=2"], [CONFIG, "--run-dir", RUN], [RUN],
            ["--resume", RUN, "--set", "train.epochs=3"], ["--resume", picture], [f"{RUN}/best.safetensors"],
            [CONFIG, "--set", NAME], [CONFIG, "--set", f"goal={TEXT}"], [CONFIG, "--set", f'data.path="{TEXT}"'],
            [CONFIG, "--set", f"data.path={NAME}"], [CONFIG, "--set", f"model.initialization={TEXT}.safetensors"],
            [CONFIG, "--set", f"data.classes=[{json.dumps(TEXT)}, b]"], [CONFIG, "--log", NAME], [picture],
            [CONFIG, "--set", f"{json.dumps(TEXT)}=1"], [CONFIG, "--threads", NAME], [CONFIG, "--run-dir", NAME * 200],
            [TABLE, "--set", f"data.target={json.dumps(TEXT)}x"],
        ],
        "cross-validate": [
            [CONFIG, "--folds", "2"], [CONFIG, "--folds", "99"], [CONFIG, "--output", "data"],
            [CONFIG, "--folds", "2", "--learning-curve", "--output", f"folds {NAME}", "--json"],
            [TABLE, "--folds", "2", "--jobs", "1"], [CONFIG, "--output", f"{CSV}/x"], [CONFIG, "--folds", NAME],
            [CONFIG, "--set", NAME], [picture], [RUN],
        ],
        "predict": [
            ["data", "--model", RUN], [picture, "--model", RUN, "--json"], [CSV, "--model", TABLE_RUN],
            [CSV, "--model", TABLE_RUN, "--json"], [CSV, "--model", RUN], [picture, "--model", TABLE_RUN], [picture],
            [picture, "--model", picture], [RUN, "--model", RUN], [f"short {CSV}", "--model", TABLE_RUN], ["empty"],
            ["empty", "--model", RUN],
        ],
        "evaluate": [
            [RUN], [RUN, "--json"], [TABLE_RUN], [TABLE_RUN, "--data", CSV, "--json"], [RUN, "--split", NAME],
            [TABLE_RUN, "--threshold", f"{TEXT}=0.4", "--save"], [TABLE_RUN, "--threshold", NAME], [RUN, "--data", CSV],
            [TABLE_RUN, "--threshold", f"{NAME}=0.5"], [TABLE_RUN, "--recall", NAME], [f"data/{TEXT}"], ["runs"],
            [RUN, "--data", f"data/{TEXT}"], [RUN, "--data", "data"],
        ],
        "explain": [
            [picture, "--model", RUN], [picture, "--model", RUN, "--output", f"{NAME}.png"],
            [picture, "--model", RUN, "--output", f"data/{TEXT}/out {NAME}.png"], [f"data/{TEXT}", "--model", RUN],
            [picture, "--model", RUN, "--output", f"{NAME}.png"], [picture, "--model", RUN, "--class", NAME],
            [picture, "--model", RUN, "--output", NAME], [CSV, "--model", RUN], [picture, "--model", TABLE_RUN],
        ],
        "trace": [
            [picture, "--model", RUN], [picture, "--model", RUN, "--html", f"{NAME}.html"], [CSV, "--model", RUN],
            [picture, "--model", RUN, "--label", NAME], [picture, "--model", RUN, "--label", TEXT, "--batch", "3"],
            [CSV, "--model", TABLE_RUN, "--row", "3", "--batch", "2"], [picture, "--model", TABLE_RUN],
            [picture, "--model", RUN, "--html", f"none/{NAME}.html"], [picture, "--model", RUN, "--batch", "99"],
        ],
        "init": [
            ["data", "--output", f"{NAME}.yaml"], ["data", "--output", "-"], [CSV, "--output", f"{NAME} table.yaml"],
            [CSV, "--target", TEXT, "--output", "-"], [CSV, "--target", NAME], ["data", "--goal", NAME],
            ["data", "--output", f"{NAME}.yaml"], ["data", "--output", f"none/{NAME}.yaml"], ["empty"], [CONFIG],
            ["data", "--output", f"data/{TEXT}/{NAME}.yaml"], [f"data/{TEXT}"],
            [f"short {CSV}", "--target", TEXT, "--textbook"],
        ],
        "export": [
            *([run, "--format", form] for run in (RUN, TABLE_RUN) for form in FORMS), [CSV, "--format", "page"],
            [RUN, "--format", "onnx", "--output", f"none/{NAME}.onnx"], [RUN, "--format", NAME],
            [RUN, "--format", "onnx", "--output", f"{NAME}.onnx"], [RUN, "--format", "onnx", "--output", NAME],
        ],
        "report": [[RUN], [TABLE_RUN], [RUN, "--data", "data"], [CSV]],
        "check": [
            [CONFIG], [CONFIG, "--json"], [CONFIG, "--html", f"{NAME}.html"], [TABLE], [TABLE, "--json"], [CSV],
            [CONFIG, "--html", f"none/{NAME}.html"], [CONFIG, "--set", f"data.ignore=[{NAME}]"],
            [TABLE, "--set", f"data.ignore=[{NAME}]"], [CONFIG, "--set", "data.bad_images=fail"],
        ],
        "compare": [
            [RUN, OTHER], [RUN, OTHER, "--json"], [RUN, OTHER, "--html", f"{NAME}.html"], [RUN, TABLE_RUN], [RUN],
            [RUN, OTHER, "--html", f"none/{NAME}.html"], [RUN, "runs"],
        ],
        "tune": [
            [CONFIG], [TUNE, "--output", f"tune {NAME}", "--jobs", "1"], [TUNE, "--output", f"tune {NAME}"], [NAME],
            ["--resume", f"tune {NAME}", "--jobs", "1"], ["--resume", RUN], [TUNE, "--set", f"tune.search.{NAME}=[1]"],
            [TUNE, "--set", f"tune.search.data.target=[{NAME}]"],
        ],
        "count-params": [[CONFIG], [TABLE, "--json"], [CONFIG, "--set", f"model.hidden_layers={TEXT}"], [CSV]],
        "gradcheck": [
            [CONFIG], [TABLE, "--json"], [CONFIG, "--break", NAME], [TABLE, "--break", "mean"], [CSV], [picture],
        ],
        "lr-find": [[CONFIG], [TABLE, "--json"], [CONFIG, "--set", f"train.{TEXT}=2"], [CSV], [picture]],
        "schema": [[]],
        "cache": [[], ["--clear"]],
    }  # fmt: skip


# what is wrong in every command
WRONG = [[f"--{NAME}"], [f"none {NAME}"], [NAME, NAME, "--json"], [f"--json={NAME}"], [f"--data={NAME}", "x"],
         [f"--model={NAME}", "x"], ["--help"]]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pictures, a table, configurations, a folder without pictures and a cache, all with hostile names."""
    random = np.random.default_rng(0)
    for name in (TEXT, "b"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for i in range(8):
            pixels = random.integers(0, 255, (4, 4, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "data" / name / f"{NAME}{i}.png", format="PNG")
    (tmp_path / "data" / "b" / f"{NAME}.png").write_text("no picture")
    (tmp_path / "data" / "b" / f"{NAME}.txt").write_text("no picture")
    columns = ",".join(f'"{prefix}{TEXT}"' for prefix in ("one ", "two ", ""))
    rows = [f"{random.normal():.3f},{random.normal():.3f},{i % 2}" for i in range(40)]
    (tmp_path / CSV).write_text("\n".join([columns, *rows, ""]), newline="")
    (tmp_path / f"short {CSV}").write_text("\n".join([columns, "1,2", f'"{TEXT}",2,1', ""]), newline="")
    common = "image_size: [4, 4], bad_images: skip"
    (tmp_path / CONFIG).write_text(f"goal: 3.0\ndata: {{path: data, {common}}}\ntrain: {{epochs: 2}}\n")
    (tmp_path / TABLE).write_text(
        f"goal: 1.0\ndata: {{path: {json.dumps(str(tmp_path / 'table'))}, classes: [{json.dumps(TEXT)}]}}\n"
        "train: {epochs: 2}\n"
    )
    weights = f"train.class_weights: [balanced, {{{json.dumps(TEXT)}: 2}}]"
    (tmp_path / TUNE).write_text(
        f"goal: 3.0\ndata: {{path: data, {common}}}\ntrain: {{epochs: 2}}\n"
        f"tune: {{trials: 4, folds: 2, search: {{{weights}, train.learning_rate: [0.01, 1e30]}}}}\n"
    )
    (tmp_path / "table").mkdir()
    (tmp_path / "table" / f"{TEXT}.csv").write_bytes((tmp_path / CSV).read_bytes())
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / f"{NAME}.txt").write_text("")
    monkeypatch.setenv("CATNET_CACHE", str(tmp_path / f"cache {NAME}"))
    return tmp_path


def acted_on(text: str) -> list[str]:
    """What a terminal would act on, and lines that a name has begun."""
    stray = [c for c in text if not c.isprintable() and c not in "\n\t"]
    return stray + [line for line in text.splitlines() if line.lstrip().startswith("FORGED")]


def test_every_command_has_cases() -> None:
    assert set(cases()) == set(COMMANDS), "a new command: add what it may print to cases() above"


def test_names_are_only_shown(folder: Path, command: Command) -> None:
    tried, faults = 0, []
    codes: set[int] = set()
    for name, calls in cases().items():
        for arguments in [*calls, *WRONG]:
            done = command(name, *arguments)
            tried += 1
            codes.add(done.code)
            if done.code == 1 or "internal error" in done.err or acted_on(done.out + done.err):
                faults.append((name, arguments, done))
            if done.code == 0 and "--json" in arguments and name != "schema":
                assert json.loads(done.out.splitlines()[0])
    for arguments in ([NAME], [f"--{NAME}"], ["--version"], ["--help"]):
        done = command(*arguments)
        if acted_on(done.out + done.err):
            faults.append(("", arguments, done))
    assert not faults, faults[0]
    assert {0, 2, 3, 4, 5, 6} <= codes, codes
    TALLY.append(f"every command under hostile names: {tried} calls, 0 control characters, 0 lines begun by a name")
