"""Values, names and numbers as people read them."""

import pytest

from catnet.text import byte_size


@pytest.mark.parametrize(
    ("count", "words"),
    [(12, "12 bytes"), (999.7e6, "1 GB"), (1.5e9, "1.5 GB"), (123.4e6, "123 MB"), (5e12, "5,000 GB")],
)
def test_byte_size(count: float, words: str) -> None:
    assert byte_size(count) == words
