"""The cluster that a command trains on, and what is told of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from catnet.cli.interruption import tidied_up

if TYPE_CHECKING:
    from catnet.cluster.connect import Cluster


@contextmanager
def cluster_at(address: str | None) -> "Iterator[Cluster | None]":
    """The cluster at the address of `--cluster`, with its workers told on stderr; None if none is named.

    A signal that ends the process leaves nothing of it.
    """
    if address is None:
        yield None
        return
    from catnet.cluster.connect import connected  # late, because it imports asyncio

    with tidied_up(), connected(address) as cluster:
        for line in cluster.lines():
            click.echo(line, err=True)
        for warning in cluster.warnings:
            click.echo(f"warning: {warning}", err=True)
        yield cluster
