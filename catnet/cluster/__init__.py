"""What is done by the workers of a Dask cluster, if one is named; nothing of Dask is imported before.

The extra `cluster` has dask and distributed. `connect.py` is the door: all else takes the `Cluster` that it gives.
"""

from importlib.util import find_spec

EXTRA = 'pip install "catnet[cluster]"'  # how to get the extra


def is_installed() -> bool:
    """Whether the extra `cluster` is there, found without importing it."""
    return find_spec("dask") is not None and find_spec("distributed") is not None
