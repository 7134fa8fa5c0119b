"""catnet count-params"""

import json
from pathlib import Path

import click

from catnet.cli import options
from catnet.config import load_config
from catnet.data.scan import scan
from catnet.engine.network import Network
from catnet.evaluation.layers import layers_of
from catnet.evaluation.tables import aligned
from catnet.training.architecture import declared_sizes, found_sizes, network_of


@click.command("count-params")
@options.config
@options.overrides
@options.as_json
def count_params(config: Path, overrides: tuple[str, ...], as_json: bool) -> None:
    """Counts the parameters of the network that CONFIG describes, layer by layer.

    It needs no data if the configuration names the classes (or, for regression, the target) of pictures.

    \b
    Examples:
      catnet count-params configs/cat.yaml
      catnet count-params configs/animal.yaml --set model.hidden_layers=[64,32]
    """
    settings = load_config(config, overrides, options.SET)
    sizes = declared_sizes(settings) or found_sizes(settings, scan(settings).question)
    network = network_of(settings, *sizes)
    click.echo(json.dumps(as_facts(network)) if as_json else as_text(network))


def as_facts(network: Network) -> dict[str, object]:
    """The layers and the total, for --json."""
    layers = [
        {
            "layer": layer.number,
            "W": [layer.neurons, layer.inputs],
            "b": [layer.neurons, 1],
            "activation": layer.activation,
            "parameters": layer.parameters,
            "share": layer.share,
        }
        for layer in layers_of(network)
    ]
    return {"layers": layers, "total": network.parameter_count}


def as_text(network: Network) -> str:
    """A line per layer: the equation, the shapes in it, the formula, the count, the share; then the total."""
    rows = [("layer", "shapes", "formula", "parameters", "share")]
    for layer in layers_of(network):
        inputs, neurons = layer.inputs, layer.neurons
        shapes = f"({neurons}, m) = ({neurons}, {inputs}) ({inputs}, m) + ({neurons}, 1)"
        rows.append((layer.equation, shapes, layer.formula, str(layer.parameters), f"{layer.share:.2%}"))
    return f"{aligned(rows, right=(3, 4))}\ntotal: {network.parameter_count} parameters"
