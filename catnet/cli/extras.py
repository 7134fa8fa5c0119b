"""Which extras a command needs, and how to get them."""

from importlib.util import find_spec

from catnet.errors import ConfigError
from catnet.report import EXTRA, is_installed

TENSORBOARD = "pip install 'catnet[tensorboard]'"


def require_report(what: str) -> None:
    """Raises ConfigError if the extra `report` is not installed."""
    if not is_installed():
        raise ConfigError(f"{what} needs jinja2: {EXTRA}")


def require_tensorboard() -> None:
    """Raises ConfigError if the extra `tensorboard` is not installed."""
    if find_spec("tensorboardX") is None:
        raise ConfigError(f"--log tensorboard needs tensorboardX: {TENSORBOARD}")
