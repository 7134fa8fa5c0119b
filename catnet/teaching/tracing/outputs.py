"""The output of a trace: y^ of Z[L], before the update and after it."""

from collections.abc import Iterator

from catnet.engine.types import Array
from catnet.model import Model
from catnet.teaching.tracing.answer import Answer
from catnet.teaching.tracing.form import (
    Line,
    Section,
    Term,
    added,
    equation,
)
from catnet.teaching.tracing.forward import with_number
from catnet.teaching.tracing.numbers import (
    FACTOR,
    Rounded,
    exact,
    factor,
    read,
    signed,
)
from catnet.text import listed, printable


def output_section(answer: Answer) -> Section:
    """y^ = g(Z[L])"""
    chosen, k = answer.chosen, answer.traced.network.sizes[-1]
    symbol = {
        "sigmoid": "1 / (1 + e^-Z[L])",
        "softmax": "e^Z[L] / (the sum of all e^Z[L])",
        "linear": "Z[L]",
        "relu": "max(0, Z[L])",
    }[answer.activation]
    names = answer.traced.model.question.classes
    why = {
        "sigmoid": "A sigmoid makes of each number one between 0 and 1: the probability of its class, whatever the "
        "others say.",
        "softmax": "Softmax makes probabilities of all outputs together: they add up to 1, because there is one class.",
        "linear": "The output is the number itself.",
        "relu": "The output is the number itself, never below 0.",
    }[answer.activation]
    order = f" The outputs stand for {listed(names)}, in this order." * (len(names) > 1)
    return Section(
        "y^, the answer",
        f"y^ = {symbol}".replace("[L]", f"[{chosen.depth}]"),
        chosen.shapes((k, 1), "=", "g", (k, 1)),
        (why + order,),
        tuple(output_lines(answer)),
    )


def output_lines(answer: Answer) -> Iterator[Line]:
    """Each output shown, from its element of Z[L]."""
    if answer.activation == "softmax":
        yield from softmax_lines(answer)
    elif answer.is_regression:
        yield from target_lines(answer)
    else:
        negative = printable(answer.traced.model.question.negative or "")
        for i in answer.shown:
            z = answer.z(i)
            meaning = answer.chosen.meaning(answer.chosen.depth, i)
            yield equation(answer.named(i), with_number("sigmoid", z), answer.y_hat(i), remark=meaning)
            opposite = f"1 / (1 + e^{signed(z)})"
            yield equation(f"1 - {answer.named(i)}", opposite, answer.not_y_hat(i), remark=negative or f"not {meaning}")


def softmax_lines(answer: Answer) -> Iterator[Line]:
    """The exponentials, their sum, and the quotients."""
    depth, minus = answer.chosen.depth, answer.minus
    if minus:
        yield f"The largest, {minus}, is subtracted from all. That changes no quotient, and no e^Z is too large."
    terms = []
    for i in answer.shown:
        power = f"e^({answer.z(i)} - {signed(minus)})" if minus else f"e^{signed(answer.z(i))}"
        terms.append(Term(power, answer.exponentials[i], answer.chosen.meaning(depth, i)))
    left_out = len(answer.outputs.Z) - len(terms)
    yield added(f"S{answer.mark}", terms, answer.total, left_out, "the sum of the exponentials")
    for i, term in zip(answer.shown, terms, strict=True):
        yield equation(answer.named(i), f"{term.value} / {answer.total}", answer.y_hat(i), remark=term.place)


def target_lines(answer: Answer) -> Iterator[Line]:
    """A regression's output, and the answer in the target's own unit."""
    depth, scaling = answer.chosen.depth, answer.traced.model.target_scaling
    name = answer.chosen.name("A", depth, 0) + answer.mark
    symbol = [answer.chosen.name("Z", depth, 0) + answer.mark] if answer.activation == "linear" else []
    yield equation(name, *symbol, with_number(answer.activation, answer.z(0)), answer.a())
    mean, deviation = float(scaling.shift), 1 / float(scaling.scale)
    numbers = answer.a()
    if deviation != 1:
        numbers = f"{numbers} * {exact(deviation)}"
    if mean:
        numbers = f"{numbers} + {signed(exact(mean))}"
    if numbers != answer.a():
        yield "For the training the target was scaled (data.target_scaling). Back in its own unit:"
    target = printable(answer.traced.model.question.target)
    yield equation(answer.named(0), numbers, target_value(answer), remark=target)


def target_value(answer: Answer) -> str:
    """A regression's answer in the target's own unit."""
    deviation = 1 / float(answer.traced.model.target_scaling.scale)
    made = read(answer.a()) * Rounded(deviation)
    value = answer.chosen.result(answer.outputs.y_hat[0, 0], made, FACTOR)
    return value if deviation != 1 or answer.traced.model.target_scaling.shift else answer.a()


def view_lines(answer: Answer, model: Model, row: Array) -> Iterator[Line]:
    """The answer of a model with views: the mean of those about the picture and about its mirror image."""
    mirror = model.view_models[1].predict(row[None])[:, 0]
    yield "This model's views are flip: predict gives the mean of this answer and of that about the mirror image."
    for i in answer.shown:
        own = target_value(answer) if answer.is_regression else answer.y_hat(i)
        other = factor(mirror[i])
        made = (read(own) + read(other)) / Rounded(2.0)
        yield equation(f"{answer.named(i)} mirrored", other)
        value = answer.chosen.result(model.predict(row[None])[i, 0], made, FACTOR, share=not answer.is_regression)
        yield equation(f"{answer.named(i)} of predict", f"({own} + {signed(other)}) / 2", value)
