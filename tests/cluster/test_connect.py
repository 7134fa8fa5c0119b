"""Connecting to a cluster: what is told of its workers, what is warned of, and what must not be."""

import asyncio
import platform
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import dask
import pytest
from dask_processes import scheduler, worker

import catnet
from catnet.cli.cluster import cluster_at
from catnet.cluster import survey
from catnet.cluster.connect import connected, warnings_of
from catnet.cluster.facts import WorkerFacts, lines_of
from catnet.cluster.survey import NAMES, SCHEDULER, demand_same_versions, versions_here
from catnet.engine.parallel import blas
from catnet.errors import ClusterError, ConfigError

BLAS = blas()
KERNEL = str(BLAS["kernel"])
needs_kernels = pytest.mark.skipif(
    BLAS["library"] != "openblas" or platform.machine() != "x86_64" or KERNEL == "Nehalem",
    reason="OpenBLAS has no other kernel for this machine",
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file of a scheduler without workers."""
    with scheduler(tmp_path_factory.mktemp("scheduler")) as (file, _):
        yield file


@pytest.fixture(autouse=True)
def of_one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test does not wait for more workers than the first."""
    monkeypatch.setattr(survey, "SECONDS_TO_SETTLE", 0.0)


def refused(address: str, timeout: float = 10) -> str:
    """Why there is no connection to a cluster."""
    with pytest.raises(ClusterError) as caught, connected(address, timeout):
        pass
    return str(caught.value)


def facts(number: int, **other: object) -> WorkerFacts:
    """Facts of an imagined worker."""
    known = dict(address=f"tcp://10.0.0.{number}:4711", name=str(number), host=f"node{number}", pid=number, threads=2)
    return WorkerFacts(**{**known, "memory_limit": 4e9, "blas": BLAS, "versions": versions_here(), **other})  # type: ignore[arg-type]


def test_equal_workers_are_one_line_if_there_are_many() -> None:
    many = [facts(number) for number in range(200)] + [facts(200, threads=1, memory_limit=0)]
    told, other = lines_of(many)
    assert told.startswith("200 workers on node0, node1, ") and "more, each with 2 threads, " in told
    assert len(told) < 200
    assert other.startswith("1 worker on node200: 1 thread, ") and "no memory limit" in other


def test_a_connection_without_tls_is_warned_of() -> None:
    (warning,) = warnings_of("tcp://127.0.0.1:8786", [facts(1), facts(2)])
    assert warning.startswith("the cluster is not encrypted, as at tcp://10.0.0.1:4711: whoever reaches its ports can")
    assert "tls://" in warning and "\n" not in warning
    (warning,) = warnings_of("tcp://node:8786", [facts(1, address="tcp://127.0.0.1:1")])
    assert "as at tcp://node:8786" in warning
    assert list(warnings_of("tls://node:8786", [facts(1, address="tls://10.0.0.1:1")])) == []


@needs_kernels
def test_mixed_kernels_are_warned_of(file: Path) -> None:
    with worker(file, OPENBLAS_CORETYPE="Nehalem"), connected(str(file)) as cluster:
        assert [told.kernel for told in cluster.workers] == ["Nehalem"]
        (warning,) = cluster.other_kernels
        assert not cluster.warnings
        assert warning.startswith(f"the BLAS kernel is {KERNEL} here, and Nehalem on {cluster.workers[0].name}: ")
        assert warning.endswith(f"start the workers with OPENBLAS_CORETYPE={KERNEL}")


def test_other_versions_are_named_before_anything_starts(tmp_path: Path, file: Path) -> None:
    for name in ("catnet-99.1", "numpy-1.0"):
        metadata = tmp_path / "other" / f"{name}.dist-info" / "METADATA"
        metadata.parent.mkdir(parents=True)
        metadata.write_text("Metadata-Version: 2.1\nName: {}\nVersion: {}\n".format(*name.split("-")))
    with worker(file, FIRST=str(tmp_path / "other")):
        head, line = refused(str(file)).splitlines()
    here = ", ".join(f"{name} {version}" for name, version in versions_here().items())
    assert head.endswith(f" has other versions than this machine; install there {here}")
    assert line.startswith("  worker tcp://127.0.0.1:") and line.endswith(": catnet 99.1, NumPy 1.0")


def test_what_differs_and_what_may() -> None:
    here = versions_here()
    patch = here | {"Python": here["Python"] + "9"}
    other = {"NumPy": None, "Python": "2.7.1"}
    demand_same_versions({"worker 1": here, "worker 2": patch, SCHEDULER: {}}, "tcp://a:9")
    with pytest.raises(ClusterError) as caught:
        demand_same_versions({"worker 1": patch, "worker 2": other, "worker 3": other}, "tcp://a:9")
    _, line = str(caught.value).splitlines()
    assert line == "  worker 2, worker 3: no NumPy, Python 2.7.1"
    with pytest.raises(ClusterError, match=r"\n  the scheduler: dask 1\.0$"):
        demand_same_versions({SCHEDULER: here | {"dask": "1.0"}}, "tcp://a:9")
    assert set(here) == set(NAMES.values())


def without_catnet(folder: Path) -> dict[str, str]:
    """The environment of a process in which catnet cannot be imported, and is installed nowhere."""
    (folder / "sitecustomize.py").write_text(
        "import sys, importlib.metadata as metadata\nsys.modules['catnet'] = None\nfound = metadata.version\n"
        "metadata.version = lambda name: found(name if name != 'catnet' else 'no such package')\n"
    )
    return {"FIRST": str(folder)}


def test_a_worker_without_catnet_is_named(tmp_path: Path, file: Path) -> None:
    with worker(file, **without_catnet(tmp_path)):
        head, line = refused(str(file)).splitlines()
    assert head.endswith(f" can run catnet {catnet.__version__}; install it there")
    assert line.startswith("  worker tcp://127.0.0.1:") and "No module named 'catnet" in line


def test_a_scheduler_without_catnet_is_named(tmp_path: Path) -> None:
    with scheduler(tmp_path, **without_catnet(tmp_path)) as (file, _), worker(file):
        head, line = refused(str(file)).splitlines()
    assert head.endswith(f" can run catnet {catnet.__version__}; install it there")
    assert line.startswith("  the scheduler: ") and "catnet" in line


def test_nothing_answers() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        told = refused(address, timeout=0.3)
    assert told.startswith(f"no scheduler answers at {address} within 0.3 s (") and "firewall" in told


@pytest.mark.parametrize(
    ("reply", "timeout", "said"),
    [(b"HTTP/1.1 400 Bad Request\r\n\r\n", 5, "is no scheduler of Dask"), (b"", 0.3, "no scheduler answers")],
)
def test_something_else_answers(reply: bytes, timeout: float, said: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []

        def answer() -> None:
            taken.append(server.accept()[0])
            taken[0].sendall(reply)

        thread = threading.Thread(target=answer)
        thread.start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        assert said in refused(address, timeout)
        thread.join()
        taken[0].close()


def test_no_worker(file: Path) -> None:
    told = refused(str(file), timeout=1)
    assert told.startswith("no worker has come to the scheduler at tcp://127.0.0.1:")
    assert "; start some: dask worker tcp://127.0.0.1:" in told


@pytest.mark.parametrize(("counts", "found", "looks"), [((2, 3), 2, 1), ((0, 0, 1, 1, 3), 3, 16)])
def test_workers_that_are_just_being_started_are_waited_for(
    counts: tuple[int, ...], found: int, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survey, "SECONDS_BETWEEN_LOOKS", 0.001)
    monkeypatch.setattr(survey, "SECONDS_TO_SETTLE", 0.0095)
    asked: list[str] = []

    async def ask(what: str) -> dict[str, dict[str, dict[str, str]]]:
        count = counts[min(len(asked), len(counts) - 1)]
        asked.append(what)
        return {"workers": {f"tcp://a:{port}": {} for port in range(count)}}

    assert len(asyncio.run(survey._workers(ask, "tcp://a:9", 1.0))) == found
    assert asked == ["identity"] * looks


def test_a_worker_that_does_not_answer_is_named(file: Path) -> None:
    with worker(file) as process:
        with connected(str(file)) as cluster:
            address = cluster.workers[0].address
        process.send_signal(signal.SIGSTOP)
        assert f"not heard of worker {address} for the longest time" in refused(str(file), timeout=1)


def test_tls_without_certificates(tmp_path: Path) -> None:
    told = refused("tls://a:1")
    assert told.startswith("tls://a:1 needs TLS, which is not set up; ") and "distributed.comm.tls" in told
    missing = str(tmp_path / "none.pem")
    names = ("ca-file", "client.cert", "client.key")
    with dask.config.set({f"distributed.comm.tls.{name}": missing for name in names}):
        told = refused("tls://a:1")
    assert told.startswith("TLS cannot be set up: [Errno 2] No such file") and "distributed.comm.tls" in told


def test_the_extra_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigError) as caught, connected("local:2"):
        pass
    assert str(caught.value) == ('a cluster needs dask and distributed; install them: pip install "catnet[cluster]"')


@pytest.mark.parametrize("what", ["import catnet, catnet.cli.main, catnet.cli.cluster, catnet.cluster.connect", "help"])
def test_nothing_of_dask_is_imported_without_a_cluster(what: str) -> None:
    if what == "help":
        what = "from catnet.cli.main import cli; cli.main(['train', '--help'], standalone_mode=False)"
    look = "import sys; assert not {'dask', 'distributed', 'tornado'} & set(sys.modules), 'imported'"
    subprocess.run([sys.executable, "-c", f"{what}; {look}"], check=True, stdout=subprocess.DEVNULL)


def test_a_command_tells_the_cluster(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with cluster_at(None) as cluster:
        assert cluster is None and capfd.readouterr() == ("", "")
    with worker(file), cluster_at(str(file)) as cluster:
        assert cluster is not None
        expected = [*cluster.lines(), *(f"warning: {warning}" for warning in cluster.warnings)]
    out, err = capfd.readouterr()
    assert out == "" and err.splitlines() == expected and len(expected) == 2
