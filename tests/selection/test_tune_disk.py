"""What a tune keeps on the disk while it runs: no more than its next rung needs."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tunes import InProcess, search

from catnet.selection.disk import bytes_of_checkpoint, bytes_of_checkpoints
from catnet.selection.tuning import Tuning

LARGE = {"data__image_size": [32, 32], "model__hidden_layers": [30], "tune__search": {"train.weight_decay": [0, 0.1]}}


def test_only_the_newest_checkpoints_of_those_that_may_go_on_are_kept(tuning: Callable[..., Tuning]) -> None:
    there: list[int] = []
    files: set[tuple[str, ...]] = set()

    def look(asked: Mapping[str, Any]) -> bool:
        trainings = Path(asked["folder"]).parent
        if asked["until"] == 3:
            there.append(len(list(trainings.iterdir())) if trainings.exists() else 0)
        for folder in trainings.iterdir() if trainings.exists() else ():
            files.add(tuple(sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())))
        return False

    search(tuning(tune__trials=17, train__keep="best"), InProcess(fails=look))
    assert len(there) == 17 and max(there) == 6  # the better third of 17 trials
    kept = (".lock", "checkpoints/epoch-00000{}.safetensors", "config.yaml", "examples.csv")
    assert files == {tuple(name.format(epoch) for name in kept) for epoch in (3, 9)}


@pytest.mark.parametrize(
    ("settings", "copies"),
    [
        ({"train__solver": "direct"}, 3),
        ({"train__solver": "direct", "train__keep": "last"}, 2),
        ({"train__solver": "gram"}, 4),
        ({"train__optimizer": "adamw"}, 4),
    ],
)
def test_the_disk_that_is_said_beforehand(tuning: Callable[..., Tuning], settings: Any, copies: int) -> None:
    under_way = tuning(**{**LARGE, "train__keep": "best", "tune__trials": 1, **settings})
    said = bytes_of_checkpoint(under_way.config, under_way.pool.dataset.question)
    assert said == copies * 4 * (32 * 32 * 3 * 30 + 30 + 30 * 3 + 3)
    found: list[int] = []

    def look(asked: Mapping[str, Any]) -> bool:
        found.extend(path.stat().st_size for path in Path(asked["folder"]).parent.rglob("epoch-*"))
        return False

    search(under_way, InProcess(fails=look))
    assert 0.6 * said < max(found) < 1.1 * said  # if the best epoch is the last, it is not there twice
    assert bytes_of_checkpoints(under_way, 2) == (1 + 2 * 3 + 2) * said
