"""The forms of an address, what is wrong with others, and what can be read on a network."""

import json
import os
from pathlib import Path

import pytest

from catnet.cluster.addresses import FORMS, Local, is_exposed, parsed
from catnet.errors import ConfigError


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:8786", "tls://node-1.example.org:1", "tcp://[fe80::1%eth0]:65535", " tcp://a:1/ "]
)
def test_a_schedulers_address(address: str) -> None:
    assert parsed(address) == address.strip().rstrip("/")


def test_processes_of_this_machine() -> None:
    assert parsed("local:12") == Local(12) and str(Local(12)) == "local:12"


@pytest.mark.parametrize(
    "address",
    ["", " ", "local", "local:", "local:0", "local:-1", "local:two", "local:99999", "localhost:8786", "10.0.0.1:8786",
     "tcp://a", "tcp://a:0", "tcp://a:65536", "tcp://a:b", "tcp:/a:1", "tcp://a b:1", "tcp://a:1/x", "ucx://a:1",
     "inproc://1", "http://a:8787", "tcp://::1:8786"],
)  # fmt: skip
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(address)
    assert str(caught.value).endswith(f"is not the address of a cluster; give {FORMS}")


def test_a_scheduler_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scheduler.json").write_text(json.dumps({"type": "Scheduler", "address": "tcp://10.0.0.1:8786"}))
    assert parsed(str(tmp_path / "scheduler.json")) == "tcp://10.0.0.1:8786"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert parsed("~/scheduler.json") == "tcp://10.0.0.1:8786"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is not a scheduler file, which is JSON"),
        ("\x00\xff", "is not a scheduler file, which is JSON"),
        ("[" * 100_000, "is not a scheduler file, which is JSON"),
        ("[]", 'it has no "address"'),
        ('{"id": 1}', 'it has no "address"'),
        ('{"address": 5}', 'its "address" is 5'),
        ('{"address": ["tcp://a:1"]}', 'its "address" is a list'),
        ('{"address": "inproc://1/2"}', 'its "address" is inproc://1/2'),
    ],
)
def test_a_file_without_an_address(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "scheduler.json"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(ConfigError) as caught:
        parsed(str(path))
    assert str(caught.value).startswith(f"{path}: {said}") and "tcp://HOST:PORT" in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.json: no such scheduler file; is the scheduler running"):
        parsed(str(tmp_path / "none.json"))
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        parsed(str(tmp_path))
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigError, match="cannot be read: it is a pipe"):
        parsed(str(tmp_path / "pipe"))


def test_what_can_be_read_on_a_network() -> None:
    exposed = ["tcp://10.0.0.1:8786", "tcp://node-1:8786", "tcp://[fe80::1]:8786", "tcp://0.0.0.0:1"]
    safe = ["tls://10.0.0.1:8786", "tcp://127.0.0.1:8786", "tcp://127.1.2.3:8786", "tcp://[::1]:1", "tcp://LocalHost:1"]
    assert [is_exposed(address) for address in exposed + safe] == [True] * 4 + [False] * 5
