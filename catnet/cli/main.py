"""The command line: the group of commands, and the only place where errors become messages and exit codes."""

import atexit
import errno
import gc
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

import click
from click.shell_completion import CompletionItem

from catnet import __version__
from catnet.cli.advice import advice, setting
from catnet.cli.blas import prefer_kernel
from catnet.cli.interruption import Interruption, ignore_further
from catnet.cli.streams import NobodyReads, standard_streams
from catnet.errors import CatnetError, NotEnoughMemory, OutputError
from catnet.text import did_you_mean, printable, suggestion

INTERRUPTED = 130
ROOM_OF_FRAMES = 1 << 14  # objects, 128 KiB: as much again is left in the chunk, for some hundreds of frames

# By name, what each does in a line; its function has the same name in the module of that name.
COMMANDS = {
    "init": "Write a configuration for a folder of pictures, or a table.",
    "check": "Look at the data before a training: copies, leaks, labels.",
    "count-params": "Draw a network, and count its parameters, layer by layer.",
    "schema": "Print the JSON Schema of a configuration.",
    "train": "Train a network, or resume a training that was stopped.",
    "tune": "Search the settings that learn best.",
    "cross-validate": "Train on folds: how good will it be on new data?",
    "lr-find": "Find a learning rate for a configuration.",
    "evaluate": "Measure a model on labelled data; choose thresholds.",
    "compare": "Put runs beside each other: is the difference chance?",
    "report": "Write a run's page, report.html, again.",
    "explain": "Draw what each pixel contributes to an answer.",
    "trace": "Follow one example through the network and back, in numbers.",
    "gradcheck": "Check the gradients; plant a mistake and see it caught.",
    "predict": "Answer about pictures, folders of them, or rows of a table.",
    "export": "Write a model for elsewhere: ONNX, Python, page, card.",
    "cache": "Show or remove the decoded pictures that are kept.",
}

# What others call them.
OTHER_COMMANDS = {"fit": "train", "run": "train", "test": "evaluate", "eval": "evaluate", "score": "evaluate"}
OTHER_COMMANDS |= {"cv": "cross-validate", "search": "tune", "optimize": "tune", "doctor": "check"}
OTHER_COMMANDS |= {"validate": "evaluate", "infer": "predict", "inference": "predict", "classify": "predict"}


class Commands(click.Group):
    """Imports the module of a command when it is called, so that help and completion are quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        function = name.replace("-", "_")
        with Interruption() as interruption:  # pydantic makes an error of its own of a KeyboardInterrupt
            command: click.Command = getattr(import_module(f"catnet.cli.{function}"), function)
        if interruption.signal is not None:
            signal.raise_signal(interruption.signal)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            meant = OTHER_COMMANDS.get(name)
            hint = suggestion(name, meant) if meant else did_you_mean(name, COMMANDS)
            ctx.fail(f"No such command {name!r}{hint or '.'}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        found = [CompletionItem(name, help=text) for name, text in COMMANDS.items() if name.startswith(incomplete)]
        return found + click.Command.shell_complete(self, ctx, incomplete)


# With `color` click leaves escape sequences in names to the streams, which show them.
@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "color": True})
@click.version_option(__version__, prog_name="catnet")
def cli() -> None:
    """Trains fully-connected neural networks on folders of small pictures, or on tables, from a YAML file.

    \b
    Examples:
      catnet init photos
      catnet train photos.yaml
      catnet predict photo.jpg
      catnet report runs/cat-001
    """


def main() -> None:
    """Runs the command line and ends the process with its documented code."""
    gc.disable()  # after 100,000 epochs or 20,000 pictures there are 600 objects to collect, with a page 30,000
    end(run())


def end(code: int) -> NoReturn:
    """Ends the process without tearing the interpreter down, object by object: the system frees all at once.

    The atexit functions are called. No file is open for writing any more, and nothing of `Output` waits to
    be written; what others have left in a stream is.
    """
    if sys.gettrace() or sys.getprofile():
        sys.exit(code)  # a debugger or a profiler still has something to do
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # it is missing, full or closed
            stream.flush()
    os._exit(code)


def run() -> int:
    """The exit code of the command in sys.argv; if something goes wrong, one message on stderr says what."""
    try:
        with standard_streams():
            return run_command()
    except KeyboardInterrupt:  # another Ctrl-C while the first is being said
        return INTERRUPTED


# CPython keeps its frames in chunks of 16 KiB, and gives one back when its first frame returns. A loop whose calls
# cross the end of a chunk would map and unmap memory at each call. So this frame opens a chunk with room for all
# frames below it. Of the 500 ms that `catnet train --no-report` takes on 209 pictures of 64 x 64, it saves 25 ms.
run.__code__ = run.__code__.replace(co_stacksize=ROOM_OF_FRAMES)


def run_command() -> int:
    """As `run`, without a second Ctrl-C and the standard streams."""
    prefer_kernel()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # to look for them takes a tenth of a command's start
    try:
        code = cli.main(prog_name="catnet", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        message = error.format_message()
        if isinstance(error, click.NoSuchOption) and (way := setting(error)):
            message = f"No such option {error.option_name!r}{way}"
        click.UsageError(printable(message), getattr(error, "ctx", None)).show()  # one line, whatever was typed
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        ignore_further()
        say("Interrupted.")
        return INTERRUPTED
    except NobodyReads as error:
        return error.exit_code
    except CatnetError as error:
        say(f"{error}{advice(error)}")
        return error.exit_code
    except MemoryError as error:
        say(f"There is not enough memory for this: {str(error) or 'an allocation failed'}.")
        return NotEnoughMemory.exit_code
    except Exception as error:
        if os.environ.get("CATNET_TRACEBACK"):
            raise
        if not isinstance(error, OSError):
            said = f"internal error: {type(error).__name__}: {error}"
            say(f"{printable(said)}; CATNET_TRACEBACK=1 in the environment shows where")
            return CatnetError.exit_code
        if error.errno == errno.ENOMEM:  # such as a memory map's
            say("There is not enough memory for this; make data.image_size smaller, or take fewer pictures.")
            return NotEnoughMemory.exit_code
        say(f"{printable(error.filename or 'a file')}: {error.strerror}")
        return OutputError.exit_code


def say(message: str) -> None:
    """Prints a message on stderr."""
    click.echo(message, err=True)
