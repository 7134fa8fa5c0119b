"""The page of a check: its findings, the pictures that are there twice, and the labels to look at first."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from catnet.data.dataset import Dataset
from catnet.data.duplicates import Place
from catnet.report.page import filled, write
from catnet.report.thumbnails import data_uri
from catnet.selection.check.check import Checked
from catnet.selection.check.copies import Copies
from catnet.selection.check.finding import totals
from catnet.text import isolated, score

PAIRS, SUSPECTS, DETAILS = 60, 60, 20  # on the page


class Shown(NamedTuple):
    """Pictures side by side, as URIs, and the lines below them."""

    uris: list[str]
    lines: list[str]


def write_checked(path: Path, name: str, checked: Checked) -> None:
    """Writes the page of a check of the configuration with this name. Raises OutputError."""
    dataset, wrong = checked.dataset, checked.wrong
    has_pictures = dataset is not None and dataset.image_size is not None
    values = {
        "name": name,
        "totals": totals(checked.findings),
        "findings": checked.findings,
        "shown": DETAILS,
        "pairs": list(pairs_of(dataset, checked.pairs[:PAIRS])) if dataset is not None and has_pictures else [],
        "more_pairs": max(0, len(checked.pairs) - PAIRS),
        "suspects": [] if dataset is None else list(suspects_of(dataset, checked)),
        "judged": None if wrong is None else wrong.in_words,
        "trivial": None if wrong is None else score(wrong.metric, wrong.trivial),
    }
    write(path, filled("check.html", values))


def pairs_of(dataset: Dataset, pairs: list[Copies]) -> Iterator[Shown]:
    """The two pictures of each pair, with their names and what differs."""
    for each in pairs:
        remarks = ["equal" if each.equal else "almost the same", *["mirrored"] * each.mirrored]
        remarks += ["different labels"] * (each.one.labels != each.other.labels)
        remarks += ["in two splits"] * (each.one.split != each.other.split)
        places = (each.one, each.other)
        yield Shown(
            [picture(dataset, place) for place in places], [", ".join(remarks), *(isolated(p.name) for p in places)]
        )


def picture(dataset: Dataset, place: Place) -> str:
    """The picture as a URI."""
    return uri_of(dataset, place.split, place.row)


def uri_of(dataset: Dataset, split: str, row: int) -> str:
    """The picture of a row of a split as a URI; nothing if the data is a table."""
    if dataset.image_size is None:
        return ""
    return data_uri(dataset.splits[split].rows[row].reshape(*dataset.image_size, -1))


def suspects_of(dataset: Dataset, checked: Checked) -> Iterator[Shown]:
    """The labels to look at first, with their pictures."""
    wrong = checked.wrong
    suspects = wrong.suspects[:SUSPECTS] if wrong is not None and wrong.beats_trivial else []
    for each in suspects:
        uri = uri_of(dataset, "train", each.row)
        lines = [isolated(each.in_words), isolated(each.name), f"margin {each.margin:.2f}"]
        yield Shown([uri] if uri else [], lines)
