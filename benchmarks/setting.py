"""Where and with what the benchmarks run."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Setting:
    """Where the data is, how many threads there are, and the size of the product that measures the machine.

    `before` is another checkout of catnet, an earlier one, that runs beside this one.
    """

    work: Path
    real: Path
    threads: int
    product: int = 3072  # rows and columns: large enough for BLAS to run at its full rate
    before: Path | None = None
