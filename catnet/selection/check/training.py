"""What a training of this configuration would need, and how large its learning rate may be; nothing is trained."""

from collections.abc import Iterator

from catnet.config import Config
from catnet.data.dataset import Dataset
from catnet.engine.cost_model import bytes_of_direct, bytes_of_gram
from catnet.engine.learning_rate_limit import why_no_limit
from catnet.engine.memory import available_memory
from catnet.engine.range_test import FEWEST, MOST_MEASURED, STEPS
from catnet.engine.solvers import choose
from catnet.errors import CatnetError, ConfigError
from catnet.selection.check.finding import FAULT, PASS, WARNING, Finding
from catnet.selection.check.reading import fault_of
from catnet.selection.learning_rate import LearningRate, learning_rate_of
from catnet.text import byte_size, two_digits
from catnet.training.build import Setup, build
from catnet.training.needs import needs_of_setup
from catnet.training.rate import is_far_above, times
from catnet.training.start import fresh_start

MOST_OF_A_TEST, FEW = 1e10, 16  # numbers times neurons in a range test: less than a second; so many cost no more


def of_training(config: Config, dataset: Dataset) -> Iterator[Finding]:
    """What a training needs, and its learning rate. Raises ConfigError."""
    try:
        setup = build(config, dataset, fresh_start(config, dataset))
    except ConfigError:
        raise
    except CatnetError as error:
        yield fault_of(error, "needs")
        return
    yield of_cost(setup)
    yield of_rate(setup)


def of_cost(setup: Setup) -> Finding:
    """The seconds and the memory."""
    solver = choose(setup.task, setup.config.train.solver).name
    found = needs_of_setup(setup, solver, has_report=True)
    needed = bytes_of_gram(setup.task) if solver == "gram" else bytes_of_direct(setup.task)
    available, facts = available_memory(), {"seconds": found.seconds, "bytes": found.bytes, "solver": solver}
    if needed > available:
        line = f"{found}, {byte_size(available)} are available; make model.hidden_layers or data.image_size smaller"
        return Finding(FAULT, "needs", line, facts=facts)
    return Finding(PASS, "needs", str(found), facts=facts)


def of_rate(setup: Setup) -> Finding:
    """The largest stable learning rate if it is known; else what a range test finds, if that takes little time."""
    config, task = setup.config, setup.task
    configured = f"train.learning_rate is {config.train.learning_rate:g}"
    numbers = STEPS * task.inputs.n * (3 * max(task.examples_per_update, FEWEST) + MOST_MEASURED)  # that become floats
    if why_no_limit(task) and numbers * (FEW + task.network.sizes[1]) > MOST_OF_A_TEST:
        line = f"the largest stable one is not known, as {why_no_limit(task)}: lr-find makes a range test; {configured}"
        return Finding(PASS, "learning rate", line)
    found = learning_rate_of(setup)
    facts = found.to_json()
    facts.pop("range_test")
    if found.fault:
        return Finding(WARNING, "learning rate", f"none would do: {found.fault}", facts=facts)
    if found.limit is None:
        return of_test(found, configured, facts)
    return of_limit(config, found.limit.rate, configured, facts)


def of_test(found: LearningRate, configured: str, facts: dict[str, object]) -> Finding:
    """What a range test says."""
    if found.rate is None:
        return Finding(WARNING, "learning rate", f"in a range test the cost never fell; {configured}", facts=facts)
    line = f"a range test finds {found.rate:g} good to begin with; {configured}"
    if found.test is not None and found.test.still_falls:
        line = f"{line}; the cost still fell when the range ended: catnet lr-find says more"
    return Finding(PASS, "learning rate", line, facts=facts)


def of_limit(config: Config, limit: float, configured: str, facts: dict[str, object]) -> Finding:
    """The limit: a warning if the rate is far above it."""
    line, rate = f"the largest stable one is {two_digits(limit)}; {configured}", config.train.learning_rate
    if limit and rate > limit:
        line = f"{line}, {times(rate / limit)} that"
    return Finding(WARNING if is_far_above(config, limit) else PASS, "learning rate", line, facts=facts)
