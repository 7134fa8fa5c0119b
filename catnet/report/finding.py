"""What a rule returns."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Noticed:
    """A fault, or what is `usual`: a sentence, how to fix it, and the key of the configuration to change."""

    sentence: str
    fix: str
    key: str
    usual: bool = False
