"""Cells that should be numbers and are not: how they are written, and what to write instead."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from catnet.data.csvfile import as_number
from catnet.data.faults import Kind
from catnet.text import joined, listed, printable

SHOWN = 3  # examples of what a column holds
YES = {"yes", "y", "true", "t", "on"}
NO = {"no", "n", "false", "f", "off"}
MISSING = {"nan", "na", "n/a", "null", "none", "nil", "-", "?", "."}
CURRENCY = re.compile(r"^([+-]?)\s*(?:[$€£¥₹]|EUR|USD|GBP|CHF)\s*|\s*(?:[$€£¥₹]|EUR|USD|GBP|CHF)$")
UNIT = re.compile(r"(?<=[\d.])\s*(?:%|°?[^\W\d_]{1,10}(?:/[^\W\d_]{1,3})?[23²³]?|°)$")
MOST_UNITS = 3  # different ones in a column, above which they are words


class Way(NamedTuple):
    """A way to write numbers that is not read: what such cells have, and the text of the number in one, or None."""

    what: str
    number_in: Callable[[str], str | None]


def _decimal_comma(text: str) -> str | None:
    """3,5 and 1.234,5 as 3.5 and 1234.5"""
    return text.replace(".", "").replace(",", ".") if re.fullmatch(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+", text) else None


def _thousands(text: str) -> str | None:
    """1,234.5 and 1.234.567 and 1'234 and 1_234 without separators"""
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3}){2,}", text):
        return text.replace(".", "")
    return re.sub("[,'_]", "", text) if re.fullmatch(r"[+-]?\d{1,3}([,'_]\d{3})+(\.\d*)?", text) else None


def _blanks(text: str) -> str | None:
    """1 234 without blanks, also those that do not break a line"""
    return "".join(text.split()).replace(",", ".") if re.fullmatch(r"[+-]?\s*\d+(\s\d+)*([.,]\d*)?", text) else None


def _without(mark: re.Pattern[str]) -> Callable[[str], str | None]:
    def number_in(text: str) -> str | None:
        rest = mark.sub(r"\1" if mark.groups else "", text)
        return _plain(rest) if rest != text else None

    return number_in


def _plain(text: str) -> str | None:
    """The number in a text as Python writes it, whatever separators it has."""
    if as_number(text) is not None:
        return text.strip()
    return next((plain for way in (_thousands, _decimal_comma, _blanks) if (plain := way(text.strip()))), None)


# The first that fits all odd cells of a column is what the column has.
WAYS = (
    Way("numbers with thousands separators", _thousands),
    Way("numbers with a decimal comma", _decimal_comma),
    Way("numbers with blanks", _blanks),
    Way("numbers with a currency sign", _without(CURRENCY)),
    Way("numbers with a unit", _without(UNIT)),
)


def kinds_of(name: str, odd: Iterable[str], wanted: str = "a number", fix: str = "") -> dict[str, Kind]:
    """The kind of fault of each of a column's cells that are not what is wanted, which must be all such cells.

    `fix` is what to do if no better is known.
    """
    texts = {cell: cell.strip() for cell in odd}
    words = list(dict.fromkeys(text for text in texts.values() if not is_missing(text)))
    of_words = _yes_or_no(name, words) or (wanted == "a number" and _odd_numbers(name, words))
    of_words = of_words or Kind(f"{name} must be {wanted}, is {_examples(words)}", fix)
    return {
        cell: of_words
        if not is_missing(text)
        else Kind(f"{name} is {f'{printable(text)}, no number,' if text else 'empty'}")
        for cell, text in texts.items()
    }


def is_missing(cell: str) -> bool:
    """Whether a cell is empty, or says that it has no value."""
    return not cell.strip() or cell.strip().casefold() in MISSING


def _examples(words: Sequence[str]) -> str:
    return listed(words[:SHOWN]) + (", ..." if len(words) > SHOWN else "")


def _yes_or_no(name: str, words: Sequence[str]) -> Kind | None:
    """The kind of fault of a column of yes and no, whatever they are called; None if it has other words too."""
    yes = [word for word in words if word.casefold() in YES]
    no = [word for word in words if word.casefold() in NO]
    if not words or len(yes) + len(no) < len(words) or (len(words) == 1 and len(words[0]) == 1):
        return None
    return Kind(f"{name} has {joined([*yes, *no])}", f"write {' and '.join(['1'] * bool(yes) + ['0'] * bool(no))}")


def _odd_numbers(name: str, words: Sequence[str]) -> Kind | None:
    """The kind of fault of a column of numbers that are written in a way that is not read; None if it has others."""
    for what, number_in in WAYS if words else ():
        numbers = [number_in(word) for word in words]
        if None in numbers or (what.endswith("unit") and len({UNIT.findall(word)[0] for word in words}) > MOST_UNITS):
            continue
        return Kind(f"{name} has {what} ({printable(words[0])})", f"write {numbers[0]}")
    return None
