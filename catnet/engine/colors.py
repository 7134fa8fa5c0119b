"""What a pixel has: three colours or one brightness."""

from collections.abc import Sequence

RGB, GREY = "rgb", "grey"
CHANNELS = {RGB: 3, GREY: 1}  # the numbers per pixel


def shape_in_words(size: Sequence[int], colors: str) -> str:
    """`64 x 64 x 3`, or `64 x 64` of grey pictures, of the size (height, width)."""
    return " x ".join(map(str, size if colors == GREY else (*size, CHANNELS[colors])))
