"""Where the animals are: meadows, deserts, rooms and woods. Every animal can be in any of them."""

import numpy as np
from PIL import Image, ImageDraw

from drawing.pen import Colour, darker, hsv, lighter, mix

Random = np.random.Generator


def background(random: Random, side: int) -> Image.Image:
    """A square sheet, side pixels wide, with a scene on it: ground, what is behind it, and things lying about."""
    behind, ground, thing = _scene(random)
    horizon = round(side * random.uniform(0.2, 0.75))
    rows = np.empty((side, 1, 3), np.uint8)
    rows[:horizon, 0] = np.linspace(lighter(behind, 0.3), behind, horizon)
    rows[horizon:, 0] = np.linspace(ground, darker(ground, 0.25), side - horizon)
    sheet = Image.fromarray(np.repeat(rows, side, axis=1))
    draw = ImageDraw.Draw(sheet)
    for _ in range(random.integers(2, 9)):  # stones, bushes, clouds, cushions
        x, y = random.uniform(0, side, 2)
        w, h = random.uniform(0.03, 0.16, 2) * side
        base = mix(thing, ground if y > horizon else behind, random.uniform(0.2, 0.8))
        draw.ellipse((x - w, y - h * 0.6, x + w, y + h * 0.6), fill=base)
    for _ in range(random.integers(0, 40)):  # blades of grass, cracks, straws
        x, y = random.uniform(0, side), random.uniform(horizon, side)
        lean, height = random.uniform(-0.02, 0.02) * side, random.uniform(0.02, 0.08) * side
        draw.line((x, y, x + lean, y - height), fill=mix(ground, thing, random.uniform(0.2, 0.9)), width=side // 90)
    return sheet


def _scene(random: Random) -> tuple[Colour, Colour, Colour]:
    """The colours of what is behind, of the ground and of the things."""
    vary = random.normal(0, 0.02)
    sky = hsv(0.57 + vary, random.uniform(0.15, 0.5), random.uniform(0.6, 1))
    match random.choice(["meadow", "desert", "room", "wood"]):
        case "meadow":
            return sky, hsv(0.27 + vary, random.uniform(0.35, 0.65), random.uniform(0.4, 0.75)), hsv(0.3, 0.6, 0.35)
        case "desert":
            return sky, hsv(0.11 + vary, random.uniform(0.25, 0.5), random.uniform(0.65, 0.95)), hsv(0.08, 0.3, 0.5)
        case "room":
            wall = hsv(random.uniform(), random.uniform(0.05, 0.35), random.uniform(0.55, 0.95))
            floor = hsv(0.07 + vary, random.uniform(0.2, 0.6), random.uniform(0.3, 0.7))
            return wall, floor, hsv(random.uniform(), 0.5, 0.7)
        case _:
            leaves = hsv(0.33 + vary, 0.5, random.uniform(0.2, 0.5))
            return leaves, hsv(0.1, 0.45, random.uniform(0.25, 0.5)), hsv(0.3, 0.6, 0.4)
