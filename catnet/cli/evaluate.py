"""catnet evaluate"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from catnet.data.dataset import Dataset
    from catnet.model import Model

BETWEEN_0_AND_1 = click.FloatRange(0, 1)


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), help="Another folder or table.  [default: the run's own data]")
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
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
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
    For goals 1.0 and 2.0 the threshold can be chosen; --precision and --recall choose it on the validation data, or,
    where there is none, on the test data, whose figures then flatter a little.

    \b
    Examples:
      catnet evaluate runs/animal-001
      catnet evaluate runs/animal-001 --data ../other-animals --json
      catnet evaluate runs/cat-001 --recall 0.9 --save
      catnet evaluate runs/mosaics-001 --threshold cat=0.3 --threshold lion=0.6 --split test
    """
    import json
    from dataclasses import replace

    from catnet.errors import ConfigError
    from catnet.evaluation.evaluate import evaluate as measure
    from catnet.runs.checkpoints import load, save
    from catnet.runs.directory import find_model
    from catnet.session import labelled_data
    from catnet.text import printable

    rules = {"precision": precision, "recall": recall}
    wanted = {name: value for name, value in rules.items() if value is not None}
    if bool(given) + len(wanted) > 1:
        raise click.UsageError("--threshold, --precision and --recall exclude each other; give one")
    if keep and not given and not wanted:
        raise click.UsageError("--save needs --threshold, --precision or --recall, which say what to store")
    path = find_model(run)
    checkpoint = load(path)
    model = checkpoint.model
    if (given or wanted) and model.goal not in ("1.0", "2.0"):
        raise ConfigError(f"{printable(path)}: a threshold is for goals 1.0 and 2.0; the model's goal is {model.goal}")
    dataset = labelled_data(model, path.parent, data)
    click.echo(f"model: {printable(path)} (epoch {model.epoch})", err=True)
    for note in dataset.notes:
        click.echo(f"note: {note}", err=True)
    if split is not None and split not in dataset.splits:
        raise ConfigError(f"--split {split}: the data has {', '.join(dataset.splits)}")
    if given or wanted:
        thresholds = parsed(model, given) if given else chosen(model, dataset, split, *next(iter(wanted.items())))
        model = replace(model, details={**model.details, "thresholds": thresholds})
    if "thresholds" in model.details:
        pairs = zip(model.classes, model.thresholds[:, 0], strict=True)
        click.echo("thresholds: " + ", ".join(f"{printable(name)} {value:.4g}" for name, value in pairs), err=True)
    splits = {name: part for name, part in dataset.splits.items() if split in (None, name)}
    results = {name: measure(model, part) for name, part in splits.items()}
    if keep:
        save(path, replace(checkpoint, model=model))
        click.echo(f"stored in {printable(path)}; catnet predict now uses them", err=True)
    if as_json:
        click.echo(json.dumps(results))
    else:
        click.echo("\n\n".join(sections(results, class_names(model.classes, model.negative))))


def parsed(model: "Model", given: tuple[str, ...]) -> list[float]:
    """A threshold for each label, from `0.3` for all or `cat=0.3` for one; those not named keep theirs."""
    thresholds = dict(zip(model.classes, map(float, model.thresholds[:, 0]), strict=True))
    for text in given:
        name, equals, value = text.rpartition("=")
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number <= 1:
            raise click.UsageError(f"--threshold {text}: needs a number from 0 to 1, or LABEL=NUMBER")
        if equals and name not in thresholds:
            raise click.UsageError(f"--threshold {text}: the labels are {', '.join(model.classes)}")
        thresholds |= {label: number for label in ([name] if equals else model.classes)}
    return list(thresholds.values())


def chosen(model: "Model", dataset: "Dataset", split: str | None, rule: str, wanted: float) -> list[float]:
    """The thresholds that a rule chooses; says on which split."""
    from catnet.evaluation.thresholds import choose

    name = split or next((name for name in ("validation", "test") if name in dataset.splits), "train")
    name = name if name in dataset.splits else next(iter(dataset.splits))
    part = dataset.splits[name]
    click.echo(f"chosen on: {name} ({len(part.rows)} examples)", err=True)
    return choose(rule, wanted, model.predict(part.rows), part.labels, model.classes)


def class_names(classes: tuple[str, ...], negative: str | None) -> tuple[str, ...]:
    """The classes as the confusion matrix orders them: goal 1.0 has what is not the class first, as 0 and 1."""
    return classes if negative is None else (negative, *classes)


def sections(results: dict[str, dict[str, Any]], classes: tuple[str, ...]) -> list[str]:
    """The metrics of all splits, then for each split the metrics a class and the confusion matrix."""
    from catnet.cli.tables import class_table, confusion_table, metrics_table

    parts = [metrics_table(results)]
    for name, metrics in results.items():
        if "per_class" in metrics:
            parts.append(f"{name}, by class\n{class_table(metrics)}")
        if "confusion_matrix" in metrics:
            parts.append(f"{name}, confusion matrix\n{confusion_table(metrics['confusion_matrix'], classes)}")
    return parts
