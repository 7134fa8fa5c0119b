"""The keys of the section `train`, and of the mappings in it: their kinds, their defaults and what they mean."""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from catnet.config import kinds
from catnet.config.kinds import Name, one_of
from catnet.config.section import COMPUTABLE, COUNTABLE, Count, Section, Seed, Share, depends
from catnet.engine.augmentation import AUGMENTATIONS, Augmentation
from catnet.engine.names import OPTIMIZERS, SOLVERS
from catnet.engine.schedules import SCHEDULES
from catnet.goals import COST

EPOCHS = 100
MOST_KEPT = 100  # epochs whose weights are kept
WATCHED_BY_DEFAULT = f"validation_{COST}"
Weight = Annotated[float, Field(gt=0), COMPUTABLE]
Zoom = Annotated[float, Field(ge=0.1, le=10)]
WarmUp = Annotated[
    Annotated[int, Field(ge=0), COUNTABLE] | Annotated[float, Field(gt=0, lt=1)],
    BeforeValidator(kinds.whole_or_share),
]
AugmentationName = Annotated[str, one_of(AUGMENTATIONS)]
ScheduleName = Annotated[str, one_of(SCHEDULES)]
ClassWeights = Annotated[dict[Name, Weight], Field(title="a mapping of classes to numbers above 0")]


class ScheduleConfig(Section):
    """How the learning rate changes."""

    name: ScheduleName = Field("constant", description="The kind of schedule.")
    every: Count = Field(1, description="step: the epochs between two steps.")
    factor: float = Field(0.1, gt=0, lt=1, description="step: what the learning rate is multiplied by at each step.")
    warm_up: WarmUp = Field(
        0,
        description="The epochs in which the learning rate rises to its full value; below 1: a share of all epochs.",
    )

    def warm_up_epochs(self, epochs: int) -> int:
        """The number of epochs of the warm-up, of so many epochs; a share of them is rounded."""
        return self.warm_up if isinstance(self.warm_up, int) else round(self.warm_up * epochs)


class AugmentConfig(Section):
    """How pictures are changed at random, each anew in each epoch; what is left out stays as it is."""

    flip: kinds.Flag = Field(False, description="Whether half of the pictures are mirrored, left against right.")
    shift: Share = Field(0.0, description="Moved by at most this share of the side, across and up or down.")
    zoom: tuple[Zoom, Zoom] = Field(
        (1.0, 1.0),
        title="a list of two numbers, [least, most]",
        description="The side of the part that is seen, in sides of the picture: below 1 is nearer.",
    )
    stretch: Annotated[float, Field(ge=0, le=1)] = Field(
        0.0, description="The width of that part times, and its height divided by, e^-stretch to e^stretch."
    )
    rotate: Annotated[float, Field(ge=0, le=180)] = Field(
        0.0, description="Turned by at most so many degrees, both ways."
    )
    brightness: Share = Field(0.0, description="Lighter or darker by at most this share of white.")
    contrast: Share = Field(
        0.0, description="Distances from the picture's mean, longer or shorter by at most this share."
    )
    cutout: Share = Field(
        0.0, description="A square of this share of the side, at a random place, gets the mean colour."
    )
    mixup: Annotated[float, Field(ge=0), COMPUTABLE] = Field(
        0.0, description="Each example is mixed with another; the shares are of Beta(mixup, mixup)."
    )

    @property
    def numbers(self) -> Augmentation:
        """The same for the engine."""
        return Augmentation(**dict(self))


class EarlyStopping(Section):
    """When to stop before the last epoch; the best weights are restored."""

    metric: Name = Field(WATCHED_BY_DEFAULT, description="What is watched: validation_cost, validation_accuracy, ...")
    patience: Count = Field(description="The epochs to wait for something better.")


def augmentation_by_name(value: object) -> object:
    """What an augmentation of the table changes, as a mapping may name it."""
    return AUGMENTATIONS[value].changes() if isinstance(value, str) and value in AUGMENTATIONS else value


class TrainConfig(Section):
    """How to train."""

    epochs: Count = Field(EPOCHS, description="How often the training data is gone through.")
    batch_size: Literal["full"] | Count = Field("full", description="Examples per update: full, or a number.")
    optimizer: Annotated[str, one_of(OPTIMIZERS)] = Field(
        "gradient_descent", description="How the weights follow the gradient."
    )
    learning_rate: float = Field(0.01, gt=0, description="The size of a step along the gradient.")
    momentum: Share = Field(0.9, description="momentum and nesterov: the share of the last step kept.")
    weight_decay: Annotated[float, Field(ge=0), COMPUTABLE] = Field(
        0.0, description="Pulls the weights, but not the biases, towards zero."
    )
    schedule: Annotated[ScheduleConfig, BeforeValidator(kinds.by_name, ScheduleName | ScheduleConfig)] = Field(
        "constant", validate_default=True, description="How the learning rate changes: a name, or a mapping."
    )
    augment: Annotated[AugmentConfig, BeforeValidator(augmentation_by_name, AugmentationName | AugmentConfig)] = Field(
        "none",
        validate_default=True,
        description="How pictures are changed at random each epoch: a name, or a mapping.",
    )
    label_smoothing: Share = Field(
        0.0, description="How far the labels of training are moved from 0 and 1 towards all classes alike."
    )
    keep: Literal["best", "last"] = depends(
        "The epoch whose weights are the result: the best on the validation data, or the last. "
        "Default: best; last with the schedule cosine, if there is no early_stopping."
    )
    class_weights: Literal["balanced"] | ClassWeights | None = Field(
        None, description="How much the examples of a class count: balanced, or a number for each class."
    )
    precision: Literal["float32", "float64"] = Field("float32", description="The kind of numbers.")
    solver: Annotated[str, one_of(["auto", *SOLVERS])] = Field("auto", description="How the same result is computed.")
    seed: Seed = Field(0, description="The same seed gives the same run.")
    early_stopping: EarlyStopping | None = Field(None, description="Stop when a validation metric gets no better.")
    checkpoint_every: Literal["auto"] | Count = Field("auto", description="The epochs between two checkpoints.")
    keep_weights: Annotated[int, Field(ge=2, le=MOST_KEPT)] | None = Field(
        None,
        description="At how many epochs the weights are kept for the report and for compare: at the start, the last, "
        "and between them, more of the early ones.",
    )

    @model_validator(mode="after")
    def default_keep(self) -> Self:
        """best; last if the learning rate ends at zero and nothing is to stop the training before"""
        ends_at_zero = self.schedule.name == "cosine" and self.early_stopping is None
        return self.model_copy(update={"keep": self.keep or ("last" if ends_at_zero else "best")})
