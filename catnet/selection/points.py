"""The points of a search: the settings of each trial, the same for the same seed, however many are drawn."""

import math
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from itertools import islice, product
from typing import Any, get_args

import numpy as np

from catnet.config import Config
from catnet.config.checks import ONLY_FOR, applies
from catnet.config.dump import as_written
from catnet.config.load import trial_of
from catnet.config.section import Section
from catnet.config.tune_section import FROM, LOG, SCALE, TO
from catnet.data.dataset import Dataset
from catnet.engine.randomness import TUNE, generator
from catnet.errors import CatnetError, ConfigError
from catnet.text import are, counted
from catnet.training.build import check_early_stopping

Point = dict[str, Any]  # the value of each searched key
Trial = tuple[Point, Config, dict[str, Any]]  # a point, and its configuration, also as plain values
KEEP = "train.keep"
MOST_DRAWS = 10_000  # for one more point, after which it is taken that there is none
MOST_IMPOSSIBLE = 1000  # points in a row, likewise
MOST_REASONS = 5  # that are told, why points are impossible


def points(config: Config, without_effect: Collection[str] = ()) -> Iterator[Point]:
    """The points of the section tune, one after the other, no two with the same effect.

    All of the grid in its order, if there are only lists and they make no more points than trials; else at random:
    uniform in a list and in a range, or in the logarithm of the range. A key that means nothing beside the others of a
    point, such as train.momentum beside train.optimizer: adamw, is left out of it, and so are those `without_effect`.
    """
    assert config.tune is not None
    search, trials = config.tune.search, config.tune.trials
    lists = [values for values in search.values() if isinstance(values, list)]
    is_grid = len(lists) == len(search) and math.prod(map(len, lists)) <= (trials or 0)
    found = (dict(zip(search, values, strict=True)) for values in product(*lists)) if is_grid else drawn(config)
    seen: set[str] = set()
    repeated = 0
    for point in found:
        effective = {
            key: value
            for key, value in point.items()
            if key not in without_effect
            and ((path := tuple(key.split("."))) not in ONLY_FOR or applies(config, path, point))
        }
        if (text := as_written(effective, in_one_line=True)) not in seen:
            seen.add(text)
            repeated = 0
            yield effective
        elif (repeated := repeated + 1) == MOST_DRAWS:
            return


class Points:
    """The points of a search by their number from 0, found as they are asked for; impossible ones are left out."""

    def __init__(self, given: Mapping[str, Any], config: Config, dataset: Dataset | None = None) -> None:
        """`given` is what is written in the configuration beside the search; `dataset` the data, once it is read: it
        may rule out early stopping, and leave nothing to choose an epoch by.
        """
        assert config.tune is not None
        self.given, self._dataset = given, dataset
        is_watched = dataset is None or "validation" in dataset.splits
        self._without_effect = () if is_watched else tuple(key for key in (KEEP,) if key in config.tune.search)
        self.left_out: dict[str, str] = {}  # keys that were given, and which searched key rules them out in some trials
        self.impossible: dict[str, int] = {}  # why points were left out, and how many
        self._more, self._found = self._possible(points(config, self._without_effect)), list[Trial]()

    def _possible(self, found: Iterator[Point]) -> Iterator[Trial]:
        in_a_row = 0
        for point in found:
            try:
                config, values, left_out = trial_of(self.given, point)
                if self._dataset is not None:
                    check_early_stopping(config, self._dataset)
            except ConfigError as error:
                reason = without_place(error)
                self.impossible[reason] = self.impossible.get(reason, 0) + 1
                if (in_a_row := in_a_row + 1) == MOST_IMPOSSIBLE:
                    return
            else:
                in_a_row = 0
                self.left_out |= left_out
                yield point, config, values

    def first(self, count: int) -> list[Point]:
        """So many points, or fewer if there are no more."""
        self._reach(count)
        return [point for point, _, _ in self._found[:count]]

    def __getitem__(self, place: int) -> Point:
        """A point. Raises IndexError if there are not so many."""
        return self._trial(place)[0]

    def config(self, place: int) -> Config:
        """The configuration of a point."""
        return self._trial(place)[1]

    def values(self, place: int) -> dict[str, Any]:
        """The configuration of a point as plain values: what is given, with it."""
        return self._trial(place)[2]

    def _trial(self, place: int) -> Trial:
        self._reach(place + 1)
        return self._found[place]

    def _reach(self, count: int) -> None:
        self._found += islice(self._more, max(0, count - len(self._found)))

    @property
    def notes(self) -> Iterator[str]:
        """What was left out of the points that were found so far, and which of them were."""
        for key in self._without_effect:
            yield f"{key} is not searched: it changes nothing without validation data"
        for key, other in self.left_out.items():
            yield f"{key} is left out of the trials whose {other} rules it out"
        for reason, count in list(self.impossible.items())[:MOST_REASONS]:
            yield f"{counted(count, 'combination')} of the search {are(count)} impossible and left out: {reason}"
        if more := sum(list(self.impossible.values())[MOST_REASONS:]):
            yield f"{counted(more, 'other combination')} {are(more)} impossible and left out"


def without_place(error: CatnetError) -> str:
    """The first line of an error, without the file that it is about."""
    first = str(error).splitlines()[0]
    return first.partition(": ")[2] or first


def drawn(config: Config) -> Iterator[Point]:
    """Random points without end: the i-th from a generator of its own, by train.seed and i."""
    assert config.tune is not None
    i = 0
    while True:
        random = generator(config.train.seed, TUNE, i)
        yield {key: draw(key, searched, random) for key, searched in config.tune.search.items()}
        i += 1


def draw(key: str, searched: list[Any] | Mapping[str, Any], random: np.random.Generator) -> Any:
    """A value of a list, or of a range: whole if both its ends are, and if the key takes no others."""
    if isinstance(searched, list):
        return searched[int(random.integers(len(searched)))]
    low, high, share = searched[FROM], searched[TO], float(random.random())
    is_whole = isinstance(low, int) and not takes_fractions(key)
    if searched[SCALE] == LOG:
        start, end = (low - 0.5, high + 0.5) if is_whole else (low, high)
        value = math.exp((1 - share) * math.log(start) + share * math.log(end))
    else:
        value = low + share * (high + 1 - low) - 0.5 if is_whole else (1 - share) * low + share * high
    return min(max(round(value), low), high) if is_whole else float(min(max(to_digits(value), low), high))


@cache
def takes_fractions(key: str) -> bool:
    """Whether a key of a configuration may be a number that is not whole."""
    kinds: tuple[type, ...] = (Config,)
    for name in key.split("."):
        fields = next((kind.model_fields for kind in kinds if issubclass(kind, Section)), {})
        kinds = tuple(kinds_of(fields[name].annotation)) if name in fields else ()
    return float in kinds


def kinds_of(annotation: Any) -> Iterator[type]:
    """The types in an annotation such as Annotated[float, ...] | None."""
    if isinstance(annotation, type):
        yield annotation
    for inner in get_args(annotation):
        yield from kinds_of(inner)


def to_digits(value: float) -> float:
    """The value with four digits, which are enough for a setting, and short to read."""
    return float(f"{value:.4g}")
