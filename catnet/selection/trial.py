"""One training of a trial: on all folds but one, up to the epoch of a rung. A later rung resumes it from there."""

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from catnet.config import Config, as_dict, load_config
from catnet.data.dataset import Dataset
from catnet.engine.cost_model import seconds_of_direct, seconds_on_K
from catnet.engine.shared_gram import SharedGram
from catnet.engine.solvers import why_direct
from catnet.engine.task import Task
from catnet.errors import CheckpointError, Diverged, HasChanged, RunInUse
from catnet.evaluation.metrics import scores
from catnet.runs.directory import RunDirectory
from catnet.runs.files import TEMPORARY, writing
from catnet.runs.layout import (
    BEST,
    CHECKPOINTS,
    CONFIG,
    EXAMPLES,
    LOCK,
    METRICS,
    NUMBERED,
    SKIPPED,
    checkpoint_epochs,
    checkpoint_path,
    entries,
)
from catnet.selection.parts import Part, can_share, gram_of_all, memory_allows, on_shared
from catnet.selection.pool import Pool, pool_of
from catnet.text import printable
from catnet.training.build import Adapted, Setup, check_early_stopping
from catnet.training.loop import is_over, train
from catnet.training.resume import resume
from catnet.training.session import Session, prepare
from catnet.training.start import PRECISIONS

DIVERGED = "diverged in epoch"  # why a trial failed, with the epoch behind it
STOPPED = "stopped"  # after which epoch, if the seconds were over before its end
TEST = "test"  # measured in place of examples of the pool
OF_INPUTS = ("scaling", "components", "whitening_floor", "target_scaling")  # keys of data that change nothing read
POOLS = 2  # with other pictures, such as others' sizes, that a process keeps
LEAST_SHARE = 4  # as much time to train as to begin
SECONDS_TO_END = 10.0  # that a process may need whose tune was killed
WRITTEN = {CONFIG, METRICS, EXAMPLES, SKIPPED, BEST, LOCK}  # in the folder of a training, besides checkpoints


def train_trial(
    config: Mapping[str, Any],
    folder: str,
    names: str,
    until: int,
    tested: Sequence[int] | None,
    seconds: float = math.inf,
    **learned: Any,
) -> dict[str, Any]:
    """Trains up to the epoch `until` in a folder of its own, from the last checkpoint there, if there is one.

    `tested`, and `training` and `validation` in `learned`, are indices of the pool, whose names have the digest
    `names`; None: as the data is split, and its test data. Returns the scores of the tested examples by the network
    that the configuration keeps, and the seconds of the training; or, if it diverged, why it failed. Raises HasChanged
    if the pool has other examples now, and what the training raises.

    It stops earlier after so many `seconds`, or after LEAST_SHARE times as many as it took to begin, if that is longer.
    Then what is returned says after which epoch; the next call goes on from there.
    """
    begun, settings = time.monotonic(), load_config(config)
    read = json.dumps(what_is_read(settings))
    pool = kept_pool(read)
    if pool.digest != names:
        raise HasChanged(
            f"{printable(settings.data.path)}: its examples are no longer those that were divided into folds, or not "
            "with all settings of data that are searched"
        )
    dataset, part = learned_from(pool, **learned)
    check_early_stopping(settings, dataset)
    adapted = partial(by_shared_gram, read=read, config=settings, part=part)
    session = session_in(Path(folder), settings, dataset, adapted)
    ready = time.monotonic()
    end = ready + max(seconds, LEAST_SHARE * (ready - begun))
    try:
        for _ in train(session, lambda: time.monotonic() > end, until):
            pass
        is_done = session.epoch >= until or is_over(session)
        found = scores_of(session, pool, tested) if is_done else []
        keep_the_newest(session.run)
    except Diverged:
        return {"failed": f"{DIVERGED} {min(session.epoch + 1, settings.train.epochs)}"}
    finally:
        session.run.close()
    return {"scores": found, "seconds": session.seconds} if is_done else {STOPPED: session.epoch}


def learned_from(pool: Pool, training: Sequence[int] | None, validation: Sequence[int]) -> tuple[Dataset, Part]:
    """The data at these indices of a pool, and the indices; None: as the data is split."""
    if training is None:
        return pool.dataset, Part(pool.of_training, pool.of_validation)
    part = Part(np.array(training), np.array(validation, np.int64))
    return pool.part(part.training, part.validation), part


def what_is_read(config: Config) -> dict[str, Any]:
    """The part of a configuration that says which data is read: two trials with the same share it."""
    values = as_dict(config)
    data = {key: value for key, value in values["data"].items() if key not in OF_INPUTS}
    return {"goal": values["goal"], "data": data, "train": {"seed": config.train.seed}}


@lru_cache(POOLS)
def kept_pool(config: str) -> Pool:
    """The pool of such a part, read once by each process."""
    return pool_of(load_config(json.loads(config)), alike=np.arange(0))  # the parts are given


def by_shared_gram(setup: Setup, read: str, config: Config, part: Part) -> Task:
    """The task, with K of its examples from that of the whole pool, which a process makes once, if it then trains
    quicker, and if memory allows.
    """
    pool, task, solver = kept_pool(read), setup.task, config.train.solver
    if solver == "direct" or not can_share(pool, config) or why_direct(task):
        return task
    if solver == "auto" and seconds_of_direct(task) < seconds_on_K(task):
        return task
    if not memory_allows(pool, task):
        return task
    scale = float(task.inputs.scaling.scale)
    return on_shared(task, kept_gram(read, scale, config.train.precision), config, part)


@lru_cache(1)
def kept_gram(read: str, scale: float, precision: str) -> SharedGram:
    """K of all examples of a pool."""
    return gram_of_all(kept_pool(read), scale, PRECISIONS[precision])


def session_in(folder: Path, config: Config, dataset: Dataset, adapted: Adapted) -> Session:
    """The training in a folder, as it was saved last; a new one if there is none, or if it does not go on as it was."""
    try:
        if checkpoint_epochs(folder):
            return patiently(lambda: resume(folder, dataset=dataset, adapted=adapted))
    except (CheckpointError, HasChanged):  # damaged by a power failure, or begun on another machine
        pass

    def begin() -> Session:
        remove(folder)
        return prepare(config, lambda: RunDirectory.create(folder), dataset=dataset, adapted=adapted)

    return patiently(begin)


def patiently(open_session: Callable[[], Session]) -> Session:
    """The session, once the process of a tune that was killed has let go of its folder. Raises RunInUse."""
    deadline = time.monotonic() + SECONDS_TO_END
    while True:
        try:
            return open_session()
        except RunInUse:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def scores_of(session: Session, pool: Pool, tested: Sequence[int] | None) -> list[float]:
    """Each tested example's score, whose mean is the headline metric. Raises Diverged if an answer is not finite."""
    model, goal = session.best_model(), session.setup.config.goal
    with np.errstate(over="ignore", invalid="ignore"):
        if tested is None:
            split = pool.dataset.splits[TEST]
            answers, labels = model.predict(split.rows), split.labels
        else:
            places = np.array(tested)
            answers, labels = pool.answers(model, places), pool.labels[:, places]
        if not np.isfinite(answers).all():
            raise Diverged("an answer is not a finite number")
        found: list[float] = scores(goal, answers, labels).tolist()
    return found


def keep_the_newest(run: RunDirectory) -> None:
    """Removes what a later rung does not need: all models but the newest checkpoint, which holds the best one too."""
    run.require_lock()
    _, *older = checkpoint_epochs(run.path)
    with writing(run.path):
        for path in (*(checkpoint_path(run.path, epoch) for epoch in older), run.path / BEST, run.path / METRICS):
            path.unlink(missing_ok=True)


def remove(folder: Path) -> None:
    """Removes what a training has written in its folder, and the folder, if nothing else is in it."""
    with writing(folder):
        for path in entries(folder / CHECKPOINTS):
            if NUMBERED.fullmatch(path.name.removesuffix(".damaged")) or TEMPORARY.fullmatch(path.name):
                path.unlink(missing_ok=True)
        for path in entries(folder):
            if path.name in WRITTEN or TEMPORARY.fullmatch(path.name):
                path.unlink(missing_ok=True)
    for left in (folder / CHECKPOINTS, folder):
        with suppress(OSError):
            left.rmdir()
