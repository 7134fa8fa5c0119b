import pytest

from catnet.engine.schedules import SCHEDULES, Schedule


def learning_rates(name, epochs, learning_rate=1.0, **settings):
    schedule = Schedule(learning_rate, epochs, name, **settings)
    return [schedule.learning_rate_at(epoch) for epoch in range(1, epochs + 1)]


def test_constant():
    assert learning_rates("constant", 3, 0.3) == [0.3, 0.3, 0.3]


def test_step():
    found = learning_rates("step", 7, 0.8, every=2, factor=0.5)
    assert found == [0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.1]


def test_cosine():
    found = learning_rates("cosine", 4)
    assert found == pytest.approx([1, (1 + 0.5**0.5) / 2, 0.5, (1 - 0.5**0.5) / 2])


def test_warm_up_rises_to_the_full_rate_and_then_the_schedule_begins():
    assert learning_rates("constant", 6, warm_up=4) == [0.25, 0.5, 0.75, 1, 1, 1]
    assert learning_rates("step", 5, every=1, factor=0.5, warm_up=2) == [0.5, 1, 1, 0.5, 0.25]
    found = learning_rates("cosine", 4, warm_up=2)
    assert found == pytest.approx([0.5, 1, 1, 0.5])


@pytest.mark.parametrize("name", SCHEDULES)
def test_warm_up_may_be_all_of_the_training_or_longer(name):
    assert learning_rates(name, 4, warm_up=4) == [0.25, 0.5, 0.75, 1]
    assert learning_rates(name, 2, warm_up=4) == [0.25, 0.5]


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_learning_rate_is_positive_and_at_most_the_configured_one(name):
    found = learning_rates(name, 30, 0.01, every=3, factor=0.5, warm_up=2)
    assert all(0 < rate <= 0.01 for rate in found)
