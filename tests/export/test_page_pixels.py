"""The page has the pixels that catnet has: resized, grey, averaged over boxes, mirrored, over white; under Node.js."""

import os
from collections.abc import Iterator

import numpy as np
import pytest
from page_scripts import as_bytes, as_text, in_node
from PIL import Image

from catnet.data.rgb import resized
from catnet.engine.pictures import box_average, mirrored

RANDOM = np.random.default_rng(17)
MORE = 300 if os.environ.get("CATNET_SOAK") else 30
SIZES = [
    (1, 1, 1, 1), (1, 1, 5, 3), (7, 5, 7, 5), (64, 48, 16, 16), (5, 9, 64, 64), (200, 2, 8, 8), (201, 2, 8, 8),
    (101, 1, 4, 9), (1, 300, 8, 8), (450, 3, 500, 2), (33, 47, 33, 20), (33, 47, 20, 47),
]  # fmt: skip


def sizes() -> Iterator[tuple[int, int, int, int]]:
    """Height and width, of the old and the new picture."""
    yield from SIZES
    for _ in range(MORE):
        height, width, new_height, new_width = np.exp(RANDOM.uniform(0, np.log(300), 4)).astype(int).tolist()
        yield height, width, new_height, new_width


def test_resized_bit_for_bit_as_pillow_does_it() -> None:
    cases = []
    for place, (height, width, *new) in enumerate(sizes()):
        values = RANDOM.integers(0, 256, (height, width, 3 - 2 * (place % 2)))
        if place % 3 == 0:
            values = np.where(values > 127, 255, 0)  # edges, beyond which the interpolation shoots
        cases.append((values.astype(np.uint8), new))
    found = in_node(
        "given.map(([text, ...sizes]) => asBase64(resized(fromBase64(text), ...sizes)))",
        [
            [as_text(picture), picture.shape[1], picture.shape[0], picture.shape[2], new[1], new[0]]
            for picture, new in cases
        ],
    )
    for (picture, (height, width)), text in zip(cases, found, strict=True):
        wanted = resized(Image.fromarray(picture.squeeze(2) if picture.shape[2] == 1 else picture), width, height)
        assert as_bytes(text).tobytes() == wanted.tobytes(), (picture.shape, height, width)


def test_grey_is_pillows() -> None:
    pixels = RANDOM.integers(0, 256, (200, 100, 3), dtype=np.uint8)
    pixels[0, 0] = 0, 52, 184  # whose brightness is 51.5 exactly
    found = as_bytes(in_node("asBase64(grey(fromBase64(given)))", as_text(pixels)))
    assert found.tobytes() == Image.fromarray(pixels).convert("L").tobytes()


def test_over_white_is_pillows_of_every_value_and_alpha() -> None:
    value, alpha = (each.astype(np.uint8) for each in np.mgrid[:256, :256])
    rgba = Image.fromarray(np.stack([value, value, value, alpha], axis=2))
    wanted = np.asarray(Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba))[..., 0]
    found = in_node(
        "Array.from({ length: 256 }, (_, value) => Array.from({ length: 256 }, (_, alpha) => overWhite(value, alpha)))"
    )
    assert (np.array(found) == wanted).all()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_boxes_and_mirror_images_are_those_of_the_engine(factor: int, channels: int) -> None:
    size = (5, 7)
    row = RANDOM.integers(0, 256, 35 * factor**2 * channels, dtype=np.uint8)
    found = in_node(
        "given.map(([name, text, ...rest]) => asBase64({ boxAverage, mirrored }[name](fromBase64(text), ...rest)))",
        [
            ["boxAverage", as_text(row), size, factor, channels],
            ["mirrored", as_text(row), [5 * factor, 7 * factor], channels],
        ],
    )
    assert as_bytes(found[0]).tobytes() == box_average(row[None], size, factor).tobytes()
    assert as_bytes(found[1]).tobytes() == mirrored(row, (5 * factor, 7 * factor)).tobytes()
