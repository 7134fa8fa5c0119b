"""The names that a configuration chooses from are those of the tables, in their order."""

import subprocess
import sys

from catnet.engine import activations, initialization, names, optimizers, solvers
from catnet.goals import GOALS


def test_names_are_those_of_the_tables() -> None:
    assert tuple(activations.ACTIVATIONS) == names.ACTIVATIONS
    assert tuple(initialization.INITIALIZATIONS) == names.INITIALIZATIONS
    assert tuple(optimizers.OPTIMIZERS) == names.OPTIMIZERS
    assert tuple(solvers.SOLVERS) == names.SOLVERS


def test_what_is_said_of_the_optimizers() -> None:
    rules = optimizers.OPTIMIZERS.items()
    assert tuple(name for name, rule in rules if rule.linear) == names.LINEAR
    assert tuple(name for name, rule in rules if rule.uses_momentum) == names.USING_MOMENTUM


def test_every_output_activation_is_that_of_a_goal() -> None:
    of_goals = {name for goal in GOALS.values() for name in goal.output_activations}
    assert of_goals == activations.OUTPUT_ACTIVATIONS.keys()


def test_a_configuration_is_read_without_numpy() -> None:
    code = "import sys, catnet.config; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"False\n"
