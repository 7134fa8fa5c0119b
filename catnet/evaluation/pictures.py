"""The pictures that a model is asked about: files, and those in folders, in lists and in files of arrays."""

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby, islice
from pathlib import Path

import numpy as np

from catnet.data.arrays.files import has_labels_alone, kind_of, pixels_in
from catnet.data.csvfile import Table, read_csv
from catnet.data.listing import InArray, Picture
from catnet.data.picture_files import LeftOut, Search, has_picture_suffix
from catnet.data.pictures import read_picture
from catnet.data.source import Source
from catnet.data.tables import Tell
from catnet.engine.colors import CHANNELS, RGB
from catnet.engine.types import Array
from catnet.errors import CatnetError, DataError, IsAModel
from catnet.files import is_list_of_pictures
from catnet.runs.find import is_run
from catnet.runs.layout import SUFFIX
from catnet.text import printable

Row = tuple[str, Array | DataError]  # a picture, as it is named, and its pixels (n,), or why there are none


def pixels_of(
    paths: Iterable[Path | Table], image_size: tuple[int, int], tell: Tell = str, colors: str = RGB
) -> Iterator[Row]:
    """The files, and the pictures in the folders, of the lists and in files of arrays; a folder that has none, or of
    which a part is not searched, and what a list names in vain. `tell` is told what else is left out.
    """
    for are_files, group in groupby(paths, is_picture_file):
        if are_files:
            yield from rows_of([str(path) for path in group], image_size, colors)
            continue
        for path in group:
            yield from pixels_at(path, image_size, tell, colors)


def is_picture_file(given: object) -> bool:
    """Whether it is the path of a picture by its name, and not of a folder."""
    return isinstance(given, str | Path) and has_picture_suffix(os.path.basename(given)) and not os.path.isdir(given)


def pixels_at(path: Path | Table, image_size: tuple[int, int], tell: Tell, colors: str) -> Iterator[Row]:
    """As `pixels_of`, of one path."""
    if isinstance(path, Table) or (path.suffix.lower() == ".csv" and is_list_of_pictures(path)):
        yield from _listed(path, image_size, colors)
        return
    if kind_of(path.name) and not os.path.isdir(path):
        yield from pixels_in_arrays(path, image_size, colors)
        return
    if not os.path.isdir(path) or is_run(path):
        yield str(path), row_of(path, image_size, colors)
        return
    left = LeftOut()
    found = Search(path).pictures(path, left)
    arrays = [] if found else arrays_in(path, left)
    for note in replace(left, leaving=[]).notes(path):  # those that leave are an error
        tell(note)
    yield from rows_of(found, image_size, colors)
    for file in arrays:
        yield from pixels_in_arrays(file, image_size, colors)
    faults = [*["there are no pictures in this folder"] * (not found and not arrays), *left.notes_on_leaving(path)]
    if faults:
        yield str(path), DataError(f"{printable(path)}: {'; '.join(faults)}")


def rows_of(pictures: Sequence[Picture], image_size: tuple[int, int], colors: str) -> Iterator[Row]:
    """The pixels (n,) of each picture, or why it cannot be read; some are decoded ahead, by all cores.

    If a signal ends a process that decodes, the rest is decoded one by one. Raises DataError for a file of arrays that
    cannot be read.
    """
    from catnet.data.decoding import decode_blocks  # late, because reading a table does not need it

    n, left = math.prod(image_size) * CHANNELS[colors], iter(pictures)
    try:
        for length, block in decode_blocks(pictures, image_size, colors):
            reasons = {fault.place: fault.reason for fault in block.faults}
            rows = iter(np.frombuffer(block.pixels, np.uint8).reshape(length - len(reasons), n))
            for place, picture in enumerate(islice(left, length)):
                bad = reasons.get(place)
                yield str(picture), next(rows) if bad is None else DataError(f"{printable(picture)}: {bad}")
    except DataError:
        raise
    except CatnetError:  # from a process
        yield from ((str(picture), row_of(Path(str(picture)), image_size, colors)) for picture in left)


def _listed(given: Path | Table, image_size: tuple[int, int], colors: str) -> Iterator[Row]:
    """The pictures that a list names, and its rows that name none, by `FILE:LINE`, in order."""
    from catnet.data.picture_lists import read_list  # late, because picture files do not need it

    try:
        source = read_list(read_csv(given) if isinstance(given, Path) else given, answering=True)
    except DataError as error:
        yield str(given if isinstance(given, Path) else given.path), error
        return
    assert source.table is not None
    found: dict[int, str | tuple[str, str]] = dict(zip(source.table.lines, source.files, strict=True))
    found |= {int(bad[0].rpartition(":")[2]): bad for bad in source.table.bad}
    for are_files, group in groupby((found[line] for line in sorted(found)), is_picture_file):
        if are_files:
            yield from rows_of([each for each in group if isinstance(each, str)], image_size, colors)
            continue
        for each in group:
            if isinstance(each, str):
                yield each, row_of(Path(each), image_size, colors)
            else:
                place, reason = each
                yield place, DataError(f"{printable(place)}: {reason}")


def arrays_in(folder: Path, left: LeftOut) -> list[Path]:
    """The files of arrays in a folder that have pictures; they are not left out then."""
    from catnet.data.contents import Contents  # late, because picture files do not need it

    names = Contents.of(folder).arrays
    left.suffixes.subtract(os.path.splitext(name)[1].lower() for name in names)
    left.suffixes = +left.suffixes
    return [folder / name for name in names if not has_labels_alone(name)]


def pixels_in_arrays(path: Path, image_size: tuple[int, int], colors: str) -> Iterator[Row]:
    """The pictures in a file of arrays; the file, if it cannot be read to its end."""
    try:
        for pixels in pixels_in(path):
            pictures = [InArray(path, index, pixels.array) for index in range(pixels.shape[0])]
            yield from rows_of(pictures, image_size, colors)
    except DataError as error:
        yield str(path), error


def demand_no_model(path: Path) -> None:
    """Raises IsAModel for the directory of a run, or a model file: what is asked, not what it is asked about."""
    if is_run(path):
        raise IsAModel(f"{printable(path)}: is the directory of a run, which is no data to answer about")
    if path.suffix.lower() == SUFFIX and os.path.isfile(path):
        raise IsAModel(f"{printable(path)}: is a model file, which is no data to answer about")


def row_of(picture: Path, image_size: tuple[int, int], colors: str = RGB) -> Array | DataError:
    """The pixels of a picture, (n,), or why it cannot be read."""
    try:
        demand_no_model(picture)
        if picture.suffix.lower() == ".csv":
            from catnet.data.picture_lists import no_list  # late, because picture files do not need it

            raise no_list(Source(picture, table=read_csv(picture)))
        return read_picture(picture, image_size, colors).ravel()
    except DataError as error:
        return error
