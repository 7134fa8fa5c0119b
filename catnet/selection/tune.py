"""How a tune begins, goes on, and ends: with its best settings, and how good they are on data that chose nothing."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from catnet.config import Config, as_written, given_values, load_config
from catnet.config.load import Given, Overrides
from catnet.data.dataset import Dataset
from catnet.errors import ConfigError, Diverged
from catnet.runs.format import is_number
from catnet.runs.layout import BEST_CONFIG, CONFIG, SUMMARY, TRIALS
from catnet.selection.beside import Beside, beside_folds, beside_split, config_of, read_beside
from catnet.selection.kept import plan_for, reserved
from catnet.selection.measured import Measured, honest_on_split, read_honest
from catnet.selection.notes import demand_unseen
from catnet.selection.plan import Plan
from catnet.selection.points import Points
from catnet.selection.pool import Pool, pool_of
from catnet.selection.trial import DIVERGED
from catnet.selection.tune_folder import TuneFolder, with_near_paths
from catnet.selection.tuned import Tuned, tuned
from catnet.selection.tuning import Tuning
from catnet.text import counted, printable
from catnet.training.build import check_early_stopping

INITIALIZATION = "model.initialization"
MOST_REASONS = 5  # that are told, why trials failed
Progress = Callable[[int, int], None] | None


class Specification(NamedTuple):
    """A configuration that has a section tune, and what is written in it."""

    config: Config
    given: Mapping[str, Any]


def specified(source: Given, overrides: Overrides = (), label: str = "override") -> Specification:
    """What a file, or what stands in place of one, specifies: see `load_config`.

    Raises ConfigError, also if it has no section tune or, as far as that is known without the data, no possible point.
    """
    config, given = load_config(source, overrides, label, of_tune=True), given_values(source, overrides, label)
    if config.tune is None:
        raise ConfigError(
            f"{printable(str(getattr(source, 'name', source)))}: has no section tune, which says what to search, such "
            "as\ntune:\n  trials: 40\n  search:\n    train.learning_rate: {from: 0.0001, to: 0.1}"
        )
    demand_a_point(config, given)
    return Specification(config, given)


def begin(specification: Specification, name: str, folder: Path | None, progress: Progress = None) -> Tuning:
    """A new tune in a folder of its own: this one, or the next free tune/NAME-001.

    Raises FolderExists, ConfigError, and what reading the data raises.
    """
    config, given = specification
    pool, plan = divided(config, progress)
    demand_a_point(config, given, pool.dataset)
    tuning = Tuning(given, config, pool, plan, TuneFolder.create(name, folder))
    tuning.folder.write_config(given)
    tuning.folder.write_examples(pool, tuning.fold_of)
    tuning.folder.demand_same_weights(config)
    tuning.trials.write(tuning.points)
    return tuning


def resume(path: Path, progress: Progress = None) -> Tuning:
    """The tune of a folder, as it was when it was stopped. Raises CheckpointError, HasChanged, RunInUse."""
    folder = TuneFolder.reopen(path)
    try:
        config, given = specified(path / CONFIG)
        tuning = Tuning(given, config, *divided(config, progress), folder)
        tuning.go_on()
    except BaseException:
        folder.close()
        raise
    return tuning


def demand_a_point(config: Config, given: Mapping[str, Any], dataset: Dataset | None = None) -> None:
    """Raises ConfigError if a search has no possible point, as far as can be found."""
    if not (found := Points(given, config, dataset)).first(1):
        raise ConfigError("\n".join(["tune.search: no combination of the values is possible", *found.notes]))


def divided(config: Config, progress: Progress) -> tuple[Pool, Plan]:
    """The data of a configuration that has a section tune, and its folds.

    Raises ConfigError if it has too few examples, or no validation data for early stopping, or if first weights have
    learned from it.
    """
    assert config.tune is not None
    pool = pool_of(config, progress)
    check_early_stopping(config, pool.dataset)
    for weights in config.tune.search.get(INITIALIZATION, [config.model.initialization]):
        model = config.model.model_copy(update={"initialization": weights})
        started = replace(pool, config=config.model_copy(update={"model": model}))
        demand_unseen(started, list(pool.dataset.splits))  # also of what is kept for the end
    return pool, plan_for(pool, config.tune.folds)


def finish(tuning: Tuning, measure: Callable[[int], list[float]]) -> Tuned:
    """Measures the winner on what was kept for the end, unless it was measured before, and writes best.yaml and
    summary.json. `measure` gives the scores of a trial there. Raises ConfigError if no trial was trained to the end,
    Diverged if all have diverged.
    """
    found = tuned(tuning)
    if found is None:
        reasons = dict.fromkeys(row.failed for row in tuning.trials.rows.values() if row.failed)
        tuning.folder.remove_all()
        kind = Diverged if reasons and all(reason.startswith(DIVERGED) for reason in reasons) else ConfigError
        raise kind(
            f"{printable(tuning.folder.path)}: no trial was trained to the end; search other values\n"
            + "\n".join(list(reasons)[:MOST_REASONS])
        )
    if (split := reserved(tuning.pool)) is not None:
        winner, measured, beside = measured_before(tuning, split)
        if measured is None or winner != json.loads(json.dumps(found.winner_to_json())):
            uses = 1 if measured is None else measured.uses + 1
            own = measure(found.winner.trial)
            measured = honest_on_split(tuning, own, uses)
            beside = beside_split(tuning, found.winner.trial, own)
    else:
        measured, beside = None, beside_folds(tuning, found.winner.trial, found.chosen)
    found = replace(found, measured=measured, beside=beside)
    tuning.folder.remove_all()
    tuning.folder.write(BEST_CONFIG, best_config(found))
    tuning.folder.write(SUMMARY, json.dumps(found.to_json(), indent=2, allow_nan=False) + "\n")
    return found


def measured_before(tuning: Tuning, split: str) -> tuple[Any, Measured | None, Beside | None]:
    """The winner, its estimate on a split and what stands beside it, by the summary of an earlier end; None if there is
    no summary, or if it is damaged.
    """
    try:
        facts = json.loads((tuning.folder.path / SUMMARY).read_bytes())
        measured, beside = read_honest(facts, split), read_beside(facts)
        if all(map(is_number, numbers_of(measured, beside))):
            return facts["winner"], measured, beside
    except (AttributeError, KeyError, OSError, TypeError, ValueError):
        pass
    return None, None, None


def numbers_of(measured: Measured | None, beside: Beside | None) -> Iterator[object]:
    """What must be numbers in the summary of an earlier end."""
    if measured is not None:
        yield from (measured.examples, measured.uses)
    if beside is not None:
        yield from beside.constant
        yield from (other.difference for other in beside.others.values())
    for found in (measured, *(beside.others.values() if beside else ())):
        if found is not None:
            yield found.value
            yield from (end for end in (found.low, found.high) if end is not None)


def best_config(found: Tuned) -> str:
    """The configuration with the settings of the winner, and where they come from, as YAML."""
    tuning, winner = found.tuning, found.winner
    point = found.point(winner.trial)
    values = with_near_paths(tuning.points.values(winner.trial - 1), tuning.folder.path)
    which = f"best of {counted(len(found.ranked), 'trial')}" if len(found.ranked) > 1 else "only trial"
    lines = [
        f"# The {which} of `catnet tune`, trial {winner.trial} in {TRIALS}:",
        *(f"#   {key}: {as_written(value, in_one_line=True)}" for key, value in point.items()),
        *(f"# {line}" for line in found.sentences),
    ]
    is_kept = found.measured is not None and found.measured.source == "validation"
    if is_kept and config_of(tuning, winner.trial).train.keep == "best":
        lines.append("# A training with this file shows a little more there, because that data then chooses the epoch.")
    return "\n".join(map(printable, lines)) + "\n\n" + as_written(values)
