"""Lists of pictures: tables whose first column is `file_name`, in place of folders.

Nothing is said of pictures that a list does not name, for it may lie in a folder with many others.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path

from catnet.data import misnamed
from catnet.data.contents import Contents
from catnet.data.csvfile import Table, read_csv
from catnet.data.listing import parts_within
from catnet.data.metadata import read_named
from catnet.data.omission import Omission
from catnet.data.picture_files import has_picture_suffix
from catnet.data.source import Source
from catnet.data.source_splits import by_column, divided, of_one_split
from catnet.data.split_names import split_of
from catnet.errors import DataError
from catnet.files import FILE_NAME, is_list_of_pictures
from catnet.text import listed, printable, short

MOST_FOLDERS, MOST_NEAR = 50, 5000  # folders, and files in each, in which those are looked for that a list may mean


def read(file: Path, notes: list[str], learning: bool) -> dict[str, Source]:
    """The splits of a list: those of its column `split`, or of the folders in which its pictures are if each is that of
    a split and one is train; else "all". Raises DataError, adds to the notes.
    """
    source = read_list(read_csv(file))
    if found := by_column(source, learning):
        return found
    tops = [parts[0] for parts in parts_within(file.parent, source.files)]
    splits = [split_of(top) for top in tops]
    if None in splits or "train" not in splits:
        return {"all": source}
    names = listed(dict.fromkeys(tops))
    notes.append(f"{printable(file)}: has no column split; the folders {names} of its pictures are the splits")
    return divided(source, splits, {})


def read_list(table: Table, answering: bool = False) -> Source:
    """The pictures that a list names, in its folder, and its other columns. Bad rows, and what is raised, are as for
    metadata.csv; to answer about them, each row that names no picture is a bad one.
    """
    folder = table.path.parent
    named = read_named(table, folder, answering)
    if named.absent and not answering:
        named.say_what_is_near(_near(folder, named.absent.values()))
    return Source(table.path, tuple(named.paths), table=named.table.without(named.bad))


def demand_no_list(source: Source) -> None:
    """Raises DataError if a column of a table names pictures, but it is not read as a list of these."""
    table = source.table
    if source.pictures is not None or table is None:
        return
    for position, name in enumerate(table.header):
        if name.casefold() == FILE_NAME or _names_pictures(table, name):
            ways = [f"call it {FILE_NAME}"] * (name != FILE_NAME) + ["make it the first column"] * (position > 0)
            others = "to learn from the other columns, name it in data.ignore, or remove it"
            wrong = f"column {short(name)} names pictures; to learn from these, {' and '.join(ways)}; {others}"
            raise DataError(f"{printable(table.path)}: {wrong}")


def _names_pictures(table: Table, column: str) -> bool:
    """Whether all cells of a column, some empty ones aside, are names of pictures."""
    position = table.positions[column]
    cells = (cell for row in table.rows if (cell := row[position].strip()))  # the first one is enough to say no
    first = next(cells, "")
    return has_picture_suffix(first) and all(map(has_picture_suffix, cells))


def no_list(source: Source) -> DataError:
    """The error about a table for a model of pictures."""
    try:
        demand_no_list(source)
    except DataError as error:
        return error
    return DataError(f"{printable(source.path)}: this model answers about pictures, not about tables")


def _near(folder: Path, names: Iterable[str]) -> list[str]:
    """Pictures that names in a list may mean: in its folder, in those directly in it, and in those that they name. They
    are not looked for everywhere, for that may be a home folder.
    """
    named = (folder / Path(name.replace("\\", "/")).parent for name in names)
    folders = dict.fromkeys([folder, *named])
    with suppress(OSError):
        folders |= dict.fromkeys(sorted(entry for entry in islice(folder.iterdir(), MOST_NEAR) if entry.is_dir()))
    found: list[str] = []
    for each in islice(folders, MOST_FOLDERS):
        with suppress(OSError):  # it may be no folder, or there may be none
            found += (str(path) for path in islice(each.iterdir(), MOST_NEAR) if has_picture_suffix(path.name))
    return found


def lists_in(here: Contents, tables: Mapping[str, Path], folders: Mapping[str, Path]) -> dict[str, Path]:
    """The tables train.csv, val.csv and test.csv of a folder if they are lists, and nothing else in it has labels.

    Raises DataError if only some of them are.
    """
    lists = {split: path for split, path in tables.items() if is_list_of_pictures(path)}
    if (
        not lists
        or here.metadata()
        or any(part.folders or part.metadata() for part in map(Contents.of, folders.values()))
    ):
        return {}
    if others := [path.name for split, path in tables.items() if split not in lists]:
        raise DataError(
            f"{printable(here.path)}: the first column of {listed(path.name for path in lists.values())} is "
            f"{FILE_NAME}, as in a list of pictures, but not that of {listed(others)}"
        )
    return lists


def read_splits(here: Contents, lists: Mapping[str, Path], notes: list[str], learning: bool) -> dict[str, Source]:
    """The pictures that train.csv, val.csv and test.csv name. Raises DataError, adds to the notes."""
    misnamed.refuse_table_names(here, lists, learning)
    if learning and "train" not in lists:
        raise misnamed.no_train(here, lists)
    own = {path.name for path in lists.values()}
    if others := [name for name in (*here.tables, *here.unread) if name not in own]:
        verb = "is no split and is" if len(others) == 1 else "are no splits and are"
        notes.append(Omission(f"{printable(here.path)}: {listed(others)} {verb} left out"))
    return {split: of_one_split(read_list(read_csv(path)), split) for split, path in lists.items()}
