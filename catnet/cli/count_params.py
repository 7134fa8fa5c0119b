"""catnet count-params"""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from catnet.cli import options
from catnet.cli.streams import can_show
from catnet.config import Config, load_config
from catnet.engine.colors import GREY, shape_in_words
from catnet.engine.shapes import parameter_count
from catnet.evaluation.alignment import aligned
from catnet.evaluation.drawn_network import SIGNS, drawn
from catnet.evaluation.layers import Layer, layer_name, layers_of
from catnet.goals import REGRESSION
from catnet.text import counted
from catnet.training.architecture import activations_of, declared_sizes, found_sizes, sizes_of


@click.command("count-params")
@options.config
@options.overrides
@options.as_json
def count_params(config: Path, overrides: tuple[str, ...], as_json: bool) -> None:
    """Draws the network that CONFIG describes, and counts its parameters, layer by layer.

    It needs no data if the configuration names the classes (or, for regression, the target) of pictures.

    With data.scaling: whiten the network that is trained is a smaller one, which is stored folded: as the one whose
    layers are listed. It is said too.

    \b
    Examples:
      catnet count-params configs/cat.yaml
      catnet count-params configs/animal.yaml --set model.hidden_layers=[64,32]
    """
    settings = load_config(config, overrides, options.SET)
    ends, names, examples = declared_sizes(settings), declared_outputs(settings), None
    if ends is None:
        ends, names, examples = known_by_data(settings)
    stored, trained = layers_of(sizes_of(settings, *ends), activations_of(settings)), None
    if settings.data.scaling == "whiten":
        from catnet.engine.whitening import most_components  # late, because it imports NumPy

        k = most_components(settings.data.components, ends[0], examples)
        trained = layers_of(sizes_of(settings, max(1, k), ends[1]), activations_of(settings))
    if as_json:
        click.echo(json.dumps(as_facts(stored, trained, names)))
        return
    size, colors = settings.data.image_size, settings.data.colors
    what = "" if settings.is_table else shape_in_words(size, colors)
    click.echo(drawn(stored, what, names, ascii_only=not can_show(SIGNS)) + "\n")
    click.echo(as_text(stored, trained))
    if colors == GREY:
        click.echo(f"inputs: {shape_in_words(size, GREY)} = {ends[0]}, the brightness of each pixel")


def declared_outputs(settings: Config) -> Sequence[str]:
    """The names of the outputs as the configuration tells them; none if it does not."""
    data = settings.data
    return (data.target or "",) if settings.goal == REGRESSION else data.classes or ()


def known_by_data(settings: Config) -> tuple[tuple[int, int], Sequence[str], int]:
    """n_0 and n_L as the data tells them, the names of the outputs, and the number of training examples."""
    from catnet.data.scan import scan  # late, because it imports NumPy

    catalog = scan(settings)
    question = catalog.question
    if question.encoded:  # the training data, and so its categories, is settled when equal rows are known
        from catnet.data.load import load  # late, because it imports what decodes pictures

        question = load(catalog, settings.data.image_size).question
    names = question.classes or (question.target or "",)
    return found_sizes(settings, question), names, len(catalog.splits["train"].names)


def sizes_in(layers: list[Layer]) -> list[int]:
    """n_0, ..., n_L"""
    return [layers[0].inputs, *(layer.neurons for layer in layers)]


def as_facts(stored: list[Layer], trained: list[Layer] | None, outputs: Sequence[str]) -> dict[str, object]:
    """The layers, the names of the outputs and the total, for --json; of the network that is trained, if it is another,
    at most how large.
    """
    layers = [
        {
            "layer": layer.number,
            "name": layer_name(layer.number, len(stored)),
            "W": [layer.neurons, layer.inputs],
            "b": [layer.neurons, 1],
            "activation": layer.activation,
            "parameters": layer.parameters,
            "share": layer.share,
        }
        for layer in stored
    ]
    at_most = {} if trained is None else {"sizes": sizes_in(trained), "total": parameter_count(sizes_in(trained))}
    return {
        "layers": layers,
        "outputs": list(outputs),
        "total": parameter_count(sizes_in(stored)),
        **({"trained_at_most": at_most} if at_most else {}),
    }


def as_text(stored: list[Layer], trained: list[Layer] | None) -> str:
    """A line per layer: the equation, the shapes in it, the formula, the count, the share; then the totals."""
    rows = [("layer", "shapes", "formula", "parameters", "share")]
    for layer in stored:
        inputs, neurons = layer.inputs, layer.neurons
        shapes = f"({neurons}, m) = ({neurons}, {inputs}) ({inputs}, m) + ({neurons}, 1)"
        rows.append((layer.equation, shapes, layer.formula, str(layer.parameters), f"{layer.share:.2%}"))
    text = f"{aligned(rows, right=(3, 4))}\ntotal: {parameter_count(sizes_in(stored))} parameters"
    if trained is None:
        return text
    sizes = " -> ".join(map(str, sizes_in(trained)))
    return (
        f"{text}, as the network is stored\ntrained: {sizes}, at most {parameter_count(sizes_in(trained))} parameters: "
        f"data.scaling: whiten makes at most {trained[0].inputs} components of {counted(stored[0].inputs, 'input')}"
    )
