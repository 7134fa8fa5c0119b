"""Small pictures as PNG or JPEG: the examples, their contribution maps, the weights of neurons."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from catnet.data.litter import SOFTWARE
from catnet.engine.types import Array

LARGEST = 96  # pixels of a side on the page
ENLARGED = 320  # pixels of the longer side in explain's file
SMALL = 32  # in a row of a table
AGAINST, NEUTRAL, FOR = (33, 102, 172), (247, 247, 247), (178, 24, 43)  # blue, near white, red


@dataclass(frozen=True)
class Picture:
    """A picture within the page, and what it shows in words; `uri` is empty if there is nothing to show."""

    uri: str
    alt: str
    caption: str = ""


def picture(pixels: Array, alt: str, caption: str = "", count: int = 1, largest: int = LARGEST) -> Picture:
    """The pixels (height, width, channels), or a strip of `count` pictures, within the page."""
    return Picture(data_uri(pixels, count, largest), alt, caption)


def contribution_map(contributions: Array, size: tuple[int, int]) -> Array:
    """Contributions (height * width * channels,), summed over the channels, as uint8 (height, width, 3): red for, blue
    against.

    The strongest pixel has the full colour.
    """
    return diverging(contributions.reshape(*size, -1).sum(axis=2))


def diverging(values: Array) -> Array:
    """Values (height, width) as colours, uint8 (height, width, 3): near white at 0."""
    strength = np.abs(values) / (np.abs(values).max() or 1)
    end = np.where(values[..., None] >= 0, np.array(FOR), np.array(AGAINST))
    return np.rint(np.array(NEUTRAL) + strength[..., None] * (end - np.array(NEUTRAL))).astype(np.uint8)


def weight_picture(weights: Array, size: tuple[int, int]) -> Array:
    """Weights (height * width * channels,) as a picture: mid grey is 0, the largest is full or no colour; in grey,
    white or black.
    """
    return np.rint(127.5 + 127.5 * normalized(weights, size)).astype(np.uint8)


def part_picture(weights: Array, size: tuple[int, int]) -> Array:
    """The absolute values of weights (height * width * channels,) as a picture: black is 0."""
    return np.rint(255 * normalized(np.abs(weights), size)).astype(np.uint8)


def normalized(weights: Array, size: tuple[int, int]) -> Array:
    """Weights as (height, width, channels), the largest absolute value 1."""
    return weights.reshape(*size, -1) / (np.abs(weights).max() or 1)


def strip(rows: Array, size: tuple[int, int]) -> Array:
    """Pictures (count, height * width * channels) side by side, uint8 (height, count * width, channels)."""
    return np.concatenate(list(rows.reshape(len(rows), *size, -1)), axis=1)


def data_uri(pixels: Array, count: int = 1, largest: int = LARGEST) -> str:
    """The picture (height, width, channels), or a strip of `count`, as a URI that holds it; reduced if it has more than
    `largest` pixels a side.
    """
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    width, height = image.width // count, image.height
    side = max(width, height)
    if side > largest:
        shape = (max(1, width * largest // side) * count, max(1, height * largest // side))
        image = image.resize(shape, Image.Resampling.BOX)
    content = io.BytesIO()
    kind = "png" if side <= 16 else "jpeg"  # JPEG would blur a picture of few pixels
    image.save(content, kind, quality=88, subsampling=0)  # which PNG ignores
    return f"data:image/{kind};base64,{base64.b64encode(content.getvalue()).decode()}"


def tint(strength: Array, colour: tuple[int, int, int]) -> str:
    """A colour as strong as these numbers from 0 to 1 (height, width) say, as the URI of a PNG: clear at 0."""
    pixels = np.empty((*strength.shape, 4), np.uint8)
    pixels[..., :3], pixels[..., 3] = colour, np.rint(255 * strength)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "png")
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"


def side_by_side(row: Array, contributions: Array, size: tuple[int, int], box_average: int = 1) -> bytes:
    """A PNG: the picture as it was decoded, and beside it the map of the contributions. It is marked as ours,
    so that it is never taken for data.

    `size` is (height, width) of the network's input, each of whose pixels is drawn as the box that it is the mean of.
    """
    height, width = size[0] * box_average, size[1] * box_average
    left, right = row.reshape(height, width, -1).astype(np.uint8), contribution_map(contributions, size)
    left = np.broadcast_to(left, (height, width, 3))  # grey stays grey beside the colours of the map
    right = right.repeat(box_average, axis=0).repeat(box_average, axis=1)
    both = np.concatenate([left, np.full((height, max(1, width // 16), 3), 255, np.uint8), right], axis=1)
    factor = max(1, ENLARGED // max(height, width))
    image = Image.fromarray(both)
    content, text = io.BytesIO(), PngInfo()
    # so that it is never taken for data: a chunk directly after the header, where it is read quickly
    text.add_text("Software", SOFTWARE)
    image = image.resize((image.width * factor, image.height * factor), Image.Resampling.NEAREST)
    image.save(content, "png", pnginfo=text)
    return content.getvalue()
