"""README.md and docs/: commands run, configurations validate, Python works, tables are whole."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import click
import pytest
from documents import ROOT, TEXTBOOK, blocks, name_of, section, text_of
from in_process import Done, run_here
from pydantic import BaseModel

from catnet.cli.main import cli
from catnet.config import DataConfig, ModelConfig, TrainConfig, TuneConfig, load_config
from catnet.errors import CatnetError

FIRST = ["README.md", "docs/EXAMPLES.md"]  # they train the runs that the others ask about
OTHERS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))
DOCUMENTS = [*FIRST, *(name for name in OTHERS if name not in FIRST)]
PYTHON_WITH_TESTS_OF_ITS_OWN = {
    TEXTBOOK,
    "docs/MODEL_FILE.md",
}  # which predicts without catnet, and is compared with it
QUICK = " --set train.epochs=2 --no-report"


def commands(document: str) -> list[str]:
    return [line for text in blocks(document, "sh") for line in text.splitlines() if "catnet" in line]


def having(language: str) -> list[str]:
    """The documents with blocks in this language."""
    return [document for document in DOCUMENTS if blocks(document, language)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A newcomer's folder: the configurations, a little drawn data, and their own pictures and photo."""
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    draw = [sys.executable, str(ROOT / "data" / "draw.py"), "--limit", "6", "--out", str(tmp_path / "data")]
    subprocess.run(draw, check=True, capture_output=True)
    animals = tmp_path / "data" / "animals" / "train"
    shutil.copytree(animals / "cat", tmp_path / "my_pictures" / "cat")
    shutil.copytree(animals / "lion", tmp_path / "my_pictures" / "dog")
    shutil.copy(animals / "cat" / "000.png", tmp_path / "photo.jpg")
    write_configurations(tmp_path)
    return tmp_path


def write_configurations(folder: Path) -> None:
    for document in DOCUMENTS:
        for text in blocks(document, "yaml"):
            (folder / name_of(text)).write_text(text, encoding="utf-8")


def run(line: str, folder: Path) -> Done:
    """What came of a line: of one that is a command alone, in this process."""
    if line.startswith("catnet "):
        return run_here(folder, *shlex.split(line + (QUICK if line.startswith("catnet train ") else ""))[1:])
    function = f'catnet() {{ "{sys.executable}" -m catnet "$@"; }}; export -f catnet\n'
    done = subprocess.run(["bash", "-c", function + line], cwd=folder, capture_output=True, text=True, timeout=100)
    return Done(done.returncode, done.stdout, done.stderr)


def test_commands_and_python_run(folder: Path) -> None:
    """In the order in which one reads: later documents ask about earlier runs."""
    for line in (line for document in DOCUMENTS if document != TEXTBOOK for line in commands(document)):
        done = run(line, folder)
        assert done.code == 0, f"{line}\n{done.err}"
        assert done.out or line.startswith(("eval ", "catnet init ")) or " --csv " in line, line
    for document in DOCUMENTS:
        for text in blocks(document, "python") if document not in PYTHON_WITH_TESTS_OF_ITS_OWN else ():
            done = python(text, folder)
            assert done.code == 0, f"{document}\n{text}\n{done.err}"
            if document == "README.md":
                assert done.out.startswith("20 0.")
                assert "'mae'" in done.out
                assert done.out.splitlines()[-1] in ("cat", "dog")


def python(text: str, folder: Path) -> Done:
    done = subprocess.run([sys.executable, "-c", text], cwd=folder, capture_output=True, text=True, timeout=100)
    return Done(done.returncode, done.stdout, done.stderr)


def test_the_examples_are_all_there() -> None:
    trained = {name: [line for line in commands(name) if line.startswith("catnet train ")] for name in FIRST}
    assert (
        len(trained["README.md"]) == 8
    )  # one's own folder, twice, and one example per goal, two for regression, two tables
    configs = sorted(f"catnet train configs/{path.name}" for path in (ROOT / "configs").glob("*.yaml"))
    assert sorted(trained["docs/EXAMPLES.md"]) == configs


def test_the_readme_shows_the_output_of_the_examples() -> None:
    whole = {line for text in blocks("docs/EXAMPLES.md", "text") for line in text.splitlines()}
    assert {line for text in blocks("README.md", "text") for line in text.splitlines()} <= whole


@pytest.mark.parametrize("document", having("yaml"))
def test_configurations_validate(document: str, tmp_path: Path) -> None:
    write_configurations(tmp_path)
    for text in blocks(document, "yaml"):
        assert load_config(tmp_path / name_of(text)).train.epochs >= 1


def test_the_readme_has_one_configuration() -> None:
    assert [name_of(text) for text in blocks("README.md", "yaml")] == ["plain.yaml"]


def test_every_key_is_in_the_table() -> None:
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \|(.*)\|$", section("docs/CONFIGURATION.md", "The configuration"), re.M))
    sections: dict[str, type[BaseModel]] = {"data": DataConfig, "model": ModelConfig, "train": TrainConfig}
    sections["tune"] = TuneConfig
    keys = [f"{name}.{key}" for name, keys in sections.items() for key in keys.model_fields]
    assert set(rows) == {"goal", *keys}


def test_every_command_is_in_the_table() -> None:
    rows = re.findall(r"^\| `catnet ([a-z-]+)", section("docs/COMMANDS.md", "Commands"), re.MULTILINE)
    assert set(rows) == set(cli.list_commands(click.Context(cli)))


def test_every_exit_code_is_in_the_table() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \|", section("docs/COMMANDS.md", "Exit codes"), re.MULTILINE)
    codes = {int(code) for row in rows for code in row.split(",")}
    assert codes == {0, 129, 130, 143, *(error.exit_code for error in kinds_of(CatnetError))}


def kinds_of(error: type[CatnetError]) -> Iterator[type[CatnetError]]:
    yield error
    for kind in error.__subclasses__():
        yield from kinds_of(kind)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_networks_have_the_parameters_they_are_shown_with(document: str) -> None:
    for network in re.findall(r"network: ([\d> -]+), (\d+) parameters", text_of(document)):
        sizes = [int(size) for size in network[0].split(" -> ")]
        assert sum((a + 1) * b for a, b in pairwise(sizes)) == int(network[1])
