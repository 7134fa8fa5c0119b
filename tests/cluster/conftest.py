"""A cluster of real processes that the tests of this folder share."""

from collections.abc import Iterator

import pytest

from catnet.cluster.connect import Cluster, connected
from catnet.engine.parallel import blas


@pytest.fixture(scope="session", autouse=True)
def one_kernel() -> Iterator[None]:
    """Processes that tests start have the kernel that this one has loaded, whatever the command asked for later."""
    with pytest.MonkeyPatch.context() as patch:
        if blas()["library"] == "openblas":
            patch.setenv("OPENBLAS_CORETYPE", blas()["kernel"])
        yield


@pytest.fixture(scope="session")
def cluster(one_kernel: None) -> Iterator[Cluster]:
    """Two workers on this machine. What a test does to them it undoes."""
    with connected("local:2") as cluster:
        yield cluster
