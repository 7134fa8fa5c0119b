"""The keys of a configuration: their kinds, their defaults and what they mean.

A validated Config is resolved: no default is left that depends on another key.
"""

import os
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue

from catnet.config import kinds
from catnet.config.checks import WATCHED_BY_DEFAULT, Impossible, problems
from catnet.config.kinds import OneOf
from catnet.engine.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS
from catnet.engine.losses import HUBER_DELTA, LOSSES
from catnet.engine.optimizers import OPTIMIZERS
from catnet.engine.schedules import SCHEDULES
from catnet.engine.solvers import SOLVERS
from catnet.goals import GOALS

SECTIONS = ("data", "model", "train")


class Section(BaseModel):
    """A mapping that knows all its keys, and does not change once it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DataConfig(Section):
    """What to learn from."""

    path: kinds.AbsolutePath = Field(description="The folder of pictures, or a table: a .csv file or its folder.")
    image_size: Annotated[tuple[kinds.PictureSide, kinds.PictureSide], kinds.OfTwo()] = Field(
        default=(64, 64), description="Height and width to which each picture is resized."
    )
    classes: tuple[kinds.Name, ...] | None = Field(
        default=None, description="The classes, in the order of the labels. Default: the folder names, sorted."
    )
    target: kinds.Name | None = Field(default=None, description="Regression: the column to predict.")
    validation_fraction: kinds.BelowOne = Field(
        default=0.2, description="The share to validate on, where the folder has no split of its own."
    )
    test_fraction: kinds.BelowOne = Field(
        default=0.0, description="The share to test on, where the folder has no split of its own."
    )
    scaling: Annotated[str, OneOf("unit", "center", "standard", "none")] = Field(
        default_factory=str,
        description="unit: x/255; center: unit minus the training mean; standard: mean 0, deviation 1. "
        "Default: unit for pictures, standard for a table.",
    )
    target_scaling: Annotated[str, OneOf("none", "standard")] = Field(
        default="none", description="Regression: standard trains on the target with mean 0 and deviation 1."
    )
    bad_images: Annotated[str, OneOf("fail", "skip")] = Field(
        default="fail", description="What to do about a picture that cannot be read."
    )

    @property
    def is_table(self) -> bool:
        """Whether the path is a .csv file or a folder that holds a train.csv."""
        return self.path.suffix.lower() == ".csv" or os.path.isfile(self.path / "train.csv")


class ModelConfig(Section):
    """The network."""

    hidden_layers: tuple[kinds.LayerSize, ...] = Field(
        default=(), description="The sizes of the hidden layers; [] for none."
    )
    activation: Annotated[tuple[Annotated[str, OneOf(*ACTIVATIONS)], ...], kinds.OrOneForAll()] = Field(
        default="relu",
        validate_default=True,
        description="The activation of the hidden layers: one for all, or a list, one a layer.",
    )
    output_activation: Annotated[str, OneOf(*OUTPUT_ACTIVATIONS)] = Field(
        default_factory=str, description="The activation of the output layer. Default: the goal's."
    )
    loss: Annotated[str, OneOf(*LOSSES)] = Field(default_factory=str, description="The loss. Default: the goal's.")
    initialization: kinds.Initialization = Field(
        default="he", description="The first weights: drawn, zeros, or a .safetensors file with W1, b1, W2, b2, ..."
    )
    dropout: Annotated[tuple[kinds.BelowOne, ...], kinds.OrOneForAll()] = Field(
        default=0.0,
        validate_default=True,
        description="The share of a hidden layer's neurons left out at random: one for all, or a list, one a layer.",
    )
    huber_delta: kinds.AboveZero = Field(
        default=HUBER_DELTA, description="Huber loss: the error from which it is linear."
    )

    @field_validator("activation", "dropout", mode="wrap")
    @classmethod
    def one_a_layer(cls, value: object, parse: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        """One value is meant for all hidden layers."""
        if isinstance(value, list | tuple):
            return parse(value)
        return parse([value]) * len(info.data.get("hidden_layers", ()))


class Schedule(Section):
    """How the learning rate changes."""

    name: Annotated[str, OneOf(*SCHEDULES)] = Field(default="constant", description="The kind of schedule.")
    every: kinds.AtLeast1 = Field(default=1, description="step: the epochs between two steps.")
    factor: kinds.Factor = Field(default=0.1, description="step: what the learning rate is multiplied by at each step.")
    warm_up: kinds.AtLeast0 = Field(
        default=0, description="The epochs in which the learning rate rises to its full value."
    )


class EarlyStopping(Section):
    """When to stop before the last epoch; the best weights are restored."""

    metric: kinds.Name = Field(default=WATCHED_BY_DEFAULT, description="What is watched: validation_cost, ...")
    patience: kinds.AtLeast1 = Field(description="The epochs to wait for something better.")


class TrainConfig(Section):
    """How to train."""

    epochs: kinds.AtLeast1 = Field(description="How often the training data is gone through.")
    batch_size: kinds.FullOrSize = Field(default="full", description="Examples an update: full, or a number.")
    optimizer: Annotated[str, OneOf(*OPTIMIZERS)] = Field(
        default="gradient_descent", description="How the weights follow the gradient."
    )
    learning_rate: kinds.AboveZero = Field(default=0.01, description="The size of a step along the gradient.")
    momentum: kinds.BelowOne = Field(default=0.9, description="momentum and nesterov: the share of the last step kept.")
    weight_decay: kinds.NotNegative = Field(
        default=0.0, description="Pulls the weights, but not the biases, towards zero."
    )
    schedule: Annotated[Schedule, kinds.OrName(*SCHEDULES)] = Field(
        default_factory=lambda: Schedule(), description="How the learning rate changes: a name, or a mapping."
    )
    class_weights: Annotated[Literal["balanced"] | dict[kinds.Name, kinds.AboveZero] | None, kinds.Weights()] = Field(
        default=None, description="How much the examples of a class count: balanced, or a number for each class."
    )
    precision: Annotated[str, OneOf("float32", "float64")] = Field(
        default="float32", description="The kind of numbers."
    )
    solver: Annotated[str, OneOf("auto", *SOLVERS)] = Field(
        default="auto", description="How the same result is computed."
    )
    seed: kinds.Seed = Field(default=0, description="The same seed gives the same run.")
    early_stopping: EarlyStopping | None = Field(
        default=None, description="Stop when a validation metric gets no better."
    )
    checkpoint_every: kinds.AutoOrEpochs = Field(default="auto", description="The epochs between two checkpoints.")

    @field_validator("schedule", mode="before")
    @classmethod
    def named_schedule(cls, value: object) -> object:
        """A schedule may be given by its name alone."""
        return {"name": value} if isinstance(value, str) else value


class Config(Section):
    """A configuration of catnet: what to learn from, the network, and how to train it."""

    model_config = ConfigDict(title="catnet configuration")

    goal: kinds.Goal = Field(description="The question: 1.0 binary, 2.0 multi-label, 3.0 multi-class, or regression.")
    data: DataConfig = Field(description="What to learn from.")
    model: Annotated[ModelConfig, kinds.OrNothing()] = Field(
        default_factory=lambda: ModelConfig(), description="The network."
    )
    train: TrainConfig = Field(description="How to train.")

    @property
    def is_table(self) -> bool:
        """Whether the data is a table rather than pictures."""
        return self.data.is_table

    @model_validator(mode="before")
    @classmethod
    def empty_sections(cls, value: object) -> object:
        """A section left out, or left empty, has no keys."""
        if not isinstance(value, Mapping):
            return value
        return {**value, **{name: {} for name in SECTIONS if value.get(name) is None}}

    @field_validator("data")
    @classmethod
    def default_scaling(cls, data: DataConfig) -> DataConfig:
        """unit for pictures, standard for a table"""
        return data.model_copy(update={"scaling": data.scaling or ("standard" if data.is_table else "unit")})

    @field_validator("model")
    @classmethod
    def defaults_of_goal(cls, model: ModelConfig, info: ValidationInfo) -> ModelConfig:
        """The output layer and the loss, where not given, are the goal's."""
        goal = info.data.get("goal")
        if goal is None:
            return model
        output, loss = GOALS[goal].output_activations[0], GOALS[goal].losses[0]
        return model.model_copy(
            update={"output_activation": model.output_activation or output, "loss": model.loss or loss}
        )

    @model_validator(mode="after")
    def possible(self) -> "Config":
        """The keys fit each other."""
        if found := problems(self):
            raise Impossible(found)
        return self


def json_schema() -> JsonSchemaValue:
    """The JSON Schema of what may be written in a configuration file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Config.model_json_schema(mode="validation")}
