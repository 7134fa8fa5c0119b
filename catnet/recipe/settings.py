"""The settings that learn best, sized to the data: the one place of the numbers."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from catnet.engine.augmentation import AUGMENTATIONS
from catnet.goals import REGRESSION
from catnet.recipe.found import Data
from catnet.text import folded

# Pictures. The network sees at most SIDE x SIDE pixels, each the mean of 2 x 2 to 4 x 4 decoded ones.
SIDE, FEWEST_AVERAGED, MOST_AVERAGED = 16, 2, 4
COMPONENTS, FLOOR = 500, 0.1
HIDDEN = [512, 256]
LEARNING_RATE, WEIGHT_DECAY, WARM_UP = 0.001, 0.01, 0.05
SMOOTHING = 0.2
# At EXAMPLES training pictures EPOCHS epochs; of fewer pictures more epochs, of more fewer ones.
EPOCHS, EXAMPLES, FEWEST_EPOCHS, MOST_EPOCHS = 300, 1600, 60, 1000
BATCH, SMALL_BATCH, FEW = 64, 32, 256

# Tables. At TABLE_EXAMPLES training rows TABLE_EPOCHS epochs; up to there the weight decay is the largest.
TABLE_HIDDEN, TABLE_LEARNING_RATE, MOST_TABLE_DECAY = [64], 0.003, 1.0
TABLE_EPOCHS, TABLE_EXAMPLES, FEWEST_TABLE_EPOCHS, MOST_TABLE_EPOCHS = 100, 400, 30, 500
TABLE_BATCH, SMALL_TABLE_BATCH = 32, 16

# The textbook's.
TEXTBOOK_SIDE, TEXTBOOK_HIDDEN, TEXTBOOK_EPOCHS, TEXTBOOK_RATE = 64, [16], 300, 0.01

IMBALANCED = 3  # times as many examples in the largest class as in the smallest
VALIDATION = 0.2
MOST_CLASSES = 20  # that are written out
SIDED = re.compile(r"(.*[^a-z])?(left|right)([^a-z].*)?")  # classes that a mirror would swap

Value = Any


@dataclass(frozen=True)
class Setting:
    """A key of a section, its plain value, and why it is so. One that is `off` is written as a comment, to be taken
    up.
    """

    key: str
    value: Value
    why: str = ""
    off: bool = False


Settings = dict[str, list[Setting]]  # by section


def epochs_for(m: int) -> int:
    """The epochs for m pictures."""
    return by_root(m, EPOCHS, EXAMPLES, FEWEST_EPOCHS, MOST_EPOCHS)


def by_root(m: int, epochs: int, examples: int, fewest: int, most: int) -> int:
    """epochs sqrt(examples / m), to two digits, within bounds: the fewer examples, the more often each is seen."""
    wanted = min(max(epochs * math.sqrt(examples / m), fewest), most)
    step = 10 ** max(0, len(str(int(wanted))) - 2)
    return round(wanted / step) * step


def sides_for(side: int) -> tuple[int, int]:
    """The side of the network's input, and how many decoded pixels a side each of its pixels is the mean of, for
    pictures of that shorter side: few pixels are lost, and at least two, so that moved pictures are interpolated.
    """
    size = min(side, SIDE)
    return size, min(max(math.ceil(side / size), FEWEST_AVERAGED), MOST_AVERAGED)


def mirrors(classes: Sequence[str]) -> bool:
    """Whether a picture still shows its class in a mirror: not if the classes are characters, or left and right."""
    names = [folded(name) for name in classes]
    characters = len(names) > 1 and all(len(name.removesuffix(".0")) == 1 for name in names)
    return not characters and not any(map(SIDED.fullmatch, names))


def whole(value: Value) -> Value:
    """The number without its decimals if these are zero."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def settings_for(data: Data, validation: float | None, textbook: bool) -> Settings:
    """The settings of each section; `validation` is the fraction to write, if there is one."""
    parts = _textbook if textbook else _table if data.pictures is None else _pictures
    found: Settings = {"data": [], "model": [], "train": []}
    for section, setting in parts(data):
        found[section].append(setting)
    if validation is not None:
        found["data"] += _fractions(validation)
    if data.pictures is not None and data.pictures.bad:
        found["data"].append(Setting("bad_images", "skip", "leaves out pictures that cannot be read", off=True))
    found["train"] += [*_class_weights(data), Setting("seed", 0, "another seed: another first network and order")]
    return found


def _fractions(validation: float) -> Iterator[Setting]:
    yield Setting("validation_fraction", validation, "measured on and not learned from")
    yield Setting("test_fraction", 0.1, "more kept back, to measure once at the very end", off=True)


def _class_weights(data: Data) -> Iterator[Setting]:
    if data.imbalance > IMBALANCED:
        why = f"the largest class has {data.imbalance:.1f} times as many examples as the smallest: all count alike"
        yield Setting("class_weights", "balanced", why)
    elif data.rare:
        yield Setting("class_weights", "balanced", "says yes to rare labels more often", off=True)


def _pictures(data: Data) -> Iterator[tuple[str, Setting]]:
    assert data.pictures is not None
    goal, m = data.catalog.question.goal, data.examples
    side, factor = sides_for(data.pictures.side)
    flip = mirrors(data.catalog.question.known)
    mean = f"each of its pixels is the mean of {factor} x {factor} of a picture of {side * factor} x {side * factor}"
    yield "data", Setting("image_size", [side, side], "height, width of what the network sees")
    yield "data", Setting("box_average", factor, mean)
    yield "data", Setting("scaling", "whiten", "principal components of equal variance; it needs train.augment")
    yield "data", Setting("components", COMPONENTS, "at most; a training set of few pictures has fewer")
    yield "data", Setting("whitening_floor", FLOOR, "added to each variance: weak components are mostly noise")
    if goal == REGRESSION:
        yield "data", Setting("target_scaling", "standard", "trained on (target - mean) / deviation")
    yield "model", Setting("hidden_layers", HIDDEN)
    yield "model", Setting("activation", "relu")
    yield "model", Setting("initialization", "he")
    if goal == REGRESSION:
        yield "model", Setting("loss", "squared", "or absolute: examples far off then count less")
    yield (
        "model",
        Setting(
            "views", "flip", "the answer is the mean of those about the picture and its mirror image", off=not flip
        ),
    )
    yield "train", Setting("epochs", epochs_for(m), "the fewer pictures, the more")
    yield "train", Setting("batch_size", BATCH if m >= FEW else SMALL_BATCH, "pictures per update")
    yield "train", Setting("optimizer", "adamw")
    yield "train", Setting("learning_rate", LEARNING_RATE)
    yield "train", Setting("weight_decay", WEIGHT_DECAY, "pulls the weights towards zero")
    why = "rises for this share of the epochs, then falls to zero; the last epoch is the result"
    yield "train", Setting("schedule", {"name": "cosine", "warm_up": WARM_UP}, why)
    changes = {name: whole(value) for name, value in AUGMENTATIONS["standard"].changes().items()} | {"flip": flip}
    why = "each picture is changed anew in each epoch; flip: false if it shows text, or left and right differ"
    yield "train", Setting("augment", changes, why)
    if goal != REGRESSION:
        yield "train", Setting("label_smoothing", SMOOTHING, "labels are a little unsure: less overconfident answers")


def _table(data: Data) -> Iterator[tuple[str, Setting]]:
    goal, m = data.catalog.question.goal, data.examples
    epochs = by_root(m, TABLE_EPOCHS, TABLE_EXAMPLES, FEWEST_TABLE_EPOCHS, MOST_TABLE_EPOCHS)
    decay = min(MOST_TABLE_DECAY, float(f"{MOST_TABLE_DECAY * TABLE_EXAMPLES / m:.1g}"))
    yield "data", Setting("scaling", "standard", "each column with mean 0 and deviation 1")
    if goal == REGRESSION:
        yield "data", Setting("target_scaling", "standard", "trained on (target - mean) / deviation")
    yield "model", Setting("hidden_layers", TABLE_HIDDEN)
    yield "model", Setting("activation", "relu")
    yield "model", Setting("initialization", "he")
    if goal == REGRESSION:
        yield "model", Setting("loss", "squared", "or absolute: rows far off then count less")
    yield "train", Setting("epochs", epochs, "the fewer rows, the more")
    yield "train", Setting("batch_size", TABLE_BATCH if m >= FEW else SMALL_TABLE_BATCH, "rows per update")
    yield "train", Setting("optimizer", "adamw")
    yield "train", Setting("learning_rate", TABLE_LEARNING_RATE)
    yield (
        "train",
        Setting("weight_decay", decay, "pulls the weights towards zero: the fewer rows, the more"),
    )
    why = "rises for this share of the epochs, then falls to zero; the last epoch is the result"
    yield "train", Setting("schedule", {"name": "cosine", "warm_up": WARM_UP}, why)


def _textbook(data: Data) -> Iterator[tuple[str, Setting]]:
    goal, pictures = data.catalog.question.goal, data.pictures
    if pictures is not None:
        side = min(pictures.side, TEXTBOOK_SIDE)
        yield "data", Setting("image_size", [side, side], f"height, width: {side} x {side} x 3 = {3 * side**2} inputs")
        yield "data", Setting("scaling", "center", "x/255 minus its mean over the training pictures")
    else:
        yield "data", Setting("scaling", "standard", "(column - mean) / deviation")
    if goal == REGRESSION:
        yield "data", Setting("target_scaling", "standard", "trained on (target - mean) / deviation")
    yield "model", Setting("hidden_layers", TEXTBOOK_HIDDEN, "the neurons of each layer; [] for none")
    yield "model", Setting("activation", "relu")
    yield "model", Setting("initialization", "he")
    yield "train", Setting("epochs", TEXTBOOK_EPOCHS, "how often the training data is gone through")
    yield "train", Setting("batch_size", "full", "every update sees all examples")
    yield "train", Setting("optimizer", "gradient_descent")
    rate = TEXTBOOK_RATE if pictures is not None else 10 * TEXTBOOK_RATE
    yield "train", Setting("learning_rate", rate, "the size of a step along the gradient")
