"""Ctrl-C and SIGTERM during a training."""

import signal
from types import FrameType


class Interruption:
    """Ctrl-C and SIGTERM ask the training to end after the epoch; a second one ends the process at once."""

    def __init__(self) -> None:
        self.signal: int | None = None

    def is_requested(self) -> bool:
        """Whether a signal has come."""
        return self.signal is not None

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.signal = number
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def __enter__(self) -> "Interruption":
        self._before = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *error: object) -> None:
        self._restore()
