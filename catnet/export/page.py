"""One HTML file that answers offline: the network, examples, and a script that is written to be read."""

import html
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np

from catnet.engine.inputs import Scaling
from catnet.engine.types import Array
from catnet.export import page_words as words
from catnet.export.exported import Exported, Made, agreement, demand_agreement, difference
from catnet.export.numbers import numbers_of
from catnet.export.page_pictures import Shown, pictures_for
from catnet.export.page_table import Row, columns_for, inputs_for, rows_for
from catnet.goals import REGRESSION
from catnet.model import Model
from catnet.question import Question
from catnet.report.answers import outputs_of, truth_of
from catnet.text import are, byte_size, counted, in_brief, isolated

# the parts of the page's script: how a picture and a network are computed, then how that is shown
SCRIPTS = (
    "pixels",
    "decoding",
    "upright",
    "network",
    "draw",
    "bars",
    "choose",
    "camera",
    "easel",
    "table",
    "neurons",
    "check",
    "page",
)
LARGEST_PAGE = 5_000_000  # bytes, above which the weights are rounded to 16 bits
PLACE = re.compile(r"\{\{(\w+)\}\}")  # in a template
OPENING = {ord("<"): "\\u003c"}  # so that nothing in a JSON text ends the element that it stands in


class Rounding(NamedTuple):
    """By how much the answers about the examples differ because the weights have 16 bits, and the bytes that the page
    would have without that.
    """

    difference: float
    whole: int


def make(exported: Exported) -> Made:
    """The page. Raises OutputError if its numbers do not answer as catnet does."""
    model = exported.model
    shown = rows_for(exported) if model.image_size is None else pictures_for(exported)
    rows = np.array([each.row for each in shown])
    answers = model.predict(rows)
    numbers = numbers_of(model)
    found = predicted(model, numbers, rows)
    demand_agreement(exported.path, found, answers)
    content, rounding = page(exported, shown, answers, numbers), None
    if (whole := len(content)) > LARGEST_PAGE:
        numbers = numbers_of(model, float16=True)
        found = predicted(model, numbers, rows)
        rounding = Rounding(difference(found, answers), whole)
        content = page(exported, shown, found, numbers, rounding)
    return Made(content, agreement(found, answers, examples_in(shown)), tuple(notes(shown, rounding)))


def predicted(model: Model, numbers: Mapping[str, Mapping[str, Any]], rows: Array) -> Array:
    """y^ (k, m) in float64 by the numbers of a page, as its script computes it."""
    found = {name: read(each) for name, each in numbers.items()}
    scaling, target_scaling = (
        Scaling(found.pop(f"{name}.shift"), found.pop(f"{name}.scale")) for name in ("scaling", "target_scaling")
    )
    return replace(model, parameters=found, scaling=scaling, target_scaling=target_scaling).predict(rows)


def read(number: Mapping[str, Any]) -> Array:
    """The numbers in an array of `numbers_of`, as float64."""
    values = np.frombuffer(b64decode(number["base64"]), np.dtype(number["type"]).newbyteorder("<"))
    return values.reshape(number["shape"]).astype(np.float64) * number.get("scale", 1.0)


def examples_in(shown: Sequence[Shown | Row]) -> str:
    """`3 pictures of the run`"""
    return f"{counted(len(shown), shown[0].noun)}{' of the run' * shown[0].of_run}"


def rounded(shown: Sequence[Shown | Row], rounding: Rounding) -> str:
    """What is said of rounded weights."""
    return (
        "Its weights are rounded to 16 bits, which changes the answers about "
        f"{examples_in(shown)} by {rounding.difference:.0e}"
    )


def notes(shown: Sequence[Shown | Row], rounding: Rounding | None) -> Iterator[str]:
    """What the user should know before the page is given away."""
    if shown[0].of_run:
        names = in_brief([isolated(each.name) for each in shown])
        yield f"{examples_in(shown)} {are(len(shown))} inside the page: {names}"
    if copies := sum(each.is_copy for each in shown if isinstance(each, Shown)):
        yield f"{copies} of them {are(copies)} inside as smaller copies, or as copies that every browser opens"
    if rounding is not None:
        yield f"{rounded(shown, rounding)}: with all their bits the page would have {byte_size(rounding.whole)}"


def page(
    exported: Exported,
    shown: Sequence[Shown | Row],
    answers: Array,
    numbers: Mapping[str, Any],
    rounding: Rounding | None = None,
) -> bytes:
    """The page with its examples and the answers (k, m) of these numbers, which may have been rounded."""
    script, style = "\n".join(template(f"{name}.js") for name in SCRIPTS), template("page.css")
    values = {
        **words.texts(exported, shown[0].of_run, "" if rounding is None else f"{rounded(shown, rounding)}."),
        "policy": html.escape(policy(script, style)),
        "style": style,
        "script": script,
        "facts": as_json(facts(exported, shown[0].noun, rounding)),
        "numbers": as_json(numbers),
        "examples": as_json(
            [as_facts(*each, exported.model.question) for each in zip(shown, answers.T.tolist(), strict=True)]
        ),
    }
    is_table = exported.model.image_size is None
    for place, part in (
        ("input", "page_table" if is_table else "page_pictures"),
        ("sight", "page_inputs" if is_table else "page_sight"),
    ):
        values[place] = filled(template(f"{part}.html"), values)
    return filled(template("page.html"), values).encode("utf-8", "backslashreplace")


def facts(exported: Exported, noun: str, rounding: Rounding | None) -> dict[str, Any]:
    """What the script knows of the model besides its numbers; `names` are those of the outputs as they are shown.
    `rounding` is by how much the examples' answers differ from catnet's, None if the weights have all their bits.
    """
    model, question = exported.model, exported.model.question
    of_table = (
        {}
        if model.image_size is not None
        else {
            "columns": columns_for(exported),
            "inputs": inputs_for(question),
        }
    )
    return {
        **exported.facts,
        "names": outputs_of(question),
        "negative_name": isolated(question.negative),
        "target_range": target_range(exported),
        "usual_error": words.usual_error(exported),
        "examples_name": f"{noun}s",
        "rounding": None if rounding is None else rounding.difference,
        **of_table,
    }


def target_range(exported: Exported) -> list[float] | None:
    """The least and the greatest target of the training data, if this is a regression and the data is there."""
    if exported.model.question.goal != REGRESSION or exported.catalog is None:
        return None
    train = exported.catalog.splits.get("train")
    return None if train is None else [float(train.labels.min()), float(train.labels.max())]


def as_facts(shown: Shown | Row, answer: list[float], question: Question) -> dict[str, Any]:
    """An example, what is true of it, and the answer about it, as the script reads them."""
    truth = None if shown.label is None else truth_in_brief(question, shown.label)
    known = {"name": isolated(shown.name), "truth": truth, "answer": answer}
    if isinstance(shown, Row):
        return {**known, "cells": shown.cells}
    return {**known, "media": shown.media, "file": in_base64(shown.file), "pixels": in_base64(shown.row.tobytes())}


def truth_in_brief(question: Question, label: Array) -> str:
    """What is true of an example with this label (k,): `cat`, or a number of six digits at most."""
    return f"{label[0]:,.6g}" if question.goal == REGRESSION else truth_of(question, label)


def policy(script: str, style: str) -> str:
    """What a browser lets the page do: run its one script, and show pictures that it has itself."""
    allowed = (f"'sha256-{in_base64(sha256(text.encode()).digest())}'" for text in (script, style))
    return (
        "default-src 'none'; script-src {}; style-src {}; img-src data: blob:; base-uri 'none'; form-action 'none'"
    ).format(*allowed)


def in_base64(content: bytes) -> str:
    """Bytes as text."""
    return b64encode(content).decode()


def as_json(value: object) -> str:
    """A value as JSON that can stand in HTML."""
    return json.dumps(value, allow_nan=False).translate(OPENING)


def template(name: str) -> str:
    """The text of a file in the folder templates."""
    return (files("catnet.export") / "templates" / name).read_text("utf-8")


def filled(text: str, values: Mapping[str, str]) -> str:
    """A template with its values, which are HTML already."""
    return PLACE.sub(lambda place: values[place[1]], text)
