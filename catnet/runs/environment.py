"""What decides the last bits of a training, in addition to its data and its configuration."""

import platform

import numpy as np

import catnet
from catnet.engine.parallel import blas


def environment() -> dict[str, str]:
    """The versions, the kind of machine, and the BLAS: its version, the kernel it chose, its threads."""
    products = blas()
    return {
        "catnet": catnet.__version__,
        "NumPy": np.__version__,
        "machine": platform.machine(),
        "BLAS": f"{products['library']} {products['version']}",
        "BLAS kernel": str(products["kernel"]),
        "BLAS threads": str(products["threads"]),
    }
