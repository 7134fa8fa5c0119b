"""The numbers of a model as JSON: arrays of bytes in base64."""

from base64 import b64encode
from typing import Any

import numpy as np

from catnet.engine.types import Array
from catnet.model import Model

LARGEST_FLOAT16 = 32768.0  # the largest power of two that float16 holds


def numbers_of(model: Model, float16: bool = False) -> dict[str, dict[str, Any]]:
    """The tensors of docs/MODEL_FILE.md that an answer needs, by name: `type`, `shape` and `base64`, the bytes in
    little-endian order, row by row.

    With `float16` the weights, but neither the biases nor the scaling, have half the bytes, and 11 bits of precision.
    They are multiples of `scale`, a power of two by which the largest of a layer fits: float16 ends at 65504, and has
    fewer bits below 0.00006.
    """
    return {
        name: _halved(values) if float16 and name.startswith("W") else _as_they_are(values)
        for name, values in model.tensors.items()
    }


def _as_they_are(values: Array) -> dict[str, Any]:
    content = values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()
    return {"type": values.dtype.name, "shape": list(values.shape), "base64": b64encode(content).decode()}


def _halved(values: Array) -> dict[str, Any]:
    largest = float(np.abs(values).max(initial=0.0))
    scale = 2.0 ** np.ceil(np.log2(largest / LARGEST_FLOAT16)) if largest else 1.0
    return {**_as_they_are((values / scale).astype(np.float16)), "scale": float(scale)}
