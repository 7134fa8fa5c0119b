"""A cluster of real processes that the tests of this folder share."""

from collections.abc import Iterator

import pytest

from catnet.cluster.connect import Cluster, connected


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Two workers on this machine. What a test does to them it undoes."""
    with connected("local:2") as cluster:
        yield cluster
