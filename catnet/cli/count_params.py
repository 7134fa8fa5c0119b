"""catnet count-params"""

import json
from pathlib import Path

import click

from catnet.cli import options
from catnet.config import load_config
from catnet.data.scan import scan
from catnet.engine.colors import GREY, shape_in_words
from catnet.engine.network import Network
from catnet.engine.whitening import most_components
from catnet.evaluation.layers import layers_of
from catnet.evaluation.tables import aligned
from catnet.text import counted
from catnet.training.architecture import declared_sizes, found_sizes, network_of


@click.command("count-params")
@options.config
@options.overrides
@options.as_json
def count_params(config: Path, overrides: tuple[str, ...], as_json: bool) -> None:
    """Counts the parameters of the network that CONFIG describes, layer by layer.

    It needs no data if the configuration names the classes (or, for regression, the target) of pictures.

    With data.scaling: whiten the network that is trained is a smaller one, which is stored folded: as the one whose
    layers are listed. It is said too.

    \b
    Examples:
      catnet count-params configs/cat.yaml
      catnet count-params configs/animal.yaml --set model.hidden_layers=[64,32]
    """
    settings = load_config(config, overrides, options.SET)
    sizes, examples = declared_sizes(settings), None
    if sizes is None:
        catalog = scan(settings)
        question, examples = catalog.question, len(catalog.splits["train"].names)
        if question.encoded:  # the training data, and so its categories, is settled when equal rows are known
            from catnet.data.load import load  # late, because it imports what decodes pictures

            question = load(catalog, settings.data.image_size).question
        sizes = found_sizes(settings, question)
    stored = network_of(settings, *sizes)
    trained = None
    if settings.data.scaling == "whiten":
        k = most_components(settings.data.components, sizes[0], examples)
        trained = network_of(settings, max(1, k), sizes[1])
    click.echo(json.dumps(as_facts(stored, trained)) if as_json else as_text(stored, trained))
    if settings.data.colors == GREY and not as_json:
        size = settings.data.image_size
        click.echo(f"inputs: {shape_in_words(size, GREY)} = {sizes[0]}, the brightness of each pixel")


def as_facts(stored: Network, trained: Network | None) -> dict[str, object]:
    """The layers and the total, for --json; of the network that is trained, if it is another, at most how large."""
    layers = [
        {
            "layer": layer.number,
            "W": [layer.neurons, layer.inputs],
            "b": [layer.neurons, 1],
            "activation": layer.activation,
            "parameters": layer.parameters,
            "share": layer.share,
        }
        for layer in layers_of(stored)
    ]
    at_most = {} if trained is None else {"sizes": trained.sizes, "total": trained.parameter_count}
    return {"layers": layers, "total": stored.parameter_count, **({"trained_at_most": at_most} if at_most else {})}


def as_text(stored: Network, trained: Network | None) -> str:
    """A line per layer: the equation, the shapes in it, the formula, the count, the share; then the totals."""
    rows = [("layer", "shapes", "formula", "parameters", "share")]
    for layer in layers_of(stored):
        inputs, neurons = layer.inputs, layer.neurons
        shapes = f"({neurons}, m) = ({neurons}, {inputs}) ({inputs}, m) + ({neurons}, 1)"
        rows.append((layer.equation, shapes, layer.formula, str(layer.parameters), f"{layer.share:.2%}"))
    text = f"{aligned(rows, right=(3, 4))}\ntotal: {stored.parameter_count} parameters"
    if trained is None:
        return text
    sizes = " -> ".join(map(str, trained.sizes))
    return (
        f"{text}, as the network is stored\ntrained: {sizes}, at most {trained.parameter_count} parameters: "
        f"data.scaling: whiten makes at most {trained.sizes[0]} components of {counted(stored.sizes[0], 'input')}"
    )
