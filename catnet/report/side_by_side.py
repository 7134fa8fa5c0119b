"""Runs side by side: the settings that differ, the metrics of each split, size and time."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from catnet.config import Config, as_dict
from catnet.config.dump import to_yaml
from catnet.data.split_names import WORDS
from catnet.report.facts import Facts
from catnet.text import isolated, metric_name, number, short

LONGEST = 200  # characters of a setting, such as a list of classes
FEW = 3  # runs that are columns; more are rows


class Row(NamedTuple):
    """What is known of every run: a line of a table with a column per run, or a column of one with a line per run."""

    label: str
    cells: list[str]


class Table(NamedTuple):
    """A table: its title, what its columns are, and its rows, the runs or what is known of them."""

    title: str
    columns: list[str]
    rows: list[Row]


def tables(runs: Sequence[Facts], titles: Sequence[str]) -> list[Table]:
    """One table with a column per run if the runs are few, else one per kind of fact with a line per run."""
    found = {"settings that differ": settings(runs)}
    for split in WORDS:
        found[split] = metrics(runs, split)
    found["size and time"] = [
        Row("parameters", [str(run.model.network.parameter_count) for run in runs]),
        Row("epochs", [str(run.run.epochs) for run in runs]),
        Row("weights of epoch", [str(run.model.epoch) for run in runs]),
        Row("seconds", [number(run.summary.get("seconds")) for run in runs]),
    ]
    if len(runs) <= FEW:
        named = [
            Row(f"{title} {row.label}" if title in WORDS else row.label, row.cells)
            for title, rows in found.items()
            for row in rows
        ]
        return [Table("", list(titles), named)]
    return [
        Table(
            title,
            [row.label for row in rows],
            [Row(run, [row.cells[i] for row in rows]) for i, run in enumerate(titles)],
        )
        for title, rows in found.items()
        if rows
    ]


def settings(runs: Sequence[Facts]) -> list[Row]:
    """The keys of the configuration that differ, with their values in YAML's spelling; - if a run has no such key."""
    flat = [flattened(run.run.config) for run in runs]
    keys = dict.fromkeys(key for of_run in flat for key in of_run)
    rows = [(key, [in_yaml(of_run[key]) if key in of_run else "-" for of_run in flat]) for key in keys]
    return [
        Row(isolated(key), [isolated(short(cell, LONGEST)) for cell in cells])
        for key, cells in rows
        if len(set(cells)) > 1
    ]


def in_yaml(value: Any) -> str:
    """A value as YAML spells it: true, null, [64, 32], 0.01."""
    return to_yaml(value, in_one_line=True).strip()


def metrics(runs: Sequence[Facts], split: str) -> list[Row]:
    """The metrics of a split that at least one run has."""
    of_split = [run.metrics.get(split, {}) for run in runs]
    keys = dict.fromkeys(key for m in of_split for key, value in m.items() if isinstance(value, float))
    return [Row(metric_name(key), [number(m.get(key)) for m in of_split]) for key in keys]


def flattened(config: Config) -> dict[str, Any]:
    """The values of a configuration by dotted key, as YAML has them: text, numbers, true and false, null, lists.

    Keys that have no effect beside the others are left out, as in the config.yaml of a run.
    """
    found: dict[str, Any] = {}

    def visit(value: Any, path: str) -> None:
        if isinstance(value, dict) and value:
            for key, inner in value.items():
                visit(inner, f"{path}.{key}" if path else key)
        else:
            found[path] = value

    visit(as_dict(config), "")
    return found


def as_json(runs: Sequence[Facts]) -> list[dict[str, Any]]:
    """The same facts for a program.

    Of each run its path, `config` by dotted key ("train.epochs": 30) with the values' own types, `metrics` by split,
    parameters and seconds.
    """
    return [
        {
            "run": str(run.run.path),
            "config": flattened(run.run.config),
            "metrics": run.metrics,
            "parameters": run.model.network.parameter_count,
            "seconds": run.summary.get("seconds"),
        }
        for run in runs
    ]
