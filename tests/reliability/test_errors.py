"""The disk says no: a full one, a broken one, a read-only one, at any operation."""

import errno
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from children import Child
from disk import Disk
from test_kill import FOUR_SAVES, operations_of
from trials import SOAK, TALLY, demand_good, demand_same, finish, outcome, prepare, words

ERRORS = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES)


def temporary_files(run: Path) -> list[Path]:
    return list(run.rglob("*.tmp"))


def last_good(said: str) -> int:
    """The epoch of the last good checkpoint, as a message names it beside the command that resumes from it."""
    match = re.search(
        r"The last good checkpoint is \S+/epoch-(\d{6})\.safetensors\. Fix that, then resume with: (.*)", said
    )
    assert match is not None, said
    assert re.fullmatch(r"catnet train --resume (full/)?run", match[2])
    return int(match[1])


def test_an_error_at_each_operation(place: Path) -> None:
    first = prepare(place / "whole", FOUR_SAVES)
    operations = [operation for operation in operations_of(first) if operation.name != "saved"]
    expected = outcome(first / "run")
    trials = 0
    for at, operation in enumerate(operations):
        for error in ERRORS if SOAK else (ERRORS[at % len(ERRORS)],):
            folder = prepare(place / f"{at}-{error}", FOUR_SAVES)
            child = Child(folder, *words(folder), disk=Disk(folder, at, error=error))
            what = f"{os.strerror(error)} at {operation.name} {operation.path}"
            assert child.wait() == 5, f"{what}: {child.text()}"
            said = child.text().splitlines()[-1]
            assert said.startswith("run"), said
            assert f"could not be written: {os.strerror(error)}" in said
            assert "Traceback" not in child.text()
            saved = demand_good(folder / "run", child.acknowledged) if (folder / "run").exists() else 0
            if child.acknowledged:
                assert child.acknowledged <= last_good(said) <= saved, what
            assert temporary_files(folder) == [], what
            if saved and (SOAK or at % 3 == 0):
                finish(folder)
                demand_same(folder / "run", expected)
            shutil.rmtree(folder)
            trials += 1
    TALLY.append(
        f"an error at each of {len(operations)} operations: {trials} trials; exit 5, 0 lost epochs, 0 temporary files"
    )


# in a namespace of its own: fills a real file system of so many KB, then shows what is left there
FULL = """\
mount -t tmpfs -o size="$1"k tmpfs full || exit 99
"$2" "$3" train config.yaml --run-dir full/run --no-report > said.txt 2>&1
echo $? > code.txt
cp -r full/run left 2> /dev/null
exit 0
"""
# with and without the look at the room beforehand: without it the kernel says no in the middle of a write
COMMANDS = {
    "looks": "from catnet.cli.main import main; main()",
    "writes": "from catnet.cli.blas import prefer_kernel; prefer_kernel(); "
    "import catnet.runs.files as f, catnet.training.loop as t; "
    "f.require_room = t.require_room = lambda path, size: None; from catnet.cli.main import main; main()",
}


def run_on_a_full_disk(folder: Path, kilobytes: int, command: str) -> tuple[int, str]:
    """The exit code and the output of a training whose run directory has so much room."""
    (folder / "full").mkdir()
    (folder / "command.py").write_text(COMMANDS[command])
    arguments = [str(kilobytes), sys.executable, "command.py"]
    for unshare in (["unshare", "-m"], ["unshare", "-Urm"]):
        try:
            done = subprocess.run(
                [*unshare, "sh", "-c", FULL, "sh", *arguments],
                cwd=folder,
                capture_output=True,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            )
        except FileNotFoundError:
            break
        if done.returncode == 0:
            return int((folder / "code.txt").read_text()), (folder / "said.txt").read_text()
    pytest.skip("a file system cannot be mounted here")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_system_that_is_full(place: Path, command: str) -> None:
    first = prepare(place / "whole", FOUR_SAVES)
    finish(first)
    expected = outcome(first / "run")
    sizes = (*range(8, 72, 4), 200) if SOAK else (12, 40, 200)
    codes = []
    for kilobytes in sizes:
        folder = prepare(place / f"{kilobytes}", FOUR_SAVES)
        code, said = run_on_a_full_disk(folder, kilobytes, command)
        codes.append(code)
        assert code in (0, 5), said
        assert "Traceback" not in said
        assert temporary_files(folder / "left") == []
        if code == 5:
            assert ": could not be written: " in said
            assert ("the disk has" in said) == (command == "looks") or "No space left" in said
            last = said.splitlines()[-1]
            if "The last good checkpoint is" in last:
                (folder / "left").rename(folder / "run")
                assert demand_good(folder / "run", last_good(last)) == last_good(last)
                finish(folder)
                demand_same(folder / "run", expected)
    assert set(codes) == {0, 5}
    TALLY.append(f"a full tmpfs ({command}): {len(codes)} sizes, {codes.count(5)} too small: exit 5, all resume")


def test_a_folder_that_cannot_be_written_to(place: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere; the injected EACCES and EROFS stand for this")
    folder = prepare(place / "trial", FOUR_SAVES)
    folder.chmod(0o555)
    child = Child(folder, *words(folder))
    assert child.wait() == 5
    folder.chmod(0o755)
