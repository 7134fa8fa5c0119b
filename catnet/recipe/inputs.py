"""What is to be written about the columns of a table that are no answers."""

from collections.abc import Iterator, Mapping

from catnet.data.cells import is_missing
from catnet.data.faults import Kind
from catnet.data.input_columns import in_words, why_no_input
from catnet.data.scan import Found
from catnet.data.source import LABEL, Source
from catnet.recipe.columns import Columns
from catnet.recipe.question import Asked
from catnet.recipe.settings import Setting
from catnet.text import first_names

SHOWN = 5  # reasons for leaving out a column


def left_out(source: Source, asked: Asked, columns: Columns) -> dict[str, Kind]:
    """The columns that are no inputs, and why; none for pictures."""
    table, answers = source.table, {*asked.names, asked.target or LABEL}
    if table is None or source.pictures is not None:
        return {}
    inputs = [name for name in table.columns if name not in answers]
    odd = [name for name in inputs if name not in columns.complete]
    found = {name: reason for name in odd if (reason := why_no_input(table, name))}
    counters = {name: reason for name in inputs if name not in found and (reason := columns.why_a_counter(name))}
    if len(found) + len(counters) == len(inputs):  # a counter may be all that there is, such as x of y = f(x)
        return found
    return {name: reason for name in inputs if (reason := found.get(name) or counters.get(name))}


def settings_of_inputs(found: Found, asked: Asked, without: Mapping[str, Kind]) -> Iterator[Setting]:
    """Which columns are left out, and that missing cells of the others are filled in; nothing for pictures."""
    if found.first.table is None or found.first.pictures is not None:
        return
    if without:
        more = [f"and {len(without) - SHOWN} more"] if len(without) > SHOWN else []
        yield Setting("ignore", list(without), "; ".join([*map(in_words, list(without.values())[:SHOWN]), *more]))
    inputs = [name for name in found.first.columns if name not in {*without, *asked.names, asked.target or LABEL}]
    tables = [source.table for source in found.sources.values() if source.table is not None]
    if missing := [name for name in inputs if any(any(map(is_missing, set(each.column(name)))) for each in tables)]:
        has = "has" if len(missing) == 1 else "have"
        why = f"{first_names(missing, 100)} {has} missing cells: they are filled in, and an input says where"
        yield Setting("missing", "fill", why)
