"""Whether what a checkpoint's header announces fits together, before any of its numbers is read.

Each check raises ValueError, KeyError or TypeError, with what does not fit.
"""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeGuard

from catnet.engine.colors import CHANNELS, RGB
from catnet.engine.names import ACTIVATIONS, MOST_BOX_AVERAGE, MOST_SIDE
from catnet.engine.network import Network
from catnet.engine.views import VIEWS
from catnet.goals import REGRESSION
from catnet.question import Question, names_in
from catnet.text import short

# The formats. A version that knows only those before must not answer: without boxes and views; or about grey pictures,
# columns of texts, and answers in a column of another name than it knows.
PLAIN, WITH_VIEWS, WITH_COLUMNS = 1, 2, 3
MOST_EPOCHS = 1 << 63
FIRST_DECODING = 1  # of a model of pictures that does not say
STATE_PREFIX, BEST_PREFIX, HISTORY_PREFIX = "state.", "best.", "history."  # what the names of those tensors start with
PARAMETERS = ("F32", "F64")
NUMBERS = (*PARAMETERS, "I64")  # the types that a solver's state has
LONGEST = 200  # characters of a fault


class Announced(NamedTuple):
    """A tensor's type, as safetensors calls it, and its shape."""

    dtype: str
    shape: tuple[int, ...]


Header = Mapping[str, Announced]


def network_in(facts: Mapping[str, Any]) -> Network:
    """The network that the metadata describes."""
    form = facts["format"]
    if type(form) is not int or form not in (PLAIN, WITH_VIEWS, WITH_COLUMNS):
        raise ValueError(f"its format is {form!r}, this version reads {PLAIN} to {WITH_COLUMNS}")
    sizes, activations = facts["sizes"], facts["activations"]
    for size in sizes:
        require(is_count(size), f"a layer of {size!r} neurons")
    loss, delta = facts["loss"], facts["huber_delta"]
    require(isinstance(loss, str) and is_number(delta) and delta > 0, f"loss {loss!r}, huber_delta {delta!r}")
    network = Network(tuple(sizes), names_in(activations, "activations"), loss, float(delta))
    require(network.depth >= 1 and len(network.activations) == network.depth, f"{sizes} with activations {activations}")
    return network


def check_model(facts: Mapping[str, Any], network: Network) -> Question:
    """The question that the metadata describes, which such a network must be able to answer about such inputs."""
    question, (*hidden, output) = Question.from_json(facts), network.activations
    inputs, outputs = network.sizes[0], network.sizes[-1]
    require(set(hidden) <= set(ACTIVATIONS), f"activations {hidden}")
    require(output in question.kind.output_activations, f"output activation {output!r} for goal {question.goal}")
    require(network.loss in question.kind.losses, f"loss {network.loss!r} for goal {question.goal}")
    require(question.outputs == outputs, f"{outputs} outputs for {question.outputs}")
    box_average, views, colors = check_views(facts, question)
    if facts["image_size"] is None:
        require((box_average, views, colors) == (1, "none", RGB), "boxes, views or colors of a table")
        require(question.features is not None, "neither an image size nor features")
        require(len(question.inputs) == inputs, f"features for {inputs} inputs")
    else:
        height, width = facts["image_size"]
        require(is_count(height) and is_count(width), f"image size {height!r} x {width!r}")
        fits = height * width * CHANNELS[colors] == inputs
        require(fits, f"pictures of {height} x {width} in {colors} for {inputs} inputs")
        fits = max(height, width) * box_average <= MOST_SIDE
        require(fits, f"pictures of {box_average} times {height} x {width} pixels, more than {MOST_SIDE} a side")
        require(question.features is None, "both an image size and features")
        require(is_count(facts.get("decoding", FIRST_DECODING)), f"decoding {facts.get('decoding')!r}")
    require(type(facts["epoch"]) is int and 0 <= facts["epoch"] < MOST_EPOCHS, f"epoch {facts['epoch']!r}")
    check_created(facts)
    for name in ("details", "training"):
        require(isinstance(facts[name], dict), f"{name} {facts[name]!r}")
    check_thresholds(facts["details"].get("thresholds"), question)
    return question


def format_of(question: Question, box_average: int, views: str, colors: str) -> int:
    """The format of a model's file: the first that can say all that the model needs."""
    has_column = question.target is not None and question.goal != REGRESSION
    if has_column or question.encoded or question.class_names or colors != RGB:
        return WITH_COLUMNS
    return PLAIN if (box_average, views) == (1, "none") else WITH_VIEWS


def check_views(facts: Mapping[str, Any], question: Question) -> tuple[int, str, str]:
    """box_average, views and colors, of the file's format; 1, none and rgb if one that need not say does not say."""
    defaults: dict[str, object] = {"colors": RGB} if facts["format"] < WITH_COLUMNS else {}
    defaults |= {"box_average": 1, "views": "none"} if facts["format"] == PLAIN else {}
    box_average, views, colors = ({**defaults, **facts}[key] for key in ("box_average", "views", "colors"))
    require(is_count(box_average) and box_average <= MOST_BOX_AVERAGE, f"box_average {box_average!r}")
    require(views in VIEWS, f"views {views!r}")
    require(colors in CHANNELS, f"colors {colors!r}")
    expected, said = format_of(question, box_average, views, colors), f"box_average {box_average} and views {views}"
    require(facts["format"] == expected, f"{said}, or columns and colors, in format {facts['format']}")
    return box_average, views, colors


def check_thresholds(thresholds: object, question: Question) -> None:
    """That there is a threshold from 0 to 1 for each class, or none at all."""
    numbers = isinstance(thresholds, list) and all(is_number(value) and 0 <= value <= 1 for value in thresholds)
    fits = numbers and isinstance(thresholds, list) and len(thresholds) == len(question.classes)
    require(thresholds is None or fits, f"thresholds {thresholds!r}")


def check_created(facts: Mapping[str, Any]) -> float | None:
    """When the training was started, in seconds since 1970; None if the metadata does not say."""
    created: float | None = facts.get("created")
    require(created is None or is_number(created), f"created {created!r}")
    return created


def check_tensors(header: Header, facts: Mapping[str, Any], network: Network, question: Question) -> None:
    """That each tensor that the metadata names is there, in its shape and type, and no other except a state's.

    Then there is an output for each class; only then are the classes compared, which takes memory.
    """
    require(2 * network.depth <= len(header), f"{network.depth} layers in {len(header)} tensors")
    known = set(check_parameters(header, network))
    number, per_input = (), (network.sizes[0],)
    shapes: dict[str, tuple[tuple[int, ...], ...]] = {
        "scaling.shift": (number, per_input),
        "scaling.scale": (number, per_input),
        "target_scaling.shift": (number,),
        "target_scaling.scale": (number,),
        "constant": ((network.sizes[-1], 1),),
        **{HISTORY_PREFIX + column: ((facts["epoch"],),) for column in names_in(facts["columns"], "columns")},
    }
    for name, allowed in shapes.items():
        check_tensor(header, name, *allowed, dtypes=("F64",))
    known |= shapes.keys()
    if any(name.startswith(BEST_PREFIX) for name in header):
        known |= set(check_parameters(header, network, BEST_PREFIX))
    for name, announced in header.items():
        require(name in known or (name.startswith(STATE_PREFIX) and announced.dtype in NUMBERS), f"a tensor {name!r}")
    require(len(set(question.names)) == len(question.names), "a class twice")


def check_parameters(header: Header, network: Network, prefix: str = "") -> list[str]:
    """That the network's parameters are there; their names."""
    for name, shape in network.shapes.items():
        check_tensor(header, prefix + name, shape, dtypes=PARAMETERS)
    return [prefix + name for name in network.shapes]


def check_tensor(header: Header, name: str, *shapes: tuple[int, ...], dtypes: tuple[str, ...]) -> None:
    """That a tensor is there, in one of the shapes and of one of the types."""
    require(name in header, f"there is no {name}")
    dtype, shape = header[name]
    wanted = " or ".join(map(str, shapes))
    require(shape in shapes and dtype in dtypes, f"{name} is {dtype} {shape}, must be {'/'.join(dtypes)} {wanted}")


def is_count(value: object) -> TypeGuard[int]:
    """Whether it is a whole number from 1."""
    return type(value) is int and value >= 1


def is_number(value: object) -> bool:
    """Whether it is a finite number, which neither true nor false is."""
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # of a whole number beyond those of float64
        return False


def require(condition: bool, fault: str) -> None:
    """Raises ValueError, with the fault, unless the condition holds."""
    if not condition:
        raise ValueError(short(fault, LONGEST))


def in_short(error: object) -> str:
    """What an error says is wrong with a file, safe to print, cut off if it is long."""
    if isinstance(error, KeyError):
        return short(f"there is no {error}", LONGEST)
    return short(error.strerror or error if isinstance(error, OSError) else error, LONGEST)
