"""A disk on which each operation takes its time: the lock is held over the whole of a resume, to the last byte."""

import pickle
import re
import signal
import socket
import time
from pathlib import Path

from children import Child
from disk import Disk
from trials import TALLY, Reference, demand_same, number, prepare, words


def test_resumes_at_any_moment_of_a_slow_one(place: Path, reference: Reference) -> None:
    """The first sets damaged checkpoints aside and writes metrics.csv again, slowly; the others change nothing."""
    folder = prepare(place / "trial")
    child = Child(folder, *words(folder), disk=Disk(folder, at=90))  # after several checkpoints
    assert child.wait() == -signal.SIGKILL
    newest = max((folder / "run" / "checkpoints").glob("epoch-*.safetensors"))
    newest.write_bytes(newest.read_bytes()[:-1])
    (folder / "run" / ".lock").write_text(f"process {child.process.pid} on {socket.gethostname()}\n")
    slow = Child(folder, *words(folder), disk=Disk(folder, pause=number(10, 200) / 1000)).started()
    others = 0
    while not (folder / "run" / ".lock").read_text().startswith(f"process {slow.process.pid} "):
        time.sleep(0.001)
    while slow.process.exitcode is None:
        other = Child(folder, *words(folder), disk=Disk(folder, record=folder / "operations"))
        code, said = other.wait(), other.text()
        if code == 0:
            break
        assert code == 6, said
        match = re.fullmatch(r"run: (.*) is training in it; wait for it, or end it\n", said)
        assert match is not None, said
        done = [
            (operation.name, Path(operation.path).name)
            for operation in pickle.loads((folder / "operations").read_bytes())
        ]
        assert set(done) <= {("open", ".lock")}, done
        assert match[1] == f"process {slow.process.pid} on {socket.gethostname()}"
        others += 1
    assert slow.wait() == 0, slow.text()
    assert newest.with_name(f"{newest.name}.damaged").exists()
    demand_same(folder / "run", reference.outcome)
    assert others > 0
    TALLY.append(
        f"a slow disk: {others} resumes while another one resumes and trains; all ended with 6, the end is the same"
    )
