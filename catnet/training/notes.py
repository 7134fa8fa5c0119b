"""What the user should know about a configuration that is legal but probably not meant, or has no effect here."""

from collections.abc import Iterator

import numpy as np

from catnet.config import Config
from catnet.config.schema import COMPONENTS
from catnet.engine.whitening import Whitening, fitted_examples
from catnet.text import counted

MOST_UNEQUAL = 1e3  # scales of components that differ by more lose digits when they are folded in float32

HALF = 0.5  # pixel: a smaller change of place is rounded to none
# accuracy on animals in four folds, as docs/CONFIGURATION.md says
WHITENED, CENTERED, WHITENED_AND_CHANGED = 0.554, 0.679, 0.782


def notes_on(
    config: Config, examples: int, whitening: Whitening | None = None, has_validation: bool = True
) -> list[str]:
    """The notes on a configuration, for so many training examples, and on the whitening that was fitted to them."""
    return [
        *_initialization(config),
        *_batch_size(config, examples),
        *_schedule(config),
        *_patience(config),
        *_keep(config, has_validation),
        *_augment(config),
        *(["tune: a training ignores this section, which says what to search"] if config.tune is not None else []),
        *([] if whitening is None else _whitening(config, examples, whitening)),
    ]


def _initialization(config: Config) -> Iterator[str]:
    if config.model.initialization == "zeros" and config.model.hidden_layers:
        yield (
            "model.initialization: with all weights zero the neurons of a hidden layer stay alike, "
            "and most networks learn nothing; he or xavier is meant for hidden layers"
        )


def _batch_size(config: Config, examples: int) -> Iterator[str]:
    size = config.train.batch_size
    if size != "full" and size >= examples:
        yield (
            f"train.batch_size: {size} has the effect of full, because there are only {examples} training examples: "
            "there is one update per epoch"
        )


def _schedule(config: Config) -> Iterator[str]:
    schedule, epochs = config.train.schedule, config.train.epochs
    warm_up = schedule.warm_up_epochs(epochs)
    left = epochs - warm_up
    if schedule.name == "step" and schedule.every >= left:
        yield (
            f"train.schedule.every: {schedule.every} has no effect in {left} epochs{_after(warm_up)}: "
            "the learning rate never takes a step"
        )
    if schedule.name == "cosine" and left == 1:
        yield f"train.schedule: cosine has no effect in one epoch{_after(warm_up)}"
    if schedule.warm_up and warm_up <= 1:
        yield (
            f"train.schedule.warm_up: {schedule.warm_up} is no warm-up: the first epoch is "
            "already at the full learning rate"
        )


def _after(warm_up: int) -> str:
    return " after the warm-up" if warm_up else ""


def _patience(config: Config) -> Iterator[str]:
    stopping, epochs = config.train.early_stopping, config.train.epochs
    if stopping is not None and stopping.patience >= epochs - 1:
        yield (
            f"train.early_stopping.patience: {stopping.patience} has no effect in {epochs} epochs: training never "
            f"stops early; {stopping.metric} only chooses the best epoch"
        )


def _keep(config: Config, has_validation: bool) -> Iterator[str]:
    # only with the schedule cosine is best not the default, but somebody's wish
    if config.train.keep == "best" and config.train.schedule.name == "cosine" and not has_validation:
        yield (
            "train.keep: best has no effect without validation data: the last epoch is kept; set "
            "data.validation_fraction: 0.2 to choose the best"
        )


def _augment(config: Config) -> Iterator[str]:
    augment, (height, width), factor = config.train.augment.numbers, config.data.image_size, config.data.box_average
    moved = augment.shift * factor * max(height, width)
    on_the_grid = {"zoom", "stretch", "rotate"}.isdisjoint(augment.changes())  # of pixels, otherwise
    if 0 < moved < HALF and on_the_grid and not config.is_table:
        yield (
            f"train.augment.shift: {augment.shift:g} has no effect: it is less than half a pixel of pictures of "
            f"{factor * height} x {factor * width}"
        )
    if augment.cutout and not config.is_table and round(augment.cutout * min(height, width)) == 0:
        yield (
            f"train.augment.cutout: {augment.cutout:g} has no effect: it is less than half a pixel of pictures of "
            f"{height} x {width}"
        )
    if augment.mixup and config.train.batch_size == 1:
        yield "train.augment.mixup has no effect with train.batch_size: 1: an example is mixed with others of its batch"


def _whitening(config: Config, examples: int, whitening: Whitening) -> Iterator[str]:
    augment, given = config.train.augment.numbers, config.data.components
    if not config.is_table and not augment.changes_pictures:
        yield (
            "data.scaling: whiten without changes of the pictures (train.augment): a network learns the noise of "
            f"whitened pictures by heart; on 1600 photographs of animals it got {WHITENED} of unseen ones right, "
            f"{CENTERED} with data.scaling: center, and {WHITENED_AND_CHANGED} with whitening and train.augment: "
            "standard"
        )
    k, inputs = whitening.matrix.shape
    if k < given != COMPONENTS:
        yield (
            f"data.components: {given} has the effect of {k}: the training data, {counted(examples, 'example')} of "
            f"{counted(inputs, 'input')}, has no more"
        )
    if (fitted := fitted_examples(examples, inputs, augment.flip)) < examples:
        yield (
            f"data.scaling: whiten is fitted to {fitted} of the {examples} training examples, drawn by train.seed: "
            "with all of them it would take too long"
        )
    scales = np.linalg.norm(whitening.matrix, axis=1)
    if config.train.precision == "float32" and (ratio := scales.max() / scales.min()) > MOST_UNEQUAL:
        yield (
            f"data.whitening_floor: {config.data.whitening_floor:g} enlarges some components {ratio:.0e} times as much "
            "as others, too much for float32: the network that is stored, which takes the inputs themselves, may "
            "answer differently from the one that is trained; raise it, or set train.precision: float64"
        )
