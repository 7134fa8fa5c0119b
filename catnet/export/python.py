"""A model as one Python file: its numbers, and the functions of catnet that answer with them."""

from base64 import b64encode
from functools import cache
from textwrap import fill
from typing import Any

import numpy as np

from catnet.engine.types import Array
from catnet.errors import OutputError
from catnet.export.bundle import Bundle
from catnet.export.exported import Exported, Made
from catnet.export.seal import PYTHON_MARK, behind_seal
from catnet.goals import REGRESSION
from catnet.model import Model
from catnet.text import first_names, printable, short

STANDALONE = "catnet.export.standalone"
# What is asked of which module, in the order in which the file is to be read: what these need is behind each.
ORDER: dict[str, dict[str, tuple[str, ...]]] = {
    "pictures": {
        "network": ("y_hat",),
        "decoding": ("decoded", "predict_arrays"),
        "words": ("predictions",),
        "pictures": ("predict", "main"),
    },
    "tables": {
        "network": ("y_hat",),
        "cells": ("predict_rows", "cells_of"),
        "words": ("predictions",),
        "tables": ("predict", "main"),
    },
}
LICENSE = "# The functions are catnet's, under the MIT license: copyright (c) the catnet contributors."
QUIET = """\
import signal

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends it, also while it imports, without a traceback"""
LINE = 100  # characters of a line of base64
TAB = "    "
NAMES, WIDTH = 500, 110  # characters: of names in the text at the beginning, and of its lines


def make(exported: Exported) -> Made:
    """The model as a Python file, which answers about the examples as catnet does. Raises OutputError if not."""
    content = behind_seal(PYTHON_MARK, source_of(exported.model, exported.facts).encode())
    return Made(content, exported.tried(answers_of(content, exported)))


def answers_of(content: bytes, exported: Exported) -> Array:
    """y^ (k, m) about the examples, by the functions of the file. Of a picture that is in a file, it decodes that."""
    module: dict[str, Any] = {"__name__": "predict"}
    exec(compile(content, "predict.py", "exec"), module)
    rows = exported.rows.copy()
    try:
        for row, example in zip(rows, exported.examples, strict=True):
            if example.file is not None:
                row[...] = module["decoded"](example.file)
    except module["BadPicture"] as error:
        raise OutputError(f"{printable(exported.path)}: {error}") from error
    return np.asarray(module["y_hat"](rows))


def source_of(model: Model, facts: dict[str, Any]) -> str:
    """The text of the file. Names are in it as texts of Python, without any character that is not printable."""
    examples = "pictures" if model.image_size else "tables"
    bundle = bundle_with(examples, model.network.activations, model.views)
    _, _, usage = bundle.sources[f"{STANDALONE}.{examples}"].docstring.partition("\n")
    parts = [
        f'"""{in_docstring(about(model, facts))}\n{usage}"""\n{LICENSE}',
        QUIET,
        bundle.import_lines(),
        f"# What the model is: the keys are explained in catnet's docs/MODEL_FILE.md.\nFACTS = {as_python(facts)}",
        bundle.text(),
        f"# {'-' * 30} the numbers\n\nNUMBERS = {{\n{numbers_of(model)}}}",
        'if __name__ == "__main__":\n    raise SystemExit(main())\n',
    ]
    return "\n\n".join(parts)


@cache
def bundle_with(examples: str, activations: tuple[str, ...], views: str) -> Bundle:
    """The functions of the network, in the order in which they are to be read, with those that read examples."""
    kept = {"ACTIVATIONS": activations, "MEANS": activations[-1:], "LOGITS": (views,)}
    asked = {f"{STANDALONE}.{module}": names for module, names in ORDER[examples].items()}
    return Bundle(asked, f"{STANDALONE}.stored", kept)


def about(model: Model, facts: dict[str, Any]) -> str:
    """What the model is, in a few lines."""
    question, network = model.question, model.network
    asked = short(question.target) if question.goal == REGRESSION else first_names(question.names, NAMES)
    size = f", of pictures of {model.image_size[0]} x {model.image_size[1]} pixels" if model.image_size else ""
    lines = [
        f"Answers about {question.examples}, by the network {short(facts['name'])} of catnet {facts['catnet']}.",
        f"Goal {question.goal}, {question.kind.question} {asked}",
        f"Neurons: {' -> '.join(map(str, network.sizes))}{size}; activations: {', '.join(network.activations)}",
    ]
    if question.features:
        lines.append(f"Columns: {first_names(question.features, NAMES)}")
    first, *others = (fill(line, WIDTH, replace_whitespace=False) for line in lines)
    return "\n".join([first, "", *others])


def in_docstring(text: str) -> str:
    """The text as it stands between three quotes: nothing in it ends these or is an escape."""
    return text.replace("\\", "\\\\").replace('"', '\\"')


def as_python(value: Any, margin: str = "") -> str:
    """A value of JSON as Python writes it, behind a margin: in a line, or an item a line if that is too long."""
    if isinstance(value, str):
        return f'"{printable(in_docstring(value))}"'
    if isinstance(value, dict):
        start, items, end = (
            "{",
            [f"{as_python(key)}: {as_python(each, margin + TAB)}" for key, each in value.items()],
            "}",
        )
    elif isinstance(value, list):
        start, items, end = "[", [as_python(each, margin + TAB) for each in value], "]"
    else:
        return repr(value)
    line = f"{start}{', '.join(items)}{end}"
    if len(line) <= LINE - len(margin):
        return line
    return f"{start}\n" + "".join(f"{margin}{TAB}{item},\n" for item in items) + f"{margin}{end}"


def numbers_of(model: Model) -> str:
    """An entry for each array: its name, its type, its shape, and its bytes in base64."""
    return "".join(entry(name, values) for name, values in model.tensors.items())


def entry(name: str, values: Array) -> str:
    """An array as the lines of its entry."""
    values = values.astype(values.dtype.newbyteorder("<"))
    text = b64encode(values.tobytes()).decode()
    lines = "\n".join(text[start : start + LINE] for start in range(0, len(text), LINE))
    return f'    "{name}": ("{values.dtype.str}", {values.shape}, """\n{lines}\n"""),\n'
