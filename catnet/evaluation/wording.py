"""Numbers and names as people read them."""

from catnet.data.names import printable

PERCENTAGES = frozenset({"accuracy", "exact_match"})
ABBREVIATIONS = frozenset({"f1", "auc", "mae", "rmse", "r2"})
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


def number(value: float | None) -> str:
    """Four decimals, or four digits where it is large; a dash where it is not defined."""
    if value is None:
        return "-"
    return f"{value:.4f}".replace("-0.0000", "0.0000") if abs(value) < 100 else f"{value:.6g}"


def score(metric: str, value: float | None) -> str:
    """A share as a percentage with one decimal, else four digits: 70.0%, 10390."""
    if value is None:
        return "-"
    return f"{value:.1%}" if metric in PERCENTAGES else f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def name(text: object) -> str:
    """A name that may hold anything, inside a sentence: printable, and its direction of writing kept to itself."""
    shown = printable(text)
    return shown if shown.isascii() else f"{FIRST_STRONG_ISOLATE}{shown}{POP_ISOLATE}"


def metric_name(metric: str) -> str:
    """`exact match`, `AUC`."""
    return metric.upper() if metric in ABBREVIATIONS else metric.replace("_", " ")
