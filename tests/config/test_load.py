"""YAML -> Config: what is read, and the exact words of each fault."""

import os
from pathlib import Path

import pytest

from catnet.config import Config, load_config
from catnet.errors import ConfigError

PICTURES = "goal: 3.0\ndata:\n  path: ../data/animals\ntrain:\n  epochs: 10\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "configs"
    folder.mkdir()
    return Path("configs/cat.yaml")


def load(file: Path, text: str, *overrides: str) -> Config:
    file.write_text(text, encoding="utf-8")
    return load_config(file, overrides, override_label="--set")


def message(file: Path, text: str, *overrides: str) -> str:
    with pytest.raises(ConfigError) as error:
        load(file, text, *overrides)
    assert error.value.exit_code == 2
    return str(error.value)


def test_defaults_are_resolved(file: Path, tmp_path: Path) -> None:
    config = load(file, PICTURES + "model: {hidden_layers: [64, 32], dropout: 0.5}")
    assert config.goal == "3.0"
    assert config.data.path == tmp_path / "data" / "animals"
    assert (config.data.scaling, config.is_table) == ("unit", False)
    assert config.model.activation == ("relu", "relu")
    assert config.model.dropout == (0.5, 0.5)
    assert (config.model.output_activation, config.model.loss) == ("softmax", "cross_entropy")
    assert config.train.batch_size == "full"
    assert config.train.schedule.name == "constant"


@pytest.mark.parametrize(
    ("given", "goal"),
    [("1", "1.0"), ("1.0", "1.0"), ("binary", "1.0"), ("multi_label", "2.0"), ("Multi-Class", "3.0"), ("'3'", "3.0")],
)
def test_names_of_goals(file: Path, given: str, goal: str) -> None:
    assert load(file, PICTURES.replace("3.0", given)).goal == goal


def test_text_stays_text_and_numbers_are_numbers(file: Path) -> None:
    text = PICTURES.replace("10", "1_000") + "  learning_rate: 1e-3\n  batch_size: 32\n"
    config = load(file, text.replace("train:", "  classes: [no, 1.0, 007, on, '~', 1e-3]\ntrain:"))
    assert config.data.classes == ("no", "1.0", "007", "on", "~", "1e-3")
    assert (config.train.epochs, config.train.learning_rate, config.train.batch_size) == (1000, 0.001, 32)


def test_empty_section_and_byte_order_mark(file: Path) -> None:
    assert load(file, "\ufeff" + PICTURES + "model:\n").model.hidden_layers == ()


def test_surrogate_pair_of_json(file: Path) -> None:
    text = '{"goal": 1, "data": {"path": "x", "classes": ["\\ud83d\\ude3a"]}, "train": {"epochs": 1}}'
    assert load(file, text).data.classes == ("\U0001f63a",)


def test_tables(file: Path, tmp_path: Path) -> None:
    text = "goal: regression\ndata: {path: a.CSV, target: age}\ntrain: {epochs: 1}\n"
    config = load(file, text)
    assert (config.is_table, config.data.scaling, config.model.loss) == (True, "standard", "squared")
    (tmp_path / "configs" / "houses").mkdir()
    (tmp_path / "configs" / "houses" / "train.csv").touch()
    assert load(file, text.replace("a.CSV", "houses")).is_table


def test_paths(file: Path, tmp_path: Path) -> None:
    text = PICTURES + "model: {initialization: w.safetensors}\n"
    assert load(file, text).model.initialization == str(tmp_path / "configs" / "w.safetensors")
    config = load(file, text, "data.path=../here", "model.initialization=v.safetensors")
    assert config.data.path == tmp_path.parent / "here"  # relative to the current folder
    assert config.model.initialization == str(tmp_path / "v.safetensors")
    assert load(file, text, "data.path=~/x").data.path == Path(os.path.realpath(Path.home())) / "x"


def test_overrides_replace_and_make_sections(file: Path) -> None:
    config = load(
        file,
        PICTURES,
        "train.epochs=7",
        "train.epochs=8",
        "model.hidden_layers=[3, 2]",
        "data.classes=[no, cat]",
        "train.early_stopping.patience=5",
        "train.schedule={name: step, every: 2}",
    )
    assert (config.train.epochs, config.model.hidden_layers, config.data.classes) == (8, (3, 2), ("no", "cat"))
    assert config.train.early_stopping is not None and config.train.early_stopping.metric == "validation_cost"
    assert config.train.schedule.every == 2
    assert load(file, PICTURES.replace("epochs", "epoch"), "train={epochs: 3}").train.epochs == 3


def test_all_faults_at_once_in_the_order_of_the_file(file: Path) -> None:
    text = """goal: 3
data:
  path: x.csv
  clases: [no]
  scaling: unit
model:
  hidden_layers: [3, 0]
  activation: relue
train:
  epoch: 10
  learning_rate: nan
  momentum: 0.8
"""
    assert message(file, text, "train.sede=1") == (
        """configs/cat.yaml:4:3: data.clases: unknown key; did you mean classes?
    clases: [no]
    ^
configs/cat.yaml:5:3: data.scaling: must be standard, center, whiten or none for a table, is unit, which is for pictures
    scaling: unit
    ^
configs/cat.yaml:7:22: model.hidden_layers[1]: must be a whole number from 1 to 1000000, is 0
    hidden_layers: [3, 0]
                       ^
configs/cat.yaml:8:15: model.activation: must be relu, leaky_relu, tanh, sigmoid or linear, is relue; did you mean relu?
    activation: relue
                ^
configs/cat.yaml:10:3: train.epoch: unknown key; did you mean epochs?
    epoch: 10
    ^
configs/cat.yaml:11:18: train.learning_rate: must be a number above 0, is nan
    learning_rate: nan
                   ^
configs/cat.yaml:12:3: train.momentum: only for optimizer momentum or nesterov, not for optimizer gradient_descent
    momentum: 0.8
    ^
--set train.sede=1:1:7: train.sede: unknown key; did you mean seed?
  train.sede=1
        ^"""
    )


AT_1 = "configs/cat.yaml:1:1: "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [AT_1 + f"{key}: required, but missing" for key in ("goal", "data.path")]),
        ("goal: 1\ntrain: {epochs: 1}\ndata:\n", ["configs/cat.yaml:3:1: data.path: required, but missing"]),
        (PICTURES.replace("train", "trian"), ["configs/cat.yaml:4:1: trian: unknown key; did you mean train?"]),
        ("[a]", [AT_1 + "must be a mapping of goal, data, model, train, tune, is a list"]),
        (
            PICTURES + "zz: 5",
            ["configs/cat.yaml:6:1: zz: unknown key; the keys here are goal, data, model, train, tune"],
        ),
        (PICTURES + "lr: 5", ["configs/cat.yaml:6:1: lr: unknown key; did you mean train.learning_rate?"]),
        (PICTURES + "epochs: 5", ["configs/cat.yaml:6:1: epochs: unknown key; did you mean train.epochs?"]),
        (
            PICTURES + "model: 5",
            [
                "configs/cat.yaml:6:8: model: must be a mapping of hidden_layers, activation, output_activation, loss, "
                "initialization, dropout, views, huber_delta, is 5; did you mean {hidden_layers: [5]}?"
            ],
        ),
        (PICTURES + "  epochs: 2", ["configs/cat.yaml:6:3: train.epochs: given twice, in lines 5 and 6; keep one"]),
        (PICTURES + "model: {views: none, views: flip}",
         ["configs/cat.yaml:6:22: model.views: given twice, in line 6; keep one"]),
        (PICTURES + "a: &x 1", ["configs/cat.yaml:6:4: a: anchors (&) are not allowed; remove it, or quote the text"]),
        ("a: *x", ["configs/cat.yaml:1:4: a: aliases (*) are not allowed; write the value out, or quote it"]),
        (PICTURES + "a: !!str x", ["configs/cat.yaml:6:4: a: tags (!) are not allowed; remove it, or quote the text"]),
        ("<<: {a: 1}", [AT_1 + "merge keys (<<) are not allowed; write the keys out"]),
        ("? [a]\n: 1", ["configs/cat.yaml:1:3: a key must be text"]),
        ("a: 1\n---\nb: 1", ["configs/cat.yaml:2:1: a second YAML document; a configuration is one document"]),
        ("a: " + "[" * 30, ["configs/cat.yaml:1:23: nested deeper than 20 levels"]),
        (
            "\tgoal: 1",
            [
                AT_1 + "not valid YAML: found character '\\t' that cannot start any token; "
                "indent with spaces, not tabs"
            ],
        ),
        (
            "goal: a: b",
            [
                "configs/cat.yaml:1:8: not valid YAML: mapping values are not allowed here; "
                "check the indentation, and quote text that holds a colon"
            ],
        ),
        ("a: \x1b", ['configs/cat.yaml:1:4: \\x1b is not allowed in YAML; write it as an escape in "..."']),
        ('a: "\\UFFFFFFFF"', ["configs/cat.yaml:1:7: not valid YAML: there is no character of this number"]),
        ('goal: "\\ud83d"', ["configs/cat.yaml:1:7: goal: half of a surrogate pair is not a character"]),
        (
            PICTURES.replace("3.0", '"\\e[31m"'),
            [
                "configs/cat.yaml:1:7: goal: must be 1.0, 2.0, 3.0, binary, multi-label, multi-class or regression, "
                "is \\x1b[31m"
            ],
        ),
    ],
)  # fmt: skip
def test_documents(file: Path, text: str, expected: list[str]) -> None:
    given = [line for line in message(file, text).splitlines() if line.startswith("configs/")]
    assert set(expected) <= set(given)


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("x", "--set x:1:1: --set needs KEY=VALUE, such as train.epochs=10\n  x\n  ^"),
        ("=1", "--set =1:1:1: --set needs a key such as train.epochs\n  =1\n  ^"),
        (
            "train.epoch=10",
            "--set train.epoch=10:1:7: train.epoch: unknown key; did you mean epochs?\n  train.epoch=10\n        ^",
        ),
        (
            "train.epochs=0",
            "--set train.epochs=0:1:14: train.epochs: must be a whole number of at least 1, is 0\n"
            "  train.epochs=0\n               ^",
        ),
        (
            "goal.x=1",
            "--set goal.x=1:1:1: goal: is 3.0, not a mapping; set the whole of it, goal=...\n  goal.x=1\n  ^",
        ),
        (
            "data.classes=[a",
            "--set data.classes=[a:1:16: not valid YAML: expected ',' or ']', but got '<stream end>'\n"
            "  data.classes=[a\n                 ^",
        ),
    ],
)
def test_wrong_overrides(file: Path, override: str, expected: str) -> None:
    assert message(file, PICTURES, override) == expected


def test_overrides_that_are_too_large(file: Path) -> None:
    file.write_text(PICTURES)
    most = "larger than 64 KiB, the most that a configuration may have"
    for overrides, said in (
        (["data.path=" + "x" * 70_000], f"override: 1 override {most}; shorten it"),
        (["train.epochs=10"] * 5000, f"override: 5000 overrides, together {most}; give fewer"),
    ):
        with pytest.raises(ConfigError) as error:
            load_config(file, overrides)
        assert str(error.value) == said


def test_files_that_cannot_be_read(file: Path, tmp_path: Path) -> None:
    def of(path: str) -> str:
        with pytest.raises(ConfigError) as error:
            load_config(path)
        return str(error.value)

    assert of("none.yaml") == "none.yaml: there is no such file"
    assert of("configs") == "configs: is a folder; give a configuration file, such as configs/config.yaml"
    assert of("/") == "/: is a folder; give a configuration file, such as /config.yaml"
    assert of("a\0b") == "a\\x00b: cannot be read: embedded null byte"
    file.write_bytes(b" " * (1 << 20) + b"a")
    assert of("configs/cat.yaml") == "configs/cat.yaml: larger than 64 KiB, the most that a configuration may have"
    file.write_bytes(b"goal: 1\nx: \xe9t\xe9\n")
    assert of("configs/cat.yaml") == (
        "configs/cat.yaml:2:4: not UTF-8; save the file as UTF-8\n  x: \\xe9t\\xe9\n     ^"
    )


def test_long_lines_are_cut_and_wide_characters_counted(file: Path) -> None:
    classes = ", ".join(f"class{i}" for i in range(100))
    lines = message(file, PICTURES.replace("train:", f"  classes: [{classes}, class0]\ntrain:")).splitlines()
    assert len(lines[1]) < 140
    assert lines[1][lines[2].index("^") :] == "class0]"
    lines = message(file, PICTURES.replace("train:", "  classes: [猫, 猫]\ntrain:")).splitlines()
    assert lines == [
        "configs/cat.yaml:4:16: data.classes[1]: 猫 is given twice",
        "    classes: [猫, 猫]",
        "                  ^",
    ]


def test_at_most_fifty_faults(file: Path) -> None:
    text = message(file, PICTURES + "".join(f"zz{i}: 1\n" for i in range(60)))
    assert text.splitlines()[-1] == "... and 10 more errors"


def test_a_misspelt_key_is_not_missing_as_well(file: Path) -> None:
    for right, wrong in (("train:", "trian:"), ("goal:", "gaol:"), ("epochs:", "epoch:")):
        assert "missing" not in message(file, PICTURES.replace(right, wrong))
