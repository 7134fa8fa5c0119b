"""What a data path holds that catnet cannot read as it lies there, and what to do about it.

Splits under other names are in misnamed.py.
"""

import errno
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from catnet.data.arrays.files import kind_of, other_arrays
from catnet.data.contents import ARCHIVES, METADATA, SHEETS, TABLE, Contents
from catnet.data.csvfile import read_csv
from catnet.data.litter import holds_litter
from catnet.data.misnamed import no_train, other_names, tables_by_words
from catnet.data.picture_files import SUFFIXES, LeftOut
from catnet.data.split_names import right_name, split_of
from catnet.errors import DataError, NoSuchData, Unlabelled
from catnet.files import FILE_NAME, is_list_of_pictures
from catnet.text import are, first_names, listed, printable, short

LAYOUTS = (
    "catnet reads PATH/{train,val,test}/CLASS/*.png, PATH/CLASS/*.png, "
    "pictures with a metadata.csv beside them, a table PATH.csv, or arrays: .npz, .h5, MNIST's idx, CIFAR's .bin"
)
OWN_CLASSES = (
    "put the pictures of each class into a folder of its own, or name their labels in a metadata.csv beside them"
)


def demand_table(path: Path) -> None:
    """Raises DataError if the path, which is no folder, is neither a table nor a file of arrays."""
    shown, suffix, parent = printable(path), path.suffix.lower(), printable(path.parent)
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        missing = next((each for each in reversed(path.parents) if not os.path.lexists(each)), path)
        if missing != path and missing.name.startswith("~"):
            home = printable(missing.name)
            raise NoSuchData(f"{shown}: {home} is no home folder; give the whole path") from None
        raise NoSuchData(
            f"{shown}: there is no such folder or table; fix the path: one in a configuration is relative to its "
            "file, one on the command line to the current folder"
        ) from None
    except OSError as error:
        name = short(path) if error.errno == errno.ENAMETOOLONG else shown
        raise NoSuchData(f"{name}: {error.strerror}") from error
    if not os.path.exists(path):
        raise DataError(f"{shown}: is a link that leads nowhere")
    if not os.path.isfile(path):
        raise DataError(f"{shown}: is neither a folder nor a regular file; {LAYOUTS}")
    if kind_of(path.name):
        return
    if suffix == TABLE:
        if path.name.casefold() == METADATA and read_csv(path).header[0] == FILE_NAME:
            raise DataError(f"{shown}: names the labels of pictures; give the folder of the pictures: {parent}")
        return
    if suffix in SUFFIXES:
        what = f"is a picture; give a folder of pictures: {LAYOUTS}"
    elif suffix in ARCHIVES:
        what = "is an archive; unpack it, and give the folder"
    elif suffix in SHEETS:
        what = f"is not a {TABLE} file; save it as one: a header, commas between the cells, UTF-8"
    elif other := other_arrays(path.name):
        what = other
    elif suffix in (".yaml", ".yml"):
        what = "is a YAML file, such as a configuration; data.path is the folder of pictures or the table to learn from"
    else:
        what = f"is neither a folder nor a {TABLE} file; {LAYOUTS}"
    raise DataError(f"{shown}: {what}")


def refuse_classes_as_splits(here: Contents, parts: Mapping[str, Contents], learning: bool) -> None:
    """Raises DataError if there is no training data to learn from, or a folder of pictures is taken for a split though
    it may be a class beside others.
    """
    bare = [part.path.name for part in parts.values() if part.pictures and not part.folders and not part.metadata()]
    learns = "train" in parts and parts["train"].path.name not in bare
    if bare and not learns:
        beside = [name for name in here.folders if split_of(name) is None and Contents.of(here.path / name).pictures]
        if beside:
            taken = f"{listed(bare)} {are(len(bare))}"
            raise DataError(
                f"{printable(here.path)}: {taken} taken for a split, not for a class as {listed(beside[:3])}; "
                f"if {bare[0]} is a class, give the folder another name, such as class-{bare[0]}; "
                "if it is a split, it needs class folders within it"
            )
    if learning and "train" not in parts:
        raise no_train(here, {split: part.path for split, part in parts.items()})


def refuse_one_too_high(here: Contents) -> None:
    """Raises DataError if the only folder in a folder has data itself: splits, a metadata.csv or arrays."""
    outer = here
    for high in ("one folder", "two folders"):
        if len(outer.folders) != 1:
            return
        if inner := _data_within(outer.path / outer.folders[0]):
            raise DataError(
                f"{printable(here.path)}: is {high} too high; give {printable(inner.parent)}, "
                f"which holds {printable(inner.name)}"
            )
        outer = Contents.of(outer.path / outer.folders[0])
        if outer.pictures:
            return


def refuse_one_class_beside_a_list(here: Contents, classes: Sequence[str]) -> None:
    """Raises DataError if there is only one class folder, and a list of pictures beside it."""
    lists = [name for name in here.tables if is_list_of_pictures(here.path / name)]
    if lists and len(classes) == 1:
        one = f"has the one class folder {printable(classes[0])} and a list of pictures"
        raise DataError(
            f"{printable(here.path)}: {one}; to learn from the list, give {printable(here.path / lists[0])}"
        )


def _data_within(folder: Path) -> Path | None:
    """The metadata.csv, train.csv, folder train or first file of arrays in a folder."""
    inner = Contents.of(folder)
    arrays = next((inner.path / name for name in inner.arrays), None)
    return inner.metadata() or inner.split_tables().get("train") or inner.split_folders().get("train") or arrays


def refuse_classes_within(here: Contents, within: Mapping[str, set[str]]) -> None:
    """Raises DataError if the folders that each class folder holds, `within` it, are probably the classes: two or more
    have the same names in two class folders.
    """
    counts = Counter(name for names in within.values() for name in names)
    shared = {name for name, count in counts.items() if count > 1}
    if len(shared) < 2:
        return
    holders = [folder for folder, names in within.items() if names & shared]
    each = "each" if all(shared <= within[folder] for folder in holders) else "several"
    of = first_names(holders, 100)
    raise DataError(
        f"{printable(here.path)}: {first_names(sorted(shared), 100)} are in {each} of {of}: are these the classes? "
        f"give one of {of} as data.path, or name them train, val and test; if {of} are the classes, put their pictures "
        "directly into them"
    )


def empty_class(folder: Path, left: LeftOut) -> DataError:
    """A class folder without pictures."""
    shown, suffixes = printable(folder), listed(sorted(SUFFIXES))
    if inner := _data_within(folder):
        return DataError(f"{shown}: is no class: it holds {printable(inner.name)}; is data.path one folder too high?")
    links = [path for path in (*left.leaving, *left.twice) if path.startswith(f"{folder}{os.sep}")]
    why = f"; the linked folder {printable(os.path.basename(links[0]))} is not followed" if links else ""
    return DataError(
        f"{shown}: class {printable(folder.name)} has no pictures ({suffixes}){why}; add some, or remove the folder"
    )


def no_labels(here: Contents, to_learn: bool) -> DataError:
    """Why the pictures of a folder that has neither class folders nor a metadata.csv cannot be read, to learn from them
    or to measure on them.
    """
    shown, pictures = printable(here.path), here.pictures
    if not here.files and not here.folders:
        litter = f" but {listed(here.litter)}" if here.litter else ""
        return DataError(f"{shown}: is empty{litter}; {LAYOUTS}")
    if holds_litter(here.folders, here.files):
        return DataError(f"{shown}: is {holds_litter(here.folders, here.files)}, not data; {LAYOUTS}")
    if pictures:
        count = "its 1 picture has no label" if len(pictures) == 1 else f"its {len(pictures)} pictures have no labels"
        if not to_learn:
            return Unlabelled(
                f"{shown}: {count}: there are neither class folders nor a {METADATA}; add them, or move the folder "
                "away: a trained model can answer about such pictures"
            )
        if found := _labels_nearby(here):
            return DataError(f"{shown}: {count} here; {found}")
        return DataError(f"{shown}: {count}: there are neither class folders nor a {METADATA}; {OWN_CLASSES}")
    if others := tables_by_words(here) or [name for name in here.tables if right_name(name[: -len(TABLE)])]:
        return other_names(here, others, {}, to_learn)
    if here.tables:
        tables = listed(printable(here.path / name) for name in here.tables)
        return DataError(f"{shown}: has no pictures and no train.csv; to learn from a table, give its file: {tables}")
    if sheets := [name for name in here.files if name.lower().endswith(SHEETS)]:
        how = "a header, commas between the cells, UTF-8"
        return DataError(f"{shown}: has no pictures, and no {TABLE} file; save {listed(sheets[:3])} as one: {how}")
    if archives := [name for name in here.files if name.lower().endswith(ARCHIVES)]:
        return DataError(f"{shown}: has no pictures, but an archive; unpack {listed(archives)}")
    for name in here.files:
        if what := other_arrays(name):
            return DataError(f"{printable(here.path / name)}: {what}")
    suffixes = listed(sorted({os.path.splitext(name)[1].lower() or "none" for name in here.files}))
    what = f"; the suffixes of its files are {suffixes}" if here.files else ""
    return DataError(f"{shown}: has no pictures{what}; {LAYOUTS}")


def _labels_nearby(here: Contents) -> str | None:
    """Which file beside the pictures, or one folder higher, may hold their labels, and what to do."""
    if here.tables:
        return (
            f"if {listed(here.tables[:1])} has their labels, name it {METADATA}, with the pictures in its first "
            "column, file_name"
        )
    if here.path.parent == here.path:
        return None
    above = Contents.of(here.path.parent)
    if metadata := above.metadata():
        return f"{printable(metadata)} is one folder higher; give {printable(above.path)}, or move it to the pictures"
    if train := above.split_tables().get("train"):
        return (
            f"if {printable(train)} has their labels, move it to the pictures as {METADATA}, with the pictures in its "
            "first column, file_name"
        )
    return None
