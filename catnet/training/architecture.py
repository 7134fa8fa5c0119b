"""The network that a configuration describes."""

from catnet.config import Config
from catnet.engine.network import Network
from catnet.goals import GOALS
from catnet.question import Question


def network_of(config: Config, inputs: int, outputs: int) -> Network:
    """The architecture that the configuration describes, between so many inputs and outputs."""
    return Network(
        sizes=(inputs, *config.model.hidden_layers, outputs),
        activations=(*config.model.activation, config.model.output_activation),
        loss=config.model.loss,
        huber_delta=config.model.huber_delta,
    )


def declared_sizes(config: Config) -> tuple[int, int] | None:
    """n_0 and n_L if the configuration alone tells them, else None."""
    if config.is_table:
        return None
    if GOALS[config.goal].most_classes is not None:
        return inputs_of_pictures(config), 1
    return None if config.data.classes is None else (inputs_of_pictures(config), len(config.data.classes))


def found_sizes(config: Config, question: Question) -> tuple[int, int]:
    """n_0 and n_L as the data tells them."""
    inputs = inputs_of_pictures(config) if question.features is None else len(question.inputs)
    return inputs, question.outputs


def inputs_of_pictures(config: Config) -> int:
    """n_0 of flattened pictures."""
    height, width = config.data.image_size
    return height * width * config.data.channels
