"""metadata.csv: the pictures that it names."""

import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from catnet.data.csvfile import Table, read_csv
from catnet.data.faults import ONE_BY_ONE, first_of, in_rows
from catnet.data.listing import parts_within, start_within
from catnet.data.near_names import MISSPELT, NearNames
from catnet.data.omission import Omission
from catnet.data.picture_files import LeftOut, Search
from catnet.data.source import Source
from catnet.errors import DataError
from catnet.files import FILE_NAME, is_there
from catnet.text import are, counted, first_names, printable, short, suggestion


def read_metadata(file: Path, search: Search, notes: list[str]) -> Source:
    """The pictures that metadata.csv names, in its folder. A row is a bad one if its picture is not there, is named by
    a row before it, or has no name.

    Raises DataError that lists all the rows that leave the folder, or says what is wrong with all the names.
    """
    named = read_named(read_csv(file), search.root)
    table, folder, left = named.table, file.parent, LeftOut()
    there, used = search.pictures(folder, left), set(named.paths)
    if named.absent:
        named.say_what_is_near(there)
    if others := len(set(there) - used):
        verb = are(others)
        those = f"{counted(others, 'picture')} {verb} not in {file.name} and {verb} left out"
        notes.append(Omission(f"{printable(folder)}: {those}"))
    notes += _folders_that_are_no_classes(file, named.paths)
    left.explained, left.hidden = ([path for path in of if path not in used] for of in (left.explained, left.hidden))
    left.suffixes[".csv"] -= 1  # metadata.csv itself
    left.suffixes = +left.suffixes
    notes += left.notes(folder)
    return Source(folder, tuple(named.paths), table=table.without(named.bad))


def read_named(table: Table, root: Path, answering: bool = False) -> "Named":
    """What a table names in its folder, `root` being the folder that no link may leave.

    Raises DataError if it names no pictures, and as `Named.demand_all_inside`; to answer about it, what leaves the
    folder is a bad row.
    """
    file = table.path
    if table.header[0] != FILE_NAME:
        found = short(table.header[0])
        raise DataError(f"{printable(file)}:1: the first column must be {FILE_NAME}, is {found}")
    named = Named(file.parent, table, root.resolve())
    for row, name in enumerate(table.column(FILE_NAME)):
        named.add(row, name)
    if answering:
        named.bad |= {row: f"file_name {name} {how}" for row, (name, how) in named.outside.items()}
    else:
        named.demand_all_inside()
    return named


def _folders_that_are_no_classes(file: Path, pictures: Sequence[str]) -> list[str]:
    """A note if the pictures are in several folders, which may be taken for classes."""
    folders = dict.fromkeys(parts[0] for parts in parts_within(file.parent, pictures) if len(parts) > 1)
    if len(folders) < 2:
        return []
    return [
        f"{printable(file.parent)}: the folders {first_names(folders, 100)} are no classes: {file.name} has the labels"
    ]


@dataclass
class Named:
    """The pictures that the rows name, and what is wrong with the others. `absent` are the rows whose picture is not
    there, with its name.
    """

    folder: Path
    table: Table
    root: Path  # the data folder, which no link may leave
    paths: list[str] = field(default_factory=list)
    outside: dict[int, tuple[str, str]] = field(default_factory=dict)  # the name, as it is shown, and how it leaves
    bad: dict[int, str] = field(default_factory=dict)
    absent: dict[int, str] = field(default_factory=dict)
    first_line: dict[str, int] = field(default_factory=dict)
    _inside: dict[str, bool] = field(default_factory=dict)  # by folder

    @cached_property
    def _start(self) -> str:
        return start_within(self.folder)

    def add(self, row: int, name: str) -> None:
        """Looks for the picture of a row."""
        is_plain = os.path.normpath(name) == name and not os.path.isabs(name)  # as most are; a Path takes longer
        key = name if is_plain else str(PurePosixPath(name))
        path = self._start + name if is_plain else str(self.folder / name)
        if not name.strip():
            self.bad[row] = "file_name is empty"
        elif "\0" in name:
            self.bad[row] = f"file_name {_shown(name)} holds a NUL character"
        elif how := self._leaves(path, name):
            self.outside[row] = _shown(name), how
        elif key in self.first_line:
            self.bad[row] = f"{_shown(name)} is named in line {self.first_line[key]} too"
        elif not is_there(path):
            quote = '"' if name != name.strip() else ""  # so that the blanks are seen
            self.bad[row] = f"there is no picture {quote}{_shown(name)}{quote}"
            self.absent[row] = name
        else:
            self.paths.append(path)
        self.first_line.setdefault(key, self.table.lines[row])

    def _leaves(self, path: str, name: str) -> str | None:
        """How a file_name, whose path is given, leaves the folder; None if it does not."""
        if os.path.isabs(name) or (".." in name and ".." in Path(name).parts):
            return "leaves the folder; it must be a path within it"
        if self._is_inside(os.path.dirname(path)) and not os.path.islink(path):
            return None
        try:
            if not Path(path).resolve().is_relative_to(self.root):
                return "leaves the folder by a link; it must be a path within it"
        except (OSError, RuntimeError) as error:
            return f"cannot be read: {error}"
        return None

    def _is_inside(self, folder: str) -> bool:
        """Whether a folder is in the data folder, as far as that is known; links are followed once per folder."""
        if folder not in self._inside:
            self._inside[folder] = False
            with suppress(OSError, RuntimeError):
                self._inside[folder] = Path(folder).resolve().is_relative_to(self.root)
        return self._inside[folder]

    def demand_all_inside(self) -> None:
        """Raises DataError that lists the rows that leave the folder; once for all if all are absolute paths."""
        names = self.table.column(FILE_NAME)
        if len(self.outside) == len(names) > 1 and all(Path(name).is_absolute() for name in names):
            within = Path(names[0]).parts[-1:]
            for start in range(1, len(Path(names[0]).parts)):
                if (self.folder / Path(*Path(names[0]).parts[start:])).is_file():
                    within = Path(names[0]).parts[start:]
                    break
            fix = f"write the paths within the folder: {_shown(Path(*within))}, not {_shown(names[0])}"
            raise DataError(f"{printable(self.table.path)}: all {len(names)} file names are absolute paths; {fix}")
        rows_of: defaultdict[str, list[int]] = defaultdict(list)
        for row, (_, how) in self.outside.items():
            rows_of[how].append(row)
        said: dict[str, None] = {}
        for row, (name, how) in self.outside.items():
            rows, (leaves, _, fix) = rows_of[how], how.partition("; ")
            if len(rows) > ONE_BY_ONE:
                where = in_rows([self.table.lines[each] for each in rows], len(names))
                first = self.outside[rows[0]][0]
                said[f"{printable(self.table.path)}: file_name {leaves} {where}, such as {first}; {fix}"] = None
            else:
                said[f"{printable(self.table.place(row))}: file_name {name} {how}"] = None
        if said:
            raise DataError("\n".join(first_of(list(said))))

    def say_what_is_near(self, there: Sequence[str]) -> None:
        """Adds to the absent pictures which of those that are there may be meant.

        Raises DataError if no picture that is named is there, and all for one cause: it is said once.
        """
        start = len(str(self.folder)) + 1
        names = NearNames(self.folder.resolve().name, (Path(path).as_posix()[start:] for path in there))
        near = {row: names.near(name) for row, name in self.absent.items()}
        causes = {found[1] if found and found[1] != MISSPELT else "" for found in near.values()}
        one_cause = not self.paths and len(self.absent) > 1 and len(causes) == 1
        often = Counter(found[1] for found in near.values() if found)
        example: dict[str, str] = {}
        for row, found in near.items():
            if found and often[found[1]] > ONE_BY_ONE and found[1] != MISSPELT and not one_cause:
                right = f"it is {_shown(found[0])}, not {_shown(self.absent[row])}"
                such = example.setdefault(found[1], f"such names {found[1]}: {right}")
                self.bad[row] = f"file_name names no picture that is there; {such}"
                continue
            self.bad[row] += suggestion(self.absent[row], found[0]) if found else ""
            if one_cause and there:
                (cause,), count = causes, len(self.absent)
                what = f"all {count} file names {cause}" if cause else f"none of the {count} pictures is there"
                raise DataError(f"{printable(self.table.place(row))}: {self.bad[row]} ({what})")


def _shown(name: object) -> str:
    """The name of a picture in a message: whole, unless it is longer than file systems have it."""
    return short(name, 255)
