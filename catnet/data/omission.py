"""What of the data is left out."""

from collections.abc import Iterable


class Omission(str):
    """A note on what is left out, and why. It is told with what was read, not beside the other notes."""


def set_apart(notes: Iterable[str]) -> tuple[list[str], list[str]]:
    """The notes on what is left out, and the others."""
    left_out: list[str] = []
    others: list[str] = []
    for note in notes:
        (left_out if isinstance(note, Omission) else others).append(str(note))
    return left_out, others
