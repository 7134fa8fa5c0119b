"""When checkpoints are saved: `auto` loses little, and takes little time for it."""

from collections.abc import Iterator

import pytest

from catnet.config.train_section import TrainConfig
from catnet.training import save
from catnet.training.save import CheckpointTimer


class Clock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(save, "time", clock)
    return clock


def settings(epochs: int, **others: object) -> TrainConfig:
    return TrainConfig.model_validate({"epochs": epochs, "learning_rate": 0.1, **others})


def saved(clock: Clock, settings: TrainConfig, epoch_seconds: float, save_seconds: float) -> Iterator[int]:
    timer = CheckpointTimer(settings)
    for epoch in range(1, settings.epochs + 1):
        clock.now += epoch_seconds
        if timer.is_due(epoch):
            with timer.saving():
                clock.now += save_seconds
            yield epoch


def test_auto_saves_the_first_epoch_and_each_tenth(clock: Clock) -> None:
    assert list(saved(clock, settings(40), 1, 0.1)) == [1, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40]


def test_saves_take_at_most_a_tenth_of_the_time(clock: Clock) -> None:
    found = list(saved(clock, settings(40), 1, 0.5))
    assert found == [1, 8, 16, 24, 32, 40]
    assert len(found) * 0.5 <= 0.1 * (40 + len(found) * 0.5) + 0.5  # the first save does not know how long it takes


def test_without_time_for_a_tenth_it_saves_every_30_seconds(clock: Clock) -> None:
    assert list(saved(clock, settings(100), 1, 20)) == [1, 32, 63, 94]


def test_long_epochs_are_all_saved(clock: Clock) -> None:
    assert list(saved(clock, settings(20), 31, 20)) == list(range(1, 21))


def test_a_number_of_epochs_is_kept_to_however_long_it_takes(clock: Clock) -> None:
    assert list(saved(clock, settings(10, checkpoint_every=3), 1, 100)) == [3, 6, 9]
