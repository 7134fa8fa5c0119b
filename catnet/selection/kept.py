"""What a tune keeps for its end, to measure the best settings on data that has chosen nothing."""

from dataclasses import replace

from catnet.config import Config
from catnet.data.dataset import Split
from catnet.selection.parts import Part
from catnet.selection.plan import Plan, held_out, plan_of
from catnet.selection.pool import Pool
from catnet.selection.trial import TEST


def reserved(pool: Pool) -> str | None:
    """The split that is kept for the end: the test data, else the validation data; None if there is neither."""
    return next((name for name in (TEST, "validation") if name in pool.dataset.splits), None)


def split_at_the_end(pool: Pool) -> Split:
    """The split that is kept for the end, if there is one. Raises KeyError if there is none."""
    return pool.dataset.splits[reserved(pool) or ""]


def part_at_the_end(pool: Pool, config: Config) -> Part | None:
    """What the last training learns from, with such settings, and what chooses its epoch: of the training data, if the
    validation data measures it; None: as the data is split.
    """
    if reserved(pool) == TEST:
        return None
    return held_out(replace(pool, config=config), pool.of_training, config.train.seed)


def plan_for(pool: Pool, folds: int) -> Plan:
    """The folds: of the training and validation data, or, without test data, of the training data alone."""
    return plan_of(pool, folds, among=pool.of_training if reserved(pool) == "validation" else None)
