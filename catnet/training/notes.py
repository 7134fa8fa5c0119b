"""What the user should know about a configuration that is legal but probably not meant, or has no effect here."""

from collections.abc import Iterator

from catnet.config import Config


def notes_on(config: Config, examples: int) -> list[str]:
    """The notes on a configuration, for so many training examples."""
    return [*_initialization(config), *_batch_size(config, examples), *_schedule(config), *_patience(config)]


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
    if schedule.name == "constant" and schedule.warm_up and warm_up <= 1:
        yield (
            f"train.schedule.warm_up: {schedule.warm_up} has no effect: the first epoch is already at the full "
            "learning rate"
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
