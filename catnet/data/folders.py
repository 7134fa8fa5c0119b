"""What is in a folder: its splits, the class folders or the metadata.csv of one, or files of arrays."""

import os
from collections.abc import Mapping
from pathlib import Path

from catnet.data import misnamed, misplaced, picture_lists
from catnet.data.arrays import sources as array_sources
from catnet.data.arrays.files import kind_of
from catnet.data.contents import TABLE, Contents, is_metadata
from catnet.data.csvfile import read_csv
from catnet.data.listing import parts_within
from catnet.data.litter import MADE, RUN
from catnet.data.metadata import read_metadata
from catnet.data.omission import Omission
from catnet.data.picture_files import LeftOut, Search, find_pictures
from catnet.data.source import Source
from catnet.data.source_splits import by_column, divided, of_one_split
from catnet.data.split_names import SPLIT_OF, split_of, split_word
from catnet.errors import DataError
from catnet.files import is_list_of_pictures
from catnet.text import are, counted, did_you_mean, listed, printable

Sources = dict[str, Source]


def read_sources(path: Path, notes: list[str], learning: bool = True) -> Sources:
    """What is at a path, by split; one named "all" if the path has no splits of its own. Adds to the notes.

    Raises DataError if there is nothing, two things for one split, or, for learning, no training data.
    """
    try:
        if os.path.isdir(path):
            return _read_folder(Contents.of(path), notes, learning)
        misplaced.demand_table(path)
        if kind_of(path.name):
            return array_sources.read_file(path, notes, learning)
        notes += _notes_on_tables_beside(path)
        if is_list_of_pictures(path):
            return picture_lists.read(path, notes, learning)
        return _unsplit(Source(path, table=read_csv(path)), learning)
    except OSError as error:
        raise DataError(f"{printable(error.filename or path)}: cannot be read: {error.strerror or error}") from error


def _unsplit(source: Source, learning: bool) -> Sources:
    """A source without splits of its own, apart from those of its column `split`."""
    return by_column(source, learning) or {"all": source}


def _read_folder(here: Contents, notes: list[str], learning: bool) -> Sources:
    folders, tables = here.split_folders(), here.split_tables()
    metadata = here.metadata()
    if lists := picture_lists.lists_in(here, tables, folders):
        return picture_lists.read_splits(here, lists, notes, learning)
    if tables and "train" not in folders and ("train" in tables or not (here.folders or metadata)):
        return _read_tables(here, tables, notes, learning)
    if metadata and (found := _by_metadata(metadata, here, folders, notes, learning)):
        return found
    if here.arrays and not any(find_pictures(here.path / name) for name in here.folders):
        return array_sources.read_folder(here, notes, learning)
    misnamed.refuse_split_names(here, learning)
    parts = {split: Contents.of(path) for split, path in folders.items()}
    search = Search(here.path, [folder for part in [*parts.values()] or [here] for folder in _searched(part)])
    if not folders:
        return {"all": _read_split(here, "all", search, notes, learning)}
    misplaced.refuse_classes_as_splits(here, parts, learning)
    sources = {
        split: of_one_split(_read_split(part, split, search, notes, learning), split) for split, part in parts.items()
    }
    if metadata:
        with metadata.open("rb") as file:
            lines = sum(1 for _ in file)
        names = listed(path.name for path in folders.values())
        count = f"{counted(lines, 'line')} {are(lines)}"
        notes.append(Omission(f"{printable(metadata)}: its {count} not used, for there are labels in {names}"))
    _note_other_folders(here, folders, search, notes)
    _note_tables(here, notes)
    return sources


def _by_metadata(
    metadata: Path, here: Contents, folders: Mapping[str, Path], notes: list[str], learning: bool
) -> Sources | None:
    """The splits of the pictures that a metadata.csv names: those of its column, or of the folders in which they are.

    None if there are split folders that have labels of their own.
    """
    parts = {split: Contents.of(folder) for split, folder in folders.items()}
    if any(part.metadata() or len(part.folders) > (split == "train") for split, part in parts.items()):
        return None  # one folder in train is no choice of classes
    source = read_metadata(metadata, Search(here.path), notes)
    if found := by_column(source, learning):
        _note_disagreement(metadata, found, here, notes)
        return found
    misnamed.refuse_split_names(here, learning)
    if not folders:
        return {"all": source}
    names = listed(path.name for path in folders.values())
    splits = [split_of(top) for top in _top_folders(source, here)]
    outside = {row: f"the picture is not in a split ({names})" for row, split in enumerate(splits) if split is None}
    found = divided(source, splits, outside)
    if learning and "train" not in found:
        raise DataError(f"{printable(metadata)}: names no picture in a folder train to learn from; there are {names}")
    return found


def _top_folders(source: Source, here: Contents) -> list[str]:
    """The folder, in the data folder, of each picture; its name if it is in none."""
    return [parts[0] for parts in parts_within(here.path, source.files)]


def _note_disagreement(metadata: Path, sources: Sources, here: Contents, notes: list[str]) -> None:
    """Adds a note if the column `split` says something else than the folders in which the pictures are."""
    count = sum(split_of(top) not in (None, split) for split, of in sources.items() for top in _top_folders(of, here))
    if count:
        notes.append(
            f"{printable(metadata)}: {counted(count, 'picture')} {are(count)} in the folder of another split than the "
            "column split says; the column is used"
        )


def _read_tables(here: Contents, tables: Mapping[str, Path], notes: list[str], learning: bool) -> Sources:
    """The tables train.csv, val.csv and test.csv."""
    misnamed.refuse_table_names(here, tables, learning)
    if learning and "train" not in tables:
        raise misnamed.no_train(here, tables)
    sources = {split: of_one_split(Source(path, table=read_csv(path)), split) for split, path in tables.items()}
    own, data = {path.name for path in tables.values()}, {*here.tables, *here.unread, *here.arrays}
    if others := [name for name in here.files if name not in own and (name in data or is_metadata(name))]:
        verb = "is no split and is" if len(others) == 1 else "are no splits and are"
        notes.append(Omission(f"{printable(here.path)}: {listed(others)} {verb} left out"))
    if loose := len(here.pictures):
        beside = f"{counted(loose, 'picture')} beside the tables {are(loose)} left out"
        notes.append(Omission(f"{printable(here.path)}: {beside}"))
    for name in here.folders:
        if held := Contents.of(here.path / name).tables:
            notes.append(Omission(f"{printable(here.path / name)}: {listed(held)} {are(len(held))} left out"))
    _note_other_folders(here, tables, Search(here.path), notes)
    return sources


def _note_tables(here: Contents, notes: list[str]) -> None:
    """Adds a note on the tables beside pictures, and on what may be one."""
    if here.tables:
        verb = "is a table beside pictures and is" if len(here.tables) == 1 else "are tables beside pictures and are"
        notes.append(Omission(f"{printable(here.path)}: {listed(here.tables)} {verb} left out"))
    if others := here.unread:
        verb = "is no picture and is" if len(others) == 1 else "are no pictures and are"
        notes.append(Omission(f"{printable(here.path)}: {listed(others)} {verb} left out"))
    notes += array_sources.notes_on_files_left_out(here.path, here.arrays)


def _notes_on_tables_beside(path: Path) -> list[str]:
    """A note if a table train.csv is the path, and those of other splits are beside it."""
    try:
        here = Contents.of(path.parent) if split_word(path.stem) == "train" else None
    except DataError:  # what cannot be listed can still be read
        return []
    others = [*here.tables, *here.unread] if here else []
    others = [name for name in others if split_word(name.split(".")[0]) not in (None, "train")]
    if not others:
        return []
    tables = [path.name, *others]
    right = all(split_of(name[: -len(TABLE)]) and name.lower().endswith(TABLE) for name in tables)
    names = "" if right else ", with the names train.csv, val.csv and test.csv"
    give = f"to use {'it' if len(others) == 1 else 'them'}, give {printable(path.parent)}{names}"
    return [Omission(f"{printable(path)}: {listed(others)} beside it {are(len(others))} not used; {give}")]


def _note_other_folders(here: Contents, splits: Mapping[str, Path], search: Search, notes: list[str]) -> None:
    """Adds a note on each folder beside the splits that has pictures which no link led to: perhaps a split by another
    name. And one on the folders that are no data.
    """
    left = LeftOut(litter=here.litter_paths)
    missing = [name for name, split in SPLIT_OF.items() if split not in splits]
    for name in here.folders:
        path = here.path / name
        if path in splits.values():
            continue
        within = LeftOut()
        pictures = Search(path).pictures(path, within)
        left.litter |= within.litter
        if search.followed:
            pictures = [path for path in pictures if os.path.realpath(os.path.dirname(path)) not in search.followed]
        if pictures:
            hint = "" if split_of(name) else did_you_mean(name.casefold(), missing)
            count = f"{counted(len(pictures), 'picture')} {are(len(pictures))}"
            notes.append(Omission(f"{printable(path)}: is not a split; its {count} left out{hint}"))
    notes += left.notes(here.path)


def _searched(here: Contents) -> list[Path]:
    """The folders whose pictures are those of a split's folder: all of it, or its class folders."""
    return [here.path] if here.metadata() else [here.path / name for name in here.folders]


def _is_no_class(folder: str, left: LeftOut) -> bool:
    """Whether a folder without pictures is no data, or holds runs of catnet."""
    return folder in left.litter or any(
        kind == RUN and path.startswith(folder + os.sep) for path, kind in left.litter.items()
    )


def _read_split(here: Contents, split: str, search: Search, notes: list[str], learning: bool) -> Source:
    """The pictures of a split's folder, with metadata.csv or class folders. Raises DataError, adds to the notes."""
    if metadata := here.metadata():
        return read_metadata(metadata, search, notes)
    if not here.folders:
        raise misplaced.no_labels(here, to_learn=learning and split in ("train", "all"))
    misplaced.refuse_one_too_high(here)
    paths: list[str] = []
    names: list[str] = []
    within: dict[str, set[str]] = {}  # the folders in a class folder that has no pictures of its own
    left = LeftOut(litter=here.litter_paths)
    for name in here.folders:
        entry = here.path / name
        pictures = search.pictures(entry, left)
        if not pictures and _is_no_class(str(entry), left):
            continue
        if not pictures and name in MADE:
            left.litter[str(entry)] = MADE[name]
            continue
        if not pictures:
            raise misplaced.empty_class(entry, left)
        start = len(str(entry)) + 1  # of a picture's path in the folder: strings, for there may be many pictures
        if all(os.sep in picture[start:] for picture in pictures):
            within[name] = {picture[start:].split(os.sep, 1)[0] for picture in pictures}
            misnamed.refuse_splits_within(entry, within[name])
        paths += pictures
        names += [name] * len(pictures)
    if not paths:
        raise misplaced.no_labels(here, to_learn=learning and split in ("train", "all"))
    if within:
        one = len(within) == 1
        where, what = (here.path / next(iter(within)), "class") if one else (here.path, "classes")
        lie = f"{listed(within)} are in folders within {'it' if one else 'them'}"
        notes.append(f"{printable(where)}: all pictures of {what} {lie}; is data.path one folder too high?")
    if learning:
        misplaced.refuse_one_class_beside_a_list(here, list(dict.fromkeys(names)))
    if learning and len(within) == len(dict.fromkeys(names)):
        misplaced.refuse_classes_within(here, within)
    notes += left.notes(here.path)
    if loose := len(here.pictures):
        loose_are = f"{counted(loose, 'picture')} {are(loose)}"
        notes.append(Omission(f"{printable(here.path)}: {loose_are} in no class folder and {are(loose)} left out"))
    _note_tables(here, notes)
    return Source(here.path, tuple(paths), tuple(names))
