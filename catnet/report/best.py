"""The best of several runs on the same examples: who it is, and how likely it is best by chance.

Which run is the best was not known before, so the comparison with each other run is corrected for all the pairs that it
may have come from, N (N - 1) / 2 of them. With 95% none of several equally good runs is then called better by more
than chance; corrected for the N - 1 pairs with the best alone, that would be wrong far more often.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

import numpy as np

from catnet.data.split_names import WORDS
from catnet.engine.types import Array
from catnet.evaluation.bootstrap import CERTAIN, RESAMPLES, gaps, resampled_means
from catnet.goals import METRICS, REGRESSION
from catnet.report.comparison import common_examples, scores_of
from catnet.report.facts import UNSEEN, Facts
from catnet.text import in_a_row, metric_name, score

NAMED = 5  # runs in a sentence


@dataclass(frozen=True)
class Rival:
    """Another run: its difference from the best, 0 or worse; `same` if each of its examples has the same score.

    `p` is McNemar's of this pair alone, None for regression; `p_corrected` is corrected for the number of pairs.
    """

    run: str
    difference: float
    p: float | None
    p_corrected: float
    same: bool


@dataclass(frozen=True)
class Best:
    """The best run by the headline metric on the examples of a split, and the others, the best first.

    `leads` is the share of the bootstrap's resamples of the examples in which every other run that does not have the
    same scores is worse; None if there is none. `left_out` are the runs that have not these examples, and why.
    `chosen_by_it` are the runs whose epoch these examples chose, if there are others too.
    """

    run: str
    goal: str
    metric: str
    split: str
    examples: int
    what: str  # pictures or rows
    value: float
    leads: float | None
    rivals: tuple[Rival, ...]
    left_out: tuple[tuple[str, str], ...]
    chosen_by_it: tuple[str, ...] = ()

    @property
    def sentences(self) -> list[str]:
        """What it says in words."""
        on = f"the {self.examples} {WORDS[self.split]} {self.what}"
        n = len(self.rivals) + 1
        same = [self.run, *(rival.run for rival in self.rivals if rival.same)]
        alike = "have the same errors on" if self.goal == REGRESSION else "are right about"
        told = []
        if self.leads is None:
            told.append(f"No difference on {on}: {names(same)} {alike} the same {self.what}.")
        else:
            value = score(self.metric, self.value)
            tied = [rival.run for rival in self.rivals if rival.difference == 0 and not rival.same]
            first = f"is {self.run} ({value}): it leads"
            if tied:
                first = f"are {names([self.run, *tied])} ({value} each): {self.run} leads alone"
            told.append(
                f"The best of {n} runs by {metric_name(self.metric)} on {on} {first} in {self.leads:.0%} of "
                f"{RESAMPLES} resamples of these {self.what}. {self.judgement}"
            )
            if len(same) > 1:
                told.append(f"No difference between {names(same)}: they {alike} the same {self.what}.")
        told += [f"{run} is not ranked with them: {reason}." for run, reason in self.left_out]
        if self.chosen_by_it:
            chosen = names(self.chosen_by_it)
            others = [run for run in (self.run, *(rival.run for rival in self.rivals)) if run not in self.chosen_by_it]
            told.append(
                f"These {self.what} chose the epoch of {chosen}, but not of {names(others)}: that favours {chosen}."
            )
        if self.split == "train":
            told.append(f"All runs have learned from these {self.what}: on others the best may be another.")
        elif self.leads is not None:
            told.append(
                f"Choosing the best of {n} by the {WORDS[self.split]} data makes its {metric_name(self.metric)} there "
                "too good: measure it on data that chose nothing."
            )
        return told

    @property
    def judgement(self) -> str:
        """Over whom its lead is more than chance."""
        sure = [rival.run for rival in self.rivals if not rival.same and rival.p_corrected < CERTAIN]
        unsure = [rival.run for rival in self.rivals if not rival.same and rival.p_corrected >= CERTAIN]
        pairs = len(self.rivals) * (len(self.rivals) + 1) // 2
        test = "the bootstrap" if self.goal == REGRESSION else "McNemar's test"
        by = f"by {test}" if pairs == 1 else f"by {test}, corrected for the {pairs} pairs of runs"
        if not unsure:
            return f"Its lead over {'the other' if pairs == 1 else 'every other'} is more than chance ({by})."
        if not sure:
            return f"Its lead may be chance ({by})."
        return f"Its lead over {names(sure)} is more than chance, over {names(unsure)} it may be chance ({by})."

    def as_json(self) -> dict[str, Any]:
        """For a program."""
        values = asdict(self)
        left_out = [{"run": run, "reason": reason} for run, reason in self.left_out]
        return values | {"left_out": left_out, "resamples": RESAMPLES, "sentences": self.sentences}


def names(runs: Sequence[str]) -> str:
    """a, b and c; of many the first"""
    shown = [*runs[:NAMED], f"{len(runs) - NAMED} more"] if len(runs) > NAMED + 1 else list(runs)
    return in_a_row(shown, "and")


def best_of(runs: Sequence[Facts], titles: Sequence[str]) -> Best | None:
    """The best of the largest group of runs that have the same test examples, or else validation or training examples.

    None if no two runs have the same examples.
    """
    for split in UNSEEN:
        groups: list[dict[int, Array]] = []  # of each run the scores, in the order of the group's first run
        for place, run in enumerate(runs):
            for group in groups:
                _, order, _ = common_examples(runs[next(iter(group))], run, [split])
                if order is not None:
                    group[place] = scores_of(run, split)[order]
                    break
            else:
                if run.split(split) is not None:
                    groups.append({place: scores_of(run, split)})
        largest = max(groups, key=len, default={})
        if len(largest) > 1:
            return ranked(runs, titles, split, largest)
    return None


def ranked(runs: Sequence[Facts], titles: Sequence[str], split: str, scores: dict[int, Array]) -> Best:
    """The best of these runs, whose scores (m,) are of the same examples of the split."""
    first, metric = runs[next(iter(scores))], runs[next(iter(scores))].headline
    values = np.stack(list(scores.values()))
    sign = -1 if METRICS[metric].smaller_is_better else 1
    order = np.argsort(-sign * values.mean(axis=1, dtype=np.float64), kind="stable")
    values, places = values[order], [list(scores)[row] for row in order]
    same = [bool((row == values[0]).all()) for row in values]
    pairs = list(combinations(range(len(values)), 2))  # those with the best, whose row is 0, come first
    rivals = [
        Rival(titles[place], -gap.difference, gap.p, gap.p_corrected, alike)
        for place, alike, gap in zip(places[1:], same[1:], gaps(values, pairs), strict=False)
    ]
    others = np.flatnonzero(~np.array(same))
    leads = None
    if len(others):
        means = sign * resampled_means(values)
        leads = float((means[:, 0] > means[:, others].max(axis=1)).mean())
    left_out = [
        (titles[place], common_examples(first, run, [split])[2])
        for place, run in enumerate(runs)
        if place not in scores
    ]
    what, value = first.question.examples, float(values[0].mean(dtype=np.float64))
    best = titles[places[0]]
    chosen = [titles[place] for place in places if split == "validation" and runs[place].chose_epoch]
    chosen_by_it = tuple(chosen) if len(chosen) < len(places) else ()
    return Best(
        best,
        first.goal,
        metric,
        split,
        len(values[0]),
        what,
        value,
        leads,
        tuple(rivals),
        tuple(left_out),
        chosen_by_it,
    )
