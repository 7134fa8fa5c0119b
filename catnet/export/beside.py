"""The other forms of a model that lie beside its card."""

from collections.abc import Iterator
from pathlib import Path

from catnet.errors import CheckpointError
from catnet.export.export import FORMS, is_own
from catnet.export.exported import Exported, sha256_of
from catnet.files import open_regular
from catnet.runs.layout import entries


def forms_beside(exported: Exported) -> Iterator[tuple[str, Path, bool]]:
    """The form and the file of each in the folder that is written to, and whether it is of this very model, by the
    SHA-256 that it holds. Of those that are not, only what is called as this model's would be.
    """
    if exported.output is None:
        return
    for form in (form for form in FORMS if form != "card"):
        usual = FORMS[form].file.replace("{}", exported.name)
        for path in entries(exported.output.parent):
            if path.suffix.lower() in FORMS[form].suffixes and is_own(path, form):
                is_current = holds(path, exported.sha256)
                if is_current or path.name == usual:
                    yield form, path, is_current


def has_model_beside(exported: Exported) -> bool:
    """Whether the model file, or a copy of it, is in the folder that is written to."""
    if exported.output is None:
        return False
    try:
        return sha256_of(exported.output.with_name(exported.path.name)) == exported.sha256
    except CheckpointError:
        return False


def holds(path: Path, text: str) -> bool:
    """Whether the text is in a file; False if it cannot be read."""
    try:
        with open_regular(path, follow_links=False) as file:
            return text.encode() in file.read()
    except OSError:
        return False
