"""Lists of pictures in place of folders: list.csv, and train.csv, val.csv and test.csv."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scanning import Draw, message, notes, scan

import catnet
from catnet.data.omission import set_apart
from catnet.data.scan import scan_other
from catnet.errors import DataError
from catnet.question import Question

Command = Callable[..., Any]


def lines(*rows: str, header: str = "file_name,label") -> str:
    return "\n".join([header, *rows, ""])


def settings(path: Path, **data: Any) -> dict[str, Any]:
    """A configuration that is for pictures alone."""
    data = {"path": path, "image_size": (8, 8), "validation_fraction": 0.0, **data}
    return {"goal": "3.0", "data": data, "train": {"epochs": 1, "learning_rate": 0.1}}


@pytest.fixture
def pets(draw: Draw) -> Path:
    """Six pictures in two folders, and others that no list names."""
    return draw(*(f"{name}/{i}.png" for name in ("a", "b") for i in range(3)), "c/other.png", "loose.png")


def test_its_pictures_lie_relative_to_it_and_no_others_are_spoken_of(pets: Path) -> None:
    (pets / "list.csv").write_text(lines("a/0.png,cat", "b/1.png,dog", "a/2.png,cat"))
    catalog = scan(pets / "list.csv", goal="3.0")
    assert catalog.splits["train"].names == ("a/0.png", "b/1.png", "a/2.png")
    assert catalog.splits["train"].paths == tuple(str(pets / name) for name in ("a/0.png", "b/1.png", "a/2.png"))
    assert (catalog.question.classes, catalog.notes) == (("cat", "dog"), ())
    assert catalog.splits["train"].labels.argmax(axis=0).tolist() == [0, 1, 0]


def test_labels_as_in_metadata_csv(pets: Path) -> None:
    (pets / "many.csv").write_text(lines("a/0.png,1,0", "a/1.png,1,1", header="file_name,cat,dog"))
    assert scan(pets / "many.csv", goal="2.0").splits["train"].labels.tolist() == [[1, 1], [0, 1]]
    (pets / "number.csv").write_text(lines("a/0.png,3.5", "a/1.png,-1", header="file_name,age"))
    catalog = scan(pets / "number.csv", goal="regression", target="age")
    assert catalog.splits["train"].labels.tolist() == [[3.5, -1]]
    (pets / "quoted.csv").write_bytes(b'\xef\xbb\xbf"file_name","label"\r\n"a/0.png","cat"\r\n"a/1.png","dog"\r\n')
    assert scan(pets / "quoted.csv", goal="3.0").question.classes == ("cat", "dog")


@pytest.mark.parametrize(
    "header", [" file_name ,label", '" file_name ",label', ",file_name,label", '"",file_name,label']
)
def test_what_begins_a_list(pets: Path, header: str) -> None:
    numbers = header.startswith((",", '"",'))
    rows = [f"{i}," * numbers + f"a/{i}.png,{label}" for i, label in enumerate(("cat", "dog", "cat"))]
    (pets / "list.csv").write_text(lines(*rows, header=header))
    catnet.train(settings(pets / "list.csv"), run_dir=pets / "run")


OTHERWISE = "to learn from the other columns, name it in data.ignore, or remove it"


@pytest.mark.parametrize(
    ("header", "said"),
    {
        "Datei,tier": "Datei names pictures; to learn from these, call it file_name",
        "File_Name,tier": "File_Name names pictures; to learn from these, call it file_name",
        "tier,image": "image names pictures; to learn from these, call it file_name and make it the first column",
        "tier,file_name": "file_name names pictures; to learn from these, make it the first column",
    }.items(),
)
def test_a_list_by_another_name(pets: Path, header: str, said: str, command: Command) -> None:
    rows = ["a/0.png,cat", "a/1.png,dog", "b/2.png,dog"]
    if header.startswith("tier"):
        rows = [",".join(reversed(row.split(","))) for row in rows]
    path = pets / "list.csv"
    path.write_text(lines(*rows, header=header))
    assert message(path, target="tier") == f"PATH: column {said}; {OTHERWISE}"
    with pytest.raises(DataError, match=f"list.csv: column {said}; "):
        catnet.train(settings(path, target="tier"))
    done = command("init", path, "--target", "tier")
    assert (done.code, done.err.splitlines()[-1]) == (3, f"{path}: column {said}; {OTHERWISE}")
    with pytest.raises(DataError, match=f"list.csv: column {said}; "):
        scan_other(Question("3.0", ("cat", "dog"), target="tier"), path)


def test_a_list_in_another_encoding(pets: Path) -> None:
    (pets / "list.csv").write_text(lines("a/0.png,cat", "a/1.png,dog"), encoding="utf-16")
    with pytest.raises(DataError, match="UTF-16"):
        catnet.train(settings(pets / "list.csv"))


def test_a_table_with_the_names_of_pictures_to_ignore(pets: Path) -> None:
    path = pets / "table.csv"
    path.write_text(lines("a/0.png,1,cat", "a/1.png,2,dog", "b/1.png,3,dog", header="image,size,label"))
    assert scan(path, goal="3.0", ignore=["image"]).question.features == ("size",)


def test_other_data_of_another_kind(pets: Path, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("size,label\n1,a\n2,b\n")
    for question, path, said in (
        (Question("3.0", ("a", "b")), tmp_path / "table.csv", "this model answers about pictures, not about tables"),
        (Question("3.0", ("a", "b"), features=("size",)), pets, "has pictures, and this model answers about tables"),
    ):
        with pytest.raises(DataError) as caught:
            scan_other(question, path)
        assert str(caught.value) == f"{path}: {said}"


def test_its_column_split(pets: Path) -> None:
    rows = ("a/0.png,cat,train", "b/1.png,dog,test", "a/2.png,dog,train", "b/0.png,cat,val")
    (pets / "list.csv").write_text(lines(*rows, header="file_name,label,split"))
    catalog = scan(pets / "list.csv", goal="3.0")
    found = {name: listing.names for name, listing in catalog.splits.items()}
    assert found == {"train": ("a/0.png", "a/2.png"), "validation": ("b/0.png",), "test": ("b/1.png",)}
    wrong = lines("a/0.png,cat,train", "a/1.png,dog,tran", header="file_name,label,split")
    (pets / "list.csv").write_text(wrong)
    assert message(pets / "list.csv").endswith(
        ":3: column split must be train, val or test, is tran; did you mean train?"
    )


def test_folders_that_are_splits_are_those_of_the_list(draw: Draw) -> None:
    path = draw("train/0.png", "train/1.png", "Valid/0.png", "test/x.png") / "list.csv"
    path.write_text(lines("train/0.png,cat", "Valid/0.png,cat", "train/1.png,dog"))
    assert {name: of.names for name, of in scan(path, goal="3.0").splits.items()} == {
        "train": ("train/0.png", "train/1.png"),
        "validation": ("Valid/0.png",),
    }
    assert notes(path)[0] == "PATH: has no column split; the folders train, Valid of its pictures are the splits"
    draw("others/0.png")
    path.write_text(lines("train/0.png,cat", "others/0.png,cat", "train/1.png,dog"))
    assert list(scan(path, goal="3.0").splits) == ["train"]
    assert not any("are the splits" in note for note in notes(path))


def test_no_picture_outside_its_folder(pets: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("lists")
    shutil.copy(pets / "loose.png", folder / "in.png")
    (folder / "out.png").symlink_to(pets / "loose.png")
    (folder / "sub").symlink_to(pets / "a")
    (folder / "list.csv").write_text(
        lines("in.png,cat", f"../{pets.name}/loose.png,cat", f"{pets}/loose.png,dog", "out.png,dog", "sub/0.png,cat")
    )
    said = message(folder / "list.csv").splitlines()
    assert said == [
        f"PATH:3: file_name ../{pets.name}/loose.png leaves the folder; it must be a path within it",
        f"PATH:4: file_name {pets}/loose.png leaves the folder; it must be a path within it",
        "PATH:5: file_name out.png leaves the folder by a link; it must be a path within it",
        "PATH:6: file_name sub/0.png leaves the folder by a link; it must be a path within it",
    ]


def test_one_cause_of_many_rows_is_said_once(pets: Path) -> None:
    (pets / "list.csv").write_text(lines(*(f"../{i}.png,cat" for i in range(5)), "a/0.png,dog"))
    where = "in 5 of 6 rows (lines 2, 3, 4, ...), such as ../0.png"
    said = message(pets / "list.csv")
    assert said == f"PATH: file_name leaves the folder {where}; it must be a path within it"
    shutil.copytree(pets / "a", pets / "b" / "c")
    rows = [f"b\\c\\{name}.png,cat" for name in "12"] + [f"a\\{name}.png,dog" for name in "012"] + ["b/0.png,dog"]
    (pets / "list.csv").write_text(lines(*rows))
    such = "such names have backslashes: it is b/c/1.png, not b\\c\\1.png"
    assert message(pets / "list.csv").splitlines()[1:] == [
        f"PATH: file_name names no picture that is there in 5 of 6 rows (lines 2, 3, 4, ...); {such}"
    ]


def test_predict_answers_about_the_rows_that_name_pictures(pets: Path, command: Command) -> None:
    (pets / "list.csv").write_text(lines("a/0.png,cat", "a/1.png,dog"))
    run = catnet.train(settings(pets / "list.csv"), run_dir=pets / "run").path
    (pets / "more.csv").write_text(lines("../x.png", "b/0.png", "no.png", "b/1.png", header="file_name"))
    done = command("predict", pets / "more.csv", "--model", run)
    assert (done.code, len(done.out.splitlines())) == (3, 2)
    assert done.err.splitlines()[1:] == [
        f"{pets}/more.csv:2: file_name ../x.png leaves the folder; it must be a path within it",
        f"{pets}/more.csv:4: there is no picture no.png",
    ]


def test_a_list_beside_its_only_folder(draw: Draw) -> None:
    path = draw("p/0.png", "p/1.png")
    (path / "list.csv").write_text(lines("p/0.png,cat", "p/1.png,dog"))
    one = "has the one class folder p and a list of pictures"
    assert message(path) == f"PATH: {one}; to learn from the list, give PATH/list.csv"


def test_rows_that_name_no_picture(pets: Path) -> None:
    rows = ("a/0.png,cat", "a/00.png,dog", "A/1.png,dog", "1.PNG,cat", "b/0.png,dog", "./b/0.png,dog", ",cat", "q,cat")
    (pets / "list.csv").write_text(lines(*rows))
    assert message(pets / "list.csv").splitlines()[1:] == [
        "PATH:3: there is no picture a/00.png; did you mean a/0.png?",
        "PATH:4: there is no picture A/1.png; did you mean a/1.png?",
        "PATH:5: there is no picture 1.PNG",  # two are called so
        "PATH:7: ./b/0.png is named in line 6 too",
        "PATH:8: file_name is empty",
        "PATH:9: there is no picture q",
    ]
    catalog = scan(pets / "list.csv", goal="3.0", bad="skip")
    assert (catalog.splits["train"].names, len(catalog.skipped)) == (("a/0.png", "b/0.png"), 6)
    (pets / "list.csv").write_text(lines("x/0.png,cat", "x/other.png,dog"))
    assert "2: there is no picture x/0.png" in message(pets / "list.csv")


def test_a_large_folder_is_not_searched(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("walks through the folder")

    monkeypatch.setattr(os, "walk", refuse)
    for i in range(30):
        (pets / "deep" / str(i) / "deeper").mkdir(parents=True)
    (pets / "list.csv").write_text(lines("a/0.png,cat", "a/1.png,dog", "a/9.png,dog"))
    assert len(scan(pets / "list.csv", goal="3.0", bad="skip").splits["train"].names) == 2


def test_a_list_for_each_split(pets: Path) -> None:
    (pets / "train.csv").write_text(lines("a/0.png,cat", "b/1.png,dog", "b/2.png,dog"))
    (pets / "Val.csv").write_text(lines("a/1.png,cat", "b/0.png,dog"))
    catalog = scan(pets, goal="3.0")
    assert {name: of.names for name, of in catalog.splits.items()} == {
        "train": ("a/0.png", "b/1.png", "b/2.png"),
        "validation": ("a/1.png", "b/0.png"),
    }
    assert not any("left out" in note for note in catalog.notes)
    (pets / "more.csv").write_text("x\n1\n")
    assert set_apart(scan(pets, goal="3.0").notes)[0] == [f"{pets}: more.csv is no split and is left out"]
    (pets / "test.csv").write_text("x,label\n1,cat\n")
    said = (
        "PATH: the first column of train.csv, Val.csv is file_name, as in a list of pictures, but not that of test.csv"
    )
    assert message(pets) == said
    os.remove(pets / "train.csv")
    os.remove(pets / "test.csv")
    assert message(pets).startswith("PATH: has Val.csv but no train.csv to learn from")
    assert list(scan_other(Question("3.0", ("cat", "dog")), pets).splits) == ["validation"]


def test_lists_beside_the_folders_that_they_name(draw: Draw) -> None:
    path = draw("train/0.png", "train/1.png", "test/0.png")
    (path / "train.csv").write_text(lines("train/0.png,cat", "train/1.png,dog"))
    (path / "test.csv").write_text(lines("test/0.png,dog"))
    assert {name: of.names for name, of in scan(path, goal="3.0").splits.items()} == {
        "train": ("train/0.png", "train/1.png"),
        "test": ("test/0.png",),
    }
    (path / "train" / "metadata.csv").write_text(lines("0.png,cat", "1.png,dog"))
    (path / "test" / "metadata.csv").write_text(lines("0.png,dog"))
    assert scan(path, goal="3.0").splits["train"].names == ("train/0.png", "train/1.png")
    assert any("test.csv, train.csv are tables beside pictures and are left out" in note for note in notes(path))


@pytest.fixture
def listed_animals(animals: Path) -> Path:
    """The folder of animals with a list of its pictures, in the order of the folders, without their labels in it."""
    files = [file.relative_to(animals) for file in sorted(animals.glob("*/*/*.png"))]
    rows = [f"{file.as_posix()},{file.parts[1]},{file.parts[0]}" for file in files]
    (animals / "list.csv").write_text(lines(*rows, header="file_name,label,split"))
    return animals


def costs(run: catnet.Run) -> list[dict[str, float | None]]:
    """The rows of the history, without the time that they took."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in run.history]


def test_the_costs_are_those_of_the_folders_and_of_a_metadata_csv(listed_animals: Path, tmp_path: Path) -> None:
    config = {"goal": 3.0, "model": {"hidden_layers": [5]}, "train": {"epochs": 5}}
    folders = catnet.train({**config, "data": {"path": listed_animals, "image_size": [4, 4]}}, run_dir=tmp_path / "a")
    of_list = {"path": listed_animals / "list.csv", "image_size": [4, 4]}
    runs = [folders, catnet.train({**config, "data": of_list}, run_dir=tmp_path / "b")]
    for split in ("train", "val"):
        (listed_animals / split).rename(listed_animals / f"of {split}")
    text = (listed_animals / "list.csv").read_text().replace("\ntrain/", "\nof train/").replace("\nval/", "\nof val/")
    (listed_animals / "metadata.csv").write_text(text)
    by_metadata = {"path": listed_animals, "image_size": [4, 4]}
    runs.append(catnet.train({**config, "data": by_metadata}, run_dir=tmp_path / "c"))
    first = runs[0]
    for other in runs[1:]:
        assert costs(other) == costs(first)
        assert all(np.array_equal(first.model.parameters[name], W) for name, W in other.model.parameters.items())


def test_evaluate_predict_and_resume(listed_animals: Path, tmp_path: Path, command: Command) -> None:
    config = {"goal": 3.0, "data": {"path": listed_animals / "list.csv", "image_size": [4, 4]}, "train": {"epochs": 4}}
    run = catnet.train(config, run_dir=tmp_path / "runs" / "a-001")
    done = command("evaluate", run.path, "--data", listed_animals / "list.csv", "--json")
    assert done.code == 0 and '"validation"' in done.out, done.err
    (listed_animals / "new.csv").write_text("file_name\nval/cat/0.png\nval/cat/x.png\nval/lion/1.png\n")
    done = command("predict", listed_animals / "new.csv")
    assert [line.split(": ")[0] for line in done.out.splitlines()] == [
        str(listed_animals / name) for name in ("val/cat/0.png", "val/lion/1.png")
    ]
    assert done.code == 3
    assert done.err.endswith(f"{listed_animals}/new.csv:3: there is no picture val/cat/x.png\n")
    with pytest.raises(DataError, match=r"new\.csv:3: there is no picture val/cat/x\.png"):
        run.predict(listed_animals / "new.csv")
    (listed_animals / "new.csv").write_text("file_name\nval/cat/0.png\n")
    answers = run.predict(listed_animals / "new.csv")
    assert answers == [run.predict(listed_animals / "val" / "cat" / "0.png")]
    (listed_animals / "table.csv").write_text("x\n1\n")
    said = f"{listed_animals}/table.csv: this model answers about pictures, not about tables\n"
    assert command("predict", listed_animals / "table.csv").err.endswith(said)
    moved = tmp_path / "moved"
    listed_animals.rename(moved)
    changes = ("--set", f"data.path={moved / 'list.csv'}", "--set", "train.epochs=6", "--allow-changes")
    done = command("train", "--resume", run.path, *changes)
    assert done.code == 0, done.err
    straight = {**config, "data": {**config["data"], "path": moved / "list.csv"}, "train": {"epochs": 6}}  # type: ignore[dict-item]
    again = catnet.train(straight, run_dir=tmp_path / "straight")
    for name, W in catnet.load(run.path).model.parameters.items():
        assert np.array_equal(W, again.model.parameters[name])


def test_init_and_train_on_a_list(listed_animals: Path, command: Command) -> None:
    done = command("init", listed_animals / "list.csv", "--output", "c.yaml", "--textbook")
    assert done.code == 0, done.err
    done = command("train", "c.yaml", "--set", "train.epochs=2")
    assert done.code == 0, done.err
    assert "28 train, 12 validation" in done.err
