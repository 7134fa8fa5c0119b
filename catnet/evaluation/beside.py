"""The baselines beside a trained model: those that its summary has, or, on other data, learned again; and a sentence
that says whether the network is better.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from catnet.data.dataset import Dataset
from catnet.errors import CatnetError, CheckpointError
from catnet.evaluation.baselines import BRIGHTNESS, COLOURS, INPUTS, Baseline, baselines_of
from catnet.evaluation.bootstrap import CERTAIN
from catnet.evaluation.data import data_of_run
from catnet.evaluation.metrics import BASELINES, LEAD, TRIVIAL, WITHOUT_DUPLICATES
from catnet.evaluation.recorded import Facts, recorded
from catnet.goals import METRICS, penalty
from catnet.model import Model
from catnet.runs.find import run_of
from catnet.runs.reader import SavedRun
from catnet.text import joined, score

ALONE = {COLOURS: "Colour alone does it", BRIGHTNESS: "Brightness alone does it"}
AS_GOOD = "no better than {}"
NOT_EARNED = "network has not earned its place yet. Other settings may do better"
LINEAR_TOO = (
    "network has no hidden layers, so it is a linear answer too, and one whose penalty is chosen is as good. "
    "Hidden layers or other settings may do better"
)


def add_baselines(found: Mapping[str, dict[str, Any]], run: SavedRun, dataset: Dataset) -> Facts:
    """Adds to what was measured on the splits of a run what its summary has of its baselines, which are not learned
    again: without how far the network led them if its metrics are no longer the same, such as those of another epoch.
    Returns what the summary says that they are.

    Adds nothing if the data has changed, or if there is no summary that can be read.
    """
    try:
        summary = None if dataset.changes_since(run.fingerprints) else recorded(run, dataset.question)
    except CheckpointError:
        return {}
    if summary is None:
        return {}
    for split, metrics in found.items():
        then = summary["metrics"].get(split, {})
        for now, known in ((metrics, then), (metrics.get(WITHOUT_DUPLICATES), then.get(WITHOUT_DUPLICATES))):
            if now and known and BASELINES in known:
                now[BASELINES] = known[BASELINES] if is_same(now, known) else without_leads(known[BASELINES])
    of_summary: Facts = summary.get(BASELINES, {})
    return of_summary


def is_same(now: Facts, known: Facts) -> bool:
    """Whether what was measured is what is known, but for the baselines."""
    apart = (BASELINES, WITHOUT_DUPLICATES)
    return all(now.get(name) == value for name, value in known.items() if name not in apart)


def without_leads(baselines: Facts) -> dict[str, dict[str, Any]]:
    """The metrics of the baselines alone."""
    return {name: {metric: each[metric] for metric in each if metric != LEAD} for name, each in baselines.items()}


def learned_again(model: Model, path: Path) -> tuple[dict[str, Baseline], str]:
    """The baselines, learned again from the training data of the run that the model of a file is in, to be asked about
    other data; none if that data is gone or is another, or if the model is in no run, and why.
    """
    if (folder := run_of(path)) is None:
        return {}, "the model is in no run directory, so its training data is not known"
    run = SavedRun(folder)
    try:
        dataset = data_of_run(model, run)
    except CatnetError as error:
        return {}, f"the training data cannot be read: {str(error).splitlines()[0]}"
    if run.disowns(model) or "train" in dataset.changes_since(run.fingerprints):
        return {}, "the training data is not what it was when this model was trained"
    return baselines_of(dataset, model.box_average), ""


class Beside(NamedTuple):
    """A linear answer: what it is made of, its headline metric, how far the network is from it, and whether that is
    more than chance.
    """

    inputs: str
    value: float
    difference: float
    sure: bool

    def is_worse(self, metric: str) -> bool:
        """Whether it is worse than the network, be it by chance."""
        return self.difference != 0 and (self.difference < 0) == METRICS[metric].smaller_is_better


def others_beside(metric: str, found: Mapping[str, Any], baselines: Mapping[str, Any]) -> list[Beside]:
    """The baselines of a split that the network leads by a known difference. `found` is what `evaluate` found there,
    `baselines` says what they are.
    """
    leads = [(name, of, of[LEAD]) for name, of in found.get(BASELINES, {}).items() if of.get(LEAD) is not None]
    return [
        Beside(baselines[name][INPUTS], of[metric], lead["difference"], lead["p"] < CERTAIN) for name, of, lead in leads
    ]


def beside_baselines(
    metric: str, found: Mapping[str, Mapping[str, Any]], baselines: Mapping[str, Any], is_linear: bool
) -> Iterator[tuple[str, str]]:
    """Whether the network is better than the baselines of splits, and by more than chance, in a sentence for each; then
    what to do if it is not, once for all splits of which that is the same. Each with the splits in question.

    Nothing of a split if how far the network leads them is not known.
    """
    advice: dict[str, list[str]] = {}
    for split, metrics in found.items():
        if others := others_beside(metric, metrics, baselines):
            yield split, against(metric, others)
            for told in what_to_do(metric, others, metrics[TRIVIAL][metric], is_linear):
                advice.setdefault(told, []).append(split)
    for told, splits in advice.items():
        yield joined(splits), told


def against(metric: str, others: Sequence[Beside]) -> str:
    """Whether the network is better than one or two linear answers, in a sentence."""
    one_or_two = ["it"] if len(others) == 1 else ["the first", "the second"]
    by_outcome: dict[str, list[str]] = {}
    for name, other in zip(one_or_two, others, strict=True):
        by_outcome.setdefault(outcome(metric, other), []).append(name)
    scored = [f"on {other.inputs} scores {score(metric, other.value)}" for other in others]
    outcomes = [
        text.format(names[0] if len(names) == 1 else "either" if text == AS_GOOD else "both")
        for text, names in by_outcome.items()
    ]
    return f"The best linear answer {', and that '.join(scored)}: the network is {'; it is '.join(outcomes)}."


def outcome(metric: str, other: Beside) -> str:
    """How the network compares with {}, by its lead."""
    if other.difference == 0:
        return AS_GOOD
    sure = "and by more than chance" if other.sure else "but it may be chance"
    return f"{'better' if other.is_worse(metric) else 'worse'} than {{}}, {sure}"


def what_to_do(metric: str, others: Sequence[Beside], trivial: float, is_linear: bool) -> Iterator[str]:
    """What to do if a linear answer is as good as the network or better: then the network is not worth its parameters,
    unless it has no hidden layers, so that it `is_linear` too.

    If it is the one on the colours alone, and better than the `trivial` answer, the shapes have taught the network
    nothing that counts.
    """
    if as_good := [other for other in others if not other.is_worse(metric)]:
        useful = [other.inputs for other in as_good if penalty(metric, other.value) < penalty(metric, trivial)]
        alone = next((f"{ALONE[inputs]}: the" for inputs in useful if inputs in ALONE), "The")
        yield f"{alone} {LINEAR_TOO if is_linear else NOT_EARNED}: catnet tune looks for them."
