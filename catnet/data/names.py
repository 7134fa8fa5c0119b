"""Names of files, classes and columns, which may hold anything, as text that is safe to print."""

from collections.abc import Iterable


def printable(name: object) -> str:
    """The name with what a terminal would act on (control characters, bidi marks, stray bytes) as escapes."""
    text = str(name)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def listed(names: Iterable[object]) -> str:
    """The names, printable, with commas between them."""
    return ", ".join(map(printable, names))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean X?`, or nothing where no known name is near."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {printable(near[0])}?" if near else ""
