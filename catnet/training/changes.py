"""What has changed since a checkpoint was saved: in the configuration, in the data, in what computes."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from catnet.config import EARLIER, Config, as_dict
from catnet.data.dataset import Dataset
from catnet.errors import ConfigError, DataError
from catnet.model import Model
from catnet.runs.history import Row
from catnet.runs.training_facts import TrainingFacts
from catnet.text import listed, printable
from catnet.training.measure import criterion

DATA_KEYS = (
    "image_size",
    "colors",
    "box_average",
    "classes",
    "class_names",
    "target",
    "ignore",
    "missing",
    "scaling",
    "components",
    "whitening_floor",
    "target_scaling",
)
# what the parameters and the optimizer's state depend on
FIXED = {
    "goal",
    *(f"data.{key}" for key in DATA_KEYS),
    *(f"model.{key}" for key in ("hidden_layers", "activation", "output_activation", "loss", "huber_delta")),
    "train.optimizer",
    "train.precision",
}
# what changes no number; whether the data is the same, at another path or otherwise, its fingerprint says
WITHOUT_EFFECT = {"data.path", "data.duplicates", "train.checkpoint_every", "train.keep_weights"}


def refuse_fixed_changes(path: Path, changes: Mapping[str, str]) -> None:
    """Raises ConfigError if a key has changed that the parameters or the optimizer's state depend on."""
    if lines := [line for key, line in changes.items() if key in FIXED]:
        raise ConfigError(
            f"{printable(path)}: a training that resumes cannot change this; start a new one\n" + "\n".join(lines)
        )


def refuse_what_is_gone(path: Path, config: Config, changes: Mapping[str, str]) -> None:
    """Raises ConfigError if the best epoch is to be kept from now on: the weights of earlier ones were not."""
    if "train.keep" in changes and config.train.keep == "best":
        raise ConfigError(
            f"{printable(path)}: a training that has kept only its last epoch cannot return to the best one, whose "
            f"weights may be gone; start a new training\n{changes['train.keep']}"
        )


def refuse_what_is_past(path: Path, epochs: int, trained: int) -> None:
    """Raises ConfigError if more epochs are trained and saved than there should be: none of them is taken back."""
    if epochs < trained:
        raise ConfigError(
            f"{printable(path)}: train.epochs: {epochs} is already past: {trained} epochs are trained and saved; "
            f"give {trained} or more, or start a new training"
        )


def refuse_other_data(config: Config, dataset: Dataset, model: Model, facts: TrainingFacts, row: Row) -> None:
    """Raises DataError if the data is of another kind than the model's, so that it cannot learn from it.

    `row` is one of the run's history: the metrics that it measured.
    """
    where, now, then = printable(config.data.path), dataset.question, model.question
    if now.target != then.target:
        raise DataError(f"{where}: {changed('the column of the answers', then.target, now.target)}")
    if now.classes != then.classes:
        raise DataError(f"{where}: has the classes {listed(now.classes)}, the run has {listed(then.classes)}")
    if (now.inputs, dataset.image_size) != (then.inputs, model.decoded_size):
        raise DataError(f"{where}: its columns or its pictures' size are not those that the run learns from")
    if "validation" in facts.fingerprint and "validation" not in dataset.splits:
        raise DataError(f"{where}: has no validation data, which the run has")
    if "validation" in dataset.splits and "validation" not in facts.fingerprint:
        raise DataError(
            f"{where}: the run has no validation data, and now there is some; if it is drawn from the training data, "
            "set data.validation_fraction: 0"
        )
    if "validation" in dataset.splits and criterion(config) not in row:
        raise DataError(f"{where}: the run did not measure {criterion(config)}")


def changes_of_config(config: Config, facts: TrainingFacts) -> dict[str, str]:
    """The keys whose values are not those of the run, except those that change no number; each with its message."""
    changes = differences(EARLIER | flat(facts.config), flat(json.loads(json.dumps(as_dict(config)))))
    return {key: line for key, line in changes.items() if key not in WITHOUT_EFFECT and not key.startswith("tune.")}


def changes_of_data(dataset: Dataset, facts: TrainingFacts) -> Iterator[str]:
    """The splits that are not what they were; all splits if it is not known what they were."""
    for name in sorted(dataset.changes_since(facts.fingerprint) if facts.fingerprint else dataset.splits):
        then, now = facts.examples.get(name, 0), len(dataset.splits[name].rows) if name in dataset.splits else 0
        if then != now:
            yield changed(f"examples of the {name} data", then, now)
        else:
            yield f"the {name} data: its pictures, rows, labels or names are not the same"


def changes_of_environment(then: TrainingFacts, now: TrainingFacts) -> Iterator[str]:
    """What decides the last bits and is not what it was: not the threads for sums over shards, which any number adds up
    alike.
    """
    changes = differences(then.environment, now.environment)
    if then.solver.name == now.solver.name == "sharded":
        changes.pop("BLAS threads", None)
    yield from changes.values()


def differences(then: Mapping[str, object], now: Mapping[str, object]) -> dict[str, str]:
    """The names whose values are not what they were, each with its message."""
    names = (name for name in sorted(then.keys() | now.keys()) if then.get(name) != now.get(name))
    return {name: changed(name, then.get(name), now.get(name)) for name in names}


def flat(config: Mapping[str, Any]) -> dict[str, Any]:
    """{"goal": ..., "data.path": ..., "train.epochs": ...}"""
    sections = {name: section for name, section in config.items() if name != "goal"}
    keys = {f"{name}.{key}": value for name, section in sections.items() for key, value in section.items()}
    return {"goal": config.get("goal"), **keys}


def changed(what: str, then: object, now: object) -> str:
    """`train.epochs: 10 then, 20 now`"""
    return f"{printable(what)}: {on_one_line(then)} then, {on_one_line(now)} now"


def on_one_line(value: object) -> str:
    """The value on one line; text unchanged."""
    return printable(value if isinstance(value, str) else "not set" if value is None else json.dumps(value))
