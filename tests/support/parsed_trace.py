"""The numbers of a trace's text, and what they should be by the other numbers of their line."""

import math
import re
from typing import NamedTuple

NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[-+]\d+)?(?![\w^])|\d+(?:\.\d+)?(?:e[-+]\d+)?")
FUNCTIONS = {"log": math.log, "tanh": math.tanh, "max": max, "e": math.e, "__builtins__": {}}

TINY = 1e-37  # what float32 has no numbers for


class Checked(NamedTuple):
    """A printed result, what its line makes of the other numbers, how far their rounding may carry, and what the last
    printed digit stands for.
    """

    line: str
    printed: float
    computed: float
    tolerance: float
    step: float


def unit(text: str) -> float:
    """Half of what the last digit of a printed number stands for; 0 for a whole number, which is exact."""
    mantissa, _, exponent = text.lstrip("-").partition("e")
    if "." not in mantissa:
        return 0.0
    return 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def evaluated(side: str) -> float | None:
    """The value of a side that consists of numbers; None if there are names in it."""
    if re.search(r"[A-Za-z_\[\]|]", re.sub(r"\d(e[-+]?\d)|log|tanh|max|e\^", "", side)):
        return None
    try:
        return float(eval(side.replace("^", "**"), dict(FUNCTIONS)))
    except OverflowError:
        return math.inf
    except (SyntaxError, ValueError, TypeError, NameError):
        return None


def swing(side: str) -> float:
    """How much the value of a side may change by the rounding of its numbers, each on its own."""
    value, total = evaluated(side), 0.0
    assert value is not None
    for match in NUMBER.finditer(side):
        if half := unit(match[0]):
            changed = (f"{side[: match.start()]}({match[0]} {sign} {half!r}){side[match.end() :]}" for sign in "+-")
            total += max(abs((evaluated(each) or 0.0) - value) for each in changed)
    return total


def compared(line: str, sides: list[str], rounding: float) -> list[Checked]:
    """The last side of an equation against each other side that consists of numbers."""
    known = [side for side in sides if evaluated(side) is not None]
    found = []
    for side in known[:-1]:
        computed, printed = evaluated(side), evaluated(known[-1])
        assert computed is not None and printed is not None
        tolerance = swing(side) + unit(known[-1].strip("()")) + rounding * abs(printed) + TINY
        found.append(Checked(line, printed, computed, tolerance, 2 * unit(known[-1])))
    return found


def logical_lines(text: str) -> list[str]:
    """The lines, those that begin with an equals sign joined to the one before."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("        = "):
            lines[-1] = f"{without_remark(lines[-1])} {line.strip()}"
        else:
            lines.append(line)
    return lines


def without_remark(line: str) -> str:
    """The line without what stands in brackets, or as a place, behind it."""
    return re.split(r"(?<=\S)  +(?=[(A-Za-zx])", line.rstrip())[0]


def checks(text: str, rounding: float) -> list[Checked]:
    """All that can be computed again in a trace; `rounding` is the relative precision of the engine's numbers."""
    found: list[Checked] = []
    terms: list[tuple[str, str]] = []
    name = ""
    for line in logical_lines(text):
        if start := re.match(r"  (\S.*), the sum of:$", line):
            terms, name = [], start[1]
            continue
        if not line.startswith("    ") or " = " not in line:
            continue
        sides = [side.strip() for side in without_remark(line.strip().replace(" =  ", " = ")).split(" = ")]
        sides = [re.sub(r"^\s+|\s+$", "", side) for side in sides]
        if name and sides[0] == name:
            total, has_rest = sides[-1], any("the rest" in term for term, _ in terms)
            added = math.fsum(float(value) for _, value in terms)
            sizes = math.fsum(abs(float(value)) for _, value in terms)
            room = unit(total) + math.fsum(unit(value) for _, value in terms) + rounding * sizes
            # with a rest it adds up as it is printed, to the last decimal of the total
            alike = has_rest and all(unit(value) == unit(total) for _, value in terms)
            found.append(
                Checked(line, float(total), added, 1e-9 * max(1.0, abs(added)) if alike else room, 2 * unit(total))
            )
            name = ""
            continue
        if name:
            terms.append((sides[0], sides[-1]))
        if line.endswith("rounded)"):
            sides[-1] = f"{sides[-1]}.0"  # a whole number that is no exact one
            found += [each._replace(tolerance=0.5) for each in compared(line, sides, rounding)]
            continue
        found += compared(line, sides, rounding)
    return found


def values(text: str) -> dict[str, str]:
    """The printed value of each name: `Z[1]_3` and so on; of one that is there twice, the first."""
    found: dict[str, str] = {}
    for line in logical_lines(text):
        if line.startswith("    ") and " = " in line:
            sides = [side.strip() for side in without_remark(line.strip()).split(" = ")]
            if evaluated(sides[0]) is None and re.fullmatch(r"-?\d[\d.e+-]*", sides[-1]):
                found.setdefault(sides[0], sides[-1])
    return found
