"""What has the name of a file that catnet writes, and is not catnet's: it is neither replaced, nor written into, nor
waited for.
"""

import os
import shutil
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from children import Child
from disk import Disk
from test_kill import FOUR_SAVES, operations_of
from trials import SOAK, TALLY, demand_same, finish, outcome, prepare, words

MINE = "mine, and no other's\n" * 20


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))  # as /dev/null
    except PermissionError:
        pytest.skip("only root makes devices")


def a_link(path: Path) -> None:
    path.symlink_to(path.parent.resolve() / "mine")


def a_dead_link(path: Path) -> None:
    path.symlink_to("nowhere")


def a_folder(path: Path) -> None:
    path.mkdir()


def another_file(path: Path) -> None:
    path.write_text(MINE)


Event = Callable[[Path], None]
KINDS: list[Event] = [a_pipe, a_device, a_link, a_dead_link, a_folder, another_file]


def what_is_at(path: Path) -> tuple[int, ...]:
    status = path.lstat()
    return status.st_ino, status.st_mode, status.st_size, status.st_mtime_ns


@pytest.fixture
def place_of_mine(tmp_path: Path) -> Path:
    (prepare(tmp_path, FOUR_SAVES) / "mine").write_text(MINE)
    return tmp_path


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_pages(place_of_mine: Path, command: Callable[..., Any], kind: Event) -> None:
    pytest.importorskip("jinja2", reason="the extra report is not installed")
    for run in ("run", "other"):
        assert command("train", "config.yaml", "--run-dir", run).code == 0
    for name, line in (
        ("page.html", "compare run other --html page.html"),
        ("run/report.html", "report run"),
        ("page.png", "explain nothing.png --output page.png"),
        ("run/metrics.csv", "train --resume run --set train.epochs=9 --allow-changes"),
        ("run/best.safetensors", "train --resume run --set train.epochs=9 --allow-changes"),
    ):
        path = place_of_mine / name
        if kind is another_file and name.endswith((".csv", ".safetensors")):
            continue  # such names are catnet's own in a run
        path.unlink(missing_ok=True)
        (path.parent / "mine").write_text(MINE)
        kind(path)
        before = what_is_at(path)
        done = command(*line.split())
        assert done.code == 5, (line, done.err)
        last = done.err.splitlines()[-1]
        assert name in last, line
        assert "is not overwritten" in last, line
        assert "internal" not in done.err
        assert what_is_at(path) == before, line
        assert (path.parent / "mine").read_text() == MINE
        path.rmdir() if kind is a_folder else path.unlink()
    TALLY.append(f"{kind.__name__.replace('_', ' ')} in the place of 5 files: exit 5, and it is still there")


def test_pages_that_are_replaced(place_of_mine: Path, command: Callable[..., Any]) -> None:
    """Those of catnet, and of its earlier versions."""
    pytest.importorskip("jinja2", reason="the extra report is not installed")
    for run in ("run", "other"):
        assert command("train", "config.yaml", "--run-dir", run).code == 0
    for name, line in (("page.HTM", "compare run other --html page.HTM"), ("run/report.html", "report run")):
        path = place_of_mine / name
        for change in ("", '<meta name="generator" content="catnet">\n', " · catnet</title>"):
            assert command(*line.split()).code == 0, change
            page = path.read_text()
            path.write_text(page.replace(change, "", 1) if change else page)
            assert not change or path.read_text() != page
            assert command(*line.split()).code == 0, change
            assert path.read_text() == page


@pytest.mark.parametrize(("name", "code"), [("page", 2), ("page.png", 2), ("config.yaml", 5), ("/", 5), (".", 5)])
def test_names_of_a_page(place_of_mine: Path, command: Callable[..., Any], name: str, code: int) -> None:
    pytest.importorskip("jinja2", reason="the extra report is not installed")
    assert command("train", "config.yaml", "--run-dir", "run").code == 0
    done = command("compare", "run", "run", "--html", name)
    assert done.code == code, done.err
    assert f"{name}: " in done.err
    assert not (place_of_mine / "page").exists()
    assert (place_of_mine / "config.yaml").read_text() == FOUR_SAVES


def emptied(path: Path) -> None:
    path.write_text("")


def longer(path: Path) -> None:
    path.write_text(path.read_text() + "mine")


def happens(event: Event, folder: Path) -> None:
    path = folder / "run" / "metrics.csv"
    if event in KINDS:
        path.unlink()
    event(path)


@pytest.mark.parametrize("event", [*KINDS[:5], emptied, longer], ids=lambda event: event.__name__)
def test_metrics_in_mid_training(place: Path, event: Event) -> None:
    operations = [each for each in operations_of(prepare(place / "whole", FOUR_SAVES)) if each.name != "saved"]
    expected = outcome(place / "whole" / "run")
    saves = [at for at, each in enumerate(operations) if each.name == "open" and "epoch-" in each.path]
    last = max(at for at, each in enumerate(operations) if each.name == "open" and each.path.endswith("metrics.csv"))
    moments = range(saves[0], last) if SOAK else saves[:2]
    for at in moments:
        folder = prepare(place / str(at), FOUR_SAVES)
        child = Child(folder, *words(folder), disk=Disk(folder, at, happens=partial(happens, event)))
        code, said = child.wait(), child.text()
        path = folder / "run" / "metrics.csv"
        assert "Traceback" not in said
        assert "internal" not in said
        if event in KINDS:
            assert code == 5, said
            assert "run/metrics.csv: " in said.splitlines()[-1]
            assert not (folder / "run" / "mine").exists()
            path.rmdir() if event is a_folder else path.unlink()
            finish(folder)
        assert code in (0, 5), said
        demand_same(folder / "run", expected)
        shutil.rmtree(folder)
    TALLY.append(f"metrics.csv {event.__name__.replace('_', ' ')} at {len(moments)} operations: no wait, nothing lost")
