"""catnet evaluate"""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from catnet.cli import options
from catnet.cli.advice import if_moved
from catnet.cli.predict import say_which
from catnet.cli.thresholds import demand_labels, demand_one_way, say_thresholds, with_thresholds
from catnet.data.dataset import Dataset, Split
from catnet.errors import ConfigError, NoModel
from catnet.evaluation.baselines import facts_of
from catnet.evaluation.beside import add_baselines, beside_baselines, learned_again
from catnet.evaluation.data import data_of_run, other_data
from catnet.evaluation.evaluate import demand_in_range
from catnet.evaluation.evaluate import evaluate as measure
from catnet.evaluation.metrics import CELLS, MATRIX, WITHOUT_DUPLICATES
from catnet.evaluation.tables import (
    CLASSES,
    about_baselines,
    class_table,
    confusion_table,
    duplicates_of,
    lowest,
    metrics_table,
)
from catnet.model import Model
from catnet.question import Question
from catnet.runs.checkpoints import load
from catnet.runs.find import find_model, newest_model, run_of
from catnet.runs.layout import RUNS
from catnet.runs.reader import SavedRun
from catnet.runs.thresholds import store_thresholds, to_be_changed
from catnet.text import did_you_mean, printable

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
    The best linear answers stand below the first metric (docs/RUN_DIRECTORY.md): as the run's summary has them, or,
    for --data, learned again from the run's training data.
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
    model = load(path).model
    if given or rules:
        demand_labels(path, model)
    dataset = data_for(model, path, data)
    say_which(path, model, (*model.notes, *dataset.notes))
    splits = chosen_splits(dataset, split)
    decided = with_thresholds(model, dataset, split, given, rules)
    say_thresholds(decided)
    results, baselines = measured(decided, path, splits, dataset if data is None else None)
    if keep:
        store_thresholds(path, model, decided.thresholds or ())
        click.echo(f"stored in {printable(path)}; {asking(path)} now uses them", err=True)
    if as_json:
        click.echo(json.dumps(results, allow_nan=False))
        return
    beside = about_linear_answers(results, baselines, model, () if data is not None else ("train",))
    click.echo("\n\n".join(sections(results, model.question, "\n".join(beside))))


def measured(
    model: Model, path: Path, splits: Mapping[str, Split], own: Dataset | None
) -> tuple[dict[str, dict[str, Any]], Mapping[str, Any]]:
    """What is found on each split with the baselines of the model's run, and what these are. `own` is the run's data;
    None if the splits are of other data, about which the baselines are learned again, or a note says why not.
    """
    baselines, fault = learned_again(model, path) if own is None else ({}, "")
    if fault:
        click.echo(f"note: there are no linear answers to compare with: {fault}", err=True)
    results = {name: measure(model, part, baselines) for name, part in splits.items()}
    for name, part in splits.items():
        demand_in_range(model, part, results[name])
    if own is None:
        return results, facts_of(baselines, results)
    return results, add_baselines(results, SavedRun.of_model(path), own)


def about_linear_answers(
    results: Mapping[str, Mapping[str, Any]], baselines: Mapping[str, Any], model: Model, learned: Collection[str]
) -> Iterator[str]:
    """What the baselines are, and whether the network is better on each split but those it has `learned` from."""
    yield from about_baselines(baselines)
    new = {split: of.get(WITHOUT_DUPLICATES, of) for split, of in results.items() if split not in learned}
    metric, is_linear = model.question.kind.headline, model.network.depth == 1
    yield from (f"{of}: {told}" for of, told in beside_baselines(metric, new, baselines, is_linear))


def chosen_splits(dataset: Dataset, split: str | None) -> dict[str, Split]:
    """The split of that name, or all. Raises ConfigError if there is none."""
    if split is not None and split not in dataset.splits:
        raise ConfigError(f"--split {printable(split)}: {other_split(split, dataset.splits)}")
    return {name: part for name, part in dataset.splits.items() if split in (None, name)}


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
    if given == "test":
        hint = "; data.test_fraction: 0.2 keeps a fifth for a test, if it is set before the training"
    return f"the data has {', '.join(names)}{hint}"


def sections(results: Mapping[str, Mapping[str, Any]], question: Question, beside: str) -> Iterator[str]:
    """The metrics of all splits, what is said `beside` them, then for each split the metrics per class and the
    confusion matrix.

    Of many classes, what is worst: --json has all.
    """
    many = len(question.names) > CLASSES
    frequent = f": the most frequent confusions, {CLASSES} at most; --json has all" if many else ""
    yield metrics_table(results)
    if beside:
        yield beside
    yield from duplicates_of(question, results)
    for split, metrics in results.items():
        if "per_class" in metrics:
            chosen = f"{lowest(CLASSES, len(question.names))}; --json has all" if many else ""
            yield f"{split}, by class{chosen}\n{class_table(metrics)}"
        if MATRIX in metrics or CELLS in metrics:
            yield f"{split}, confusion matrix{frequent}\n{confusion_table(metrics, question.names)}"
