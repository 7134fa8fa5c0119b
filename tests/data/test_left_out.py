"""What in a data folder is no data: links that leave it, catnet's own files, what archives and systems leave."""

import os
import shutil
import socket
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from scanning import Draw, message, notes, scan

from catnet.data import litter
from catnet.data.load import load
from catnet.data.picture_files import LeftOut, find_pictures
from catnet.errors import DataError
from catnet.evaluation.pictures import pixels_of
from catnet.runs import layout
from catnet.selection import tune_folder
from catnet.selection.folder import ROOT


@pytest.fixture
def path(draw: Draw) -> Path:
    """Two classes, and pictures outside the data folder."""
    return draw("d/train/cat/a.png", "d/train/dog/b.png", "elsewhere/x.png", "elsewhere/y.png") / "d"


def names(path: Path) -> tuple[str, ...]:
    return scan(path, goal="3.0").splits["train"].names


def test_linked_folders_that_stay_are_followed(path: Path, draw: Draw) -> None:
    draw("d/pool/deep/c.png", "d/train/.store/e.png")
    (path / "train/cat/more").symlink_to("../../pool", target_is_directory=True)
    (path / "train/cat/again").symlink_to(path / "pool" / "deep")
    (path / "train/dog/stored").symlink_to(path / "train" / ".store")
    (path / "pool" / "loop").symlink_to(path / "pool")
    assert names(path) == (
        "train/cat/a.png", "train/cat/again/c.png", "train/dog/b.png", "train/dog/stored/e.png"
    ) or names(path) == (
        "train/cat/a.png", "train/cat/more/deep/c.png", "train/dog/b.png", "train/dog/stored/e.png"
    )  # fmt: skip
    assert not any("not a split" in note for note in notes(path))


def test_linked_folders_that_leave_are_a_note(path: Path) -> None:
    (path / "train/cat/more").symlink_to(path.parent / "elsewhere")
    (path / "train/cat/nowhere").symlink_to("none")
    (path / "train/dog/root").symlink_to("/")
    assert names(path) == ("train/cat/a.png", "train/dog/b.png")
    assert notes(path) == [
        "PATH/train: 2 linked folders leave it and are not followed: cat/more, dog/root",
        "PATH/train: 1 link is left out: it leads nowhere: cat/nowhere",
    ]


def test_no_picture_is_found_twice(path: Path) -> None:
    (path / "train/cat/dogs").symlink_to(path / "train" / "dog")
    (path / "train/cat/up").symlink_to(path)
    (path / "train/dog/itself").symlink_to(path / "train" / "dog")
    assert names(path) == ("train/cat/a.png", "train/dog/b.png")
    (note,) = notes(path)
    assert note.startswith("PATH/train: 3 linked folders are not followed: their pictures are read anyway: cat/")


def test_a_class_may_be_a_link(path: Path) -> None:
    (path / "train/emu").symlink_to(path.parent / "elsewhere")
    assert names(path)[2:] == ("train/emu/x.png", "train/emu/y.png")
    assert notes(path) == []


def test_an_empty_class_says_what_was_not_followed(path: Path) -> None:
    (path / "train/emu").mkdir()
    (path / "train/emu/more").symlink_to(path.parent / "elsewhere")
    assert "; the linked folder more is not followed; add some" in message(path)


def test_find_pictures_counts_the_links_that_leave(path: Path) -> None:
    (path / "train/cat/more").symlink_to(path.parent / "elsewhere")
    left = LeftOut()
    assert find_pictures(path / "train" / "cat", left) == [path / "train" / "cat" / "a.png"]
    assert left.leaving == [str(path / "train/cat/more")]


def test_a_prediction_says_what_was_not_followed(path: Path) -> None:
    (path / "train/cat/more").symlink_to(path.parent / "elsewhere")
    (_, row), (_, said) = pixels_of([path / "train" / "cat"], (2, 2))
    assert not isinstance(row, DataError)
    where = path / "train" / "cat"
    assert str(said) == f"{where}: 1 linked folder leaves it and is not followed: more"
    (where / "a.png").unlink()
    ((_, said),) = pixels_of([where], (2, 2))
    assert str(said) == (
        f"{where}: there are no pictures in this folder; 1 linked folder leaves it and is not followed: more"
    )


def test_a_prediction_says_what_else_is_left_out(draw: Draw) -> None:
    path = draw("a.png", "more/b.png", "runs/x/explained/0.png", "env/logo.png", ".c.png")
    a_run(path / "runs" / "x")
    (path / "env" / "pyvenv.cfg").touch()
    (path / "more" / "notes.TXT").touch()
    explanation(path / "a-explained.png")
    told: list[str] = []
    found = [Path(str(file)).relative_to(path).as_posix() for file, _ in pixels_of([path], (2, 2), told.append)]
    assert found == ["a.png", "more/b.png"]
    assert [note.replace(str(path), "PATH") for note in told] == [
        "PATH: 1 file is no picture by its suffix (.txt) and is left out",
        "PATH: 2 folders are no data and are left out: env (a Python environment), runs/x (a run of catnet)",
        "PATH: 1 picture that explain wrote is left out: a-explained.png",
        "PATH: 1 hidden picture is left out: .c.png",
    ]


def explanation(path: Path) -> None:
    info = PngInfo()
    info.add_text("Software", "catnet explain")
    Image.new("RGB", (2, 2)).save(path, "png", pnginfo=info)


def a_run(folder: Path) -> None:
    (folder / "checkpoints").mkdir(parents=True)
    for name in (layout.CONFIG, layout.METRICS):
        (folder / name).touch()
    Image.new("RGB", (2, 2)).save(folder / "picture.png")


def test_the_names_of_a_run_are_those_of_its_layout() -> None:
    assert {str(layout.RUNS), str(ROOT), str(tune_folder.ROOT)} == set(litter.MADE)
    assert litter.holds_litter([layout.CHECKPOINTS], [layout.CONFIG]) == litter.RUN
    assert litter.holds_litter([], [layout.CONFIG, layout.METRICS]) == litter.RUN
    assert litter.holds_litter([], [layout.CONFIG]) is None


def test_folders_that_are_no_data(draw: Draw) -> None:
    path = draw("cat/a.png", "dog/b.png", "cat/@eaDir/a.png", "__MACOSX/a.png", "env/lib/logo.png", "cat/.hidden/a.png")
    (path / "env" / "pyvenv.cfg").touch()
    for folder in ("runs/x-001", "experiments/x-001", "dog/x-002"):
        a_run(path / folder)
    catalog = scan(path, goal="3.0")
    assert catalog.question.classes == ("cat", "dog")
    assert catalog.splits["train"].names == ("cat/a.png", "dog/b.png")
    assert notes(path) == [
        "PATH: 6 folders are no data and are left out: __MACOSX (of an archive or a system), "
        "cat/@eaDir (of an archive or a system), dog/x-002 (a run of catnet), and 3 more"
    ]


@pytest.mark.parametrize("name", ["runs", "lost+found", "System Volume Information", "$RECYCLE.BIN", "__pycache__"])
def test_empty_folders_that_are_no_data(draw: Draw, name: str) -> None:
    path = draw("cat/a.png", "dog/b.png")
    (path / name).mkdir()
    assert scan(path, goal="3.0").question.classes == ("cat", "dog")
    assert notes(path)[0].startswith(f"PATH: 1 folder is no data and is left out: {name} (")


def test_a_class_may_be_called_runs(draw: Draw) -> None:
    path = draw("runs/a.png", "jumps/b.png")
    assert scan(path, goal="3.0").question.classes == ("jumps", "runs")
    shutil.rmtree(path / "runs")
    draw("runs/deep/a.png")
    a_run(path / "runs" / "x-001")
    assert names(path) == ("jumps/b.png", "runs/deep/a.png")
    assert "PATH: 1 folder is no data and is left out: runs/x-001 (a run of catnet)" in notes(path)


def test_a_class_may_be_called_venv(draw: Draw) -> None:
    path = draw("venv/a.png", "jumps/b.png")
    draw("hops/c.png")
    assert names(path) == ("hops/c.png", "jumps/b.png", "venv/a.png")
    (path / "venv" / "pyvenv.cfg").touch()
    assert names(path) == ("hops/c.png", "jumps/b.png")
    assert notes(path) == ["PATH: 1 folder is no data and is left out: venv (a Python environment)"]


def test_pictures_that_explain_wrote(draw: Draw) -> None:
    own = ("cat/a-explained.png", "cat/a.png", "dog/b.png", "dog/d-explained.png")
    path = draw(*own)
    for name in ("cat/x-Explained.PNG", "dog/c-explained.png", "dog/b-explained-2.png"):
        explanation(path / name)
    assert names(path) == own
    said = "cat/x-Explained.PNG, dog/b-explained-2.png, dog/c-explained.png"
    assert notes(path) == [f"PATH: 3 pictures that explain wrote are left out: {said}"]
    (path / "dog" / "c-explained.png").rename(path / "dog" / "copy.jpg")
    with pytest.raises(DataError) as caught:
        load(scan(path, goal="3.0"), (2, 2))
    said = f"{path}/dog/copy.jpg: is a picture that explain wrote, not data; remove it"
    assert str(caught.value).splitlines()[1:] == [said]
    assert [bad.name for bad in load(scan(path, goal="3.0"), (2, 2), bad="skip").skipped] == [f"{path}/dog/copy.jpg"]


def test_metadata_that_names_a_picture_that_explain_wrote(draw: Draw) -> None:
    path = draw("a.png", "b.png", ".c.png", ".d.png")
    explanation(path / "e-explained.png")
    text = "file_name,label\na.png,cat\nb.png,dog\n"
    (path / "metadata.csv").write_text(text)
    assert notes(path) == [
        "PATH: 1 picture that explain wrote is left out: e-explained.png",
        "PATH: 2 hidden pictures are left out: .c.png, .d.png",
    ]
    (path / "metadata.csv").write_text(text + ".c.png,cat\ne-explained.png,dog\n")
    assert notes(path) == ["PATH: 1 hidden picture is left out: .d.png"]
    with pytest.raises(DataError, match=r"e-explained\.png: is a picture that explain wrote"):
        load(scan(path, goal="3.0"), (2, 2))


def test_hidden_pictures(draw: Draw) -> None:
    path = draw("cat/a.png", "cat/.b.png", "cat/._a.png", "dog/c.png")
    (path / "cat" / ".DS_Store").touch()
    assert names(path) == ("cat/a.png", "dog/c.png")
    assert notes(path) == ["PATH: 1 hidden picture is left out: cat/.b.png"]


def test_things_that_are_no_files(draw: Draw) -> None:
    path = draw("cat/a.png", "dog\nnew/b.png")
    os.mkfifo(path / "cat" / "pipe")
    os.mkfifo(path / "cat" / "x-explained.png")
    with socket.socket(socket.AF_UNIX) as unix:
        where = os.getcwd()
        os.chdir(path / "cat")
        try:
            unix.bind("socket")
        finally:
            os.chdir(where)
        assert notes(path)[0] == "PATH: 2 files are no pictures by their suffix (none) and are left out"
        assert scan(path, goal="3.0").question.classes == ("cat", "dog\nnew")
    (path / "loop").symlink_to("loop")
    assert scan(path, goal="3.0").question.classes == ("cat", "dog\nnew")


def test_one_file_with_another_suffix(draw: Draw) -> None:
    path = draw("cat/a.png", "dog/b.png")
    (path / "dog" / "Thumbs.db").touch()
    assert notes(path) == ["PATH: 1 file is no picture by its suffix (.db) and is left out"]
    shutil.copy(path / "dog" / "Thumbs.db", path / "dog" / "desktop.ini")
    assert notes(path) == ["PATH: 2 files are no pictures by their suffix (.db, .ini) and are left out"]
