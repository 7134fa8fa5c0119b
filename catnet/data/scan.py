"""From a path to a Catalog: find the splits and label their examples. No picture is decoded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from catnet.config import Config
from catnet.config.schema import VALIDATION_FRACTION
from catnet.data import encoding
from catnet.data.columns import notes_on_table, notes_on_totals, notes_on_unused
from catnet.data.csvfile import Table
from catnet.data.dataset import Catalog
from catnet.data.encoding import demand_inputs, notes_on_inputs
from catnet.data.faults import Faults
from catnet.data.folders import read_sources
from catnet.data.input_columns import columns_of
from catnet.data.labelling import Labelling, decide, notes_on_columns, notes_on_names
from catnet.data.labels import (
    demand_all_classes,
    label,
    notes_on_class_folders,
    notes_on_constant_labels,
    notes_on_splits,
)
from catnet.data.listing import Listing, names_within
from catnet.data.model_labelling import labelling_for
from catnet.data.omission import Omission
from catnet.data.picture_lists import demand_no_list
from catnet.data.source import Source
from catnet.data.source_splits import COLUMN, without_columns
from catnet.data.splits import Draw, Listings
from catnet.data.tables import FILL, numbers_of, read_cells
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.files import FILE_NAME
from catnet.goals import MULTI_LABEL, REGRESSION
from catnet.question import Column, Question
from catnet.text import are, did_you_mean_each, first_names, listed, printable, short


def scan(config: Config, found: "Found | None" = None, encoded: tuple[Column, ...] | None = None) -> Catalog:
    """The data to learn from, as the configuration asks for it; `found` is what is at its path, if that is known.

    `encoded` is what a training that resumes has learned of the columns; if it is None, it is learned from this data.
    Raises DataError.
    """
    found = find(config.data.path, config.data.bad_images) if found is None else found
    whole, found = found, without_ignored(found, config.data.ignore)
    demand_no_list(found.first)
    labelling = decide(found.first, config)
    learns, numbers = encoded is None, None
    if learns and found.first.table is not None:
        numbers = {name: numbers_of(found.first.table, name) for name in labelling.question.features or ()}
        encoded = columns_of(found.first.table, numbers, config.data)
    labelling = replace(labelling, question=replace(labelling.question, encoded=encoded or ()))
    listings = label_all(found, labelling, numbers)
    notes = [*notes_on_names(labelling), *notes_on_class_folders(labelling)]
    # also what is ignored may say that a row is none of the data; numbers alone do not
    only_numbers = numbers is not None and not any(np.isnan(values).any() for values in numbers.values())
    if found.first.pictures is None and not (only_numbers and found is whole):
        classes = None if labelling.columns else labelling.column
        notes += [note for table in whole.tables for note in notes_on_totals(table, classes)]
    found.notes.extend(dict.fromkeys([*notes, *notes_on_table(found.sources, labelling, listings)]))
    drawn = split_up(found, listings, labelling, config)
    labels = drawn.splits["train"].labels
    demand_all_classes(found.labels_from, labelling.question, labels)
    drawn = encoding.encoded(replace(drawn, learns=learns))
    demand_inputs(found.labels_from, drawn)
    notes = [*notes_on_splits(drawn), *notes_on_constant_labels(labelling.question, labels), *notes_on_inputs(drawn)]
    return replace(drawn, notes=(*drawn.notes, *notes), duplicates=policy(found.path, labelling, config))


def scan_again(question: Question, config: Config) -> Catalog:
    """The data of a model's own configuration, split as it was, with the model's classes and columns; what else there
    is now is left out. Raises DataError.
    """
    found = without_ignored(find(config.data.path, config.data.bad_images), config.data.ignore)
    labelling = labelling_for(question, found.first)
    drawn = encoding.encoded(split_up(found, label_all(found, labelling), labelling, config))
    notes = [
        *drawn.notes,
        *notes_on_class_folders(labelling),
        *notes_on_splits(drawn),
        *notes_on_inputs(drawn),
    ]
    return replace(drawn, notes=tuple(notes), duplicates=of_a_model(config.data.duplicates, labelling))


def scan_other(question: Question, path: Path, bad: str = "fail", duplicates: str = "allow") -> Catalog:
    """Other data for a model, in the splits that it has; one named "all" if it has none. `bad` and `duplicates` are
    settings of the model's run. Raises DataError.
    """
    found = find(path, bad, learning=False)
    labelling = labelling_for(question, found.first)
    listings = label_all(found, labelling)
    notes = (*found.notes, *notes_on_unused(found.sources, labelling), *notes_on_class_folders(labelling))
    policy = of_a_model(duplicates, labelling)
    catalog = encoding.encoded(Catalog(listings, question, found.faults.found, notes, duplicates=policy))
    return replace(catalog, notes=(*catalog.notes, *notes_on_splits(catalog), *notes_on_inputs(catalog)))


def of_a_model(duplicates: str, labelling: Labelling) -> str:
    """What to do about equal pictures with different labels to measure a model on: merge them if training did."""
    return "merge" if duplicates == "merge" and not labelling.columns else "allow"


def policy(path: Path, labelling: Labelling, config: Config) -> str:
    """What to do about equal pictures with different labels; those of a table's rows, or two numbers, may be right.

    Raises DataError if they are to be merged, but a table says what each shows.
    """
    question, wanted = labelling.question, config.data.duplicates
    if wanted == "merge" and labelling.columns:
        raise DataError(
            f"{printable(path)}: data.duplicates: merge is for class folders; here columns say what is there"
        )
    by_column = question.goal == MULTI_LABEL and labelling.columns
    may_differ = question.features is not None or question.goal == REGRESSION or by_column
    return "allow" if may_differ else wanted


@dataclass(frozen=True)
class Found:
    """The sources at a path by the names of their splits, or "all"; what is wrong with them, and notes for the user."""

    path: Path
    bad: str  # what to do about bad rows: fail or skip
    sources: dict[str, Source]
    faults: Faults = field(default_factory=Faults)
    notes: list[str] = field(default_factory=list)

    @property
    def first(self) -> Source:
        """The training data, or all there is."""
        return next(iter(self.sources.values()))

    @property
    def tables(self) -> list[Table]:
        """The tables of the sources that have one."""
        return [source.table for source in self.sources.values() if source.table is not None]

    @property
    def labels_from(self) -> Path:
        """What tells the labels of the training data: a table or a metadata.csv, or else the folder."""
        return self.path if self.first.table is None else self.first.table.path


def find(path: Path, bad: str = "fail", learning: bool = True) -> Found:
    """What is at a path, for learning with training data. Raises DataError if there is no example."""
    notes: list[str] = []
    sources = read_sources(path, notes, learning)
    found = Found(path, bad, sources, notes=notes)
    for table in found.tables:
        found.faults.add_rows(table)
    notes.extend(dict.fromkeys(note for table in found.tables if (note := table.note)))
    if found.first.table is not None and not found.first.table.rows:
        found.faults.settle(path, bad)
        raise _no_examples(found.first)
    return found


def _no_examples(source: Source) -> DataError:
    return DataError(f"{printable(source.path)}: has no usable examples")


def without_ignored(found: Found, ignored: Sequence[str]) -> Found:
    """What is found without the columns of data.ignore, which a note names. Raises DataError if one is no column,
    or if none is left.
    """
    if not ignored:
        return found
    table, path = found.first.table, printable(found.labels_from)
    if table is None:
        raise DataError(f"{path}: has class folders and no columns; remove data.ignore")
    if unknown := [name for name in ignored if name not in table.positions or name == FILE_NAME]:
        there = f"there are {first_names(map(short, table.columns))}"
        own = [name for name in unknown if name == FILE_NAME or name.casefold() == COLUMN]
        used = f"; {listed(own)} {are(len(own))} neither input nor label anyway"
        hint = used if own else did_you_mean_each(unknown, table.columns)
        what = "a name that is no column" if len(unknown) == 1 else "names that are no columns"
        raise DataError(f"{path}: data.ignore has {what}: {first_names(map(short, unknown))}; {there}{hint}")
    if set(table.columns) <= set(ignored):
        all_of_them = f"all columns ({first_names(ignored)}), also what is to be learned"
        raise DataError(f"{path}: data.ignore leaves out {all_of_them}")
    called = "column {} is" if len(ignored) == 1 else "columns {} are"
    found.notes.append(Omission(f"{path}: {called.format(first_names(ignored))} left out, as data.ignore says"))
    return replace(found, sources={name: without_columns(source, ignored) for name, source in found.sources.items()})


def label_all(found: Found, labelling: Labelling, numbers: Mapping[str, Array] | None = None) -> Listings:
    """The usable examples of each split. Raises DataError that lists the bad rows, unless they are to be skipped.

    `numbers` are the features of the training data as numbers, if it is what is learned from.
    """
    first = found.first
    splits = {
        name: _label_source(found, source, labelling, numbers if source is first else None, FILL if numbers else "")
        for name, source in found.sources.items()
    }
    found.notes.extend(dict.fromkeys(note for of in found.sources.values() for note in notes_on_columns(of, labelling)))
    found.faults.settle(found.path, found.bad)
    for name, listing in splits.items():
        if not listing.names:
            raise _no_examples(found.sources[name])
    return splits


def _label_source(
    found: Found, source: Source, labelling: Labelling, numbers: Mapping[str, Array] | None, fix: str
) -> Listing:
    """A source's examples that have a label and, in a table, cells that can be used; the rest as for `read_cells`."""
    keep, Y = label(source, labelling, found.faults, found.notes)
    cells = None
    if labelling.question.features is not None and source.table is not None:
        cells, good = read_cells(source.table, labelling.question, found.faults, numbers, fix)
        is_good = np.isin(keep, good)
        keep, Y = keep[is_good], Y[:, is_good]
        cells = cells.take(keep)
    places, indices = source.places, keep.tolist()
    pictures = None if source.pictures is None else tuple(source.pictures[i] for i in indices)
    return Listing(names_within(found.path, (str(places[i]) for i in indices)), Y, pictures, cells=cells)


def split_up(found: Found, splits: Listings, labelling: Labelling, config: Config) -> Catalog:
    """The catalog, with the splits that the data does not have of its own drawn by the configuration's fractions.

    Without any of its own all are drawn, stratified, by `split_seed`. Beside its own, only a fraction that is given is
    drawn, from the training data; one for a split that is there has no effect, with a note.
    """
    question, settings = labelling.question, config.data
    whole, kept = (splits["all"], {}) if list(splits) == ["all"] else (splits["train"], splits)
    wanted = {"test": settings.test_fraction, "validation": settings.validation_fraction}
    if wanted["validation"] == "auto":
        wanted["validation"] = 0.0 if kept else VALIDATION_FRACTION
    fractions = {name: float(fraction) for name, fraction in wanted.items() if fraction}
    found.notes.extend(
        f"data.{name}_fraction {fraction:g} is not used: the data has {name} data of its own"
        for name, fraction in fractions.items()
        if name in kept
    )
    fractions = {name: fraction for name, fraction in fractions.items() if name not in kept}
    if settings.split_seed is not None and not fractions:
        found.notes.append(f"data.split_seed {settings.split_seed} is not used: no split is drawn")
    skipped, notes = found.faults.found, tuple(found.notes)
    if kept and not fractions:
        return Catalog(splits, question, skipped, notes)
    draw = Draw(question.goal, whole, fractions, config.split_seed, kept)
    return Catalog(draw.splits(), question, skipped, notes, draw)
