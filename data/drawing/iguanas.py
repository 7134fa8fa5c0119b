"""Iguanas: from the side, from above, or the head alone."""

import numpy as np

from drawing.pen import Colour, Pen, Point, darker, hsv, lighter, normals

Random = np.random.Generator

BLACK: Colour = (20, 24, 18)
BARK: Colour = (104, 76, 52)


def iguana(pen: Pen, random: Random) -> None:
    """An iguana: green (at times turquoise or brownish), spines along its back, a long banded tail, a dewlap."""
    hue = random.choice([0.29, 0.4, 0.17], p=[0.7, 0.15, 0.15]) + random.normal(0, 0.025)
    skin = hsv(hue, random.uniform(0.45, 0.8), random.uniform(0.45, 0.85))
    pose = random.choice(["side", "above", "head"], p=[0.55, 0.3, 0.15])
    POSES[pose](pen, random, skin)


def side(pen: Pen, random: Random, skin: Colour) -> None:
    """Standing, at times on a branch, with the tail up or down behind it."""
    edge, bands, pale = darker(skin, 0.5), darker(skin, 0.4), lighter(skin, 0.35)
    if random.random() < 0.4:
        pen.limb(
            [(-1.2, 0.72 + random.uniform(-0.1, 0.1)), (0, 0.68), (1.2, 0.7)], [0.16, 0.2, 0.14], BARK, darker(BARK)
        )
    end = random.uniform(-0.9, 0.55)
    for x, foot in ((-0.3, -0.1), (0.38, 0.5)):
        _leg(pen, [(x, 0.3), (x + 0.15, 0.45), (foot, 0.66)], darker(skin, 0.25), edge)
    tail = pen.limb([(-0.35, 0.25), (-0.8, 0.5), (-1.0, 0.25), (-1.05, end)], [0.26, 0.15, 0.08, 0.03], skin, edge)
    body = pen.limb([(-0.42, 0.24), (0, 0.05), (0.3, 0.25), (0.6, -0.12)], [0.28, 0.44, 0.4, 0.26], skin, edge)
    for x, y in tail[5:18:3]:
        pen.ellipse(x, y, 0.045, 0.05, bands)
    for x, y in body[4:17:4]:
        pen.line([(x, y - 0.16), (x - 0.05, y + 0.1)], bands, 0.06)
    _spines(pen, body[::-1] + tail[:9], 0.16, pale, edge)
    for x, foot in ((-0.4, -0.55), (0.3, 0.2)):
        _leg(pen, [(x, 0.28), (x - 0.2, 0.4), (foot, 0.7)], skin, edge)
    _head(pen, random, skin, 0.72, -0.2, 0.24)


def above(pen: Pen, random: Random, skin: Colour) -> None:
    """Lying stretched out in a bow, the legs to all sides."""
    edge, bands, pale = darker(skin, 0.5), darker(skin, 0.4), lighter(skin, 0.35)
    bow = random.uniform(-0.6, 0.6)
    for y, reach in ((-0.32, -0.3), (0.08, 0.25)):
        for s in (-1, 1):
            _leg(pen, [(s * 0.1, y), (s * 0.42, y + 0.05), (s * 0.48, y + reach)], skin, edge)
    tail = pen.limb([(0, 0.2), (-bow * 0.6, 0.6), (bow, 0.8), (bow * 1.4, 1.1)], [0.24, 0.13, 0.03], skin, edge)
    body = pen.limb([(0, -0.5), (bow * 0.15, -0.2), (0, 0.25)], [0.22, 0.42, 0.26], skin, edge)
    pen.ellipse(0, -0.72, 0.17, 0.26, skin, edge)
    for s in (-1, 1):
        pen.ellipse(s * 0.13, -0.72, 0.05, 0.06, hsv(0.1, 0.8, 0.9), BLACK)
    for x, y in tail[3:17:3]:
        pen.ellipse(x, y, 0.06, 0.04, bands)
    for x, y in body[3:18:4]:
        pen.line([(x - 0.14, y - 0.03), (x, y), (x + 0.14, y - 0.03)], bands, 0.05)
    for x, y in body[::2]:
        pen.polygon([(x - 0.04, y - 0.05), (x + 0.04, y - 0.05), (x, y + 0.07)], pale, edge)


def head(pen: Pen, random: Random, skin: Colour) -> None:
    """The head alone, large, from the side."""
    edge, pale = darker(skin, 0.5), lighter(skin, 0.35)
    neck = pen.limb([(0.0, 0.1), (-0.6, 0.2), (-0.9, 1.0)], [0.75, 0.8, 1.0], skin, edge)
    _spines(pen, neck, 0.38, pale, edge)
    _head(pen, random, skin, 0.15, 0.0, 0.58)


POSES = {"side": side, "above": above, "head": head}


def _leg(pen: Pen, controls: list[Point], skin: Colour, edge: Colour) -> None:
    """A bent leg and three long toes."""
    x, y = pen.limb(controls, [0.17, 0.14, 0.09], skin, edge)[-1]
    for toe in (-0.08, 0.04, 0.15):
        pen.line([(x, y), (x + toe, y + 0.07)], edge, 0.045)


def _spines(pen: Pen, back: list[Point], half: float, fill: Colour, edge: Colour) -> None:
    """A row of spines on a back, half its width above its middle line, which goes from the head, leftwards."""
    for (x, y), (u, v) in list(zip(back, normals(back), strict=True))[::2]:
        foot, tip = (x - half * u, y - half * v), (x - (half + 0.22) * u, y - (half + 0.22) * v)
        across = (0.05 * v, -0.05 * u)
        pen.polygon(
            [(foot[0] + across[0], foot[1] + across[1]), tip, (foot[0] - across[0], foot[1] - across[1])], fill, edge
        )


def _head(pen: Pen, random: Random, skin: Colour, x: float, y: float, r: float) -> None:
    """A head of the size r about (x, y), looking right: dewlap, snout, eye, the pale round scale below the ear."""
    edge = darker(skin, 0.5)
    dewlap = hsv(random.uniform(0.08, 0.2), 0.6, 0.85)

    def at(u: float, v: float) -> Point:
        return x + r * u, y + r * v

    pen.polygon([at(-0.5, 0.4), at(0.6, 0.5), at(0.25, 1.0), at(-0.1, 1.45), at(-0.45, 1.1)], dewlap, edge)
    pen.polygon(
        [at(-0.75, -0.5), at(0.1, -0.72), at(0.85, -0.35), at(1.25, 0.05), at(1.2, 0.4), at(0.5, 0.62), at(-0.7, 0.6)],
        skin,
        edge,
    )
    pen.line([at(1.2, 0.25), at(0.5, 0.3), at(0.1, 0.22)], edge, 0.08 * r)
    pen.ellipse(*at(1.08, 0.02), 0.06 * r, 0.05 * r, BLACK)
    pen.ellipse(*at(-0.3, 0.28), 0.24 * r, 0.24 * r, lighter(skin, 0.55), edge)
    pen.ellipse(*at(0.2, -0.28), 0.24 * r, 0.22 * r, hsv(0.1, 0.8, 0.95), edge)
    pen.ellipse(*at(0.22, -0.28), 0.1 * r, 0.15 * r, BLACK)
