"""catnet evaluate"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from catnet.cli import options
from catnet.cli.advice import if_moved
from catnet.cli.predict import say_which
from catnet.data.dataset import Dataset
from catnet.errors import ConfigError, NoModel
from catnet.evaluation.data import data_of_run, other_data
from catnet.evaluation.evaluate import demand_in_range
from catnet.evaluation.evaluate import evaluate as measure
from catnet.evaluation.metrics import CELLS, MATRIX
from catnet.evaluation.recorded import add_baselines
from catnet.evaluation.tables import CLASSES, class_table, confusion_table, duplicates_of, lowest, metrics_table
from catnet.evaluation.thresholds import choose
from catnet.goals import BINARY, MULTI_LABEL
from catnet.model import Model
from catnet.question import Question
from catnet.runs.checkpoints import load
from catnet.runs.find import find_model, newest_model, run_of
from catnet.runs.layout import RUNS
from catnet.runs.reader import SavedRun
from catnet.runs.thresholds import store_thresholds, to_be_changed
from catnet.text import counted, did_you_mean, in_brief, listed, printable

BETWEEN_0_AND_1 = click.FloatRange(0, 1)


@click.command()
@click.argument("run", type=options.RUN)
@click.option(
    "--data", type=options.DATA, help="Other labelled data, as data.path may be.  [default: the run's own data]"
)
@click.option("--split", help="Only this split: train, validation or test.")
@click.option(
    "--threshold",
    "given",
    multiple=True,
    metavar="[LABEL=]T",
    help="Say yes above this probability, for all labels or for one. Repeatable.",
)
@click.option("--precision", type=BETWEEN_0_AND_1, help="Choose each label's threshold so that it has this precision.")
@click.option("--recall", type=BETWEEN_0_AND_1, help="Choose each label's threshold so that it has this recall.")
@click.option("--save", "keep", is_flag=True, help="Store the thresholds with the model: predict then uses them.")
@options.as_json
def evaluate(
    run: Path,
    data: Path | None,
    split: str | None,
    given: tuple[str, ...],
    precision: float | None,
    recall: float | None,
    keep: bool,
    as_json: bool,
) -> None:
    """Measures a trained model (a run directory or a model file) on labelled data: every split of its own, or --data.

    Each metric stands beside the score of the trivial answer: the most frequent class of training, or the mean.
    With its own data, the best linear answers stand below the first metric (docs/RUN_DIRECTORY.md).
    For goals 1.0 and 2.0 the threshold can be chosen; --precision and --recall choose it on the validation data, or,
    if there is none, on the test data, whose figures are then a little too good.

    \b
    Examples:
      catnet evaluate runs/animal-001
      catnet evaluate runs/animal-001 --data ../other-animals --json
      catnet evaluate runs/cat-001 --recall 0.9 --save
      catnet evaluate runs/mosaics-001 --threshold cat=0.3 --threshold lion=0.6 --split test
    """
    rules = {rule: value for rule, value in (("precision", precision), ("recall", recall)) if value is not None}
    demand_one_way(bool(given) + len(rules), keep)
    path = find_model(run)
    if keep:
        with to_be_changed(path):  # said before all is measured, if it cannot be
            pass
    measured = load(path).model
    model, goal = measured, measured.question.goal
    if (given or rules) and goal not in (BINARY, MULTI_LABEL):
        raise ConfigError(f"{printable(path)}: a threshold is for goals 1.0 and 2.0; the model's goal is {goal}")
    dataset = data_for(model, path, data)
    say_which(path, model, (*model.notes, *dataset.notes))
    if split is not None and split not in dataset.splits:
        raise ConfigError(f"--split {printable(split)}: {other_split(split, dataset.splits)}")
    if given:
        model = replace(model, thresholds=parsed(model, given))
    for rule, wanted in rules.items():
        model = replace(model, thresholds=chosen(model, dataset, split, rule, wanted))
    say_thresholds(model)
    splits = {name: part for name, part in dataset.splits.items() if split in (None, name)}
    results = {name: measure(model, part) for name, part in splits.items()}
    if data is None:
        add_baselines(results, SavedRun.of_model(path), dataset)
    for name, part in splits.items():
        demand_in_range(model, part, results[name])
    if keep:
        store_thresholds(path, measured, model.thresholds or ())
        click.echo(f"stored in {printable(path)}; {asking(path)} now uses them", err=True)
    click.echo(json.dumps(results, allow_nan=False) if as_json else "\n\n".join(sections(results, model.question)))


def say_thresholds(model: Model) -> None:
    """Says which thresholds decide the model's answers, if they are its own."""
    if model.thresholds is not None:
        pairs = zip(model.question.classes, model.thresholds, strict=True)
        click.echo(f"thresholds: {in_brief([f'{printable(name)} {value:.4g}' for name, value in pairs])}", err=True)


def demand_one_way(ways: int, keep: bool) -> None:
    """Raises UsageError if thresholds are given in several ways, or in none although they are to be kept."""
    if ways > 1:
        raise click.UsageError("--threshold, --precision and --recall exclude each other; give one")
    if keep and not ways:
        raise click.UsageError("--save needs --threshold, --precision or --recall, which say what to store")


def data_for(model: Model, path: Path, data: Path | None) -> Dataset:
    """Other data to measure the model of a file on, or that of its run."""
    if data is None:
        with if_moved("--data names its place"):
            return data_of_run(model, SavedRun.of_model(path))
    folder = run_of(path)
    return other_data(model, data, None if folder is None else SavedRun(folder))


def asking(path: Path) -> str:
    """The command that asks a model: without its name if it is that of the newest run."""
    with suppress(NoModel):
        if newest_model(RUNS).resolve() == path.resolve():
            return "catnet predict"
    return f"catnet predict --model {printable(run_of(path) or path)}"


def other_split(given: str, names: Collection[str]) -> str:
    """`the data has train, validation; did you mean validation?` for val."""
    if "all" in names:
        return "the data has no splits"
    begun = next((name for name in names if given and name.startswith(given)), None)
    hint = f"; did you mean {begun}?" if begun else did_you_mean(given, names)
    return f"the data has {', '.join(names)}{hint}"


def parsed(model: Model, given: Sequence[str]) -> tuple[float, ...]:
    """A threshold for each label, from `0.3` for all or `cat=0.3` for one; labels that are not named keep theirs."""
    classes = model.question.classes
    thresholds = dict(zip(classes, map(float, model.decision_thresholds[:, 0]), strict=True))
    for text in given:
        name, equals, value = text.rpartition("=")
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number <= 1:
            raise click.UsageError(f"--threshold {text}: needs a number from 0 to 1, or LABEL=NUMBER")
        if equals and name not in thresholds:
            raise click.UsageError(f"--threshold {text}: the labels are {listed(classes)}")
        thresholds |= {label: number for label in ([name] if equals else classes)}
    return tuple(thresholds.values())


def chosen(model: Model, dataset: Dataset, split: str | None, rule: str, wanted: float) -> tuple[float, ...]:
    """The thresholds that a rule chooses; says on which split."""
    name = split or next((name for name in ("validation", "test") if name in dataset.splits), "train")
    name = name if name in dataset.splits else next(iter(dataset.splits))
    part = dataset.splits[name]
    click.echo(f"chosen on: {name} ({counted(len(part.rows), 'example')})", err=True)
    return tuple(choose(rule, wanted, model.predict(part.rows), part.labels, model.question.classes))


def sections(results: Mapping[str, Mapping[str, Any]], question: Question) -> Iterator[str]:
    """The metrics of all splits, then for each split the metrics per class and the confusion matrix.

    Of many classes, what is worst: --json has all.
    """
    many = len(question.names) > CLASSES
    frequent = f": the most frequent confusions, {CLASSES} at most; --json has all" if many else ""
    yield metrics_table(results)
    yield from duplicates_of(question, results)
    for split, metrics in results.items():
        if "per_class" in metrics:
            chosen = f"{lowest(CLASSES, len(question.names))}; --json has all" if many else ""
            yield f"{split}, by class{chosen}\n{class_table(metrics)}"
        if MATRIX in metrics or CELLS in metrics:
            yield f"{split}, confusion matrix{frequent}\n{confusion_table(metrics, question.names)}"
