"""The valid values of a configuration in which others are wrong, and how they are checked."""

from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any

from catnet.config.document import KeyPath, Message
from catnet.config.schema import Config

Problem = tuple[KeyPath, Message]  # what is wrong with a key
Found = Iterator[Problem]
Check = Callable[[Config], Found]


class Unknown(Exception):
    """The value of this key is not known, because it is wrong in itself."""


class Partial:
    """The valid values of a section. Reading any other of its keys raises Unknown."""

    def __init__(self, values: dict[str, Any], given: set[str]):
        self.__dict__.update(values)
        self.model_fields_set = given

    def __getattr__(self, key: str) -> Any:
        raise Unknown(key)


def value_at(config: Config, path: tuple[str, ...]) -> Any:
    """The value of the key at a path, or the section there."""
    return reduce(getattr, path, config)


def is_given(config: Config, path: tuple[str, ...]) -> bool:
    """Whether a key is in the configuration, and not its default."""
    value_at(config, path)  # raises Unknown if it is wrong
    return path[-1] in value_at(config, path[:-1]).model_fields_set
