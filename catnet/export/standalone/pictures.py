"""Pictures: the files and folders that are asked about, and how a file becomes the bytes of its pixels.

    python predict.py photo.jpg more/*.png holiday/
    python predict.py photo.jpg --json

    from predict import predict, predict_arrays
    predict('photo.jpg').answer

It needs Python 3.11, NumPy 2.0 and Pillow 10.1, or later ones; pillow-heif for HEIC. It decodes pictures, computes and
says what `catnet predict` does, by the same functions. But catnet also refuses a small file that would take much time
or memory; this file only one of too many pixels: ask about pictures from people whom you trust. It reads no lists of
pictures and no files of arrays, and follows no links to folders.

To read it, start at `y_hat`: the network comes first, then how pictures are decoded, then the words of an
answer, then folders and the command. The numbers are at the end.
"""

import os
import stat
import warnings
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from catnet.data.bounds import BadPicture
from catnet.data.rgb import bad_picture
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.evaluation.prediction import Prediction
from catnet.export.standalone.command import run
from catnet.export.standalone.decoding import decoded
from catnet.export.standalone.folders import pictures_in
from catnet.export.standalone.words import Found, Tell, predictions
from catnet.text import printable

BATCH = 256  # pictures that go through the network together


def predict(paths: str | Path | Iterable[str | Path]) -> Prediction | list[Prediction]:
    """The answer about a picture, or a list of them about several, or about those in a folder.

    Raises DataError that names all that cannot be read.
    """
    if isinstance(paths, str | Path):
        found = predictions(read, [Path(paths)])
        return found if os.path.isdir(paths) else found[0]
    return predictions(read, map(Path, paths))


def content_of(path: Path) -> bytes:
    """The bytes of a file. Raises BadPicture, also for a pipe, which might never end."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise BadPicture("is not a regular file")
        return path.read_bytes()
    except OSError as error:
        raise bad_picture(error) from error


def read(paths: Iterable[Path], tell: Tell) -> Iterator[Found]:
    """The pictures at the paths, decoded, some at a time."""
    found = (each for path in paths for each in pictures_at(path, tell))
    while some := list(islice(found, BATCH)):
        yield some


def pictures_at(path: Path, tell: Tell) -> Iterator[tuple[str, Array | DataError]]:
    """The picture in a file, or those in a folder, each by its name; its pixels, or why there are none."""
    try:
        names = pictures_in(path, tell) if path.is_dir() else [str(path)]
        if path.suffix.lower() == ".csv" and path.exists():
            raise DataError(f"{printable(path)}: is no picture; lists of pictures are read by catnet alone")
    except DataError as error:
        yield str(path), error
        return
    for name in names:
        try:
            yield name, decoded(content_of(Path(name)))
        except BadPicture as error:
            yield name, DataError(f"{printable(name)}: {error}")


def main() -> int:
    """The command `python predict.py PATH...`."""
    warnings.filterwarnings("ignore", module=r"PIL\.")  # what it warns of is an error, or of no consequence
    return run(read, "a picture, or a folder of pictures")
