"""Which trainings make up a cross-validation, and what each of them is tested on."""

from dataclasses import dataclass

import numpy as np

from catnet.config import Config
from catnet.data.splits import stratify
from catnet.engine.types import Array
from catnet.errors import ConfigError
from catnet.evaluation.folds import first_of_groups, folds_of_groups
from catnet.selection.parts import Part
from catnet.selection.pool import Pool
from catnet.text import printable

NONE = np.arange(0)


@dataclass(frozen=True)
class Plan:
    """Which trainings make up a cross-validation: a part of the pool for each fold of each repeat, and the examples
    that it is tested on.
    """

    count: int
    repeats: int
    parts: list[Part]
    tested: list[Array]

    @property
    def share(self) -> float:
        """How many examples a training is tested on, to those that its weights learn from: the mean over trainings."""
        pairs = zip(self.parts, self.tested, strict=True)
        return float(np.mean([len(tested) / len(part.training) for part, tested in pairs]))

    def folds(self, repeat: int, m: int) -> Array:
        """The fold in which each of m examples is tested in a repeat, (m,), from 0."""
        found = np.empty(m, np.int64)
        for fold, tested in enumerate(self.tested[repeat * self.count : (repeat + 1) * self.count]):
            found[tested] = fold
        return found

    def config(self, config: Config, place: int) -> Config:
        """The configuration of a training: each repeat has a seed of its own."""
        seed = config.train.seed + place // self.count
        return config.model_copy(update={"train": config.train.model_copy(update={"seed": seed})})


def plan_of(pool: Pool, count: int, repeats: int = 1, among: Array | None = None) -> Plan:
    """Stratified folds by train.seed, and by the seeds after it; examples that are alike are in one fold.

    The examples are those at the indices `among`, ascending, or all of the pool. If the best epoch is kept, so large
    a share of what a fold learns from chooses it as in a training: those that it is tested on must not. Raises
    ConfigError if there are fewer examples than folds.
    """
    among = np.arange(pool.m) if among is None else among
    labels, groups = pool.labels[:, among], pool.groups[among]
    first = first_of_groups(groups)
    if count > len(first):
        raise ConfigError(
            f"{printable(pool.config.data.path)}: {count} folds need as many examples that are not alike, there are "
            f"{len(first)}; ask for fewer folds"
        )
    parts, tested = [], []
    for repeat in range(repeats):
        seed = pool.config.train.seed + repeat
        fold_of = folds_of_groups(pool.config.goal, labels, groups, count, seed)
        for fold in range(count):
            parts.append(held_out(pool, among[fold_of != fold], seed))
            tested.append(among[fold_of == fold])
    return Plan(count, repeats, parts, tested)


def held_out(pool: Pool, learned: Array, seed: int) -> Part:
    """The examples at these indices, with as large a share of them as of the pool to validate on, if that chooses."""
    if not len(pool.of_validation) or pool.config.train.keep == "last":
        return Part(learned, NONE)
    groups = pool.groups[learned]
    first = first_of_groups(groups)
    fraction = {"validation": len(pool.of_validation) / pool.m}
    drawn = stratify(pool.config.goal, pool.labels[:, learned[first]], fraction, seed)
    validation = np.isin(groups, groups[first[drawn.get("validation", NONE)]])
    return Part(learned[~validation], learned[validation])
