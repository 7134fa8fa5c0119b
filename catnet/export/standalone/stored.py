"""What the file holds of the model. Here it is empty: `catnet/export/python.py` writes these names and their values."""

from typing import Any

FACTS: dict[str, Any] = {}  # the goal, the classes, the sizes, ...: see docs/MODEL_FILE.md of catnet
NUMBERS: dict[str, tuple[str, tuple[int, ...], str]] = {}  # by name: the type, the shape, and the bytes in base64
