"""The weights of a file, from which a training may start: what they have learned from before."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from catnet.config import Config
from catnet.engine.names import INITIALIZATIONS
from catnet.errors import CatnetError
from catnet.runs.find import run_of
from catnet.runs.reader import SavedRun
from catnet.text import printable


class LearnedBefore(NamedTuple):
    """The names of the examples that the first weights have learned from, by their digests as in examples.csv; and a
    note if there may be others, else nothing.
    """

    names: Mapping[str, str]
    note: str = ""


def learned_before(config: Config) -> LearnedBefore:
    """What the first weights of a training have learned from, as the run says that their file is in."""
    if config.model.initialization in INITIALIZATIONS:
        return LearnedBefore({})
    path, names = Path(config.model.initialization), dict[str, str]()
    with suppress(CatnetError):
        if (run := run_of(path)) is not None:
            saved = SavedRun(run)
            names = saved.learned
            # else its own first weights may have learned from others
            is_first = saved.config.model.initialization in INITIALIZATIONS
            if names and not saved.faults and is_first and is_read_alike(saved.config, config):
                return LearnedBefore(names)
    note = (
        f"model.initialization: it is not known of all examples whether the weights of {printable(path)} have learned "
        "from them; what is measured on those is too good"
    )
    return LearnedBefore(names, note)


def is_read_alike(one: Config, other: Config) -> bool:
    """Whether an example of both data has the same digest: of pictures that depends on how they are decoded, of rows on
    all that is learned of a table's columns from the training split.
    """
    if other.is_table:
        return one.data == other.data and one.split_seed == other.split_seed
    return (one.data.decoded_size, one.data.colors) == (other.data.decoded_size, other.data.colors)
