"""Bad examples: all of them are gathered, then either named in one error or left out."""

from pathlib import Path

from catnet.data.csvfile import Table
from catnet.data.dataset import Skipped
from catnet.errors import DataError
from catnet.text import printable

SHOWN = 20


class Faults:
    """What is wrong with which examples."""

    def __init__(self) -> None:
        self.found: list[Skipped] = []

    def add(self, place: object, reason: str) -> None:
        """Adds a bad example by its file or `FILE:LINE`."""
        self.found.append(Skipped(printable(place), reason))

    def add_rows(self, table: Table) -> None:
        """Adds the bad rows of a table."""
        for place, reason in table.bad:
            self.add(place, reason)

    def settle(self, path: Path, bad: str) -> None:
        """Sorts the bad examples; raises DataError that lists them, unless there are none or `bad` is skip.

        The files keep their order. The rows of a file are in its order, whatever was found wrong with them first.
        """
        first: dict[str, int] = {}
        for fault in self.found:
            first.setdefault(file_and_line(fault.name)[0], len(first))
        self.found.sort(key=lambda fault: (first[file_and_line(fault.name)[0]], file_and_line(fault.name)[1]))
        if self.found and bad != "skip":
            count = "1 bad example" if len(self.found) == 1 else f"{len(self.found)} bad examples"
            fix = "fix or remove what is named, or set data.bad_images: skip"
            lines = first_of([f"{fault.name}: {fault.reason}" for fault in self.found])
            raise DataError("\n".join([f"{printable(path)}: {count}; {fix}", *lines]))


def first_of(lines: list[str]) -> list[str]:
    """The first lines, and how many more there are."""
    more = len(lines) - SHOWN
    return [*lines[:SHOWN], f"... and {more} more"] if more > 0 else lines


def file_and_line(place: str) -> tuple[str, int]:
    """The two parts of `FILE:LINE`; line 0 if it is a file alone."""
    file, _, line = place.rpartition(":")
    return (file, int(line)) if file and line.isascii() and line.isdigit() else (place, 0)
