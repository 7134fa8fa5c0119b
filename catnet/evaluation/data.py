"""The labelled data to measure a model on."""

from dataclasses import replace
from pathlib import Path

from catnet.data.dataset import Dataset
from catnet.data.duplicates import compared
from catnet.data.load import load
from catnet.data.scan import scan_again, scan_other
from catnet.model import Model
from catnet.runs.reader import SavedRun, as_it_was_split

UNKNOWN = "it is not known which of these examples the model has learned from"
OTHER = "the model is not the one that this run trained; it may have learned from any of these examples"
LEARNED = "; the model may have learned from some of it"


def data_of_run(model: Model, run: SavedRun) -> Dataset:
    """The data of a run's configuration, its classes and columns found by the model's names; all others are ignored.

    If it has changed since the training, a note says so. Raises DataError, ConfigError.
    """
    settings = run.config.data
    catalog = scan_again(model.question, as_it_was_split(run.config, run.fingerprints))
    dataset = load(catalog, model.decoded_size or settings.image_size, colors=model.colors, bad=settings.bad_images)
    changes = [
        f"the {name} data is not what it was when this model was trained{'' if name == 'train' else LEARNED}"
        for name in dataset.changes_since(run.fingerprints)
    ]
    if run.disowns(model):
        changes.append(OTHER)
    learned = run.learned
    return compared(replace(dataset, notes=(*dataset.notes, *changes, *run.faults)), learned)


def other_data(model: Model, path: Path, run: SavedRun | None = None) -> Dataset:
    """Another folder or table, its classes and columns found by the model's names. Raises DataError.

    If the run of the model is known, its settings for bad and for equal examples hold, and notes say what is also in
    its training data.
    """
    settings = None if run is None else run.config.data
    bad, duplicates = ("fail", "allow") if settings is None else (settings.bad_images, settings.duplicates)
    catalog = scan_other(model.question, path, bad, duplicates)
    dataset = load(catalog, model.decoded_size or (0, 0), colors=model.colors, bad=bad)
    learned, faults = ({}, []) if run is None else (run.learned, run.faults)
    dataset = replace(dataset, notes=(*dataset.notes, *faults, *([] if learned else [UNKNOWN])))
    return compared(dataset, learned, is_other=True)
