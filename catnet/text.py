"""Values, names and numbers as people read them: safe to print, even if a file, a class or a column has an odd name."""

import math
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate

from catnet.goals import METRICS

LONGEST = 60  # characters of a value in a message
SPELLING = "case, blanks, Unicode form or number format"  # what `folded` makes equal
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


def printable(name: object) -> str:
    """The name, with escapes (\\x1b) for what a terminal would act on: control characters, bidi marks, stray bytes."""
    text = str(name)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def isolated(text: object) -> str:
    """A name inside a sentence: printable, and its writing direction does not change that of the sentence."""
    shown = printable(text)
    return shown if shown.isascii() else f"{FIRST_STRONG_ISOLATE}{shown}{POP_ISOLATE}"


def listed(names: Iterable[object]) -> str:
    """a, b, c; a name with blanks at its edges in quotes, so that they are seen"""
    shown = map(printable, names)
    return ", ".join(name if name == name.strip() else f'"{name}"' for name in shown)


def are(count: int) -> str:
    """`is` for one, `are` for several"""
    return "is" if count == 1 else "are"


def some_of(count: int, total: int, what: str) -> str:
    """`10 of the 113 test pictures are`, the start of a sentence"""
    return f"{count} of the {total} {what} {are(count)}"


def joined(names: Iterable[object]) -> str:
    """a, b and c"""
    return in_a_row(map(printable, names), "and")


def first_names(names: Iterable[object], length: int = 500) -> str:
    """a, b, c: all of the names, or as many as fit in so many characters, and how many more there are."""
    shown = list(map(printable, names))
    ends = accumulate(len(name) + 2 for name in shown)
    count = max(1, sum(end <= length for end in ends))
    return ", ".join(shown[:count]) + (f" and {len(shown) - count} more" if count < len(shown) else "")


def counted(count: int, noun: str) -> str:
    """1 row, 2 rows"""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def alternatives(names: Iterable[str]) -> str:
    """a, b or c"""
    return in_a_row(names, "or")


def in_a_row(names: Iterable[str], word: str) -> str:
    """The names as they are, with commas between them, and the word before the last."""
    *head, last = names
    return f"{', '.join(head)} {word} {last}" if head else last


def shown(value: object) -> str:
    """A value of a configuration, as a message shows it: in quotes if its edges are blank, cut off if it is long."""
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple | set):
        return "a list"
    text = printable(value)
    if len(text) > LONGEST:
        text = text[:LONGEST] + "..."
    return text if text and text == text.strip() else f'"{text}"'


def folded(name: str) -> str:
    """What is left of a name without case, blanks at its edges, Unicode form and number format: `Cat ` and `cat` are
    the same then, as are `1` and `1.0`, or `é` as one character and as two.
    """
    key = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    key = unicodedata.normalize("NFKC", key)  # which case folding may undo
    key = "".join(c for c in key if unicodedata.category(c) != "Cf")  # such as a zero-width space
    try:
        value = float(key) if "_" not in key else math.nan
    except ValueError:
        return key
    return repr(value) if math.isfinite(value) else key


def alike(names: Iterable[str]) -> list[list[str]]:
    """The groups of distinct names that are the same when folded, each in order."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name in dict.fromkeys(names):
        groups[folded(name)].append(name)
    return [group for group in groups.values() if len(group) > 1]


def told_apart(names: Iterable[str]) -> str:
    """Names that look alike, in quotes and with escapes for what is not ASCII, so that they look different."""
    return listed(f'"{ascii(name)[1:-1]}"' for name in names)


def misspelt(names: Iterable[str], known: Sequence[str]) -> str:
    """`; "Cat" differs from "cat" only in case, ...` for each name that is a known one when folded, or nothing."""
    pairs = [(name, same) for name in names for same in known if folded(name) == folded(same) and name != same]
    return "".join(
        f"; {told_apart([name])} differs from {told_apart([same])} only in {SPELLING}" for name, same in pairs
    )


def nearest(text: str, names: Iterable[str]) -> str | None:
    """The name that is nearest to a misspelt one, whatever their case; None if none is near."""
    from difflib import get_close_matches  # late, because few commands need it, and each would start later

    names = list(names)
    if same := [name for name in names if folded(name) == folded(text)]:
        return same[0]
    by_key = {name.casefold(): name for name in names}
    near = get_close_matches(text.casefold()[:LONGEST], list(by_key), n=1)
    return by_key[near[0]] if near else None


def did_you_mean(text: str, names: Iterable[str]) -> str:
    """`; did you mean X?`, or nothing if no name is near."""
    near = nearest(text, names)
    return "" if near is None else suggestion(text, near)


def suggestion(text: str, near: str) -> str:
    """`; did you mean X?`, with escapes if X looks like what was written."""
    looks_alike = unicodedata.normalize("NFKC", near) == unicodedata.normalize("NFKC", text)
    return f"; did you mean {told_apart([near]) if looks_alike else shown(near)}?"


def did_you_mean_each(texts: Iterable[str], names: Iterable[str]) -> str:
    """`; did you mean X and Y?`, of the names that are near to some of the texts; nothing if none is."""
    names = list(names)
    near = {text: name for text in texts if (name := nearest(text, names)) is not None}
    marked = [suggestion(text, name).removeprefix("; did you mean ").removesuffix("?") for text, name in near.items()]
    return f"; did you mean {in_a_row(dict.fromkeys(marked), 'and')}?" if marked else ""


def short(text: object, length: int = LONGEST) -> str:
    """What a file holds, as a message shows it: printable, and cut off if it is longer."""
    whole = str(text)
    return printable(whole[:length]) + ("..." if len(whole) > length else "")


def number(value: float | None) -> str:
    """Four decimals, or six digits of a large number, or three of a small one; a dash if it is not defined."""
    if value is None:
        return "-"
    if 1e-12 < value < 0.001:
        return f"{value:.3g}"
    return f"{value:.4f}".replace("-0.0000", "0.0000") if abs(value) < 100 else f"{value:.6g}"


def score(metric: str, value: float | None) -> str:
    """A percentage with one decimal, or four digits: 70.0%, 10390."""
    if value is None:
        return "-"
    if METRICS[metric].is_percentage:
        return f"{value:.1%}"
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def metric_name(metric: str) -> str:
    """`exact match`, `AUC`"""
    return metric.upper() if METRICS[metric].is_abbreviation else metric.replace("_", " ")


def byte_size(count: float) -> str:
    """1.5 GB"""
    for unit in ("bytes", "kB", "MB"):
        if count < 999.5:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB" if count < 1000 else f"{count:,.0f} GB"
