"""Cats and lions: two kinds of the same body. They sit, walk, or look into the picture with the face alone."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from drawing.pen import Colour, Pen, darker, hsv, lighter, mix

Random = np.random.Generator

PINK: Colour = (226, 150, 150)
BLACK: Colour = (25, 22, 22)
WHITE: Colour = (248, 246, 240)


@dataclass(frozen=True)
class Coat:
    """The colours of an animal; stripes: None where it has none."""

    fur: Colour
    belly: Colour
    stripes: Colour | None
    eyes: Colour
    mane: Colour = BLACK

    @property
    def edge(self) -> Colour:
        return darker(self.fur, 0.5)


@dataclass(frozen=True)
class Build:
    """Proportions, 1 being a grown cat's."""

    head: float = 1.0
    body: float = 1.0
    ears: float = 1.0
    eyes: float = 1.0
    legs: float = 1.0
    tail: float = 1.0


Head = Callable[[Pen, Random, Coat, Build, float, float, float], None]


def cat(pen: Pen, random: Random) -> None:
    """A cat: pointed ears, whiskers, a long tail; orange, grey, black, white, brown or cream, striped or not."""
    coat = cat_coat(random)
    build = Build(*random.uniform(0.9, 1.15, 6))
    pose = random.choice(["sitting", "walking", "face"], p=[0.45, 0.4, 0.15])
    POSES[pose](pen, random, coat, build, cat_head)


def cat_coat(random: Random) -> Coat:
    hue, saturation, value = (
        (0.07, 0.75, 0.9),  # orange
        (0.6, 0.06, 0.55),  # grey
        (0.6, 0.05, 0.2),  # black
        (0.1, 0.06, 0.95),  # white
        (0.07, 0.5, 0.5),  # brown
        (0.1, 0.28, 0.9),  # cream
    )[random.integers(6)]
    fur = hsv(hue + random.normal(0, 0.01), saturation * random.uniform(0.8, 1.2), value * random.uniform(0.85, 1.1))
    belly = lighter(fur, random.uniform(0.2, 0.8)) if random.random() < 0.7 else fur
    stripes = darker(fur, random.uniform(0.3, 0.5)) if random.random() < 0.5 else None
    eyes = hsv(random.choice([0.13, 0.17, 0.3, 0.55]), 0.7, 0.9)
    return Coat(fur, belly, stripes, eyes)


def cat_of_age(pen: Pen, random: Random, years: float) -> None:
    """A sitting cat whose age shows: a kitten is small, with a big round head, ears and eyes; an old cat is grey."""
    grown = 1 - math.exp(-years / 5)
    grey = min(1, years / 20) ** 1.2
    fur = hsv(random.uniform(0.05, 0.09), random.uniform(0.7, 0.85), random.uniform(0.75, 0.9))
    fur = mix(fur, (205, 203, 200), grey * random.uniform(0.7, 1))
    stripes = darker(fur, 0.35) if random.random() < 0.5 else None
    coat = Coat(fur, lighter(fur, 0.3 + 0.5 * grey), stripes, hsv(random.choice([0.13, 0.3, 0.55]), 0.7, 0.9))
    young = 1 - grown
    build = Build(
        head=1 + 0.35 * young,
        body=0.7 + 0.35 * grown,
        ears=1 + 0.3 * young,
        eyes=1 + 0.5 * young,
        legs=0.8 + 0.2 * grown,
        tail=0.6 + 0.4 * grown,
    )
    pen.size *= (0.5 + 0.5 * grown) * random.uniform(0.9, 1.1)
    sitting(pen, random, coat, build, cat_head)


def lion(pen: Pen, random: Random) -> None:
    """A lion: tawny, with a mane about its head, round ears and a tuft at the end of its tail."""
    fur = hsv(random.uniform(0.08, 0.12), random.uniform(0.4, 0.65), random.uniform(0.7, 0.95))
    mane = hsv(random.uniform(0.04, 0.08), random.uniform(0.6, 0.85), random.uniform(0.25, 0.6))
    coat = Coat(fur, lighter(fur, 0.4), None, hsv(0.11, 0.8, 0.85), mane)
    build = Build(head=random.uniform(0.78, 0.9), body=random.uniform(1, 1.15), tail=random.uniform(0.9, 1.1))
    pose = random.choice(["sitting", "walking", "face"], p=[0.35, 0.45, 0.2])
    POSES[pose](pen, random, coat, build, lion_head)


def sitting(pen: Pen, random: Random, coat: Coat, build: Build, head: Head) -> None:
    """From the front, the tail laid to the side."""
    w, length = 0.46 * build.body, build.tail
    up = random.uniform(-0.5, 0.7)
    _tail(pen, coat, [(0.2, 0.8), (0.5 + 0.4 * length, 0.95), (0.8 * length, 0.5), (0.9 * length, up)], head)
    pen.ellipse(0, 0.42, w, 0.5, coat.fur, coat.edge)
    if coat.stripes:
        for y in (0.3, 0.48, 0.66):
            for side in (-1, 1):
                pen.line([(side * w * 0.92, y), (side * w * 0.5, y + 0.06)], coat.stripes, 0.06)
    pen.ellipse(0, 0.35, w * 0.5, 0.32, coat.belly)
    for side in (-1, 1):
        pen.ellipse(side * w * 0.75, 0.84, 0.2, 0.11, coat.fur, coat.edge)
    for side in (-1, 1):
        pen.limb([(side * 0.14, 0.42), (side * 0.15, 0.86)], [0.17, 0.18], coat.fur, coat.edge)
    head(pen, random, coat, build, random.uniform(-0.08, 0.08), -0.38, 0.4 * build.head)


def walking(pen: Pen, random: Random, coat: Coat, build: Build, head: Head) -> None:
    """From the side, the face turned to us."""
    step, foot = random.uniform(-0.15, 0.15), 0.45 + 0.37 * build.legs
    end = random.uniform(-0.9, 0.2)
    _tail(pen, coat, [(-0.5, 0.1), (-0.85, 0.1), (-0.75, end / 2), (-0.95 * build.tail, end)], head)
    far = darker(coat.fur, 0.2)
    for x, dx in ((-0.38, -step), (0.3, step)):
        pen.limb([(x, 0.3), (x + dx, foot - 0.03)], [0.2, 0.13], far, coat.edge)
    pen.limb([(-0.42, 0.18), (0, 0.12), (0.4, 0.16)], [0.5 * build.body, 0.46 * build.body], coat.fur, coat.edge)
    if coat.stripes:
        for x in np.arange(-0.45, 0.3, 0.16):
            pen.line([(x, -0.06), (x + 0.05, 0.16)], coat.stripes, 0.06)
    pen.ellipse(0, 0.34, 0.4, 0.06, coat.belly)
    for x, dx in ((-0.5, step), (0.42, -step)):
        pen.limb([(x, 0.25), (x + dx, foot)], [0.24, 0.14], coat.fur, coat.edge)
        pen.ellipse(x + dx + 0.04, foot + 0.02, 0.11, 0.07, coat.belly, coat.edge)
    head(pen, random, coat, build, 0.55, -0.25 + random.uniform(-0.06, 0.15), 0.33 * build.head)


def face(pen: Pen, random: Random, coat: Coat, build: Build, head: Head) -> None:
    """The head alone, large, above the shoulders."""
    pen.ellipse(0, 1.05, 0.65 * build.body, 0.5, coat.fur, coat.edge)
    head(pen, random, coat, build, 0, 0.1, 0.68 * build.head)


POSES = {"sitting": sitting, "walking": walking, "face": face}


def _tail(pen: Pen, coat: Coat, controls: list[tuple[float, float]], head: Head) -> None:
    """A cat's is thick and may be ringed; a lion's is thin and has a tuft."""
    if head is lion_head:
        end = pen.limb(controls, [0.1, 0.06], coat.fur, coat.edge)[-1]
        pen.ellipse(*end, 0.13, 0.16, coat.mane, darker(coat.mane))
        return
    middle = pen.limb(controls, [0.17, 0.15, 0.1], coat.fur, coat.edge)
    if coat.stripes:
        for x, y in middle[8::4]:
            pen.ellipse(x, y, 0.06, 0.05, coat.stripes)


def cat_head(pen: Pen, random: Random, coat: Coat, build: Build, x: float, y: float, r: float) -> None:
    """A head of the radius r about (x, y): pointed ears, slit pupils, whiskers."""

    def at(u: float, v: float) -> tuple[float, float]:
        return x + r * u, y + r * v

    tip = -0.75 - 0.6 * build.ears
    for side in (-1, 1):
        pen.polygon([at(side * 0.93, -0.2), at(side * 0.84, tip), at(side * 0.12, -0.78)], coat.fur, coat.edge)
        pen.polygon([at(side * 0.8, -0.45), at(side * 0.76, tip + 0.25), at(side * 0.38, -0.75)], PINK)
    pen.ellipse(x, y, r, 0.86 * r, coat.fur, coat.edge)
    if coat.stripes:
        for u in (-0.25, 0, 0.25):
            pen.line([at(u, -0.8), at(u * 0.8, -0.42)], coat.stripes, 0.11 * r)
        for side in (-1, 1):
            pen.line([at(side * 0.95, 0.1), at(side * 0.66, 0.18)], coat.stripes, 0.1 * r)
    for side in (-1, 1):
        pen.ellipse(*at(side * 0.2, 0.42), 0.27 * r, 0.23 * r, coat.belly)
    look = random.uniform(-0.04, 0.04)
    for side in (-1, 1):
        size = 0.2 * r * build.eyes
        pen.ellipse(*at(side * 0.42, -0.1), size * 1.15, size, coat.eyes, BLACK, turn=side * -0.25)
        pen.ellipse(*at(side * 0.42 + look, -0.1), size * 0.36, size * 0.9, BLACK)
    pen.polygon([at(-0.13, 0.2), at(0.13, 0.2), at(0, 0.36)], mix(PINK, BLACK, 0.15))
    for side in (-1, 1):
        pen.line([at(0, 0.36), at(side * 0.06, 0.52), at(side * 0.22, 0.52)], coat.edge, 0.06 * r)
        for v, end in ((0.34, 0.18), (0.44, 0.44), (0.54, 0.7)):
            pen.line([at(side * 0.4, v), at(side * 1.3, end)], WHITE if sum(coat.fur) < 450 else BLACK, 0.035 * r)


def lion_head(pen: Pen, random: Random, coat: Coat, build: Build, x: float, y: float, r: float) -> None:
    """A head of the radius r about (x, y), in a mane of tufts: round ears, a broad nose."""
    for radius, colour in ((1.75, coat.mane), (1.4, lighter(coat.mane, 0.2))):
        tufts = int(random.integers(13, 19))
        angles = np.linspace(0, 2 * math.pi, 2 * tufts, endpoint=False) + random.uniform(0, 1)
        radii = r * radius * np.where(np.arange(2 * tufts) % 2, 0.84, random.uniform(0.95, 1.08, 2 * tufts))
        pen.polygon(
            [(x + q * math.cos(a), y + 0.1 * r + q * math.sin(a)) for a, q in zip(angles, radii, strict=True)],
            colour,
            darker(coat.mane, 0.4),
        )
    for side in (-1, 1):
        pen.ellipse(x + side * 0.78 * r, y - 0.78 * r, 0.3 * r, 0.3 * r, coat.fur, coat.edge)
        pen.ellipse(x + side * 0.78 * r, y - 0.76 * r, 0.15 * r, 0.15 * r, darker(coat.fur))
    pen.ellipse(x, y, 0.88 * r, 0.98 * r, coat.fur, coat.edge)
    pen.ellipse(x, y + 0.78 * r, 0.3 * r, 0.24 * r, coat.belly)
    for side in (-1, 1):
        pen.ellipse(x + side * 0.26 * r, y + 0.5 * r, 0.3 * r, 0.27 * r, coat.belly)
        pen.ellipse(x + side * 0.4 * r, y - 0.14 * r, 0.16 * r, 0.12 * r, coat.eyes, BLACK, turn=side * 0.2)
        pen.ellipse(x + side * 0.4 * r, y - 0.14 * r, 0.07 * r, 0.1 * r, BLACK)
    nose = [(x - 0.27 * r, y + 0.16 * r), (x + 0.27 * r, y + 0.16 * r), (x, y + 0.42 * r)]
    pen.polygon(nose, darker(coat.mane, 0.45))
    pen.line([(x, y + 0.4 * r), (x, y + 0.6 * r)], darker(coat.mane, 0.45), 0.07 * r)
    for side in (-1, 1):
        pen.line([(x, y + 0.6 * r), (x + side * 0.3 * r, y + 0.66 * r)], darker(coat.mane, 0.45), 0.07 * r)
