"""The numbers of a trace's text, and what they should be by the other numbers of their line."""

import math
import re
from typing import NamedTuple

import numpy as np

FUNCTIONS = {
    "log": math.log,
    "log1p": math.log1p,
    "tanh": math.tanh,
    "max": max,
    "e": np.float64(math.e),
    "__builtins__": {},
}

TINY = 1e-37  # what float32 has no numbers for


class Checked(NamedTuple):
    """A printed result, what its line makes of the other numbers, and how many units of its last digit the two may be
    apart; `step` is what such a unit stands for.
    """

    line: str
    printed: float
    computed: float
    step: float
    most: float

    @property
    def is_wrong(self) -> bool:
        """Whether a reader who computes the line again finds something else."""
        if math.isclose(self.printed, self.computed, rel_tol=1e-9, abs_tol=TINY):
            return False
        return not abs(self.printed - self.computed) <= self.most * self.step * 1.001


UNITS = 2.0  # by which what is computed of printed numbers may differ from what is printed


def unit(text: str) -> float:
    """Half of what the last digit of a printed number stands for; 0 for a whole number, which is exact."""
    mantissa, _, exponent = text.lstrip("-").partition("e")
    if "." not in mantissa and not exponent:
        return 0.0
    return 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def evaluated(side: str) -> float | None:
    """The value of a side that consists of numbers; None if there are names in it."""
    if re.search(r"[A-Za-z_\[\]|]", re.sub(r"\d(e[-+]?\d)|log|tanh|max|e\^", "", side)):
        return None
    side = re.sub(r"log\(1 - (\d[\w.+-]*)\)", r"log1p(-\1)", side)
    try:
        with np.errstate(over="ignore"):
            return float(eval(side.replace("^", "**"), dict(FUNCTIONS)))
    except (SyntaxError, ValueError, TypeError, NameError):
        return None


def compared(line: str, sides: list[str]) -> list[Checked]:
    """The last side of an equation against each other side that consists of numbers."""
    known = [(side, value) for side in sides if (value := evaluated(side)) is not None]
    return [Checked(line, known[-1][1], value, 2 * unit(known[-1][0]), UNITS) for _, value in known[:-1]]


def logical_lines(text: str) -> list[str]:
    """The lines, those that go on with an equation joined to the one before."""
    lines: list[str] = []
    for line in text.splitlines():
        if re.match(r" {8}(= | )", line):
            lines[-1] = f"{without_remark(lines[-1])} {line.strip()}"
        else:
            lines.append(line)
    return lines


def without_remark(line: str) -> str:
    """The line without what stands in brackets, or as a place, behind it."""
    return re.split(r"(?<=\S)  +(?=[(A-Za-zx])", line.rstrip())[0]


def checks(text: str) -> list[Checked]:
    """All that can be computed again in a trace."""
    found: list[Checked] = []
    terms: list[tuple[str, str]] = []
    of_terms: list[Checked] = []
    name = ""
    for line in logical_lines(text):
        if start := re.match(r"  (\S.*), the sum of:$", line):
            terms, name = [], start[1]
            continue
        if not line.startswith("    ") or " = " not in line:
            continue
        sides = [side.strip() for side in without_remark(line.strip().replace(" =  ", " = ")).split(" = ")]
        sides[-1] = re.split(r"  +", sides[-1])[0]  # behind it may be a name in other letters
        if name and sides[0] == name:
            total, has_rest = sides[-1], any("the rest" in term for term, _ in terms)
            numbers = [value for _, value in terms]
            added = math.fsum(map(float, numbers))
            step = 2 * max(map(unit, (total, *numbers)))
            # with a rest it adds up as it is printed, or rounded; without one each number may be half a unit off
            rounded = 0.001 if len({*map(unit, numbers), unit(total)}) == 1 else 0.5
            found.append(Checked(line, float(total), added, step, rounded if has_rest else (len(numbers) + 1) / 2))
            found += [each if each.step or each.printed else each._replace(step=2 * unit(total)) for each in of_terms]
            name, of_terms = "", []
            continue
        if name:
            terms.append((sides[0], sides[-1]))
            of_terms += compared(line, sides)
            continue
        if line.endswith("rounded)"):
            found += [each._replace(step=1.0, most=0.5) for each in compared(line, sides)]
            continue
        found += compared(line, sides)
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
