"""The pictures inside a page: files that every browser opens, each with the pixels that catnet makes of it."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from catnet.data.bounds import open_picture
from catnet.data.pictures import read_picture
from catnet.data.pixels import opened
from catnet.engine.types import Array
from catnet.export.examples import EXAMPLES, Example
from catnet.export.exported import Exported
from catnet.export.page_bare import bare
from catnet.model import Model

MEDIA = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
MODES = ("1", "L", "LA", "P", "RGB", "RGBA")  # of which browsers and Pillow make the same colours
LARGEST_FILE, LARGEST_SIDE = 150_000, 4096  # bytes, pixels
COPY_SIDE = 640  # pixels of a smaller copy, at most
LOSSLESS = 10_000  # pixels up to which a copy is a PNG
REDUCED = 4  # times the pixels that a model takes: JPEGs above are decoded at a part of their size, but by browsers
PATTERN = (160, 120)  # width, height


class Shown(NamedTuple):
    """A picture inside a page: a file, its pixels (n,) as `Model.predict` takes them, and its label (k,).

    `of_run` is False for a pattern that was drawn; `is_copy` is True if the file's pixels are not those of the run's
    picture.
    """

    name: str
    file: bytes
    row: Array
    of_run: bool = True
    is_copy: bool = False
    label: Array | None = None

    @property
    def noun(self) -> str:
        """What it is called."""
        return "picture" if self.of_run else "test pattern"

    @property
    def media(self) -> str:
        """The type of the file, as a browser names it."""
        from PIL import Image

        with Image.open(BytesIO(self.file)) as image:
            return MEDIA[str(image.format)]


def pictures_for(exported: Exported) -> list[Shown]:
    """Pictures of the run; patterns if they may not be shown, or are gone."""
    model = exported.model
    if exported.shows_examples and (examples := [each for each in exported.examples if each.of_run]):
        return [as_shown(example, model) for example in examples]
    return [
        Shown(f"test pattern {i}", file, pixels_of(file, model), of_run=False)
        for i, file in enumerate(patterns(model), start=1)
    ]


def as_shown(example: Example, model: Model) -> Shown:
    """A picture of the run: its file without what that says besides, or a copy if it is large, or if browsers read it
    otherwise or not at all.
    """
    if example.file is not None and (file := for_browsers(example.file, example.row, model)) is not None:
        return Shown(example.name, file, example.row, label=example.label)
    copy = row_as_png(example.row, model) if example.file is None else smaller(example.file, model)
    return Shown(example.name, copy, pixels_of(copy, model), is_copy=True, label=example.label)


def for_browsers(file: bytes, row: Array, model: Model) -> bytes | None:
    """A file of the picture alone, if it is not large, catnet has the same row (n,) of it, and browsers too."""
    from PIL import Image

    try:
        with Image.open(BytesIO(file)) as image:
            is_reduced = image.format == "JPEG" and min(image.size) > REDUCED * max(decoded_size(model))
            is_large = len(file) > LARGEST_FILE or max(image.size) > LARGEST_SIDE
            if is_large or is_reduced or image.format not in MEDIA or image.mode not in MODES:
                return None
        alone = bare(file)
        is_same = len(alone) <= LARGEST_FILE and np.array_equal(pixels_of(alone, model), row)
    except Exception:  # HEIC, and what is damaged, but can be read
        return None
    return alone if is_same else None


def smaller(file: bytes, model: Model) -> bytes:
    """A copy that fits into a page: upright, in RGB, without anything that the file said besides."""
    from PIL import Image

    with TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        path.write_bytes(file)
        width, height = upright_size(path)
        share = min(1, COPY_SIDE / max(width, height), REDUCED * max(decoded_size(model)) / min(width, height))
        size = max(1, round(height * share)), max(1, round(width * share))
        pixels = read_picture(path, size)
    return encoded(Image.fromarray(pixels), "PNG" if size[0] * size[1] <= LOSSLESS else "JPEG")


def upright_size(path: Path) -> tuple[int, int]:
    """Width and height of the picture in a file, turned as it says; those of a JPEG may be reduced."""
    from PIL import ImageOps

    with open_picture(str(path)) as source, opened(source) as image:
        image.draft(None, (COPY_SIDE, COPY_SIDE))
        image.load()  # which turns some formats
        ImageOps.exif_transpose(image, in_place=True)
        return image.size


def row_as_png(row: Array, model: Model) -> bytes:
    """Pixels of the model's size as a file."""
    from PIL import Image

    height, width = decoded_size(model)
    pixels = row.reshape(height, width, -1)
    return encoded(Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels), "PNG")


def patterns(model: Model) -> Iterator[bytes]:
    """Smooth patterns at random, which show whether a browser decodes PNG and JPEG as catnet does."""
    from PIL import Image

    random = np.random.default_rng(0)
    share = min(1, REDUCED * max(decoded_size(model)) / min(PATTERN))
    size = (int(PATTERN[0] * share), int(PATTERN[1] * share))
    for number in range(EXAMPLES):
        coarse = Image.fromarray(random.integers(0, 256, (4, 5, 3), np.uint8))
        yield encoded(coarse.resize(size, Image.Resampling.BICUBIC), ("JPEG", "PNG")[number % 2])


def pixels_of(file: bytes, model: Model) -> Array:
    """The row (n,) that catnet makes of a picture's file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        path.write_bytes(file)
        return read_picture(path, decoded_size(model), model.colors).ravel()


def decoded_size(model: Model) -> tuple[int, int]:
    """(height, width) of the pictures as a model for pictures takes them."""
    assert model.decoded_size is not None
    return model.decoded_size


def encoded(image: Any, file_format: str) -> bytes:
    """A picture as a file."""
    content = BytesIO()
    image.save(content, file_format, quality=90)  # which PNG ignores
    return content.getvalue()
