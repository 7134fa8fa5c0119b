"""Ctrl-C, SIGTERM, and SIGHUP of a terminal that goes away, during a training."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import click

HANGUP = getattr(signal, "SIGHUP", None)  # which Windows does not have


class Interruption:
    """A signal asks the training to end after the epoch; a second Ctrl-C or SIGTERM ends the process at once.

    A second SIGHUP does not: the shell and the kernel each send one. If it is ignored, as under nohup, it stays so.
    """

    def __init__(self) -> None:
        self.signal: int | None = None

    def is_requested(self) -> bool:
        """Whether a signal has come."""
        return self.signal is not None

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.signal is not None:  # a SIGHUP beside another signal
            return
        self.signal = number
        for other, handler in self._before.items():
            if other != HANGUP:
                signal.signal(other, handler)

    def __enter__(self) -> "Interruption":
        numbers = [signal.SIGINT, signal.SIGTERM]
        if HANGUP is not None and signal.getsignal(HANGUP) != signal.SIG_IGN:
            numbers.append(HANGUP)
        self._before = {number: signal.getsignal(number) for number in numbers}  # first: a signal may come at once
        for number in numbers:
            signal.signal(number, self._note)
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


@contextmanager
def tidied_up() -> Iterator[None]:
    """A SIGTERM, or the SIGHUP of a terminal that goes away, ends the process as Ctrl-C does: by way of what tidies up,
    with 128 + its number as the exit code.
    """

    def end(number: int, frame: FrameType | None) -> NoReturn:
        signal.signal(number, signal.SIG_IGN)
        raise Ended(number)

    numbers = [number for number in (signal.SIGTERM, HANGUP) if number and signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    except Ended as ended:
        raise click.exceptions.Exit(128 + ended.number) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Ended(BaseException):
    """A signal ends the process. No `except Exception` may take it for a fault, such as of a thread that starts."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def ignore_further() -> None:
    """Once the process is about to end: another Ctrl-C or SIGHUP would only disturb the last message."""
    for number in (signal.SIGINT, HANGUP):
        if number is not None:
            signal.signal(number, signal.SIG_IGN)
