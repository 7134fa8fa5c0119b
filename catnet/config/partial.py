"""The valid values of a configuration in which others are wrong."""

from typing import Any


class Unknown(Exception):
    """The value of this key is not known, because it is wrong in itself."""


class Partial:
    """The valid values of a section. Reading any other of its keys raises Unknown."""

    def __init__(self, values: dict[str, Any], given: set[str]):
        self.__dict__.update(values)
        self.model_fields_set = given

    def __getattr__(self, key: str) -> Any:
        raise Unknown(key)
