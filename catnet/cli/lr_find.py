"""catnet lr-find"""

import json
from pathlib import Path

import click

from catnet.cli import options
from catnet.cli.progress import decoding_bar
from catnet.config import load_config
from catnet.selection.learning_rate import find_learning_rate


@click.command("lr-find")
@options.config
@options.overrides
@options.as_json
def lr_find(config: Path, overrides: tuple[str, ...], as_json: bool) -> None:
    """Finds a learning rate for the training that CONFIG describes. No file is written.

    Without hidden layers and with full batch, the rate below which gradient descent is sure to descend is known; it
    says it, and what it would be with another data.scaling. Else it makes a range test: up to 100 steps from the first
    weights, with the configured optimizer and batches, while the learning rate rises from 1e-7 to 10.

    \b
    Examples:
      catnet lr-find configs/cat.yaml
      catnet lr-find configs/animal.yaml --set model.hidden_layers=[64] --set train.optimizer=momentum
      catnet lr-find configs/houses.yaml --json
    """
    settings = load_config(config, overrides, options.SET)
    with decoding_bar() as progress:
        found = find_learning_rate(settings, progress)
    if as_json:
        click.echo(json.dumps(found.to_json()))
        return
    for sentence in found.sentences:
        click.echo(sentence)
    if found.line:
        click.echo(f"\nFor the section train of the configuration:\n  {found.line}")
