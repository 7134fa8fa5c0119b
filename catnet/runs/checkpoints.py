"""Checkpoints: safetensors files that hold a model, and what resuming its training needs. See docs/MODEL_FILE.md.

Tensors: W1, b1, W2, b2, ...; scaling and target scaling; and, in a numbered checkpoint, the solver's state, the
history, and the parameters of the best epoch if it is an earlier one. Metadata: JSON. Its SHA-256 is over every
tensor (name, type, shape, bytes) and the JSON. Nothing is pickled.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from catnet.engine.inputs import Scaling
from catnet.engine.network import Network
from catnet.engine.types import Array, Parameters
from catnet.errors import CheckpointError, OutputError, WrongShape
from catnet.model import Model
from catnet.question import Question
from catnet.runs.container import facts_in, header_of, opened, to_bytes, written_again
from catnet.runs.files import write_atomically
from catnet.runs.format import (
    BEST_PREFIX,
    FIRST_DECODING,
    HISTORY_PREFIX,
    PLAIN,
    STATE_PREFIX,
    WITH_COLUMNS,
    check_created,
    check_model,
    check_parameters,
    check_tensors,
    check_views,
    format_of,
    in_short,
    network_in,
)
from catnet.runs.training_facts import TrainingFacts
from catnet.text import printable

CHUNK = 1 << 20  # characters
USE_ANOTHER = "; use another checkpoint of the run"


@dataclass(frozen=True)
class Checkpoint:
    """A model; the solver's state; the parameters of the best epoch, if it is an earlier one; the columns of the
    history, float64 (epochs,) each; and the facts about the training, None if it cannot be resumed from here.
    """

    model: Model
    state: dict[str, Array] = field(default_factory=dict)
    best: Parameters = field(default_factory=dict)
    history: dict[str, Array] = field(default_factory=dict)
    training: TrainingFacts | None = None


def save(path: Path, checkpoint: Checkpoint, confirm: Callable[[], None] = lambda: None, durable: bool = True) -> None:
    """Writes the checkpoint atomically; `confirm` and `durable` as in `write_atomically`. Raises OutputError."""
    model, network = checkpoint.model, checkpoint.model.network
    form = format_of(model.question, model.box_average, model.views, model.colors)
    tensors = {
        **model.tensors,
        "constant": model.constant.astype(np.float64),
        **{STATE_PREFIX + name: values for name, values in checkpoint.state.items()},
        **{BEST_PREFIX + name: values for name, values in checkpoint.best.items()},
        **{HISTORY_PREFIX + name: values for name, values in checkpoint.history.items()},
    }
    text = json.dumps(
        {
            "format": form,
            **model.question.to_json(),
            "sizes": network.sizes,
            "activations": network.activations,
            "loss": network.loss,
            "huber_delta": network.huber_delta,
            "image_size": model.image_size,
            "decoding": None if model.image_size is None else model.decoding,
            **({} if form == PLAIN else {"box_average": model.box_average, "views": model.views}),
            **({"colors": model.colors} if form == WITH_COLUMNS else {}),
            "epoch": model.epoch,
            "created": model.created,
            "details": {} if model.thresholds is None else {"thresholds": model.thresholds},
            "columns": list(checkpoint.history),
            "training": {} if checkpoint.training is None else checkpoint.training.to_json(),
        }
    )
    tensors = {name: np.ascontiguousarray(values).reshape(values.shape) for name, values in tensors.items()}
    try:
        content = to_bytes(tensors, text, digest(tensors, text))
    except ValueError as error:
        raise OutputError(f"{printable(path)}: could not be written: {error}") from error
    write_atomically(path, content, confirm, durable=durable)


def load(path: Path) -> Checkpoint:
    """Reads and verifies a checkpoint: the header against the architecture, then, once it fits, the tensors.

    Raises CheckpointError if the file is missing, is no catnet model, is damaged, or does not fit its architecture.
    """
    shown, fix = printable(path), written_again(path) or USE_ANOTHER
    with opened(path) as file:
        metadata = file.metadata() or {}
        text, sha256 = metadata.get("catnet"), metadata.get("sha256")
        if text is None or sha256 is None:
            raise CheckpointError(f"{shown}: is not a catnet model; give a run directory or a checkpoint of a training")
        try:
            facts = facts_in(text)
            network = network_in(facts)
            question = check_model(facts, network)
            header = header_of(file)
            check_tensors(header, facts, network, question)
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
            raise CheckpointError(
                f"{shown}: is damaged, or is of another version of catnet ({in_short(error)}){fix}"
            ) from error
        tensors = {name: file.get_tensor(name) for name in header}
    if digest(tensors, text) != sha256:
        raise CheckpointError(f"{shown}: is damaged: its SHA-256 does not match{fix}")
    demand_finite(tensors, path)
    return Checkpoint(
        model_of(tensors, facts, network, question),
        named(tensors, STATE_PREFIX),
        named(tensors, BEST_PREFIX),
        {name: tensors[HISTORY_PREFIX + name] for name in facts["columns"]},
        TrainingFacts.from_json(facts["training"]),
    )


def created_in(path: Path) -> float | None:
    """When the training of a model file was started, read from its header alone; None if that is not known.

    Raises CheckpointError if it is no model file. Its numbers may be damaged all the same.
    """
    with opened(path) as file:
        return check_created(facts_in(file.metadata()["catnet"]))


def digest(tensors: Mapping[str, Array], text: str) -> str:
    """SHA-256 of the tensors' names, types, shapes and bytes, and of the text."""
    sha = hashlib.sha256()
    for start in range(0, len(text), CHUNK):  # no copy of all: names may be many
        sha.update(text[start : start + CHUNK].encode())
    for name in sorted(tensors):
        values = tensors[name]
        sha.update(f"\n{name} {values.dtype} {values.shape}\n".encode("utf-8", "surrogatepass"))
        sha.update(np.ascontiguousarray(values).data)
    return sha.hexdigest()


def model_of(tensors: Mapping[str, Array], facts: Mapping[str, Any], network: Network, question: Question) -> Model:
    """The model from its parts, which fit together."""
    size, thresholds = facts["image_size"], facts["details"].get("thresholds")
    box_average, views, colors = check_views(facts, question)
    return Model(
        network=network,
        parameters={name: tensors[name] for name in network.shapes},
        question=question,
        scaling=Scaling(tensors["scaling.shift"], tensors["scaling.scale"]),
        constant=tensors["constant"],
        target_scaling=Scaling(tensors["target_scaling.shift"], tensors["target_scaling.scale"]),
        image_size=None if size is None else (size[0], size[1]),
        box_average=box_average,
        views=views,
        colors=colors,
        epoch=facts["epoch"],
        thresholds=None if thresholds is None else tuple(thresholds),
        decoding=facts.get("decoding") or FIRST_DECODING,
        created=facts.get("created"),
    )


def named(tensors: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    """The tensors whose names start with a prefix, by the rest of their names."""
    return {name.removeprefix(prefix): values for name, values in tensors.items() if name.startswith(prefix)}


def load_parameters(path: Path, network: Network) -> Parameters:
    """W1, b1, W2, ... of any safetensors file, to start a training from. Raises CheckpointError, WrongShape."""
    with opened(path) as file:
        try:
            names = check_parameters(header_of(file), network)
        except ValueError as error:
            raise WrongShape(f"{printable(path)}: {error}") from error
        parameters = {name: file.get_tensor(name) for name in names}
    for name, P in parameters.items():
        if not is_finite(P):
            raise CheckpointError(
                f"{printable(path)}: {name} holds what is not a finite number; training cannot start from it"
            )
    return parameters


def demand_finite(tensors: Mapping[str, Array], path: Path) -> None:
    """Raises CheckpointError if a number of a model is not finite: a training that diverged is never saved.

    The solver's state may be infinite, such as a mean of huge squared gradients, but has no NaN. The history may have
    both: a metric that is not defined, the cost of validation data that is far from the training data.
    """
    for name, values in tensors.items():
        if name.startswith(HISTORY_PREFIX):
            continue
        is_state = name.startswith(STATE_PREFIX) and values.size
        if np.isnan(values.min()) if is_state else not is_finite(values):
            fix = written_again(path) or USE_ANOTHER
            raise CheckpointError(f"{printable(path)}: {printable(name)} holds what is not a finite number{fix}")


def is_finite(values: Array) -> bool:
    """Whether all numbers are finite: the least and the greatest are, and are NaN if any number is."""
    return not values.size or bool(np.isfinite(values.min()) and np.isfinite(values.max()))
