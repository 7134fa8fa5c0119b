"""What the files of the pictures say besides their pixels: if that tells the class, a network may learn it instead.

Their sizes, formats, colour modes, the quality and the chroma subsampling of a JPEG, and the camera, the software, the
orientation, the artist and the date in the EXIF data, as their headers say. The pixels keep traces of these: the noise
of a camera, the blocks of a JPEG, the blur of an enlarged picture. How many bytes a file has is not looked at: the
pictures themselves say that.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

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
from catnet.selection.check.informative import answers_by_category, binned, pooled, trivial_answers
from catnet.text import counted, first_names, listed, metric_name, printable, score

if TYPE_CHECKING:
    from PIL.Image import Image

LOOKED_AT = 5000  # headers at most: about a second
FEWEST = 20  # files, from which chance can be told
GAIN = 0.1  # of the error of the trivial answer: with so much less, a property tells something
SHOWN = 5  # values of a property
MAKE, MODEL, SOFTWARE, ORIENTATION, ARTIST = 0x010F, 0x0110, 0x0131, 0x0112, 0x013B  # EXIF tags
DATE, DETAILS, DATE_TAKEN = 0x0132, 0x8769, 0x9003  # the last is in the directory that is the second
NONE = "none"
# ways to look at another property, the one that tells most being told
LOOKS_AT = {**dict.fromkeys(("width", "height", "area", "aspect ratio"), "size")}
LOOKS_AT |= dict.fromkeys(("JPEG quality", "JPEG subsampling"), "format")
SUBSAMPLINGS = ("4:4:4", "4:2:2", "4:2:0")  # as Pillow counts them
# the sum of the steps of libjpeg's brightness at quality 50, by which those at other qualities are multiplied
STEPS_AT_50 = 3688

Properties = dict[str, str | float]


class Told(NamedTuple):
    """What a property tells: the headline metric of its answers, that of the trivial ones, and whether it is enough."""

    name: str
    value: float
    trivial: float
    is_much: bool


def properties_of(path: str) -> Properties | None:
    """What the header of a picture says of it, numbers or texts; None if it cannot be read."""
    from PIL import Image  # late, because only the headers of pictures need it

    with suppress(Exception), open_picture(path) as source, opened(source) as image:  # decoding has said why
        exif = image.getexif() if "exif" in image.info else Image.Exif()
        camera, software, artist = (
            " ".join(str(exif[tag]).strip("\0 ") for tag in tags if tag in exif) or NONE
            for tags in ((MAKE, MODEL), (SOFTWARE,), (ARTIST,))
        )
        return {
            "size": f"{image.width} x {image.height}",
            "width": float(image.width),
            "height": float(image.height),
            "area": float(image.width * image.height),
            "aspect ratio": image.width / image.height,
            "format": f"{image.format} ({Path(path).suffix})",
            "JPEG quality": quality_of(image),
            "JPEG subsampling": subsampling_of(image),
            "mode": image.mode,
            "camera": camera,
            "software": software,
            "orientation": str(exif.get(ORIENTATION, NONE)),
            "artist": artist,
            "date": years_of(exif.get_ifd(DETAILS).get(DATE_TAKEN) or exif.get(DATE)),
        }
    return None


def years_of(date: object) -> float:
    """A date of EXIF, `2019:01:31 10:00:00`, in years: 2019.08; NaN if it is none."""
    with suppress(ValueError):
        year, month, day = map(int, str(date).partition(" ")[0].split(":"))
        return year + (month - 1 + (day - 1) / 31) / 12
    return float("nan")


def subsampling_of(image: "Image") -> str:
    """How much coarser the colours of a JPEG are stored than its brightness."""
    from PIL.JpegImagePlugin import get_sampling  # late, because only the headers of pictures need it

    kind = get_sampling(image)
    return SUBSAMPLINGS[kind] if kind in range(len(SUBSAMPLINGS)) else NONE


def quality_of(image: "Image") -> float:
    """About the quality from 1 to 100 with which libjpeg would write this JPEG; NaN if it is none."""
    steps = sum(getattr(image, "quantization", {}).get(0, ()))
    if not steps:
        return float("nan")
    scale = 100 * steps / STEPS_AT_50
    return float(round(max(1.0, 100 - scale / 2 if scale <= 100 else 5000 / scale)))


def of_properties(catalog: Catalog, dataset: Dataset) -> Iterator[Finding]:
    """Whether a property of the files tells the label better than chance; nothing if there are no files."""
    found = looked_at(catalog, dataset)
    if len(found) < FEWEST:
        if found:
            line = f"not looked at: of less than {FEWEST} files chance cannot be told"
            yield Finding(PASS, "properties of the files", line)
        return
    labels = np.stack([y for y, _ in found.values()], axis=1)
    values = {name: np.array([of[name] for _, of in found.values()]) for name in next(iter(found.values()))[1]}
    values = {name: each for name, each in values.items() if each.dtype.kind != "f" or not np.isnan(each).all()}
    varying = {name: each for name, each in values.items() if len(np.unique(each)) > 1}  # to which NaN is NaN
    things = listed(name for name in values if LOOKS_AT.get(name) != "size")
    checked = f"{things} of {counted(len(found), 'file')}"
    if not varying:
        yield Finding(PASS, "properties of the files", f"all pictures have the same {checked}")
        return
    told = telling(dataset, labels, varying)
    metric = dataset.question.kind.headline
    for each in told:
        of_it, of_trivial = (f"{metric_name(metric)} {score(metric, value)}" for value in (each.value, each.trivial))
        line = f"the {each.name} of the files alone has {of_it}, the trivial answer {of_trivial}"
        line += "; a network may learn it" if each.is_much else f": that is little; looked at: {checked}"
        facts = {"property": each.name, "metric": metric, "value": each.value, "trivial": each.trivial}
        details = tuple(described(dataset, labels, in_words(varying[each.name])))
        yield Finding(WARNING if each.is_much else PASS, "properties of the files", line, details, facts)
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


def telling(dataset: Dataset, Y: Array, properties: Mapping[str, Array]) -> list[Told]:
    """The properties that tell much, more than chance, of those that are alike the best; if none does, the best one."""
    goal, headline = dataset.question.goal, METRICS[dataset.question.kind.headline]
    folds = folds_of_groups(goal, Y, np.arange(Y.shape[1]))
    ways = [(name, each) for name, values in properties.items() for each in answers_by(values, Y, folds)]
    answers = [trivial_answers(Y, folds), *(each for _, each in ways)]
    joint = jointly([scores(goal, each, Y)[np.newaxis] for each in answers], headline.is_percentage, of_first=True)
    # whose metric is an error is better the smaller it is
    sign = -1 if headline.smaller_is_better else 1
    trivial = float(joint.means[0])
    least = GAIN * (trivial if headline.smaller_is_better else 1 - trivial)
    best: dict[str, tuple[float, Told]] = {}
    for i, (name, _) in enumerate(ways, start=1):
        gap, of_what = joint.gap(i, 0), LOOKS_AT.get(name, name)
        gain = sign * gap.difference
        if gain > 0 and gap.sure and gain > best.get(of_what, (0.0,))[0]:
            best[of_what] = gain, Told(name, float(joint.means[i]), trivial, gain >= least)
    much = [each for _, each in best.values() if each.is_much]
    return much or [each for _, each in sorted(best.values(), reverse=True)[:1]]


def answers_by(values: Array, Y: Array, folds: Array) -> Iterator[Array]:
    """The answers (k, m) of the values (m,) of a property: by those that are frequent, and of numbers by near ones."""
    yield answers_by_category(pooled(values), Y, folds)
    if values.dtype.kind == "f":
        yield answers_by_category(binned(values), Y, folds)


def in_words(values: Array) -> Array:
    """The values of a property as texts; many numbers as ranges of a quarter of them each."""
    if values.dtype.kind != "f":
        return values
    there = values[~np.isnan(values)]
    if len(np.unique(there)) <= SHOWN:
        return np.array([NONE if np.isnan(each) else f"{each:.4g}" for each in values.tolist()])
    ends = np.quantile(there, (0.25, 0.5, 0.75))
    quarter = np.searchsorted(ends, values)
    words = np.full(len(values), NONE, dtype=object)
    for number in range(len(ends) + 1):
        inside = (quarter == number) & ~np.isnan(values)
        if inside.any():
            words[inside] = f"{values[inside].min():.4g} to {values[inside].max():.4g}"
    return words


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
