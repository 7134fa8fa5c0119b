"""The clock is set back or forward, between runs and in the middle of one."""

import csv
import json
import signal
from pathlib import Path

from children import Child
from disk import Disk
from trials import TALLY, Reference, demand_same, number, prepare, words


def test_a_clock_that_jumps(place: Path, reference: Reference) -> None:
    """A training that is killed and resumed ends as ever, and no time that it took is negative."""
    trials = number(1, 20)
    for trial in range(trials):
        folder = prepare(place / str(trial))
        child = Child(folder, *words(folder), variant="clock_that_jumps", disk=Disk(folder, at=50 + trial))
        assert child.wait() == -signal.SIGKILL, child.text()
        child = Child(folder, *words(folder), variant="clock_that_jumps")
        assert child.wait() == 0, child.text()
        demand_same(folder / "run", reference.outcome)
        with (folder / "run" / "metrics.csv").open(newline="") as file:
            seconds = [float(row["seconds"]) for row in csv.DictReader(file)]
        assert seconds == sorted(seconds) and seconds[0] >= 0
        assert json.loads((folder / "run" / "summary.json").read_text())["seconds"] == seconds[-1] < 60
    TALLY.append(f"a clock that jumps: {trials} trainings, killed and resumed; all ends identical, no negative time")


def test_the_run_that_was_started_last_answers_after_the_clock_was_set_back(place: Path) -> None:
    folder = prepare(place / "trial")
    for run, variant in (("first", "clock_of_tomorrow"), ("a-later", ""), ("last", "")):
        child = Child(folder, "train", "config.yaml", "--run-dir", f"runs/{run}", "--no-report", variant=variant)
        assert child.wait() == 0, child.text()
        asked = Child(folder, "predict", "table.csv")
        assert asked.wait() == 0, asked.text()
        assert f"model: runs/{run}/best.safetensors" in asked.text()
    TALLY.append("a clock set back by a day: the run that was started last answers")
