"""Cells that should be numbers and are not: how they are written, and what to write instead."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import takewhile

from catnet.data.csvfile import LARGEST, as_number, is_too_large
from catnet.data.faults import Kind
from catnet.text import alternatives, joined, listed, short

SHOWN = 3  # examples of what a column holds
ZERO_OR_ONE = {"yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}  # what a column may hold in place of these numbers
YES = {"yes", "y", "true", "t", "on"}
NO = {"no", "n", "false", "f", "off"}
NO_VALUE = {"nan", "na", "n/a", "#n/a", "<na>", "null", "none", "nil", "nat", "-", "--", "?", "."}
CURRENCY = re.compile(r"^([+-]?)\s*(?:[$€£¥₹]|EUR|USD|GBP|CHF)\s*|\s*(?:[$€£¥₹]|EUR|USD|GBP|CHF)$")
UNIT = re.compile(r"(?<=[\d.])\s*(?:%|°?[^\W\d_]{1,10}(?:/[^\W\d_]{1,3})?[23²³]?|°)$")
# What is a unit at a few numbers too; at many, whatever is the same in all of them.
UNITS = """
    % ° °C °F K g kg mg µg lb lbs oz t m cm mm km µm nm in ft yd mi m2 m² m3 m³ cm2 cm² mm2 mm² km2 km² ha qm sqm sqft
    l ml mL cl dl gal s sec min h hr hrs day days week weeks month months yr yrs year years ms ns Hz kHz MHz GHz kW kWh
    mV mA Pa kPa hPa bar psi kJ cal kcal km/h mph m/s px pt kB KB MB GB TB
"""
FEWEST_OF_UNIT = 10  # so many different numbers have a unit if the same word is behind them
ORDINALS = {"st", "nd", "rd", "th"}
LONGEST_NUMBER = 100  # characters; in longer words none is looked for
MULTIPLIED = re.compile(r"([^eE]*\d)(\s?[kM]|K)")  # 300 K with a blank is a temperature
EXPONENTS = {"k": 3, "K": 3, "M": 6}
MONTH = (  # in English or German
    r"(jan(uary|uar)?|feb(ruary|ruar)?|mar(ch)?|märz?|apr(il)?|may|mai|jun[ei]?|jul[yi]?|aug(ust)?|sept?(ember)?|"
    r"o[ck]t(ober)?|nov(ember)?|de[cz](ember)?)\.?"
)
DATES = {
    re.compile(
        r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}([-/.])\d{1,2}\2\d{2,4})([T\s].*)?|\d{4}[-/](0[1-9]|1[0-2])|"
        rf"(\d{{1,2}}\.?[ -])?{MONTH}[ -]\d{{2,4}}|{MONTH} \d{{1,2}}, \d{{4}}",
        re.IGNORECASE,
    ): (
        "dates", "write the year, or the days since a fixed day, as a number"
    ),
    re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"): ("times", "write the hours, or the minutes, as a number"),
}  # fmt: skip


def _thousands(text: str) -> str | None:
    """1,234.5 and 1.234.567 and 1'234 and 1_234 without separators"""
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3}){2,}", text):
        return text.replace(".", "")
    return re.sub("[,'_]", "", text) if re.fullmatch(r"[+-]?[1-9]\d{0,2}([,'_]\d{3})+(\.\d*)?", text) else None


def _decimal_comma(text: str) -> str | None:
    """3,5 and 1.234,5 as 3.5 and 1234.5"""
    return text.replace(".", "").replace(",", ".") if re.fullmatch(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+", text) else None


def _blanks(text: str) -> str | None:
    """1 234 without blanks, also those that do not break a line"""
    return "".join(text.split()).replace(",", ".") if re.fullmatch(r"[+-]?\s*\d+(\s\d+)*([.,]\d*)?", text) else None


# The ways to write numbers that are not read; of those that fit all odd cells of a column, the first is what it has.
NOTATIONS: dict[str, Callable[[str], str | None]] = {
    "thousands separators": _thousands,
    "a decimal comma": _decimal_comma,
    "blanks": _blanks,
}
# What stands beside the number, by its name and that of several.
BESIDE = {("a currency sign", "currencies"): CURRENCY, ("a unit", "units"): UNIT}


def kinds_of(
    name: str, odd: Iterable[str], wanted: str = "a number", fix: str = "", mark: str = "."
) -> dict[str, Kind]:
    """The kind of fault of each of a column's cells that are not what is wanted, which must be all such cells.

    `fix` is what to do if no better is known; `mark` is the decimal mark of the file.
    """
    texts = {cell: cell.strip() for cell in odd}
    words = list(dict.fromkeys(text for text in texts.values() if not is_missing(text)))
    large = dict.fromkeys(filter(is_too_large, words)) if wanted == "a number" else {}
    words = [word for word in words if word not in large]
    of_words = _yes_or_no(name, words) or (wanted == "a number" and odd_numbers(name, words, mark))
    of_words = of_words or Kind(f"{name} must be {wanted}, is {examples(words)}", fix)
    too_large = Kind(
        f"{name} holds numbers beyond {LARGEST:.3g} ({examples(list(large))})", "give them in another unit"
    )
    missing = {
        text: Kind(f"{name} is {f'{short(text)}, no number,' if text else 'empty'}")
        for text in texts.values()
        if is_missing(text)
    }
    return {cell: missing.get(text, too_large if text in large else of_words) for cell, text in texts.items()}


def is_missing(cell: str) -> bool:
    """Whether a cell is empty, or says that it has no value."""
    return not cell.strip() or cell.strip().casefold() in NO_VALUE


def emptiness(cells: Iterable[str]) -> str:
    """What missing cells are: `is empty`, `is NA`, or `is empty, ? or NA`."""
    return f"is {alternatives(short(word) or 'empty' for word in sorted(set(map(str.strip, cells))))}"


def rest_is_empty(count: int) -> str:
    """` and is empty in the other 6`, of so many rows."""
    return f" and is empty in {'the other' if count == 1 else f'the other {count}'}" if count else ""


def is_numeric(cell: str) -> bool:
    """Whether a cell is meant as a number, even if it is infinite or too large."""
    try:
        return float(cell) == float(cell) and "_" not in cell
    except ValueError:
        return False


def zero_or_one(cell: str) -> float | None:
    """What yes and no, or true and false, in any case, stand for: 1 or 0; None for another cell."""
    return ZERO_OR_ONE.get(cell.strip().casefold())


def yes_and_no(cells: Iterable[str]) -> dict[str, float] | None:
    """What each text stands for in a column that holds only yes and no, or true and false, in any case: 1 or 0, and NaN
    for a missing cell. None if the column holds other words, or is empty.
    """
    values = {text: math.nan if is_missing(text) else zero_or_one(text) for text in set(cells)}
    found = {text: value for text, value in values.items() if value is not None}
    return found if len(found) == len(values) and not all(map(math.isnan, found.values())) else None


def examples(words: Sequence[str]) -> str:
    return listed(map(short, words[:SHOWN])) + (", ..." if len(words) > SHOWN else "")


def _yes_or_no(name: str, words: Sequence[str]) -> Kind | None:
    """The kind of fault of a column of yes and no, whatever they are called; None if it has other words too."""
    yes = [word for word in words if word.casefold() in YES]
    no = [word for word in words if word.casefold() in NO]
    if not words or len(yes) + len(no) < len(words) or (len(words) == 1 and len(words[0]) == 1):
        return None
    return Kind(f"{name} has {joined([*yes, *no])}", f"write {' and '.join(['1'] * bool(yes) + ['0'] * bool(no))}")


def odd_numbers(name: str, words: Sequence[str], mark: str = ".") -> Kind | None:
    """The kind of fault of a column of numbers that are written in a way that is not read; None if it has others.

    `mark` is the decimal mark of the file, with which they are to be written.
    """
    if not words or max(map(len, words)) > LONGEST_NUMBER:
        return None
    for pattern, (what, fix) in DATES.items():
        dates = list(filter(pattern.fullmatch, words))
        if 2 * len(dates) > len(words):
            return Kind(f"{name} has {what} ({short(dates[0])})", fix)
    if readings := _readings(words):
        has = "multipliers" if any(map(MULTIPLIED.fullmatch, words)) else _comma(readings) or next(iter(readings))
        return Kind(f"{name} has numbers with {has} ({short(words[0])})", _write(readings, mark))
    for (one, several), beside in BESIDE.items():
        if not all(map(beside.search, words)):
            continue
        rests = [beside.sub(r"\1" if beside.groups else "", word).strip() for word in words]
        signs = {"".join(found.group().split()) for word in words if (found := beside.search(word))}
        readings = _readings(rests)
        if not readings or (beside is UNIT and not _are_units(signs, len(words))):
            continue
        if len(signs) == 1:
            return Kind(f"{name} has numbers with {one} ({short(words[0])})", _write(readings, mark))
        has = f"{name} has numbers with different {several} ({listed(map(short, sorted(signs)))})"
        return Kind(has, "convert them to one, and write the number alone")
    return None


def _are_units(signs: set[str], numbers: int) -> bool:
    """Whether these words behind so many different numbers are units."""
    return signs.issubset(UNITS.split()) or (
        len(signs) == 1 and numbers >= FEWEST_OF_UNIT and signs.isdisjoint(ORDINALS)
    )


def _readings(texts: Sequence[str]) -> dict[str, list[str]]:
    """The numbers in all the texts as Python writes them, by each notation that fits all of them."""
    found = {}
    for has, notation in NOTATIONS.items():
        read = list(takewhile(bool, (_read(text, notation) for text in texts)))
        if len(read) == len(texts):
            found[has] = [text for text in read if text]
    return found


def _read(text: str, notation: Callable[[str], str | None]) -> str | None:
    if multiplied := MULTIPLIED.fullmatch(text):
        number = _read(multiplied[1], notation)
        return number and format(Decimal(f"{number}e{EXPONENTS[multiplied[2].strip()]}"), "f")  # exact, unlike `scaleb`
    return text if as_number(text) is not None else notation(text)


def _comma(readings: dict[str, list[str]]) -> str:
    """`a comma` if it may separate thousands or be the decimal comma: as in 3,682."""
    thousands, decimal = (readings.get(has) for has in list(NOTATIONS)[:2])
    return "a comma" if thousands and decimal and thousands != decimal else ""


def _write(readings: dict[str, list[str]], mark: str) -> str:
    """`write 3682`, or both of what may be meant"""
    if _comma(readings):
        thousands, decimal = (readings[has] for has in list(NOTATIONS)[:2])
        this, that = next(pair for pair in zip(thousands, decimal, strict=True) if len(set(pair)) > 1)
        return f"write {short(this)} if the comma separates thousands, {short(that)} if it is a decimal comma"
    return f"write {short(next(iter(readings.values()))[0].replace('.', mark))}"


def as_words(cell: str) -> str:
    """The cell as a message shows it."""
    if is_too_large(cell):
        return f"{short(cell)}, beyond {LARGEST:.3g}"
    return short(cell) if cell.strip() else "empty"
