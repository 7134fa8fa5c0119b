"""Resuming a training that was stopped, however it was, as if it had not been.

session = resume(path)
for row in train(session): ...
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from catnet.config import Config, dump_config, load_config
from catnet.data.dataset import Dataset
from catnet.data.duplicates import compared
from catnet.data.pixels import DECODING_REVISION
from catnet.engine.optimizers import UPDATES
from catnet.engine.solvers import SOLVERS, choose_again, make_solver
from catnet.engine.task import Task
from catnet.engine.types import State
from catnet.errors import CheckpointError, NothingToResume, RunHasChanged, Unreadable
from catnet.model import Model
from catnet.runs.checkpoints import Checkpoint, is_finite, load
from catnet.runs.container import written_again
from catnet.runs.directory import RunDirectory
from catnet.runs.find import created
from catnet.runs.history import ALWAYS_KNOWN, EPOCH, Row, to_rows
from catnet.runs.layout import BEST, CONFIG, EXAMPLES, checkpoint_epochs, checkpoint_path
from catnet.runs.reader import SavedRun, as_it_was_split
from catnet.runs.training_facts import TrainingFacts
from catnet.text import printable
from catnet.training.build import Adapted, as_it_is, build, read_data
from catnet.training.changes import (
    changes_of_config,
    changes_of_data,
    changes_of_environment,
    refuse_fixed_changes,
    refuse_other_data,
    refuse_what_is_gone,
    refuse_what_is_past,
)
from catnet.training.loop import stops_at_once
from catnet.training.measure import keeps_last, penalty_of
from catnet.training.save import is_trained_alike, save_best
from catnet.training.session import Best, Session, all_examples, facts_of
from catnet.training.start import saved_start

MAKE_READABLE = "it may be good, so nothing is changed; make it readable"
UNKNOWN = np.array(np.nan)  # a column of the history that is missing


@dataclass(frozen=True)
class LastGood:
    """The newest checkpoint of a training that can be read, and what it says of that training."""

    path: Path
    checkpoint: Checkpoint
    facts: TrainingFacts
    history: list[Row]

    @property
    def model(self) -> Model:
        """The model after the last saved epoch."""
        return self.checkpoint.model


def resume(
    path: Path,
    overrides: Sequence[str] | Mapping[str, object] = (),
    allow_changes: bool = False,
    progress: Callable[[int, int], None] | None = None,
    override_label: str = "override",
    dataset: Dataset | None = None,
    adapted: Adapted = as_it_is,
) -> Session:
    """The session of a run, as it was after its last good checkpoint.

    `overrides` override its config.yaml, and are labelled in messages, as by `load_config`. `dataset` and
    `adapted` are as for `prepare`. Raises NothingToResume,
    RunHasChanged that names all that has changed since, unless that is allowed, RunInUse, and what `prepare` raises.
    """
    run = RunDirectory.reopen(path)
    try:
        lost = not os.path.lexists(path / CONFIG)
        config = None if lost else load_config(path / CONFIG, overrides, override_label, of_run=True)
        last, damaged = newest_good(path)
        config = config or load_config(last.facts.config, overrides, override_label, of_run=True)
        refuse_what_is_past(path, config.train.epochs, last.model.epoch)
        saved = SavedRun(path)
        session, changes = session_after(run, config, last, saved.learned, progress, dataset, adapted)
        if changes and not allow_changes:
            raise RunHasChanged(
                f"{printable(path)}: what follows has changed since epoch {last.model.epoch} was saved; "
                "undo it, or allow the changes\n" + "\n".join(changes)
            )
        session.warnings += map(str, damaged.values())
        restore(session, last)
        for epoch in damaged:
            session.warnings.append(f"{printable(checkpoint_path(path, epoch))} is now {run.set_aside(epoch).name}")
        session.warnings += [*changes, *saved.faults]
        if lost:
            session.warnings.append(f"{printable(path / CONFIG)}: there is no such file; it is written again")
        if overrides or lost:
            run.write_config(dump_config(config))
        if changes or saved.faults or not os.path.lexists(path / EXAMPLES):
            run.write_examples(all_examples(session.setup.dataset, saved.learned))
        session.warnings += stops_at_once(session)
        return session
    except BaseException:
        run.close()
        raise


def session_after(
    run: RunDirectory,
    config: Config,
    last: LastGood,
    learned: Mapping[str, str],
    progress: Callable[[int, int], None] | None,
    dataset: Dataset | None,
    adapted: Adapted,
) -> tuple[Session, list[str]]:
    """The session after a checkpoint, its history still empty; and what has changed since.

    `learned` has the names of the examples that the run has learned from, by their digests.
    """
    changed_keys = changes_of_config(config, last.facts)
    refuse_fixed_changes(run.path, changed_keys)
    refuse_what_is_gone(run.path, config, changed_keys)
    split = as_it_was_split(config, {} if changed_keys else last.facts.fingerprint)
    dataset = compared(dataset or read_data(split, progress, last.model.question.encoded), learned)
    refuse_other_data(config, dataset, last.model, last.facts, last.history[0])
    model = replace(
        last.model,
        views=config.model.views,
        decoding=DECODING_REVISION,  # by which the data was decoded now
        created=last.model.created or created(run.path / BEST),
    )
    setup = build(config, dataset, saved_start(config, model, last.checkpoint.state, last.path))
    setup = replace(setup, task=adapted(setup))
    other_data = list(changes_of_data(dataset, last.facts))
    if other_data and last.model.notes:
        other_data.append("an earlier version of catnet resized the pictures, which may be all that is not the same")
    state = state_of(setup.task, last, same_data=not other_data)
    choice = choose_again(setup.task, config.train.solver, last.facts.solver, bool(changed_keys))
    try:
        solver = make_solver(choice.name, setup.task, state)
    except KeyError as error:
        raise CheckpointError(f"{printable(last.path)}: does not hold {error} of the solver's state") from error
    facts = facts_of(setup, choice)
    environment = changes_of_environment(last.facts, facts)
    return Session(setup, solver, facts, run), [*changed_keys.values(), *other_data, *environment]


def restore(session: Session, last: LastGood) -> None:
    """Gives the session its past, and brings metrics.csv, best.safetensors and the weights that were kept back to what
    they were at the save.
    """
    run = session.run
    before = model_before(session)  # first: it may not be readable
    session.history = last.history
    penalties = [penalty_of(session.setup.config, row) for row in last.history]
    best_epoch = session.epoch if keeps_last(session.setup) else last.facts.best_epoch
    parameters = last.checkpoint.best if best_epoch < session.epoch else last.model.parameters
    best = replace(session.setup.model, parameters=parameters, epoch=best_epoch)
    session.best = Best(best_epoch, penalties[best_epoch - 1], model=best)
    run.penalties = {epoch: penalties[epoch - 1] for epoch in checkpoint_epochs(run.path) if epoch <= session.epoch}
    run.rewrite_log(list(last.checkpoint.history), session.history)
    run.forget_weights_after(session.epoch)  # also of a training that kept them from after the save on
    if before is not None:
        run.best_epoch = before.epoch if is_trained_alike(before, session.best_model()) else None
        session.chosen = before if before.thresholds is not None else None
    save_best(session, session.best_model())


def model_before(session: Session) -> Model | None:
    """What best.safetensors holds; None, with a warning, if it is damaged. Raises Unreadable."""
    path = session.run.path / BEST
    try:
        return load(path).model if os.path.lexists(path) else None
    except Unreadable as error:
        raise Unreadable(f"{error}; {MAKE_READABLE}") from error
    except CheckpointError as error:
        reason = str(error).removesuffix(written_again(path))
        session.warnings.append(f"{reason}; it is written again, and thresholds that were stored with it are gone")
        return None


def newest_good(run: Path) -> tuple[LastGood, dict[int, CheckpointError]]:
    """The newest checkpoint of a run that can be read, and why those after it are damaged.

    Raises NothingToResume; Unreadable if one may be good and cannot be read: an earlier one would take epochs back.
    """
    damaged: dict[int, CheckpointError] = {}
    for epoch, path in SavedRun(run).checkpoints():
        try:
            return read_checkpoint(path, epoch), damaged
        except Unreadable as error:
            raise Unreadable(f"{error}; {MAKE_READABLE}") from error
        except CheckpointError as error:
            damaged[epoch] = error
    if not damaged:
        raise NothingToResume(f"{printable(run)}: has no checkpoint to resume from", run / CONFIG)
    reasons = "\n".join(map(str, damaged.values()))
    raise NothingToResume(f"{printable(run)}: none of its checkpoints can be read\n{reasons}", run / CONFIG)


def read_checkpoint(path: Path, epoch: int) -> LastGood:
    """Reads the checkpoint after so many epochs. Raises CheckpointError, also if it is not one of a training."""
    checkpoint = load(path)
    facts, refusal = checkpoint.training, f"{printable(path)}: is no checkpoint of a training after epoch {epoch}"
    try:
        history = to_rows(checkpoint.history)
    except (ValueError, OverflowError) as error:
        raise CheckpointError(refusal) from error
    if (
        facts is None
        or not checkpoint.model.epoch == epoch == len(history) > 0
        or [row.get(EPOCH) for row in history] != list(range(1, epoch + 1))
        or not all(is_finite(checkpoint.history.get(name, UNKNOWN)) for name in ALWAYS_KNOWN)
        or not 1 <= facts.best_epoch <= epoch
        or bool(checkpoint.best) != (facts.best_epoch < epoch)
        or facts.solver.name not in SOLVERS
    ):
        raise CheckpointError(refusal)
    return LastGood(path, checkpoint, facts, history)


def state_of(task: Task, last: LastGood, same_data: bool) -> State:
    """The solver's state in the checkpoint: the optimizer's moments, and, if the data is the same, the solver's own.

    Raises CheckpointError if a moment is missing, or what is named like a parameter does not have its shape.
    """
    state, parameters, where = last.checkpoint.state, task.initial, printable(last.path)
    needed = task.optimizer.state_names(parameters)
    if missing := sorted(needed - state.keys()):
        raise CheckpointError(f"{where}: does not hold {missing[0]}, which {task.optimizer.name} needs")
    for name, values in state.items():
        like = np.array(0, np.int64) if name == UPDATES else parameters.get(name.rpartition(".")[2], values)
        if (values.shape, values.dtype) != (like.shape, like.dtype):
            raise CheckpointError(
                f"{where}: {printable(name)} is {values.dtype} {values.shape}, not {like.dtype} {like.shape}"
            )
    return state if same_data else {name: state[name] for name in needed}
