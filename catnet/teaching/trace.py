"""One example through the network and back, equation by equation, with its numbers as the engine has them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from catnet.data.pictures import read_picture
from catnet.engine.types import Array
from catnet.evaluation.rows import rows_of
from catnet.model import Model
from catnet.teaching.tracing import backward, forward, loss, outputs, update
from catnet.teaching.tracing.answer import Answer
from catnet.teaching.tracing.batch import batch_sections, others
from catnet.teaching.tracing.chosen import Chosen
from catnet.teaching.tracing.form import Section
from catnet.teaching.tracing.labels import Label, given, in_words, of_picture, of_row
from catnet.teaching.tracing.of_run import OfRun
from catnet.teaching.tracing.slopes import Slopes
from catnet.teaching.tracing.text import as_text
from catnet.teaching.tracing.traced import Traced, traced
from catnet.text import printable

AFTER = " after"


@dataclass(frozen=True)
class Trace:
    """A trace: `numbers` are the engine's, of the example alone; `batch` those of a batch, of which it is the first,
    and `names` and `labels` (k, m) are theirs. `title` and `sections` hold the same as text, for both renderers; `str`
    is that for a terminal. `name` is the example's; `row` (n,) is it as `Model.predict` takes it; `label` is None if it
    is not known.
    """

    run: OfRun
    name: str
    row: Array
    label: Label | None
    numbers: Traced
    batch: Traced | None = None
    names: list[str] = field(default_factory=list)
    labels: Array | None = None

    @cached_property
    def title(self) -> list[str]:
        """What this is about, and what to know of it; a paragraph each."""
        model, network = self.numbers.model, self.numbers.network
        sizes = " -> ".join(map(str, network.sizes))
        about = f"{printable(self.name)} through {printable(self.run.name)}, of epoch {model.epoch}"
        known = [
            f"{about}: a network {sizes} ({', '.join(network.activations)}), {network.parameter_count:,} parameters.",
            f"Every number is the engine's, in {self.numbers.X.dtype}, rounded: what is made of printed numbers agrees "
            "with the printed result but for the last digits. Elements are counted from 1.",
            *self.run.notes,
        ]
        if self.label is None:
            what = model.question.examples.removesuffix("s")
            return [*known, f"The label of this {what} is not known, so this is the way forward alone."]
        return [*known, *self.run.differences(self.batch is not None)]

    @cached_property
    def sections(self) -> list[Section]:
        """All steps, in their order."""
        chosen = Chosen(self.numbers)
        answer = Answer(chosen, self.numbers.before)
        found = [forward.inputs_section(chosen, self.row, self.run.is_whitened)]
        for layer in range(1, chosen.depth + 1):
            found.append(forward.z_section(chosen, layer))
            if layer < chosen.depth:
                found.append(forward.a_section(chosen, layer))
        section = outputs.output_section(answer)
        if self.run.model.views != "none":
            of_views = outputs.view_lines(answer, self.run.model, self.row)
            section = section._replace(lines=(*section.lines, *of_views))
        found.append(section)
        if self.label is not None:
            found += self._back(chosen, answer, self.label)
        if self.batch is not None and self.labels is not None:
            found += batch_sections(Chosen(self.batch), self.names, self.labels)
        return found

    def _back(self, chosen: Chosen, answer: Answer, label: Label) -> list[Section]:
        """The loss, the way back, and the update."""
        model = self.run.model
        assert self.numbers.dZ is not None
        said = f"y is {in_words(model.question, label.Y[:, 0])}, {label.origin}."
        found = [loss.loss_section(answer, said, label.Y[:, 0])]
        slopes = Slopes(answer)
        found.append(backward.last_section(slopes))
        for layer in range(chosen.depth, 0, -1):
            found.append(backward.gradient_section(slopes, layer))
            if layer > 1:
                found.append(backward.back_section(slopes, layer - 1))
                if not self.numbers.dZ[layer - 1].any():
                    break
        if self.numbers.after is not None:
            found.append(update.update_section(slopes, model.epoch))
            found.append(update.after_section(slopes, update.after_answer(slopes, self.numbers.after, AFTER)))
        return found

    def __str__(self) -> str:
        return as_text(self.title, self.sections)

    def write(self, path: Path) -> None:
        """Writes the page, which needs the extra `report`. Raises OutputError."""
        from catnet.teaching.tracing.page import write_page  # which needs the extra

        write_page(path, self.name, self.title, self.sections, self.numbers.model.image_size)


def trace(path: Path, model: Model, name: str, row: Array, labels: Sequence[str] = (), batch: int = 1) -> Trace:
    """The trace of an example, a row (n,) as `Model.predict` takes it, through the model in the file at `path`.

    `name` is that of the picture, or `FILE:LINE` of a row. Without `labels`, as --label takes them, the label is that
    of the run's data, or of the table; if there is none, only the forward half is traced. `batch` is how many examples
    of the run's training data, this one counted, are traced together. Raises ConfigError for what is no label, or a
    batch without one, DataError if an answer is not finite, or if there is no data for a batch.
    """
    run, plain = OfRun(path, model), replace(model, views="none")
    label = label_of(run, name, labels)
    if label is None:
        run.demand_no_batch(batch)
        return Trace(run, name, row, label, traced(plain, row[None], (name,)))
    numbers = step(run, plain, [name], row[None], label.Y)
    if batch == 1:
        return Trace(run, name, row, label, numbers)
    found, rows, Y = others(run, batch - 1, name, row)
    names = [name, *found]
    rows, Y = np.concatenate([row[None], rows]), np.concatenate([label.Y, Y], axis=1)
    return Trace(run, name, row, label, numbers, step(run, plain, names, rows, Y), names, Y)


def one_example(model: Model, example: Any) -> tuple[str, Array]:
    """The name and the row (n,) of an example: the path of a picture, or what `rows_of` takes. Raises DataError, and
    TypeError for several.
    """
    if isinstance(example, str | PathLike) and model.decoded_size is not None:
        return str(example), read_picture(Path(example), model.decoded_size, model.colors).reshape(-1)
    rows, one = rows_of(model, example)
    if not one:
        raise TypeError("a trace is of one example, not of several")
    return "the example", rows[0]


def label_of(run: OfRun, name: str, labels: Sequence[str]) -> Label | None:
    """The label of the example of that name: as it is given, or as the data has it; None if it is not known."""
    if labels:
        return given(run.model, labels)
    if run.model.image_size is None:
        return of_row(run.model, Path(name.rpartition(":")[0]), name) if ":" in name else None
    return of_picture(Path(name), run)


def step(run: OfRun, plain: Model, names: Sequence[str], rows: Array, Y: Array) -> Traced:
    """The step of the run's gradient descent on these examples; Y (k, m) as the data has it."""
    weights = None if run.class_weights is None else run.class_weights.of(Y)
    return traced(plain, rows, tuple(names), run.labels(Y), weights, run.learning_rate, run.smoothing)
