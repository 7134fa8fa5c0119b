"""Whose fault it is that something fails on a worker: that of the worker, which is named, or that of the training."""

from catnet.cluster.members import Member
from catnet.errors import CatnetError, ClusterError, NoSuchData, OutputError
from catnet.selection.processes import Ended

ILLEGAL_INSTRUCTION = 4  # the signal of a processor that does not know an instruction
MOUNT = "each worker reads the data at the path that it has on this machine: mount it there, or end that worker"
DISK = "that is on the worker's own disk: free some of it, or start the worker with another local directory"


def demand_of_the_training(member: Member, error: CatnetError, compares: bool) -> None:
    """Raises ClusterError for the error of a process on a worker that is none of its training's: `compares`, that of
    reading what this machine has read.
    """
    what = str(error).rstrip(".")
    if isinstance(error, NoSuchData):
        raise ClusterError(f"{member.label}: {what}; {MOUNT}") from error
    if isinstance(error, OutputError):
        raise ClusterError(f"{member.label}: {what}; {DISK}") from error
    if isinstance(error, ClusterError) or type(error) is CatnetError:
        raise ClusterError(f"{member.label}: {error}") from error
    if compares:
        what, _, _ = what.partition("; ")  # whose advice is for who has no other machine to compare with
        raise other_data(member, what) from error


def other_data(member: Member, what: str) -> ClusterError:
    """The error that a worker reads other data than this machine."""
    return ClusterError(
        f"{member.label} does not read the data that this machine reads: {what}; let it read the same files at the "
        "same path, or end it"
    )


def error_of_process(member: Member, status: int, before: int, kernel: str) -> CatnetError:
    """The error for a process of a worker that has ended, `before` which others of the same training have.

    Raises ClusterError if it does not know the kernel that OpenBLAS is asked to use.
    """
    if status == -ILLEGAL_INSTRUCTION and kernel:
        raise ClusterError(
            f"{member.label}: its processor cannot compute with the BLAS kernel of this machine, {kernel}; set "
            "OPENBLAS_CORETYPE here to one that all processors have, such as Haswell"
        )
    ended = Ended(status)
    ended.twice = before > 0
    return type(ended.error)(f"{member.label}: {ended.error}")
