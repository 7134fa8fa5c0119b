"""Examples that a program has in memory, as rows (m, n) for a model."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from catnet.data.csvfile import LARGEST
from catnet.data.pixels import resized
from catnet.engine.colors import CHANNELS, GREY, RGB
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.model import Model
from catnet.text import listed

PICTURES = (
    "pictures must be paths, or arrays (height, width, 3) or (m, height, width, 3) of bytes (uint8) in RGB, "
    "or (height, width) or (m, height, width) in grey"
)


def rows_of(model: Model, examples: Any) -> tuple[Array, bool]:
    """The rows (m, n), and whether the examples are a single one.

    Pictures are arrays of bytes, (height, width, 3) or (m, height, width, 3) in RGB, (height, width) or
    (m, height, width) in grey, also with an axis of length 1 behind; whatever the model's colours are, and resized as
    those in files are. An array of three axes whose last has the length 1 or 3 is one picture. Rows of a table are
    arrays of numbers, (n,) or (m, n), in the order of the model's features, or mappings from these. Raises TypeError
    for anything else, DataError if a column is missing or a value is not a finite number.
    """
    if model.decoded_size is not None:
        return _pictures(examples, model.decoded_size, model.colors)
    features = model.question.features or ()
    if isinstance(examples, Mapping):
        return _numbers([_by_name(examples, features)], features), True
    if isinstance(examples, Sequence) and all(isinstance(row, Mapping) for row in examples):
        return _numbers([_by_name(row, features) for row in examples], features), False
    numbers = _numbers(examples, features)
    return (numbers.reshape(1, -1), True) if numbers.ndim == 1 else (numbers, False)


def _pictures(examples: Any, image_size: tuple[int, int], colors: str) -> tuple[Array, bool]:
    one = isinstance(examples, np.ndarray) and (examples.ndim == 2 or (examples.ndim == 3 and _has_channels(examples)))
    pictures = [examples] if one else examples
    is_array = isinstance(pictures, np.ndarray) and pictures.ndim in (3, 4) and pictures.dtype == np.uint8
    if not (is_array or isinstance(pictures, list)):
        raise TypeError(f"{PICTURES}, not {_shape_of(pictures)}")
    height, width = image_size
    rows = np.empty((len(pictures), height * width * CHANNELS[colors]), np.uint8)
    for row, picture in zip(rows, pictures, strict=True):
        row[...] = _row(picture, image_size, colors)
    return rows, one


def _row(picture: Any, image_size: tuple[int, int], colors: str) -> Array:
    """The picture in those colours, resized as those in files are; (n,)."""
    is_array = isinstance(picture, np.ndarray) and picture.dtype == np.uint8 and picture.size > 0
    if not is_array or not (picture.ndim == 2 or (picture.ndim == 3 and _has_channels(picture))):
        raise TypeError(f"{PICTURES}, not {_shape_of(picture)}")
    if picture.shape[2:] == (CHANNELS[GREY],):
        picture = picture[..., 0]
    if picture.shape[:2] == image_size and picture.shape[2:] == (() if colors == GREY else (CHANNELS[RGB],)):
        return np.asarray(picture).ravel()
    height, width = image_size
    image = Image.fromarray(picture).convert("L" if colors == GREY else "RGB")
    row: Array = np.asarray(resized(image, width, height)).ravel()
    return row


def _has_channels(picture: Array) -> bool:
    """Whether the last axis of an array is that of the colours."""
    channels: int = picture.shape[-1]
    return channels in CHANNELS.values()


def _shape_of(value: object) -> str:
    return f"an array {value.shape} of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__


def _by_name(row: Mapping[str, Any], features: Sequence[str]) -> list[Any]:
    if missing := [name for name in features if name not in row]:
        raise DataError(f"a row has no column {listed(missing)}; the model's columns are {listed(features)}")
    return [row[name] for name in features]


def _numbers(rows: Any, features: Sequence[str]) -> Array:
    try:
        numbers = np.asarray(rows, np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(_wanted(features, type(rows).__name__)) from error
    empty = numbers.ndim == 2 and not len(numbers)
    if numbers.ndim not in (1, 2) or (numbers.shape[-1] != len(features) and not empty):
        raise TypeError(_wanted(features, f"an array {numbers.shape}"))
    if not np.isfinite(numbers).all():
        raise DataError("a row holds what is not a finite number")
    if (np.abs(numbers) > LARGEST).any():
        raise DataError(f"a row holds a number beyond {LARGEST:.3g}")
    return numbers


def _wanted(features: Sequence[str], given: str) -> str:
    return (
        f"rows of a table must be the path of a .csv file, mappings, or an array (m, {len(features)}) of numbers "
        f"in the order {listed(features)}, not {given}"
    )
