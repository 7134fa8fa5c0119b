"""How much memory is available, and the message if it is not enough."""

from pathlib import Path

import pytest

from catnet.engine import memory
from catnet.errors import NotEnoughMemory


def cgroup(folder: Path, files: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text + "\n")
    monkeypatch.setattr(memory, "CGROUP", folder)
    return memory.of_container()


STAT = "anon 100\nfile 560\ninactive_file 500\nactive_file 60"


def test_pages_of_files_do_not_count_as_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"memory.max": "1000", "memory.current": "700", "memory.stat": STAT}
    assert cgroup(tmp_path, files, monkeypatch) == [1000 - 700 + 560]


def test_no_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"memory.max": "max", "memory.current": "700", "memory.stat": STAT}
    assert cgroup(tmp_path, files, monkeypatch) == []
    assert cgroup(tmp_path / "nothing", {}, monkeypatch) == []


def test_the_first_version_of_control_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "memory/memory.limit_in_bytes": "1000",
        "memory/memory.usage_in_bytes": "900",
        "memory/memory.stat": "total_inactive_file 300\ntotal_active_file 20",
    }
    assert cgroup(tmp_path, files, monkeypatch) == [1000 - 900 + 320]


def test_too_much_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 2e9)
    memory.require(2e9, "training", "make it smaller")
    with pytest.raises(NotEnoughMemory) as caught:
        memory.require(3e9, "training", "make it smaller")
    assert str(caught.value) == "training needs 3 GB of memory, 2 GB are available; make it smaller"
    assert caught.value.exit_code == 9
