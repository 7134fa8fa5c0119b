"""What decides the last bits of a training, in addition to its data and its configuration."""

import platform

import numpy as np
from threadpoolctl import threadpool_info

import catnet


def environment() -> dict[str, str]:
    """The versions, the kind of machine, and the BLAS: its version, the kernel it chose, its threads."""
    facts = {"catnet": catnet.__version__, "NumPy": np.__version__, "machine": platform.machine()}
    for library in threadpool_info():
        if library["user_api"] == "blas":
            facts |= {
                "BLAS": f"{library['internal_api']} {library['version']}",
                "BLAS kernel": str(library.get("architecture")),
                "BLAS threads": str(library["num_threads"]),
            }
    return facts
