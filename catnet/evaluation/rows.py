"""Examples that a program has in memory, as rows (m, n) for a model."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from catnet.data.pixels import resized
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.model import Model
from catnet.text import listed


def rows_of(model: Model, examples: Any) -> tuple[Array, bool]:
    """The rows (m, n), and whether the examples are a single one.

    Pictures are arrays of bytes, (height, width, 3) or (m, height, width, 3), resized to the model's size as those in
    files are. Rows of a table are arrays of numbers, (n,) or (m, n), in the order of the model's features, or mappings
    from these. Raises TypeError for anything else, DataError if a column is missing or a value is not a finite number.
    """
    if model.image_size is not None:
        return _pictures(examples, model.image_size)
    features = model.question.features or ()
    if isinstance(examples, Mapping):
        return _numbers([_by_name(examples, features)], features), True
    if isinstance(examples, Sequence) and all(isinstance(row, Mapping) for row in examples):
        return _numbers([_by_name(row, features) for row in examples], features), False
    numbers = _numbers(examples, features)
    return (numbers.reshape(1, -1), True) if numbers.ndim == 1 else (numbers, False)


def _pictures(examples: Any, image_size: tuple[int, int]) -> tuple[Array, bool]:
    height, width = image_size
    pixels = np.asarray(examples) if isinstance(examples, np.ndarray | list | tuple) else None
    if pixels is None or pixels.dtype != np.uint8 or pixels.ndim not in (3, 4) or pixels.shape[-1] != 3:
        given = type(examples).__name__ if pixels is None else f"an array {pixels.shape} of {pixels.dtype}"
        raise TypeError(
            f"pictures must be paths, or an array (m, height, width, 3) of bytes (uint8) in RGB, not {given}"
        )
    one = pixels.ndim == 3
    if pixels.shape[-3:-1] != image_size and pixels.size:
        many = [Image.fromarray(picture) for picture in ([pixels] if one else pixels)]
        pixels = np.stack([np.asarray(resized(picture, width, height)) for picture in many])
    return pixels.reshape(-1, height * width * 3), one


def _by_name(row: Mapping[str, Any], features: Sequence[str]) -> list[Any]:
    if missing := [name for name in features if name not in row]:
        raise DataError(f"a row has no column {listed(missing)}; the model's columns are {listed(features)}")
    return [row[name] for name in features]


def _numbers(rows: Any, features: Sequence[str]) -> Array:
    try:
        numbers = np.asarray(rows, np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(_wanted(features, type(rows).__name__)) from error
    if numbers.ndim not in (1, 2) or (numbers.size and numbers.shape[-1] != len(features)):
        raise TypeError(_wanted(features, f"an array {numbers.shape}"))
    if not np.isfinite(numbers).all():
        raise DataError("a row holds what is not a finite number")
    return numbers


def _wanted(features: Sequence[str], given: str) -> str:
    return (
        f"rows of a table must be the path of a .csv file, mappings, or an array (m, {len(features)}) of numbers "
        f"in the order {listed(features)}, not {given}"
    )
