"""What Dask would write on the terminal by itself: what matters of it is said by catnet, in its own words."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

LOUD = ("distributed", "tornado", "asyncio")  # the packages whose loggers write on the terminal


@contextmanager
def quiet() -> Iterator[None]:
    """Within it these packages log nothing and warn of nothing."""
    import distributed  # noqa: F401  (whose loggers are then there)

    every = logging.root.manager.loggerDict
    loggers = [logging.getLogger(name) for name in {*LOUD, *every} if name.partition(".")[0] in LOUD]
    before = [(logger, logger.handlers, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.handlers, logger.propagate = [logging.NullHandler()], False
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"(dask|distributed)\b")
            yield
    finally:
        for logger, handlers, propagate in before:
            logger.handlers, logger.propagate = handlers, propagate
