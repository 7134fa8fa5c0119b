"""What `worker.py` does for another process, by name. What goes in and out is plain values."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from catnet.config import Config, load_config
from catnet.selection.cross_validation import fold_of
from catnet.selection.learning_curve import point_of
from catnet.selection.parts import train_part
from catnet.selection.plan import Plan, plan_of
from catnet.selection.pool import Pool
from catnet.selection.same_data import differing
from catnet.selection.trial import kept_pool, train_trial, what_is_read


def fold(config: Mapping[str, Any], alike: list[int], count: int, repeats: int, place: int) -> dict[str, Any]:
    """One training of a cross-validation, as `Fold.to_json` has it; `alike` are the groups of the pool."""
    pool, plan = planned(json.dumps(config), tuple(alike), count, repeats)
    trained = train_part(pool, plan.config(pool.config, place), plan.parts[place])
    return fold_of(pool, plan.tested[place], trained).to_json()


def point(config: Mapping[str, Any], training: list[int]) -> dict[str, Any]:
    """One training of a learning curve, on the examples at these indices, as `Point.to_json` has it."""
    return point_of(read(load_config(config)), np.array(training)).to_json()


@lru_cache(1)
def planned(config: str, alike: tuple[int, ...], count: int, repeats: int) -> tuple[Pool, Plan]:
    """The pool and the plan, the same in each process; the data is read once."""
    pool = replace(read(load_config(json.loads(config))), groups=np.array(alike))
    return pool, plan_of(pool, count, repeats)


def read(config: Config) -> Pool:
    """The pool of a configuration, without its groups; read once by each process."""
    return replace(kept_pool(json.dumps(what_is_read(config))), config=config)


TASKS: dict[str, Callable[..., Any]] = {"differing": differing, "fold": fold, "point": point, "trial": train_trial}
