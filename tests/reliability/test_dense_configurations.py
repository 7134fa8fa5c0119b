"""The densest configurations of the largest size, and the largest and smallest numbers: read or refused, soon."""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from fuzz import accepted, within_bounds
from trials import TALLY, number, prepare

from catnet.config import load_config
from catnet.errors import CatnetError, ConfigError
from catnet.runs.directory import RunDirectory
from catnet.training.loop import finish, train
from catnet.training.session import prepare as prepare_session

SIZE = 64_000  # bytes of one value: with what is around it, below the 64 KiB that a configuration may have
LONGEST_MESSAGE = 100_000  # characters: 50 mistakes, each with its line

BINARY = """\
goal: 1.0
data: {path: table.csv, classes: [y], validation_fraction: 0.25}
model: {hidden_layers: [3]}
train: {epochs: 3, early_stopping: {metric: validation_cost, patience: 12}}
"""
HUBER = BINARY.replace("1.0\n", "regression\n").replace("classes: [y]", "target: y").replace("[3]", "[3], loss: huber")

KEYS = {
    "data": "path image_size classes target validation_fraction test_fraction scaling target_scaling duplicates "
    "bad_images box_average components whitening_floor",
    "model": "hidden_layers activation output_activation loss initialization dropout views huber_delta",
    "train": "epochs batch_size optimizer learning_rate momentum weight_decay schedule class_weights precision solver "
    "seed early_stopping checkpoint_every augment label_smoothing keep keep_weights",
}
NUMBERS = [
    "train.epochs", "train.batch_size", "train.seed", "train.learning_rate", "train.momentum", "train.weight_decay",
    "train.checkpoint_every", "train.schedule.warm_up", "train.schedule.factor", "train.schedule.every",
    "train.early_stopping.patience", "train.class_weights.y", "data.validation_fraction", "data.test_fraction",
    "model.dropout", "model.huber_delta", "data.box_average", "data.components", "data.whitening_floor",
    "train.label_smoothing", "train.augment.mixup", "train.augment.rotate", "train.keep_weights",
]  # fmt: skip
EDGES = [
    "0", "-0.0", "1", "1" + "0" * 30, str(10**9), str(2**63), str(2**64), "1e308", "1e300", "1e39", "1e30", "1e-30",
    "1e-46", "1e-300", "5e-324", "0.9999999999999999", "nan", ".inf", "-.inf", "9" * 5000, "1e99999",
]  # fmt: skip
MEANT = {  # what makes a key mean something
    "train.momentum": ["train.optimizer=momentum"],
    "train.schedule.factor": ["train.schedule.name=step", "train.schedule.every=1"],
    "train.schedule.every": ["train.schedule.name=step"],
    "data.components": ["data.scaling=whiten"],
    "data.whitening_floor": ["data.scaling=whiten"],
}
WAYS = [[], ["train.precision=float64"], ["train.optimizer=adam"], ["model.hidden_layers=[]"], ["train.solver=gram"]]


def repeated(piece: str, size: int = SIZE) -> str:
    """The piece as often as it fits, each time with other letters in place of its @."""
    pieces = [piece.replace("@", letters(i)) for i in range(size // len(piece))]
    return "".join(pieces)[:size].rpartition(piece[-1])[0] + piece[-1]


def letters(i: int) -> str:
    return "".join(chr(97 + i // 26**place % 26) for place in range(3))


def dense_values() -> Iterator[str]:
    """Values that are as long, as many or as deep as they can be."""
    yield from ("9" * SIZE, "-" + "9" * SIZE, f"0.{'0' * SIZE}1", "1e" + "9" * SIZE, "1_" * (SIZE // 2) + "1")
    yield from ("a" * SIZE, f"'{'a.' * (SIZE // 2)}b('", f"'{' , ' * (SIZE // 3)}'", f"'1{' ' * SIZE}x'", "'- '" * 9000)
    yield from (f"'{'1,' * (SIZE // 2)}b'", "../" * (SIZE // 3), "~/" * (SIZE // 2), "a/" * 9000 + ".safetensors")
    yield from (
        "[" * 19 + "]" * 19,
        "[" * SIZE,
        '"' + "\\x1b" * (SIZE // 4) + '"',
        "'a" + "\u0301\u0323" * 16_000 + "'",
    )
    for item in ("1", "0", "x", "~", "[]", "relux", "''"):
        yield f"[{repeated(item + ',')}]"
    yield f"[{repeated('@,')}]"
    for entry in ("@: 1,", "@,", "name@: 1,", "epoch@: {a: [1]},", "learning_rat@: 1,"):
        yield f"{{{repeated(entry)}}}"


def dense_files() -> Iterator[str]:
    """Whole configurations, for what is the matter with several keys together, or with the text."""
    for classes, entry in (("class@,", "klass@: 1,"), ("@,", "@x: 1,"), ("ab" * 25 + "@,", "ba" * 25 + "@: 1,")):
        names, weights = repeated(classes, 20_000), repeated(entry, 40_000)
        yield f"goal: 3.0\ndata: {{path: x, classes: [{names}]}}\ntrain: {{epochs: 3, class_weights: {{{weights}}}}}\n"
    for line in ("epoch@: 1\n", "train.epoch@: 1\n", "@: 1\n", "learning_rat" * 4 + "@: 1\n", "? @\n", "--- @\n"):
        yield repeated(line)
    yield from (
        "a: 1\n" * (SIZE // 5),
        f"{{{'a: 1,' * (SIZE // 5)}}}",
        "a." * (SIZE // 2) + "b: 1\n",
        f"? {'k' * SIZE}\n: 1",
    )
    yield from (
        f"goal: 3.0\n# {'x' * SIZE}\n\tb",
        "\u2028" * (SIZE // 3),
        "goal: >\n" + " a\n" * (SIZE // 3),
        "\0" * SIZE,
    )


def read_or_refused(path: Path, text: str) -> None:
    """Within the bounds of time and memory, with a message that can be read."""
    path.write_text(text, encoding="utf-8")
    content = path.stat().st_size
    assert content <= 1 << 16

    def read() -> None:
        try:
            load_config(path)
        except ConfigError as error:
            assert len(str(error)) <= LONGEST_MESSAGE
            raise

    accepted(read, content)


def test_dense_configurations(tmp_path: Path) -> None:
    """The short form takes a few of each; in the long form, each has 2 s."""
    values = list(dense_values())
    chosen = [
        BINARY.replace("goal", f"{section}: {{{key}: {value}}}\ngoal", 1)
        for section, keys in KEYS.items()
        for key, value in list(product(keys.split(), values))[7 :: number(400, 1)]
    ]
    chosen += list(dense_files())[:: number(8, 1)]
    chosen = [text for text in chosen if len(text.encode()) <= 1 << 16]
    for text in chosen:
        read_or_refused(tmp_path / "config.yaml", text)
    TALLY.append(f"dense configurations: {len(chosen)}, each read or refused within the bounds; 0 tracebacks")


@pytest.mark.filterwarnings("error")  # a user would see the source line of one
def test_numbers_at_the_edge(tmp_path: Path, command: Callable[..., Any]) -> None:
    """Every number of a configuration, in count-params and in a training of up to three epochs."""
    folder, ends = prepare(tmp_path / "work", BINARY), Counter[str]()
    (folder / "huber.yaml").write_text(HUBER)
    trials = list(product(NUMBERS, EDGES, WAYS))[:: number(61, 1)]
    for key, value, way in trials:
        config = folder / ("huber.yaml" if key == "model.huber_delta" else "config.yaml")
        overrides = [*way, *MEANT.get(key, ()), f"{key}={value}"]
        done = command("count-params", config, *(f"--set={override}" for override in overrides))
        assert done.code in (0, 2), done.err
        end = trained(config, overrides)
        assert (end in ("ConfigError", "DataError")) or done.code == 0
        ends[end] += 1
    assert ends["trained"] > ends["Diverged"] > 0
    TALLY.append(f"numbers at the edge: {len(trials)} trainings, {dict(ends)}; 0 tracebacks")


def trained(config: Path, overrides: list[str]) -> str:
    """How a training of at most three epochs ends: `trained`, or the kind of error."""
    session, run = None, config.parent / "run"
    try:
        session = prepare_session(load_config(config, overrides), lambda: RunDirectory.create(run))
        for _ in train(session, stop=lambda: session.epoch >= 3):
            pass
        finish(session)
        return "trained"
    except CatnetError as error:
        assert error.exit_code in (2, 3, 7)
        return type(error).__name__
    finally:
        if session is not None:
            session.run.close()
        shutil.rmtree(run, ignore_errors=True)


def test_a_network_that_cannot_be(tmp_path: Path, command: Callable[..., Any]) -> None:
    """Its parameters are counted exactly; to train it ends soon, with little memory."""
    config = prepare(tmp_path / "work", BINARY) / "config.yaml"
    layers = f"--set=model.hidden_layers=[{','.join(['1000000'] * 1000)}]"
    done = command("count-params", config, layers)
    assert (done.code, done.out.splitlines()[-1]) == (0, "total: 999001006000001 parameters")
    with within_bounds(0):
        done = command("train", config, layers)
    assert done.code == 9
    assert len(done.err) < 1000
    done = command("count-params", config, f"--set=model.hidden_layers=[{'1,' * 2000}]")
    assert "must be a list of at most 1000, is a list of 2000" in done.err


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_only_regular_files_are_configurations(tmp_path: Path, command: Callable[..., Any]) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, kind in ((tmp_path / "pipe", "a pipe"), ("/dev/zero", "a device"), ("/dev/tty", "a device")):
        for line in ("count-params", "train"):
            done = command(line, name)
            assert done.code == 2
            assert f"{name}: cannot be read: it is {kind}, and only regular files are read" in done.err


def test_overrides_have_bounds_too(tmp_path: Path, command: Callable[..., Any]) -> None:
    config = prepare(tmp_path / "work", BINARY) / "config.yaml"
    for overrides, said in (
        (["a." * 5000 + "b=1"], "nested deeper than 20 levels"),
        (["train." * 19 + "b=1"], "train.train: unknown key"),
        (["train.epochs=" + "9" * 100_000], "1 override larger than 64 KiB"),
        (["train.seed=3"] * 10_000, "10000 overrides, together larger than 64 KiB"),
        ([f"model.{letters(i)}=3" for i in range(4500)], "and 4450 more errors"),
    ):
        with within_bounds(1 << 16):
            done = command("count-params", config, *(f"--set={override}" for override in overrides))
        assert done.code == 2
        assert said in done.err
        assert len(done.err) < LONGEST_MESSAGE
