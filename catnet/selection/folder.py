"""The folder of a cross-validation: config.yaml, answers.csv, summary.json, and, by others, report.html."""

import json
from collections.abc import Iterator
from pathlib import Path

from catnet.config import dump_config
from catnet.data.litter import CROSS_VALIDATION
from catnet.data.split_names import WORDS
from catnet.evaluation.predict import in_words
from catnet.goals import REGRESSION, THRESHOLD
from catnet.runs.directory import csv_text, remove_empty
from catnet.runs.files import write_atomically
from catnet.runs.folders import folder_of_results
from catnet.runs.layout import ANSWERS, CONFIG, SKIPPED, SUMMARY
from catnet.selection.cross_validation import CrossValidation
from catnet.selection.learning_curve import LearningCurve
from catnet.text import printable

ROOT = Path(CROSS_VALIDATION)  # where the folders are made
SEVERAL = ";"  # between the labels of an example of goal 2.0


def demand_free(name: str, folder: Path | None = None) -> None:
    """Makes the folder as `write` will, and removes it, so that nothing is trained in vain: if it stayed meanwhile, a
    process that is killed would leave it, empty. Raises FolderExists, OutputError.
    """
    remove_empty(folder_of_results(ROOT, name, folder))


def write(found: CrossValidation, curve: LearningCurve | None, name: str, folder: Path | None = None) -> Path:
    """Writes what was found into a new folder, and returns it: `folder`, which must not exist, or the next free
    cross-validation/NAME-001. If nothing can be written into it, it is removed. Raises FolderExists, OutputError.
    """
    path = folder_of_results(ROOT, name, folder)
    try:
        write_into(path, found, curve)
    finally:
        remove_empty(path)  # which one that is not empty survives
    return path


def write_into(folder: Path, found: CrossValidation, curve: LearningCurve | None) -> None:
    """Writes all files but the page into the folder. Raises OutputError."""
    skipped = found.pool.dataset.skipped
    files = {
        CONFIG: dump_config(found.pool.config),
        ANSWERS: csv_text(answers_of(found)),
        SUMMARY: json.dumps(to_json(found, curve), indent=2, allow_nan=False) + "\n",
    }
    if skipped:
        files[SKIPPED] = csv_text([("name", "reason"), *((bad.name, bad.reason) for bad in skipped)])
    for file, text in files.items():
        write_atomically(folder / file, text.encode("utf-8", "backslashreplace"))


def to_json(found: CrossValidation, curve: LearningCurve | None) -> dict[str, object]:
    """What summary.json holds."""
    return found.to_json() | ({} if curve is None else {"learning_curve": curve.to_json()})


def answers_of(found: CrossValidation) -> Iterator[list[object]]:
    """The rows of answers.csv: an example and a repeat each, with what is true, and what was answered about it by a
    network that has not learned from it.
    """
    pool, question = found.pool, found.pool.dataset.question
    classes = question.classes
    said = ["prediction", *(f"probability {printable(name)}" for name in classes)]
    truth = printable(question.target) if question.goal == REGRESSION else "label"
    yield ["name", "split", "repeat", "fold", truth, *said]
    splits = [name for name in pool.splits for _ in pool.dataset.splits[name].names]
    thresholds = [THRESHOLD] * question.outputs
    for repeat, answers in enumerate(found.answers):
        fold_of = found.plan.folds(repeat, pool.m)
        for index, name in enumerate(pool.names):
            label, answer = pool.labels[:, index].tolist(), answers[:, index].tolist()
            true, given = (in_words(question, name, values, thresholds) for values in (label, answer))
            probabilities = [given.probabilities[one] for one in classes]
            place = [name, WORDS[splits[index]], repeat + 1, int(fold_of[index]) + 1]
            yield [*place, cell(true.answer), cell(given.answer), *probabilities]


def cell(answer: str | list[str] | float) -> object:
    """An answer in a cell: several classes in one, with escapes for what a terminal would act on."""
    if isinstance(answer, float):
        return answer
    return printable(answer if isinstance(answer, str) else SEVERAL.join(answer))
