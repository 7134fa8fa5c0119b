"""Checkpoints: safetensors files that hold a model, and what its training needs to go on.

Tensors: W1, b1, W2, b2, ...; scaling and target scaling; and, in a numbered checkpoint, the solver's state.
Metadata: JSON. Its SHA-256 is over every tensor (name, type, shape, bytes) and the JSON. Nothing is ever pickled.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from catnet.engine.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS, Array
from catnet.engine.goals import GOALS
from catnet.engine.inputs import Scaling
from catnet.engine.network import Network
from catnet.engine.parameters import Parameters
from catnet.errors import CheckpointError
from catnet.model import Model
from catnet.runs.files import write_atomically

FORMAT = 1
PRECISIONS = ("float32", "float64")
STATE = "state."


@dataclass(frozen=True)
class Checkpoint:
    """A model; the solver's state; and facts about the training, as JSON (epoch, seed, history, fingerprints)."""

    model: Model
    state: dict[str, Array] = field(default_factory=dict)
    training: dict[str, Any] = field(default_factory=dict)


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Writes the checkpoint atomically. Raises OutputError."""
    model = checkpoint.model
    tensors = {
        **model.parameters,
        "scaling.shift": np.asarray(model.scaling.shift, np.float64),
        "scaling.scale": np.asarray(model.scaling.scale, np.float64),
        "target_scaling.shift": np.asarray(model.target_scaling.shift, np.float64),
        "target_scaling.scale": np.asarray(model.target_scaling.scale, np.float64),
        "constant": model.constant.astype(np.float64),
        **{STATE + name: values for name, values in checkpoint.state.items()},
    }
    network = model.network
    text = json.dumps(
        {
            "format": FORMAT,
            "goal": model.goal,
            "sizes": network.sizes,
            "activations": network.activations,
            "loss": network.loss,
            "huber_delta": network.huber_delta,
            "classes": model.classes,
            "negative": model.negative,
            "target": model.target,
            "image_size": model.image_size,
            "features": model.features,
            "epoch": model.epoch,
            "details": model.details,
            "training": checkpoint.training,
        }
    )
    tensors = {name: np.ascontiguousarray(values).reshape(values.shape) for name, values in tensors.items()}
    write_atomically(path, to_bytes(tensors, {"catnet": text, "sha256": digest(tensors, text)}))


def load(path: Path) -> Checkpoint:
    """Reads and verifies a checkpoint.

    Raises CheckpointError where the file is missing, is no catnet model, is damaged, or does not fit its architecture.
    """
    tensors, metadata = read(path)
    if "catnet" not in metadata or "sha256" not in metadata:
        raise CheckpointError(f"{path}: is not a catnet model; give a run directory or a checkpoint of `catnet train`")
    if digest(tensors, metadata["catnet"]) != metadata["sha256"]:
        raise CheckpointError(f"{path}: is damaged: its SHA-256 does not match; use another checkpoint of the run")
    try:
        return assemble(tensors, json.loads(metadata["catnet"]))
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise CheckpointError(f"{path}: is not a model that this version of catnet can read ({error})") from error


def read(path: Path) -> tuple[dict[str, Array], dict[str, str]]:
    """The tensors and the metadata of a safetensors file. Raises CheckpointError."""
    try:
        if not path.is_file():
            raise CheckpointError(f"{path}: there is no such file")
        with safe_open(path, framework="numpy") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (SafetensorError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(f"{path}: is not a safetensors file, or is damaged ({error})") from error


def digest(tensors: Mapping[str, Array], text: str) -> str:
    """SHA-256 of the tensors' names, types, shapes and bytes, and of the text."""
    sha = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        values = tensors[name]
        sha.update(f"\n{name} {values.dtype} {values.shape}\n".encode())
        sha.update(values.tobytes())
    return sha.hexdigest()


def assemble(tensors: Mapping[str, Array], facts: Mapping[str, Any]) -> Checkpoint:
    """The checkpoint from its parts; KeyError, TypeError or ValueError where they do not fit together."""
    if facts["format"] != FORMAT:
        raise ValueError(f"its format is {facts['format']}, this version reads {FORMAT}")
    network = Network(
        tuple(int(size) for size in facts["sizes"]),
        tuple(facts["activations"]),
        facts["loss"],
        float(facts["huber_delta"]),
    )
    *hidden, output = network.activations
    if len(network.activations) != network.depth or output not in OUTPUT_ACTIVATIONS or set(hidden) - set(ACTIVATIONS):
        raise ValueError(f"activations {network.activations} do not fit layers of {network.sizes}")
    if facts["goal"] not in GOALS:
        raise ValueError(f"goal {facts['goal']}")
    network.loss_of_logits  # noqa: B018  (KeyError for an unknown one)
    model = Model(
        network=network,
        parameters=fitting(tensors, network),
        goal=facts["goal"],
        scaling=Scaling(tensors["scaling.shift"], tensors["scaling.scale"]),
        constant=tensors["constant"],
        classes=tuple(facts["classes"]),
        negative=facts["negative"],
        target=facts["target"],
        target_scaling=Scaling(tensors["target_scaling.shift"], tensors["target_scaling.scale"]),
        image_size=None if facts["image_size"] is None else (int(facts["image_size"][0]), int(facts["image_size"][1])),
        features=None if facts["features"] is None else tuple(facts["features"]),
        epoch=int(facts["epoch"]),
        details=dict(facts["details"]),
    )
    state = {name.removeprefix(STATE): values for name, values in tensors.items() if name.startswith(STATE)}
    return Checkpoint(model, state, dict(facts["training"]))


def fitting(tensors: Mapping[str, Array], network: Network) -> Parameters:
    """The tensors that the network's parameters are. Raises ValueError where one is missing or of another shape."""
    parameters = {}
    for name, shape in network.shapes.items():
        if name not in tensors:
            raise ValueError(f"there is no {name}")
        P = tensors[name]
        if P.shape != shape or P.dtype.name not in PRECISIONS:
            raise ValueError(f"{name} is {P.dtype} of shape {P.shape}, the network's is float of shape {shape}")
        parameters[name] = P
    return parameters


def load_parameters(path: Path, network: Network) -> Parameters:
    """W1, b1, W2, ... of any safetensors file, to start a training from. Raises CheckpointError."""
    tensors, _ = read(path)
    try:
        parameters = fitting(tensors, network)
    except ValueError as error:
        raise CheckpointError(f"{path}: {error}; see `catnet count-params` for the shapes") from error
    for name, P in parameters.items():
        if not np.isfinite(P).all():
            raise CheckpointError(f"{path}: {name} holds what is not a finite number; training cannot start from it")
    return parameters
