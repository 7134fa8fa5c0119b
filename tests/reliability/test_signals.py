"""Ctrl-C and SIGTERM at any moment: saved, told how to resume, identical at the end. A second one leaves at once."""

import re
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from children import Child
from trials import TALLY, Reference, demand_good, demand_same, finish, number, prepare, words


@pytest.mark.parametrize("what", [signal.SIGINT, signal.SIGTERM], ids=lambda what: what.name)
def test_a_signal_at_random_moments(place: Path, reference: Reference, what: signal.Signals) -> None:
    trials, saved = number(8, 50), 0
    random = np.random.default_rng(int(what))
    for trial in range(trials):
        folder = prepare(place / str(trial))
        child = Child(folder, *words(folder)).started()
        if trial % 2:  # surely in the training
            child.saves()
            time.sleep(random.uniform(0, 0.02))
        else:
            time.sleep(random.uniform(0, reference.seconds))
        child.send(what)
        code, said = child.wait(), child.text()
        assert "Traceback" not in said
        found = re.search(r"Interrupted after epoch (\d+), which is saved. Resume with:\n  (.*)\n", said)
        if found is not None:
            assert code == 128 + what
            assert found[2] == "catnet train --resume run"
            assert demand_good(folder / "run", int(found[1])) == int(found[1])
            saved += 1
        else:  # it came before the first epoch, or after the last
            assert code in (0, 130 if what == signal.SIGINT else -what), said
            demand_good(folder / "run", child.acknowledged)
        if any((folder / "run" / "checkpoints").glob("*")):
            finish(folder)
            demand_same(folder / "run", reference.outcome)
    assert saved > 0
    TALLY.append(f"{what.name} at random moments: {trials} trials, {saved} of them in the training; all ends identical")


def test_a_second_signal_leaves_at_once(place: Path, reference: Reference) -> None:
    trials = number(4, 50)
    random = np.random.default_rng(5)
    for trial in range(trials):
        folder = prepare(place / str(trial))
        what = (signal.SIGINT, signal.SIGTERM)[trial % 2]
        child = Child(folder, *words(folder)).started()
        time.sleep(random.uniform(0, reference.seconds))
        child.send(what)
        time.sleep(random.uniform(0, 0.005))
        child.send(what)
        assert child.wait() in (0, 128 + what, -what), child.text()
        assert "Traceback" not in child.text()
        demand_good(folder / "run", child.acknowledged)
        if any((folder / "run" / "checkpoints").glob("epoch-*")):
            finish(folder)
            demand_same(folder / "run", reference.outcome)
    TALLY.append(f"a second signal soon after the first: {trials} trials; nothing damaged, all ends identical")


def test_a_second_signal_does_not_wait_for_the_epoch(place: Path) -> None:
    """In an epoch that never ends, the first signal has no effect, and the second ends the process."""
    folder = prepare(place / "trial")
    child = Child(folder, *words(folder), variant="endless_epoch").started()
    time.sleep(1)
    child.send(signal.SIGTERM)
    time.sleep(0.3)
    assert child.process.exitcode is None
    child.send(signal.SIGTERM)
    assert child.wait() == -signal.SIGTERM
