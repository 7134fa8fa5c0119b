"""The same for a batch of m examples: X (n, m), the broadcasting of b, J as the mean of L, dW as the mean of theirs."""

import os
from collections.abc import Iterator

import numpy as np

from catnet.data.listing import Listing
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.evaluation.pictures import rows_of
from catnet.model import Model
from catnet.teaching.tracing.answer import Answer
from catnet.teaching.tracing.backward import shown_weights
from catnet.teaching.tracing.chosen import COLUMNS, Chosen, w_name, x_name
from catnet.teaching.tracing.form import (
    Drawing,
    Line,
    Section,
    Table,
    Term,
    added,
    equation,
)
from catnet.teaching.tracing.labels import in_words
from catnet.teaching.tracing.loss import label_lines, loss_lines
from catnet.teaching.tracing.numbers import FACTOR, Rounded, at, decimals_of, digits, exact, read, signed
from catnet.teaching.tracing.of_run import OfRun
from catnet.teaching.tracing.outputs import output_lines
from catnet.text import counted, printable

NARROW = 11  # characters of a number, of which two fit side by side in each part of a drawing


def others(run: OfRun, count: int, name: str, row: Array) -> tuple[list[str], Array, Array]:
    """Examples of the run's training data, at even distances in it, without the one that is traced: names, rows
    (count, n) as `Model.predict` takes them, and Y (k, count). Raises DataError if there are not so many, or if the
    data is gone.
    """
    listing = run.training
    if listing is None:
        raise DataError(f"a batch is of the run's training data, and that cannot be read: {run.why_no_data}")
    places = [place for place, each in enumerate(listing.names) if not f"{os.sep}{name}".endswith(f"{os.sep}{each}")]
    if len(places) < count:
        total = counted(len(listing.names), "example")
        raise DataError(f"a batch of {count + 1}: the run's training data has only {total}; give a smaller number")
    chosen = [places[int(at)] for at in np.linspace(0, len(places) - 1, count).round()]
    part = listing.take(np.array(chosen))
    return [*part.names], decoded(run.model, part, row), part.labels


def decoded(model: Model, part: Listing, row: Array) -> Array:
    """The rows of examples, like the `row` of the one that is traced. Raises DataError for a picture that is bad."""
    if part.rows is not None:
        return part.rows
    assert part.paths is not None and model.decoded_size is not None
    found = np.empty((len(part.paths), len(row)), row.dtype)
    for place, (_, each) in enumerate(rows_of(part.paths, model.decoded_size, model.colors)):
        if isinstance(each, DataError):
            raise each
        found[place] = each
    return found


def batch_sections(chosen: Chosen, names: list[str], labels: Array) -> Iterator[Section]:
    """The sections of a batch, whose first example is the one that is traced. `labels` are Y (k, m) as the
    data has it.
    """
    yield x_section(chosen, names, labels)
    yield broadcast_section(chosen)
    yield outputs_section(chosen, labels)
    yield mean_section(chosen)


def columns_of(chosen: Chosen) -> list[int]:
    """The examples that are shown."""
    return list(range(min(COLUMNS, chosen.traced.m)))


def headed(chosen: Chosen) -> tuple[str, ...]:
    """The names of the columns shown: 1, 2, ..."""
    return tuple(f"example {e + 1}" for e in columns_of(chosen))


def x_section(chosen: Chosen, names: list[str], labels: Array) -> Section:
    """X (n, m), the examples side by side."""
    traced, n = chosen.traced, chosen.traced.network.sizes[0]
    needed = sorted({j for i in chosen.neurons[1] for j in shown_weights(chosen, 1, i)})
    rows = tuple((x_name(j), *(chosen.a(0, j, e) for e in columns_of(chosen))) for j in needed)
    question = traced.model.question
    said = [
        f"example {e + 1} is {printable(names[e])} ({in_words(question, labels[:, e])})" for e in columns_of(chosen)
    ]
    left = traced.m - len(columns_of(chosen))
    why = [f"The example above and {traced.m - 1} of the training data, each a column of X: {'; '.join(said)}."]
    why += [f"Shown are the first {COLUMNS} columns; {counted(left, 'example')} are left out."] if left else []
    return Section("A batch, X", "X = (x of example 1, x of example 2, ...)", f"({n}, {traced.m})", tuple(why),
                   (Table("X", headed(chosen), rows),))  # fmt: skip


def broadcast_section(chosen: Chosen) -> Section:
    """Z[1] = W[1] X + b[1], with the broadcasting of b drawn."""
    traced, (n_1, n) = chosen.traced, chosen.traced.W(1).shape
    shown, columns = chosen.neurons[1], columns_of(chosen)
    decimals = {i: chosen.decimals(1, i) for i in shown}
    Z, b = traced.Z[1].astype(np.float64), traced.b(1).astype(np.float64)
    b_text = {i: at(b[i, 0], decimals[i]) for i in shown}
    product = {(i, e): at(Z[i, e] - b[i, 0], decimals[i]) for i in shown for e in columns}
    lines: list[Line] = [Table("W[1] X", headed(chosen), tuple(
        (f"row {i + 1}", *(product[i, e] for e in columns)) for i in shown))]  # fmt: skip
    lines += ["b[1] has one column. It is broadcast: the same column is added to each of the m columns.",
              Drawing(tuple(drawing(chosen, product, b_text)))]  # fmt: skip
    lines.append("Together, column by column:")
    rows = tuple((f"row {i + 1}", *(chosen.z(1, i, e) for e in columns)) for i in shown)
    lines.append(Table("Z[1]", headed(chosen), rows))
    shapes = chosen.shapes((n_1, traced.m), "=", (n_1, n), (n, traced.m), "+", (n_1, 1))
    why = ("One product of matrices does for all examples what the sums above do for one.",)
    return Section("Z[1] of the batch", "Z[1] = W[1] X + b[1]", shapes, why, tuple(lines))


def drawing(chosen: Chosen, product: dict[tuple[int, int], str], b: dict[int, str]) -> Iterator[str]:
    """W[1] X + b[1], with b[1] once as it is and once as it is broadcast."""
    shown = chosen.neurons[1]
    width = max(map(len, (*product.values(), *b.values())))
    columns = columns_of(chosen)[: 2 if width < NARROW else 1]
    more = " ..." if chosen.traced.m > len(columns) else ""
    n_1, m = chosen.traced.network.sizes[1], chosen.traced.m
    left = len(columns) * (width + 1) + len(more) + 1
    yield f"{f'({n_1}, {m})':^{left}}   {f'({n_1}, 1)':^{width + 2}}    {f'({n_1}, 1), {m} times':^{left}}".rstrip()
    for place, i in enumerate(shown):
        plus, becomes = ("+", "->") if place == len(shown) // 2 else (" ", "  ")
        products = " ".join(f"{product[i, e]:>{width}}" for e in columns)
        same = " ".join(f"{b[i]:>{width}}" for _ in columns)
        yield f"[{products}{more}] {plus} [{b[i]:>{width}}] {becomes} [{same}{more}]"
    if n_1 > len(shown):
        yield f"  ... and {n_1 - len(shown)} more rows"


def outputs_section(chosen: Chosen, labels: Array) -> Section:
    """y^ and L of each example, and J, their mean."""
    traced, k, columns = chosen.traced, chosen.traced.network.sizes[-1], columns_of(chosen)
    L, J = traced.before.L, traced.before.J
    assert L is not None and J is not None
    lines: list[Line] = []
    if chosen.depth > 1:
        Z = f"Z[{chosen.depth}]"
        lines.append(f"From Z[1] on each layer does the same to every column, up to {Z}, ({k}, {traced.m}):")
        rows = ((chosen.name("Z", chosen.depth, i), *(chosen.z(chosen.depth, i, e) for e in columns))
                for i in chosen.neurons[chosen.depth])  # fmt: skip
        lines.append(Table(Z, headed(chosen), tuple(rows)))
    for e in columns[1:]:
        one = Chosen(traced.one(e), chosen)
        answer = Answer(one, one.traced.before, f" of example {e + 1}")
        lines += [*output_lines(answer), *label_lines(answer, labels[:, e]), *loss_lines(answer, "L")]
    of_each = L.sum(axis=0, dtype=np.float64)
    decimals = decimals_of([*of_each[columns], of_each.sum()], max(map(chosen.spacing, of_each)))
    terms = [Term(f"L of example {e + 1}", at(of_each[e], decimals)) for e in columns]
    total = at(of_each.sum(), decimals)
    lines.append(added("m J", terms, total, traced.m - len(columns)))
    lines.append(
        equation("J", f"{total} / {traced.m}", chosen.result(J, read(total) / Rounded(traced.m)), remark="the mean")
    )
    why = "Each example has its own loss, by the formula above; that of the first is there. The cost J is their mean."
    return Section("J of the batch", "J = (1/m) * (the sum of L)", chosen.shapes((k, traced.m)), (why,), tuple(lines))


def mean_section(chosen: Chosen) -> Section:
    """dW[1] = (1/m) dZ[1] X', the mean of the examples' own gradients; db[1] the mean of the columns of dZ[1]."""
    traced, (n_1, n) = chosen.traced, chosen.traced.W(1).shape
    shapes = chosen.shapes((n_1, n), "=", (n_1, traced.m), (traced.m, n), ", ", (n_1, 1)).replace(" ,", ",")
    why = (
        "Each example has a gradient of its own, dZ x', as above; dZ X' adds them up, and 1/m makes the mean. So "
        "each has its say in one update.",
    )
    equation_ = "dW[1] = (1/m) dZ[1] X',  db[1] = (1/m) (the sum of the columns of dZ[1])"
    return Section("dW[1] and db[1] of the batch", equation_, shapes, why, tuple(mean_lines(chosen)))


def mean_lines(chosen: Chosen) -> Iterator[Line]:
    """Elements of dW[1] and db[1], from those of each example."""
    traced, columns = chosen.traced, columns_of(chosen)
    assert traced.dZ is not None and traced.gradient is not None
    dZ = traced.dZ[1].astype(np.float64)
    for i in chosen.neurons[1]:
        slopes = [digits(dZ[i, e], FACTOR) for e in columns]
        yield Table(chosen.name("dZ", 1, i), headed(chosen), (("", *slopes),))
        for j in shown_weights(chosen, 1, i):
            x = [chosen.a(0, j, e) for e in columns]
            products = [f"{slope} * {signed(each)}" for slope, each in zip(slopes, x, strict=True)]
            off = max((read(slope) * read(each)).off for slope, each in zip(slopes, x, strict=True))
            mean = Rounded(float(traced.gradient["W1"][i, j]), off)
            yield from mean_of(chosen, w_name("dW", 1, i, j), products, dZ[i] * traced.X[j], mean)
        products = [f"example {e + 1}" for e in columns]
        yield from mean_of(
            chosen, chosen.name("db", 1, i), products, dZ[i], Rounded(float(traced.gradient["b1"][i, 0]))
        )
    if traced.before.J is not None and traced.after is not None and traced.after.J is not None:
        rate = exact(traced.learning_rate or 0)
        yield f"W[l] := W[l] - alpha dW[l] with alpha = {rate}, for all layers, and the engine goes forward again:"
        yield equation("J after", digits(traced.after.J), remark=f"it was {digits(traced.before.J)}")


def mean_of(chosen: Chosen, name: str, products: list[str], values: Array, mean: Rounded) -> Iterator[Line]:
    """A sum over the examples, and their mean; each product may be off as much as the mean says."""
    decimals = decimals_of([*values[: len(products)].tolist(), float(values.sum())], mean.off)
    terms = [Term(product, at(value, decimals)) for product, value in zip(products, values, strict=False)]
    total, m = at(values.sum(), decimals), chosen.traced.m
    yield added(f"m {name}", terms, total, m - len(terms))
    yield equation(name, f"{total} / {m}", chosen.result(mean.value, read(total) / Rounded(m)))
