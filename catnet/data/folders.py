"""What is in a folder: the splits of a path, the class folders or the metadata.csv of a split of pictures."""

import os
from collections import Counter
from pathlib import Path, PurePosixPath

from catnet.data.csvfile import read_csv
from catnet.data.faults import first_of
from catnet.data.picture_files import SUFFIXES, find_pictures
from catnet.data.source import Source
from catnet.errors import DataError
from catnet.text import did_you_mean, listed, printable

SPLITS = {"train": ("train",), "validation": ("val", "valid", "validation"), "test": ("test",)}
METADATA = "metadata.csv"
LAYOUTS = (
    "catnet reads PATH/{train,val,test}/CLASS/*.png, PATH/CLASS/*.png, "
    "pictures with a metadata.csv beside them, or a table PATH.csv"
)


def find_splits(path: Path, notes: list[str]) -> dict[str, Path]:
    """The folder, or the table, of each split; one named "all" if the path has no splits of its own.

    A folder may be written with capitals. Adds to the notes. Raises DataError if there is nothing, no training data,
    or two folders for one split.
    """
    shown = printable(path)
    if path.is_file():
        if path.suffix.lower() != ".csv":
            raise DataError(f"{shown}: is neither a folder nor a .csv file; {LAYOUTS}")
        return {"all": path}
    if not path.is_dir():
        raise DataError(
            f"{shown}: there is no such folder or table; fix the path: one in a configuration is relative to its "
            "file, one on the command line to the current folder"
        )
    try:
        entries = sorted(name for name in os.listdir(path) if not name.startswith("."))
    except OSError as error:
        raise DataError(f"{shown}: cannot be listed: {error.strerror}") from error
    for suffix, exists in (("", Path.is_dir), (".csv", Path.is_file)):
        splits: dict[str, Path] = {}
        for split, names in SPLITS.items():
            found = [entry for entry in entries if _split_name(entry, suffix) in names and exists(path / entry)]
            if len(found) > 1:
                raise DataError(f"{shown}: has both {listed(found)}; keep one")
            if found:
                splits[split] = path / found[0]
        if splits and "train" not in splits:
            there = next(iter(splits.values())).name
            raise DataError(f"{shown}: has {there} but no train{suffix} to learn from")
        if splits:
            if not suffix:
                _note_other_folders([path / entry for entry in entries if path / entry not in splits.values()], notes)
            return splits
    return {"all": path}


def _split_name(entry: str, suffix: str) -> str | None:
    """The name of a folder in small letters; that of a table as it is, without its suffix."""
    if not suffix:
        return entry.casefold()
    return entry.removesuffix(suffix) if entry.endswith(suffix) else None


def _note_other_folders(entries: list[Path], notes: list[str]) -> None:
    """Adds a note on each folder beside the splits that has pictures: perhaps a split by another name."""
    known = [name for names in SPLITS.values() for name in names]
    for entry in entries:
        if entry.is_dir() and (pictures := len(find_pictures(entry))):
            hint = did_you_mean(entry.name.casefold(), known)
            notes.append(f"{printable(entry)}: is not a split; its {pictures} pictures are left out{hint}")


def read_pictures(folder: Path, notes: list[str]) -> Source:
    """The pictures of a split's folder, with metadata.csv or class folders. Raises DataError, adds to the notes."""
    if (folder / METADATA).is_file():
        return read_metadata(folder, notes)
    classes = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    shown = printable(folder)
    if not classes:
        raise DataError(f"{shown}: has neither class folders nor a {METADATA}; {LAYOUTS}")
    paths: list[Path] = []
    names: list[str] = []
    others: Counter[str] = Counter()
    for entry in classes:
        pictures = find_pictures(entry, others)
        if not pictures:
            raise DataError(
                f"{printable(entry)}: class {printable(entry.name)} has no pictures ({listed(sorted(SUFFIXES))}); "
                "add some, or remove the folder"
            )
        if all(picture.parent != entry for picture in pictures):
            notes.append(
                f"{printable(entry)}: all pictures of class {printable(entry.name)} are in folders within it; "
                "is data.path one folder too high?"
            )
        paths += pictures
        names += [entry.name] * len(pictures)
    if others:
        suffixes = listed(sorted(suffix or "none" for suffix in others))
        notes.append(f"{shown}: {others.total()} files are no pictures by their suffix ({suffixes}) and are left out")
    loose = [entry for entry in folder.iterdir() if entry.suffix.lower() in SUFFIXES and entry.is_file()]
    if loose:
        notes.append(f"{shown}: {len(loose)} pictures are in no class folder and are left out")
    return Source(folder, tuple(paths), tuple(names))


def read_metadata(folder: Path, notes: list[str]) -> Source:
    """The pictures that metadata.csv names. A row is a bad one if its picture is not there, is named by a row before
    it, or has no name. Raises DataError that lists all the rows that leave the folder.
    """
    table = read_csv(folder / METADATA)
    if table.header[0] != "file_name":
        found = printable(table.header[0])
        raise DataError(f"{printable(table.path)}:1: the first column must be file_name, is {found}")
    paths: list[Path] = []
    outside: list[str] = []
    bad: dict[int, str] = {}
    first_line: dict[str, int] = {}
    for row, name in enumerate(table.column("file_name")):
        key = str(PurePosixPath(name))
        if not name.strip():
            bad[row] = "file_name is empty"
        elif "\0" in name:
            bad[row] = f"file_name {printable(name)} holds a NUL character"
        elif fault := _leaves(folder, name):
            outside.append(f"{printable(table.place(row))}: {fault}")
        elif key in first_line:
            bad[row] = f"{printable(name)} is named in line {first_line[key]} too"
        elif not (folder / name).is_file():
            bad[row] = f"there is no picture {printable(name)}"
        else:
            paths.append(folder / name)
        first_line.setdefault(key, table.lines[row])
    if outside:
        raise DataError("\n".join(first_of(outside)))
    if left_out := len(set(find_pictures(folder)) - set(paths)):
        notes.append(f"{printable(folder)}: {left_out} pictures are not in {METADATA} and are left out")
    return Source(folder, tuple(paths), table=table.without(bad))


def _leaves(folder: Path, name: str) -> str | None:
    """How a file_name leaves the folder; None if it does not."""
    shown = printable(name)
    if Path(name).is_absolute() or ".." in Path(name).parts:
        return f"file_name {shown} leaves the folder; it must be a path within it"
    path = folder / name
    try:
        if not path.resolve().is_relative_to(folder.resolve()):
            return f"file_name {shown} leaves the folder by a link; it must be a path within it"
    except (OSError, RuntimeError) as error:
        return f"file_name {shown} cannot be read: {error}"
    return None
