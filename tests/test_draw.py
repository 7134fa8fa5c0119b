"""data/draw.py: what it draws is complete, correctly labelled, and the same for the same seed."""

import csv
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
ANIMALS = ["cat", "iguana", "lion"]
SPLITS = ["train", "test"]
SETS = ["ages", "animals", "flowers", "houses", "mosaics", "passengers"]
LIMIT = 12


def draw(out: Path, limit: int, seed: int = 0) -> str:
    command = [
        sys.executable,
        str(ROOT / "data/draw.py"),
        "--out",
        str(out),
        "--limit",
        str(limit),
        "--seed",
        str(seed),
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def table(path: Path) -> tuple[list[str], list[list[str]]]:
    header, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
    return header, rows


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("drawn")
    draw(out, LIMIT)
    return out


def test_the_six_sets_and_nothing_else_are_left(drawn: Path) -> None:
    assert sorted(path.name for path in drawn.iterdir()) == SETS


def test_every_picture_is_64_by_64_in_colour(drawn: Path) -> None:
    pictures = list(drawn.rglob("*.png"))
    assert len(pictures) == LIMIT * (3 + 1 + 1) * 2
    for path in pictures:
        with Image.open(path) as picture:
            assert (picture.size, picture.mode) == ((64, 64), "RGB"), path


@pytest.mark.parametrize("split", SPLITS)
def test_animals_are_in_folders_of_their_names(drawn: Path, split: str) -> None:
    assert sorted(path.name for path in (drawn / "animals" / split).iterdir()) == ANIMALS
    for animal in ANIMALS:
        assert len(list((drawn / "animals" / split / animal).glob("*.png"))) == LIMIT


@pytest.mark.parametrize("split", SPLITS)
def test_a_mosaic_has_one_to_three_kinds_of_animals(drawn: Path, split: str) -> None:
    header, rows = table(drawn / "mosaics" / split / "metadata.csv")
    assert header == ["file_name", *ANIMALS]
    assert sorted(row[0] for row in rows) == sorted(p.name for p in (drawn / "mosaics" / split).glob("*.png"))
    for row in rows:
        assert set(row[1:]) <= {"0", "1"}
        assert 1 <= row[1:].count("1") <= 3


@pytest.mark.parametrize("split", SPLITS)
def test_an_age_is_between_0_and_20_years(drawn: Path, split: str) -> None:
    header, rows = table(drawn / "ages" / split / "metadata.csv")
    assert header == ["file_name", "age"]
    assert sorted(row[0] for row in rows) == sorted(p.name for p in (drawn / "ages" / split).glob("*.png"))
    ages = [float(row[1]) for row in rows]
    assert all(0 <= age <= 20 for age in ages)
    assert max(ages) - min(ages) > 10


@pytest.mark.parametrize("split", SPLITS)
def test_the_houses_are_a_table_of_numbers(drawn: Path, split: str) -> None:
    header, rows = table(drawn / "houses" / f"{split}.csv")
    assert header == ["size_m2", "rooms", "bathrooms", "age_years", "distance_km", "floor", "garden", "price"]
    assert len(rows) == LIMIT
    assert all(float(number) >= 0 for row in rows for number in row)
    assert {row[6] for row in rows} == {"0", "1"}


def test_the_passengers_are_a_table_with_texts_and_missing_cells(tables: Path, drawn: Path) -> None:
    columns: dict[str, list[str]] = {}
    for split, count in (("train", 700), ("test", 200)):
        header, rows = table(tables / "passengers" / f"{split}.csv")
        assert header == ["id", "name", "class", "sex", "age", "relatives", "fare", "port", "survived"]
        assert len(rows) == count
        assert rows[:LIMIT] == table(drawn / "passengers" / f"{split}.csv")[1]
        cells = dict(zip(header, map(set, zip(*rows, strict=True)), strict=True))
        assert (cells["class"], cells["sex"]) == ({"first", "second", "third"}, {"female", "male"})
        assert cells["port"] == {"Eastbay", "Northhaven", "Queensferry", ""}
        assert "" in cells["age"]
        assert cells["survived"] == {"yes", "no"}
        assert all(float(row[6]) > 0 and int(row[5]) >= 0 and 1 <= int(row[4] or 1) <= 80 for row in rows)
        columns = {name: columns.get(name, []) + [row[i] for row in rows] for i, name in enumerate(header)}
    assert columns["id"] == [str(number) for number in range(1, 901)]
    assert len(set(columns["name"])) == 900
    assert 0.3 < columns["survived"].count("yes") / 900 < 0.5


def test_the_flowers_are_measurements_of_three_species(tables: Path) -> None:
    for split, count in (("train", 300), ("test", 90)):
        header, rows = table(tables / "flowers" / f"{split}.csv")
        assert header == ["leaf_length", "leaf_width", "petal_length", "petal_width", "species"]
        assert [row[4] for row in rows] == ["daisy", "poppy", "violet"] * (count // 3)
        assert all(0 < float(cell) < 12 for row in rows for cell in row[:4])


def test_the_same_seed_draws_the_same_files_and_another_seed_others(drawn: Path, tmp_path: Path) -> None:
    # fewer pictures of the same seed are the first of the same pictures
    draw(tmp_path / "again", limit=3)
    draw(tmp_path / "other", limit=3, seed=1)
    first, again, other = digests(drawn), digests(tmp_path / "again"), digests(tmp_path / "other")
    pictures = [name for name in again if name.endswith(".png")]
    assert len(pictures) == 3 * (3 + 1 + 1) * 2
    assert all(again[name] == first[name] for name in pictures)
    assert all(other[name] != again[name] for name in again)


def test_no_two_pictures_are_the_same(drawn: Path) -> None:
    found = digests(drawn)
    assert len(set(found.values())) == len(found)


def test_what_is_there_already_stays_as_it_is(tmp_path: Path) -> None:
    own = tmp_path / "animals/train/dog/rex.png"
    own.parent.mkdir(parents=True)
    own.write_bytes(b"my own picture")
    said = draw(tmp_path, limit=1)
    assert f"{tmp_path / 'animals'} is there already and stays as it is" in said
    assert [path for path in (tmp_path / "animals").rglob("*") if path.is_file()] == [own]
    assert own.read_bytes() == b"my own picture"
    assert (tmp_path / "houses/train.csv").is_file()
