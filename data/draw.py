"""Draws the pictures, and makes up the tables, that the files of configs/ train on.

    python data/draw.py [--seed 0] [--out DIR] [--limit N]

Needs only NumPy and Pillow. A picture, or a row of a table, depends on the seed and on its own name alone, so the same
seed draws the same files. A set that is there already is left as it is.
"""

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from drawing.backgrounds import background
from drawing.cats import cat, cat_of_age, lion
from drawing.files import Random, random_of, write_table
from drawing.iguanas import iguana
from drawing.pen import OVERSAMPLING, Pen
from drawing.tables import make_flowers, make_houses, make_passengers

SIDE = 64  # pixels, of every picture
SHEET = SIDE * OVERSAMPLING
ANIMALS: dict[str, Callable[[Pen, Random], None]] = {"cat": cat, "iguana": iguana, "lion": lion}


def pen_at(sheet: Image.Image, random: Random, x: float, y: float, size: float) -> Pen:
    """A pen about the place (x, y) and the size, both as shares of the sheet, at times mirrored."""
    place = (SHEET * (x + random.normal(0, 0.03)), SHEET * (y + random.normal(0, 0.03)))
    return Pen(sheet, place, SHEET * size / 2, turn=random.normal(0, 0.08), mirrored=bool(random.random() < 0.5))


def save(sheet: Image.Image, random: Random, path: Path) -> None:
    """Reduces the sheet to the picture, changes its light, adds a camera's noise, and writes it."""
    pixels = np.asarray(sheet.reduce(OVERSAMPLING), dtype=np.float64)
    pixels = pixels * random.uniform(0.75, 1.15) + random.normal(0, random.uniform(2, 9), pixels.shape)
    Image.fromarray(np.clip(pixels, 0, 255).round().astype(np.uint8)).save(path)


def draw_animals(folder: Path, seed: int, limit: int) -> None:
    """One animal a picture, in a folder of its name."""
    for split, count in (("train", 200), ("test", 60)):
        for animal, draw in ANIMALS.items():
            (folder / split / animal).mkdir(parents=True)
            for i in range(min(count, limit)):
                name = f"{split}/{animal}/{i:03}.png"
                random = random_of(seed, f"animals/{name}")
                sheet = background(random, SHEET)
                draw(pen_at(sheet, random, 0.5, 0.5, random.uniform(0.6, 0.85)), random)
                save(sheet, random, folder / name)


def draw_mosaics(folder: Path, seed: int, limit: int) -> None:
    """One to three animals a picture; metadata.csv says which kinds are in it."""
    for split, count in (("train", 800), ("test", 200)):
        (folder / split).mkdir(parents=True)
        rows: list[list[object]] = []
        for i in range(min(count, limit)):
            name = f"{i:03}.png"
            random = random_of(seed, f"mosaics/{split}/{name}")
            sheet = background(random, SHEET)
            kinds = random.choice(list(ANIMALS), size=random.integers(1, 4))
            places = random.permutation([(0.27, 0.3), (0.73, 0.3), (0.27, 0.72), (0.73, 0.72)])
            for kind, (x, y) in zip(kinds, places, strict=False):
                ANIMALS[kind](pen_at(sheet, random, x, y, random.uniform(0.42, 0.54)), random)
            save(sheet, random, folder / split / name)
            rows.append([name, *(int(animal in kinds) for animal in ANIMALS)])
        write_table(folder / split / "metadata.csv", ["file_name", *ANIMALS], rows)


def draw_ages(folder: Path, seed: int, limit: int) -> None:
    """One cat a picture; metadata.csv says how many years old it is."""
    for split, count in (("train", 400), ("test", 100)):
        (folder / split).mkdir(parents=True)
        rows: list[list[object]] = []
        for i in range(min(count, limit)):
            name = f"{i:03}.png"
            random = random_of(seed, f"ages/{split}/{name}")
            years = round(random.uniform(0, 20), 1)
            sheet = background(random, SHEET)
            cat_of_age(pen_at(sheet, random, 0.5, 0.52, 0.8), random, years)
            save(sheet, random, folder / split / name)
            rows.append([name, years])
        write_table(folder / split / "metadata.csv", ["file_name", "age"], rows)


SETS: dict[str, Callable[[Path, int, int], None]] = {
    "animals": draw_animals,
    "mosaics": draw_mosaics,
    "ages": draw_ages,
    "houses": make_houses,
    "passengers": make_passengers,
    "flowers": make_flowers,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Draws the pictures, and makes up the tables, that configs/ train on.")
    parser.add_argument("--seed", type=int, default=0, help="another seed, other pictures (default 0)")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).resolve().parent, help="where to (default: beside this program)"
    )
    parser.add_argument(
        "--limit", type=int, default=10**6, help="at most this many pictures per folder, or rows per table"
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name, make in SETS.items():
        folder = options.out / name
        if folder.exists():
            print(f"{folder} is there already and stays as it is")
            continue
        unfinished = Path(tempfile.mkdtemp(prefix=".drawing-", dir=options.out))
        try:
            make(unfinished / name, options.seed, options.limit)
            os.rename(unfinished / name, folder)  # so that a set is there whole or not at all
        finally:
            shutil.rmtree(unfinished)
        print(f"{folder} is made")


if __name__ == "__main__":
    main()
