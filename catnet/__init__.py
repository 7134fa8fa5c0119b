"""catnet: fully-connected neural networks on folders of small pictures, trained from a YAML file.

run = catnet.train("pets.yaml", {"train.epochs": 50})
run = catnet.load("runs/pets-001")
run.predict("photo.jpg").answer
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from catnet.api import Run, init, load, train
    from catnet.config import Config, load_config
    from catnet.errors import CatnetError
    from catnet.evaluation.predict import Prediction
    from catnet.model import Model

__version__ = "0.1.0"
__all__ = ["CatnetError", "Config", "Model", "Prediction", "Run", "__version__", "init", "load", "load_config", "train"]

# Imported when first asked for: `catnet --help`, and the processes that decode pictures, need none of it.
HOMES = {
    "CatnetError": "catnet.errors",
    "Config": "catnet.config",
    "Model": "catnet.model",
    "Prediction": "catnet.evaluation.predict",
    "Run": "catnet.api",
    "init": "catnet.api",
    "load": "catnet.api",
    "load_config": "catnet.config",
    "train": "catnet.api",
}


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module 'catnet' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
