"""Parts of a network as networks of their own: what `forward` and `backward` do for a whole one they do for these."""

from dataclasses import replace

from catnet.engine.network import Network
from catnet.engine.types import Array, Parameters


def layers_up_to(network: Network, parameters: Parameters, layer: int) -> tuple[Network, Parameters]:
    """The layers 1, ..., `layer`, whose logits are Z[layer]."""
    return _layers(network, parameters, 0, layer)


def layers_after(network: Network, parameters: Parameters, layer: int) -> tuple[Network, Parameters]:
    """The layers after a hidden `layer`: their inputs are A[layer], and their Z[1] is the network's Z[layer + 1]."""
    return _layers(network, parameters, layer, network.depth)


def _layers(network: Network, parameters: Parameters, start: int, end: int) -> tuple[Network, Parameters]:
    part = replace(network, sizes=network.sizes[start : end + 1], activations=network.activations[start:end])
    numbers: dict[str, Array] = {}
    for layer in range(1, part.depth + 1):
        numbers[f"W{layer}"], numbers[f"b{layer}"] = (parameters[f"{name}{start + layer}"] for name in "Wb")
    return part, numbers
