"""The pages of small runs of each kind."""

from pathlib import Path

import pytest
from small_runs import KINDS

from catnet.export import page
from catnet.export.exported import Exported
from catnet.runs.checkpoints import load
from catnet.runs.find import find_model


@pytest.fixture(scope="module")
def exports(runs: dict[str, Path]) -> dict[str, Exported]:
    found = {kind: find_model(runs[kind]) for kind in KINDS}
    return {kind: Exported(path, load(path).model) for kind, path in found.items()}


@pytest.fixture(scope="module")
def pages(exports: dict[str, Exported], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    for kind, exported in exports.items():
        (folder / f"{kind}.html").write_bytes(page.make(exported).content)
    return {kind: folder / f"{kind}.html" for kind in KINDS}
