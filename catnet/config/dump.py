"""Config -> YAML."""

from typing import Any

import yaml

from catnet.config.schema import Config
from catnet.engine.optimizers import OPTIMIZERS
from catnet.goals import GOALS, REGRESSION


class Dumper(yaml.SafeDumper):
    """Writes text so that it is read back as it is."""


def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    """What is not printable goes into "..." as escapes: in '...' a line break, also a rare one, becomes a space."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if value.isprintable() else '"')


Dumper.add_representer(str, text)


def dump_config(config: Config) -> str:
    """The resolved configuration as YAML, which load_config reads back to an equal Config."""
    header = f"# the resolved configuration, goal {GOALS[config.goal].name}: `catnet train` on it repeats the run\n"
    # Lists and mappings of scalars on one line each, however long.
    body = yaml.dump(
        written(config),
        Dumper=Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=float("inf"),
    )
    return header + str(body)


def written(config: Config) -> dict[str, Any]:
    """What to write: all keys except those that say nothing, and those that the others rule out."""
    data, model, train = (section.model_dump(mode="json") for section in (config.data, config.model, config.train))
    for key in ("classes", "target"):
        if data[key] is None:
            del data[key]
    if config.goal != REGRESSION:
        del data["target_scaling"]
    if config.model.loss != "huber":
        del model["huber_delta"]
    if "velocity" not in OPTIMIZERS[config.train.optimizer].moments:
        del train["momentum"]
    if config.train.schedule.name != "step":
        del train["schedule"]["every"], train["schedule"]["factor"]
    goal = config.goal if config.goal == REGRESSION else float(config.goal)
    return {"goal": goal, "data": data, "model": model, "train": train}
