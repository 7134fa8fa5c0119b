"""Splits under other names, or in a form that is not read: what is refused, and how to name them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from catnet.data.contents import ARCHIVES, TABLE, Contents
from catnet.data.picture_files import find_pictures
from catnet.data.split_names import SPLIT_OF, either, right_name, split_of, split_word, without_split_word
from catnet.errors import DataError
from catnet.text import alternatives, joined, listed, printable


def refuse_split_names(here: Contents, learning: bool) -> None:
    """Raises DataError if a folder with pictures looks like a split under another name, or one folder has a word such
    as train in its name and another one such as test.
    """
    there = {name: path.name for name, path in here.split_folders().items()}
    found = [name for name in here.folders if right_name(name) and find_pictures(here.path / name)]
    if by_words := _split_by_words(here, there):
        found = sorted({*found, *by_words})
    if found:
        raise other_names(here, found, there, learning, are_folders=True)


def _split_by_words(here: Contents, there: Mapping[str, str]) -> list[str]:
    """The folders with a word such as train or test in their names, for splits that are not there; none unless some
    are for training and others are not.
    """
    words = {name: word for name in here.folders if not split_of(name) and (word := split_word(name))}
    words = {name: word for name, word in words.items() if any(SPLIT_OF[right] not in there for right in either(word))}
    if not _is_divided([*there, *words.values()]):
        return []
    found = [name for name in words if find_pictures(here.path / name)]
    return found if _is_divided([*there, *(words[name] for name in found)]) else []


def refuse_splits_within(folder: Path, within: set[str]) -> None:
    """Raises DataError if the folders `within` a class folder are splits."""
    splits = sorted(name for name in within if split_of(name) or right_name(name))
    if _is_divided([str(split_word(name)) for name in splits]):
        name, train = printable(folder.name), next(name for name in splits if split_word(name) == "train")
        raise DataError(
            f"{printable(folder)}: holds {listed(splits)}: are these splits? if {name} is a class, their folders come "
            f"first: move {name}/{printable(train)} to train/{name}; if not, give {printable(folder)} as data.path"
        )


def _is_divided(splits: Sequence[str]) -> bool:
    """Whether some of the splits are for training, and others are not."""
    return len({split == "train" for split in splits}) == 2


def refuse_table_names(here: Contents, tables: Mapping[str, Path], learning: bool) -> None:
    """Raises DataError if a table looks like a split under another name, or that of a split is in another form."""
    there = {name: path.name for name, path in tables.items()}
    if found := [name for name in here.tables if right_name(name[: -len(TABLE)])]:
        raise other_names(here, found, there, learning)
    for name in here.files:
        if name not in here.unread and "." in name:
            continue
        if right := _missing(name.split(".")[0], there):
            how = "unpack it, and " if name.lower().endswith(ARCHIVES) else ""
            raise DataError(
                f"{printable(here.path / name)}: is not a {TABLE} file, and would be left out; {how}save it as "
                f"{right}: a header, commas between the cells, UTF-8; or move it away"
            )
    for name in here.folders:
        if (right := _missing(name, there)) and (held := _tables_in(here.path / name)):
            raise DataError(
                f"{printable(here.path / name)}: is a folder beside {listed(there.values())}; move its "
                f"{listed(held)} out of it, as {right}"
            )


def tables_by_words(here: Contents) -> list[str]:
    """The tables with a word such as train or test in their names; none unless some are for training and others not."""
    words = {name: word for name in here.tables if (word := split_word(name[: -len(TABLE)]))}
    return list(words) if _is_divided([*words.values()]) else []


def _missing(stem: str, there: Mapping[str, str]) -> str | None:
    """`test.csv` for the stem of the table of a split that is not there."""
    rights = [stem.casefold()] if split_of(stem) else either(right_name(stem) or "")
    free = [right + TABLE for right in rights if right and SPLIT_OF[right] not in there]
    return alternatives(free) if free else None


def _tables_in(folder: Path) -> list[str]:
    """The files of a folder that may be tables; none if there are pictures."""
    held = Contents.of(folder)
    return [] if held.pictures else [*held.tables, *held.unread]


def other_names(
    here: Contents, found: Sequence[str], there: Mapping[str, str], learning: bool, are_folders: bool = False
) -> DataError:
    """`rename Training to train`, for tables or folders that look like splits; `there` are the splits that are."""
    suffix = "" if are_folders else TABLE
    rights = {name: str(split_word(name[: len(name) - len(suffix)])) for name in found}
    what = "look like splits under other names" if len(found) > 1 else "looks like a split under another name"
    fix = (_move(here, rights) if are_folders else None) or _rename(rights, there, suffix, learning)
    if are_folders and (metadata := here.metadata()):
        fix += f"; or say in a column split of {metadata.name} to which split each picture belongs"
    first = found[0]
    name = listed([f"class-{first.strip()}"])
    other = f"; if {listed([first])} is a class, give it another name, such as {name}" if are_folders else ""
    return DataError(f"{printable(here.path)}: {listed(found)} {what}; {fix}{other}")


def _rename(rights: Mapping[str, str], there: Mapping[str, str], suffix: str, learning: bool) -> str:
    """`rename Training to train; rename Testing to test`"""
    renames, taken = [], dict(there)
    for name, right in rights.items():
        alike = either(right)
        if free := [right for right in alike if SPLIT_OF[right] not in taken]:
            renames.append(f"rename {listed([name])} to {alternatives(right + suffix for right in free)}")
            taken[SPLIT_OF[free[0]]] = free[0] + suffix
        else:
            renames.append(f"join {listed([name])} to {printable(taken[SPLIT_OF[alike[0]]])}, or move it away")
    if learning and "train" not in taken:
        renames.append(f"one must be called train{suffix}, to learn from")
    return "; ".join(renames)


def _move(here: Contents, rights: Mapping[str, str]) -> str | None:
    """How to put together a split that is in several folders, each of another class; None if none is."""
    parts = {name: right for name, right in rights.items() if not right_name(name) and without_split_word(name)}
    if max(Counter(parts.values()).values(), default=0) < 2:
        return None
    wanted = joined(f"{right}/CLASS" for right in dict.fromkeys(sorted(rights.values(), reverse=True)))
    name, right = next(iter(parts.items()))
    example = f", such as those of {printable(name)} into {right}/{printable(without_split_word(name))}"
    return f"move their pictures into folders {wanted}" + (example if Contents.of(here.path / name).pictures else "")


def no_train(here: Contents, there: Mapping[str, Path]) -> DataError:
    """Splits without training data."""
    suffix = TABLE if any(path.suffix.lower() == TABLE for path in there.values()) else ""
    classes = [] if suffix else [name for name in here.folders if split_of(name) is None]
    hint = ""
    if len(classes) == 1:
        name = listed(classes)
        hint = (
            f"; if {name} has the pictures to learn from, rename it to train"
            if Contents.of(here.path / classes[0]).folders
            else f"; if {name} is a class to learn, move it into a folder train"
        )
    elif classes:
        hint = f"; if {listed(classes[:3])} are the classes to learn, move them into a folder train"
    return DataError(
        f"{printable(here.path)}: has {next(iter(there.values())).name} but no train{suffix} to learn from{hint}"
    )
