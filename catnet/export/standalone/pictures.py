"""Pictures: the files and folders that are asked about, and how a file becomes the bytes of its pixels.

    python predict.py photo.jpg more/*.png holiday/
    python predict.py photo.jpg --json

    from predict import predict, predict_arrays
    predict('photo.jpg').answer

It needs Python 3.11, NumPy 2.0 and Pillow 10.1, or later ones; pillow-heif for HEIC. It decodes pictures, computes and
says what `catnet predict` does, by the same functions. But catnet also refuses a small file that would take much time
or memory; this file only one of too many pixels: ask about pictures from people whom you trust. It reads no lists of
pictures and no files of arrays, and follows no links to folders.
"""

import os
import stat
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image

from catnet.data.bounds import MAX_PIXELS, BadPicture
from catnet.data.heif import AVIF, HEAD, format_of, opened_avif, opened_heif
from catnet.data.litter import SOFTWARE, holds_litter, is_explanation, named_as_explanation, named_as_litter
from catnet.data.picture_files import has_picture_suffix
from catnet.data.rgb import FORMATS, as_bytes, bad_picture, keep_sample_facts, resized, shrink_early, turn_upright
from catnet.engine.colors import GREY
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.evaluation.prediction import Prediction
from catnet.export.standalone.command import Found, Tell, predictions, run
from catnet.export.standalone.network import y_hat
from catnet.export.standalone.stored import FACTS
from catnet.text import printable

BATCH = 256  # pictures that go through the network together
NEEDS = "the package pillow-heif: pip install pillow-heif"


def predict(paths: str | Path | Iterable[str | Path]) -> Prediction | list[Prediction]:
    """The answer about a picture, or a list of them about several, or about those in a folder.

    Raises DataError that names all that cannot be read.
    """
    if isinstance(paths, str | Path):
        found = predictions(read, [Path(paths)])
        return found if os.path.isdir(paths) else found[0]
    return predictions(read, map(Path, paths))


def predict_arrays(pictures: Iterable[Array]) -> Array:
    """y^ (k, m) about m pictures: the probabilities of FACTS["classes"], or the target in its unit.

    Each is an array of bytes (uint8), (height, width, 3) in RGB or (height, width) in grey, of any size.
    """
    mode = "L" if FACTS["colors"] == GREY else "RGB"
    height, width = decoded_size()
    images = (resized(Image.fromarray(picture).convert(mode), width, height) for picture in pictures)
    return y_hat(np.array([np.asarray(image).ravel() for image in images]))


def decoded_size() -> tuple[int, int]:
    """(height, width) to which pictures are resized: `box_average` times that of the network's input."""
    height, width = FACTS["image_size"]
    return height * FACTS["box_average"], width * FACTS["box_average"]


def decoded(content: bytes) -> Array:
    """The pixels (n,) of the picture in a file: its first frame, upright, over white where it is transparent, resized.
    Row by row, each pixel's red, green and blue, or its brightness. Raises BadPicture.
    """
    try:
        with opened(content) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadPicture(f"is too large: {image.width} x {image.height} pixels")
            shrink_early(image, decoded_size())
            keep_sample_facts(image)
            image.load()
            if image.info.get("Software") == SOFTWARE:
                raise BadPicture("is a picture that explain wrote, not data; remove it")
            turn_upright(image)
            return np.frombuffer(as_bytes(image, decoded_size(), FACTS["colors"]), np.uint8)
    except (BadPicture, MemoryError):
        raise
    except Exception as error:  # a damaged file makes Pillow's readers raise almost anything
        raise bad_picture(error) from error


def opened(content: bytes) -> Image.Image:
    """The picture in a file of any format, not decoded yet. Raises BadPicture, and whatever Pillow raises."""
    file_format = format_of(content[:HEAD])
    if file_format is None:
        return Image.open(BytesIO(content), formats=FORMATS)
    return opened_avif(content) if file_format == AVIF else opened_heif(content, NEEDS)


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
        if path.suffix.lower() == ".csv":
            raise DataError(f"{printable(path)}: is no picture; lists of pictures are read by catnet alone")
    except DataError as error:
        yield str(path), error
        return
    for name in names:
        try:
            yield name, decoded(content_of(Path(name)))
        except BadPicture as error:
            yield name, DataError(f"{printable(name)}: {error}")


def pictures_in(folder: Path, tell: Tell) -> list[str]:
    """The paths of the picture files in a folder and its subfolders, sorted by their parts; what is left out is told.

    Links to folders are not followed. Raises DataError if there is none, or a folder cannot be listed.
    """
    found: list[str] = []
    left: Counter[str] = Counter()
    for parent, folders, files in os.walk(folder, onerror=refuse):
        if holds_litter(folders, files):
            left["folders that are no data"] += 1
            folders.clear()
            continue
        start = "" if parent == os.curdir else os.path.join(parent, "").removeprefix(os.path.join(os.curdir, ""))
        for name in list(folders):
            if reason := why_not_searched(start + name, name):
                folders.remove(name)
                left[reason] += not name.startswith(".")
        for name in files:
            if reason := why_no_picture(start + name, name):
                left[reason] += not name.startswith(".") or has_picture_suffix(name)
            else:
                found.append(start + name)
    if left := +left:
        tell(f"{printable(folder)}: left out: {', '.join(f'{reason}: {count}' for reason, count in left.items())}")
    if not found:
        raise DataError(f"{printable(folder)}: there are no pictures in this folder")
    return sorted(found, key=lambda path: path.replace(os.sep, "\0"))


def why_not_searched(path: str, name: str) -> str | None:
    """Why a folder in a folder is left out."""
    if name.startswith("."):
        return "hidden folders"
    if named_as_litter(name):
        return "folders that are no data"
    return "links to folders" if os.path.islink(path) else None


def why_no_picture(path: str, name: str) -> str | None:
    """Why a file in a folder is left out."""
    if name.startswith("."):
        return "hidden files"
    if not has_picture_suffix(name):
        return "files that are no pictures by their suffix"
    return "pictures that explain wrote" if named_as_explanation(name) and is_explanation(path) else None


def refuse(error: OSError) -> None:
    """Raises DataError for a folder that cannot be listed."""
    raise DataError(f"{printable(error.filename)}: cannot be listed: {error.strerror}") from error


def main() -> int:
    """The command `python predict.py PATH...`."""
    warnings.filterwarnings("ignore", module=r"PIL\.")  # what it warns of is an error, or of no consequence
    return run(read, "a picture, or a folder of pictures")
