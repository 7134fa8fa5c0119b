"""What a gradient check checks: a configuration's own training, by few of its examples."""

from collections.abc import Callable
from dataclasses import replace

from catnet.config import Config
from catnet.data.dataset import Catalog, Dataset
from catnet.data.load import load
from catnet.data.scan import scan
from catnet.engine.optimizers import Optimizer
from catnet.engine.range_test import of_examples
from catnet.engine.subsets import spread
from catnet.engine.task import Task
from catnet.text import counted
from catnet.training.build import Setup, build
from catnet.training.start import fresh_start

EXAMPLES = 32  # that the cost is the mean of: it is asked for hundreds of times
MOST_DECODED = 1024  # pictures that scaling and whitening are fitted to


def task_to_check(config: Config, progress: Callable[[int, int], None] | None = None) -> tuple[Task, tuple[str, ...]]:
    """The configuration's training, by few of its examples, in one batch, in float64, none of them augmented, by plain
    gradient descent; and notes on what is otherwise than in the training. Raises CatnetError of the kind at fault.
    """
    train = config.train.model_copy(update={"precision": "float64"})
    config = config.model_copy(update={"train": train})
    dataset, there = few_examples(config, progress)
    setup = build(config, dataset, fresh_start(config, dataset))
    task = setup.task
    decay = 0.0 if task.optimizer.rule.decoupled else task.optimizer.weight_decay
    few = replace(
        of_examples(task, spread(task.inputs.m, EXAMPLES)),
        optimizer=Optimizer("gradient_descent", weight_decay=decay),
        augmented=None,
        validation=None,
    )
    return few, tuple(notes_on(setup, few.inputs.m, there))


def few_examples(config: Config, progress: Callable[[int, int], None] | None) -> tuple[Dataset, int]:
    """The training data, of pictures at most MOST_DECODED; and how many examples there are in all."""
    catalog = scan(config)
    if catalog.question.features is not None:  # what a table's columns are as inputs depends on all of its rows
        dataset = load(catalog, config.data.image_size, bad=config.data.bad_images)
        return replace(dataset, splits={"train": dataset.splits["train"]}), len(dataset.splits["train"].names)
    train = catalog.splits["train"]
    some = train.take(spread(len(train.names), MOST_DECODED))  # examples often come sorted by class
    few: Catalog = replace(catalog, splits={"train": some}, draw=None)
    data = config.data
    dataset = load(few, data.decoded_size, colors=data.colors, bad=data.bad_images, progress=progress)
    return dataset, len(train.names)


def notes_on(setup: Setup, m: int, there: int) -> list[str]:
    """What is otherwise than in the training, or worth to know."""
    config, question = setup.config, setup.dataset.question
    notes = [f"the cost is the mean over {m} of {there} training {question.examples}"]
    decoded = len(setup.dataset.splits["train"].names)
    if decoded < there and question.features is None:
        notes.append(f"scaling, whitening and class weights are fitted to {decoded} of the {there} pictures")
    if setup.whitening is not None:
        notes.append(f"the network that is trained takes {counted(len(setup.whitening.matrix), 'component')}")
    if any(config.model.dropout):
        notes.append("dropout: the masks of the first epoch, the same on both sides")
    if setup.task.augmented is not None:
        notes.append("augmentation is off")
    if config.train.weight_decay:
        decoupled = setup.task.optimizer.rule.decoupled
        notes.append(
            f"weight decay of {config.train.optimizer} is no part of the gradient: it is off"
            if decoupled
            else f"weight decay: J has the penalty {config.train.weight_decay:g}/2 |W|^2"
        )
    if config.train.label_smoothing:
        notes.append("the labels are smoothed")
    return notes
