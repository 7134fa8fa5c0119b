"""All that is looked at before a training, in order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from catnet.config import Config
from catnet.data.dataset import Dataset
from catnet.errors import NotEnoughMemory
from catnet.selection.check.classes import of_classes, of_interval
from catnet.selection.check.columns import of_columns
from catnet.selection.check.copies import Copies, by_weight, equal_pairs, near_pairs, of_equal, of_near
from catnet.selection.check.finding import FAULT, PASS, Finding, totals
from catnet.selection.check.properties import of_properties
from catnet.selection.check.reading import Progress, Readable, read
from catnet.selection.check.training import of_training
from catnet.selection.wrong_labels import WrongLabels, wrong_labels
from catnet.text import counted, score
from catnet.training.build import check_early_stopping


@dataclass(frozen=True)
class Checked:
    """What was found, and what it was found in: the data, its equal and nearly equal pictures, with different labels or
    in different splits first, and its likely wrong labels.
    """

    findings: list[Finding]
    dataset: Dataset | None = None
    pairs: list[Copies] = field(default_factory=list)
    wrong: WrongLabels | None = None

    @property
    def has_faults(self) -> bool:
        """Whether a training would stop."""
        return any(finding.kind == FAULT for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """All of it, for a program."""
        return {"findings": [finding.to_json() for finding in self.findings], "totals": totals(self.findings)}


def check(config: Config, progress: Progress | None = None) -> Checked:
    """Looks at the data of a configuration, and at what training on it would need. Nothing is written.

    What is wrong with the data is a finding. `progress` is told how many pictures are decoded, and of how many. Raises
    ConfigError if the data lacks what the configuration needs.
    """
    findings: list[Finding] = []
    readable = read(config, findings, progress)
    if readable is None:
        return Checked(findings)
    config, dataset = readable.config, readable.dataset
    check_early_stopping(config, dataset)
    near, (wrong, why_none) = near_pairs(dataset), labels_of(dataset)
    findings.extend(of_data(readable, near))
    findings.append(of_labels(wrong) if wrong else Finding(PASS, "labels", f"not looked at: {why_none}"))
    findings.extend(of_interval(readable, wrong))
    findings.extend(of_training(config, dataset))
    return Checked(findings, dataset, by_weight([*equal_pairs(readable.groups), *(near or [])]), wrong)


def of_data(readable: Readable, near: list[Copies] | None) -> Iterator[Finding]:
    """What is found in the examples themselves."""
    catalog, dataset = readable.catalog, readable.dataset
    yield from of_equal(readable)
    yield from of_near(dataset, near)
    yield from of_classes(readable)
    yield from of_properties(catalog, dataset)
    yield from of_columns(catalog, dataset)


def labels_of(dataset: Dataset) -> tuple[WrongLabels | None, str]:
    """The likely wrong labels; None and why, if they cannot be looked for."""
    try:
        found = wrong_labels(dataset)
    except NotEnoughMemory as error:
        return None, str(error)
    train = dataset.splits["train"]
    is_one = len({train.digest(index) for index in range(len(train.names))}) == 1
    return found, "no two training examples differ" if is_one else "it would take long"


def of_labels(wrong: WrongLabels) -> Finding:
    """The list of the labels that are probably wrong: it is no verdict, so it is a pass however long it is."""
    suspects = wrong.suspects if wrong.beats_trivial else []
    if wrong.beats_trivial:
        count = f"{counted(len(suspects), 'training label')} to look at first"
        line = f"{count}, ranked by a classifier that is often wrong itself ({wrong.in_words})"
    else:
        trivial = score(wrong.metric, wrong.trivial)
        judge = f"the classifier that would rank them ({wrong.in_words})"
        line = f"no list: {judge} is no better than the trivial answer ({trivial})"
    details = tuple(f"{each.name}: {each.in_words}" for each in suspects)
    facts = {
        "metric": wrong.metric,
        "value": wrong.value,
        "trivial": wrong.trivial,
        "fence": wrong.fence,
        "suspects": [each._asdict() for each in suspects],
    }
    return Finding(PASS, "labels", line, details, facts)
