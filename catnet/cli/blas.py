"""The kernel that OpenBLAS is asked to use, before NumPy loads it."""

import os
from pathlib import Path

AVX512 = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}

# By family of an AMD processor with AVX-512; what OpenBLAS chooses by itself differs from release to release.
# Zen 5 has units as wide as AVX-512: twice the float32 products. Zen 4 takes two steps for each, and the AVX2 kernel
# is faster for our thin products: 64 x 12288 by 12288 x 170, on one core, 90 GFLOP/s against 70.
KERNELS = {"25": "Haswell", "26": "SkylakeX"}


def prefer_kernel(cpuinfo: Path = Path("/proc/cpuinfo")) -> None:
    """Sets OPENBLAS_CORETYPE if the processor is in the table and the user has set nothing."""
    if "OPENBLAS_CORETYPE" not in os.environ and (kernel := kernel_for(cpuinfo)):
        os.environ["OPENBLAS_CORETYPE"] = kernel


def kernel_for(cpuinfo: Path) -> str | None:
    """The kernel for the first processor of the list, None if OpenBLAS is left to choose."""
    try:
        with cpuinfo.open(encoding="utf-8", errors="replace") as file:
            text = file.read(1 << 14).split("\n\n")[0]
    except OSError:
        return None  # not Linux
    facts = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    facts = {name.strip(): value.strip() for name, value in facts.items()}
    if facts.get("vendor_id") != "AuthenticAMD" or not set(facts.get("flags", "").split()) >= AVX512:
        return None
    return KERNELS.get(facts.get("cpu family", ""))
