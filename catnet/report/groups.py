"""Runs of one configuration: those that differ only in their seed, as one group; and what they and others share."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from catnet.config.dump import to_yaml
from catnet.engine.types import Array
from catnet.errors import CatnetError
from catnet.report.comparison import common_examples, scores_of
from catnet.report.facts import UNSEEN, Facts
from catnet.report.side_by_side import flattened
from catnet.runs.kept import read_kept
from catnet.runs.layout import weights_epochs

SEED = "train.seed"
KEEP = "train.keep_weights"  # changes no result, and is what the paths of descent ask for


@dataclass(frozen=True)
class Shared:
    """The runs, by their index, that have the same examples of a split, and their scores (m,) of these, in one order.

    `left_out` has the index of each other run, and why it is left out.
    """

    split: str
    scores: dict[int, Array]
    left_out: dict[int, str]


def shared_by(runs: Sequence[Facts]) -> Shared | None:
    """The most runs that have the same test examples, or else validation or training examples.

    None if no two runs have the same examples.
    """
    for split in UNSEEN:
        sets: list[dict[int, Array]] = []  # of each run the scores, in the order of the set's first run
        for index, run in enumerate(runs):
            for found in sets:
                _, order, _ = common_examples(runs[next(iter(found))], run, [split])
                if order is not None:
                    found[index] = scores_of(run, split)[order]
                    break
            else:
                if run.split(split) is not None:
                    sets.append({index: scores_of(run, split)})
        largest = max(sets, key=len, default={})
        if len(largest) > 1:
            first = runs[next(iter(largest))]
            others = [index for index in range(len(runs)) if index not in largest]
            left_out = {index: common_examples(first, runs[index], [split])[2] for index in others}
            return Shared(split, largest, left_out)
    return None


def groups_of(runs: Sequence[Facts], indices: Sequence[int]) -> list[list[int]]:
    """The indices, with the runs that differ only in their seed together; a second run of one seed begins a group."""
    groups: dict[tuple[str, int], list[int]] = {}
    times: Counter[str] = Counter()
    for index in indices:
        values = settings_of(runs[index])
        times[whole := to_yaml(values)] += 1
        del values[SEED]
        groups.setdefault((to_yaml(values), times[whole]), []).append(index)
    return list(groups.values())


def repeats(runs: Sequence[Facts]) -> dict[int, int]:
    """The index of each run that is another one again, and of that: given twice, copied, or trained twice.

    Its settings and its parameters are the same, to the bit, so it says nothing more: the one that stays is the first
    of those that kept the most weights that can be read, for the paths of descent.
    """
    twins: list[list[int]] = []
    for index, run in enumerate(runs):
        same = next((indices for indices in twins if is_the_same(runs[indices[0]], run)), None)
        if same is None:
            twins.append([index])
        else:
            same.append(index)
    found: dict[int, int] = {}
    for indices in twins:
        if len(indices) > 1:
            stays = max(indices, key=lambda index: weights_kept(runs[index]))
            found |= {index: stays for index in indices if index != stays}
    return found


def weights_kept(run: Facts) -> int:
    """How many weights a run has kept; 0 if some of them cannot be read."""
    try:
        return sum(1 for _ in read_kept(run.run.path, weights_epochs(run.run.path), run.model.network))
    except CatnetError:
        return 0


def settings_of(run: Facts) -> dict[str, Any]:
    """The settings of a run by dotted key, without train.keep_weights, which changes no result."""
    return {key: value for key, value in flattened(run.run.config).items() if key != KEEP}


def is_the_same(one: Facts, other: Facts) -> bool:
    """Whether two runs have the same settings, but for train.keep_weights, and the same parameters."""
    a, b = one.model.parameters, other.model.parameters
    if settings_of(one) != settings_of(other) or a.keys() != b.keys():
        return False
    return all(np.array_equal(a[name], b[name]) for name in a)


def seed_of(run: Facts) -> int:
    """The seed of a run."""
    return run.run.config.train.seed


def draws_by_seed(runs: Sequence[Facts]) -> bool:
    """Whether runs of one group have other training data, because their seed drew it."""
    splits = [run.all_of("train") for run in runs]
    return len({split.names for split in splits if split is not None}) > 1


def stacked(scores: dict[int, Array], group: Sequence[int]) -> Array:
    """The scores (seeds, m) of the runs of a group."""
    return np.stack([scores[index] for index in group])
