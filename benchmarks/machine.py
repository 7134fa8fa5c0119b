"""The machine: what it is, the BLAS kernel that catnet's command sets on it, and the rate of its matrix product.

`python -m benchmarks.machine float32 3072 OUT` measures the rate of NumPy's product of 3072 x 3072, as JSON to OUT.
"""

import json
import os
import platform
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from catnet.cli.blas import kernel_for

CPUINFO = Path("/proc/cpuinfo")
TIMES = 7


def processor() -> dict[str, str]:
    """The fields of the first processor of the list; empty if there is none."""
    try:
        first = CPUINFO.read_text().split("\n\n")[0]
    except OSError:
        return {}
    return {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in first.splitlines())}


def kernel_of_the_command() -> dict[str, str]:
    """The variable that catnet's command sets before NumPy loads; empty if the user set it, or it sets none."""
    kernel = None if "OPENBLAS_CORETYPE" in os.environ else kernel_for(CPUINFO)
    return {"OPENBLAS_CORETYPE": kernel} if kernel else {}


def usable_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def description(threads: int) -> dict[str, str]:
    """The machine and the versions, as the report shows them."""
    facts = processor()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    vectors = "AVX-512" if "avx512f" in facts.get("flags", "") else "no AVX-512"
    model = facts.get("model name", platform.processor() or platform.machine())
    return {
        "processor": f"{model}, family {facts.get('cpu family', '?')}, model {facts.get('model', '?')}, {vectors}",
        "cores": f"{usable_cores()}, of which each contender uses {threads} threads",
        "memory": f"{memory:.1f} GB",
        "priority": priority(),
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "versions": ", ".join(f"{name} {version_of(name)}" for name in ("catnet", "numpy", "torch", "scikit-learn")),
    }


def priority() -> str:
    """Whether the contenders go before all other programs of the machine, as under `chrt -f 10`."""
    real_time = hasattr(os, "sched_getscheduler") and os.sched_getscheduler(0) == os.SCHED_FIFO
    return "real-time (`chrt -f`): other programs wait" if real_time else "ordinary"


def version_of(package: str) -> str:
    """The installed version, or `missing`."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def matrix_product_rate(precision: str, size: int) -> dict[str, Any]:
    """Floating-point operations per second of a large square product, the median; and its library and kernel."""
    import numpy as np
    from threadpoolctl import threadpool_info

    A = np.random.default_rng(0).standard_normal((size, size)).astype(precision)
    B = A.T.copy()
    C = A @ B
    seconds = []
    for _ in range(TIMES):
        started = time.perf_counter()
        np.matmul(A, B, out=C)
        seconds.append(time.perf_counter() - started)
    blas: dict[str, Any] = next((pool for pool in threadpool_info() if pool["user_api"] == "blas"), {})
    library = f"{blas.get('internal_api', 'unknown')} {blas.get('version', '')}".strip()
    return {
        "rate": 2 * size**3 / sorted(seconds)[TIMES // 2],
        "library": library,
        "kernel": blas.get("architecture", ""),
    }


if __name__ == "__main__":
    Path(sys.argv[3]).write_text(json.dumps(matrix_product_rate(sys.argv[1], int(sys.argv[2]))))
