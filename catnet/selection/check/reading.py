"""The data read as far as it can be: what stops a training becomes a fault, and the rest is read without it."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from catnet.config import Config
from catnet.data.dataset import Catalog, Dataset
from catnet.data.duplicates import Groups, groups_of, noted
from catnet.data.labels import notes_on_absent, notes_on_splits
from catnet.data.load import load
from catnet.data.omission import set_apart
from catnet.data.scan import scan
from catnet.data.split_names import WORDS
from catnet.errors import ConfigError, DataError
from catnet.selection.check.finding import FAULT, PASS, WARNING, Finding
from catnet.text import are, counted, joined

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Readable:
    """What could be read: the data, its equal examples, and the catalog that it was decoded from.

    `policy` is what a training does about equal examples with different labels: fail, allow or merge.
    """

    config: Config
    catalog: Catalog
    dataset: Dataset
    groups: Groups
    policy: str


def read(config: Config, findings: list[Finding], progress: Progress | None = None) -> Readable | None:
    """The data that the configuration names; None if none can be read. Adds what was found on the way."""
    lenient = with_bad_left_out(config)
    try:
        catalog = scan(lenient)
    except DataError as error:
        findings.append(fault_of(error, "reading"))
        found = next(relaxed(lenient), None)
        if found is None:
            return None
        lenient, catalog = found
    data, policy = config.data, catalog.duplicates
    told = replace(catalog, duplicates="allow" if policy == "fail" else policy)
    try:
        dataset = load(told, data.decoded_size, colors=data.colors, bad="skip", progress=progress)
    except DataError as error:
        findings.append(fault_of(error, "reading"))
        return None
    groups = groups_of(dataset.splits)
    findings.extend(of_reading(config, dataset))
    findings.extend(of_notes(catalog, dataset, groups))
    return Readable(lenient, catalog, dataset, groups, policy)


def with_bad_left_out(config: Config) -> Config:
    """The configuration that reads what can be read: bad examples are left out, but a row that only misses cells is
    read, unless the configuration leaves out that one too.
    """
    data = config.data
    missing = data.missing if data.bad_images == "skip" else "fill"
    return config.model_copy(update={"data": data.model_copy(update={"bad_images": "skip", "missing": missing})})


def relaxed(config: Config) -> Iterator[tuple[Config, Catalog]]:
    """What can be read without data.ignore, or without data.classes, if those were what was wrong."""
    for key, nothing in (("ignore", ()), ("classes", None)):
        if getattr(config.data, key):
            lenient = config.model_copy(update={"data": config.data.model_copy(update={key: nothing})})
            with suppress(DataError, ConfigError):
                yield lenient, scan(lenient)


def fault_of(error: Exception, check: str) -> Finding:
    """The fault that an error is: its first line, and the others as details."""
    first, *others = str(error).split("\n")
    return Finding(FAULT, check, first, tuple(others))


def of_reading(config: Config, dataset: Dataset) -> Iterator[Finding]:
    """What was read, and what could not be."""
    counts, what = dataset.read.examples, dataset.question.examples
    some = what[:-1] if sum(counts.values()) == 1 else what
    line = f"{joined(f'{count} {WORDS[split]}' for split, count in counts.items())} {some} can be read"
    left_out, _ = set_apart(dataset.notes)
    yield Finding(PASS, "reading", line, tuple(f"left out: {note}" for note in left_out), {"examples": counts})
    if dataset.skipped:
        bad, skips = len(dataset.skipped), config.data.bad_images == "skip"
        done = "left out, as data.bad_images: skip says"
        line = f"{counted(bad, what[:-1])} cannot be read"
        line += f" and {are(bad)} {done}" if skips else "; fix or remove what is named, or set data.bad_images: skip"
        details = tuple(f"{each.name}: {each.reason}" for each in dataset.skipped)
        yield Finding(WARNING if skips else FAULT, "bad examples", line, details, {"count": bad})
    if dataset.filled:
        yield of_missing(dataset, config.data.missing)


def of_missing(dataset: Dataset, policy: str) -> Finding:
    """Which columns miss cells: a fault if they are not to be filled in, a warning if one misses more than it has."""
    rows = sum(len(split.names) for split in dataset.splits.values())
    mostly = [name for name, count in dataset.filled.items() if 2 * count > rows]
    details = tuple(f"{name}: {count} of {rows}" for name, count in dataset.filled.items())
    facts = {"missing": dict(dataset.filled)}
    if policy == "fail":
        line = f"{counted(len(details), 'column')} with missing cells; set data.missing: fill"
        return Finding(FAULT, "missing cells", line, details, facts)
    line = f"{counted(len(details), 'column')} with missing cells, which are filled"
    if mostly:
        line = f"most cells of {joined(mostly)} are missing"
    return Finding(WARNING if mostly else PASS, "missing cells", line, details, facts)


def of_notes(catalog: Catalog, dataset: Dataset, groups: Groups) -> Iterator[Finding]:
    """What reading the data has noted, without what is found here in its own lines."""
    # with merged labels, other classes are absent than as they were read
    absent = notes_on_absent(dataset.question, {name: split.labels for name, split in dataset.splits.items()})
    own = {*noted(replace(dataset, notes=()), groups).notes, *notes_on_splits(catalog), *absent}
    _, notes = set_apart(note for note in dataset.notes if note not in own)
    yield from (Finding(WARNING, "reading", note) for note in notes)
