"""What a page has inside: the run's pictures, or copies that every browser opens, or patterns; the rows of a table."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_process import Done
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from small_runs import BINARY, train_in

import catnet
from catnet.data.pictures import read_picture
from catnet.export import page
from catnet.export.examples import Example
from catnet.export.exported import Exported
from catnet.export.page_bare import bare
from catnet.export.page_pictures import Shown, as_shown, pictures_for
from catnet.export.page_table import another, as_row, rows_for
from catnet.model import Model
from catnet.question import Column, Question
from catnet.runs.checkpoints import load
from catnet.runs.find import find_model

Command = Callable[..., Done]


@pytest.fixture(scope="module")
def model(runs: dict[str, Path]) -> Model:
    return load(find_model(runs["3.0"])).model


def shown_of(image: Image.Image, kind: str, model: Model, path: Path, **options: object) -> Shown:
    """What a page shows of a picture that is in a file of that kind."""
    image.save(path, kind, **options)
    return as_shown(Example("mine", read_picture(path, (20, 20)).ravel(), path.read_bytes()), model)


def smooth(width: int, height: int) -> Image.Image:
    colours = np.random.default_rng(0).integers(0, 256, (3, 4, 3), np.uint8)
    return Image.fromarray(colours).resize((width, height), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(
    ("kind", "media"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("GIF", "image/png"), ("WEBP", "image/png")]
)
def test_what_a_file_says_besides_the_picture_stays_behind(
    model: Model, tmp_path: Path, kind: str, media: str, orientation: int
) -> None:
    exif, text = Image.Exif(), PngInfo()
    exif[0x0112], exif[0x010F], exif[0x013B] = orientation, "SECRET camera", "SECRET author"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 15.0), 29: "SECRET day"})
    text.add_text("Author", "SECRET")
    of_kinds: dict[str, dict[str, Any]] = {
        "PNG": {"pnginfo": text},
        "JPEG": {"comment": "SECRET", "progressive": True, "xmp": b"SECRET"},
        "GIF": {"comment": b"SECRET"},
        "WEBP": {"xmp": b"<x:xmpmeta>SECRET</x:xmpmeta>", "quality": 60},
    }
    smooth(31, 23).save(tmp_path / "mine", kind, exif=exif, **of_kinds[kind])
    content = (tmp_path / "mine").read_bytes()
    (tmp_path / "mine").write_bytes(content + b"SECRET")
    assert content.count(b"SECRET") >= 1
    row = read_picture(tmp_path / "mine", (20, 20)).ravel()
    shown = as_shown(Example("mine", row, content + b"SECRET"), model)
    assert (shown.media, shown.is_copy) == (media, False)
    assert b"SECRET" not in shown.file
    with Image.open(BytesIO(shown.file)) as image:
        kept = {0x0112: 6} if kind == "JPEG" and orientation == 6 else {}
        assert dict(image.getexif()) == kept
    (tmp_path / "bare").write_bytes(shown.file)
    np.testing.assert_array_equal(shown.row, row)
    np.testing.assert_array_equal(read_picture(tmp_path / "bare", (20, 20)).ravel(), row)


def test_a_jpeg_keeps_its_coded_pixels_and_its_colours(model: Model, tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    shown = shown_of(smooth(70, 50), "JPEG", model, tmp_path / "mine", icc_profile=profile)
    assert shown.file == (tmp_path / "mine").read_bytes()  # it said nothing else
    thumbnail = shown.file[:18] + b"\1\1" + shown.file[20:]
    assert bare(thumbnail) == shown.file
    for damaged in (shown.file[:-2], shown.file.replace(b"\xff\xdb", b"\0\xdb", 1)):
        with pytest.raises(ValueError, match=r"it has no end|no marker"):
            bare(damaged)


def test_a_large_file_is_inside_as_a_copy(model: Model, tmp_path: Path) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (300, 900, 3), np.uint8))
    shown = shown_of(noise, "PNG", model, tmp_path / "mine")
    assert shown.is_copy
    assert len(shown.file) < page.LARGEST_PAGE / 20
    with Image.open(BytesIO(shown.file)) as copy:
        assert copy.size == (240, 80)  # four times the model's 20 pixels, which is decoded whole
    (tmp_path / "copy").write_bytes(shown.file)
    np.testing.assert_array_equal(shown.row, read_picture(tmp_path / "copy", (20, 20)).ravel())


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        (smooth(70, 50), "TIFF"),
        (smooth(70, 50).convert("CMYK"), "JPEG"),
        (smooth(900, 700), "JPEG"),  # catnet has it decoded at a part of its size
    ],
)
def test_a_copy_is_made_of_what_browsers_read_otherwise(
    model: Model, tmp_path: Path, image: Image.Image, kind: str
) -> None:
    shown = shown_of(image, kind, model, tmp_path / "mine")
    assert (shown.media, shown.is_copy) == ("image/png", True)


@pytest.mark.parametrize(("kind", "size", "copied"), [("TIFF", (70, 50), (50, 70)), ("JPEG", (1200, 700), (80, 137))])
def test_a_copy_is_upright(
    model: Model, tmp_path: Path, kind: str, size: tuple[int, int], copied: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    shown = shown_of(smooth(*size), kind, model, tmp_path / "mine", exif=exif)
    with Image.open(BytesIO(shown.file)) as copy:
        assert (copy.size, "exif" in copy.info) == (copied, False)
    (tmp_path / "copy").write_bytes(shown.file)
    np.testing.assert_array_equal(shown.row, read_picture(tmp_path / "copy", (20, 20)).ravel())


def test_a_picture_of_an_array_is_inside_as_a_png(model: Model) -> None:
    row = np.random.default_rng(0).integers(0, 256, 1200, np.uint8)
    shown = as_shown(Example("X:0", row), model)
    assert (shown.media, shown.is_copy) == ("image/png", True)
    np.testing.assert_array_equal(shown.row, row)


def test_none_of_the_runs_pictures_are_inside(runs: dict[str, Path], command: Command, tmp_path: Path) -> None:
    with_them = command("export", runs["1.0"], "--format", "page", "--output", tmp_path / "with.html")
    assert "note: 3 pictures of the run are inside the page: test/cat/0.png, test/dog/3.png" in with_them.err
    assert "answers about 3 pictures of the run as catnet does, within " in with_them.out
    done = command("export", runs["1.0"], "--format", "page", "--no-examples", "--output", tmp_path / "without.html")
    assert "answers about 3 test patterns as catnet does, within " in done.out
    assert "inside" not in done.err
    assert b"cat/0.png" in (tmp_path / "with.html").read_bytes()
    assert b"cat/0.png" not in (tmp_path / "without.html").read_bytes()


def test_patterns_take_the_place_of_pictures_that_are_gone(animals: Path, tmp_path: Path) -> None:
    run = train_in(tmp_path, BINARY.replace("path: data", "path: animals"), "data.image_size=[8,8]")
    animals.rename(tmp_path / "elsewhere")
    exported = Exported(find_model(run), load(find_model(run)).model)
    shown = pictures_for(exported)
    assert [each.media for each in shown] == ["image/jpeg", "image/png", "image/jpeg"]
    assert "the run's data cannot be read" in exported.notes[0]
    assert "3 test patterns" in page.make(exported).said


@pytest.fixture
def passengers(tables: Path, tmp_path: Path) -> Exported:
    """A model of a table with texts and missing cells."""
    data = {"path": tables / "passengers", "target": "survived", "classes": ["yes"], "ignore": ["id", "name"]}
    config = {"goal": "1.0", "data": {**data, "missing": "fill"}, "train": {"epochs": 5}}
    run = catnet.train(config, run_dir=tmp_path / "run")
    return Exported(find_model(run.path), run.model)


def test_the_cells_of_rows(passengers: Exported) -> None:
    rows = rows_for(passengers)
    np.testing.assert_array_equal([each.row for each in rows], passengers.rows)
    assert rows[0].cells[0] in ("first", "second", "third")


def test_a_missing_cell_is_empty(passengers: Exported) -> None:
    question = passengers.model.question
    assert passengers.catalog is not None
    listing = passengers.catalog.splits["train"]
    assert listing.cells is not None and listing.rows is not None
    age = (question.features or ()).index("age")
    place = int(np.isnan(listing.cells.values[:, age]).argmax())
    shown = as_row(Example("one", listing.rows[place]), question)
    assert shown.cells[age] == ""
    np.testing.assert_array_equal(shown.row, listing.rows[place])


def test_drawn_rows_are_rows_of_a_table(passengers: Exported) -> None:
    hidden = Exported(passengers.path, passengers.model, shows_examples=False)
    assert {each.cells[0] for each in rows_for(hidden)} <= {"first", "second", "third"}
    made = page.make(hidden)
    assert "answers about 3 made-up rows as catnet does, within " in made.said
    assert made.notes == ()


def test_a_text_of_no_category() -> None:
    question = Question(
        "regression",
        target="price",
        features=("port", "place"),
        encoded=(Column("port", ("a", "b")), Column("place", ("(another)",), 0.0)),
    )
    shown = as_row(Example("one", np.zeros(3)), question)
    assert shown.cells == ["(another)", ""]
    assert as_row(Example("one", np.array([0.0, 1.0, 1.0])), question).cells == ["b", "(another)"]
    assert another(question.encoded[1]) == "((another))"
