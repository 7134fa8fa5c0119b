"""The benchmarks: a case runs and is written down, and contenders that did not do the same get no ratio."""

import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import cases, coverage, cross_validation, growth, measure, processes, report, run
from benchmarks.agreement import Disagreement, check, differences
from benchmarks.case import BEFORE, CATNET, NUMPY, SKLEARN, TORCH, Case, Contender, Pictures, random_pictures
from benchmarks.command_cases import SMALL_BATCHES
from benchmarks.job import Result
from benchmarks.setting import Setting

SMALL = Case(
    "small",
    "a few pictures",
    random_pictures(40, side=16),
    (CATNET, NUMPY),
    hidden=(4,),
    epochs=5,
    learning_rate=0.001,
    rounds=1,
    wanted={"NumPy": 1e-9, BEFORE: 1e-9},
)
MOMENTUM = replace(SMALL, optimizer="momentum", batch_size=16)


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(tmp_path, tmp_path / "no such folder", threads=1, product=64)


def benchmark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *arguments: str) -> tuple[int, str]:
    """The exit code of `python -m benchmarks.run ARGUMENTS`, and the report."""
    out = tmp_path / "RESULTS.md"
    folders = ["--work", str(tmp_path / "work"), "--data", str(tmp_path / "no such folder"), "--out", str(out)]
    monkeypatch.setattr(run, "Setting", partial(Setting, product=64))
    monkeypatch.setattr(sys, "argv", ["run", "--threads", "1", *folders, *arguments])
    return run.main(), out.read_text()


def test_a_case_is_measured_and_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(run, "CASES", (SMALL,))
    monkeypatch.setattr(run, "NAMES", ("small", "growth"))
    code, text = benchmark(monkeypatch, tmp_path, "--case", "small", "--before", str(processes.REPOSITORY))
    assert code == 0
    assert "| a few pictures | NumPy | 1e-09 x |" in text
    assert "| reached |" in text
    assert "## small: a few pictures" in text
    contenders = [line.split("|")[1].strip() for line in text.split("## small")[1].splitlines() if line[:2] == "| "]
    assert contenders == ["contender", "---", "catnet", "catnet before", "NumPy"]
    assert "| a few pictures | catnet before | 1e-09 x |" in text


def test_a_disagreement_is_an_error_and_no_ratio(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    float64 = replace(NUMPY, precision="float64")
    exact = replace(SMALL, contenders=(CATNET, float64), cost_tolerance=0.0, weight_tolerance=0.0)
    monkeypatch.setattr(run, "CASES", (exact,))
    monkeypatch.setattr(run, "NAMES", ("small",))
    code, text = benchmark(monkeypatch, tmp_path)
    assert code == 1
    assert "NumPy differs from catnet: cost by" in capsys.readouterr().err
    assert "a few pictures" not in text


def test_a_contender_that_is_left_out_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = Contender("torch", "no_such_module")
    monkeypatch.setattr(run, "CASES", (replace(SMALL, contenders=(CATNET, absent)),))
    monkeypatch.setattr(run, "NAMES", ("small",))
    code, text = benchmark(monkeypatch, tmp_path)
    assert code == 0
    assert "  torch is left out: " in capsys.readouterr().err
    assert "## catnet, torch and scikit-learn" not in text and "In bold" not in text


def test_missing_real_data_leaves_a_case_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = benchmark(monkeypatch, tmp_path, "--case", "course-neuron")
    assert code == 0
    assert "course-neuron: left out: the pictures are not at" in capsys.readouterr().err
    assert "catvnoncat" not in text


@pytest.mark.parametrize(
    ("case", "compared"),
    [
        (replace(MOMENTUM, optimizer="adam"), {"cost", "weights"}),
        (MOMENTUM, {"cost", "weights"}),
        (replace(SMALL, work="predict"), {"outputs"}),
    ],
)
def test_the_other_kinds_of_work_agree(case: Case, compared: set[str], setting: Setting) -> None:
    (measured,) = measure.measure(case, setting)
    assert set(measured.runs) == {"catnet", "NumPy"}
    assert set(measured.differences["NumPy"]) == compared


@pytest.mark.parametrize(
    ("library", "contender", "outputs", "kind"),
    [("torch", TORCH, 1, SMALL), ("torch", TORCH, 3, MOMENTUM), ("sklearn", SKLEARN, 3, SMALL)],
)
def test_the_other_libraries_agree(
    library: str, contender: Contender, outputs: int, kind: Case, setting: Setting
) -> None:
    pytest.importorskip(library, exc_type=ImportError)
    pictures = random_pictures(40, outputs, side=16)
    case = replace(kind, pictures=pictures, contenders=(CATNET, contender), hidden=(4,))
    (measured,) = measure.measure(case, setting)
    assert measured.missing == {}
    assert measured.differences[contender.name]["cost"] < 1e-5


@pytest.mark.parametrize(("library", "script"), [("torch", 1), ("sklearn", 2)])
def test_a_script_does_what_the_command_does(library: str, script: int, tmp_path: Path) -> None:
    pytest.importorskip(library, exc_type=ImportError)
    pixels = np.random.default_rng(0)
    for name, split in [(name, split) for name in ("cat", "dog", "owl") for split in ("train", "val")]:
        folder = tmp_path / "animals" / split / name
        folder.mkdir(parents=True)
        for number in range(4):
            Image.fromarray(pixels.integers(0, 256, (64, 64, 3), np.uint8)).save(folder / f"{number}.png")
    pictures = Pictures("few-animals", m=12, outputs=3, folder="animals")
    contenders = SMALL_BATCHES.contenders[0], SMALL_BATCHES.contenders[script]
    settings = {
        "pictures": pictures,
        "contenders": contenders,
        "hidden": (4,),
        "epochs": 3,
        "batch_size": 5,
        "rounds": 1,
    }
    case = replace(SMALL_BATCHES, cached=library == "torch", **settings)  # type: ignore[arg-type]
    (measured,) = measure.measure(case, Setting(tmp_path, tmp_path, threads=1))
    assert measured.missing == {}
    assert measured.differences[contenders[1].name]["cost"] < 1e-5
    assert measured.differences[contenders[1].name]["weights"] < 1e-3


def test_folders_are_measured_and_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code, text = benchmark(monkeypatch, tmp_path, "--case", "folders", "--quick", "--rounds", "1")
    assert code == 0
    assert "| `catnet predict` on 10 JPEGs | Pillow, one thread |" in text
    assert "| the report at 20 JPEGs | `--no-report` |" in text
    assert "| catnet train | 20 |" in text
    assert "| Pillow, one thread | 10 |" in text


def test_the_recipe_agrees_with_torchs(setting: Setting) -> None:
    pytest.importorskip("torch", exc_type=ImportError)
    recipe = next(case for case in cases.CASES if case.name == "recipe")
    # nothing is learned at this rate, so the accuracies are the same whatever is drawn
    settings = {"hidden": (8,), "components": 10, "batch_size": 32, "epochs": 2, "learning_rate": 1e-9, "rounds": 1}
    small = replace(recipe, pictures=random_pictures(80, side=16), **settings)  # type: ignore[arg-type]
    (measured,) = measure.measure(small, setting)
    assert measured.missing == {}
    assert measured.differences["torch"]["outputs"] < 1e-5
    assert measured.differences["torch"]["accuracy"] == 0


def test_both_solvers_grow(setting: Setting) -> None:
    points = (growth.Point(m=30, side=16, hidden=0, classes=1),)
    (grown,) = growth.measure_growth(points, setting, 1)
    assert set(grown.runs) == {"direct", "gram"}
    assert grown.total("gram", 1000) > grown.building("gram") > 0
    fragment = report.fragment_of_growth([grown], "command")
    assert f"{grown.picked[10]}, " in fragment.section
    assert "auto" in fragment.rows[0]


def test_what_counts_as_the_same() -> None:
    start = {"W1": np.zeros((1, 2))}
    ours = Result(1.0, [0.5, 0.25], {"W1": np.array([[3.0, 4.0]])})
    near = Result(1.0, [0.25 + 1e-6], {"W1": np.array([[3.0, 4.0 + 5e-4]])})
    found = differences(near, ours, start, trajectory=False)
    assert found == pytest.approx({"cost": 4e-6, "weights": 1e-4})
    check("near", found, {"cost": 1e-5, "weights": 1e-3})
    with pytest.raises(Disagreement, match="near differs from catnet: cost by 4e-06"):
        check("near", found, {"cost": 1e-6, "weights": 1e-3})
    diverged = Result(1.0, [float("nan")], {"W1": np.array([[3.0, 4.0]])})
    with pytest.raises(Disagreement, match="cost by inf"):
        check("diverged", differences(diverged, ours, start, trajectory=False), SMALL.tolerances)
    with pytest.raises(Disagreement, match="costs of all epochs"):
        check("short", differences(near, ours, start, trajectory=True), SMALL.tolerances)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the memory of a process is read from /proc")
def test_memory_is_seen_and_limited() -> None:
    environment = processes.environment(1, {})
    allocate = "import time; a = bytearray(100_000_000); time.sleep(0.2)"
    usage = processes.run(["-c", allocate], environment)
    assert 100e6 < usage.peak_anonymous <= usage.peak < 200e6
    assert 0.2 < usage.seconds < 20
    with pytest.raises(processes.Failed, match="MemoryError"):
        processes.run(["-c", allocate], environment, data_limit=90_000_000)


def test_cross_validation_by_scikit_learn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sklearn", exc_type=ImportError)
    monkeypatch.setattr(cross_validation, "ANIMALS", random_pictures(40, side=16))
    assert cross_validation.in_sklearn(tmp_path, tmp_path, epochs=3) > 0
    said = capsys.readouterr().out
    assert said.startswith("scikit-learn: accuracy of the folds ") and said.count(", ") == cross_validation.FOLDS - 1


@pytest.mark.parametrize("metric", ["accuracy", "mae"])
def test_a_simulated_tune_knows_the_truth(metric: str) -> None:
    random = np.random.default_rng(0)
    kind = coverage.Kind(metric, 90, 3, 9, True, "much")
    found = [coverage.simulated(kind, random) for _ in range(20)]
    assert sum(one.holds for one in found) >= 15  # of 20, each with 95%
    sign = 1 if metric == "accuracy" else -1
    assert sign * sum(one.winner for one in found) > 0  # the folds that chose it flatter it
    assert all(one.width > 0 for one in found)
