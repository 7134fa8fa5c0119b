"""What the files of the pictures say besides their pixels: if that tells the class, a network may learn it instead.

Their sizes, formats, colour modes, and the camera and the orientation in the EXIF data, as their headers say. The
pixels keep traces of these: the noise of a camera, the blocks of a JPEG, the blur of an enlarged picture.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress

import numpy as np

from catnet.data.bounds import open_picture
from catnet.data.dataset import Catalog, Dataset
from catnet.data.listing import Picture
from catnet.data.pixels import opened
from catnet.engine.types import Array
from catnet.evaluation.folds import folds_of_groups
from catnet.evaluation.joint import jointly
from catnet.evaluation.metrics import scores
from catnet.goals import METRICS, REGRESSION
from catnet.selection.check.finding import PASS, WARNING, Finding
from catnet.selection.check.informative import answers_by_category, trivial_answers
from catnet.text import counted, first_names, listed, metric_name, printable, score

LOOKED_AT = 5000  # headers at most: about a second
FEWEST = 30  # pictures, from which chance can be told
GAIN = 0.05  # more right answers than the trivial one, or of its error less, from which a property tells something
SHOWN = 5  # values of a property
MAKE, MODEL, ORIENTATION = 0x010F, 0x0110, 0x0112  # EXIF tags
NONE = "none"

Properties = dict[str, str]


def properties_of(path: str) -> Properties | None:
    """The size, format, mode, camera and orientation of a picture, by its header; None if it cannot be read."""
    with suppress(Exception), open_picture(path) as source, opened(source) as image:  # decoding has said why
        exif = image.getexif() if "exif" in image.info else {}
        camera = " ".join(str(exif[tag]).strip("\0 ") for tag in (MAKE, MODEL) if tag in exif)
        return {
            "size": f"{image.width} x {image.height}",
            "format": str(image.format),
            "mode": image.mode,
            "camera": camera or NONE,
            "orientation": str(exif.get(ORIENTATION, NONE)),
        }
    return None


def of_properties(catalog: Catalog, dataset: Dataset) -> Iterator[Finding]:
    """Whether a property of the files tells the label better than chance; nothing if there are no files."""
    found = looked_at(catalog, dataset)
    if len(found) < FEWEST:
        return
    labels = np.stack([y for y, _ in found.values()], axis=1)
    values = {name: np.array([of[name] for _, of in found.values()]) for name in next(iter(found.values()))[1]}
    varying = {name: each for name, each in values.items() if (each != each[0]).any()}
    checked = f"{listed(values)} of {counted(len(found), 'file')}"
    if not varying:
        yield Finding(PASS, "properties of the files", f"all pictures have the same {checked}")
        return
    told = telling(dataset, labels, varying)
    metric = dataset.question.kind.headline
    for name, (value, trivial) in told.items():
        of_it, of_trivial = (f"{metric_name(metric)} {score(metric, each)}" for each in (value, trivial))
        line = f"the {name} of the files alone has {of_it}, the trivial answer {of_trivial}; a network may learn it"
        facts = {"property": name, "metric": metric, "value": value, "trivial": trivial}
        yield Finding(WARNING, "properties of the files", line, tuple(described(dataset, labels, varying[name])), facts)
    if not told:
        yield Finding(PASS, "properties of the files", f"none tells the answer better than chance: {checked}")


def looked_at(catalog: Catalog, dataset: Dataset) -> dict[str, tuple[Array, Properties]]:
    """The labels (k,) and the properties of the pictures by their names; of some, if there are many."""
    paths: dict[str, Picture] = {}
    for listing in catalog.splits.values():
        paths.update((name, path) for name, path in zip(listing.names, listing.paths or (), strict=False))
    examples = [
        (name, y) for split in dataset.splits.values() for name, y in zip(split.names, split.labels.T, strict=True)
    ]
    chosen = np.random.default_rng(0).permutation(len(examples))[:LOOKED_AT]
    found = {}
    for index in np.sort(chosen).tolist():
        name, y = examples[index]
        path = paths.get(name)
        if isinstance(path, str) and (of := properties_of(path)) is not None:
            found[name] = y, of
    return found


def telling(dataset: Dataset, Y: Array, properties: Mapping[str, Array]) -> dict[str, tuple[float, float]]:
    """For each property that tells more than chance the headline metric of its answers, and of the trivial ones."""
    goal, headline = dataset.question.goal, METRICS[dataset.question.kind.headline]
    folds = folds_of_groups(goal, Y, np.arange(Y.shape[1]))
    answers = [trivial_answers(Y, folds), *(answers_by_category(each, Y, folds) for each in properties.values())]
    values = [scores(goal, each, Y)[np.newaxis] for each in answers]
    joint = jointly(values, headline.is_percentage, of_first=True)
    # whose metric is an error is better the smaller it is
    sign = -1 if headline.smaller_is_better else 1
    least = GAIN * (values[0].mean() if goal == REGRESSION else 1)
    found = {}
    for i, name in enumerate(properties, start=1):
        gap = joint.gap(i, 0)
        if sign * gap.difference >= least and gap.sure:
            found[name] = float(joint.means[i]), float(joint.means[0])
    return found


def described(dataset: Dataset, Y: Array, values: Array) -> Iterator[str]:
    """What the most frequent values of a property go with: `64 x 64: cat 20, lion 300`"""
    question = dataset.question
    for value, count in Counter(values.tolist()).most_common(SHOWN):
        of_value = Y[:, values == value]
        if question.goal == REGRESSION:
            yield f"{printable(value)}: mean {of_value.mean():.4g} of {count}"
            continue
        counts = of_value.sum(axis=1).astype(int).tolist()
        names = list(zip(question.classes, counts, strict=True))
        if question.negative is not None:
            names.insert(0, (question.negative, count - counts[0]))
        yield f"{printable(value)}: {first_names(f'{name} {number}' for name, number in names if number)}"
