"""What many tests need: the real data where it is there, small pictures and runs, the command line, a browser."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browsing import started
from filelock import FileLock
from in_process import Done, locks_released
from PIL import Image
from small_runs import run_of_each_kind

from catnet.cli.main import run as run_command

REPOSITORY = Path(__file__).parents[1]
Run = Callable[..., subprocess.CompletedProcess[str]]


def pytest_xdist_auto_num_workers() -> int:
    """One more than processors: many tests wait, for processes that they have killed, for workers, for a browser."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of decoded pictures for the tests alone, also for the commands that they start."""
    folder = tmp_path_factory.mktemp("cache")
    os.environ["CATNET_CACHE"] = str(folder)
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real data is not at {folder}")
    return folder


@pytest.fixture(scope="session")
def drawn_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make data` draws and whole trainings need; of the mosaics only a few. Drawn once for all processes."""
    out = tmp_path_factory.getbasetemp().parent / "drawn_data"
    sets = {"animals": 10**6, "ages": 10**6, "mosaics": 6, "houses": 10**6, "flowers": 10**6}
    draw = "import sys; sys.path.insert(0, sys.argv[1]); import draw; from pathlib import Path;"
    draw += f"[draw.SETS[name](Path(sys.argv[2]) / name, 0, limit) for name, limit in {sets}.items()]"
    with FileLock(f"{out}.lock"):
        if not (done := out / "done").exists():
            subprocess.run([sys.executable, "-c", draw, str(REPOSITORY / "data"), str(out / "data")], check=True)
            done.touch()
    return out / "data"


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The passengers and the flowers that `make data` makes up."""
    out = tmp_path_factory.mktemp("tables")
    make = "import sys; sys.path.insert(0, sys.argv[1]); import draw; from pathlib import Path;"
    make += "[draw.SETS[name](Path(sys.argv[2]) / name, 0, 10**6) for name in ('passengers', 'flowers')]"
    subprocess.run([sys.executable, "-c", make, str(REPOSITORY / "data"), str(out)], check=True)
    return out


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A small run of each goal, of a table and with hostile names, by name."""
    return run_of_each_kind(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Headless Chromium, driven by Selenium."""
    opened = started(tmp_path_factory.mktemp("browser"))
    yield opened
    opened.quit()


@pytest.fixture
def catnet(tmp_path: Path) -> Run:
    """Runs `catnet ARGUMENTS` in an empty folder of the test's own; without report.html, which has its own tests."""

    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        quick = ["--no-report"] if arguments[:1] == ("train",) else []
        command = [sys.executable, "-m", "catnet", *map(str, arguments), *quick]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", **environment},
            capture_output=True,
            text=True,
            timeout=100,
        )

    return run


@pytest.fixture
def animals(tmp_path: Path) -> Path:
    """A folder of pictures of 8 x 8, easily told apart: train 12 cats, 8 iguanas, 8 lions; val 4 of each."""
    return draw_classes(tmp_path / "animals", {"train": (12, 8, 8), "val": (4, 4, 4)})


def draw_classes(folder: Path, counts: dict[str, tuple[int, int, int]]) -> Path:
    """Pictures in class folders: a bright third of the picture on noise says which class."""
    random = np.random.default_rng(0)
    for split, numbers in counts.items():
        for place, (name, count) in enumerate(zip(("cat", "iguana", "lion"), numbers, strict=True)):
            (folder / split / name).mkdir(parents=True)
            for i in range(count):
                pixels = random.integers(0, 100, (8, 8, 3), dtype=np.uint8)
                pixels[:, 3 * place : 3 * place + 2] += 120
                Image.fromarray(pixels).save(folder / split / name / f"{i}.png")
    return folder


@pytest.fixture
def write_config(tmp_path: Path) -> Callable[..., Path]:
    """Writes a configuration in YAML."""

    def write(text: str, name: str = "config.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Runs `catnet ARGUMENTS` in this process and the test's folder; without report.html, which has its own tests."""

    def command(*arguments: object) -> Done:
        quick = ["--no-report"] if arguments[0] == "train" else []
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["catnet", *map(str, arguments), *quick])
        capsys.readouterr()
        with locks_released():
            code = run_command()
        return Done(code, *capsys.readouterr())

    return command
