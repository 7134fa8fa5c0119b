"""How much memory there is, so that too much is refused before it is asked for."""

import os
from pathlib import Path

from catnet.errors import NotEnoughMemory
from catnet.text import byte_size

CGROUP = Path("/sys/fs/cgroup")


def available_memory() -> float:
    """Bytes that may still be allocated: what the machine has left, or what the process's limits leave."""
    return min([*of_machine(), *of_container(), *of_process()], default=float("inf"))


def demand(needed: float, what: str, mend: str) -> None:
    """Raises NotEnoughMemory where so many bytes are not available."""
    available = available_memory()
    if needed > available:
        raise NotEnoughMemory(
            f"{what} needs {byte_size(needed)} of memory, {byte_size(available)} are available; {mend}"
        )


def of_machine() -> list[float]:
    """What the system says it could give without swapping."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return [float(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    except OSError:
        pass  # not Linux
    try:
        return [float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES")]
    except (AttributeError, OSError, ValueError):
        return []


def of_container() -> list[float]:
    """What the limit of a control group (of version 2, or 1) leaves; the pages of files are given back when needed."""
    for limit, used, files in (
        ("memory.max", "memory.current", ("inactive_file", "active_file")),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", ("total_inactive_file", "total_active_file")),
    ):
        try:
            most = (CGROUP / limit).read_text().strip()
            stat = dict(line.split() for line in (CGROUP / used).with_name("memory.stat").read_text().splitlines())
            pages = sum(float(stat.get(name, 0)) for name in files)
            return [] if most == "max" else [float(most) - float((CGROUP / used).read_text()) + pages]
        except (OSError, ValueError):
            continue
    return []


def of_process() -> list[float]:
    """What `ulimit -v` leaves."""
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        used = float(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        return [] if limit == resource.RLIM_INFINITY else [limit - used]
    except (ImportError, OSError, ValueError):
        return []
