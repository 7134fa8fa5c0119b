"""Prints the lowest versions that pyproject.toml allows, as constraints for pip.

A package that pyproject.toml gives a bound is set to that bound; all others keep the version of constraints.txt.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLLOWS = {"pydantic-core"}  # pydantic itself asks for one version of it


def name_of(requirement: str) -> str:
    """The name in `name>=1.2` or `name==1.2`, as packages are compared: typing_extensions is typing-extensions."""
    name = re.split(r"[<>=\[ ]", requirement)[0]
    return name.lower().replace("_", "-")


project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
extras = project["project"]["optional-dependencies"]
bounded = [
    *project["build-system"]["requires"],
    *project["project"]["dependencies"],
    *extras["report"],
    *extras["tensorboard"],
    *extras["h5"],
    *extras["cluster"],
    *extras["onnx"],
]
# not ==, by which pip would install a version that its authors have withdrawn
lowest = {name_of(line): re.sub(">=(.+)", r">=\1,<=\1", line) for line in bounded}
pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
newest = {name_of(line): line for line in pinned if line and not line.startswith("#")}
for name, line in sorted((newest | lowest).items()):
    if name not in FOLLOWS:
        print(line)
