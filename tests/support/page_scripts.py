"""The scripts of the exported page that compute, under Node.js and in a browser."""

import json
import shutil
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import catnet
from catnet.engine.types import Array

TEMPLATES = Path(catnet.__file__).parent / "export" / "templates"
COMPUTING = ("pixels.js", "decoding.js", "upright.js", "network.js")
SCRIPTS = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in COMPUTING)
BASE64 = """
const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const asBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
"""


def in_node(expression: str, given: Any = None) -> Any:
    """What an expression of JavaScript is, in which `given` is this value of JSON. Skips the test without Node.js."""
    if (node := shutil.which("node")) is None:
        pytest.skip("there is no node (Node.js 18 or newer)")
    program = f"{SCRIPTS}{BASE64}const given = JSON.parse(require('fs').readFileSync(0));"
    program += f"process.stdout.write(JSON.stringify({expression}));"
    done = subprocess.run([node, "-e", program], input=json.dumps(given), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def as_text(values: Array) -> str:
    """Bytes for `fromBase64`."""
    return b64encode(np.ascontiguousarray(values, np.uint8).tobytes()).decode()


def as_bytes(text: str) -> Array:
    """The bytes of `asBase64`."""
    return np.frombuffer(b64decode(text), np.uint8)
