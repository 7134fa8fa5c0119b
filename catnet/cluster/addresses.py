"""The address of a cluster, in the forms that a user may give it."""

import ipaddress
import json
import os
import re
from dataclasses import dataclass

from catnet.errors import ConfigError
from catnet.files import read_regular
from catnet.text import printable, shown

FORMS = (
    "tcp://HOST:PORT or tls://HOST:PORT of a scheduler, the path of a file that a scheduler writes, or local:4 for 4 "
    "worker processes on this machine"
)
SCHEDULER = re.compile(r"(tcp|tls)://(\[[0-9A-Fa-f:.%\w]+\]|[^\s/:\[\]]+):(\d{1,5})/?")
LOCAL = re.compile(r"local:([1-9]\d{0,3})")
LARGEST_FILE = 1 << 24  # bytes; a scheduler that has workers when it writes its file names them in it


@dataclass(frozen=True)
class Local:
    """So many worker processes on this machine."""

    count: int

    def __str__(self) -> str:
        return f"local:{self.count}"


def parsed(address: str) -> str | Local:
    """The address of a scheduler, also of one that a file names, or how many processes of this machine.

    Raises ConfigError for any other text, and for a file that names no scheduler.
    """
    text = address.strip()
    if is_scheduler(text):
        return text.rstrip("/")
    if local := LOCAL.fullmatch(text):
        return Local(int(local[1]))
    if re.match(r"local\b|[a-z+]*:/|$", text) or (re.fullmatch(r"[^/]+:\d+", text) and not os.path.lexists(text)):
        raise ConfigError(f"{shown(address)} is not the address of a cluster; give {FORMS}")
    return of_file(os.path.expanduser(text))


def is_scheduler(text: object) -> bool:
    """Whether it is `tcp://HOST:PORT` or `tls://HOST:PORT`."""
    found = SCHEDULER.fullmatch(text) if isinstance(text, str) else None
    return found is not None and 0 < int(found[3]) < 1 << 16


def of_file(path: str) -> str:
    """The address in a scheduler file. Raises ConfigError if there is none."""
    try:
        content = json.loads(read_regular(path, LARGEST_FILE))
    except FileNotFoundError as error:
        fix = "is the scheduler running, and its folder one that this machine sees too?"
        raise ConfigError(f"{printable(path)}: no such scheduler file; {fix} An address is {FORMS}") from error
    except OSError as error:
        raise ConfigError(f"{printable(path)}: cannot be read: {error.strerror or error}; give {FORMS}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{printable(path)}: is not a scheduler file, which is JSON; give {FORMS}") from error
    address = content.get("address") if isinstance(content, dict) else None
    if not is_scheduler(address):
        found = f'its "address" is {shown(address)}' if address is not None else 'it has no "address"'
        raise ConfigError(f"{printable(path)}: {found}, and a scheduler file names one, tcp://HOST:PORT or tls://...")
    return str(address).rstrip("/")


def is_exposed(address: str) -> bool:
    """Whether what goes to this address can be read on a network: it is not encrypted, and not of this machine."""
    found = SCHEDULER.fullmatch(address)
    if found is None or found[1] == "tls":
        return False
    host = found[2].strip("[]")
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() != "localhost"
