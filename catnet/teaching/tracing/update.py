"""The end of a trace: the update by gradient descent, and the same example again after it."""

from collections.abc import Iterator

import numpy as np

from catnet.engine.types import Array
from catnet.teaching.tracing.backward import dz, has_pictures, shown_weights
from catnet.teaching.tracing.chosen import Chosen, w_name
from catnet.teaching.tracing.form import (
    Line,
    Pictured,
    Section,
    digits,
    equation,
    exact,
    factor,
    signed,
)
from catnet.teaching.tracing.forward import row_picture
from catnet.teaching.tracing.loss import loss_lines
from catnet.teaching.tracing.outputs import Answer, output_lines


def update_section(chosen: Chosen, epoch: int) -> Section:
    """W := W - alpha dW, b := b - alpha db, and what then comes out"""
    traced = chosen.traced
    assert traced.updated is not None and traced.gradient is not None and traced.learning_rate is not None
    return Section(
        "The update",
        "W[l] := W[l] - alpha dW[l],  b[l] := b[l] - alpha db[l]",
        "each of its own shape",
        (
            f"alpha = {exact(traced.learning_rate)}, the learning rate of epoch {epoch}. Against the gradient, L falls "
            "fastest.",
        ),
        tuple(update_lines(chosen, traced.updated, exact(traced.learning_rate))),
        tuple(pictured_update(chosen, traced.updated["W1"]))
        if has_pictures(chosen) and traced.gradient["W1"].any()
        else (),
    )


def update_lines(chosen: Chosen, updated: dict[str, Array], alpha: str) -> Iterator[Line]:
    """Of each layer a weight, and a bias."""
    gradient = chosen.traced.gradient
    assert gradient is not None
    for layer in range(chosen.depth, 0, -1):
        if not gradient[f"b{layer}"].any():
            continue  # dZ is 0, and dW with it
        i = chosen.neurons[layer][0]
        j = shown_weights(chosen, layer, i)[0]
        for parameter, name, place in (
            (f"W{layer}", w_name("W", layer, i, j), (i, j)),
            (f"b{layer}", chosen.name("b", layer, i), (i, 0)),
        ):
            old, slope_of_it = chosen.traced.model.parameters[parameter][place], gradient[parameter][place]
            numbers = f"{factor(old)} - {alpha} * {signed(digits(slope_of_it))}"
            yield equation(f"{name} after", numbers, factor(updated[parameter][place]))


def after_section(before: Answer, after: Answer) -> Section:
    """The same example again, with the updated parameters."""
    chosen, traced = after.chosen, after.traced
    assert before.outputs.J is not None and after.outputs.J is not None
    names = [(i, chosen.name("Z", chosen.depth, i) + after.mark) for i in after.shown]
    if chosen.depth > 1:
        lines: list[Line] = ["Forward again, by the engine, with all of the updated weights and biases:"]
        lines += [equation(name, after.z(i)) for i, name in names]
    else:
        lines = list(moved_lines(after))
    lines += [*output_lines(after), *loss_lines(after)]
    J, J_after = digits(before.outputs.J), digits(after.outputs.J)
    fell = "fallen" if after.outputs.J < before.outputs.J else "not fallen"
    lines.append(f"The cost of this example was {J} and is {J_after}: it has {fell}.")
    if fell != "fallen" and before.outputs.J:
        lines.append("The step was too long for this example alone, or there was nothing left to gain.")
    return Section(
        "After the update",
        "L is what it was for, so it is computed again",
        chosen.shapes((traced.network.sizes[-1], 1)),
        (f"A name with {after.mark.strip()} is that of the number after the update.",),
        tuple(lines),
    )


def moved_lines(after: Answer) -> Iterator[Line]:
    """Z[1] of a network without hidden layer after the update, from that before it."""
    chosen, traced = after.chosen, after.traced
    assert traced.learning_rate is not None
    size = digits(float(np.sum(traced.X[:, 0].astype(np.float64) ** 2)), 9)
    alpha = exact(traced.learning_rate)
    yield "W x + b changes by -alpha (dW x + db) = -alpha dZ (|x|^2 + 1), with |x|^2 the sum of all x_j^2:"
    yield equation("|x|^2", size)
    for i in after.shown:
        number = f"{chosen.z(1, i)} - {alpha} * {signed(dz(chosen, 1, i))} * ({size} + 1)"
        yield equation(chosen.name("Z", 1, i) + after.mark, number, after.z(i))


def pictured_update(chosen: Chosen, W1: Array) -> Iterator[Pictured]:
    """W[1] := W[1] - alpha dW[1], in pictures."""
    traced = chosen.traced
    assert traced.gradient is not None
    for i in chosen.neurons[1]:
        before, slope_of_it, after = (
            row_picture(chosen, values, symbol, i)
            for values, symbol in ((traced.W(1), "W[1]"), (traced.gradient["W1"], "dW[1]"), (W1, "W[1] after"))
        )
        yield (before, "- alpha *", slope_of_it, "=", after)
