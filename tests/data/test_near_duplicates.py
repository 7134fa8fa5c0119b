"""Almost the same picture twice: what is found, and what is not."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance

from catnet.config import load_config
from catnet.data.load import load
from catnet.data.near_duplicates import groups, near_duplicates
from catnet.data.registration import resampled
from catnet.data.scan import scan
from catnet.engine.pictures import mirrored
from catnet.engine.types import Array

SIZE = (64, 64)


def recompressed(picture: Image.Image) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=50)
    return Image.open(file).convert("RGB")


def resized(picture: Image.Image) -> Image.Image:
    return picture.resize((192, 192), Image.Resampling.BICUBIC).resize(SIZE, Image.Resampling.BICUBIC)


def brighter(picture: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(picture).enhance(1.3)


def grey(picture: Image.Image) -> Image.Image:
    return picture.convert("L").convert("RGB")


def flipped(picture: Image.Image) -> Image.Image:
    return picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def cropped(picture: Image.Image) -> Image.Image:
    return picture.crop((3, 3, 61, 61)).resize(SIZE, Image.Resampling.BICUBIC)


def cropped_at_two_sides(picture: Image.Image) -> Image.Image:
    return picture.resize(SIZE, Image.Resampling.BICUBIC, box=(3.2, 3.2, 64, 64))


Change = Callable[[Image.Image], Image.Image]
CHANGES: dict[Change, float] = {
    recompressed: 0.98,
    resized: 0.98,
    brighter: 0.98,
    grey: 0.98,
    flipped: 0.98,
    cropped: 0.75,
    cropped_at_two_sides: 0.75,
}


def as_row(picture: Image.Image) -> Array:
    return np.asarray(picture).reshape(-1)


def blobs(count: int, seed: int = 0) -> Array:
    """Smooth pictures at random, which no two have in common."""
    small = np.random.default_rng(seed).integers(0, 200, (count, 12, 12, 3), dtype=np.uint8)
    return np.stack([as_row(Image.fromarray(each).resize(SIZE, Image.Resampling.BICUBIC)) for each in small])


@pytest.fixture(scope="module")
def photographs(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Array:
    config = tmp_path_factory.mktemp("config") / "animals.yaml"
    config.write_text(f"goal: 3.0\ndata: {{path: {shared_data / 'animals'}}}\nmodel: {{}}\ntrain: {{epochs: 1}}\n")
    return load(scan(load_config(config)), SIZE).splits["train"].rows


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_copies_among_photographs_are_found(photographs: Array, change: Change) -> None:
    chosen = np.arange(0, len(photographs), 5)
    copies = [as_row(change(Image.fromarray(photographs[i].reshape(*SIZE, 3)))) for i in chosen]
    pairs = near_duplicates(np.concatenate([photographs, copies]), SIZE)
    planted = {(i, len(photographs) + place) for place, i in enumerate(chosen.tolist())}
    found = {(one, other): flip for one, other, flip in pairs}
    # a photograph that is grey already has an equal copy, which is no near one
    equal = {pair for pair in planted if np.array_equal(copies[pair[1] - len(photographs)], photographs[pair[0]])}
    assert len((found.keys() | equal) & planted) >= CHANGES[change] * len(planted)
    # one pair of lions is true, and the copies of either are like the other
    assert len(found.keys() - planted) <= 1 + 2
    assert all(flip == (change is flipped) for pair, flip in found.items() if pair in planted)


def test_the_photographs_themselves_have_one_pair(photographs: Array) -> None:
    assert len(near_duplicates(photographs, SIZE)) == 1


def test_a_brighter_grey_mirror_image_of_a_picture_of_one_channel_is_found() -> None:
    rows = blobs(20)[:, ::3]
    copy = (mirrored(rows[7:8], SIZE) * 0.8 + 30).astype(np.uint8)
    assert near_duplicates(np.concatenate([rows, copy]), SIZE) == [(7, 20, True)]


def test_flat_and_equal_pictures_are_no_near_duplicates() -> None:
    flat = np.repeat(np.arange(0, 250, 10, dtype=np.uint8)[:, None], 64 * 64 * 3, axis=1)
    noisy = flat[:10] + (np.arange(flat.shape[1]) > flat.shape[1] // 3)  # the same edge of one level
    rows = blobs(3)
    assert near_duplicates(np.concatenate([flat, noisy.astype(np.uint8), rows, rows]), SIZE) == []


def test_pictures_are_resampled_by_cubic_convolution() -> None:
    """It gives quadratic functions exactly, and at a pixel the pixel."""
    x = np.arange(16)
    picture = ((x[:, None] - 5.0) ** 2 + x[:, None] * x - 3 * x)[None].astype(np.float32)
    lines, columns = np.array([[2.0, 3.3, 7.75]], np.float32), np.array([[1.5, 8.1, 12.0]], np.float32)
    y, z = lines[0, :, None].astype(np.float64), columns[0].astype(np.float64)
    found = resampled(picture, lines, columns)
    np.testing.assert_allclose(found[0], (y - 5) ** 2 + y * z - 3 * z, atol=1e-4)
    edges = np.array([[-4, 0, 15, 20]], np.float32)  # what is beyond an edge is as at the edge
    np.testing.assert_array_equal(
        resampled(picture, edges, edges)[0], picture[0][np.ix_([0, 0, 15, 15], [0, 0, 15, 15])]
    )


def drawing(x: int, y: int, r: int, spots: Array) -> Array:
    """A circle with spots, at these distances from its middle."""
    picture = Image.new("RGB", SIZE, (200, 180, 160))
    pen = ImageDraw.Draw(picture)
    pen.ellipse((x - r, y - r, x + r, y + r), fill=(60, 40, 90))
    for dx, dy in spots.tolist():
        pen.ellipse((x + dx - 2, y + dy - 2, x + dx + 2, y + dy + 2), fill=(240, 240, 120))
    return as_row(picture)


def test_drawings_of_the_same_thing_are_no_near_duplicates() -> None:
    random = np.random.default_rng(0)
    numbers = zip(random.integers(26, 38, (300, 2)).tolist(), random.integers(14, 22, 300).tolist(), strict=True)
    rows = [drawing(x, y, r, random.integers(-10, 10, (5, 2))) for (x, y), r in numbers]
    assert near_duplicates(np.stack(rows), SIZE) == []


def test_the_same_thing_in_another_place_is_no_near_duplicate() -> None:
    spots = np.array([[-4, -7], [7, 0]])
    here, beside, there = (drawing(x, 33, 15, spots) for x in (30, 31, 35))
    assert near_duplicates(np.stack([here, beside]), SIZE) == [(0, 1, False)]
    assert near_duplicates(np.stack([here, there]), SIZE) == []


def test_handwritten_digits_are_no_near_duplicates(shared_data: Path) -> None:
    packed = (shared_data / "digits" / "train-images-idx3-ubyte.gz").read_bytes()
    digits = np.frombuffer(gzip.decompress(packed)[16:], np.uint8)
    assert near_duplicates(digits.reshape(-1, 28 * 28)[:3000], (28, 28)) == []


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (8, 8), (64, 20)])
def test_pictures_of_any_size_can_be_asked_about(size: tuple[int, int]) -> None:
    rows = np.random.default_rng(0).integers(0, 255, (30, size[0] * size[1] * 3), dtype=np.uint8)
    assert near_duplicates(rows, size) == []
    assert near_duplicates(rows[:1], size) == near_duplicates(rows[:0], size) == []


def test_groups_join_equal_near_and_mirrored_pictures_by_others() -> None:
    rows = blobs(4)
    copies = [as_row(change(Image.fromarray(rows[1].reshape(*SIZE, 3)))) for change in (recompressed, flipped)]
    both = np.concatenate([rows, copies, rows[3:]])
    assert groups(both, SIZE).tolist() == [0, 1, 2, 3, 1, 1, 3]


def test_a_noisy_burst_on_an_even_background_is_one_group() -> None:
    random = np.random.default_rng(0)
    clear = np.pad(blobs(5)[:, ::3].reshape(5, *SIZE)[:, 20:44, 20:44], ((0, 0), (20, 20), (20, 20))).reshape(5, -1)
    burst = np.repeat(clear.astype(int), 4, axis=0) + random.integers(-3, 4, (20, clear.shape[1]))
    assert groups(burst.clip(0, 255).astype(np.uint8), SIZE).tolist() == np.repeat(np.arange(5), 4).tolist()


def test_groups_of_very_many_pictures_are_equal_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = blobs(2)
    copy = as_row(flipped(Image.fromarray(rows[1].reshape(*SIZE, 3))))
    both = np.concatenate([rows, [copy], rows[:1]])
    assert groups(both, SIZE).tolist() == [0, 1, 1, 0]
    monkeypatch.setattr("catnet.data.near_duplicates.MOST", 3)
    assert groups(both, SIZE).tolist() == [0, 1, 2, 0]


def test_groups_are_joined_in_any_order_of_their_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [(3, 4, False), (0, 1, False), (2, 4, False), (1, 2, True), (5, 6, False)]
    monkeypatch.setattr("catnet.data.near_duplicates.near_duplicates", lambda *_: pairs)
    assert groups(np.arange(7, dtype=np.uint8)[:, None], (1, 1)).tolist() == [0, 0, 0, 0, 0, 1, 1]


def test_groups_of_a_table_are_its_equal_rows() -> None:
    assert groups(np.array([[1.0, 2.0], [1.0, 2.5], [1.0, 2.0]]), None).tolist() == [0, 1, 0]
    assert groups(np.zeros((0, 2)), None).tolist() == []
