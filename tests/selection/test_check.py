"""catnet check: each thing that it looks for, found if it is there, and not if it is not; codes, JSON and page."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_process import Done
from PIL import Image

from catnet.config import load_config
from catnet.errors import ConfigError
from catnet.goals import REGRESSION
from catnet.report import is_page
from catnet.report.checked import write_checked
from catnet.selection.check.check import Checked, check
from catnet.selection.check.columns import LEAK, share_left
from catnet.selection.check.finding import FAULT, PASS, WARNING, Finding
from catnet.selection.check.informative import answers_by_category, answers_by_number, binned, pooled

ROOT = Path(__file__).resolve().parents[2]
Command = Callable[..., Done]
Check = Callable[..., Checked]
SETTINGS = "model: {initialization: zeros}\ntrain: {epochs: 2, learning_rate: 1e-4}\n"


def picture(random: np.random.Generator, brightness: int) -> Image.Image:
    """Smooth clouds, brighter or darker, of 24 x 24 pixels."""
    small = random.integers(0, 100, (9, 9, 3)) + brightness
    return Image.fromarray(small.astype(np.uint8)).resize((24, 24), Image.Resampling.BICUBIC)


def draw(folder: Path, counts: Mapping[str, tuple[int, int]], seed: int = 0) -> Path:
    """So many pictures of a day and of a night in each split."""
    random = np.random.default_rng(seed)
    for split, numbers in counts.items():
        for name, count, brightness in zip(("day", "night"), numbers, (110, 20), strict=True):
            (folder / split / name).mkdir(parents=True, exist_ok=True)
            for i in range(count):
                picture(random, brightness).save(folder / split / name / f"{i:02}.png")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Pictures with which all is well."""
    return draw(tmp_path / "data", {"train": (30, 30), "test": (40, 40)})


@pytest.fixture
def checked(tmp_path: Path) -> Check:
    """Checks a configuration of the pictures, or of another path, with more settings of the section data."""

    def checked(more: str = "", path: str = "data", settings: str = SETTINGS, goal: str = "3.0") -> Checked:
        config = tmp_path / "config.yaml"
        size = "" if path.endswith(".csv") else "image_size: [24, 24], "
        config.write_text(f"goal: {goal}\ndata: {{path: {path}, {size}{more}}}\n{settings}")
        return check(load_config(config))

    return checked


def of(checked: Checked, name: str) -> list[Finding]:
    return [finding for finding in checked.findings if finding.check == name]


def kinds(checked: Checked) -> dict[str, str]:
    """The checks that found a warning or a fault."""
    return {finding.check: finding.kind for finding in checked.findings if finding.kind != PASS}


def test_good_pictures_pass(data: Path, checked: Check) -> None:
    found = checked()
    assert kinds(found) == {}
    assert [finding.check for finding in found.findings] == [
        "reading", "equal examples", "near duplicates", "classes", "number of examples", "balance",
        "properties of the files", "labels", "interval", "needs", "learning rate",
    ]  # fmt: skip
    assert found.findings[0].line == "60 training and 80 test pictures can be read"
    assert not found.has_faults


def test_all_bad_pictures_are_listed_and_the_others_checked(data: Path, checked: Check) -> None:
    for name in ("a.png", "b.jpg"):
        (data / "train" / "day" / name).write_bytes(b"no picture")
    found = checked()
    (bad,) = of(found, "bad examples")
    assert (bad.kind, bad.facts) == (FAULT, {"count": 2})
    assert [Path(detail.split(": ")[0]).name for detail in bad.details] == ["a.png", "b.jpg"]
    assert kinds(found) == {"bad examples": FAULT} and of(found, "needs")
    assert kinds(checked("bad_images: skip")) == {"bad examples": WARNING}


def test_equal_pictures_with_different_labels_are_a_fault_unless_they_are_allowed(data: Path, checked: Check) -> None:
    for name in ("00.png", "01.png"):
        shutil.copy(data / "train" / "day" / name, data / "train" / "night" / f"copy {name}")
    found = checked()
    (wrong,) = of(found, "contradictions")
    assert (wrong.kind, len(wrong.details), len(wrong.facts["pairs"])) == (FAULT, 2, 2)
    assert wrong.details[0] == "train/day/00.png = train/night/copy 00.png"
    assert of(found, "equal examples") == [] and found.has_faults
    assert kinds(checked("duplicates: allow")) == {"contradictions": WARNING}
    with_labels_merged = checked("duplicates: merge", goal="2.0")
    assert of(with_labels_merged, "contradictions") == []


def test_copies_across_splits_and_within_are_warnings(data: Path, checked: Check) -> None:
    shutil.copy(data / "train" / "day" / "00.png", data / "test" / "day" / "copy.png")
    shutil.copy(data / "test" / "night" / "00.png", data / "test" / "night" / "copy.png")
    found = checked()
    across, within = of(found, "equal examples")
    assert across.line == "1 of the 82 test pictures is also in the training data"
    assert across.details == ("test/day/copy.png = train/day/00.png",)
    assert within.line == "1 of the 82 test pictures repeats another of them"
    assert kinds(found) == {"equal examples": WARNING}


def test_copies_are_no_further_examples(tmp_path: Path, checked: Check) -> None:
    data = draw(tmp_path / "data", {"train": (30, 30), "test": (40, 40)})
    for path in sorted(data.rglob("*.png")):
        if int(path.stem) % 5:  # of each five the first alone is no copy
            shutil.copy(path.parent / f"{int(path.stem) // 5 * 5:02}.png", path)
    for i in range(5):  # which have been seen
        shutil.copy(data / "train" / "day" / "00.png", data / "test" / "day" / f"{i:02}.png")
    found = checked()
    (few,), (interval,) = of(found, "number of examples"), of(found, "interval")
    assert (few.kind, few.facts) == (WARNING, {"examples": {"day": 6, "night": 6}})
    assert few.line == "2 classes with less than 20 training examples, copies counted once"
    assert interval.facts["examples"] == 15 and "15 test pictures, copies counted once" in interval.line


def test_rows_of_few_different_values_are_no_copies(checked: Check, tmp_path: Path, columns: dict[str, Any]) -> None:
    few = {"a": columns["age"] % 2, "b": columns["age"] % 3, "price": columns["price"].round(-2)}
    found = table(checked, tmp_path, few, "validation_fraction: 0.4")
    assert of(found, "number of examples")[0].facts == {"examples": 120}
    assert of(found, "interval")[0].facts["examples"] == 80
    twice = {name: np.append(values, values[:50]) for name, values in columns.items()}
    assert of(table(checked, tmp_path, twice, "validation_fraction: 0"), "number of examples")[0].facts == {
        "examples": 200
    }


def test_near_duplicates_are_shown_in_pairs(data: Path, checked: Check) -> None:
    train = Image.open(data / "train" / "day" / "05.png")
    train.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(data / "test" / "night" / "mirror.png")
    train.resize((48, 48), Image.Resampling.BICUBIC).convert("L").save(data / "train" / "day" / "large.png")
    across, within = of(checked(), "near duplicates")
    # the two copies are mirror images of each other as well
    assert across.details == (
        "train/day/05.png ~ test/night/mirror.png (mirrored, different labels)",
        "train/day/large.png ~ test/night/mirror.png (mirrored, different labels)",
    )
    assert within.details == ("train/day/05.png ~ train/day/large.png",)
    assert across.facts["pairs"][0] == {
        "pair": [{"split": "train", "name": "train/day/05.png"}, {"split": "test", "name": "test/night/mirror.png"}],
        "equal": False, "mirrored": True, "same_labels": False,
    }  # fmt: skip


def test_a_class_may_be_rare_few_or_missing(tmp_path: Path, checked: Check) -> None:
    draw(tmp_path / "data", {"train": (65, 12), "test": (40, 0)})
    shutil.rmtree(tmp_path / "data" / "test" / "night")
    found = checked()
    expected = {"classes": WARNING, "number of examples": WARNING, "balance": WARNING}
    assert {name: kind for name, kind in kinds(found).items() if name in expected} == expected
    assert of(found, "classes")[0].line == "the test data has no example of night"
    assert of(found, "number of examples")[0].details == ("night: 12",)
    assert of(found, "balance")[0].facts == {"largest": "day", "smallest": "night", "ratio": 65 / 12}
    weighted = checked(settings=SETTINGS.replace("{epochs", "{class_weights: balanced, epochs"))
    assert "balance" not in kinds(weighted)


@pytest.mark.parametrize("shortcut", ["format", "size", "mode", "camera", "orientation"])
def test_what_the_files_say_of_the_class_is_a_shortcut(data: Path, checked: Check, shortcut: str) -> None:
    for path in data.glob("*/day/*.png"):
        image, exif = Image.open(path), Image.Exif()
        exif[0x0110 if shortcut == "camera" else 0x0112] = "Box 1" if shortcut == "camera" else 1
        if shortcut == "size":
            image.resize((30, 30)).save(path)
        elif shortcut == "mode":
            image.convert("P").save(path)
        else:
            path.unlink()
            image.save(path.with_suffix(".jpg"), exif=b"" if shortcut == "format" else exif)
    found = of(checked(), "properties of the files")
    told = {finding.facts["property"]: finding for finding in found}
    assert {finding.kind for finding in found} == {WARNING}
    assert told[shortcut].facts | {"value": 1.0} == told[shortcut].facts
    assert set(told) == {shortcut} | ({"format"} if shortcut in ("camera", "orientation") else set())
    assert len(told[shortcut].details) == 2


Save = Callable[[Image.Image, Path, bool, np.random.Generator], None]


def of_many_sizes(image: Image.Image, path: Path, is_day: bool, random: np.random.Generator) -> None:
    image.resize(random.integers(20, 60, 2) if is_day else random.integers(64, 99, 2)).save(path)


def portraits(image: Image.Image, path: Path, is_day: bool, random: np.random.Generator) -> None:
    width = int(random.integers(20, 90))
    image.resize((width, int(width * 1.5 if is_day else width / 1.5))).save(path)


def scraped(image: Image.Image, path: Path, is_day: bool, random: np.random.Generator) -> None:
    image.resize((40, 30) if is_day and int(path.stem) % 2 else random.integers(20, 90, 2)).save(path)


def of_a_quality(image: Image.Image, path: Path, is_day: bool, random: np.random.Generator) -> None:
    path.unlink()
    image.save(path.with_suffix(".jpg"), quality=95 if is_day else 60)


def with_wrong_suffixes(image: Image.Image, path: Path, is_day: bool, random: np.random.Generator) -> None:
    path.unlink()
    image.save(path.with_suffix(".png" if is_day else ".jpg"), format="JPEG")


def of_a_program(image: Image.Image, path: Path, is_day: bool, random: np.random.Generator) -> None:
    exif = Image.Exif()
    exif[0x0131] = "Paint" if is_day else "Draw"
    image.save(path, exif=exif)


def of_two_artists(image: Image.Image, path: Path, is_day: bool, random: np.random.Generator) -> None:
    exif = Image.Exif()
    exif[0x013B] = "Ann" if is_day else "Bob"
    image.save(path, exif=exif)


def of_two_years(image: Image.Image, path: Path, is_day: bool, random: np.random.Generator) -> None:
    """Each picture of a day of its own; those of one class say it where cameras do."""
    exif, day = Image.Exif(), f"{random.integers(1, 13):02}:{random.integers(1, 29):02} 10:00:00"
    if is_day:
        exif[0x0132] = f"2019:{day}"
    else:
        exif[0x8769] = {0x9003: f"2021:{day}"}
    image.save(path, exif=exif)


def of_two_subsamplings(image: Image.Image, path: Path, is_day: bool, random: np.random.Generator) -> None:
    path.unlink()
    image.save(path.with_suffix(".jpg"), subsampling=0 if is_day else 2)


@pytest.mark.parametrize(
    ("save", "shortcut", "least"),
    [
        (of_many_sizes, "width", 0.95),
        (portraits, "aspect ratio", 0.95),
        (scraped, "size", 0.7),
        (of_a_quality, "JPEG quality", 1),
        (with_wrong_suffixes, "format", 1),
        (of_a_program, "software", 1),
        (of_two_artists, "artist", 1),
        (of_two_years, "date", 0.9),
        (of_two_subsamplings, "JPEG subsampling", 1),
    ],
)
def test_a_shortcut_of_many_values_is_told_once(
    data: Path, checked: Check, save: Save, shortcut: str, least: float
) -> None:
    random = np.random.default_rng(0)
    for path in sorted(data.rglob("*.png")):
        save(Image.open(path).copy(), path, path.parent.name == "day", random)
    (told,) = of(checked(), "properties of the files")
    assert (told.kind, told.facts["property"]) == (WARNING, shortcut)
    assert told.facts["value"] >= least
    assert told.details and all("day" in detail or "night" in detail for detail in told.details)
    assert not any(detail.startswith("none") for detail in told.details)  # every file says it


@pytest.mark.parametrize(("count", "line"), [(10, "format of the files alone"), (9, "not looked at: of less than 20")])
def test_of_few_files_a_perfect_shortcut_is_told_and_of_fewer_that_none_is_looked_for(
    tmp_path: Path, checked: Check, count: int, line: str
) -> None:
    for path in sorted(draw(tmp_path / "data", {"train": (count, count)}).rglob("night/*.png")):
        Image.open(path).save(path.with_suffix(".jpg"))
        path.unlink()
    (told,) = of(checked(), "properties of the files")
    assert line in told.line and (told.kind == WARNING) == (count == 10)


def test_a_shortcut_that_tells_little_is_told_and_passes(tmp_path: Path, checked: Check) -> None:
    data = draw(tmp_path / "data", {"train": (160, 240), "test": (40, 60)})
    for number, path in enumerate(sorted(data.rglob("day/*.png"))):
        if number < 15:
            Image.open(path).resize((30, 30)).save(path)
    (told,) = of(checked(), "properties of the files")
    assert (told.kind, told.facts["property"]) == (PASS, "size")
    assert (told.facts["value"], told.facts["trivial"]) == (0.63, 0.6)
    assert "accuracy 63.0%, the trivial answer accuracy 60.0%: that is little" in told.line


def test_a_shortcut_of_a_rare_class_is_one(tmp_path: Path, checked: Check) -> None:
    data = draw(tmp_path / "data", {"train": (10, 240), "test": (4, 100)})
    for path in sorted(data.rglob("night/*.png")):
        Image.open(path).save(path.with_suffix(".jpg"))
        path.unlink()
    (told,) = of(checked(), "properties of the files")
    assert (told.kind, told.facts["property"], told.facts["value"]) == (WARNING, "format", 1.0)
    assert told.facts["trivial"] > 0.95  # of which only 4 points are left


@pytest.mark.parametrize("seed", range(3))
def test_a_property_that_has_nothing_to_do_with_the_class_is_no_shortcut(data: Path, checked: Check, seed: int) -> None:
    random = np.random.default_rng(seed)
    for path in data.rglob("*.png"):
        image = Image.open(path)
        image.resize((24, int(24 + random.integers(4))), Image.Resampling.BICUBIC).save(path)
    (passed,) = of(checked(), "properties of the files")
    assert passed.kind == PASS and "none tells the answer" in passed.line


def test_the_interval_is_wide_with_few_examples(tmp_path: Path, checked: Check) -> None:
    draw(tmp_path / "data", {"train": (30, 30), "test": (5, 5)})
    (interval,) = of(checked(), "interval")
    assert interval.kind == WARNING and interval.facts["examples"] == 10
    assert interval.facts["low"] < 0.75 <= interval.facts["accuracy"]
    shutil.rmtree(tmp_path / "data" / "test")
    (none,) = of(checked("validation_fraction: 0"), "interval")
    assert none.line == "there is no test and no validation data: no result can be measured"


def test_the_learning_rate_is_held_against_its_limit(data: Path, checked: Check) -> None:
    (stable,) = of(checked(), "learning rate")
    limit = stable.facts["limit"]
    assert stable.kind == PASS and stable.facts["learning_rate"] <= limit
    (above,) = of(checked(settings=SETTINGS.replace("1e-4", f"{2 * limit}")), "learning rate")
    assert above.kind == PASS and above.line.endswith("2 times that")
    (too_high,) = of(checked(settings=SETTINGS.replace("1e-4", f"{5 * limit}")), "learning rate")
    assert too_high.kind == WARNING and too_high.line.endswith("5 times that")
    (tested,) = of(
        checked(settings="model: {hidden_layers: [8]}\ntrain: {epochs: 2, batch_size: 10}\n"), "learning rate"
    )
    assert tested.line.startswith("a range test finds") and tested.facts["limit"] is None
    wide = "model: {hidden_layers: [512]}\ntrain: {epochs: 2}\n"
    assert "lr-find makes a range test" in of(checked(settings=wide), "learning rate")[0].line


def test_too_little_memory_is_a_fault(data: Path, checked: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catnet.engine.memory.available_memory", lambda: 1e4)
    found = checked()
    assert kinds(found) == {"needs": FAULT} and "of memory" in of(found, "needs")[0].line
    (labels,) = of(found, "labels")
    assert labels.line.startswith("not looked at: to find wrong labels needs")


def test_what_cannot_be_read_at_all_is_a_fault(checked: Check) -> None:
    found = checked(path="nowhere")
    assert [(finding.kind, finding.check) for finding in found.findings] == [(FAULT, "reading")]
    assert found.dataset is None


def test_wrong_classes_are_a_fault_and_the_data_is_checked_without_them(data: Path, checked: Check) -> None:
    found = checked("classes: [day, dawn]")
    assert kinds(found)["reading"] == FAULT
    assert of(found, "reading")[-1].line == "60 training and 80 test pictures can be read" and of(found, "needs")


def test_what_goes_wrong_without_them_is_not_said(data: Path, checked: Check) -> None:
    found = checked("classes: [dawn]", goal="1.0")
    assert [(finding.kind, "class dawn of" in finding.line) for finding in found.findings] == [(FAULT, True)]


def test_what_the_configuration_lacks_is_an_error_in_it(data: Path, checked: Check) -> None:
    early = "model: {}\ntrain: {epochs: 2, early_stopping: {metric: validation_cost, patience: 2}}\n"
    with pytest.raises(ConfigError, match="early_stopping"):
        checked("validation_fraction: 0", settings=early)


def test_the_labels_to_look_at_are_a_list_and_no_verdict(data: Path, checked: Check) -> None:
    (data / "train" / "day" / "03.png").rename(data / "train" / "night" / "moved.png")
    found = checked()
    (labels,) = of(found, "labels")
    assert labels.kind == PASS and labels.facts["metric"] == "accuracy"
    assert labels.facts["suspects"][0] | {"margin": 0} == {
        "row": 59, "name": "train/night/moved.png", "given": "night", "suggested": "day", "margin": 0, "far": None,
    }  # fmt: skip


def test_of_examples_that_are_all_equal_no_labels_are_looked_at(tmp_path: Path, checked: Check) -> None:
    data = draw(tmp_path / "data", {"train": (6, 6)})
    for path in sorted(data.rglob("*.png"))[1:]:
        shutil.copy(data / "train" / "day" / "00.png", path)
    (labels,) = of(checked("duplicates: allow"), "labels")
    assert (labels.kind, labels.line) == (PASS, "not looked at: no two training examples differ")


def test_there_is_no_list_by_a_classifier_that_is_no_better_than_the_trivial_answer(
    tmp_path: Path, checked: Check
) -> None:
    random = np.random.default_rng(0)
    for number in range(60):
        folder = tmp_path / "data" / f"class {number:02}"
        folder.mkdir(parents=True)
        for i in range(2):
            picture(random, 60).save(folder / f"{i}.png")
    found = checked()
    (labels,), page = of(found, "labels"), tmp_path / "page.html"
    assert labels.line.startswith("no list: ") and "no better than the trivial answer (" in labels.line
    assert labels.details == () and labels.facts["suspects"] == []
    write_checked(page, "c.yaml", found)
    assert "Labels to look at first" not in page.read_text()
    for line in (of(found, "classes")[0].line, of(checked("validation_fraction: 0"), "classes")[0].line):
        assert line.endswith(" more") and len(line) < 200


def test_a_class_that_merging_leaves_missing_is_told_once(tmp_path: Path, checked: Check) -> None:
    data = draw(tmp_path / "data", {"train": (22, 22), "test": (40, 0)})
    (data / "test" / "night").rmdir()
    (data / "train" / "dawn").mkdir()
    for path in sorted((data / "test" / "day").glob("0*.png")):  # which are a dawn too
        shutil.copy(path, data / "train" / "dawn")
    found = checked("duplicates: merge", goal="2.0")
    assert [f.line for f in found.findings if "no example of" in f.line] == ["the test data has no example of night"]


def test_a_category_is_answered_by_the_other_folds_alone() -> None:
    Y, folds = np.array([[1.0, 0, 1, 1, 0, 0]]), np.array([0, 0, 1, 1, 2, 2])
    each_its_own = answers_by_category(np.arange(6), Y, folds)
    assert each_its_own.tolist() == [[0.5, 0.5, 0.25, 0.25, 0.75, 0.75]]  # the means of the other folds
    shared = answers_by_category(np.array([7, 8, 7, 8, 7, 8]), Y, folds)
    assert shared.tolist() == [[0.5, 0.5, 0.5, 0, 1, 0.5]]


def test_rare_values_are_one_category() -> None:
    assert pooled(np.array(["a", *"bbbbb", "c"])).tolist() == [-1, 1, 1, 1, 1, 1, -1]
    assert pooled(np.array([np.nan] * 5 + [1.0])).tolist() == [1, 1, 1, 1, 1, -1]


def test_a_category_that_no_other_fold_has_is_answered_otherwise() -> None:
    Y, folds = np.array([[1.0, 2, 3, 4]]), np.array([0, 0, 1, 1])
    answers = answers_by_category(np.array([0, 1, 0, 2]), Y, folds, np.array([[6.0, 7, 8, 9]]))
    assert answers.tolist() == [[3, 7, 1, 9]]


def test_equal_numbers_are_no_neighbours_by_their_places() -> None:
    Y = np.repeat([[0.0, 1.0]], 200, axis=1)  # sorted by its label, as class folders are
    answers = answers_by_number(np.zeros(400), Y)
    assert np.corrcoef(answers[0], Y[0])[0, 1] < 0.3


def test_bins_are_of_as_many_numbers_each() -> None:
    numbers = np.random.default_rng(0).permutation(320).astype(float)
    assert np.bincount(binned(numbers)).tolist() == [20] * 16
    assert (np.diff(binned(np.sort(numbers))) >= 0).all()
    assert set(binned(np.append(numbers[:15], np.nan)).tolist()) == {-1, 0}


def test_a_number_is_answered_by_its_neighbours() -> None:
    answers = answers_by_number(np.array([3.0, 1, 2, 5, 4]), np.array([[30.0, 10, 20, 50, 40]]))
    assert answers.tolist() == [[30, 25, 80 / 3, 35, 100 / 3]]


def rows(path: Path, columns: Mapping[str, Any]) -> None:
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    path.write_text("\n".join([*lines, ""]))


@pytest.fixture
def columns() -> dict[str, Any]:
    """A table with which all is well: a price, and what has to do with it."""
    random = np.random.default_rng(0)
    area, age = random.uniform(50, 150, 200).round(2), random.integers(0, 40, 200)
    return {"area": area, "age": age, "price": (3 * area - 2 * age + random.normal(0, 40, 200)).round(3)}


def table(
    checked: Check, tmp_path: Path, columns: Mapping[str, Any], more: str = "", goal: str = "regression"
) -> Checked:
    rows(tmp_path / "t.csv", columns)
    target = "target: price" if goal == "regression" else "target: kind"
    return checked(f"{target}, {more}", "t.csv", "model: {}\ntrain: {epochs: 2, learning_rate: 0.01}\n", goal)


def test_a_good_table_passes(checked: Check, tmp_path: Path, columns: dict[str, Any]) -> None:
    found = table(checked, tmp_path, columns, "validation_fraction: 0.4")
    assert kinds(found) == {}
    assert {"leaks", "constant columns", "identifiers"} <= {finding.check for finding in found.findings}


def test_of_a_single_row_the_words_are_those_of_one(checked: Check, tmp_path: Path) -> None:
    found = table(checked, tmp_path, {"a": [1], "price": [3]}, "validation_fraction: 0")
    assert of(found, "reading")[0].line == "1 training row can be read"
    assert of(found, "number of examples")[0].line == "there is 1 training example"


def test_of_few_rows_it_is_said_that_no_leak_is_looked_for(checked: Check, tmp_path: Path) -> None:
    (leaks,) = of(table(checked, tmp_path, {"a": range(19), "price": range(19)}, "validation_fraction: 0"), "leaks")
    assert leaks.line == "not looked for: of less than 20 rows chance cannot be told"


def test_a_column_that_says_the_answer_is_a_leak(checked: Check, tmp_path: Path, columns: dict[str, Any]) -> None:
    noise = np.random.default_rng(1).normal(0, 4, 200)
    columns = {"tax": columns["price"] * 0.2 + 7, "nearly": columns["price"] + noise, **columns}
    found = of(table(checked, tmp_path, columns), "leaks")
    assert [(finding.kind, finding.facts["column"]) for finding in found] == [(WARNING, "tax"), (WARNING, "nearly")]
    assert found[0].facts["error_left"] < found[1].facts["error_left"] < 0.03


@pytest.mark.parametrize("of_it", ["equal", "rounded", "with tax", "missing"])
@pytest.mark.parametrize("drawn", ["normal", "lognormal", "wider", "pareto", "counts"])
def test_a_copy_of_any_target_is_a_leak(drawn: str, of_it: str) -> None:
    random = np.random.default_rng(3)
    y = {
        "normal": lambda: random.normal(0, 3, 200).round(4),
        "lognormal": lambda: random.lognormal(3, 1.2, 200).round(4),
        "wider": lambda: random.lognormal(4, 2, 200).round(4),
        "pareto": lambda: (random.pareto(1.5, 200) * 100).round(4),
        "counts": lambda: random.poisson(3, 200).astype(float),
    }[drawn]()
    copy = {"equal": y, "rounded": y.round(), "with tax": (1.2 * y + 3).round(4), "missing": y.copy()}[of_it]
    if of_it == "missing":
        copy[:3] = np.nan
    folds, noise = np.arange(200) % 5, random.normal(0, 1, 200) * y.std()
    assert share_left(REGRESSION, copy, False, y[None], folds) <= (0 if of_it == "equal" else LEAK)
    assert share_left(REGRESSION, random.permutation(copy), False, y[None], folds) > 0.5
    assert share_left(REGRESSION, np.nan_to_num(copy) + noise, False, y[None], folds) > 0.2


@pytest.mark.parametrize("seed", range(5))
def test_of_few_rows_equal_cells_answer_and_near_ones_where_there_are_none(seed: int) -> None:
    y, folds = np.random.default_rng(seed).poisson(3, 40).astype(float), np.arange(40) % 5
    assert share_left(REGRESSION, y**2, False, y[None], folds) <= LEAK


def test_what_never_varies_is_no_leak() -> None:
    same, other, folds = np.ones(40), np.arange(40.0), np.arange(40) % 5
    assert share_left(REGRESSION, same, False, other[None], folds) > 0.8
    assert share_left(REGRESSION, other, False, same[None], folds) == 1


def test_an_identifier_is_one_under_any_name(checked: Check, tmp_path: Path, columns: dict[str, Any]) -> None:
    shuffled = np.random.default_rng(1).permutation(200) + 1000
    for split in ("", "train,test"):
        parts = {"split": np.array(split.split(","))[np.arange(200) % 2]} if split else {}
        (told,) = of(table(checked, tmp_path, {"n": shuffled, **columns, **parts}), "identifiers")
        assert (told.kind, told.facts) == (WARNING, {"column": "n"})
        assert "from 1000 to 1199" in told.line
    for other in (shuffled + 0.5, np.append(shuffled[1:], shuffled[1]), np.where(shuffled == 1199, 2000, shuffled)):
        assert [f.kind for f in of(table(checked, tmp_path, {"n": other, **columns}), "identifiers")] == [PASS]


def test_a_text_or_a_number_that_says_the_class_is_a_leak(
    checked: Check, tmp_path: Path, columns: dict[str, Any]
) -> None:
    kind = np.where(columns["price"] > np.median(columns["price"]), "dear", "cheap")
    found = table(checked, tmp_path, {**columns, "code": np.where(kind == "dear", "A", "B"), "kind": kind}, goal="3.0")
    leaks = of(found, "leaks")
    assert [finding.facts["column"] for finding in leaks] == ["price", "code"]
    assert leaks[1].facts["error_left"] == 0 and leaks[1].kind == WARNING


def test_constant_and_numbering_columns_and_missing_cells(
    checked: Check, tmp_path: Path, columns: dict[str, Any]
) -> None:
    cities = ["Bern", "Paris"] * 100  # a text first, so that a number's place among the numbers is another
    columns = {
        "city": cities,
        "same": np.ones(200),
        **columns,
        "id": np.arange(200),
        "gaps": [""] * 120 + ["1", "2"] * 40,
    }
    found = table(checked, tmp_path, columns, "missing: fill")
    notes = [finding.line for finding in of(found, "reading") if finding.kind == WARNING]
    assert any("column id numbers the rows" in note for note in notes)
    assert any("column same has the same value in every row" in note for note in notes)
    assert [finding.check for finding in found.findings if finding.check in ("constant columns", "identifiers")] == []
    (missing,) = of(found, "missing cells")
    assert (missing.kind, missing.facts) == (WARNING, {"missing": {"gaps": 120}})


def test_a_column_that_numbers_the_rows_is_told_once(checked: Check, tmp_path: Path, columns: dict[str, Any]) -> None:
    """Also if its rows are drawn, so that those of the training data leave out some numbers."""
    found = table(checked, tmp_path, {"b": np.arange(200), **columns}, "validation_fraction: 0.2")
    assert sum("column b" in finding.line and finding.kind == WARNING for finding in found.findings) == 1


def test_rows_that_cannot_be_used_are_a_fault(checked: Check, tmp_path: Path, columns: dict[str, Any]) -> None:
    age = columns["age"].astype(object)
    age[[3, 7]] = "unknown"
    (bad,) = of(table(checked, tmp_path, {**columns, "age": age}), "bad examples")
    assert (bad.kind, bad.facts) == (FAULT, {"count": 2})


def test_missing_cells_are_a_fault_per_column_and_the_rest_is_checked(
    checked: Check, tmp_path: Path, columns: dict[str, Any]
) -> None:
    age, area = (columns[name].astype(object) for name in ("age", "area"))
    age[::5], area[1:] = "", ""  # no row has both
    gaps = {**columns, "age": age, "area": area}
    found = table(checked, tmp_path, gaps)
    (missing,) = of(found, "missing cells")
    assert (missing.kind, missing.details) == (FAULT, ("area: 199 of 200", "age: 40 of 200"))
    assert missing.line == "2 columns with missing cells; set data.missing: fill"
    assert of(found, "bad examples") == [] and of(found, "needs")
    with_a_row_less = {**columns, "age": age}
    (bad,) = of(table(checked, tmp_path, with_a_row_less, "bad_images: skip"), "bad examples")
    assert (bad.kind, bad.facts) == (WARNING, {"count": 40})


def test_equal_rows_are_a_leak_unless_they_are_chance(checked: Check, tmp_path: Path, columns: dict[str, Any]) -> None:
    twice = {name: np.append(values, values[:3]) for name, values in columns.items()}
    (equal,) = of(table(checked, tmp_path, twice, "validation_fraction: 0"), "equal examples")
    assert (equal.kind, len(equal.details)) == (WARNING, 3)
    few = {"a": columns["age"] % 2, "b": columns["age"] % 3, "price": columns["price"].round(-2)}
    (chance,) = of(table(checked, tmp_path, few), "equal examples")
    assert chance.kind == PASS


def test_codes_json_and_page(data: Path, tmp_path: Path, command: Command) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"goal: 3.0\ndata: {{path: data, image_size: [24, 24]}}\n{SETTINGS}")
    before = {path: path.read_bytes() for path in data.rglob("*.png")}
    done = command("check", config)
    assert (done.code, done.err) == (0, "")
    *lines, totals = done.out.splitlines()
    assert totals == "11 passed, 0 warnings, 0 faults" and all(line.startswith("pass     ") for line in lines)
    assert {path: path.read_bytes() for path in data.rglob("*.*")} == before

    shutil.copy(data / "train" / "day" / "00.png", data / "train" / "night" / "copy.png")
    (data / "test" / "day" / "bad.png").write_text("no picture")
    done = command("check", config, "--json", "--html", "page.html")
    assert done.code == 3 and done.err == "page: page.html\n"
    facts = json.loads(done.out)
    assert facts["totals"] == {"pass": 10, "warning": 0, "fault": 2}
    assert [finding["check"] for finding in facts["findings"] if finding["kind"] == "fault"] == [
        "bad examples",
        "contradictions",
    ]
    page = (tmp_path / "page.html").read_text()
    assert is_page(tmp_path / "page.html") and page.count("<img") >= 2 and "train/night/copy.png" in page
    assert "http" not in page.replace("http-equiv", "")

    (tmp_path / "mine.html").write_text("mine")
    assert command("check", config, "--html", "mine.html").code == 5
    assert (tmp_path / "mine.html").read_text() == "mine"
    inside = command("check", config, "--html", "data/train/page.html")
    assert inside.code == 5 and "is in the folder of the data" in inside.err
    assert not (data / "train" / "page.html").exists()
    assert command("check", config, "--set", "train.nonsense=1").code == 2
    assert command("check", config, "--html", "page.html").code == 3  # its own is replaced


def test_no_more_than_some_details_are_printed(data: Path, tmp_path: Path, command: Command) -> None:
    for i in range(8):
        shutil.copy(data / "train" / "day" / f"{i:02}.png", data / "test" / "day" / f"copy{i}.png")
    (tmp_path / "config.yaml").write_text(f"goal: 3.0\ndata: {{path: data, image_size: [24, 24]}}\n{SETTINGS}")
    lines = command("check", "config.yaml").out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("warning  equal examples"))
    assert [line.startswith(" " * 9) for line in lines[start + 1 : start + 8]] == [True] * 6 + [False]
    assert lines[start + 6] == f"{'':9}... and 3 more"


def test_the_leak_in_the_course_s_cats_is_found(shared_data: Path, checked: Check) -> None:
    found = checked("classes: [cat]", f"{shared_data / 'catvnoncat'}", goal="1.0")
    (leak,) = of(found, "equal examples")
    assert (leak.kind, leak.details) == (WARNING, ("test/cat/017.png = train/cat/146.png",))
    assert of(found, "near duplicates")[0].kind == PASS


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data that `make data` draws, if it is there; else some of it."""
    if all(
        (ROOT / "data" / name).is_dir() for name in ("ages", "animals", "flowers", "houses", "mosaics", "passengers")
    ):
        return ROOT
    folder = tmp_path_factory.mktemp("drawn")
    script = [sys.executable, str(ROOT / "data" / "draw.py"), "--limit", "60", "--out", str(folder / "data")]
    subprocess.run(script, check=True, capture_output=True)
    shutil.copytree(ROOT / "configs", folder / "configs")
    return folder


@pytest.mark.parametrize("name", [path.stem for path in sorted((ROOT / "configs").glob("*.yaml"))])
def test_there_is_no_false_alarm_about_the_drawn_data(drawn: Path, name: str) -> None:
    found = kinds(check(load_config(drawn / "configs" / f"{name}.yaml")))
    if drawn != ROOT:  # of few examples that is true
        found = {about: kind for about, kind in found.items() if about not in ("interval", "number of examples")}
    assert found == {}
