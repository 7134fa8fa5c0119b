"""The documents: every link leads somewhere, and every file that they name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (".", "benchmarks", "data", "docs")
DOCUMENTS = sorted(path.relative_to(ROOT).as_posix() for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))
# by `make data` and by commands; data/course/ by a reader of the textbook
MADE = re.compile(r"(data/(animals|mosaics|ages|houses|course)|runs|cross-validation|tune)/")


def text_of(document: str) -> str:
    """The text without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", (ROOT / document).read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def links(document: str) -> list[str]:
    """The targets of the links that stay within the project."""
    targets = re.findall(r"\]\(<?([^)>\s]+)", text_of(document)) + re.findall(
        r"^\[[^\]]+\]: *(\S+)", text_of(document), re.MULTILINE
    )
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def anchors(path: Path) -> set[str]:
    """The anchors of headings: small letters, hyphens for spaces, no other punctuation. Those of code are its lines."""
    if path.suffix != ".md":
        return {f"L{number}" for number, _ in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)}
    headings = re.findall(r"^#+ (.*)$", text_of(path.relative_to(ROOT).as_posix()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def named_files(document: str) -> list[str]:
    """The paths in backticks that begin with a folder of the project, or are a file of its root, such as LICENSE."""
    folders = "|".join(sorted(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")))
    path = rf"(?:{folders})/[\w./-]*|[A-Z_]+\.(?:md|cff)|LICENSE|Makefile|pyproject\.toml|constraints\.txt"
    return [name for name in re.findall(rf"`({path})`", text_of(document)) if not MADE.match(name)]


def test_the_readme_is_read_elsewhere_too() -> None:
    """It is the long description on a package index, where a relative link or an anchor leads nowhere; and in place of
    its one picture stands what that shows.
    """
    assert links("README.md") == ["docs/page.png"]
    assert re.search(r"!\[.{50,}\]\(docs/page\.png\)", text_of("README.md"))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    for link in links(document):
        file, _, anchor = link.partition("#")
        target = ((ROOT / document).parent / file).resolve() if file else ROOT / document
        assert target.exists(), f"{document}: {link}"
        assert not anchor or anchor in anchors(target), f"{document}: {link}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_named_files_are_there(document: str) -> None:
    folder = ROOT / "catnet" if document == "ARCHITECTURE.md" else ROOT
    missing = [name for name in named_files(document) if not (folder / name).exists()]
    assert missing == []


def test_named_files_are_found() -> None:
    named = named_files("README.md")
    assert {"docs/DATA.md", "LICENSE", "CHANGELOG.md", "configs/", "data/README.md"} <= set(named)
    assert "catnet/cli/blas.py" in named_files("docs/PERFORMANCE.md")
