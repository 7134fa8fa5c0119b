"""The end of a trace: the update by gradient descent, and the same example again after it."""

from collections.abc import Iterator, Sequence

from catnet.engine.types import Array, Parameters
from catnet.teaching.tracing.answer import Answer
from catnet.teaching.tracing.backward import has_pictures, shown_weights
from catnet.teaching.tracing.chosen import Chosen, w_name
from catnet.teaching.tracing.form import (
    Equation,
    Line,
    Pictured,
    Section,
    Sum,
    equation,
)
from catnet.teaching.tracing.forward import row_picture
from catnet.teaching.tracing.loss import loss_lines
from catnet.teaching.tracing.numbers import ONE, Rounded, at, decimals_of, exact, places, read, signed, sum_of_squares
from catnet.teaching.tracing.outputs import output_lines
from catnet.teaching.tracing.slopes import Slopes
from catnet.teaching.tracing.traced import Outputs


def update_section(slopes: Slopes, epoch: int) -> Section:
    """W := W - alpha dW, b := b - alpha db, and what then comes out"""
    chosen, traced = slopes.chosen, slopes.traced
    assert traced.updated is not None and traced.gradient is not None and traced.learning_rate is not None
    return Section(
        "The update",
        "W[l] := W[l] - alpha dW[l],  b[l] := b[l] - alpha db[l]",
        "each of its own shape",
        (
            f"alpha = {exact(traced.learning_rate)}, the learning rate of epoch {epoch}. Against the gradient, L falls "
            "fastest.",
        ),
        tuple(update_lines(slopes, traced.updated, traced.learning_rate)),
        tuple(pictured_update(chosen, traced.updated["W1"]))
        if has_pictures(chosen) and traced.gradient["W1"].any()
        else (),
    )


def update_lines(slopes: Slopes, updated: Parameters, alpha: float) -> Iterator[Line]:
    """Of each layer a weight, and a bias: before and after they end at the same decimal."""
    chosen, gradient = slopes.chosen, slopes.traced.gradient
    assert gradient is not None
    for layer in range(chosen.depth, 0, -1):
        if not gradient[f"b{layer}"].any():
            continue  # dZ is 0, and dW with it
        i = chosen.neurons[layer][0]
        j = shown_weights(chosen, layer, i)[0]
        for parameter, name, place, d in (
            (f"W{layer}", w_name("W", layer, i, j), (i, j), slopes.dw(layer, i, j)),
            (f"b{layer}", chosen.name("b", layer, i), (i, 0), slopes.db(layer, i)),
        ):
            old, new = float(chosen.traced.model.parameters[parameter][place]), float(updated[parameter][place])
            # half a unit of the old number is in the new one too
            decimals = decimals_of([old, new], alpha * read(d).off * 2)
            numbers = f"{at(old, decimals)} - {exact(alpha)} * {signed(d)}"
            yield equation(f"{name} after", numbers, at(new, decimals))


def after_section(slopes: Slopes, after: Answer) -> Section:
    """The same example again, with the updated parameters."""
    before = slopes.answer
    chosen, traced = after.chosen, after.traced
    assert before.outputs.J is not None and after.outputs.J is not None
    names = [(i, chosen.name("Z", chosen.depth, i) + after.mark) for i in after.shown]
    if chosen.depth > 1:
        lines: list[Line] = ["Forward again, by the engine, with all of the updated weights and biases:"]
        lines += [equation(name, after.z(i)) for i, name in names]
    else:
        lines = list(moved_lines(slopes, after))
    lines += [*output_lines(after), *loss_lines(after)]
    J, J_after = (cost_text(lines_) for lines_ in (list(loss_lines(before)), lines))
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


def cost_text(lines: Sequence[Line]) -> str:
    """J as the last of these lines writes it."""
    last = lines[-1]
    assert isinstance(last, Equation | Sum)
    return last.value if isinstance(last, Sum) else last.sides[-1]


def after_answer(slopes: Slopes, outputs: Outputs, mark: str) -> Answer:
    """The outputs after the update, whose Z[L] has as many decimals as its own line, if it has one, leaves right."""
    chosen, traced = slopes.chosen, slopes.traced
    decimals = {i: decimals_of([outputs.Z[i, 0]], read(chosen.z(chosen.depth, i)).off) for i in slopes.answer.shown}
    for i in decimals if chosen.depth == 1 else ():
        rounding = 4 * chosen.spacing(1) * sum_of_squares(traced.W(1)[i] * traced.X[:, 0]) ** 0.5  # of each weight
        off = read(chosen.z(1, i)).off + moved(slopes, i).off + rounding + chosen.spacing(outputs.Z[i, 0])
        decimals[i] = min(decimals[i], places(off))
    if slopes.answer.is_regression and traced.Y is not None:
        decimals[0] = min(decimals[0], decimals_of([traced.Y[0, 0]]))
    return Answer(chosen, outputs, mark, decimals)


def moved(slopes: Slopes, i: int) -> Rounded:
    """By how much Z[1] changes, of a network without hidden layer."""
    size = read(factor_of_step(slopes)) + ONE
    return read(slopes.dz(1, i)) * size * Rounded(slopes.traced.learning_rate or 0)


def factor_of_step(slopes: Slopes) -> str:
    """|x|^2, the sum of the squares of x."""
    return exact(sum_of_squares(slopes.traced.X[:, 0]))


def moved_lines(slopes: Slopes, after: Answer) -> Iterator[Line]:
    """Z[1] of a network without hidden layer after the update, from that before it."""
    chosen, size = slopes.chosen, factor_of_step(slopes)
    yield "W x + b changes by -alpha (dW x + db) = -alpha dZ (|x|^2 + 1), with |x|^2 the sum of all x_j^2:"
    yield equation("|x|^2", size)
    for i in after.shown:
        step = f"{exact(slopes.traced.learning_rate or 0)} * {signed(slopes.dz(1, i))} * ({size} + 1)"
        yield equation(chosen.name("Z", 1, i) + after.mark, f"{chosen.z(1, i)} - {step}", after.z(i))


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
