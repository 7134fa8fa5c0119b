"""What a rule returns."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Noticed:
    """A fault: a sentence, how to fix it, and the key of the configuration to change."""

    sentence: str
    fix: str
    key: str
