"""The network that a configuration describes: its sizes need a look at the data only where it does not tell them.

What reads data is imported only then, so that `catnet count-params` starts quickly.
"""

from typing import TYPE_CHECKING

from catnet.config import Config
from catnet.engine.network import Network
from catnet.goals import BINARY, REGRESSION

if TYPE_CHECKING:
    from catnet.data.dataset import Catalog


def catalog_of(config: Config) -> "Catalog":
    """The examples and labels of each split, no picture decoded. Raises DataError."""
    from catnet.data.load import scan

    return scan(
        config.data.path,
        goal=config.goal,
        classes=config.data.classes,
        target=config.data.target,
        validation_fraction=config.data.validation_fraction,
        test_fraction=config.data.test_fraction,
        seed=config.train.seed,
        bad=config.data.bad_images,
        nonnegative=config.model.output_activation == "relu",
    )


def input_and_output_sizes(config: Config) -> tuple[int, int]:
    """n_0 and n_L; from the configuration alone where it tells them, else from the data. Raises DataError."""
    height, width = config.data.image_size
    if not config.is_table and config.goal in (BINARY, REGRESSION):
        return height * width * 3, 1
    if not config.is_table and config.data.classes is not None:
        return height * width * 3, len(config.data.classes)
    catalog = catalog_of(config)
    inputs = height * width * 3 if catalog.features is None else len(catalog.features)
    return inputs, len(catalog.classes) or 1


def network_of(config: Config, inputs: int, outputs: int) -> Network:
    """The architecture that the configuration describes, between so many inputs and outputs."""
    return Network(
        sizes=(inputs, *config.model.hidden_layers, outputs),
        activations=(*config.model.activation, config.model.output_activation),
        loss=config.model.loss,
        huber_delta=config.model.huber_delta,
    )
