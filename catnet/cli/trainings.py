"""Where the trainings of a command run: in processes of this machine, or on the workers of a cluster."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import click

from catnet.engine.parallel import thread_count
from catnet.selection.processes import workers
from catnet.selection.trainings import Trainings

if TYPE_CHECKING:
    from catnet.cluster.connect import Cluster


def demand_no_jobs(jobs: int | None, cluster: str | None) -> None:
    """Raises UsageError if a number of processes is given beside a cluster."""
    if jobs is not None and cluster is not None:
        raise click.UsageError("--jobs does not go with --cluster: there each thread of each worker trains.")


def at_once(cluster: "Cluster | None", jobs: int | None) -> int:
    """How many trainings run at once."""
    return sum(worker.threads for worker in cluster.workers) if cluster else jobs or thread_count()


def trainings_by(cluster: "Cluster | None", jobs: int | None) -> AbstractContextManager[Trainings]:
    """What trains: the workers of a cluster, or so many processes of this machine."""
    if cluster is None:
        return workers(at_once(None, jobs))
    from catnet.cluster.trainings import RemoteTrainings

    return RemoteTrainings(cluster, warn=lambda warning: click.echo(f"warning: {warning}", err=True))
