"""Tables: houses, a ship's passengers, flowers. Who they are and what becomes of them is made up, with some noise."""

from pathlib import Path

import numpy as np

from drawing.files import Random, random_of, write_table


def make_houses(folder: Path, seed: int, limit: int) -> None:
    """A house a row; its price, in thousands, follows from the other columns but for some noise."""
    folder.mkdir()
    header = ["size_m2", "rooms", "bathrooms", "age_years", "distance_km", "floor", "garden", "price"]
    for split, count in (("train", 400), ("test", 100)):
        rows: list[list[object]] = []
        for i in range(min(count, limit)):
            random = random_of(seed, f"houses/{split}/{i}")
            size = round(float(random.gamma(9, 12)) + 30)
            rooms = max(1, round(size / 28 + random.normal(0, 0.8)))
            bathrooms = 1 + int(random.random() < size / 250)
            age = int(random.integers(0, 100))
            distance = round(float(random.exponential(6)) + 0.3, 1)
            garden = int(random.random() < min(0.9, distance / 12))
            floor = 0 if garden else int(random.integers(0, 7))
            price = 60 + 2.4 * size + 9 * rooms + 20 * bathrooms - 0.7 * age - 6 * distance + 35 * garden + 3 * floor
            price = max(40, price * float(np.exp(random.normal(0, 0.08))))
            rows.append([size, rooms, bathrooms, age, distance, floor, garden, round(price, 1)])
        write_table(folder / f"{split}.csv", header, rows)


# of coprime lengths, so that the numbers below their product have different names
GIVEN_NAMES = {
    "female": "Ada Bella Clara Dora Edith Flora Grace Helen Ida Jane Kate Lucy Mary Nora Olive Pearl Rose Sue Una Vera",
    "male": "Abel Bruno Carl David Edgar Frank George Henry Ivor Jack Karl Leo Max Ned Oscar Peter Ralph Sam Tom Will",
}
FAMILY_NAMES = (
    "Archer Baker Bishop Brook Carter Cooper Cross Dyer Field Fisher Ford Fowler Glover Green Hill Hunter Lake Marsh "
    "Mason Miller Moore Page Parker Piper Potter Reed Rivers Sawyer Shepherd Smith Stone Tanner Taylor Thatcher Turner "
    "Tyler Wade Walker Ward Weaver Webb Wells West Wheeler Wood Wright Young"
)
PORTS = ["Eastbay", "Northhaven", "Queensferry"]
FARES = {"first": 60.0, "second": 21.0, "third": 11.0}  # the medians


def make_passengers(folder: Path, seed: int, limit: int) -> None:
    """A passenger a row, who may have survived the shipwreck; some ages and ports are not known."""
    folder.mkdir()
    header = ["id", "name", "class", "sex", "age", "relatives", "fare", "port", "survived"]
    for split, count, before in (("train", 700, 0), ("test", 200, 700)):
        rows = [passenger(before + i + 1, random_of(seed, f"passengers/{split}/{i}")) for i in range(min(count, limit))]
        write_table(folder / f"{split}.csv", header, rows)


def passenger(number: int, random: Random) -> list[object]:
    """The row of the passenger with this number, whose name nobody else has."""
    sex = str(random.choice(["female", "male"], p=[0.4, 0.6]))
    travels = str(random.choice([*FARES], p=[0.25, 0.22, 0.53]))
    port = str(random.choice(PORTS, p=[0.7, 0.2, 0.1]))
    age = round(float(np.clip(random.normal(38 if travels == "first" else 28, 14), 1, 80)))
    relatives = int(random.poisson(0.9))
    fare = round(FARES[travels] * float(np.exp(random.normal(0.15 * relatives, 0.3))), 2)
    log_odds = 2.4 * (sex == "female") + 1.2 * (travels == "first") - 0.8 * (travels == "third")
    log_odds += 0.4 * (port == "Northhaven") - 0.03 * (age - 30) - 0.2 * relatives + 0.1 * np.log(fare) - 1.5
    survived = "yes" if random.random() < 1 / (1 + np.exp(-log_odds)) else "no"
    known_age = age if random.random() < (0.9 if survived == "yes" else 0.75) else ""  # survivors could be asked
    known_port = port if random.random() < 0.96 else ""
    given, family = GIVEN_NAMES[sex].split(), FAMILY_NAMES.split()
    name = f"{given[number % len(given)]} {family[number % len(family)]}"
    return [number, name, travels, sex, known_age, relatives, fare, known_port, survived]


# the means of a flower's measurements in cm: length and width of its leaves, length and width of its petals
SPECIES = {"daisy": [4.9, 3.1, 2.9, 0.9], "poppy": [5.6, 2.8, 4.0, 1.3], "violet": [6.2, 3.0, 5.0, 1.8]}
SPREADS = [0.45, 0.3, 0.6, 0.25]


def make_flowers(folder: Path, seed: int, limit: int) -> None:
    """A flower a row, of one of three species that overlap; a large flower is large in all that is measured."""
    folder.mkdir()
    header = ["leaf_length", "leaf_width", "petal_length", "petal_width", "species"]
    for split, count in (("train", 300), ("test", 90)):
        rows: list[list[object]] = []
        for i in range(min(count, limit)):
            random = random_of(seed, f"flowers/{split}/{i}")
            species = [*SPECIES][i % len(SPECIES)]
            deviations = (random.normal() + random.normal(size=len(SPREADS))) / np.sqrt(2)
            measured = np.array(SPECIES[species]) + SPREADS * deviations
            rows.append([*np.maximum(measured, 0.1).round(2).tolist(), species])
        write_table(folder / f"{split}.csv", header, rows)
