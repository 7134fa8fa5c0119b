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
        """Notes a bad example by its file or `FILE:LINE`."""
        self.found.append(Skipped(printable(place), reason))

    def add_rows(self, table: Table) -> None:
        """Notes the bad rows of a table."""
        for place, reason in table.bad:
            self.add(place, reason)

    def settle(self, where: Path, bad: str) -> None:
        """Returns when there is none, or when bad examples are to be skipped; else raises DataError that lists them.

        The rows of a file are then in its order, whatever was found wrong with them first.
        """
        first: dict[str, int] = {}
        for fault in self.found:
            first.setdefault(file_and_line(fault.name)[0], len(first))
        self.found.sort(key=lambda fault: (first[file_and_line(fault.name)[0]], file_and_line(fault.name)[1]))
        if not self.found or bad == "skip":
            return
        lines = [f"{fault.name}: {fault.reason}" for fault in self.found[:SHOWN]]
        if len(self.found) > SHOWN:
            lines.append(f"... and {len(self.found) - SHOWN} more")
        count = "1 bad example" if len(self.found) == 1 else f"{len(self.found)} bad examples"
        fix = "fix or remove what is named, or set data.bad_images: skip"
        raise DataError("\n".join([f"{printable(where)}: {count}; {fix}", *lines]))


def file_and_line(place: str) -> tuple[str, int]:
    """The two parts of `FILE:LINE`; line 0 where it is a file alone."""
    file, _, line = place.rpartition(":")
    return (file, int(line)) if file and line.isascii() and line.isdigit() else (place, 0)
