"""The standard streams of a command: present, able to show any name, and no reason to end a training."""

import os
import sys
from codecs import lookup
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, TextIO

STANDARD = 2  # the highest of the descriptors 0, 1 and 2, which are stdin, stdout and stderr


class Output:
    """A text stream that writes as escapes (\\xe9, \\u732b) what its encoding cannot show."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        if hasattr(stream, "reconfigure"):  # not what a program may have put in its place
            stream.reconfigure(errors="backslashreplace")
        self.errors = stream.errors
        # click takes ASCII for a mistake, and would write UTF-8 past the escapes
        self.encoding = "latin-1" if lookup(stream.encoding or "ascii").name == "ascii" else stream.encoding

    @property
    def buffer(self) -> BinaryIO:
        """The stream of bytes under it. Raises AttributeError if there is none."""
        return self.stream.buffer

    def write(self, text: str) -> int:
        """Writes the text. Raises OSError."""
        return self.stream.write(text)

    def flush(self) -> None:
        """Writes what is still held back. Raises OSError."""
        self.stream.flush()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self.stream.isatty()

    def fileno(self) -> int:
        """Its descriptor. Raises OSError if it has none."""
        return self.stream.fileno()


class Messages(Output):
    """A stream of messages: from the first that cannot be written on, all are dropped."""

    def write(self, text: str) -> int:
        """Writes the text, or drops it."""
        try:
            return super().write(text)
        except OSError:
            silence(self.stream)
            return len(text)

    def flush(self) -> None:
        """Writes what is still held back, or drops it."""
        try:
            super().flush()
        except OSError:
            silence(self.stream)


@contextmanager
def standard_streams() -> Iterator[None]:
    """Puts an Output in place of stdout, and Messages in place of stderr.

    A stream that was closed is the null device then, and so is its descriptor, before a file of a run could get it.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= STANDARD:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    before = sys.stdout, sys.stderr
    stdout, stderr = (stream or open(os.devnull, "w", encoding="utf-8") for stream in before)  # noqa: SIM115
    sys.stdout, sys.stderr = Output(stdout), Messages(stderr)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def silence(stream: TextIO | Output) -> None:
    """Makes the stream's descriptor the null device, so that nothing that is still held back fails again at exit."""
    with suppress(OSError):  # what a program has put in place of a standard stream may have no descriptor
        descriptor = stream.fileno()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, descriptor)
        os.close(null)
