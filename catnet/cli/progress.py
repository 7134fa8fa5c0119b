"""What a training shows while it runs: a bar on a terminal, plain lines in a pipe."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any

import click

from catnet.cli.streams import raw
from catnet.runs.history import EPOCH, Row
from catnet.text import number
from catnet.training.session import Session

if TYPE_CHECKING:
    from tqdm import tqdm

PLAIN_LINES = 10  # in a pipe
SECONDS_BETWEEN_LINES = 10.0  # at most: more lines if the epochs are slow
BAR = "{n_fmt}/{total_fmt} |{bar}| {elapsed}<{remaining}{postfix}"  # leaves 50 columns of 80 to cost and metric

Show = Callable[[Row], None]


def bar_on_terminal(**options: Any) -> "tqdm[Any]":
    """A bar, which `options` describe as tqdm takes them."""
    from tqdm import tqdm  # late, because a pipe has no bar

    # tqdm's own lock, for bars of several processes, takes longer to make than a training to start
    tqdm.set_lock(RLock())
    return tqdm(dynamic_ncols=True, file=raw(sys.stderr), **options)


@contextmanager
def decoding_bar() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal while the pictures are decoded; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    bars, bar = ExitStack(), None

    def progress(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:  # only now the total is known, without which it does not fit a narrow terminal
            bar = bars.enter_context(bar_on_terminal(total=total, desc="decoding", unit=" pictures", leave=False))
        bar.total = total
        bar.update(done - bar.n)

    with bars:
        yield progress


@contextmanager
def epoch_display(session: Session) -> Iterator[Show]:
    """Shows an epoch's cost and metric: in a bar on a terminal, as plain lines in a pipe."""
    epochs, before = session.setup.config.train.epochs, session.epoch
    headline = session.setup.model.question.kind.headline
    if sys.stderr.isatty():
        with bar_on_terminal(total=epochs, initial=before, unit="epoch", bar_format=BAR) as bar:
            measured: Row = {}  # the latest on the validation data, which is not measured in every epoch

            def show(row: Row) -> None:
                nonlocal measured
                measured = validated(row) or measured
                if bar.update():  # it was redrawn, with the text of an earlier epoch
                    bar.set_postfix_str(in_short(row | measured, headline))

            yield show
            if session.epoch > before:
                bar.set_postfix_str(in_short(session.history[-1] | measured, headline))
        return

    last, last_tenth = time.monotonic(), 0

    def print_line(row: Row) -> None:
        nonlocal last, last_tenth
        epoch = int(row[EPOCH] or 0)
        tenth = epoch // max(1, epochs // PLAIN_LINES)
        measured = metric_of(row, headline) is not None  # which it is not in every epoch
        due = tenth > last_tenth and measured
        if epoch in (before + 1, epochs) or due or time.monotonic() - last > SECONDS_BETWEEN_LINES:
            last, last_tenth = time.monotonic(), tenth if measured else last_tenth
            click.echo(f"epoch {epoch}/{epochs}: {describe(row, headline)}", err=True)

    yield print_line


def describe(row: Row, headline: str, digits: int = 6) -> str:
    """The cost, and the validation cost and the headline metric if they were measured in this epoch."""
    parts = [f"train_cost {row['train_cost']:.{digits}g}"]
    if validated(row):
        value = row["validation_cost"]
        parts.append(f"validation_cost {'-' if value is None else f'{value:.{digits}g}'}")
    if (name := metric_of(row, headline)) is not None:
        parts.append(f"{name} {number(row[name])}")
    return ", ".join(parts)


def validated(row: Row) -> Row:
    """What was measured on the validation data; nothing if it was not in this epoch, whose cells are then all empty."""
    found = {name: value for name, value in row.items() if name.startswith("validation_")}
    return found if any(value is not None for value in found.values()) else {}


def metric_of(row: Row, headline: str) -> str | None:
    """The column of the headline metric: of the validation data, else of the training data; None if it is empty."""
    name = f"validation_{headline}" if f"validation_{headline}" in row else f"train_{headline}"
    return name if row.get(name) is not None else None


def in_short(row: Row, headline: str) -> str:
    """The same with shorter names and numbers, so that it fits on a terminal of 80 columns beside the bar."""
    description = describe(row, headline, digits=4)
    return description.replace("train_cost", "cost").replace("validation_", "val_").replace("train_", "")
