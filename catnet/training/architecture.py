"""The sizes and the activations of the network that a configuration describes."""

from catnet.config import Config
from catnet.goals import GOALS
from catnet.question import Question


def sizes_of(config: Config, inputs: int, outputs: int) -> tuple[int, ...]:
    """n_0, ..., n_L of the network between so many inputs and outputs."""
    return inputs, *config.model.hidden_layers, outputs


def activations_of(config: Config) -> tuple[str, ...]:
    """The activations of the layers 1, ..., L."""
    return *config.model.activation, config.model.output_activation


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
