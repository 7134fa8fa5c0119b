"""What a page says: its title, what the network is, and how it answers."""

import html
from typing import Any

from catnet import __version__
from catnet.data.split_names import UNSEEN, WORDS
from catnet.errors import CatnetError
from catnet.evaluation.metrics import TRIVIAL
from catnet.evaluation.recorded import recorded
from catnet.export.about_model import limits
from catnet.export.exported import Exported
from catnet.goals import BINARY, MULTI_LABEL, REGRESSION
from catnet.model import Model
from catnet.report.answers import outputs_of
from catnet.report.verdict import trivial_answer
from catnet.text import counted, in_a_row, in_brief, isolated, metric_name, score

TITLE = 120  # characters of names in the heading


def texts(exported: Exported, of_run: bool, rounding: str) -> dict[str, str]:
    """The texts of the page's templates, as HTML. `of_run` says whether its examples are the run's."""
    model = exported.model
    is_table, hidden = model.image_size is None, model.network.depth > 1
    examples = "Rows" if is_table else "Pictures" if of_run else "Patterns"
    plain = {
        "title": f"{heading(model)} - {isolated(exported.name)}",
        "heading": heading(model),
        "lead": lead(model),
        "examples_title": f"{examples} to begin with",
        "sight_words": "" if is_table else f"The picture in {in_pixels(model)}.",
        "neurons_title": "The neurons" if hidden else "The weights",
        "neurons_words": about_neurons(exported),
    }
    return {
        **{name: html.escape(text) for name, text in plain.items()},
        "foot": "\n  ".join(f"<p>{html.escape(text)}</p>" for text in foot(exported, rounding)),
        "steps": "\n".join(f"<li>{step}</li>" for step in steps(model)),
        "limits": "\n".join(f"<li>{html.escape(text)}</li>" for text in limits(model)),
    }


def about_neurons(exported: Exported) -> str:
    """What the section about the neurons shows."""
    model = exported.model
    is_table = model.image_size is None
    is_whitened = exported.run is not None and exported.run.config.data.scaling == "whiten"
    noise = " They look like noise, because whitening gives fine detail the same size as the coarse." * is_whitened
    if model.network.depth == 1:
        weights = "" if is_table else f" These are the weights of each output: mid grey is 0.{noise}"
        return f"This network has no hidden neurons: its outputs are weighted sums of the inputs.{weights}"
    pictures = "" if is_table else f" The picture of a neuron in layer 1 is that of its weights: mid grey is 0.{noise}"
    bar = "The bar says how active it is, red if negative."
    return f"Switch a neuron off, and on again, and see what it is good for. {bar}{pictures}"


def heading(model: Model) -> str:
    """The question that the page answers: `Which one is it: cat, iguana or lion?`"""
    question, names = model.question.kind.question, outputs_of(model.question)
    if model.question.goal == REGRESSION:
        return f"{names[0]}: {question}"
    if model.question.goal == BINARY:
        asked = f"{names[0]} or {isolated(model.question.negative)}?"
        return asked if model.question.target is None else f"{isolated(model.question.target)}: {asked}"
    word = "and" if model.question.goal == MULTI_LABEL else "or"
    listed = in_brief(names, TITLE) if len(", ".join(names)) > TITLE else in_a_row(names, word)
    return f"{question[0].upper()}{question[1:-1]}: {listed}?"


def lead(model: Model) -> str:
    """What the reader can do."""
    what = "Fill in a row" if model.image_size is None else "Show it a picture"
    return f"{what}. A small neural network inside this page answers, offline."


def network(model: Model) -> str:
    """`a network of 768 inputs, 512 and 256 hidden neurons and 3 outputs (525,827 parameters)`"""
    inputs, *hidden, outputs = model.network.sizes
    between = f", {' and '.join(f'{count:,}' for count in hidden)} hidden neurons" if hidden else ", no hidden layer"
    return (
        f"a network of {inputs:,} inputs{between} and {counted(outputs, 'output')} "
        f"({model.network.parameter_count:,} parameters)"
    )


def foot(exported: Exported, precision: str) -> list[str]:
    """What the network is, how good it is, and what not to do with it; a paragraph each."""
    model = exported.model
    flip = " An answer is the mean of those about the picture and its mirror image." * (model.views == "flip")
    sees = "" if model.image_size is None else f" It sees pictures of {in_pixels(model)}.{flip}"
    made = f"{isolated(exported.name)}: {network(model)}, of epoch {model.epoch:,}.{sees}"
    offline = "This page works offline: nothing that you show it, and nothing else, is sent anywhere."
    of = "flattened pictures" if model.image_size is not None else "a table"
    trust = f"A network of this kind, of {of}, is for learning. Do not trust it with anything that matters."
    by = f"Written by catnet {__version__}."
    return [text for text in (made, measured(exported), precision, offline, f"{trust} {by}") if text]


def in_pixels(model: Model) -> str:
    """`16 x 16 pixels, each the mean of a 4 x 4 box of a 64 x 64 picture`"""
    (height, width), box = model.image_size or (0, 0), model.box_average
    boxes = f", each the mean of a {box} x {box} box of a {box * width} x {box * height} picture" * (box > 1)
    return f"{width} x {height} pixels{' in grey' * (model.colors == 'grey')}{boxes}"


def measured(exported: Exported) -> str:
    """How good it was on test or validation data, beside the trivial answer; nothing if that is not recorded."""
    question, found = exported.model.question, metrics_of(exported)
    if not (split := unseen_in(found)):
        return ""
    metric = question.kind.headline
    value, trivial = (score(metric, of[metric]) for of in (found[split], found[split][TRIVIAL]))
    examples = f"the {found[split]['examples']:,} {WORDS[split]} {question.examples}"
    if question.goal == REGRESSION:
        return f"On {examples}, it is off by {value} on average; the training mean, as the answer to all, by {trivial}."
    right = "right in every label" if question.goal == MULTI_LABEL else "right"
    named = "" if metric == "accuracy" else f" ({metric_name(metric)})"
    return (
        f"Of {examples}, {value} are answered {right}{named}; always giving "
        f"{trivial_answer(question, exported.model.constant)} scores {trivial}."
    )


def usual_error(exported: Exported) -> float | None:
    """By how much a regression is off on average, on the data that `measured` speaks of; None if that is not known."""
    question, found = exported.model.question, metrics_of(exported)
    if question.goal != REGRESSION or not (split := unseen_in(found)):
        return None
    return float(found[split][question.kind.headline])


def metrics_of(exported: Exported) -> dict[str, Any]:
    """What the run recorded of this epoch, by split; nothing if it is not there."""
    try:
        summary = None if exported.run is None else recorded(exported.run, exported.model.question)
    except CatnetError:
        return {}
    if summary is None or summary.get("best_epoch") != exported.model.epoch:
        return {}
    return dict(summary["metrics"])


def unseen_in(found: dict[str, Any]) -> str:
    """The split of test or validation data among those measured, or nothing."""
    split = next((name for name in UNSEEN if name in found), "")
    return "" if split == "train" else split


def steps(model: Model) -> list[str]:
    """How it answers, in five sentences of HTML with the names of the script's functions."""
    if model.image_size is None:
        first = "<code>rowOf</code> makes numbers of the cells: a text is 1 for its own category and 0 for the others."
    else:
        average = ", and <code>boxAverage</code> takes the mean of each box of them" * (model.box_average > 1)
        size = "{1} x {0}".format(*(model.decoded_size or ()))
        first = (
            f"<code>decoded</code> reads the pixels of the picture, <code>resized</code> makes {size} of them{average}."
        )
    mean = ", or their mean over the picture and its mirror image" * (model.views == "flip")
    outputs = "the number in its unit" if model.question.goal == REGRESSION else "the probabilities"
    return [
        first,
        "<code>scaledInputs</code> moves and scales them as in the training: that is x, or A[0].",
        "<code>forward</code> goes through the layers: <code>affine</code> multiplies by weights and adds biases, "
        "Z = W A + b, and a function g of <code>ACTIVATIONS</code> makes A = g(Z) of it, the input of the next layer.",
        f"<code>answer</code> takes the last A as y&#770;: {outputs}{mean}.",
        "<code>contributions</code> goes backward through the same layers: how much does the answer change with an "
        "input, times that input?",
    ]
