"""The backward half of a trace: dZ[L] from the loss, then dW, db and dA of each layer, and the update."""

from collections.abc import Iterator

from catnet.engine.types import Array
from catnet.teaching.tracing.answer import Answer
from catnet.teaching.tracing.chosen import Chosen, w_name, x_name
from catnet.teaching.tracing.form import (
    Line,
    Pictured,
    Section,
    added,
    equation,
)
from catnet.teaching.tracing.forward import row_picture, x_picture
from catnet.teaching.tracing.loss import error, is_quadratic
from catnet.teaching.tracing.numbers import exact, read, result, signed
from catnet.teaching.tracing.slopes import Slopes

SLOPES = {
    "relu": "1 if Z > 0, else 0",
    "leaky_relu": "1 if Z > 0, else 0.01",
    "tanh": "1 - A^2",
    "sigmoid": "A (1 - A)",
    "linear": "1",
}


def last_section(slopes: Slopes) -> Section:
    """dZ[L], from the loss"""
    answer, chosen = slopes.answer, slopes.chosen
    k, loss, L = answer.traced.network.sizes[-1], answer.traced.network.loss, chosen.depth
    symbols = {"squared": "2 error", "absolute": "sign(error)", "huber": "error, but at most d"}
    weighted = answer.traced.weights is not None
    symbol = f"{'w ' * weighted}{'(y^ - y)' if weighted else 'y^ - y'}" if loss == "cross_entropy" else symbols[loss]
    if answer.activation == "relu":
        symbol = f"({symbol}) g'(Z[{L}])"
    chain = "a product of two factors"
    if answer.is_softmax:
        chain = f"a sum over all {k} outputs, because every y^ depends on every Z. It comes to y^ - y"
    sum_ = "the sum of all " * answer.is_softmax
    return Section(
        f"dZ[{L}], where going back begins",
        f"dZ[{L}] = dL/dZ[{L}] = dL/dy^ * dy^/dZ[{L}] = {symbol}".replace("y^", f"A[{L}]")
        if answer.is_regression
        else f"dZ[{L}] = dL/dZ[{L}] = {sum_}dL/dy^ * dy^/dZ[{L}] = {symbol}",
        chosen.shapes((k, 1), "=", (k, 1), "-", (k, 1)) if loss == "cross_entropy" else "(1, 1)",
        (f"How much does L grow if Z grows a little? By the chain rule that is {chain}.",),
        tuple(last_lines(slopes)),
    )


def last_lines(slopes: Slopes) -> Iterator[Line]:
    """dZ[L] of each output shown; of a sigmoid with its two factors."""
    answer, chosen, Y = slopes.answer, slopes.chosen, slopes.traced.Y
    assert Y is not None
    for i in answer.shown:
        name, value = chosen.name("dZ", chosen.depth, i), slopes.dz(chosen.depth, i)
        if answer.is_regression:
            yield equation(name, *error_slope(answer), value)
            continue
        weight, meaning = answer.weight(i), chosen.meaning(chosen.depth, i)
        if answer.activation == "sigmoid" and Y[i, 0] in (0, 1) and "0" not in (answer.y_hat(i), answer.not_y_hat(i)):
            yield from factors(answer, i, weight)
        difference = f"{answer.y_hat(i)} - {answer.y(i)}"
        symbol = f"{answer.named(i)} - {answer.named(i, 'y')}"
        if weight:
            symbol, difference = f"w ({symbol})", f"{weight} * ({difference})"
        yield equation(name, symbol, difference, value, remark=meaning)


def factors(answer: Answer, i: int, weight: str) -> Iterator[Line]:
    """dL/dy^ and dy^/dz of a sigmoid, whose product is y^ - y."""
    assert answer.traced.Y is not None
    yes, no, is_one = read(answer.y_hat(i)), read(answer.not_y_hat(i)), answer.traced.Y[i, 0] == 1
    of = answer.y_hat(i) if is_one else answer.not_y_hat(i)
    made = read(weight or "1") / read(of)
    value = -made.value if is_one else made.value
    number = f"{'-' * bool(is_one)}{weight or 1} / {of}"
    symbol = (
        f"{'-' * bool(is_one)}{'w' if weight else '1'} / {answer.named(i) if is_one else f'(1 - {answer.named(i)})'}"
    )
    yield equation(f"dL/d{answer.named(i)}", symbol, number, result(value, made.off))
    both = f"{answer.y_hat(i)} * {answer.not_y_hat(i)}"
    yield equation(
        f"d{answer.named(i)}/dZ",
        f"{answer.named(i)} (1 - {answer.named(i)})",
        both,
        result((yes * no).value, (yes * no).off),
    )


def error_slope(answer: Answer) -> tuple[str, ...]:
    """dL/dA[L] * g'(Z[L]) of a regression, with numbers."""
    e, d = error(answer), exact(answer.traced.network.huber_delta)
    sign = "0" if not float(e) else "-1" if e.startswith("-") else "1"
    slope = {
        "squared": f"2 * {signed(e)}",
        "absolute": sign,
        "huber": e if is_quadratic(answer) else f"{sign} * {d}",
    }[answer.traced.network.loss]
    if answer.activation != "relu":
        return (slope,)
    return (f"{signed(slope)} * {'1' if answer.outputs.Z[0, 0] > 0 else '0'}",)


def gradient_section(slopes: Slopes, layer: int) -> Section:
    """dW[l] = dZ[l] A[l-1]' and db[l] = dZ[l]"""
    chosen = slopes.chosen
    n, before = chosen.traced.network.sizes[layer], chosen.traced.network.sizes[layer - 1]
    A, gradient = "x" if layer == 1 else f"A[{layer - 1}]", chosen.traced.gradient
    assert gradient is not None
    W = f"W[{layer}]"
    why = f"dL/d{W} = dL/dZ[{layer}] * dZ[{layer}]/d{W}, {n * before:,} in all: one for each weight."
    if layer == chosen.depth:
        why += f" Z is {W} {A} + b, so its slope for a weight is what the weight multiplies, and for a bias it is 1."
    if layer == 1:
        why += f" The largest input is {x_name(chosen.largest_input)}, so each row of dW[1] is largest there."
    return Section(
        f"dW[{layer}] and db[{layer}], the gradient of layer {layer}",
        f"dW[{layer}] = dZ[{layer}] {A}',  db[{layer}] = dZ[{layer}]",
        chosen.shapes((n, before), "=", (n, 1), (1, before), ", ", (n, 1), "=", (n, 1)).replace(" ,", ","),
        (why,),
        tuple(gradient_lines(slopes, layer)),
        tuple(pictured_gradient(slopes, gradient["W1"])) if layer == 1 and has_pictures(chosen) else (),
    )


def has_pictures(chosen: Chosen) -> bool:
    """Whether x and the rows of W[1] are pictures."""
    return chosen.traced.model.image_size is not None


def pictured_gradient(slopes: Slopes, dW1: Array) -> Iterator[Pictured]:
    """dW[1] = dZ[1] x', with pictures for x and for dW[1]."""
    chosen = slopes.chosen
    for i in chosen.neurons[1]:
        yield (row_picture(chosen, dW1, "dW[1]", i), f"= {slopes.dz(1, i)} *", x_picture(chosen))


def shown_weights(chosen: Chosen, layer: int, i: int) -> list[int]:
    """Of which weights of a neuron the gradient is shown: of layer 1 at the largest input, and of its largest term."""
    if layer > 1:
        return chosen.neurons[layer - 1]
    return list(dict.fromkeys([chosen.inputs[i][0], chosen.largest_input]))


def gradient_lines(slopes: Slopes, layer: int) -> Iterator[Line]:
    """The elements of dW[l] and db[l] that are shown."""
    chosen = slopes.chosen
    for i in chosen.neurons[layer]:
        for j in shown_weights(chosen, layer, i):
            a = x_name(j) if layer == 1 else chosen.name("A", layer - 1, j)
            product = f"{slopes.dz(layer, i)} * {signed(chosen.a(layer - 1, j))}"
            symbol = f"{chosen.name('dZ', layer, i)} {a}"
            yield equation(w_name("dW", layer, i, j), symbol, product, slopes.dw(layer, i, j))
        name = chosen.name("db", layer, i)
        yield equation(name, chosen.name("dZ", layer, i), slopes.db(layer, i))


def back_section(slopes: Slopes, layer: int) -> Section:
    """dA[l] and dZ[l] of a hidden layer, from dZ[l+1]"""
    chosen = slopes.chosen
    n, after, activation = (
        chosen.traced.network.sizes[layer],
        chosen.traced.network.sizes[layer + 1],
        chosen.traced.network.activations[layer - 1],
    )
    return Section(
        f"dZ[{layer}], one layer further back",
        f"dA[{layer}] = W[{layer + 1}]' dZ[{layer + 1}],  dZ[{layer}] = dA[{layer}] * g'(Z[{layer}])",
        chosen.shapes((n, 1), "=", (n, after), (after, 1), ", ", (n, 1), "=", (n, 1), "*", (n, 1)).replace(" ,", ","),
        (
            f"dL/dZ[{layer}] = dL/dZ[{layer + 1}] * dZ[{layer + 1}]/dA[{layer}] * dA[{layer}]/dZ[{layer}]: nothing is "
            f"begun anew, dZ[{layer + 1}] is reused, times W[{layer + 1}], times g'. For {activation}, g' is "
            f"{SLOPES[activation]}.",
        ),
        tuple(back_lines(slopes, layer)),
    )


def back_lines(slopes: Slopes, layer: int) -> Iterator[Line]:
    """The elements of dA[l] and dZ[l] that are shown."""
    chosen, traced = slopes.chosen, slopes.traced
    assert traced.dZ is not None
    for j in chosen.neurons[layer]:
        terms, total = slopes.da(layer, j)
        left, name = traced.network.sizes[layer + 1] - len(terms), chosen.name("dA", layer, j)
        yield added(name, terms, total, left) if len(terms) > 1 else equation(name, terms[0].product, total)
        numbers = f"{total} * {slopes.slope(layer, j)[0]}"
        symbol = f"{chosen.name('dA', layer, j)} * g'({chosen.name('Z', layer, j)})"
        yield equation(chosen.name("dZ", layer, j), symbol, numbers, slopes.dz(layer, j))
    if not traced.dZ[layer].any():
        yield (
            f"All {traced.network.sizes[layer]} elements of dZ[{layer}] are 0: nothing flows further back. So of "
            f"{'all layers up to this' if layer > 1 else 'this layer'} dW and db are 0, and no step on this example "
            "alone changes them."
        )
