"""What a model card says of a model by itself: what it answers, how, and what it cannot."""

from collections.abc import Iterator

import numpy as np

from catnet.data.reading import described_columns, described_pictures
from catnet.evaluation.layers import layers_of
from catnet.export.exported import Exported
from catnet.goals import BINARY, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.model import Model
from catnet.report.answers import names_of, outputs_of
from catnet.text import alternatives, counted, in_brief, isolated, score

MOST_SHARES = 10  # classes of which each share is told

Row = tuple[str, str]


def what_it_says(model: Model) -> str:
    """What it answers, in a sentence."""
    question = model.question
    thing = "it" if question.target is None else isolated(question.target)
    example = {"pictures": "a picture", "rows": "a row of a table"}[question.examples]
    names, k = in_brief(outputs_of(question)), len(question.classes)
    if question.goal == REGRESSION:
        said = f"it estimates {thing}, a number"
    elif question.goal == BINARY:
        said = f"it says whether {thing} is {alternatives(reversed(names_of(question)))}"
    elif question.goal == MULTI_LABEL:
        said = f"it says which of {counted(k, 'label')} it has, none or several: {names}"
    else:
        said = f"it says which one of {counted(k, 'class')} {thing} is: {names}"
    return f"Asked about {example}, {said}."


def model_rows(exported: Exported) -> Iterator[Row]:
    """The facts of the network, each with its name."""
    model = exported.model
    question, network, size = model.question, model.network, model.decoded_size
    named = "" if question.kind.name == question.goal else f" ({question.kind.name})"
    yield "goal", f"{question.goal}{named}: {question.kind.question}"
    if question.classes:
        yield "classes, in the order of the outputs", in_brief(outputs_of(question))
    if question.target is not None:
        yield "target", isolated(question.target)
    inputs = described_columns(question) if size is None else described_pictures(size, model.colors, model.box_average)
    yield "inputs", inputs
    yield "scaling", scaled(model)
    layers = [counted(one.neurons, f"{one.activation} neuron") for one in layers_of(network.sizes, network.activations)]
    yield "layers", in_brief(layers)
    yield "parameters", f"{network.parameter_count:,}"
    if network.activations[-1] == "sigmoid":
        yield "thresholds", thresholds(model)
    if model.views == "flip":
        yield "views", "the answer is the mean of those about the picture and its mirror image"


def scaled(model: Model) -> str:
    """How an input is made of a byte of a picture or a number of a table."""
    shift, scale = (
        f"{float(value):.6g}" if np.ndim(value) == 0 else f"a {name} of each input"
        for name, value in (("shift", model.scaling.shift), ("scale", model.scaling.scale))
    )
    told = f"an input is (value - {shift}) x {scale}"
    target = model.target_scaling
    if model.question.goal == REGRESSION and (target.scale != 1 or target.shift != 0):
        told += f"; the answer is output / {target.scale:.6g} + {target.shift:.6g}"
    return told


def thresholds(model: Model) -> str:
    """Above which probability a class is said to be there."""
    values = [f"{value:.4g}" for value in model.decision_thresholds[:, 0]]
    if model.thresholds is None:
        return f"{values[0]}, the default"
    return in_brief([f"{name} {value}" for name, value in zip(outputs_of(model.question), values, strict=True)])


def limits(model: Model) -> Iterator[str]:
    """What one must know before one believes an answer, a sentence or two each."""
    question, goal = model.question, model.question.goal
    if model.image_size is not None and model.decoded_size is not None:
        yield (
            f"Each picture is resized to {' x '.join(map(str, model.decoded_size))} pixels, whatever its shape, and is "
            f"then a flat row of {model.network.sizes[0]} numbers, each with weights of its own. What the network has "
            "learned of one place in the picture it does not know of another."
        )
    else:
        yield "Numbers far from those that it has learned from are taken as they come: there it extrapolates."
        if any(column.categories for column in question.encoded):
            yield "A text that it has not learned from counts as none of the categories of its column."
    if goal == BINARY:
        others = [isolated(name) for name in question.others or () if name != question.negative]
        seen = f" What is {isolated(question.negative)} was in training: {in_brief(others)}." if others else ""
        yield f"It answers {alternatives(reversed(names_of(question)))}, whatever it is asked about.{seen}"
    elif goal == MULTI_CLASS:
        yield f"It always answers one of its classes, also about {question.examples} of none of them."
    elif goal == MULTI_LABEL:
        yield "It knows no other labels than these, and says whether each is there by itself."
    yield constants(model)


def constants(model: Model) -> str:
    """The shares of the classes in training, as the model has them, or the mean of the target."""
    shares, names, what = model.constant[:, 0], outputs_of(model.question), model.question.examples
    if model.question.goal == REGRESSION:
        return f"Of the {what} that it has learned from, the mean of {names[0]} is {score('mae', shares[0])}."
    told = [f"{score('accuracy', share)} {name}" for name, share in zip(names, shares, strict=True)]
    if len(told) > 1 and np.allclose(shares, shares[0]):
        return f"Of the {what} that it has learned from, each class has a share of {score('accuracy', shares[0])}."
    few, most = int(shares.argmin()), int(shares.argmax())
    told = told if few == most else [told[few], told[most]] if len(told) > MOST_SHARES else told
    return f"Shares of the {what} that it has learned from: {', '.join(told)}."
