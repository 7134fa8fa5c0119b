"""Where a training starts: the parameters before its next epoch, and the model that they make.

With whitening the network that is trained takes k components. It is stored folded: as a network on pixels, or columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from catnet.config import Config
from catnet.data.dataset import Dataset
from catnet.data.scaling import fit_scaling
from catnet.engine.colors import RGB
from catnet.engine.initialization import INITIALIZATIONS, initial_parameters
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.memory import require
from catnet.engine.network import Network
from catnet.engine.pictures import Size, box_average
from catnet.engine.types import Array, Parameters, State
from catnet.engine.whitening import MATRIX, TRAINED_W1, Whitening, bytes_of_fit, fit_whitening
from catnet.errors import CheckpointError, DataError
from catnet.evaluation.metrics import trivial_prediction
from catnet.goals import REGRESSION
from catnet.model import IDENTITY, Model
from catnet.runs.checkpoints import USE_ANOTHER, is_finite, load_parameters
from catnet.text import first_names, printable
from catnet.training.architecture import activations_of, sizes_of

WHITEN, FEWER_COMPONENTS = "data.scaling: whiten", "lower data.components, or set another data.scaling"
PRECISIONS: dict[str, type[np.floating]] = {"float32": np.float32, "float64": np.float64}


@dataclass(frozen=True)
class Start:
    """Where a training starts: the model, and the parameters that are trained. They are the model's own, unless there
    is a whitening, which is folded into those.
    """

    model: Model
    parameters: Parameters
    whitening: Whitening | None = None

    @property
    def network(self) -> Network:
        """The network that is trained."""
        network, n_0 = self.model.network, self.parameters["W1"].shape[1]
        return replace(network, sizes=(n_0, *network.sizes[1:]))


def fresh_start(config: Config, dataset: Dataset) -> Start:
    """The model before the first epoch, its scaling and whitening fitted to the training data.

    Raises CheckpointError, DataError, NotEnoughMemory.
    """
    train, data = dataset.splits["train"], config.data
    size = None if dataset.image_size is None else data.image_size
    rows = train.rows if size is None else box_average(train.rows, size, data.box_average)
    mirror = size if data.scaling == "whiten" and config.train.augment.numbers.flip else None
    scaling = fit_scaling(data.scaling, rows, None if size is None else data.channels, mirror)
    demand_scale_in_range(config, scaling, dataset.question.inputs)
    whitening = None
    if data.scaling == "whiten":
        whitening = whitening_of(config, Inputs(rows, scaling, PRECISIONS[config.train.precision]), mirror)
    n_0 = rows.shape[1] if whitening is None else len(whitening.matrix)
    target_scaling = target_scaling_of(config, train.labels)
    network = network_of(config, n_0, len(train.labels))
    parameters = initial_parameters_of(config, network, target_scaling.apply(train.labels))
    model = Model(
        network=network_of(config, rows.shape[1], len(train.labels)),
        parameters=parameters if whitening is None else whitening.fold(parameters),
        question=dataset.question,
        scaling=scaling,
        constant=trivial_prediction(train.labels),
        target_scaling=target_scaling,
        image_size=size,
        colors=RGB if size is None else data.colors,
        box_average=data.box_average,
        views=config.model.views,
    )
    return Start(model, parameters, whitening)


def network_of(config: Config, inputs: int, outputs: int) -> Network:
    """The network that the configuration describes, between so many inputs and outputs."""
    return Network(
        sizes=sizes_of(config, inputs, outputs),
        activations=activations_of(config),
        loss=config.model.loss,
        huber_delta=config.model.huber_delta,
    )


def whitening_of(config: Config, inputs: Inputs, mirror: Size | None) -> Whitening:
    """The whitening fitted to the training examples. Raises DataError if they are all equal, NotEnoughMemory."""
    components = config.data.components
    require(bytes_of_fit(inputs.m, inputs.n, components, mirror is not None), WHITEN, FEWER_COMPONENTS)
    whitening = fit_whitening(inputs, components, config.data.whitening_floor, mirror, config.train.seed)
    if not len(whitening.matrix):
        raise DataError(
            f"{printable(config.data.path)}: data.scaling: whiten needs training examples that differ, and these are "
            "all equal; add others, or set data.scaling: center"
        )
    return whitening


def saved_start(config: Config, model: Model, state: State, path: Path) -> Start:
    """Where a training resumes: at a model and the state of a checkpoint, whose whitening is not fitted again.

    Raises CheckpointError, with the path of the checkpoint, if what was folded is missing or does not make the model.
    """
    if config.data.scaling != "whiten":
        return Start(model, model.parameters)
    where, folded = printable(path), model.parameters["W1"]
    if missing := [name for name in (MATRIX, TRAINED_W1) if name not in state]:
        raise CheckpointError(f"{where}: does not hold {missing[0]}, which data.scaling: whiten needs{USE_ANOTHER}")
    P, W1 = state[MATRIX], state[TRAINED_W1]
    for name in (MATRIX, TRAINED_W1):
        if not is_finite(state[name]):
            raise CheckpointError(f"{where}: state.{name} holds what is not a finite number{USE_ANOTHER}")
    k = W1.shape[1] if W1.ndim == 2 else 0
    if (
        k == 0
        or (W1.shape, W1.dtype) != ((len(folded), k), folded.dtype)
        or (P.shape, P.dtype) != ((k, folded.shape[1]), np.dtype(np.float64))
        or not folds_to(Whitening(P), W1, folded)
    ):
        raise CheckpointError(
            f"{where}: {TRAINED_W1}, {W1.dtype} {W1.shape}, and {MATRIX}, {P.dtype} {P.shape}, do not make "
            f"W1, {folded.dtype} {folded.shape}{USE_ANOTHER}"
        )
    return Start(model, {**model.parameters, "W1": W1}, Whitening(P))


def folds_to(whitening: Whitening, W1: Array, folded: Array) -> bool:
    """Whether W[1] folds to these weights, as nearly as two machines agree."""
    rounding = np.sqrt(np.finfo(folded.dtype).eps) * np.abs(folded).max()
    with np.errstate(over="ignore", invalid="ignore"):
        return np.allclose(whitening.fold({"W1": W1})["W1"], folded, rtol=0, atol=rounding)


def inputs_of(model: Model, whitening: Whitening | None, rows: Array, dtype: type[np.floating]) -> Inputs:
    """Rows that become inputs, averaged over boxes already, as the network that is trained takes them: projected, if
    there is a whitening, whenever they are read.
    """
    return Inputs(rows, model.scaling, dtype, None if whitening is None else whitening.matrix)


def projected_once(inputs: Inputs) -> Inputs:
    """The same for inputs that are read in each epoch: floats, if they are projected. Raises NotEnoughMemory."""
    if inputs.projection is None:
        return inputs
    require(inputs.m * inputs.n * inputs.dtype.itemsize, WHITEN, FEWER_COMPONENTS)
    return inputs.projected()


def demand_scale_in_range(config: Config, scaling: Scaling, inputs: Sequence[str]) -> None:
    """Raises DataError for columns whose standard deviation is so small that its inverse is too large a number."""
    with np.errstate(over="ignore"):
        finite = np.isfinite(np.asarray(scaling.scale).astype(PRECISIONS[config.train.precision]))
    if inputs and not finite.all():
        names = first_names(name for name, fits in zip(inputs, finite.tolist(), strict=True) if not fits)
        raise DataError(
            f"{printable(config.data.path)}: the numbers of {names} differ by so little that "
            f"data.scaling: {config.data.scaling} cannot scale them in {config.train.precision}; "
            "give them in another unit, or set data.scaling: center"
        )


def initial_parameters_of(config: Config, network: Network, labels: Array) -> Parameters:
    """The parameters to start from: of the file, or drawn.

    A drawn regression starts its output bias at the mean of the labels, (1, m), so that the first answers are of the
    right size and a ReLU output is alive; all zeros stay zeros. Raises CheckpointError if the file does not fit.
    """
    initialization, dtype = config.model.initialization, PRECISIONS[config.train.precision]
    if initialization not in INITIALIZATIONS:
        return load_parameters(Path(initialization), network)
    parameters = initial_parameters(network.sizes, initialization, config.train.seed, dtype)
    if config.goal == REGRESSION and initialization != "zeros":
        parameters[f"b{network.depth}"][:] = labels.mean()
    return parameters


def target_scaling_of(config: Config, labels: Array) -> Scaling:
    """How a regression's target is scaled for training; a ReLU output's only by its deviation, so that 0 stays 0."""
    deviation = float(labels.std())
    if config.data.target_scaling == "none" or deviation == 0:
        return IDENTITY
    return Scaling(0.0 if config.model.output_activation == "relu" else float(labels.mean()), 1 / deviation)
