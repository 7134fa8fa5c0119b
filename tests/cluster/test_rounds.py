"""One training on the workers of a cluster: to the bit what the sharded solver trains here, whoever the workers are."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from dask_processes import scheduler, until, worker
from equal_bits import CASES, Outcome, case, trained, write_data

import catnet
from catnet.api import Run
from catnet.cluster.connect import Cluster, connected
from catnet.cluster.rounds import on_workers
from catnet.engine.parallel import blas

SOAK = bool(os.environ.get("CATNET_SOAK"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("rounds"))


@pytest.fixture(scope="module")
def here(place: Path) -> dict[str, Outcome]:
    """Each case as it is trained here."""
    return {
        name: trained(case(place, {**settings, "train.solver": "sharded"}), place) for name, settings in CASES.items()
    }


@pytest.fixture(scope="module")
def file(place: Path) -> Iterator[Path]:
    """A scheduler with one worker, of two threads, which has a nanny."""
    with scheduler(place) as (file, _), worker(file, "--nthreads", "2", "--nanny"):
        yield file


@pytest.fixture(scope="module")
def one(file: Path) -> Iterator[Cluster]:
    """The one worker."""
    with connected(str(file)) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def three(file: Path) -> Iterator[Cluster]:
    """It, and two without a nanny and of one thread."""
    with worker(file), worker(file), connected(str(file)) as cluster:
        until(lambda: len(cluster.client.nthreads()) == 3)
        yield cluster


@pytest.mark.parametrize("name", [name for name in CASES if "shard" in name] + list(CASES)[:2])
def test_one_worker(one: Cluster, place: Path, here: dict[str, Outcome], name: str) -> None:
    assert trained(case(place, CASES[name]), place, on_workers(one)) == here[name]


@pytest.mark.parametrize("name", CASES)
def test_two_workers(cluster: Cluster, place: Path, here: dict[str, Outcome], name: str) -> None:
    """With nannies, of one thread."""
    assert trained(case(place, CASES[name]), place, on_workers(cluster)) == here[name]


@pytest.mark.parametrize("name", list(CASES) if SOAK else list(CASES)[1::3])
def test_three_workers(three: Cluster, place: Path, here: dict[str, Outcome], name: str) -> None:
    assert trained(case(place, CASES[name]), place, on_workers(three)) == here[name]


def test_from_a_program_that_runs_a_loop(
    cluster: Cluster, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in Jupyter; it is warned as the command warns."""
    monkeypatch.setattr("catnet.cluster.connect.blas", lambda: {**blas(), "kernel": "Other"})

    async def main() -> Run:
        return catnet.train(case(place, CASES["full batch"]), run_dir=tmp_path / "run", cluster=cluster.address)

    with pytest.warns(UserWarning, match="the BLAS kernel is Other here, and") as warned:
        run = asyncio.run(main())
    assert {warning.filename for warning in warned} == {__file__}
    assert len(run.history) == 3
