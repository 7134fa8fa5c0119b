"""Writing a model in a form for elsewhere."""

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from catnet.errors import ConfigError
from catnet.export import seal
from catnet.export.exported import Exported, Made
from catnet.files import identity, open_regular
from catnet.runs.checkpoints import load
from catnet.runs.files import demand_own, make_folders, write_atomically, writing
from catnet.runs.find import run_of
from catnet.runs.layout import EXPORTED, SUMMARY
from catnet.text import alternatives, printable, shown


class Form(NamedTuple):
    """How a file of a form is called if no name is given ({} is that of the run), how its name ends, what it is in
    words, and what the beginning of each holds, by which those that catnet wrote are known. One that people edit has a
    seal there: an edited one counts as theirs. `needs` is a package that makes it, and the name of catnet's extra.
    """

    file: str
    suffixes: tuple[str, ...]
    what: str
    mark: bytes
    is_sealed: bool = False
    needs: str | None = None


# By name; what makes each is `make` in the module of that name, which is imported when it is asked for.
FORMS = {
    "onnx": Form("{}.onnx", (".onnx",), "an ONNX file", b"\x12\x0dcatnet export", needs="onnx"),
    "python": Form("predict.py", (".py",), "a Python file", seal.PYTHON_MARK, is_sealed=True),
    "page": Form("{}.html", (".html", ".htm"), "a page", b'<meta name="generator" content="catnet export">'),
    "card": Form("README.md", (".md",), "a model card", seal.MARK, is_sealed=True),
}
BEGINNING = 8192  # bytes, in which the mark is
LARGEST_SEALED = 1 << 30  # bytes of a sealed file
ATTEMPTS = 5  # to make a form of one state of the model while its training goes on


def export(exported: Exported, form: str, output: Path | None = None) -> tuple[Path, Made]:
    """Writes the model in a form, to `output` or into the folder `exported` of its run; the file, and what it is.

    Raises as `demand_form`, ConfigError, OutputError; the latter also if another file than an earlier one of that form
    is there.
    """
    demand_form(form)
    target = default_target(exported, form) if output is None else output
    with writing(target):
        demand_own(target, lambda path: is_own(path, form), f"move it away{why_not_own(target, form)}")
    made = made_of_one_state(replace(exported, output=target), import_module(f"catnet.export.{form}").make)
    if output is None:
        with writing(target.parent):
            make_folders(target.parent)
    write_atomically(target, made.content, is_own=lambda path: is_own(path, form))
    return target, made


def made_of_one_state(exported: Exported, make: Callable[[Exported], Made]) -> Made:
    """What a form consists of, of the model file as it is now. If a training saves meanwhile, it is made again, so that
    the weights, the figures and the SHA-256 are of the same model. The notes of the last one are added to `exported`.
    """
    for _ in range(ATTEMPTS):
        before = state_of(exported.path)
        current = replace(exported, model=load(exported.path).model, notes=[])
        made = make(current)
        if state_of(exported.path) == before:
            break
    else:
        current.notes.append("a training has changed the model meanwhile; export it again once that has ended")
    exported.notes.extend(current.notes)
    return made


def state_of(model: Path) -> list[tuple[int, int] | None]:
    """What tells whether a training has saved meanwhile: a better model, or its summary."""
    return [identity(model), identity(model.with_name(SUMMARY))]


def demand_form(form: str) -> None:
    """Raises ValueError for another form, TypeError if it is no text, ConfigError if what makes it is not installed."""
    if not isinstance(form, str):
        raise TypeError(f"form must be a text, {alternatives(FORMS)}, not {type(form).__name__}")
    if form not in FORMS:
        raise ValueError(f"form must be {alternatives(FORMS)}, is {shown(form)}")
    if (needs := FORMS[form].needs) is not None and find_spec(needs) is None:
        raise ConfigError(f"{FORMS[form].what} needs {needs}: pip install 'catnet[{needs}]'")


def default_target(exported: Exported, form: str) -> Path:
    """RUN/exported/NAME. Raises ConfigError for a model that is in no run."""
    if (run := run_of(exported.path)) is None:
        raise ConfigError(f"{printable(exported.path)}: is in no run directory; say where the file is to be written")
    return run / EXPORTED / FORMS[form].file.replace("{}", exported.name)


def why_not_own(path: Path, form: str) -> str:
    """Why a file of that form does not count as catnet's, behind what to do: somebody has changed it. Else nothing."""
    try:
        with open_regular(path, follow_links=False) as file:
            is_changed = FORMS[form].is_sealed and FORMS[form].mark in file.read(BEGINNING)
    except OSError:
        return ""
    return ": it was changed since catnet wrote it" if is_changed else ""


def is_own(path: Path, form: str) -> bool:
    """Whether an earlier export of that form wrote the file, which it says itself; False if it cannot be read."""
    try:
        with open_regular(path, follow_links=False) as file:
            beginning = file.read(BEGINNING)
            if FORMS[form].mark not in beginning:
                return False
            return not FORMS[form].is_sealed or seal.is_unbroken(beginning + file.read(LARGEST_SEALED))
    except OSError:
        return False
