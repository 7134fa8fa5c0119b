"""The keys of a configuration: their kinds, their defaults and what they mean.

Those of `train` are in train_section.py, those of `tune` in tune_section.py. A Config is resolved: no default is left
that depends on another key. What the keys require of each other is in checks.py.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, WrapValidator, model_validator
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from catnet.config import kinds
from catnet.config.kinds import AbsolutePath, Goal, Initialization, Name, one_of
from catnet.config.section import COMPUTABLE, Count, Section, Seed, Share, depends
from catnet.config.train_section import TrainConfig
from catnet.config.tune_section import TuneConfig
from catnet.engine.colors import CHANNELS, RGB
from catnet.engine.names import ACTIVATIONS, HUBER_DELTA, MOST_BOX_AVERAGE, MOST_SIDE
from catnet.files import is_list_of_pictures
from catnet.goals import GOALS

IMAGE_SIZE = (64, 64)
LARGEST_AVERAGED = 64  # pixels a side, that pictures are decoded at by default if boxes of them are averaged
COMPONENTS, WHITENING_FLOOR = 500, 0.1
ACTIVATION, DROPOUT = "relu", 0.0
# What the versions did that did not know these keys yet, which the configurations of their runs lack.
EARLIER: dict[str, object] = {
    "data.box_average": 1,
    "data.colors": "rgb",
    "data.missing": "fail",
    "model.views": "none",
    "train.augment": "none",
    "train.label_smoothing": 0.0,
    "train.keep": "best",
}

MOST_LAYERS = 1000
LayerSize = Annotated[int, Field(ge=1, le=1_000_000)]
PictureSide = Annotated[int, Field(ge=1, le=MOST_SIDE)]
Activation = Annotated[str, one_of(ACTIVATIONS)]
Activations = Annotated[
    tuple[Activation, ...],
    WrapValidator(kinds.one_per_layer(ACTIVATION), Activation | tuple[Activation, ...]),
]
Shares = Annotated[tuple[Share, ...], WrapValidator(kinds.one_per_layer(DROPOUT), Share | tuple[Share, ...])]

OutputActivation = Annotated[str, one_of(name for goal in GOALS.values() for name in goal.output_activations)]
Loss = Annotated[str, one_of(name for goal in GOALS.values() for name in goal.losses)]

TABLE = ".csv"
VALIDATION_FRACTION = 0.2  # of data without any split of its own


class DataConfig(Section):
    """What to learn from."""

    path: AbsolutePath = Field(description="The folder of pictures, or a table: a .csv file or its folder.")
    image_size: tuple[PictureSide, PictureSide] = Field(
        IMAGE_SIZE,
        title="a list of two sizes, [height, width]",
        description="Height and width to which each picture is resized.",
    )
    colors: Annotated[str, one_of(CHANNELS)] = Field(
        RGB, description="What a pixel has: red, green and blue, or its brightness alone."
    )
    classes: tuple[Name, ...] | None = Field(
        None, description="The classes, in the order of the labels. Default: the folder names, sorted."
    )
    class_names: tuple[Name, ...] | None = Field(
        None, description="The names of classes that the data numbers: the first is that of 0."
    )
    target: Name | None = Field(
        None, description="The column with the answer. Default: label; a regression names its column."
    )
    ignore: tuple[Name, ...] = Field((), description="Columns that are neither inputs nor labels.")
    missing: Literal["fail", "fill"] = Field(
        "fail",
        description="What to do about missing cells of inputs: fill puts in the training mean, or a category of its "
        "own, and adds an input that says where.",
    )
    validation_fraction: Literal["auto"] | Share = Field(
        "auto",
        description="The share of the training data to validate on, if there is no validation data. "
        "auto: 0.2 if the data has no split of its own, else 0.",
    )
    test_fraction: Share = Field(
        0.0, description="The share of the training data to test on, if there is no test data."
    )
    split_seed: Seed | None = Field(
        None, description="Draws the splits: runs that differ in train.seed then have the same. Default: train.seed."
    )
    box_average: Annotated[int, Field(ge=1, le=MOST_BOX_AVERAGE)] = depends(
        "Pictures are decoded at this many times image_size, and boxes of so many pixels a side are averaged. "
        "Default: 1; with train.augment as many as make at most 64 pixels a side."
    )
    scaling: Literal["unit", "center", "standard", "whiten", "none"] = depends(
        "unit: x/255; center: unit minus the training mean; standard: mean 0, deviation 1; "
        "whiten: principal components of equal variance. Default: unit for pictures, standard for a table."
    )
    components: Count = Field(
        COMPONENTS, description="whiten: the number of principal components, if there are as many."
    )
    whitening_floor: Annotated[float, Field(gt=0), COMPUTABLE] = Field(
        WHITENING_FLOOR, description="whiten: added to each component's variance, in shares of their mean."
    )
    target_scaling: Literal["none", "standard"] = Field(
        "none", description="Regression: standard trains on the target with mean 0 and deviation 1."
    )
    duplicates: Literal["fail", "allow", "merge"] = Field(
        "fail",
        description="What to do about the same picture under two classes; merge, for class folders and goal 2.0: "
        "it gets both labels.",
    )
    bad_images: Literal["fail", "skip"] = Field("fail", description="What to do about a picture that cannot be read.")

    @property
    def decoded_size(self) -> tuple[int, int]:
        """Height and width of the pictures as they are decoded: `box_average` times those of the input."""
        height, width = self.image_size
        return height * self.box_average, width * self.box_average

    @property
    def channels(self) -> int:
        """The numbers per pixel."""
        return CHANNELS[self.colors]

    @model_validator(mode="after")
    def default_scaling(self) -> Self:
        """unit for pictures, standard for a table"""
        return self.model_copy(update={"scaling": self.scaling or ("standard" if is_table(self.path) else "unit")})


def is_table(path: Path) -> bool:
    """Whether the path is a table: a .csv file, or a folder that holds a train.csv, whatever its case, and no folder
    train. A file whose first column is `file_name` is a list of pictures.
    """
    if path.suffix.lower() == TABLE:
        return not is_list_of_pictures(path)
    try:
        with os.scandir(path) as entries:
            found = {entry.name: entry.is_dir() for entry in entries if entry.name[:5].lower() == "train"}
    except OSError:
        return False
    tables = [name for name, is_folder in found.items() if name.lower() == f"train{TABLE}" and not is_folder]
    has_folder = any(name.lower() == "train" and is_folder for name, is_folder in found.items())
    return bool(tables) and not has_folder and not is_list_of_pictures(path / tables[0])


class ModelConfig(Section):
    """The network."""

    hidden_layers: tuple[LayerSize, ...] = Field(
        (), max_length=MOST_LAYERS, description="The sizes of the hidden layers; [] for none."
    )
    activation: Activations = Field(
        ACTIVATION,
        validate_default=True,
        description="The activation of the hidden layers: one for all, or a list, one per layer.",
    )
    output_activation: OutputActivation = depends("The activation of the output layer. Default: the goal's.")
    loss: Loss = depends("The loss. Default: the goal's.")
    initialization: Initialization = Field(
        "he", description="The first weights: drawn, zeros, or a .safetensors file with W1, b1, W2, b2, ..."
    )
    dropout: Shares = Field(
        DROPOUT,
        validate_default=True,
        description="The share of a hidden layer's neurons left out at random: one for all, or a list, one per layer.",
    )
    views: Literal["none", "flip"] = Field(
        "none", description="flip: answers are averaged over the picture and its mirror image."
    )
    huber_delta: Annotated[float, Field(gt=0), kinds.between(1e-300, 1e300)] = Field(
        HUBER_DELTA, description="Huber loss: the error from which it is linear."
    )


class Config(Section):
    """A configuration of catnet: what to learn from, the network, and how to train it."""

    model_config = ConfigDict(title="catnet configuration")

    goal: Goal = Field(description="The question: 1.0 binary, 2.0 multi-label, 3.0 multi-class, or regression.")
    data: Annotated[DataConfig, BeforeValidator(kinds.empty_if_none)] = Field(description="What to learn from.")
    model: Annotated[ModelConfig, BeforeValidator(kinds.empty_if_none, ModelConfig | None)] = Field(
        {}, validate_default=True, description="The network."
    )
    train: Annotated[TrainConfig, BeforeValidator(kinds.empty_if_none, TrainConfig | None)] = Field(
        {}, validate_default=True, description="How to train."
    )
    tune: TuneConfig | None = Field(None, description="What `catnet tune` searches; a training ignores it.")

    @property
    def is_table(self) -> bool:
        """Whether the data is a table rather than pictures."""
        return is_table(self.data.path)

    @property
    def split_seed(self) -> int:
        """The seed that draws the splits which the data does not have."""
        return self.train.seed if self.data.split_seed is None else self.data.split_seed

    @model_validator(mode="after")
    def default_box_average(self) -> Self:
        """1; if pictures are changed at random, which needs finer ones, up to 4 times the size of the input"""
        finer = self.train.augment.numbers.changes_pictures and not self.is_table
        fits = LARGEST_AVERAGED // max(self.data.image_size) if finer else 1
        factor = self.data.box_average or min(max(fits, 1), MOST_BOX_AVERAGE)
        return self.model_copy(update={"data": self.data.model_copy(update={"box_average": factor})})

    @model_validator(mode="before")
    @classmethod
    def fill_in(cls, values: Any) -> Any:
        """A section that is left out has no keys; the output layer and the loss, if not given, are the goal's."""
        if not isinstance(values, Mapping):
            return values
        values = {"data": None, "model": None, "train": None, **values}
        model, goal = kinds.empty_if_none(values["model"]), GOALS.get(kinds.canonical_goal(values.get("goal")))
        if goal and isinstance(model, Mapping):
            values["model"] = {"output_activation": goal.output_activations[0], "loss": goal.losses[0], **model}
        return values


class KeysAlone(GenerateJsonSchema):
    """Without pydantic's titles, which only repeat the keys: a title says what a value must be."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def json_schema() -> JsonSchemaValue:
    """The JSON Schema of what may be written in a configuration file."""
    schema = Config.model_json_schema(mode="validation", schema_generator=KeysAlone)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}
