"""Cross-validation: each example is answered about by a network that has not learned from it."""

from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from catnet.config import as_dict
from catnet.data.omission import set_apart
from catnet.engine.shared_gram import SharedGram
from catnet.engine.types import Array
from catnet.evaluation.baselines import LEFT_OUT
from catnet.evaluation.metrics import BASELINES, metrics, scalars, trivial_prediction
from catnet.selection.baselines import OutOfFold, baselines_of, trivial_of
from catnet.selection.estimates import Estimate, estimate, estimate_of_difference
from catnet.selection.notes import demand_unseen, note_on_rate, notes
from catnet.selection.parts import Trained, diverged, shared_gram, train_part
from catnet.selection.plan import Plan, plan_of
from catnet.selection.pool import Pool
from catnet.selection.processes import workers
from catnet.selection.trainings import Trainings
from catnet.training.measure import defined

ONE_K, IN_TURN = "all on slices of one K", "one after the other"  # how the trainings were done


@dataclass(frozen=True)
class Fold:
    """What one of the trainings has made: the answers y^ (k, m_fold) about the examples that it is tested on, and the
    last row of its history, up to the epoch whose weights answer.
    """

    answers: Array
    epoch: int
    train_cost: float
    solver: str

    def to_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {**asdict(self), "answers": self.answers.tolist()}

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "Fold":
        """What `to_json` has made."""
        return cls(**{**facts, "answers": np.array(facts["answers"])})


def fold_of(pool: Pool, tested: Array, trained: Trained) -> Fold:
    """The answers of a training about the examples at these indices. Raises Diverged if one is not a finite number."""
    epoch = trained.model.epoch
    cost = trained.history[epoch - 1]["train_cost"]
    assert cost is not None  # it is measured in every epoch
    with np.errstate(over="ignore", invalid="ignore"):
        answers = pool.answers(trained.model, tested)
    if not np.isfinite(answers).all():
        raise diverged(pool.config, epoch, len(trained.part.training))
    return Fold(answers, epoch, cost, trained.solver)


def cross_validate(
    pool: Pool,
    count: int,
    repeats: int = 1,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
    trainings: Trainings | None = None,
) -> "CrossValidation":
    """Trains as the pool's configuration says on all but each of `count` folds, `repeats` times.

    If all trainings can share one K, they do, one after the other, each in all threads; else `jobs` of them at once, in
    processes of one thread each. If `trainings` are given, such as `cluster.trainings.RemoteTrainings`, these do each
    on its own. `progress` is told how many are done, and of how many. Raises as `demand_unseen`, `train_part` and the
    `trainings` do.
    """
    demand_unseen(pool)
    plan = plan_of(pool, count, repeats)
    folds: dict[int, Fold] = {}
    shared = shared_gram(pool, pool.config, plan.parts) if trainings is None else None
    with ExitStack() as stack:
        again = trainings is not None
        if trainings is None and shared is None and jobs > 1:
            trainings = stack.enter_context(workers(min(jobs, len(plan.parts))))
        if trainings is not None:
            way, found = trainings.way, side_by_side(pool, plan, trainings, again)
        else:
            way, found = ONE_K if shared is not None else IN_TURN, in_turn(pool, plan, shared)
        for place, fold in stack.enter_context(closing(found)):
            folds[place] = fold
            progress(len(folds), len(plan.parts))
    return CrossValidation(pool, plan, [folds[place] for place in range(len(plan.parts))], way)


def in_turn(pool: Pool, plan: Plan, shared: SharedGram | None) -> Generator[tuple[int, Fold], None, None]:
    """The place of each training of a plan, and what it has made, one after the other in this process."""
    for place, (part, tested) in enumerate(zip(plan.parts, plan.tested, strict=True)):
        trained = train_part(pool, plan.config(pool.config, place), part, shared)
        yield place, fold_of(pool, tested, trained)


def side_by_side(pool: Pool, plan: Plan, trainings: Trainings, again: bool) -> Generator[tuple[int, Fold], None, None]:
    """The same by other processes, as they are done; `again`: also once more if one was killed."""
    alike = pool.groups.tolist()
    asked = {"config": as_dict(pool.config), "alike": alike, "count": plan.count, "repeats": plan.repeats}
    arguments = [{**asked, "place": place} for place in range(len(plan.parts))]
    trainings.demand_same(pool)
    for place, found in trainings.results("fold", arguments, again=again):
        yield place, Fold.from_json(found)


@dataclass(frozen=True)
class CrossValidation:
    """The trainings of a plan on a pool of m examples; `way` says how they were done."""

    pool: Pool
    plan: Plan
    folds: list[Fold]
    way: str

    @cached_property
    def notes(self) -> list[str]:
        """What is to be said of the folds."""
        return [*notes(self.pool, self.plan.parts, self.plan.tested), *note_on_rate(self.pool, self.plan.parts[0])]

    @cached_property
    def answers(self) -> Array:
        """y^ (repeats, k, m): each by a network that has not learned from the example."""
        found = np.full((self.plan.repeats, *self.pool.labels.shape), np.nan)
        for place, (fold, tested) in enumerate(zip(self.folds, self.plan.tested, strict=True)):
            found[place // self.plan.count][:, tested] = fold.answers
        return found

    @cached_property
    def values(self) -> dict[str, Array]:
        """Each metric of the goal, of each training on the examples that it is tested on, (folds,); NaN if it is not
        defined there.
        """
        goal, labels = self.pool.config.goal, self.pool.labels
        rows = [
            scalars(goal, fold.answers, labels[:, tested])
            for fold, tested in zip(self.folds, self.plan.tested, strict=True)
        ]
        return {name: np.array([row[name] for row in rows], np.float64) for name in rows[0]}  # None becomes NaN

    @property
    def estimates(self) -> dict[str, Estimate]:
        """The estimate of each metric of the goal, the headline metric first."""
        share, m = self.plan.share, self.pool.different
        return {name: estimate(name, values, share, m) for name, values in self.values.items()}

    @cached_property
    def of_trivial(self) -> Array:
        """The headline metric of the trivial answer on what each training is tested on, (folds,)."""
        return trivial_of(self.pool, self.plan, range(len(self.plan.parts)))

    @cached_property
    def beside_trivial(self) -> Estimate:
        """How far the headline metric is from that of the trivial answer."""
        own = self.values[self.pool.dataset.question.kind.headline]
        return estimate_of_difference(own - self.of_trivial, self.plan.share)

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """The metrics of the mean of each example's answers, of all examples together, and of the trivial answer."""
        question, labels = self.pool.dataset.question, self.pool.labels
        trivial = np.broadcast_to(trivial_prediction(labels), labels.shape)
        return {
            "examples": self.pool.m,
            **metrics(question.goal, self.answers.mean(axis=0), labels, question.classes),
            "trivial": metrics(question.goal, trivial, labels, question.classes),
        }

    @cached_property
    def baselines(self) -> tuple[dict[str, OutOfFold], dict[str, str]]:
        """What the baselines make of the same folds; and why some could not be had."""
        values = self.values[self.pool.dataset.question.kind.headline]
        return baselines_of(self.pool, self.plan, values, range(len(self.plan.parts)))

    def to_json(self) -> dict[str, Any]:
        """What was found, as plain values."""
        baselines, faults = self.baselines
        values = {name: list(map(defined, of.tolist())) for name, of in self.values.items()}
        folds = [
            {
                "repeat": place // self.plan.count + 1,
                "fold": place % self.plan.count + 1,
                "examples": len(self.plan.tested[place]),
                "epoch": fold.epoch,
                "train_cost": fold.train_cost,
                "solver": fold.solver,
                **{name: of[place] for name, of in values.items()},
            }
            for place, fold in enumerate(self.folds)
        ]
        dataset = self.pool.dataset
        return {
            **dataset.question.to_json(),
            "folds": folds,
            "estimates": {name: asdict(each) for name, each in self.estimates.items()},
            "metrics": self.metrics,
            BASELINES: {name: of.to_json() for name, of in baselines.items()}
            | {name: {LEFT_OUT: fault} for name, fault in faults.items()},
            "data": dataset.read.to_json(),
            "notes": [*set_apart(dataset.notes)[1], *self.notes],
            "skipped": len(dataset.skipped),
        }
