"""What `worker.py` does for another process, by name. What goes in and out is plain values."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from catnet.config import load_config
from catnet.selection.cross_validation import fold_of
from catnet.selection.parts import train_part
from catnet.selection.plan import Plan, plan_of
from catnet.selection.pool import Pool, pool_of
from catnet.selection.trial import train_trial


def fold(config: Mapping[str, Any], alike: list[int], count: int, repeats: int, place: int) -> dict[str, Any]:
    """One training of a cross-validation, as `Fold.to_json` has it; `alike` are the groups of the pool."""
    pool, plan = planned(json.dumps(config), tuple(alike), count, repeats)
    trained = train_part(pool, plan.config(pool.config, place), plan.parts[place])
    return fold_of(pool, plan.tested[place], trained).to_json()


@lru_cache(1)
def planned(config: str, alike: tuple[int, ...], count: int, repeats: int) -> tuple[Pool, Plan]:
    """The pool and the plan, the same in each process; the data is read once."""
    pool = pool_of(load_config(json.loads(config)), alike=np.array(alike))
    return pool, plan_of(pool, count, repeats)


TASKS: dict[str, Callable[..., Any]] = {"fold": fold, "trial": train_trial}
