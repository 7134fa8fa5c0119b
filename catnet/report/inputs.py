"""What the page says of the inputs: what becomes of pictures and columns before the first layer."""

from collections.abc import Iterable, Mapping
from typing import Any

from catnet.data.reading import described_cells, described_columns, described_pictures, in_short
from catnet.model import Model
from catnet.question import Column
from catnet.report.facts import Facts
from catnet.text import counted, in_brief, isolated, short

FEW = 5  # columns, up to which a sentence tells what became of them


def inputs(facts: Facts) -> str:
    """What the inputs are made of: columns of a table by their kind, or pictures."""
    model = facts.model
    size = model.decoded_size
    if size is None:
        return f"Inputs: {described_columns(facts.question, _in_a_row)}"
    return f"Inputs: {described_pictures(size, model.colors, model.box_average)}"


def columns(facts: Facts) -> list[tuple[str, str, str, str]]:
    """Of each column of a table its name, its kind, what became of it, and how many missing cells were filled; none if
    the table has few columns, which a sentence tells.
    """
    question, cells = facts.question, what_was_read(facts).get("filled", {})
    features, ignored = question.features or (), facts.run.config.data.ignore
    if len(features) + len(ignored) <= FEW:
        return []
    special = {column.name: column for column in question.encoded}
    rows = []
    for name in features:
        column = special.get(name, Column(name))
        count = str(cells.get(name, ""))
        if column.categories is not None:
            inputs = f"{counted(len(column.categories), 'input')}: {in_brief(list(map(short, column.categories)), 100)}"
            rows.append((isolated(short(name)), "categories", inputs, count))
        else:
            also = "2 inputs: the number, whether it is missing" if column.has_missing else "1 input"
            rows.append((isolated(short(name)), "number", also, count))
    return rows + [(isolated(short(name)), "", "left out (data.ignore)", "") for name in ignored]


def _in_a_row(names: Iterable[str]) -> str:
    """The names, which are few."""
    return ", ".join(map(isolated, names))


def filled(facts: Facts) -> str:
    """How many missing cells were filled; nothing if there are none."""
    cells = what_was_read(facts).get("filled")
    return f"Filled: {described_cells(cells, _in_a_row)}" if cells else ""


def left_out(facts: Facts) -> list[str]:
    """The notes on what of the data was left out."""
    path = facts.run.config.data.path
    return [in_short(note, path) for note in what_was_read(facts).get("left_out", ())]


def what_was_read(facts: Facts) -> Mapping[str, Any]:
    """What the summary says of the data; of a run without that, what there is today; nothing if the data is gone."""
    if "data" in facts.summary or facts.dataset is None:
        return dict(facts.summary.get("data", {}))
    return facts.dataset.read.to_json()


def about_inputs(model: Model) -> str:
    """How the pictures become inputs, and how the answers are averaged; empty if a pixel is an input, in one view."""
    told = []
    if model.image_size is not None and model.decoded_size is not None and model.box_average > 1:
        box, decoded, size = (
            "{} x {}".format(*pair) for pair in ((model.box_average,) * 2, model.decoded_size, model.image_size)
        )
        told.append(
            f"Each pixel of the network's input is the mean of a box of {box} pixels: pictures of {decoded} become "
            f"{size}."
        )
    if model.views == "flip":
        told.append(
            "Answers are averaged over the picture and its mirror image (views: flip); the weights shown are those for "
            "the picture itself."
        )
    return " ".join(told)


def trained(facts: Facts) -> str:
    """Which network was trained, if that is not the one that is stored."""
    k, parameters = facts.summary.get("components"), facts.summary.get("trained_parameters")
    if k is None or parameters is None:
        return ""
    stored = facts.model.network
    return (
        f"It was trained on {counted(k, 'whitened component')} of its {stored.sizes[0]} inputs, with {parameters} "
        f"parameters; the whitening is folded into the {stored.parameter_count} that are stored."
    )
