"""Power loss at any moment: the recorded operations, replayed up to every prefix, with what was not flushed damaged."""

import shutil
from pathlib import Path

import pytest
from crash import Files, lay_out, replay
from disk import Operation
from test_kill import FOUR_SAVES, operations_of
from trials import TALLY, Lost, demand_good, prepare

from catnet.config import load_config


def demand_after_power_loss(files: Files, acknowledged: int, place: Path) -> None:
    """Raises Lost unless the run can be resumed after the last acknowledged epoch, or a later one."""
    shutil.rmtree(place, ignore_errors=True)
    lay_out(files, place)
    run = place / "run"
    if acknowledged:
        if not (run / "config.yaml").is_file() or not (run / "best.safetensors").is_file():
            raise Lost("the configuration or the best model is gone")
        load_config(run / "config.yaml")
    if (run / "config.yaml").is_file():
        demand_good(run, acknowledged)


def power_losses(place: Path, variant: str = "") -> tuple[list[Operation], int]:
    """Records a training, and tries every state that a power loss may leave; how many. Raises Lost."""
    folder = prepare(place / "whole", FOUR_SAVES)
    operations = operations_of(folder, variant)
    tried: set[int] = set()
    for acknowledged, files in replay(operations, folder):
        key = hash((acknowledged, frozenset(files.items())))
        if key not in tried:
            tried.add(key)
            demand_after_power_loss(files, acknowledged, place / "after")
    return operations, len(tried)


def test_power_loss_after_every_operation(place: Path) -> None:
    operations, states = power_losses(place)
    count = sum(operation.name != "saved" for operation in operations)
    assert count > 60 and states > count
    TALLY.append(
        f"power loss: all {count} prefixes, {states} states of the disk; old or new checkpoint readable in all"
    )


@pytest.mark.parametrize("variant", ["no_fsync", "no_fsync_of_folders", "write_in_place", "delete_first"])
def test_the_replay_finds_a_variant_that_does_not_flush(place: Path, variant: str) -> None:
    with pytest.raises(Lost):
        power_losses(place, variant)
    TALLY.append(f"power loss, variant {variant}: found")
