"""What is to be written about the columns of a table that are no answers."""

from collections.abc import Iterator

import numpy as np

from catnet.data.cells import is_missing
from catnet.data.columns import numbering
from catnet.data.csvfile import Table, as_number
from catnet.data.input_columns import why_no_input
from catnet.data.scan import Found
from catnet.data.source import LABEL
from catnet.recipe.question import Asked
from catnet.recipe.settings import Setting
from catnet.text import first_names, printable

SHOWN = 5  # reasons for leaving out a column


def settings_of_inputs(found: Found, asked: Asked) -> Iterator[Setting]:
    """Which columns are left out, and that missing cells of the others are filled in; nothing for pictures."""
    table, answers = found.first.table, {*asked.names, asked.target or LABEL}
    if table is None or found.first.pictures is not None:
        return
    inputs = [name for name in table.columns if name not in answers]
    reasons = {name: why_no_input(table, name) or why_a_counter(table, name) for name in inputs}
    if all(reasons.values()):  # then a counter may be all that there is, such as x of y = f(x)
        reasons = {name: why_no_input(table, name) for name in inputs}
    ignored = {name: reason for name, reason in reasons.items() if reason}
    if ignored:
        more = [f"and {len(ignored) - SHOWN} more"] if len(ignored) > SHOWN else []
        yield Setting("ignore", list(ignored), "; ".join([*list(ignored.values())[:SHOWN], *more]))
    inputs = [name for name in inputs if name not in ignored]
    tables = [source.table for source in found.sources.values() if source.table is not None]
    if missing := [name for name in inputs if any(any(map(is_missing, each.column(name))) for each in tables)]:
        has = "has" if len(missing) == 1 else "have"
        why = f"{first_names(missing, 100)} {has} missing cells: they are filled in, and an input says where"
        yield Setting("missing", "fill", why)


def why_a_counter(table: Table, name: str) -> str | None:
    """Why a column says nothing about other rows, because it numbers them; None if it does not."""
    values = np.array([as_number(cell) for cell in table.column(name)], float)  # NaN for what is no number
    does = None if np.isnan(values).any() else numbering(name, values)
    return does and f"column {printable(name)} {does}"
