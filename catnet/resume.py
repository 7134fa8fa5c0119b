"""Going on with a training that was stopped, however it was: as if it had never been.

session = resume(path)
for row in train(session): ...
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from catnet.config import Config, dump_config, load_config
from catnet.config.dump import as_dict
from catnet.data.dataset import Dataset, fingerprint
from catnet.engine.optimizers import UPDATES
from catnet.engine.solvers import SOLVERS, Choice
from catnet.engine.types import State
from catnet.errors import CheckpointError, ConfigError, DataError
from catnet.measuring import badness_of, criterion
from catnet.model import Model
from catnet.runs.checkpoints import Checkpoint, load
from catnet.runs.directory import BEST, CONFIG, RunDirectory
from catnet.runs.history import Row, to_rows
from catnet.session import Best, Session, assemble, optimizer_of, read_data
from catnet.text import listed, printable

# what the parameters and the optimizer's state are made for
FIXED = {
    "goal",
    *(f"data.{key}" for key in ("image_size", "classes", "target", "scaling", "target_scaling")),
    *(f"model.{key}" for key in ("hidden_layers", "activation", "output_activation", "loss", "huber_delta")),
    "train.optimizer",
    "train.precision",
}
# what changes no number; that the data elsewhere is the same, its fingerprint says
FREE = {"data.path", "train.checkpoint_every"}


@dataclass(frozen=True)
class Start:
    """A checkpoint to go on from, and what it says of its training."""

    checkpoint: Checkpoint
    history: list[Row]
    config: dict[str, Any]
    solver: Choice
    best_epoch: int
    fingerprint: dict[str, str]
    examples: dict[str, int]
    environment: dict[str, str]

    @property
    def model(self) -> Model:
        """The model after the last saved epoch."""
        return self.checkpoint.model


def resume(
    path: Path,
    overrides: Sequence[str] = (),
    allow_changes: bool = False,
    progress: Callable[[int, int], None] | None = None,
    override_label: str = "override",
) -> Session:
    """The session of a run, as it was after its last good checkpoint.

    `overrides` are put over its config.yaml, as in `load_config`. Raises CheckpointError where no checkpoint is good,
    ConfigError that names all that has changed since, unless that is allowed, RunInUse, and what `prepare` raises.
    """
    run = RunDirectory.reopen(path)
    try:
        config = load_config(path / CONFIG, overrides, override_label)
        start, damaged = newest_good(run)
        refuse_what_cannot_change(path, config, start)
        dataset = read_data(config, progress)
        refuse_other_data(config, dataset, start)
        changed = list(changes_of_config(config, start))
        choice = None if changed else start.solver  # what `auto` chose depended on the memory that was free
        other_data = list(changes_of_data(dataset, start))
        state = state_of(run, config, start, same_data=not other_data)
        try:
            session = assemble(config, dataset, start.model, lambda: run, state, choice)
        except KeyError as error:
            shown = printable(run.numbered(start.model.epoch))
            raise CheckpointError(f"{shown}: does not hold {error} of the solver's state") from error
        changed += [*other_data, *changes_around(session, start)]
        if changed and not allow_changes:
            raise ConfigError(
                f"{printable(path)}: what follows has changed since epoch {start.model.epoch} was saved; "
                "undo it, or go on regardless with --allow-changes\n" + "\n".join(changed)
            )
        take_up(session, start)
        session.warnings += [str(error) for error in damaged.values()]
        session.warnings += [f"{run.numbered(epoch)} is now {run.set_aside(epoch).name}" for epoch in damaged]
        session.warnings += changed
        if overrides:
            run.write(CONFIG, dump_config(config))
        return session
    except BaseException:
        run.close()
        raise


def take_up(session: Session, start: Start) -> None:
    """Gives the session its past; makes metrics.csv and best.safetensors what they were when it was saved."""
    session.history = start.history
    session.best = Best(start.best_epoch)
    if session.validation is not None:
        badness = badness_of(session, session.history[start.best_epoch - 1])
        parameters = start.checkpoint.best or start.model.parameters
        session.best = Best(start.best_epoch, badness, parameters=parameters)
    run = session.run
    run.saved = {
        epoch: badness_of(session, session.history[epoch - 1]) for epoch in run.found() if epoch <= session.epoch
    }
    run.rewrite_log(list(start.checkpoint.history), session.history)
    if not is_best(run.path / BEST, session.best_model()):
        run.save_best(Checkpoint(session.best_model()))


def is_best(path: Path, best: Model) -> bool:
    """Whether a file holds the best model. It may hold thresholds besides, which are then kept."""
    try:
        model = load(path).model
    except CheckpointError:
        return False
    same = (np.array_equal(model.parameters[name], P) for name, P in best.parameters.items())
    return model.epoch == best.epoch and model.network == best.network and all(same)


def newest_good(run: RunDirectory) -> tuple[Start, dict[int, CheckpointError]]:
    """The newest checkpoint that can be read, and why those after it cannot. Raises CheckpointError."""
    damaged: dict[int, CheckpointError] = {}
    for epoch in run.found():
        try:
            return start_of(run.numbered(epoch), epoch), damaged
        except CheckpointError as error:
            damaged[epoch] = error
    again = f"start again with: catnet train {printable(run.path / CONFIG)}"
    if not damaged:
        raise CheckpointError(f"{printable(run.path)}: has no checkpoint to go on from; {again}")
    reasons = "\n".join(map(str, damaged.values()))
    raise CheckpointError(f"{printable(run.path)}: none of its checkpoints can be read; {again}\n{reasons}")


def start_of(path: Path, epoch: int) -> Start:
    """Reads the checkpoint after so many epochs. Raises CheckpointError, also where it is not one of a training."""
    checkpoint = load(path)
    model, facts = checkpoint.model, checkpoint.training
    try:
        start = Start(
            checkpoint,
            to_rows(checkpoint.history),
            dict(facts["config"]),
            Choice(str(facts["solver"]["name"]), str(facts["solver"]["reason"])),
            int(facts["best_epoch"]),
            dict(facts["fingerprint"]),
            dict(facts["examples"]),
            dict(facts["environment"]),
        )
        fits = [
            model.epoch == epoch == len(start.history),
            [row["epoch"] for row in start.history] == list(range(1, epoch + 1)),
            start.history[0].keys() >= {"train_cost", "learning_rate", "seconds"},
            1 <= start.best_epoch <= epoch,
            bool(checkpoint.best) == (start.best_epoch < epoch),
            start.solver.name in SOLVERS,
            all(isinstance(section, dict) for name, section in start.config.items() if name != "goal"),
        ]
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        fits = [False]
        reason: Exception | None = error
    else:
        reason = None
    if not all(fits):
        raise CheckpointError(f"{printable(path)}: is no checkpoint of a training after epoch {epoch}") from reason
    return start


def state_of(run: RunDirectory, config: Config, start: Start, same_data: bool) -> State:
    """The solver's state in the checkpoint: the optimizer's moments, and, where the data is the same, the solver's own.

    Raises CheckpointError where a moment is missing, or what is named like a parameter has not its shape.
    """
    state, parameters = start.checkpoint.state, start.model.parameters
    shown = printable(run.numbered(start.model.epoch))
    needed = optimizer_of(config).state_names(parameters)
    if missing := sorted(needed - state.keys()):
        raise CheckpointError(f"{shown}: does not hold {missing[0]}, which {config.train.optimizer} needs")
    for name, values in state.items():
        parameter = parameters.get(name.rpartition(".")[2])
        form = ((), np.dtype(np.int64)) if name == UPDATES else (values.shape, values.dtype)
        if parameter is not None:
            form = (parameter.shape, parameter.dtype)
        if (values.shape, values.dtype) != form:
            raise CheckpointError(
                f"{shown}: {printable(name)} is {values.dtype} {values.shape}, not {form[1]} {form[0]}"
            )
    return state if same_data else {name: state[name] for name in needed}


def refuse_what_cannot_change(path: Path, config: Config, start: Start) -> None:
    """Raises ConfigError where the checkpoint is of another network or optimizer than the configuration's."""
    if lines := list(changes_of_config(config, start, only=FIXED)):
        raise ConfigError(
            f"{printable(path)}: a training that goes on cannot change this; start a new one\n" + "\n".join(lines)
        )


def refuse_other_data(config: Config, dataset: Dataset, start: Start) -> None:
    """Raises DataError where the data is of another kind than the model's, so that it cannot learn from it."""
    model, where = start.model, printable(config.data.path)
    if dataset.classes != model.classes or dataset.target != model.target:
        raise DataError(f"{where}: has the classes {listed(dataset.classes)}, the run has {listed(model.classes)}")
    if dataset.features != model.features or dataset.image_size != model.image_size:
        raise DataError(f"{where}: its columns or its pictures' size are not those that the run learns from")
    if ("validation" in dataset.splits) != ("validation" in start.fingerprint):
        raise DataError(f"{where}: the run has validation data and this has not, or the other way round")
    if "validation" in dataset.splits and criterion(config) not in start.history[0]:
        raise DataError(f"{where}: the run did not measure {criterion(config)}")


def changes_of_config(config: Config, start: Start, only: set[str] | None = None) -> Iterator[str]:
    """The keys whose values are others than in the run, besides those that change no number."""
    then, now = flat(start.config), flat(json.loads(json.dumps(as_dict(config))))
    for key in sorted(then.keys() | now.keys()):
        if then.get(key) != now.get(key) and key not in FREE and (only is None or key in only):
            yield changed(key, then.get(key), now.get(key))


def flat(config: Mapping[str, Any]) -> dict[str, Any]:
    """{"goal": ..., "data.path": ..., "train.epochs": ...}"""
    sections = {name: section for name, section in config.items() if name != "goal"}
    keys = {f"{name}.{key}": value for name, section in sections.items() for key, value in section.items()}
    return {"goal": config.get("goal"), **keys}


def changes_of_data(dataset: Dataset, start: Start) -> Iterator[str]:
    """The splits that are not what they were."""
    for name in sorted(start.fingerprint.keys() | dataset.splits.keys()):
        split = dataset.splits.get(name)
        then, now = start.examples.get(name, 0), 0 if split is None else len(split.rows)
        if then != now:
            yield changed(f"examples of the {name} data", then, now)
        elif split is not None and start.fingerprint.get(name) != fingerprint(split):
            yield f"the {name} data: its pictures, rows, labels or names are not the same"


def changes_around(session: Session, start: Start) -> Iterator[str]:
    """What has changed in what computes."""
    for name in sorted(start.environment.keys() | session.environment.keys()):
        if start.environment.get(name) != session.environment.get(name):
            yield changed(name, start.environment.get(name), session.environment.get(name))


def changed(what: str, then: object, now: object) -> str:
    """`train.epochs: 10 then, 20 now`"""
    return f"{printable(what)}: {shown(then)} then, {shown(now)} now"


def shown(value: object) -> str:
    """The value on one line; text as it is."""
    return printable(value if isinstance(value, str) else "not set" if value is None else json.dumps(value))
