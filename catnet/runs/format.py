"""Whether what a checkpoint's header announces fits together, before any of its numbers is read.

Each check raises ValueError, KeyError or TypeError, with what does not fit.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from catnet.engine.activations import ACTIVATIONS
from catnet.engine.network import Network
from catnet.goals import BINARY, GOALS, REGRESSION

FORMAT = 1
PARAMETERS = ("F32", "F64")
NUMBERS = (*PARAMETERS, "I64")  # the types that a solver's state has


class Announced(NamedTuple):
    """A tensor's type, as safetensors calls it, and its shape."""

    dtype: str
    shape: tuple[int, ...]


Header = Mapping[str, Announced]


def network_of(facts: Mapping[str, Any]) -> Network:
    """The network that the metadata describes."""
    if facts["format"] != FORMAT:
        raise ValueError(f"its format is {facts['format']!r}, this version reads {FORMAT}")
    sizes, activations = facts["sizes"], facts["activations"]
    for size in sizes:
        demand(is_count(size), f"a layer of {size!r} neurons")
    network = Network(tuple(sizes), texts(activations, "activations"), facts["loss"], float(facts["huber_delta"]))
    demand(network.depth >= 1 and len(network.activations) == network.depth, f"{sizes} with activations {activations}")
    return network


def check_model(facts: Mapping[str, Any], network: Network) -> None:
    """That goal, classes and inputs are those of such a network."""
    goal, (*hidden, output) = facts["goal"], network.activations
    inputs, outputs = network.sizes[0], network.sizes[-1]
    demand(goal in GOALS, f"goal {goal!r}")
    demand(set(hidden) <= set(ACTIVATIONS), f"activations {hidden}")
    allowed = GOALS[goal]
    demand(output in allowed.output_activations, f"output activation {output!r} for goal {goal}")
    demand(network.loss in allowed.losses, f"loss {network.loss!r} for goal {goal}")
    classes = texts(facts["classes"], "classes")
    demand(len(classes) == (0 if goal == REGRESSION else outputs), f"{len(classes)} classes, {outputs} outputs")
    demand(outputs == 1 or goal not in (BINARY, REGRESSION), f"{outputs} outputs for goal {goal}")
    for name, needed in (("negative", goal == BINARY), ("target", goal == REGRESSION)):
        demand(isinstance(facts[name], str) if needed else facts[name] is None, f"{name} {facts[name]!r}")
    if facts["image_size"] is None:
        demand(len(texts(facts["features"], "features")) == inputs, f"features for {inputs} inputs")
    else:
        height, width = facts["image_size"]
        demand(is_count(height) and is_count(width), f"image size {height!r} x {width!r}")
        demand(height * width * 3 == inputs, f"pictures of {height} x {width} for {inputs} inputs")
        demand(facts["features"] is None, "both an image size and features")
    demand(type(facts["epoch"]) is int and facts["epoch"] >= 0, f"epoch {facts['epoch']!r}")
    for name in ("details", "training"):
        demand(isinstance(facts[name], dict), f"{name} {facts[name]!r}")
    thresholds = facts["details"].get("thresholds", [0.5] * outputs)
    numbers = isinstance(thresholds, list) and all(type(value) in (int, float) for value in thresholds)
    demand(numbers and len(thresholds) == outputs, f"thresholds {thresholds!r}")


def check_tensors(header: Header, facts: Mapping[str, Any], network: Network) -> None:
    """That there is every tensor that the metadata speaks of, in its shape and type, and no other but a state's."""
    known = set(check_parameters(header, network))
    scales = ((), (network.sizes[0],))
    for name in ("scaling.shift", "scaling.scale"):
        check_tensor(header, name, *scales, dtypes=("F64",))
    for name in ("target_scaling.shift", "target_scaling.scale"):
        check_tensor(header, name, (), dtypes=("F64",))
    check_tensor(header, "constant", (network.sizes[-1], 1), dtypes=("F64",))
    known |= {f"{kind}.{part}" for kind in ("scaling", "target_scaling") for part in ("shift", "scale")} | {"constant"}
    for column in texts(facts["columns"], "columns"):
        check_tensor(header, f"history.{column}", (facts["epoch"],), dtypes=("F64",))
        known.add(f"history.{column}")
    if any(name.startswith("best.") for name in header):
        known |= set(check_parameters(header, network, "best."))
    for name, announced in header.items():
        demand(name in known or (name.startswith("state.") and announced.dtype in NUMBERS), f"a tensor {name!r}")


def check_parameters(header: Header, network: Network, prefix: str = "") -> list[str]:
    """That the network's parameters are there; their names."""
    for name, shape in network.shapes.items():
        check_tensor(header, prefix + name, shape, dtypes=PARAMETERS)
    return [prefix + name for name in network.shapes]


def check_tensor(header: Header, name: str, *shapes: tuple[int, ...], dtypes: tuple[str, ...]) -> None:
    """That a tensor is there, in one of the shapes and of one of the types."""
    demand(name in header, f"there is no {name}")
    dtype, shape = header[name]
    wanted = " or ".join(map(str, shapes))
    demand(shape in shapes and dtype in dtypes, f"{name} is {dtype} {shape}, must be {'/'.join(dtypes)} {wanted}")


def texts(values: Any, what: str) -> tuple[str, ...]:
    """The values, which must be a list of text."""
    demand(isinstance(values, list) and all(isinstance(value, str) for value in values), f"{what} {values!r}")
    return tuple(values)


def is_count(value: object) -> bool:
    """Whether it is a whole number from 1."""
    return type(value) is int and value >= 1


def demand(condition: bool, fault: str) -> None:
    """Raises ValueError unless it is so."""
    if not condition:
        raise ValueError(fault if len(fault) <= 200 else f"{fault[:200]}...")
