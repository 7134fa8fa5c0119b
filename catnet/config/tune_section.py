"""The section `tune`: what a search may change, and how much of it is tried."""

import math
import re
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from catnet.config.kinds import Name
from catnet.config.section import COMPUTABLE, Section
from catnet.text import shown

FOLDS, MOST_TRIALS = 3, 100_000
LOG_FROM = 10  # a range whose ends are so many times apart is searched on a logarithmic scale
FROM, TO, SCALE = "from", "to", "scale"  # the keys of a range
LINEAR, LOG = "linear", "log"  # its scales
WHOLE = re.compile(r"[+-]?\d{1,18}")
MUST_BE = "must be a list of values, or a range such as {from: 0.0001, to: 0.1}"
NAMES = "a key that is searched has its section in its name, such as train.learning_rate"

NUMBER = {"type": "number"}
RANGE = {"type": "object", "properties": {FROM: NUMBER, TO: NUMBER, SCALE: {"enum": [LINEAR, LOG]}}}
SEARCHED = {
    "anyOf": [
        {"title": "a list of values", "type": "array", "minItems": 1},
        {"title": "a range {from, to}", **RANGE, "required": [FROM, TO], "additionalProperties": False},
    ]
}


def natural(value: Any) -> Any:
    """The value with the numbers in it as numbers: the text 0.1 as 0.1, 32 as 32; other text as it is."""
    if isinstance(value, list | tuple):
        return [natural(each) for each in value]
    if isinstance(value, dict):
        return {key: natural(each) for key, each in value.items()}
    if not isinstance(value, str):
        return value
    number = decimal(value)
    if number is None or value.strip() != value:
        return value
    return int(value) if WHOLE.fullmatch(value) else number


def decimal(text: object) -> float | None:
    """The finite number that is written there; None if there is none."""
    try:
        number = float(str(text)) if "_" not in str(text) else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def values_or_range(given: Any) -> Any:
    """What a key may be, as plain values: a list, or {from, to, scale}. Raises ValueError."""
    if isinstance(given, list | tuple):
        values = natural(given)
        if not values:
            raise ValueError(f"{MUST_BE}, is an empty list")
        if twice := next((value for place, value in enumerate(values) if value in values[:place]), None):
            raise ValueError(f"{shown(twice)} is given twice")
        return values
    if not isinstance(given, dict):
        raise ValueError(f"{MUST_BE}, is {shown(given)}")
    if unknown := next((key for key in given if key not in (FROM, TO, SCALE)), None):
        raise ValueError(f"{shown(unknown)} is no key of a range, which has from, to and, if need be, scale; {NAMES}")
    return checked_range(given)


def checked_range(given: dict[str, Any]) -> dict[str, Any]:
    """A range with all its keys: whole if both ends are. Raises ValueError."""
    low, high = decimal(given.get(FROM)), decimal(given.get(TO))
    if low is None or high is None:
        missing = FROM if low is None else TO
        raise ValueError(f"{missing} of a range must be a number, is {shown(given.get(missing))}")
    if low >= high:
        raise ValueError(f"from must be below to, is {shown(given[FROM])}, and to is {shown(given[TO])}")
    scale = given.get(SCALE) or (LOG if low > 0 and high >= LOG_FROM * low else LINEAR)
    if scale not in (LINEAR, LOG):
        raise ValueError(f"scale must be linear or log, is {shown(scale)}")
    if scale == LOG and low <= 0:
        raise ValueError(f"with scale log from must be above 0, is {shown(given[FROM])}")
    is_whole = all(WHOLE.fullmatch(str(given[end])) for end in (FROM, TO))
    ends = (int(given[FROM]), int(given[TO])) if is_whole else (low, high)
    return {FROM: ends[0], TO: ends[1], SCALE: scale}


Searched = Annotated[Any, BeforeValidator(values_or_range), WithJsonSchema(SEARCHED)]


class TuneConfig(Section):
    """What `catnet tune` searches; a training ignores it."""

    trials: Annotated[int, Field(ge=1, le=MOST_TRIALS)] | None = Field(
        None, description="How many settings are tried. Give this or seconds."
    )
    seconds: Annotated[float, Field(gt=0), COMPUTABLE] | None = Field(
        None, description="For how long settings are tried. Give this or trials."
    )
    folds: Annotated[int, Field(ge=2, le=1000)] = Field(
        FOLDS, description="The parts of the data, each of which the networks that learn from the others answer about."
    )
    search: Annotated[dict[Name, Searched], Field(min_length=1, title="a mapping of keys to what they may be")] = Field(
        description="The keys that are searched, such as train.learning_rate: of each a list of values, or a range "
        "{from, to}."
    )

    @model_validator(mode="after")
    def one_budget(self) -> Self:
        """Either a number of trials or a time."""
        if (self.trials is None) == (self.seconds is None):
            raise ValueError("needs either trials, such as 40, or seconds, such as 600")
        return self
