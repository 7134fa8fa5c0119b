"""From data to a configuration for it: what is there, the question it suits, and the settings that learn best."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from catnet.config import Config, load_config
from catnet.config.document import Source as Text
from catnet.config.kinds import absolute, canonical_goal
from catnet.config.schema import VALIDATION_FRACTION
from catnet.data.faults import Kind
from catnet.data.load import settled
from catnet.data.picture_lists import demand_no_list
from catnet.data.scan import Found, find, scan
from catnet.data.source_splits import without_columns
from catnet.errors import ConfigError, DataError, Undecided
from catnet.files import current_folder
from catnet.goals import GOALS, REGRESSION
from catnet.recipe.columns import Columns
from catnet.recipe.document import document, of_classes
from catnet.recipe.duration import needs_for
from catnet.recipe.found import Data, look_at
from catnet.recipe.inputs import left_out, settings_of_inputs
from catnet.recipe.question import Asked, decide
from catnet.recipe.settings import settings_for
from catnet.text import alternatives, did_you_mean, printable, shown
from catnet.training.needs import Needs

__all__ = ["Recipe", "known_goal", "recipe_for", "whole_path"]

MOST_UPWARDS = 2  # folders from a configuration up to that in which its data is, for a relative path


@dataclass(frozen=True)
class Recipe:
    """A configuration as text and as it is read, the question and why it is asked, the data, and which columns of it
    are left out, and why.
    """

    text: str
    config: Config
    asked: Asked
    data: Data
    left_out: Mapping[str, Kind]

    @property
    def needs(self) -> Needs:
        """About what the training takes, without decoding."""
        return needs_for(self.config, self.data)


def known_goal(goal: object) -> str:
    """The goal by any of its names. Raises ConfigError."""
    name = canonical_goal(goal)
    if name not in GOALS:
        names = [*(number for number in GOALS if number != REGRESSION), *(kind.name for kind in GOALS.values())]
        raise ConfigError(f"goal: must be {alternatives(names)}, is {shown(goal)}{did_you_mean(str(goal), names)}")
    return name


def recipe_for(
    path: Path, folder: Path | None, goal: str | None = None, names: Sequence[str] = (), textbook: bool = False
) -> Recipe:
    """The recipe for the data at a path. `folder` is where the configuration will be; None if that is not known.

    `goal` and `names` as for `decide`. Raises Undecided if the question must be asked for; DataError, ConfigError.
    """
    keys: dict[str, object] = {"path": whole_path(path)}
    found = find(path)
    demand_no_list(found.first)
    columns = Columns.of(found.first.table)
    try:
        asked = decide(found.first, columns, goal, names)
    except Undecided as error:  # what was left out may be what was meant
        raise Undecided("\n".join([*found.notes, str(error)]), *error.ways) from None
    fraction = validation_fraction(found)
    if fraction is not None:
        keys["validation_fraction"] = fraction
    if asked.target is not None:
        keys["target"] = asked.target
    if asked.names:
        keys["classes"] = list(asked.names)
    without = left_out(found.first, asked, columns)
    of_inputs = list(settings_of_inputs(found, asked, without))
    keys |= {setting.key: setting.value for setting in of_inputs if setting.key != "ignore"}
    sources = {name: without_columns(source, without) for name, source in found.sources.items()}
    try:  # without the bad rows; they are told, and a training stops at them
        catalog = scan(load_config({"goal": asked.goal, "data": keys}), replace(found, bad="skip", sources=sources))
    except DataError:
        found.faults.settle(path, "fail")  # which may be the cause
        raise
    paths = catalog.splits["train"].paths
    data = Data(catalog if paths else settled(catalog), look_at(paths))
    settings = settings_for(data, fraction, textbook)
    settings["data"][:0] = [*of_classes(found.first, catalog.question, bool(asked.names)), *of_inputs]
    text = document(path_from(path, folder), data, settings, textbook)
    where = current_folder() if folder is None else os.path.abspath(folder)
    return Recipe(text, load_config(Text("the configuration", text, where)), asked, data, without)


def whole_path(path: Path) -> str:
    """The absolute path, as a configuration can hold it. Raises ConfigError."""
    try:
        return absolute(path)
    except ValueError as reason:
        raise ConfigError(f"{printable(path)}: {reason}") from None


def validation_fraction(found: Found) -> float | None:
    """The share of the training data to validate on, if the data has nothing but training data."""
    return VALIDATION_FRACTION if set(found.sources) <= {"all", "train"} else None


def path_from(path: Path, folder: Path | None) -> str:
    """The path as a configuration in the folder names it: relative if it is near."""
    whole = whole_path(path)
    if folder is None:
        return whole
    relative = os.path.relpath(whole, os.path.realpath(folder))
    near = relative.split(os.sep).count("..") <= MOST_UPWARDS
    return (f".{os.sep}{relative}" if relative.startswith("~") else relative) if near else whole
