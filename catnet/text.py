"""Values, names and numbers as people read them: safe to print, even if a file, a class or a column has an odd name."""

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from heapq import nlargest
from itertools import accumulate, islice

from catnet.goals import METRICS

LONGEST = 60  # characters of a value in a message
LONGEST_LIST = 2000  # characters of names in a message, before the rest is only counted
MOST_HINTS = 5  # names for which a near one is looked for in one message
LONGEST_FOLDED = 1000  # characters: the time of a Unicode form grows with the square
NEAR, COMPARED = 0.6, 720  # the likeness of a near name; letters of names that are compared one by one, which is slow
SPELLING = "case, blanks, Unicode form or number format"  # what `folded` makes equal
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
UNUSUAL = re.compile(f"[^\n\t -~{FIRST_STRONG_ISOLATE}{POP_ISOLATE}]")  # what may not be printable


def printable(name: object) -> str:
    """The name, with escapes (\\x1b) for what a terminal would act on: control characters, bidi marks, stray bytes."""
    text = str(name)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def printable_lines(text: str) -> str:
    """Lines of text for a terminal: printable except for their ends and tabs, and without the marks of `isolated`."""
    if text.isprintable():
        return text
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in unmarked(text).split("\n"))


def unmarked(text: str) -> str:
    """The text without the marks of `isolated`."""
    return text if text.isascii() else text.replace(FIRST_STRONG_ISOLATE, "").replace(POP_ISOLATE, "")


def harmless(text: str) -> str:
    """Lines of text with escapes for control characters and bidi marks, but for the marks of `isolated`."""
    return UNUSUAL.sub(lambda c: printable(c[0]), text)


def isolated(text: object) -> str:
    """A name inside a sentence: printable, and its writing direction does not change that of the sentence."""
    shown = printable(text)
    return shown if shown.isascii() else f"{FIRST_STRONG_ISOLATE}{shown}{POP_ISOLATE}"


def listed(names: Iterable[object]) -> str:
    """a, b, c; a name with blanks at its edges in quotes, so that they are seen; `in_brief` if there are many"""
    return in_brief(list(map(in_a_list, names)))


def in_a_list(name: object) -> str:
    """The name, in quotes if it has blanks at its edges."""
    text = printable(name)
    return text if text == text.strip() else f'"{text}"'


def are(count: int) -> str:
    """`is` for one, `are` for several"""
    return "is" if count == 1 else "are"


def some_of(count: int, total: int, what: str) -> str:
    """`10 of the 113 test pictures are`, the start of a sentence"""
    return f"{count} of the {total} {what} {are(count)}"


def joined(names: Iterable[object]) -> str:
    """a, b and c"""
    return in_a_row(map(printable, names), "and")


def first_names(names: Iterable[object], length: int = 500, where: str = "") -> str:
    """a, b, c: all of the names, or as many as fit in so many characters, how many more there are, and where."""
    return in_brief(list(map(in_a_list, names)), length, where)


def in_brief(shown: Sequence[str], length: int = LONGEST_LIST, where: str = "") -> str:
    """a, b, c: the texts as they are, or as many as fit in so many characters, how many more there are, and where."""
    ends = accumulate(len(text) + 2 for text in shown)
    count = max(1, sum(end <= length for end in ends))
    return ", ".join(shown[:count]) + (f" and {len(shown) - count} more{where}" if count < len(shown) else "")


def counted(count: int, noun: str) -> str:
    """1 row, 2 rows, 2 classes"""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}{'es' if noun.endswith('s') else 's'}"


def alternatives(names: Iterable[str]) -> str:
    """a, b or c"""
    return in_a_row(names, "or")


def in_a_row(names: Iterable[str], word: str) -> str:
    """The names as they are, with commas between them, and the word before the last; `in_brief` if there are many."""
    *head, last = names
    if sum(map(len, head)) > LONGEST_LIST:
        return in_brief([*head, last])
    return f"{', '.join(head)} {word} {last}" if head else last


def shown(value: object) -> str:
    """A value of a configuration, as a message shows it: in quotes if its edges are blank, cut off if it is long."""
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping" if value else "an empty mapping"
    if isinstance(value, list | tuple | set):
        return "a list"
    text = short(value)
    return text if text and text == text.strip() else f'"{text}"'


def folded(name: str) -> str:
    """What is left of a name without case, blanks at its edges, Unicode form and number format: `Cat ` and `cat` are
    the same then, as are `1` and `1.0`, or `é` as one character and as two. A very long name stays as it is.
    """
    if len(name) > LONGEST_FOLDED:
        return name
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
    alike: defaultdict[str, list[str]] = defaultdict(list)
    for same in known:
        alike[folded(same)].append(same)
    pairs = [(name, same) for name in names for same in alike.get(folded(name), ()) if name != same]
    return "".join(
        f"; {told_apart([name])} differs from {told_apart([same])} only in {SPELLING}" for name, same in pairs
    )


def nearest(text: str, names: Iterable[str]) -> str | None:
    """The name that is nearest to a misspelt one, whatever their case; None if none is near.

    The time grows with the number of names, but not with the square of their lengths: 0.1 s for 10,000 of them.
    """
    from difflib import SequenceMatcher  # late, because few commands need it, and each would start later

    names, key = list(names), folded(text)
    if same := next((name for name in names if folded(name) == key), None):
        return same
    by_key = {name.casefold(): name for name in names}
    start = text.casefold()[:LONGEST]
    matcher = SequenceMatcher(b=start)
    bounds: list[tuple[float, str]] = []  # the likeness of each name is not above its bound
    for other in by_key:
        matcher.set_seq1(other)
        if matcher.real_quick_ratio() >= NEAR and (bound := matcher.quick_ratio()) >= NEAR:
            bounds.append((bound, other))
    best, near = NEAR, ""
    for bound, other in nlargest(COMPARED // max(1, len(start)), bounds):
        if bound < best:
            break
        matcher.set_seq1(other)
        best, near = max((best, near), (matcher.ratio(), other))
    return by_key[near] if near else None


def did_you_mean(text: str, names: Iterable[str]) -> str:
    """`; did you mean X?`, or nothing if no name is near."""
    near = nearest(text, names)
    return "" if near is None else suggestion(text, near)


def suggestion(text: str, near: str) -> str:
    """`; did you mean X?`, with escapes if X looks like what was written."""
    looks_alike = unicodedata.normalize("NFKC", near) == unicodedata.normalize("NFKC", text)
    return f"; did you mean {told_apart([near]) if looks_alike else shown(near)}?"


def did_you_mean_each(texts: Iterable[str], names: Iterable[str]) -> str:
    """`; did you mean X and Y?`, of the names that are near to some of the first texts; nothing if none is."""
    names = list(names)
    near = {text: name for text in islice(texts, MOST_HINTS) if (name := nearest(text, names)) is not None}
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
    """A percentage with one decimal, or a number of four digits and more: 70.0%, 0.1234, 10,390; 1.684e+98."""
    if value is None:
        return "-"
    if METRICS[metric].is_percentage:
        return f"{value:.1%}"
    return f"{value:.4g}" if not 1000 <= abs(value) < 1e15 else f"{value:,.0f}"


def metric_name(metric: str) -> str:
    """`exact match`, `AUC`"""
    return metric.upper() if METRICS[metric].is_abbreviation else metric.replace("_", " ")


def two_digits(value: float) -> str:
    """0.094, 21, 120"""
    return f"{float(f'{value:.2g}'):g}"


def byte_size(count: float) -> str:
    """1.5 GB"""
    for unit in ("bytes", "kB", "MB"):
        if count < 999.5:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB" if count < 1000 else f"{count:,.0f} GB"
