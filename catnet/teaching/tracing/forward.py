"""The forward half of a trace: what becomes of the picture, or the row, and each layer's Z and A."""

from collections.abc import Iterator

import numpy as np

from catnet.engine.types import Array
from catnet.teaching.tracing.chosen import Chosen, x_name
from catnet.teaching.tracing.form import (
    Equation,
    Line,
    Picture,
    Pictured,
    Section,
    Term,
    added,
    equation,
)
from catnet.teaching.tracing.numbers import at, exact, signed
from catnet.text import counted

ALL_COLUMNS = 8  # of a table, whose inputs are all shown
SYMBOLS = {
    "relu": "max(0, {0})",
    "leaky_relu": "max({0}, 0.01 * {1})",
    "tanh": "tanh({0})",
    "sigmoid": "1 / (1 + e^-{1})",
    "linear": "{0}",
}


def with_number(activation: str, z: str) -> str:
    """g(z) with a number in place of z."""
    return SYMBOLS[activation].format(z, signed(z))


def inputs_section(chosen: Chosen, decoded: Array, whitened: bool) -> Section:
    """x (n, 1): what the file, or the row, became. `decoded` is the picture before boxes are averaged."""
    model, n = chosen.traced.model, chosen.traced.network.sizes[0]
    shift, scale = (np.asarray(values) for values in (model.scaling.shift, model.scaling.scale))
    divisor = "deviation" if scale.ndim else divided_by(float(scale))
    formula = scaled("r", "mean" if shift.any() else "", divisor)
    shapes = f"({n}, 1)"
    pictured = (Picture(chosen.traced.rows[0], "the picture, r"), "is scaled to", x_picture(chosen))
    return Section(
        "x, the input",
        f"x = {formula}",
        shapes,
        tuple(becoming(chosen, whitened)),
        tuple(input_lines(chosen, decoded)),
        () if model.image_size is None else (pictured,),
    )


def scaled(r: str, shift: str, scale: str) -> str:
    """x of r, in symbols or numbers: (r - shift) / scale."""
    moved = f"({r} - {signed(shift)})" if shift and scale else f"{r} - {signed(shift)}" if shift else r
    return f"{moved} / {scale}" if scale else moved


def divided_by(scale: float) -> str:
    """The number that a factor of the scaling divides by; nothing for 1."""
    return "" if scale == 1 else exact(1 / scale)


def becoming(chosen: Chosen, whitened: bool) -> Iterator[str]:
    """How the file became numbers, and these x."""
    model, n = chosen.traced.model, chosen.traced.network.sizes[0]
    if model.image_size is None:
        what = "r is the one input" if n == 1 else f"r are the {n} inputs"
        yield f"{what} that the row of the table makes; a text is 1 for its own category, else 0."
    else:
        height, width = model.image_size
        each = "3 bytes, red, green and blue," if n == height * width * 3 else "a byte, its grey,"
        yield (
            f"The picture became {width} x {height} pixels, each {each} from 0 to 255. Read row by row these are r: "
            f"{n} numbers, x_1 the first of the top left pixel."
        )
        if (box := model.box_average) > 1:
            yield (
                f"It was decoded at {width * box} x {height * box} pixels: each byte of r is the mean of a box of "
                f"{box} x {box} bytes, rounded."
            )
    if np.asarray(model.scaling.shift).any():
        both = "The mean and the deviation are those" if np.ndim(model.scaling.scale) else "The mean is that"
        yield f"{both} of each number in the training data{' (a colour has one of each)' * of_colours(chosen)}."
    if whitened:
        yield (
            "This run whitens its inputs. That multiplies x by a matrix P, and W[1] (P x) = (W[1] P) x: here W[1] "
            "stands for W[1] P, as it is stored."
        )


def of_colours(chosen: Chosen) -> bool:
    """Whether all pixels are scaled alike, each colour in its way."""
    return chosen.traced.model.image_size is not None and np.ndim(chosen.traced.model.scaling.scale) > 0


def input_lines(chosen: Chosen, decoded: Array) -> Iterator[Line]:
    """The inputs that are needed below, each from its byte, or its number."""
    model, traced = chosen.traced.model, chosen.traced
    n = traced.network.sizes[0]
    needed = {chosen.largest_input}.union(*chosen.inputs.values())
    if model.image_size is None and n <= ALL_COLUMNS:
        needed = set(range(n))
    yield f"Of the {n} these are in the lines below:" if len(needed) < n else "All of them:"
    if model.box_average > 1:
        yield box_line(chosen, min(needed), decoded)
    shift, scale = (np.broadcast_to(each, n) for each in (model.scaling.shift, model.scaling.scale))
    for j in sorted(needed):
        mean = exact(shift[j]) if shift[j] else ""
        numbers = scaled(exact(traced.rows[0, j]), mean, divided_by(scale[j]))
        yield equation(x_name(j), numbers, chosen.a(0, j), remark=chosen.place(j))


def box_line(chosen: Chosen, j: int, decoded: Array) -> Equation:
    """The byte of an input as the mean of its box."""
    model, box = chosen.traced.model, chosen.traced.model.box_average
    assert model.image_size is not None
    height, width = model.image_size
    boxes = decoded.reshape(height, box, width, box, -1).astype(np.int64).sum(axis=(1, 3)).ravel()
    return equation(
        f"r_{j + 1}",
        f"{boxes[j]} / {box * box}",
        exact(chosen.traced.rows[0, j]),
        remark="the mean of its box, rounded",
    )


def z_section(chosen: Chosen, layer: int) -> Section:
    """Z[l] = W[l] A[l-1] + b[l]"""
    traced = chosen.traced
    n, before = traced.network.sizes[layer], traced.network.sizes[layer - 1]
    A = "x" if layer == 1 else f"A[{layer - 1}]"
    what = "input" if layer == 1 else f"output of layer {layer - 1}"
    each = f"Each of the {n} neurons multiplies" if n > 1 else "The one neuron multiplies"
    products = "this product" if before == 1 else f"these {counted(before, 'product')}"
    why = f"{each} every {what} by a weight of its own, and adds {products} and its bias."
    some = f" Shown are {len(chosen.neurons[layer])} of them, which matter most for what follows."
    why += some if len(chosen.neurons[layer]) < n else ""
    return Section(
        f"Z[{layer}]" + (", the output layer" if layer == chosen.depth else f", hidden layer {layer}"),
        f"Z[{layer}] = W[{layer}] {A} + b[{layer}]",
        chosen.shapes((n, 1), "=", (n, before), (before, 1), "+", (n, 1)),
        (why,),
        tuple(z_lines(chosen, layer)),
        tuple(pictured_sums(chosen)) if layer == 1 and traced.model.image_size is not None else (),
    )


def z_lines(chosen: Chosen, layer: int) -> Iterator[Line]:
    """Each neuron's sum."""
    traced = chosen.traced
    for i in chosen.neurons[layer]:
        shown = [chosen.term(layer, i, j, traced.W(layer)) for j in chosen.before(layer, i)]
        bias = at(traced.b(layer)[i, 0], chosen.decimals(layer, i))
        last = (Term(chosen.name("b", layer, i), bias, "the bias"),)
        name, total, place = chosen.name("Z", layer, i), chosen.z(layer, i), chosen.meaning(layer, i)
        yield added(name, shown, total, chosen.left_out(layer, i), place, last)


def x_picture(chosen: Chosen) -> Picture:
    """x as a picture."""
    return Picture(chosen.traced.X[:, 0], "x: grey is 0")


def row_picture(chosen: Chosen, values: Array, symbol: str, i: int) -> Picture:
    """A row of W[1], or of another matrix of its shape, as a picture."""
    meaning = chosen.meaning(1, i)
    return Picture(values[i], f"row {i + 1} of {symbol}{f', {meaning}' if meaning else ''}")


def pictured_sums(chosen: Chosen) -> Iterator[Pictured]:
    """Z[1] of each neuron shown, with pictures for the weights and for x."""
    for i in chosen.neurons[1]:
        b = at(chosen.traced.b(1)[i, 0], chosen.decimals(1, i))
        weights = row_picture(chosen, chosen.traced.W(1), "W[1]", i)
        yield (f"{chosen.name('Z', 1, i)} =", weights, "*", x_picture(chosen), f"+ {signed(b)} = {chosen.z(1, i)}")


def a_section(chosen: Chosen, layer: int) -> Section:
    """A[l] = g(Z[l]) of a hidden layer"""
    activation, n = chosen.traced.network.activations[layer - 1], chosen.traced.network.sizes[layer]
    lines = []
    for i in chosen.neurons[layer]:
        z, a = chosen.z(layer, i), chosen.a(layer, i)
        symbol = [chosen.name("Z", layer, i)] if activation == "linear" else []
        lines.append(equation(chosen.name("A", layer, i), *symbol, with_number(activation, z), a))
    formula = SYMBOLS[activation].format(f"Z[{layer}]", f"Z[{layer}]")
    return Section(
        f"A[{layer}], what hidden layer {layer} says",
        f"A[{layer}] = {formula}",
        chosen.shapes((n, 1), "=", "g", (n, 1)),
        (f"The activation g is {activation}, for each neuron alone.",),
        tuple(lines),
    )
