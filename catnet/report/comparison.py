"""Runs beside each other: what differs in their configurations, their metrics, and whether the difference is chance."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from catnet.config import Config
from catnet.evaluation.bootstrap import mcnemar, paired_interval
from catnet.goals import METRICS
from catnet.report.facts import UNSEEN, Facts
from catnet.text import isolated, metric_name, number

CERTAIN = 0.05


@dataclass(frozen=True)
class Difference:
    """A run's headline metric minus the first run's on the same examples, with its 95% interval.

    `p` is McNemar's, None for regression. If the runs cannot be compared, `reason` says why and the rest is None.
    """

    run: str
    first: str
    metric: str
    split: str | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    reason: str = ""

    @property
    def sentence(self) -> str:
        """The difference in words."""
        if self.difference is None or self.low is None or self.high is None:
            return f"{self.run} and {self.first} cannot be compared: {self.reason}."
        better = "worse" if (self.difference < 0) != METRICS[self.metric].smaller_is_better else "better"
        sure = not self.low <= 0 <= self.high if self.p is None else self.p < CERTAIN
        judged = f"that is more than chance: {self.run} is {better}" if sure else "that may be chance"
        p = "" if self.p is None else f"; McNemar's p {self.p:.2g}"
        what = f"{metric_name(self.metric)} on the {self.split} data"
        return (
            f"{self.run} minus {self.first}, {what}: {self.of(self.difference)} "
            f"(95% interval {self.of(self.low)} to {self.of(self.high)}{p}): {judged}."
        )

    def of(self, value: float) -> str:
        """A difference of percentages in points, or of numbers."""
        return f"{100 * value:+.1f} points" if METRICS[self.metric].is_percentage else f"{value:+.4g}"


def differences(runs: Sequence[Facts], titles: Sequence[str]) -> list[Difference]:
    """Each run but the first, compared with the first on the same examples: by bootstrap in pairs and by McNemar."""
    first, *others = runs
    return [compared(first, other, titles[0], title) for other, title in zip(others, titles[1:], strict=True)]


def compared(first: Facts, other: Facts, first_title: str, title: str) -> Difference:
    """A run against the first."""
    metric = first.headline
    difference = partial(Difference, title, first_title, metric)
    if first.goal != other.goal:
        return difference(reason="their goals differ")
    if first.dataset is None or other.dataset is None:
        return difference(reason="their data cannot be read")
    for split in UNSEEN:
        a, b = first.split(split), other.split(split)
        if a is None or b is None:
            continue
        order = matched(a.names, b.names)
        if order is None or first.question.classes != other.question.classes or (a.labels != b.labels[:, order]).any():
            return difference(reason=f"their {split} data are not the same examples")
        mine, theirs = first.scores(split), other.scores(split)
        assert mine is not None and theirs is not None
        theirs = theirs[order]
        low, high = paired_interval(theirs, mine)
        p = None if METRICS[metric].smaller_is_better else mcnemar(theirs == 1, mine == 1)
        return difference(split, float((theirs - mine).mean()), low, high, p)
    return difference(reason="they have no split in common")


def matched(names: Sequence[str], others: Sequence[str]) -> np.ndarray[Any, Any] | None:
    """The place of each name among the others, (m,); None if they are not the same names, each once."""
    place = {name: i for i, name in enumerate(others)}
    if len(place) != len(others) or len(names) != len(others) or not place.keys() <= set(names):
        return None
    return np.array([place[name] for name in names])


def titles_of(runs: Sequence[Facts]) -> list[str]:
    """The names of the runs' directories; their paths if two have the same name."""
    short = [isolated(run.run.path.resolve().name) for run in runs]
    return short if len(set(short)) == len(short) else [isolated(run.run.path) for run in runs]


def rows(runs: Sequence[Facts]) -> list[tuple[str, list[str]]]:
    """The keys of the configuration that differ, the metrics of each split, the parameters, the seconds."""
    flat = [flattened(run.run.config) for run in runs]
    keys = dict.fromkeys(key for of_run in flat for key in of_run)
    settings = [(key, [isolated(of_run.get(key, "-")) for of_run in flat]) for key in keys]
    found = [(key, values) for key, values in settings if len(set(values)) > 1]
    for split in ("train", "validation", "test"):
        of_split = [run.metrics.get(split, {}) for run in runs]
        metrics = dict.fromkeys(key for m in of_split for key, value in m.items() if isinstance(value, float))
        found += [(f"{split} {metric_name(key)}", [number(m.get(key)) for m in of_split]) for key in metrics]
    return [
        *found,
        ("parameters", [str(run.model.network.parameter_count) for run in runs]),
        ("epochs", [str(len(run.epochs)) for run in runs]),
        ("best epoch", [str(run.model.epoch) for run in runs]),
        ("seconds", [number(run.summary.get("seconds")) for run in runs]),
    ]


def flattened(config: Config) -> dict[str, str]:
    """The values of a configuration by dotted key."""
    found: dict[str, str] = {}

    def visit(value: Any, path: str) -> None:
        if isinstance(value, dict) and value:
            for key, inner in value.items():
                visit(inner, f"{path}.{key}" if path else key)
        else:
            found[path] = str(list(value) if isinstance(value, tuple) else value)

    visit(config.model_dump(mode="json"), "")
    return found


def as_json(runs: Sequence[Facts], found: Sequence[Difference]) -> dict[str, Any]:
    """The same facts for a program."""
    return {
        "runs": [
            {
                "run": str(run.run.path),
                "config": flattened(run.run.config),
                "metrics": run.metrics,
                "parameters": run.model.network.parameter_count,
                "seconds": run.summary.get("seconds"),
            }
            for run in runs
        ],
        "differences": [asdict(one) for one in found],
    }
