"""A cluster of real processes that the tests of this folder share."""

from collections.abc import Iterator

import pytest

from catnet.cluster.connect import Cluster, connected


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Two workers on this machine. A test that kills one, or leaves something on it, starts its own."""
    with connected("local:2") as cluster:
        yield cluster
