"""kill -9 at any moment: what was acknowledged is there, and the end is that of a training never stopped."""

import pickle
import shutil
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from children import Child
from disk import Disk, Operation
from trials import TALLY, Lost, Reference, demand_good, demand_same, finish, number, outcome, prepare, whole, words

MOST_KILLS = 30  # in one trial; then it is left alone

# 4 saves: the first, one that is also the best, one after which an old checkpoint is removed, and the last
FOUR_SAVES = """\
goal: 1.0
data: {path: table.csv, classes: [y], validation_fraction: 0.25}
model: {hidden_layers: [6], dropout: 0.3}
train: {epochs: 8, batch_size: 16, optimizer: momentum, learning_rate: 0.2, solver: direct, checkpoint_every: 2}
"""

# all that augmented training has
EVERYTHING = """\
goal: 3.0
data: {{path: {path}, image_size: [4, 4], box_average: 2, scaling: whiten, components: 20}}
model: {{hidden_layers: [6], dropout: 0.2, views: flip}}
train: {{epochs: 60, batch_size: 8, optimizer: adamw, learning_rate: 0.01, weight_decay: 0.01, augment: standard,
        label_smoothing: 0.2, keep: last, schedule: {{name: cosine, warm_up: 0.1}}, checkpoint_every: 3}}
"""


def kill_trial(folder: Path, seconds: float, random: np.random.Generator, variant: str = "") -> int:
    """Kills the training at random moments until it has finished; how often. Raises Lost."""
    kills, acknowledged = 0, 0
    while True:
        child = Child(folder, *words(folder), variant=variant).started()
        if kills < MOST_KILLS:
            if random.random() < 0.5:  # surely in the training, whatever else the machine does
                child.saves()
                time.sleep(random.uniform(0, 0.02))
            else:
                time.sleep(random.uniform(0, 0.7 * seconds))
            child.send(signal.SIGKILL)
        code = child.wait()
        if code == 0:
            return kills
        if code != -signal.SIGKILL:
            raise Lost(f"it ended with {code}: {child.text()}")
        kills += 1
        acknowledged = max(acknowledged, child.acknowledged)
        if demand_good(folder / "run", acknowledged) == 0:
            shutil.rmtree(folder / "run", ignore_errors=True)  # nothing was saved yet: it starts again


def test_kill_at_random_moments(place: Path, reference: Reference) -> None:
    trials, kills = number(12, 200), 0
    random = np.random.default_rng(0)
    for trial in range(trials):
        folder = prepare(place / str(trial))
        kills += kill_trial(folder, reference.seconds, random)
        demand_same(folder / "run", reference.outcome)
    assert kills > trials / 2
    TALLY.append(f"kill -9 at random moments: {trials} trials, {kills} kills; 0 lost epochs, all ends identical")


def test_kill_with_everything_on(place: Path, animals: Path) -> None:
    config, trials, kills = EVERYTHING.format(path=animals), number(2, 20), 0
    random = np.random.default_rng(2)
    started = time.monotonic()
    expected = whole(place / "whole", config)
    seconds = time.monotonic() - started
    for trial in range(trials):
        folder = prepare(place / str(trial), config)
        kills += kill_trial(folder, seconds, random)
        demand_same(folder / "run", expected)
    assert kills > trials / 2
    TALLY.append(f"kill -9 with everything on: {trials} trials, {kills} kills; 0 lost epochs, all ends identical")


@pytest.mark.parametrize("variant", ["drop_momentum", "drop_derived_randomness", "drop_best"])
def test_the_trial_finds_what_a_variant_drops(place: Path, reference: Reference, variant: str) -> None:
    random = np.random.default_rng(1)
    # what the variant computes without interruption is right, or is taken for right
    folder = prepare(place / "whole")
    finish(folder, variant)
    expected = outcome(folder / "run")
    for trial in range(40):
        folder = prepare(place / str(trial))
        try:
            kill_trial(folder, reference.seconds, random, variant)
            demand_same(folder / "run", expected)
        except Lost:
            TALLY.append(f"variant {variant}: found in trial {trial + 1}")
            return
    pytest.fail("forty trials did not find it")


def operations_of(folder: Path, variant: str = "") -> list[Operation]:
    """What a training without interruption does to its run directory."""
    record = folder / "operations"
    child = Child(folder, *words(folder), variant=variant, disk=Disk(folder, record=record))
    assert child.wait() == 0, child.text()
    operations: list[Operation] = pickle.loads(record.read_bytes())
    return operations


def points_of(operations: list[Operation]) -> list[tuple[int, str, str]]:
    """Number, phase and name of every moment inside a save at which a process can be killed."""
    points = []
    done = [operation for operation in operations if operation.name != "saved"]
    for at, operation in enumerate(done):
        if ".safetensors" in operation.path or operation.path.endswith("checkpoints"):
            phases = ("before", "half", "after") if operation.name == "write" else ("before", "after")
            points += [(at, phase, f"{phase} {operation.name} {Path(operation.path).name}") for phase in phases]
    return points


def killed_at(folder: Path, at: int, phase: str, variant: str = "") -> None:
    """Kills the training there, and resumes it. Raises Lost."""
    child = Child(folder, *words(folder), variant=variant, disk=Disk(folder, at, phase))
    assert child.wait() == -signal.SIGKILL, child.text()
    if demand_good(folder / "run", child.acknowledged) == 0:
        shutil.rmtree(folder / "run")
    finish(folder, variant)


def test_kill_at_each_point_of_a_save(place: Path) -> None:
    first = prepare(place / "whole", FOUR_SAVES)
    operations = operations_of(first)
    assert sum(operation.name == "saved" for operation in operations) == 4
    expected = outcome(first / "run")
    points = points_of(operations)
    for at, phase, name in points:
        folder = prepare(place / str(at) / phase, FOUR_SAVES)
        try:
            killed_at(folder, at, phase)
            demand_same(folder / "run", expected)
        except Lost as error:
            raise Lost(f"killed {name}: {error}") from error
    TALLY.append(f"kill -9 at each point of 4 saves: {len(points)} points; 0 lost epochs, all ends identical")


@pytest.mark.parametrize("variant", ["write_in_place", "delete_first"])
def test_the_points_find_a_variant_that_is_not_atomic(place: Path, variant: str) -> None:
    first = prepare(place / "whole", FOUR_SAVES)
    points = points_of(operations_of(first, variant))
    for tried, (at, phase, name) in enumerate(points, start=1):
        folder = prepare(place / str(at) / phase, FOUR_SAVES)
        try:
            killed_at(folder, at, phase, variant)
        except Lost:
            TALLY.append(f"variant {variant}: found at point {tried}, {name}")
            return
    pytest.fail("no point found it")
