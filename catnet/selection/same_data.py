"""Whether another machine reads the same data at the same path, and which file is another there."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from catnet.data.split_names import WORDS
from catnet.selection.pool import Pool
from catnet.selection.trial import kept_pool, what_is_read
from catnet.selection.tune_folder import digest_of, weights_of
from catnet.text import printable

Example = tuple[str, str, str]  # split, name and digest, as in examples.csv


def expected(pool: Pool) -> dict[str, Any]:
    """The arguments of `differing`, as plain values: which data is read, and what it must be."""
    weights = {str(path): digest_of(path) for path in sorted(weights_of(pool.config))}
    return {
        "config": what_is_read(pool.config),
        "fingerprints": pool.dataset.fingerprints,
        "weights": {path: digest for path, digest in weights.items() if digest},
    }


def differing(config: Mapping[str, Any], fingerprints: Mapping[str, str], weights: Mapping[str, str]) -> dict[str, Any]:
    """What this machine reads otherwise: {} if nothing, else the `file` of first weights, or all its `examples`.

    `fingerprints` are those of the splits, `weights` the SHA-256 of each file of first weights. Raises what reading the
    data raises.
    """
    if other := next((path for path, digest in weights.items() if digest_of(Path(path)) != digest), None):
        return {"file": other}
    dataset = kept_pool(json.dumps(config)).dataset
    return {} if dataset.fingerprints == fingerprints else {"examples": list(dataset.examples())}


def in_words(pool: Pool, found: Mapping[str, Any]) -> str:
    """What `differing` has found on another machine, beside this machine's pool."""
    if "file" in found:
        return f"{printable(found['file'])}: is missing there, or is not the file that it is here"
    where = printable(pool.config.data.path)
    theirs = [(split, name, digest) for split, name, digest in found["examples"]]
    return f"{where}: {first_difference(pool.dataset.examples(), theirs)}"


def first_difference(here: Iterable[Example], theirs: Sequence[Example]) -> str:
    """The first example that another machine does not have as this one.

    Splits that are drawn depend on all examples, so that names are looked for in all of them.
    """
    ours = list(here)
    names = {name for _, name, _ in theirs}
    if lacking := next((each for each in ours if each[1] not in names), None):
        return f"{told(lacking)} is missing there"
    names = {name for _, name, _ in ours}
    if added := next((each for each in theirs if each[1] not in names), None):
        return f"{told(added)} is there, and is missing here"
    same = set(theirs)
    if changed := next((each for each in ours if each not in same), None):
        return f"{told(changed)} is another there: the file differs, or what decodes it, such as the version of Pillow"
    return "its labels, or the order of its examples, are others there"


def told(example: Example) -> str:
    """`cat/3.png of the training data`"""
    split, name, _ = example
    return f"{printable(name)} of the {WORDS.get(split, split)} data"
