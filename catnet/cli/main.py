"""The command line: the group of commands, and the one place where errors become messages and exit codes."""

import errno
import io
import os
import sys

import click

from catnet import __version__
from catnet.cli.blas import prefer_kernel
from catnet.cli.cache import cache
from catnet.cli.compare import compare
from catnet.cli.count_params import count_params
from catnet.cli.evaluate import evaluate
from catnet.cli.explain import explain
from catnet.cli.predict import predict
from catnet.cli.report import report
from catnet.cli.schema import schema
from catnet.cli.train import train
from catnet.errors import CatnetError, NotEnoughMemory, OutputError

INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="catnet")
def cli() -> None:
    """Trains fully-connected neural networks on folders of small pictures, or on tables, from a YAML file.

    \b
    Examples:
      catnet train configs/cat.yaml
      catnet predict photo.jpg
      catnet report runs/cat-001
    """


for command in (train, predict, explain, count_params, evaluate, compare, report, schema, cache):
    cli.add_command(command)


def main() -> None:
    """Runs the command line and exits with its documented code."""
    sys.exit(run())


def run() -> int:
    """The exit code of the command in sys.argv; whatever went wrong is said in one message on stderr."""
    prefer_kernel()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for some takes a tenth of a command's start
    stdout = sys.stdout
    try:
        code = cli.main(prog_name="catnet", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        say(shown.getvalue().rstrip("\n"))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        say("Interrupted.")
        return INTERRUPTED
    except CatnetError as error:
        say(str(error))
        return error.exit_code
    except MemoryError as error:
        say(f"There is not enough memory for this: {error or 'an allocation failed'}.")
        return NotEnoughMemory.exit_code
    except SystemExit:
        if sys.stdout is stdout:  # such as that of shell completion
            raise
        return OutputError.exit_code  # nobody reads the output any more: click has put a silent one in its place
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that closing it at exit says nothing
        return OutputError.exit_code
    except Exception as error:
        if os.environ.get("CATNET_TRACEBACK"):
            raise
        if isinstance(error, OSError) and error.errno == errno.ENOMEM:  # such as a memory map's
            say("There is not enough memory for this; make data.image_size smaller, or take fewer pictures.")
            return NotEnoughMemory.exit_code
        message = f"internal error: {type(error).__name__}: {error}; CATNET_TRACEBACK=1 in the environment shows where"
        if isinstance(error, OSError):
            message = f"{error.filename or 'standard output'}: {error.strerror}"
        say(message)
        return OutputError.exit_code if isinstance(error, OSError) else CatnetError.exit_code


def say(message: str) -> None:
    """Prints a message on stderr, with what a terminal would act on as escapes: it may hold any name."""
    from catnet.text import printable

    click.echo("\n".join("\t".join(map(printable, line.split("\t"))) for line in message.split("\n")), err=True)
