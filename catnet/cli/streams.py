"""The standard streams of a command: always there, safe for a terminal, able to show any name, and no reason to end a
training. All that a command prints passes through `Output.write`, whoever prints it.
"""

import codecs
import io
import os
import select
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

from catnet.errors import OutputError
from catnet.files import write_all
from catnet.text import printable_lines

AT_ONCE = getattr(select, "PIPE_BUF", 512)  # bytes, of which a pipe takes all or waits
STANDARD = 2  # the highest of the descriptors 0, 1 and 2, which are stdin, stdout and stderr


class NobodyReads(OutputError):
    """The reader of the results has gone, as `head -1` does: the exit code says so, a message would only disturb."""


class Raw:
    """A standard stream that holds nothing back: what `write` was given has been written when it returns.

    What its encoding cannot show is written as escapes (\\xe9, \\u732b).
    """

    errors = "backslashreplace"

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        encoding = stream.encoding or "utf-8"
        # click takes ASCII for a mistake, and would write UTF-8 past the escapes
        self.encoding = "latin-1" if codecs.lookup(encoding).name == "ascii" else encoding
        self._encoder = codecs.getincrementalencoder(encoding)(self.errors)
        # a program, such as a notebook, may have put something else in its place, which has no file or another one
        buffer = getattr(stream, "buffer", None)
        file = getattr(buffer, "raw", buffer)  # under PYTHONUNBUFFERED there is no buffer
        self._descriptor = file.fileno() if isinstance(file, io.FileIO) else None

    def write(self, text: str) -> int:
        """Writes the text. Raises OSError."""
        if self._descriptor is not None:
            write_all(self._descriptor, self._encoder.encode(text))
        else:
            encoding = self.stream.encoding or "utf-8"
            self.stream.write(text.encode(encoding, self.errors).decode(encoding))
            self.stream.flush()
        return len(text)

    def flush(self) -> None:
        """Does nothing: `write` holds nothing back."""

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self.stream.isatty()

    def fileno(self) -> int:
        """Its descriptor. Raises OSError if it has none."""
        return self.stream.fileno()


class Results(Raw):
    """stdout: what cannot be written is an error."""

    def write(self, text: str) -> int:
        """Writes the text. Raises OutputError, which no other code takes for an error of a file, as an OSError."""
        try:
            return super().write(text)
        except BrokenPipeError as error:
            raise NobodyReads("standard output: nobody reads it any more") from error
        except OSError as error:
            raise OutputError(f"standard output: {error.strerror}") from error


class Messages(Raw):
    """stderr: what cannot be written is dropped."""

    def write(self, text: str) -> int:
        """Writes the text, or drops it."""
        try:
            return super().write(text)
        except OSError:
            return len(text)


class Output(Raw):
    """What stands in place of sys.stdout or sys.stderr: names in the text, whatever they hold, are only shown."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw  # for what moves the cursor on purpose
        super().__init__(raw.stream)

    def write(self, text: str) -> int:
        """Writes lines, with escapes for what a terminal would act on. Raises as its raw stream."""
        return self.raw.write(printable_lines(text))

    @property
    def buffer(self) -> "Encoded":
        """The same for bytes, which is how click writes completions."""
        return Encoded(self)


class Encoded:
    """A stream of bytes in front of an Output: they are UTF-8."""

    def __init__(self, output: Output) -> None:
        self.output = output

    def write(self, content: bytes) -> int:
        """Writes the text that the bytes are. Raises as the output."""
        self.output.write(content.decode("utf-8", "surrogateescape"))
        return len(content)

    def flush(self) -> None:
        """Does nothing: `write` holds nothing back."""


def together(lines: Iterable[str]) -> Iterator[str]:
    """The lines, joined up to PIPE_BUF bytes, which a pipe takes whole: so Ctrl-C leaves no line half written."""
    some: list[str] = []
    size = 0
    for line in lines:
        length = len(line.encode(errors="replace")) + 1
        if some and size + length > AT_ONCE:
            yield "\n".join(some)
            some, size = [], 0
        some.append(line)
        size += length
    if some:
        yield "\n".join(some)


def raw(stream: TextIO) -> TextIO:
    """The stream without escapes, for a bar, which moves the cursor on purpose and shows no names."""
    return getattr(stream, "raw", stream)


def can_show(text: str) -> bool:
    """Whether stdout shows the text as it is, and not by escapes."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


@contextmanager
def standard_streams() -> Iterator[None]:
    """Puts an Output in place of stdout and of stderr.

    A stream that was closed is the null device then, and so is its descriptor, before a file of a run could get it.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= STANDARD:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    before = sys.stdout, sys.stderr
    stdout, stderr = (stream or open(os.devnull, "w", encoding="utf-8") for stream in before)  # noqa: SIM115
    sys.stdout, sys.stderr = Output(Results(stdout)), Output(Messages(stderr))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
