"""A model as an ONNX file: few nodes, with the scaling in the weights of the first layer.

In the file the examples are rows, as programs for ONNX expect them: Z[l]' = A[l-1]' W[l]' + b[l]', which is one node,
Gemm. The tensors are named as in the textbook: Z1, A1, Z2, ...
"""

import json
from typing import Any

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from catnet import __version__
from catnet.engine.activations import LEAK
from catnet.engine.colors import CHANNELS
from catnet.engine.types import Array
from catnet.errors import OutputError
from catnet.export.exported import Exported, Made
from catnet.goals import REGRESSION
from catnet.model import Model
from catnet.text import byte_size, printable

OPSET, IR_VERSION = 17, 8  # old enough for the runtimes of some years ago
PRODUCER = "catnet export"
LARGEST = (1 << 31) - (1 << 20)  # bytes: protobuf, the format of the file, holds less than 2 GiB
BYTES = "give bytes from 0 to 255: they are scaled in the file"
NUMBERS = "give the numbers as they are, float64: they are scaled in the file"
# of ONNX; a linear activation needs none
OPERATORS = {"relu": "Relu", "leaky_relu": "LeakyRelu", "tanh": "Tanh", "sigmoid": "Sigmoid", "softmax": "Softmax"}
ATTRIBUTES: dict[str, dict[str, Any]] = {"leaky_relu": {"alpha": LEAK}, "softmax": {"axis": 1}}
PICTURES, ROWS, PROBABILITIES, VALUE = "pixels", "inputs", "probabilities", "value"


@np.errstate(over="ignore", invalid="ignore")  # an answer that is not finite does not agree
def make(exported: Exported) -> Made:
    """The model as an ONNX file, which answers about the examples as catnet does.

    Raises OutputError if the model is too large for such a file, or if it answers otherwise.
    """
    model = exported.model
    size = sum(values.nbytes for values in model.parameters.values())
    if size > LARGEST:
        raise OutputError(
            f"{printable(exported.path)}: has {byte_size(size)} of parameters, more than the 2 GiB of an ONNX file"
        )
    file = model_file(model, exported.facts)
    checker.check_model(file, full_check=True)
    inputs = {PICTURES: batch_of(model, exported.rows)} if model.decoded_size else {ROWS: exported.rows}
    (found,) = ReferenceEvaluator(file).run(None, inputs)
    return Made(file.SerializeToString(deterministic=True), exported.tried(np.asarray(found).T))


def batch_of(model: Model, rows: Array) -> Array:
    """Rows of pictures as the file takes them: bytes (m, height, width, channels), of the decoded size."""
    assert model.decoded_size is not None
    return rows.reshape(len(rows), *model.decoded_size, CHANNELS[model.colors])


def model_file(model: Model, facts: dict[str, Any]) -> Any:
    """The ONNX ModelProto of a model. `facts` become its metadata: texts as they are, all else as JSON."""
    graph = Graph(TensorProto.DOUBLE if model.parameters["W1"].dtype == np.float64 else TensorProto.FLOAT)
    if model.decoded_size is None:
        given = helper.make_tensor_value_info(ROWS, TensorProto.DOUBLE, ["N", model.network.sizes[0]])
        x = table_inputs(graph, model)
    else:
        shape = ["N", *model.decoded_size, CHANNELS[model.colors]]
        given = helper.make_tensor_value_info(PICTURES, TensorProto.UINT8, shape)
        x = picture_inputs(graph, model)
    answer(graph, model, layers(graph, model, x))
    name = VALUE if model.question.goal == REGRESSION else PROBABILITIES
    graph.nodes[-1].output[0] = name
    found = helper.make_tensor_value_info(name, graph.floats, ["N", model.network.sizes[-1]])
    made = helper.make_model(
        helper.make_graph(graph.nodes, "catnet", [given], [found], graph.numbers),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name=PRODUCER,
        producer_version=__version__,
    )
    facts = {**facts, "scaling": BYTES if model.decoded_size else NUMBERS, "inputs": model.question.inputs}
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in facts.items()}
    # what UTF-8 cannot hold, such as a stray byte in the name of a run, as an escape
    helper.set_model_props(
        made, {key: text.encode("utf-8", "backslashreplace").decode() for key, text in texts.items()}
    )
    return made


class Graph:
    """The nodes and the numbers of a file, in the order in which they are added, and the type in which it computes."""

    def __init__(self, floats: int) -> None:
        self.floats = floats
        self.nodes: list[Any] = []
        self.numbers: list[Any] = []

    def constant(self, name: str, values: Any, type_: int | None = None) -> str:
        """Adds numbers, as floats or of another type; returns their name."""
        dtype = helper.tensor_dtype_to_np_dtype(self.floats if type_ is None else type_)
        self.numbers.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def shape(self, name: str, *values: int) -> str:
        """Adds a shape, or axes."""
        return self.constant(name, values, TensorProto.INT64)

    def node(self, operator: str, output: str, *inputs: str, **attributes: Any) -> str:
        """Adds a node; returns the name of its output."""
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output


def picture_inputs(graph: Graph, model: Model) -> str:
    """Adds what makes pictures (N, height, width, channels) rows (N V, n_0), not scaled, of V views each."""
    assert model.image_size is not None
    (height, width), factor, channels = model.image_size, model.box_average, CHANNELS[model.colors]
    x = graph.node("Cast", "floats", PICTURES, to=graph.floats)
    if factor > 1:
        # the mean of each box, a half rounded up: whole numbers all along, so it is exact
        x = graph.node("Reshape", "boxes", x, graph.shape("boxed", -1, height, factor, width, factor, channels))
        x = graph.node("ReduceSum", "sums", x, graph.shape("within_box", 2, 4), keepdims=0)
        x = graph.node("Add", "sums_and_half", x, graph.constant("half", factor**2 // 2))
        x = graph.node("Div", "means", x, graph.constant("pixels_of_box", factor**2))
        x = graph.node("Floor", "averaged", x)
    if model.views != "none":
        x = graph.node("Reshape", "one_view", x, graph.shape("as_view", -1, 1, height, width, channels))
        # a slice with step -1 ends before the first: at "minus infinity"
        ends = [graph.shape(name, value) for name, value in (("last", -1), ("before_first", -(1 << 31)))]
        backwards = [graph.shape("columns", 3), graph.shape("backwards", -1)]
        mirror_image = graph.node("Slice", "mirror_image", x, *ends, *backwards)
        x = graph.node("Concat", "both_views", x, mirror_image, axis=1)
    return graph.node("Reshape", "rows", x, graph.shape("flattened", -1, model.network.sizes[0]))


def table_inputs(graph: Graph, model: Model) -> str:
    """Adds what subtracts the mean from the inputs (N, n_0) of a table, in float64, in which large numbers close
    together lose nothing.
    """
    shift = graph.constant("shift", model.scaling.shift, TensorProto.DOUBLE)
    return graph.node("Cast", "floats", graph.node("Sub", "shifted", ROWS, shift), to=graph.floats)


def layers(graph: Graph, model: Model, x: str) -> str:
    """Adds the layers, with the scaling in W1 and b1: from the inputs (N V, n_0) to Z[L], (N V, k)."""
    network, parameters, target = model.network, model.parameters, model.target_scaling
    # of pictures the shift is subtracted first too: in b1 it would cost digits
    if model.decoded_size is not None and np.any(model.scaling.shift):
        x = graph.node("Sub", "shifted", x, graph.constant("shift", model.scaling.shift))
    A = x
    for layer in range(1, network.depth + 1):
        W, b = (parameters[f"{name}{layer}"].astype(np.float64) for name in "Wb")
        if layer == 1:
            W = W * model.scaling.scale
        if layer == network.depth and network.activations[-1] == "linear":
            W, b = W / target.scale, b / target.scale + target.shift
        weights = graph.constant(f"W{layer}", W), graph.constant(f"b{layer}", b[:, 0])
        Z = graph.node("Gemm", f"Z{layer}", A, *weights, transB=1)
        A = Z if layer == network.depth else activation(graph, network.activations[layer - 1], Z, f"A{layer}")
    return A


def activation(graph: Graph, name: str, Z: str, A: str) -> str:
    """Adds A = g(Z), (N V, n_l)."""
    if name == "linear":
        return Z
    return graph.node(OPERATORS[name], A, Z, **ATTRIBUTES.get(name, {}))


def answer(graph: Graph, model: Model, Z: str) -> str:
    """Adds y^ = g[L](Z[L]) in its unit, (N, k): the mean over the views."""
    name, target = model.network.activations[-1], model.target_scaling
    y = activation(graph, name, Z, "y_hat")
    if name == "relu" and (target.scale, target.shift) != (1, 0):
        y = graph.node("Div", "unscaled", y, graph.constant("target_scale", target.scale))
        y = graph.node("Add", "in_its_unit", y, graph.constant("target_shift", target.shift))
    if model.views != "none":
        y = graph.node("Reshape", "of_views", y, graph.shape("by_view", -1, 2, model.network.sizes[-1]))
        y = graph.node("ReduceMean", "mean", y, axes=[1], keepdims=0)
    return y
