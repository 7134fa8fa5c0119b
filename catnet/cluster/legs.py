"""What a worker of a cluster does for a search: a leg of a training, in a process that the worker keeps for it.

A leg of a trial takes some seconds. The files of its training are on the worker's disk, and what has changed of them
comes back to the client. So the next leg may run on any worker, and a worker that dies costs no more than a leg.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from catnet.cluster.children import CHILDREN, Process
from catnet.cluster.files import contents, digests, write
from catnet.cluster.survey import versions_here
from catnet.data.cache_folder import VARIABLE as CACHE
from catnet.errors import CatnetError, ClusterError
from catnet.selection.processes import Ended, answered
from catnet.selection.trial import STOPPED

OURS = "catnet-"  # how the folder of a search begins, in that of the worker
SECONDS_BETWEEN_LOOKS = 0.5  # at whether a task is still wanted
RESULT, ERROR, ENDED, LACKS, VERSIONS = "result", "error", "ended", "lacks", "versions"


def leg(
    token: str,
    environment: Mapping[str, str],
    task: str,
    arguments: Mapping[str, Any],
    files: Mapping[str, str],
    content: Mapping[str, bytes] | None,
    seconds: float,
) -> dict[str, Any]:
    """What a task of `selection/tasks.py` answers on this worker, or its error, or how its process ended; and versions.

    If the arguments name a folder, the training is in one of that name here. Its files are to have the digests
    `files`; `content` are these files, if the worker is not expected to have them. The answer has the digests that they
    have now, and the content of those that have changed. Decoded pictures are kept on the worker's own disk: where its
    CATNET_CACHE says, else beside its folder, for the next worker there.
    """
    from distributed import get_worker

    disk = Path(get_worker().local_directory)
    here, variables = disk / f"{OURS}{token}", {CACHE: os.environ.get(CACHE) or str(disk.parent), **environment}
    asked, folder = {"task": task, "arguments": {**arguments}}, None
    versions: dict[str, Any] = {VERSIONS: versions_here()}
    try:
        if "folder" in arguments:
            folder = here / Path(arguments["folder"]).name
            if not has_files(folder, files, content):
                return versions | {LACKS: True}
            asked["arguments"] |= {"folder": str(folder), "seconds": seconds}  # type: ignore[operator]
        with CHILDREN.lent(token, here, variables) as child, killed_if_unwanted(child):
            answer = versions | {RESULT: answered(child, asked)}
        return answer if folder is None else answer | brought_back(folder, files, answer[RESULT])
    except CatnetError as error:
        return versions | {ERROR: [type(error).__name__, str(error)]}
    except Ended as ended:
        return versions | {ENDED: ended.status}
    except OSError as error:
        return versions | {
            ERROR: [ClusterError.__name__, f"the system starts no process to train in: {error.strerror or error}"]
        }


@contextmanager
def killed_if_unwanted(child: Process) -> Iterator[None]:
    """Within it, a process is killed as soon as Dask does not want the task of this thread any more: its client, which
    would have ended the process, was killed.
    """
    from distributed import get_worker

    worker, done = get_worker(), Event()
    key = worker.get_current_task()

    def watch() -> None:
        while not done.wait(SECONDS_BETWEEN_LOOKS):
            task = worker.state.tasks.get(key)
            if task is None or task.state == "cancelled":
                child.kill()
                return

    Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        done.set()


def has_files(folder: Path, files: Mapping[str, str], content: Mapping[str, bytes] | None) -> bool:
    """Whether the folder has these files, and no checkpoint that they do not have; once they are written, if there is
    content. Raises OutputError.
    """
    if files and digests(folder) == files:
        return True
    if files and content is None:
        return False
    shutil.rmtree(folder, ignore_errors=True)
    if content:
        write(folder, content, content)
    return True


def brought_back(folder: Path, files: Mapping[str, str], result: Mapping[str, Any]) -> dict[str, Any]:
    """The digests of the files of a training, and those that have changed; removes them here if it is done."""
    now = digests(folder)
    changed = contents(folder, (name for name, digest in now.items() if files.get(name) != digest))
    if STOPPED not in result:
        shutil.rmtree(folder, ignore_errors=True)
    return {"files": now, "content": changed}


def end(token: str) -> None:
    """Ends what a search has on this worker."""
    CHILDREN.end(token)
