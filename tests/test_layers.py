"""A module imports only from the rooms below it; only the commands print, and know click and their flags."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "catnet"
ROOMS = re.findall(r"^\| `(\w+)` \|", (PACKAGE.parent / "ARCHITECTURE.md").read_text(encoding="utf-8"), re.MULTILINE)
FREE = {"__init__", "__main__"}
STANDALONE = PACKAGE / "export" / "standalone"  # the modules of an exported file, which is a command of its own
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem not in FREE)


def room_of(module: str) -> str | None:
    """`engine` for `catnet.engine.direct`; None for `catnet` itself, whose version anything may read."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else None


def imports_of(path: Path) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found.append(str(node.module))
    return found


def violations(room: str, imports: list[str]) -> list[str]:
    """The imports that a module of the room may not have."""
    ours = [name for name in imports if name.split(".")[0] == "catnet"]
    above = [name for name in ours if (other := room_of(name)) and ROOMS.index(other) > ROOMS.index(room)]
    return above + [name for name in imports if name in ("click", "tqdm") and room != "cli"]


def test_every_room_is_in_the_table() -> None:
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    assert rooms == set(ROOMS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_downwards(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert violations(room, imports_of(path)) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nothing_prints(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    prints = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]
    assert path.is_relative_to(STANDALONE) or not prints


def test_the_check_finds_a_wrong_import() -> None:
    assert violations("engine", ["numpy", "catnet.config"]) == ["catnet.config"]
    assert violations("data", ["click"]) == ["click"]
    assert violations("cli", ["click", "catnet.training.loop"]) == []


def flags_in(source: str) -> list[str]:
    """The flags of the command line that are named in the texts of a module, its docstrings left out."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, documented)}
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [flag for text in texts if text not in docstrings for flag in re.findall(r"(?<!\S)--[a-z-]+", text)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_commands_name_flags(path: Path) -> None:
    has_flags = path.is_relative_to(PACKAGE / "cli") or path.is_relative_to(STANDALONE)
    assert has_flags or flags_in(path.read_text(encoding="utf-8")) == []


def test_the_check_finds_a_flag() -> None:
    assert flags_in("raise OSError(f'{path} is there; give another --run-dir')") == ["--run-dir"]
    assert flags_in('def f():\n    """What --set does."""\n    return "a--b"') == []
