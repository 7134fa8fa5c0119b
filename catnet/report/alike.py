"""Which of several runs started alike and kept their weights, so that their paths can be drawn together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from catnet.engine.subsets import spread
from catnet.engine.types import Array
from catnet.errors import CatnetError
from catnet.model import Model
from catnet.report.facts import Facts
from catnet.runs.kept import Kept, read_kept
from catnet.runs.layout import weights_epochs

LARGEST = 256 << 20  # bytes of all the parameters that are compared, in float64
FEWEST = 4  # epochs of a run
NONE, HOW = "has kept no weights", "train it again with train.keep_weights: 30"


@dataclass(frozen=True)
class RunPath:
    """A run, its place among those that are compared, and what it has kept, epoch 0 first; `all_kept` are the epochs of
    all that it has kept, of which some may be left out.
    """

    index: int
    title: str
    facts: Facts
    kept: list[Kept]
    all_kept: list[int]

    @property
    def epochs(self) -> Array:
        """The epochs of what was kept, (points,)."""
        return np.array([one.model.epoch for one in self.kept])

    @property
    def m(self) -> int:
        """The number of the training examples."""
        m: int = self.facts.measured["train"]["examples"]
        return m

    @property
    def batch(self) -> int:
        """The examples of an update."""
        size = self.facts.run.config.train.batch_size
        return self.m if size == "full" else min(size, self.m)

    @property
    def updates(self) -> int:
        """The updates of an epoch."""
        return -(-self.m // self.batch)

    @property
    def updates_between_dots(self) -> int:
        """The fewest updates between two kept epochs."""
        return self.updates * int(np.diff(self.epochs).min())

    def sizes_in(self, one: Kept) -> Array:
        """The examples of each batch of a kept epoch, (updates,): the last may be smaller. Those of an epoch that was
        trained with another batch size, before a resume, count alike.
        """
        updates = len(one.batch_costs)
        if updates != self.updates:
            return np.full(updates, self.m / max(1, updates))
        return np.diff([*range(0, self.m, self.batch), self.m])


def started_alike(runs: Sequence[Facts], titles: Sequence[str]) -> tuple[list[RunPath], list[str]]:
    """The most runs that started alike and kept their weights; and a sentence on each other run, why not.

    Both are empty if no run has kept any.
    """
    found, why = [], {}
    for index, (facts, title) in enumerate(zip(runs, titles, strict=True)):
        try:
            found.append(path_of(index, title, facts, len(runs)))
        except CatnetError as error:
            why[index] = f"{title}: what it kept cannot be read: {error}"
        except LookupError as error:
            why[index] = f"{title} {error.args[0]}"
    groups: list[list[RunPath]] = []
    for path in found:
        group = next((group for group in groups if not difference(group[0], path)), None)
        if group is None:
            groups.append([path])
        else:
            group.append(path)
    largest = max(groups, key=len, default=[])
    why |= {
        path.index: f"{path.title} did not start like {largest[0].title}: {difference(largest[0], path)}."
        for group in groups
        if group is not largest
        for path in group
    }
    none_at_all = not found and all(NONE in text for text in why.values())
    return largest, [] if none_at_all else [why[index] for index in sorted(why)]


def path_of(index: int, title: str, facts: Facts, runs: int) -> RunPath:
    """What a run has kept; of so many runs of large networks, not all of it.

    Raises LookupError, which says what the run lacks; CatnetError.
    """
    epochs = weights_epochs(facts.run.path)
    if not epochs:
        raise LookupError(f"{NONE}: {HOW}.")
    if epochs[0] != 0:
        raise LookupError(f"has not kept its start, as train.keep_weights was set later, or the file is gone: {HOW}.")
    if len(epochs) < 2:
        raise LookupError("has kept its start alone: its training has not come to the next epoch that is kept.")
    if not len(facts.column("train_cost")):
        raise LookupError("has no metrics.csv that can be read; resuming its training writes it again.")
    most = max(FEWEST, LARGEST // (8 * facts.model.network.parameter_count * runs))
    some = [epochs[i] for i in spread(len(epochs), most).tolist()]
    return RunPath(index, title, facts, list(read_kept(facts.run.path, some, facts.model.network)), epochs)


def difference(one: RunPath, other: RunPath) -> str:
    """In what two runs did not start alike; empty if they did."""
    a, b = one.kept[0].model, other.kept[0].model
    if a.network != b.network or a.question.classes != b.question.classes:
        return "it is another network"
    if not same_inputs(a, b):
        return "it takes other inputs, as of another data.scaling or data.box_average"
    if not all(np.array_equal(P, b.parameters[name]) for name, P in a.parameters.items()):
        if whitening_of(one) != whitening_of(other):  # it is folded into W1
            return "it takes other inputs, as of another data.scaling, data.components or data.whitening_floor"
        return "it has other first weights, as of another train.seed, model.initialization or train.precision"
    seen = [path.facts.run.fingerprints.get("train") for path in (one, other)]
    if seen[0] != seen[1] or seen[0] is None:
        return "it has learned from other examples"
    return ""


def whitening_of(path: RunPath) -> tuple[object, ...] | None:
    """The settings of a run's whitening; None without it."""
    data = path.facts.run.config.data
    return (data.components, data.whitening_floor) if data.scaling == "whiten" else None


def same_inputs(one: Model, other: Model) -> bool:
    """Whether two models make the same inputs of the same pictures or rows, and the same labels of a target."""
    if (one.image_size, one.box_average, one.colors) != (other.image_size, other.box_average, other.colors):
        return False
    pairs = [(a, b) for a, b in ((one.scaling, other.scaling), (one.target_scaling, other.target_scaling))]
    return all(np.array_equal(a.shift, b.shift) and np.array_equal(a.scale, b.scale) for a, b in pairs)
