"""What stdout and stderr may do to a command, at any moment: no training is lost, nothing hangs, results are whole."""

import fcntl
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from children import LONGEST
from trials import SOAK, TALLY, demand_same, number, outcome, prepare, whole

ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1"}  # as the children have it
COMMAND = [sys.executable, "-m", "catnet"]
TRAIN = ["train", "config.yaml", "--run-dir", "run"]
STREAM_FAULTS = [
    ">&-", "2>&-", ">&- 2>&-", "<&-", ">/dev/full", "2>/dev/full", ">/dev/full 2>&1", "2>&1 | head -1", "| head -1",
    "2>&1 | true", "| true", "2>&1 | (sleep 0.3; head -c 700 >/dev/null)",
]  # fmt: skip
RESULTS = [
    ["predict", "table.csv", "--model", "run"],
    ["evaluate", "run", "--recall", "0.9", "--save"],
    ["compare", "run", "run", "--html", "both.html"],
    ["report", "run"],
    ["count-params", "config.yaml"],
    ["schema"],
    ["cache"],
    ["--help"],
    ["--version"],
    ["train", "--help"],
]  # fmt: skip
pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")


def start(folder: Path, arguments: list[str], unbuffered: str = "", **streams: int | None) -> subprocess.Popen[bytes]:
    """The command in a process group of its own."""
    environment = {**os.environ, **ENVIRONMENT, "PYTHONUNBUFFERED": unbuffered}
    return subprocess.Popen([*COMMAND, *arguments], cwd=folder, env=environment, start_new_session=True, **streams)  # type: ignore[call-overload]


def under(fault: str, folder: Path, arguments: list[str]) -> tuple[int, str]:
    """The exit code of the command, and what is left of its stderr."""
    words = " ".join(f"'{word}'" for word in [*COMMAND, *arguments])
    line = f"set -o pipefail; {words} {fault}; exit ${{PIPESTATUS[0]}}"
    environment = {**os.environ, **ENVIRONMENT}
    done = subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True, timeout=LONGEST)
    return done.returncode, done.stderr.decode()


def test_every_fault_of_a_stream(place: Path) -> None:
    """The training is whole under each; every other command ends in 0, or in 5 if its results were not written."""
    reference = whole(place / "reference")
    random = np.random.default_rng(7)
    pairs = [(fault, [*TRAIN, "--log", "tensorboard"]) for fault in STREAM_FAULTS]
    pairs += [(fault, arguments) for fault in STREAM_FAULTS for arguments in RESULTS]
    tried = [pairs[i] for i in sorted(random.permutation(len(pairs))[: number(3, len(pairs))])]
    for i, (fault, arguments) in enumerate(tried):
        folder = prepare(place / str(i)) if arguments[0] == TRAIN[0] else place / "reference"
        (folder / "both.html").unlink(missing_ok=True)
        code, said = under(fault, folder, arguments)
        assert code == (5 if "/dev/full" in fault.split("2>")[0] else code), (fault, arguments, said)
        assert code in ((0, 5) if "|" in fault or ">/dev/full" in fault else (0,)), (fault, arguments, said)
        assert "Traceback" not in said and "internal error" not in said and "Exception ignored" not in said
        if code == 5 and "| " not in fault and "2>" not in fault:
            assert said.endswith("standard output: No space left on device\n")
        if "run" in arguments and arguments[0] == "train":
            demand_same(folder / "run", reference)
            assert (folder / "run" / "report.html").is_file()
            assert next((folder / "run" / "tensorboard").iterdir()).stat().st_size > 1000
        if arguments[0] == "compare":
            assert (folder / "both.html").is_file()
    TALLY.append(f"a fault of a stream under a command: {len(tried)} of {len(pairs)} pairs; whole, exit code 0 or 5")


def test_a_reader_that_leaves_at_any_moment(place: Path) -> None:
    reference, trials = whole(place / "reference"), number(1, 60)
    random = np.random.default_rng(8)
    for trial in range(trials):
        folder = prepare(place / str(trial))
        ours, theirs = os.pipe() if trial % 2 else pty.openpty()
        process = start(folder, [*TRAIN, "--no-report"], stdout=theirs, stderr=theirs)
        os.close(theirs)
        time.sleep(random.uniform(0, 1.5))
        os.close(ours)
        assert process.wait(LONGEST) in (0, 5)
        demand_same(folder / "run", reference)
    TALLY.append(f"a pipe or a terminal closed at a random moment: {trials} trainings; whole")


@pytest.mark.parametrize("unbuffered", ["", "1"] if SOAK else ["1"])
@pytest.mark.parametrize("waits", [True, False] if SOAK else [False])
def test_a_slow_reader_gets_everything(place: Path, waits: bool, unbuffered: str) -> None:
    """A pipe of one page, read slowly; also one whose writer is told that it should not wait."""
    expected = subprocess.run([*COMMAND, "schema"], capture_output=True, check=True).stdout
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(theirs, waits)
    process = start(place, ["schema"], unbuffered, stdout=theirs)
    os.close(theirs)
    got = b""
    while piece := os.read(ours, 1000):
        got += piece
        time.sleep(0.005)
    os.close(ours)
    assert (process.wait(LONGEST), got) == (0, expected)


def hang_up_with(process: subprocess.Popen[bytes], *signals: signal.Signals) -> None:
    for what in signals:
        process.send_signal(what)
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("signals", "codes"),
    [
        ([signal.SIGHUP, signal.SIGHUP, signal.SIGHUP], (129,)),
        ([signal.SIGTERM, signal.SIGHUP], (143, 129)),  # 129 if both are there before one is looked at
    ],
    ids=["three", "after SIGTERM"],
)
def test_a_terminal_that_hangs_up(place: Path, signals: list[signal.Signals], codes: tuple[int, ...]) -> None:
    """The training is saved as by SIGTERM, however often it is told."""
    trials = number(1, 30)
    for trial in range(trials):
        folder = prepare(place / str(trial))
        ours, theirs = pty.openpty()
        long = ["--set", "train.epochs=1000000", "--set", "train.early_stopping=null"]
        process = start(folder, [*TRAIN, *long, "--no-report"], stdout=theirs, stderr=theirs)
        os.close(theirs)
        wait_for(folder / "run" / "best.safetensors")
        os.close(ours)
        hang_up_with(process, *signals)
        assert process.wait(LONGEST) in codes
        last = int((folder / "run" / "metrics.csv").read_text().splitlines()[-1].split(",")[0])
        assert (folder / "run" / "checkpoints" / f"epoch-{last:06d}.safetensors").is_file()
    TALLY.append(f"{len(signals)} signals of a terminal that hangs up: {trials} trainings; saved, exit code {codes[0]}")


def test_nohup(place: Path) -> None:
    """A SIGHUP that is ignored stays so."""
    folder, reference = prepare(place / "trial"), whole(place / "reference")
    process = subprocess.Popen(
        ["nohup", *COMMAND, *TRAIN, "--no-report"],
        cwd=folder, env={**os.environ, **ENVIRONMENT},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(folder / "run")  # nohup itself begins without
    while process.poll() is None:
        process.send_signal(signal.SIGHUP)
        time.sleep(0.01)
    assert process.returncode == 0
    assert outcome(folder / "run") == reference


def wait_for(path: Path) -> None:
    """Waits until the path is there."""
    deadline = time.monotonic() + LONGEST
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
