"""catnet evaluate"""

from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--data", type=click.Path(path_type=Path), help="Another folder or table.  [default: the run's own data]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate(run: Path, data: Path | None, as_json: bool) -> None:
    """Measures a trained model (a run directory or a model file) on labelled data: every split of its own, or --data.

    Each metric stands beside the score of the trivial answer: the most frequent class of training, or the mean.

    \b
    Examples:
      catnet evaluate runs/animal-001
      catnet evaluate runs/animal-001 --data ../other-animals --json
    """
    import json

    from catnet.evaluation.evaluate import evaluate as measure
    from catnet.runs.checkpoints import load
    from catnet.runs.directory import find_model
    from catnet.session import labelled_data

    path = find_model(run)
    model = load(path).model
    dataset = labelled_data(model, path.parent, data)
    click.echo(f"model: {path} (epoch {model.epoch})", err=True)
    for note in dataset.notes:
        click.echo(f"note: {note}", err=True)
    results = {name: measure(model, split) for name, split in dataset.splits.items()}
    if as_json:
        click.echo(json.dumps(results))
    else:
        click.echo("\n\n".join(sections(results, class_names(model.classes, model.negative))))


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
