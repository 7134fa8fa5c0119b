"""The two training curves of a gradient check, and what is said of them."""

import pytest
from small_tasks import random_task

from catnet.goals import BINARY
from catnet.teaching.gradcheck import masks_of
from catnet.teaching.gradients.curve import Curves, train_both
from catnet.teaching.gradients.mistakes import MISTAKES

CAT = (BINARY, "sigmoid", "cross_entropy")


@pytest.mark.parametrize("name", ["mean", "bias", "loss"])
def test_the_curves_are_those_of_gradient_descent(name: str):
    task = random_task(*CAT, (4,))
    curves = train_both(task, masks_of(task), MISTAKES[name])
    assert curves.right[0] == curves.wrong[0]
    assert curves.right[-1] < curves.right[0]
    assert curves.right[1:] != curves.wrong[1:]


def test_what_is_seen_in_curves():
    right = (1.0, 0.6, 0.5)
    nan = float("nan")
    seen = {
        "diverges": (1.0, 9.0, nan),
        "rises to 3 on the way": (1.0, 3.0, 0.4),
        "hardly be told apart": (1.0, 0.605, 0.505),
        "even lower": (1.0, 0.5, 0.4),
        "50% as far": (1.0, 0.9, 0.75),
    }
    for words, wrong in seen.items():
        assert words in Curves(0.1, right, wrong).seen
    noticed = {"does not fall (from 1 to 1;": (1.0, 0.9, 1.0), "hardly falls (from 1 to 0.98;": (1.0, 0.99, 0.98)}
    for words, wrong in noticed.items():
        assert f"{words} with right gradients to 0.5): such a mistake is noticed" in Curves(0.1, right, wrong).seen


def test_right_curves_that_do_not_fall_say_nothing_of_a_mistake():
    nan = float("nan")
    assert Curves(0.1, (1.0, 0.9), (1.0, 0.9)).seen == "both curves are the same"
    for right, wrong in (((1.0, 1.1), (1.0, 1.2)), ((1.0, 1.0), (1.0, 0.9)), ((1.0, 2e44), (1.0, 4e44))):
        assert "the cost does not fall with right gradients: such curves say nothing" in Curves(0.1, right, wrong).seen
    assert "the cost diverges with right gradients: such" in Curves(0.1, (1.0, nan), (1.0, 0.9)).seen


def test_the_costs_of_seen_are_json():
    right, nan = (1.0, 0.6, 0.5), float("nan")
    assert Curves(0.1, right, (1.0, 9.0, nan)).to_json()["wrong"] == [1.0, 9.0, None]
