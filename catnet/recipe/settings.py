"""The settings that learn best, sized to the data: the one place of the numbers."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from catnet.engine.augmentation import AUGMENTATIONS
from catnet.engine.colors import CHANNELS, GREY, shape_in_words
from catnet.engine.names import MOST_BOX_AVERAGE
from catnet.engine.pictures import Size
from catnet.goals import REGRESSION
from catnet.recipe.found import Data, Pictures
from catnet.recipe.mirrors import are_characters, unmirrored_by

# Pictures. The network sees about SIDE x SIDE pixels at most, each the mean of 2 x 2 to 4 x 4 decoded ones; they keep
# the ratio of the pictures' sides up to MOST_RATIO.
SIDE, FEWEST_AVERAGED, MOST_RATIO = 16, 2, 2.0
HIDDEN = [512, 256]
LEARNING_RATE, WEIGHT_DECAY, WARM_UP = 0.001, 0.01, 0.05
SMOOTHING = 0.2
# Of a character nothing may be cut off: what is left could be another one, as a part of Q is O.
OF_CHARACTERS = {"shift": 0.06, "zoom": [0.85, 1.15]}
# At EXAMPLES training pictures EPOCHS epochs; of fewer pictures more epochs, of more fewer ones.
EPOCHS, EXAMPLES, FEWEST_EPOCHS, MOST_EPOCHS = 300, 1600, 100, 1000
BATCH, SMALL_BATCH, FEW = 64, 32, 256

# Tables. At TABLE_EXAMPLES training rows TABLE_EPOCHS epochs; up to there the weight decay is the largest.
TABLE_HIDDEN, TABLE_LEARNING_RATE, MOST_TABLE_DECAY = [64], 0.003, 1.0
TABLE_EPOCHS, TABLE_EXAMPLES, FEWEST_TABLE_EPOCHS, MOST_TABLE_EPOCHS = 100, 400, 30, 500
TABLE_BATCH, SMALL_TABLE_BATCH = 32, 16

# The textbook's.
TEXTBOOK_SIDE, TEXTBOOK_HIDDEN, TEXTBOOK_EPOCHS, TEXTBOOK_RATE = 64, [16], 300, 0.01
# Of more pictures than MANY a full batch takes long for each step, and more neurons can be taught.
MANY, TEXTBOOK_BATCH, TEXTBOOK_BATCH_RATE, TEXTBOOK_FEWER_EPOCHS = 4096, 32, 0.1, 30
TEXTBOOK_WIDER, TEXTBOOK_DROPOUT = [256], 0.5

IMBALANCED = 3  # times as many examples in the largest class as in the smallest
MOST_CLASSES = 20  # that are written out

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
SCHEDULE = Setting(
    "schedule",
    {"name": "cosine", "warm_up": WARM_UP},
    "rises for this share of the epochs, then falls to zero; the last epoch is the result",
)
WHOLE_BATCH = Setting("batch_size", "full", "every update sees all examples")


def epochs_for(m: int) -> int:
    """The epochs for m pictures."""
    return by_root(m, EPOCHS, EXAMPLES, FEWEST_EPOCHS, MOST_EPOCHS)


def by_root(m: int, epochs: int, examples: int, fewest: int, most: int) -> int:
    """epochs sqrt(examples / m), to two digits, within bounds: the fewer examples, the more often each is seen."""
    wanted = min(max(epochs * math.sqrt(examples / m), fewest), most)
    step = 10 ** max(0, len(str(int(wanted))) - 2)
    return round(wanted / step) * step


def size_for(size: Size, side: int = SIDE) -> Size:
    """The (height, width) of the network's input for pictures of that size: about side^2 pixels, and no more a side
    than the pictures have.
    """
    height, width = size
    root = math.sqrt(min(max(height / width, 1 / MOST_RATIO), MOST_RATIO))
    return min(height, round(side * root)), min(width, round(side / root))


def box_average_for(size: Size, input_size: Size) -> int:
    """How many decoded pixels a side each pixel of the input is the mean of, for pictures of that size: few pixels are
    lost, and at least two, so that moved pictures are interpolated.
    """
    return min(max(math.ceil(min(size) / min(input_size)), FEWEST_AVERAGED), MOST_BOX_AVERAGE)


def is_squeezed(size: Size) -> bool:
    """Whether the pictures are longer than the network's input can be."""
    return max(size) > MOST_RATIO * min(size)


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
    if data.bad:
        found["data"].append(Setting("bad_images", "skip", "leaves out what cannot be used", off=True))
    found["train"] += [*_class_weights(data), Setting("seed", 0, "another seed: another first network and order")]
    return found


def _fractions(validation: float) -> Iterator[Setting]:
    yield Setting("validation_fraction", validation, "measured on and not learned from")
    yield Setting("test_fraction", 0.2, "more kept back, to measure once at the very end", off=True)


def _class_weights(data: Data) -> Iterator[Setting]:
    if data.imbalance > IMBALANCED:
        times = f"the largest class has {data.imbalance:.1f} times as many examples as the smallest"
        why = f"{times}: each counts the same in total"
        yield Setting("class_weights", "balanced", why)
    elif data.rare:
        yield Setting("class_weights", "balanced", "says yes to rare labels more often", off=True)


def _of_target(goal: str) -> Iterator[tuple[str, Setting]]:
    if goal == REGRESSION:
        yield "data", Setting("target_scaling", "standard", "trained on (target - mean) / deviation")


def _layers(sizes: list[int], why: str = "") -> Iterator[tuple[str, Setting]]:
    yield "model", Setting("hidden_layers", sizes, why)
    yield "model", Setting("activation", "relu")
    yield "model", Setting("initialization", "he")


def _loss(goal: str, examples: str) -> Iterator[tuple[str, Setting]]:
    if goal == REGRESSION:
        yield "model", Setting("loss", "squared", f"or absolute: {examples} far off then count less")


def _batch(size: int, data: Data) -> Setting:
    what = f"{data.catalog.question.examples} per update"
    return Setting("batch_size", size, what) if size < data.examples else WHOLE_BATCH


def _colors(pictures: Pictures) -> Iterator[tuple[str, Setting]]:
    if pictures.colors == GREY:
        yield "data", Setting("colors", GREY, "one number per pixel: the pictures have no colours")


def _pictures(data: Data) -> Iterator[tuple[str, Setting]]:
    assert data.pictures is not None
    goal, m = data.catalog.question.goal, data.examples
    height, width = size = size_for(data.pictures.size)
    factor, unmirrored = box_average_for(data.pictures.size, size), unmirrored_by(data)
    mean = f"each of its pixels is the mean of {factor} x {factor} of a picture of {height * factor} x {width * factor}"
    yield "data", Setting("image_size", [height, width], "height, width of what the network sees")
    yield from _colors(data.pictures)
    yield "data", Setting("box_average", factor, mean)
    yield "data", Setting("scaling", "whiten", "principal components of equal variance; it needs train.augment")
    yield from _of_target(goal)
    yield from _layers(HIDDEN)
    yield from _loss(goal, data.catalog.question.examples)
    why = "the answer is the mean of those about the picture and its mirror image"
    why = f"not mirrored: {unmirrored}" if unmirrored else why
    yield "model", Setting("views", "flip", why, off=bool(unmirrored))
    yield "train", Setting("epochs", epochs_for(m), "the fewer pictures, the more")
    yield "train", _batch(BATCH if m >= FEW else SMALL_BATCH, data)
    yield "train", Setting("optimizer", "adamw")
    yield "train", Setting("learning_rate", LEARNING_RATE)
    yield "train", Setting("weight_decay", WEIGHT_DECAY, "pulls the weights towards zero")
    yield "train", SCHEDULE
    yield "train", _augment(data, unmirrored)
    if goal != REGRESSION:
        yield "train", Setting("label_smoothing", SMOOTHING, "labels are a little unsure: less overconfident answers")


def _augment(data: Data, unmirrored: str) -> Setting:
    """The changes of pictures, which are not mirrored if there is a reason."""
    changes = {name: whole(value) for name, value in AUGMENTATIONS["standard"].changes().items()}
    kept, flip = "", "flip: false if it shows text, or left and right differ"
    if unmirrored:
        changes["flip"], flip = False, f"not mirrored: {unmirrored}"
    if are_characters(data.catalog.question.known):
        changes |= OF_CHARACTERS
        kept = ", and stays whole"
    return Setting("augment", changes, f"each picture is changed anew in each epoch{kept}; {flip}")


def _table(data: Data) -> Iterator[tuple[str, Setting]]:
    goal, m = data.catalog.question.goal, data.examples
    epochs = by_root(m, TABLE_EPOCHS, TABLE_EXAMPLES, FEWEST_TABLE_EPOCHS, MOST_TABLE_EPOCHS)
    decay = min(MOST_TABLE_DECAY, float(f"{MOST_TABLE_DECAY * TABLE_EXAMPLES / m:.1g}"))
    yield "data", Setting("scaling", "standard", "each column with mean 0 and deviation 1")
    yield from _of_target(goal)
    yield from _layers(TABLE_HIDDEN)
    yield from _loss(goal, data.catalog.question.examples)
    yield "train", Setting("epochs", epochs, "the fewer rows, the more")
    yield "train", _batch(TABLE_BATCH if m >= FEW else SMALL_TABLE_BATCH, data)
    yield "train", Setting("optimizer", "adamw")
    yield "train", Setting("learning_rate", TABLE_LEARNING_RATE)
    yield "train", Setting("weight_decay", decay, "pulls the weights towards zero: the fewer rows, the more")
    yield "train", SCHEDULE


def _textbook(data: Data) -> Iterator[tuple[str, Setting]]:
    goal, pictures = data.catalog.question.goal, data.pictures
    many = pictures is not None and data.examples > MANY
    if pictures is not None:
        size, colors = size_for(pictures.size, TEXTBOOK_SIDE), pictures.colors
        inputs = f"height, width: {shape_in_words(size, colors)} = {CHANNELS[colors] * math.prod(size)} inputs"
        yield "data", Setting("image_size", list(size), inputs)
        yield from _colors(pictures)
        yield "data", Setting("scaling", "center", "x/255 minus its mean over the training pictures")
    else:
        yield "data", Setting("scaling", "standard", "(column - mean) / deviation")
    yield from _of_target(goal)
    yield from _layers(TEXTBOOK_WIDER if many else TEXTBOOK_HIDDEN, "the neurons of each layer; [] for none")
    if many:
        yield "model", Setting("dropout", TEXTBOOK_DROPOUT, "this share of the neurons is left out in each update")
    epochs = TEXTBOOK_FEWER_EPOCHS if many else TEXTBOOK_EPOCHS
    yield "train", Setting("epochs", epochs, "how often the training data is gone through")
    yield "train", _batch(TEXTBOOK_BATCH, data) if many else WHOLE_BATCH
    yield "train", Setting("optimizer", "gradient_descent")
    rate = TEXTBOOK_BATCH_RATE if many else TEXTBOOK_RATE if pictures is not None else 10 * TEXTBOOK_RATE
    yield "train", Setting("learning_rate", rate, "the size of a step along the gradient")
