"""How much memory is available, so that a training that needs more is refused before it allocates."""

import os
from pathlib import Path

from catnet.engine.parallel import thread_count
from catnet.errors import NotEnoughMemory
from catnet.text import byte_size

BYTES_OF_ARENA = 64 << 20  # of glibc's malloc: of addresses, most of which are never used
CGROUP = Path("/sys/fs/cgroup")


def available_memory() -> float:
    """Bytes that can still be allocated: what the machine has left, or what the limits of the process leave."""
    return min([*of_machine(), *of_container(), *of_process()], default=float("inf"))


def require(needed: float, what: str, fix: str) -> None:
    """Raises NotEnoughMemory if that many bytes are not available. `what` needs them, `fix` is the advice."""
    available = available_memory()
    if needed > available:
        raise NotEnoughMemory(
            f"{what} needs {byte_size(needed)} of memory, {byte_size(available)} are available; {fix}"
        )


def of_machine() -> list[float]:
    """What the system says that it could give without swapping."""
    try:
        lines = Path("/proc/meminfo").read_text("utf-8").splitlines()
        return [float(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
    except OSError:
        pass  # not Linux
    try:
        return [float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES")]
    except (AttributeError, OSError, ValueError):
        return []


def of_container() -> list[float]:
    """What the limit of a control group (version 2 or 1) leaves; pages of files do not count, they can be dropped."""
    for limit, used, files in (
        ("memory.max", "memory.current", ("inactive_file", "active_file")),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", ("total_inactive_file", "total_active_file")),
    ):
        try:
            most = (CGROUP / limit).read_text("utf-8").strip()
            stat = dict(
                line.split() for line in (CGROUP / used).with_name("memory.stat").read_text("utf-8").splitlines()
            )
            pages = sum(float(stat.get(name, 0)) for name in files)
            return [] if most == "max" else [float(most) - float((CGROUP / used).read_text("utf-8")) + pages]
        except (OSError, ValueError):
            continue
    return []


def of_process() -> list[float]:
    """What `ulimit -v` leaves, besides the addresses that the C library reserves for threads."""
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        used = float(Path("/proc/self/statm").read_text("utf-8").split()[0]) * os.sysconf("SC_PAGE_SIZE")
        return [] if limit == resource.RLIM_INFINITY else [limit - used - 2 * thread_count() * BYTES_OF_ARENA]
    except (ImportError, OSError, ValueError):
        return []
