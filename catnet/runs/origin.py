"""Where a model comes from: the run that trained it, and the data as it was then."""

import json
from pathlib import Path

from catnet.data.dataset import Dataset, fingerprint
from catnet.errors import CatnetError, ConfigError
from catnet.runs.checkpoints import load
from catnet.runs.directory import entries

LEARNED = "; the model may have learned from some of it"


def run_of(folder: Path) -> Path:
    """The run directory of a model that lies in a folder: the folder itself, or the one whose checkpoints these are.

    Raises ConfigError where there is no configuration.
    """
    for place in [folder, folder.parent] if folder.name == "checkpoints" else [folder]:
        if (place / "config.yaml").is_file():
            return place
    raise ConfigError(
        f"{folder / 'config.yaml'}: there is no such file, which would say where the model's data is; give --data"
    )


def fingerprints_of(run: Path) -> dict[str, str]:
    """The SHA-256 of each split that a run was trained on: from its summary, else from its newest checkpoint.

    Nothing where neither can be read.
    """
    try:
        return dict(json.loads((run / "summary.json").read_text(encoding="utf-8"))["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):  # such as a run that has not finished
        pass
    try:
        return dict(load(entries(run / "checkpoints")[-1]).training["fingerprint"])
    except (CatnetError, IndexError, KeyError, TypeError, ValueError):
        return {}


def changes_since(trained: dict[str, str], dataset: Dataset) -> list[str]:
    """A note for each split that is not what it was; nothing where that is not known."""
    return [
        f"the {name} data is not what it was when this model was trained{'' if name == 'train' else LEARNED}"
        for name in {**dataset.splits, **trained}
        if trained and (name not in dataset.splits or trained.get(name) != fingerprint(dataset.splits[name]))
    ]
