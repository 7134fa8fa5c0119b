"""catnet init: what it finds and says for each layout of data, the file that it writes, and its exit codes."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import catnet as package
from catnet.config import load_config
from catnet.errors import ConfigError, Undecided
from catnet.recipe import recipe_for
from catnet.recipe.duration import task_like
from catnet.recipe.mirrors import against_mirrors
from catnet.recipe.negations import positive_of
from catnet.recipe.settings import box_average_for, epochs_for, size_for

Command = Callable[..., Any]
TOOK = re.compile(r"^(training takes) about [\d.]+ (s|min|h) on two cores, and [\d.]+ .B of memory(.*)$", re.MULTILINE)


def draw(folder: Path, names: str, count: int = 4, side: int = 8) -> Path:
    """FOLDER/NAME/N.png, pictures of noise, for each of the names."""
    random = np.random.default_rng(len(str(folder)))
    for name in names.split():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            pixels = random.integers(0, 255, (side, side, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    return folder


def tell(folder: Path, header: str, *rows: str) -> Path:
    """FOLDER/metadata.csv, a row for each of its pictures 0.png, 1.png, ..."""
    lines = [f"file_name,{header}", *(f"{i}.png,{row}" for i, row in enumerate(rows))]
    (folder / "metadata.csv").write_text("\n".join(lines) + "\n")
    return folder


def said(done: Any) -> list[str]:
    """The lines on stderr, without the time that a training takes."""
    return TOOK.sub(r"\1 T\3", done.err).splitlines()


def test_class_folders_without_splits(tmp_path: Path, command: Command) -> None:
    draw(tmp_path / "pets", "cat dog emu", 10, side=64)
    done = command("init", "pets")
    assert (done.code, done.out) == (0, "")
    assert said(done) == [
        "pictures: 24 train, 6 validation (drawn)",
        "size: 64 pixels, the shorter side (the median of 24 pictures)",
        "training pictures by class: cat 8, dog 8, emu 8",
        "goal: 3.0, multi-class (which one is it?), because there is a folder for each class",
        "written: pets.yaml",
        "training takes T; start it with: catnet train pets.yaml",
    ]
    assert (
        (tmp_path / "pets.yaml").read_text()
        == """\
# Which one is it? The settings that learn best, written by `catnet init` for 24 training pictures.

goal: 3.0                           # multi-class: which one is it?
data:
  path: pets
  classes: [cat, dog, emu]          # in the order of the outputs
  image_size: [16, 16]              # height, width of what the network sees
  box_average: 4                    # each of its pixels is the mean of 4 x 4 of a picture of 64 x 64
  scaling: whiten                   # principal components of equal variance; it needs train.augment
  validation_fraction: 0.2          # measured on and not learned from
  # test_fraction: 0.2              # more kept back, to measure once at the very end

model:
  hidden_layers: [512, 256]
  activation: relu
  initialization: he
  views: flip                       # the answer is the mean of those about the picture and its mirror image

train:
  epochs: 1000                      # the fewer pictures, the more
  batch_size: full                  # every update sees all examples
  optimizer: adamw
  learning_rate: 0.001
  weight_decay: 0.01                # pulls the weights towards zero
  # rises for this share of the epochs, then falls to zero; the last epoch is the result
  schedule: {name: cosine, warm_up: 0.05}
  # each picture is changed anew in each epoch; flip: false if it shows text, or left and right differ
  augment: {flip: true, shift: 0.12, zoom: [0.6, 1.1], stretch: 0.15, rotate: 10, mixup: 0.4}
  label_smoothing: 0.2              # labels are a little unsure: less overconfident answers
  seed: 0                           # another seed: another first network and order
"""
    )
    config = load_config(tmp_path / "pets.yaml")
    assert config.data.path == tmp_path / "pets"
    assert config.train.keep == "last"


@pytest.mark.parametrize(
    ("names", "goal", "classes"),
    [
        ("cat non-cat", "1.0", ("cat",)),
        ("noncat cat", "1.0", ("cat",)),
        ("not_a_cat cat", "1.0", ("cat",)),
        ("not_a_cat zebra", "3.0", ("not_a_cat", "zebra")),
        ("no_entry stop", "3.0", ("no_entry", "stop")),
        ("no_cat dog", "3.0", ("dog", "no_cat")),
        ("no yes", "1.0", ("yes",)),
        ("no dog", "3.0", ("dog", "no")),
        ("f m", "3.0", ("f", "m")),
        ("f t", "1.0", ("t",)),
        ("negative positive", "1.0", ("positive",)),
        ("healthy ill", "1.0", ("ill",)),
        ("background person", "1.0", ("person",)),
        ("cat none", "1.0", ("cat",)),
        ("0 1", "1.0", ("1",)),
        ("cat dog", "3.0", ("cat", "dog")),
        ("notes letters", "3.0", ("letters", "notes")),
        ("cat dog other", "3.0", ("cat", "dog", "other")),
        ("other none", "3.0", ("none", "other")),
    ],
)
def test_the_goal_of_class_folders(
    tmp_path: Path, command: Command, names: str, goal: str, classes: tuple[str, ...]
) -> None:
    draw(tmp_path / "data", names)
    done = command("init", "data")
    assert done.code == 0, done.err
    config = load_config(tmp_path / "data.yaml")
    assert (config.goal, config.data.classes) == (goal, classes)
    assert (positive_of(sorted(names.split())) is not None) == (goal == "1.0")


def test_the_reason_for_goal_1(tmp_path: Path, command: Command) -> None:
    draw(tmp_path / "data" / "train", "cat non-cat")
    draw(tmp_path / "data" / "test", "cat non-cat", 2)
    assert said(command("init", "data"))[:4] == [
        "pictures: 8 train, 4 test",
        "size: 8 pixels, the shorter side (the median of 8 pictures)",
        "training pictures by class: cat 4, non-cat 4",
        "goal: 1.0, binary (is it there?), because there are two classes, and non-cat is what is not cat",
    ]
    text = (tmp_path / "data.yaml").read_text()
    assert "  classes: [cat]                    # what counts as 1; non-cat is 0\n" in text
    assert "fraction" not in text  # the data has its own split to measure on


def test_one_split_only(tmp_path: Path, command: Command) -> None:
    draw(tmp_path / "data" / "train", "cat dog", 10)
    assert said(command("init", "data"))[0] == "pictures: 16 train, 4 validation (drawn)"
    assert load_config(tmp_path / "data.yaml").data.validation_fraction == 0.2


def test_goals_that_are_asked_for(tmp_path: Path, command: Command) -> None:
    draw(tmp_path / "pets", "cat dog emu")
    done = command("init", "pets", "--goal", "binary")
    assert (done.code, done.err) == (
        2,
        "pets: which class is to count as 1 for goal 1.0? there are cat, dog, emu\n"
        "ask for it by name, such as: --goal 1.0 --target cat\n",
    )
    for arguments in (["--goal", "1", "--target", "dog"], ["--target", "dog", "--force"]):
        done = command("init", "pets", *arguments)
        assert done.code == 0, done.err
        assert load_config(tmp_path / "pets.yaml").data.classes == ("dog",)
        assert "training pictures by class: dog 3, not dog 7" in done.err
    done = command("init", "pets", "--target", "dog", "--target", "cat", "--force")
    assert load_config(tmp_path / "pets.yaml").data.classes == ("dog", "cat")
    assert "note: pets: 4 examples of emu, not in data.classes, are left out" in done.err
    done = command("init", "pets", "--goal", "multi_label", "--force")
    assert load_config(tmp_path / "pets.yaml").goal == "2.0"
    assert "note: class folders for goal 2.0 say that a picture shows its class and none of the others" in done.err
    for arguments, code, text in (
        (["--goal", "regression"], 3, "pets: has no metadata.csv with a column of numbers to predict"),
        (["--goal", "regression", "--target", "cat"], 3, "pets: has no metadata.csv with the column cat to predict"),
        (["--target", "catt"], 2, "pets: has no class catt; there are cat, dog, emu; did you mean cat?"),
        (["--goal", "3.0", "--target", "cat"], 2, "goal 3.0 takes two classes or more, not cat"),
        (["--goal", "1.0", "--target", "cat", "--target", "dog"], 2, "goal 1.0 takes one name, not cat, dog"),
        (["--goal", "4"], 2, "goal: must be 1.0, 2.0, 3.0, binary, multi-label, multi-class or regression, is 4"),
        (["--goal", "regresion"], 2, "goal: must be 1.0, 2.0, 3.0, binary, multi-label, multi-class or regression, "
         "is regresion; did you mean regression?"),
    ):  # fmt: skip
        done = command("init", "pets", *arguments, "--force")
        assert (done.code, done.err) == (code, f"{text}\n")


def test_a_metadata_with_zeros_and_ones_and_a_number(tmp_path: Path, command: Command) -> None:
    draw(tmp_path / "all", ".", 10)
    tell(tmp_path / "all", "cat,dog,count", *(f"{i % 2},{i % 3 // 2},{i % 4}" for i in range(10)))
    done = command("init", "all")
    assert done.code == 0, done.err
    assert said(done)[2:6] == [
        "training pictures by class: cat 4, dog 1",
        "goal: 2.0, multi-label (which of these are there?), because its metadata.csv has columns of 0 and 1, cat, dog",
        "note: column count of all/metadata.csv is not used",
        "note: to predict the column count instead: --goal regression --target count",
    ]
    config = load_config(tmp_path / "all.yaml")
    assert (config.goal, config.data.classes, config.train.label_smoothing) == ("2.0", ("cat", "dog"), 0.2)
    done = command("init", "all", "--goal", "regression", "--output", "r.yaml")
    assert (done.code, done.err) == (
        2,
        "all: which column is to be predicted? there is count\n"
        "ask for it by name, such as: --goal regression --target count\n",
    )
    done = command("init", "all", "--goal", "regression", "--target", "count", "--output", "r.yaml")
    assert done.code == 0, done.err
    config = load_config(tmp_path / "r.yaml")
    assert (config.data.target, config.data.target_scaling, config.train.label_smoothing) == ("count", "standard", 0)
    assert "label_smoothing" not in (tmp_path / "r.yaml").read_text()
    done = command("init", "all", "--goal", "1.0", "--force")
    assert (done.code, done.err) == (
        2,
        "all: which column of 0 and 1 is to be learned? there are cat, dog\n"
        "ask for it by name, such as: --goal 1.0 --target cat\n",
    )


def test_one_column_of_zeros_and_ones_is_goal_1(tmp_path: Path, command: Command) -> None:
    tell(draw(tmp_path / "all", ".", 10), "cat,kind", *(f"{i % 2},k{i}" for i in range(10)))
    done = command("init", "all")
    assert "goal: 1.0, binary (is it there?), because its metadata.csv has a column of 0 and 1, cat\n" in done.err
    assert "note: column kind of all/metadata.csv is not used\n" in done.err
    assert load_config(tmp_path / "all.yaml").data.classes == ("cat",)


def test_a_metadata_with_numbers_alone_is_never_guessed(tmp_path: Path, command: Command) -> None:
    tell(draw(tmp_path / "all", ".", 10), "age", *(str(i / 2) for i in range(10)))
    done = command("init", "all")
    assert (done.code, done.out, done.err) == (
        2,
        "",
        "all: has only numbers; which is to be predicted? there is age\n"
        "ask for it by name, such as: --goal regression --target age\n",
    )
    assert not (tmp_path / "all.yaml").exists()
    assert command("init", "all", "--target", "age").code == 0
    assert load_config(tmp_path / "all.yaml").data.target == "age"


@pytest.mark.parametrize(("labels", "goal"), [("cat dog", "3.0"), ("cat not_cat", "1.0"), ("1 0", "1.0")])
def test_a_metadata_with_labels(tmp_path: Path, command: Command, labels: str, goal: str) -> None:
    names = labels.split()
    tell(draw(tmp_path / "all", ".", 10), "label,age", *(f"{names[i % 2]},{i}" for i in range(10)))
    done = command("init", "all")
    assert done.code == 0, done.err
    assert load_config(tmp_path / "all.yaml").goal == goal
    assert "note: to predict the column age instead: --goal regression --target age\n" in done.err


def table(path: Path, header: str, row: Callable[[int], str], rows: int = 40) -> Path:
    """A table of so many rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *map(row, range(rows))]) + "\n")
    return path


def test_lists_with_two_separators_are_no_names(tmp_path: Path, command: Command) -> None:
    tags = ("cat; lion", "cat", "cat|lion", "lion")
    table(tmp_path / "t.csv", "a,tags", lambda i: f"{i % 7},{tags[0 if i % 8 else i // 8 % 4]}")
    done = command("init", "t.csv")
    assert (done.code, done.err) == (
        3, "t.csv: column tags separates labels by both ; and |; use ; or | in all of its cells\n"
    )  # fmt: skip


def test_a_table_of_numbers(tmp_path: Path, command: Command) -> None:
    table(tmp_path / "houses.csv", "size,rooms,lift,price", lambda i: f"{50 + 7 * i % 90},{1 + i % 5},{i % 2},{i % 7}")
    done = command("init", "houses.csv")
    assert (done.code, done.err) == (
        2,
        "houses.csv: has only numbers; which is to be predicted? there are size, rooms, lift, price\n"
        "ask for it by name, such as: --goal regression --target price, or --target lift\n",
    )
    done = command("init", "houses.csv", "--goal", "regression", "--target", "prise")
    assert (done.code, done.err) == (
        2,
        "houses.csv: has no column prise; there are size, rooms, lift, price; did you mean price?\n",
    )
    done = command("init", "houses.csv", "--target", "price")
    assert said(done) == [
        "rows: 32 train, 8 validation (drawn)",
        "inputs: 3 numbers: size, rooms, lift",
        "target: price",
        "goal: regression (how much?), because price is a column of numbers",
        "note: column price has 7 different whole numbers; if each is a class, ask for goal 3.0",
        "written: houses.yaml",
        "training takes T; start it with: catnet train houses.yaml",
    ]
    config = load_config(tmp_path / "houses.yaml")
    assert (config.data.scaling, config.data.target_scaling) == ("standard", "standard")
    assert command("train", "houses.yaml").code == 0
    done = command("init", "houses.csv", "--goal", "1.0", "--force")
    assert (done.code, done.err) == (
        2,
        "houses.csv: which columns of 0 and 1 are to be learned for goal 1.0? there is lift\n"
        "ask for it by name, such as: --goal 1.0 --target lift\n",
    )
    assert command("init", "houses.csv", "--target", "lift", "--force").code == 0
    config = load_config(tmp_path / "houses.yaml")
    assert (config.goal, config.data.classes) == ("1.0", ("lift",))


def test_a_folder_of_tables_and_a_column_label(tmp_path: Path, command: Command) -> None:
    for name, rows in (("train", 40), ("val", 10)):
        table(tmp_path / "iris" / f"{name}.csv", "a,b,label", lambda i: f"{i % 3},{i % 7},{'xyz'[i % 3]}", rows)
    done = command("init", "iris")
    assert said(done)[:4] == [
        "rows: 40 train, 10 validation",
        "inputs: 2 numbers: a, b",
        "training rows by class: x 14, y 13, z 13",
        "goal: 3.0, multi-class (which one is it?), because there is a column label",
    ]
    assert load_config(tmp_path / "iris.yaml").data.classes == ("x", "y", "z")
    assert command("train", "iris.yaml", "--set", "train.epochs=2").code == 0


def test_what_is_no_data(tmp_path: Path, command: Command) -> None:
    draw(tmp_path / "one", "cat")
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.zip").write_bytes(b"PK")
    for path, start in (
        ("nowhere", "nowhere: there is no such folder or table; fix the path"),
        ("empty", "empty: is empty; catnet reads PATH/{train,val,test}/CLASS/*.png"),
        ("one", "one: has only the class cat; is data.path one folder too high?"),
        ("one/cat", "one/cat: its 4 pictures have no labels"),
        ("one/cat/0.png", "one/cat/0.png: is a picture; give a folder of pictures"),
        ("a.zip", "a.zip: is an archive; unpack it, and give the folder"),
    ):
        done = command("init", path)
        assert (done.code, done.out) == (3, "")
        assert done.err.startswith(start), done.err
    assert not list(tmp_path.glob("*.yaml"))
    assert command("init").code == 2


def test_names_that_YAML_or_a_shell_would_read_otherwise(tmp_path: Path, command: Command) -> None:
    for name in ("Häuser & Katzen: #1", "-photos", "~photos", "no"):
        draw(tmp_path / "d" / name / "x" / "y", "[a] yes: {b}", 3)
        (tmp_path / "d" / name / "x" / "y").rename(tmp_path / "d" / name / "z")
        source = tmp_path / "d" / name / "z"
        done = command("init", source)
        assert done.code == 0, done.err
        config = load_config(tmp_path / "z.yaml")
        assert config.data.path == source
        assert config.data.classes == tuple(sorted(["[a]", "yes:", "{b}"]))
        (tmp_path / "z.yaml").unlink()
    draw(tmp_path / "Häuser & Katzen: #1", "a b", 3)
    done = command("init", "Häuser & Katzen: #1")
    assert said(done)[-2:] == [
        "written: Häuser & Katzen: #1.yaml",
        "training takes T; start it with: catnet train 'Häuser & Katzen: #1.yaml'",
    ]
    odd = os.fsdecode(b"\xff")
    try:
        draw(tmp_path / odd, "a b", 3)
    except OSError:  # a file system that has only names in UTF-8
        return
    done = command("init", odd)
    assert done.code == 2
    assert done.err.startswith("\\udcff: must be a path in UTF-8, is ")


def test_names_that_a_shell_would_take_for_an_option(tmp_path: Path, command: Command) -> None:
    draw(tmp_path / "-photos", "a b", 3)
    done = command("init", "--", "-photos")
    assert said(done)[-1] == "training takes T; start it with: catnet train ./-photos.yaml"


def test_it_never_overwrites(tmp_path: Path, command: Command) -> None:
    draw(tmp_path / "pets", "cat dog")
    (tmp_path / "pets.yaml").write_text("mine")
    done = command("init", "pets")
    assert (done.code, done.err) == (
        5,
        "pets.yaml: exists already and is not overwritten; give another --output, or --force to replace it\n",
    )
    assert (tmp_path / "pets.yaml").read_text() == "mine"
    assert command("init", "pets", "--force").code == 0
    assert (tmp_path / "pets.yaml").read_text().startswith("# Which one is it?")
    (tmp_path / "link.yaml").symlink_to("pets.yaml")
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "pipe.yaml")
    for name, kind in (("link", "a link"), ("folder", "a folder"), ("pipe", "a pipe")):
        done = command("init", "pets", "--force", "--output", f"{name}.yaml")
        assert (done.code, done.err) == (
            5,
            f"{name}.yaml: is {kind}, not a regular file, and is not overwritten; give another --output\n",
        )


def test_where_it_writes(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    draw(tmp_path / "data" / "pets", "cat dog")
    (tmp_path / "configs" / "mine").mkdir(parents=True)
    assert command("init", "data/pets", "--output", "configs/mine/p.yml").code == 0
    text = (tmp_path / "configs" / "mine" / "p.yml").read_text()
    assert "  path: ../../data/pets\n" in text
    assert load_config(tmp_path / "configs" / "mine" / "p.yml").data.path == tmp_path / "data" / "pets"
    (tmp_path / "configs" / "mine" / "deep").mkdir()
    assert command("init", "data/pets", "--output", "configs/mine/deep/p.yaml").code == 0
    assert f"  path: {tmp_path}/data/pets\n" in (tmp_path / "configs" / "mine" / "deep" / "p.yaml").read_text()
    for output, code, expected in (
        ("none/p.yaml", 5, "none/p.yaml: could not be written: there is no folder none\n"),
        ("configs/mine/p.yml/p.yaml", 5, "configs/mine/p.yml/p.yaml: could not be written: Not a directory\n"),
        ("p.json", 2, "--output p.json: init writes a configuration; give a name that ends in .yaml or .yml\n"),
    ):
        done = command("init", "data/pets", "--output", output)
        assert (done.code, done.err) == (code, expected)
    monkeypatch.setattr("catnet.cli.init.write_atomically", refuse)
    done = command("init", "data/pets", "--output", "q.yaml")
    assert (done.code, done.err.splitlines()[-1]) == (5, "q.yaml: Permission denied")


def refuse(path: Path, *arguments: Any, **options: Any) -> None:
    """A folder that may not be written in."""
    raise PermissionError(13, "Permission denied", str(path))


def test_nothing_is_written_among_the_pictures_unasked(tmp_path: Path, command: Command) -> None:
    draw(tmp_path, "cat dog")
    done = command("init", ".")
    name = f"{tmp_path.name}.yaml"
    assert (done.code, done.err) == (
        5,
        f"{name}: would be written into the folder of the data; say where to write it: --output FILE\n",
    )
    done = command("init", ".", "--output", "here.yaml")
    assert done.code == 0
    assert said(done)[-3] == "note: here.yaml: lies in the folder of the data; training leaves it out"
    assert load_config(tmp_path / "here.yaml").data.path == tmp_path


def test_printing(tmp_path: Path, command: Command) -> None:
    draw(tmp_path / "pets", "cat dog")
    done = command("init", "pets", "--output", "-")
    assert done.code == 0
    assert done.out.startswith("# Which one is it?")
    assert said(done)[-1] == "training takes T"
    assert not list(tmp_path.glob("*.yaml"))
    (tmp_path / "printed.yaml").write_text(done.out)
    assert load_config(tmp_path / "printed.yaml").data.path == tmp_path / "pets"


def test_imbalance(tmp_path: Path, command: Command) -> None:
    draw(tmp_path / "pets" / "train", "cat", 20)
    draw(tmp_path / "pets" / "train", "dog", 5)
    draw(tmp_path / "pets" / "val", "cat dog", 2)
    done = command("init", "pets")
    assert (
        "note: the largest class has 4.0 times as many pictures as the smallest: each class counts the same in total\n"
        in done.err
    )
    assert load_config(tmp_path / "pets.yaml").train.class_weights == "balanced"


def test_characters_are_not_mirrored(tmp_path: Path, command: Command) -> None:
    draw(tmp_path / "digits", "0 1 2 3 4 5 6 7 8 9", 3, side=28)
    done = command("init", "digits")
    assert "note: pictures are not mirrored: the classes seem to be characters\n" in done.err
    config = load_config(tmp_path / "digits.yaml")
    assert config.model.views == "none"
    assert not config.train.augment.flip
    assert (config.data.image_size, config.data.box_average) == ((16, 16), 2)
    text = (tmp_path / "digits.yaml").read_text()
    assert "  # views: flip                     # not mirrored: the classes seem to be characters\n" in text
    why = "each picture is changed anew in each epoch, and stays whole; not mirrored: the classes seem to be characters"
    changes = "flip: false, shift: 0.06, zoom: [0.85, 1.15], stretch: 0.15, rotate: 10, mixup: 0.4"
    assert f"  # {why}\n  augment: {{{changes}}}\n" in text
    draw(tmp_path / "bits", "0 1", 3)
    assert "mirrored" not in command("init", "bits").err
    assert load_config(tmp_path / "bits.yaml").train.augment.flip


def test_grey_pictures(tmp_path: Path, command: Command) -> None:
    for brightness, label in ((50, "cat"), (150, "dog")):
        (tmp_path / "pets" / label).mkdir(parents=True)
        for i in range(8):
            picture = Image.new("L", (8, 8), brightness + i)
            picture.convert(("L", "RGB")[i % 2]).save(tmp_path / "pets" / label / f"{label}{i}.png")
    assert command("init", "pets").code == 0
    text = (tmp_path / "pets.yaml").read_text()
    assert "  colors: grey                      # one number per pixel: the pictures have no colours\n" in text
    assert load_config(tmp_path / "pets.yaml").data.channels == 1
    assert command("train", "pets.yaml", "--set", "train.epochs=1").code == 0
    assert command("init", "pets", "--textbook", "--force").code == 0
    text = (tmp_path / "pets.yaml").read_text()
    assert "  image_size: [8, 8]                # height, width: 8 x 8 = 64 inputs\n  colors: grey " in text
    Image.new("RGB", (8, 8), (1, 1, 2)).save(tmp_path / "pets" / "dog" / "dog0.png")
    assert command("init", "pets", "--force").code == 0
    assert "colors" not in (tmp_path / "pets.yaml").read_text()


def test_the_textbook_has_mini_batches_of_many_pictures(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catnet.recipe.settings.MANY", 127)
    draw(tmp_path / "pets" / "train", "cat dog", 64)
    draw(tmp_path / "pets" / "val", "cat dog", 4)
    assert command("init", "pets", "--textbook").code == 0
    config = load_config(tmp_path / "pets.yaml")
    assert (config.model.hidden_layers, config.model.dropout) == ((256,), (0.5,))
    assert (config.train.batch_size, config.train.learning_rate, config.train.epochs) == (32, 0.1, 30)
    assert config.train.optimizer == "gradient_descent"


def test_a_target_that_tells_left_from_right_is_not_mirrored(tmp_path: Path, command: Command) -> None:
    tell(draw(tmp_path / "road", ".", 10), "turn_left", *(str(i / 2) for i in range(10)))
    done = command("init", "road", "--target", "turn_left")
    assert "note: pictures are not mirrored: the classes or the target seem to tell left from right\n" in done.err
    assert load_config(tmp_path / "road.yaml").model.views == "none"


def test_pictures_that_are_not_square(tmp_path: Path, command: Command) -> None:
    for name, width, height in (("photos", 64, 48), ("banners", 200, 20)):
        for label in "ab":
            folder = tmp_path / name / f"{label}x"
            folder.mkdir(parents=True)
            for i in range(4):
                Image.new("RGB", (width, height), (i, 50 * (label == "a"), 0)).save(folder / f"{i}.png")
    done = command("init", "photos")
    assert said(done)[1] == "size: 48 pixels, the shorter side, 64 the longer (the median of 7 pictures)"
    assert "squeezed" not in done.err
    assert load_config(tmp_path / "photos.yaml").data.image_size == (14, 18)
    done = command("init", "banners")
    assert "note: pictures of 20 x 200 are squeezed to 11 x 23 (height x width)\n" in done.err
    assert command("train", "banners.yaml", "--set", "train.epochs=1").code == 0


def test_pictures_that_cannot_be_read(tmp_path: Path, command: Command) -> None:
    draw(tmp_path / "pets", "cat dog")
    (tmp_path / "pets" / "cat" / "9.png").write_bytes(b"no picture")
    (tmp_path / "pets" / "dog" / "9.png").write_bytes(b"no picture")
    done = command("init", "pets")
    assert done.code == 0
    assert re.search(
        r"^size: 8 pixels, the shorter side \(the median of (5 of 6|6 of 8|7 of 8) pictures\)$", done.err, re.M
    )
    assert re.search(
        r"^warning: \d of the \d pictures looked at cannot be read, such as pets/.*9\.png: is not", done.err, re.M
    )
    assert "training stops at them; data.bad_images: skip leaves them out\n" in done.err
    assert "\n  # bad_images: skip                # leaves out" in (tmp_path / "pets.yaml").read_text()
    for path in (tmp_path / "pets").rglob("*.png"):
        path.write_bytes(b"no picture")
    done = command("init", "pets", "--force")
    assert (done.code, done.out) == (3, "")
    assert re.fullmatch(
        r"pets/\w+/\d.png: is not a picture in .* damaged \(none of the 8 pictures looked at can be read\)\n", done.err
    )


def test_textbook(tmp_path: Path, command: Command) -> None:
    draw(tmp_path / "pets", "cat dog", 10)
    assert command("init", "pets", "--textbook").code == 0
    assert (
        (tmp_path / "pets.yaml").read_text()
        == """\
# Which one is it? The textbook's settings, written by `catnet init` for 16 training pictures.

goal: 3.0                           # multi-class: which one is it?
data:
  path: pets
  classes: [cat, dog]               # in the order of the outputs
  image_size: [8, 8]                # height, width: 8 x 8 x 3 = 192 inputs
  scaling: center                   # x/255 minus its mean over the training pictures
  validation_fraction: 0.2          # measured on and not learned from
  # test_fraction: 0.2              # more kept back, to measure once at the very end

model:
  hidden_layers: [16]               # the neurons of each layer; [] for none
  activation: relu
  initialization: he

train:
  epochs: 300                       # how often the training data is gone through
  batch_size: full                  # every update sees all examples
  optimizer: gradient_descent
  learning_rate: 0.01               # the size of a step along the gradient
  seed: 0                           # another seed: another first network and order
"""
    )
    done = command("train", "pets.yaml", "--set", "train.epochs=3")
    assert done.code == 0, done.err
    table(tmp_path / "t.csv", "a,b", lambda i: f"{i % 7},{i % 5}")
    assert command("init", "t.csv", "--goal", "regression", "--target", "b", "--textbook").code == 0
    done = command("train", "t.yaml", "--set", "train.epochs=3")
    assert done.code == 0, done.err


def test_a_folder_or_a_table_in_place_of_a_configuration(tmp_path: Path, command: Command) -> None:
    draw(tmp_path / "my pets", "cat dog")
    table(tmp_path / "t.csv", "a,b", lambda i: f"{i % 7},{i % 5}")
    (tmp_path / "empty").mkdir()
    for name in ("train", "count-params"):
        done = command(name, "my pets")
        assert (done.code, done.err) == (
            2,
            "my pets: is a folder; give a configuration file, such as my pets/config.yaml\n"
            "to write one for the data that is there: catnet init 'my pets'\n",
        )
    assert command("train", "t.csv").err == (
        "t.csv: is a table, not a configuration; give a YAML file\n"
        "to write one for the data that is there: catnet init t.csv\n"
    )
    assert "init" not in command("train", "empty").err
    assert "init" not in command("train", "my pets/cat/0.png").err


def test_from_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw(tmp_path / "pets", "cat dog emu")
    monkeypatch.chdir(tmp_path)
    text = package.init("pets", 1.0, "emu")
    assert f"  path: {tmp_path}/pets\n" in text
    (tmp_path / "p.yaml").write_text(text)
    assert package.load_config("p.yaml").data.classes == ("emu",)
    with pytest.raises(Undecided) as caught:
        package.init("pets", "1.0")
    assert str(caught.value) == (
        "pets: which class is to count as 1 for goal 1.0? there are cat, dog, emu\n"
        "ask for it by name, such as: goal='1.0', target=['cat']"
    )
    with pytest.raises(ConfigError, match=r'^pets: has no class ""; there are cat, dog, emu$'):
        package.init("pets", target="")
    with pytest.raises(ConfigError, match="must be a path, is"):
        package.init("pets\0")
    with pytest.raises(ValueError, match="the data must be a path, is empty"):
        package.init(" ")
    with pytest.raises(TypeError, match="the data must be a path, as text"):
        package.init(5)  # type: ignore[arg-type]
    for target, said in ((None, "empty"), (5, "5"), ([1], "a list")):
        with pytest.raises(TypeError, match=f"^target: must be a name or a list of names, .*, not {said}$"):
            package.init("pets", target=target)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="goal: must be"):
        package.init("pets", "best")


def test_the_time_that_training_takes(tmp_path: Path) -> None:
    draw(tmp_path / "pets", "cat dog", 40, side=64)
    recipe = recipe_for(tmp_path / "pets", None)
    assert 1 < recipe.needs.seconds < 600
    task = task_like(recipe.config, recipe.data, 64)  # as it is trained
    assert task.network.sizes == (63, 512, 256, 2)
    assert (task.optimizer.name, task.batch_size, task.inputs.m) == ("adamw", 32, 64)
    assert task.augmented is not None
    assert task.augmented.rows.shape == (64, 64 * 64 * 3)
    textbook = recipe_for(tmp_path / "pets", None, textbook=True)
    assert task_like(textbook.config, textbook.data, 10**6).inputs.rows.shape == (10**6, 64 * 64 * 3)  # without memory


def test_epochs_and_sizes() -> None:
    assert [epochs_for(m) for m in (1, 209, 800, 1500, 1600, 8000, 10**6)] == [1000, 830, 420, 310, 300, 130, 100]
    sides = (1, 8, 16, 28, 32, 40, 48, 64, 4000)
    sizes = [size_for((side, side)) for side in sides]
    assert [(size[0], box_average_for((side, side), size)) for size, side in zip(sizes, sides, strict=True)] == [
        (1, 2), (8, 2), (16, 2), (16, 2), (16, 2), (16, 3), (16, 3), (16, 4), (16, 4)
    ]  # fmt: skip
    assert [size_for(size) for size in ((48, 64), (64, 48), (20, 200), (300, 3), (1, 1))] == [
        (14, 18), (18, 14), (11, 23), (23, 3), (1, 1)
    ]  # fmt: skip
    characters, sides_differ = (
        "the classes seem to be characters",
        "the classes or the target seem to tell left from right",
    )
    for names, why in (
        (["cat", "dog"], ""), (["a", "b"], characters), (["0", "10"], characters), (["00", "61"], characters),
        (["100", "200"], ""), (["0", "1"], ""), (["no", "yes"], ""), (["turn left", "turn right"], sides_differ),
        (["arrow_left", "arrow_up"], sides_differ), (["leftover", "bright"], ""), (["right_eye"], sides_differ),
    ):  # fmt: skip
        assert against_mirrors(names) == why, names


def test_labels_that_are_numbers_are_asked_for(tmp_path: Path, command: Command) -> None:
    tell(draw(tmp_path / "all", ".", 30), "label", *(str(i / 4) for i in range(30)))
    table(tmp_path / "t.csv", "a,label", lambda i: f"{i % 3},{i / 4}")
    for path in ("all", "t.csv"):
        for arguments in ([], ["--target", "label"]):
            done = command("init", path, *arguments)
            assert (done.code, done.err) == (
                2,
                f"{path}: column label holds mostly different numbers; is it to be predicted, or is each a class?\n"
                "ask for it by name, such as: --goal regression --target label\n",
            )
    done = command("init", "all", "--goal", "regression", "--target", "label")
    assert done.code == 0, done.err
    assert (tmp_path / "all.yaml").read_text().splitlines()[2] == "goal: regression".ljust(36) + "# how much?"
    assert command("init", "t.csv", "--goal", "3.0", "--output", "c.yaml").code == 0


def test_a_batch_that_holds_all_examples(tmp_path: Path, command: Command) -> None:
    draw(tmp_path / "pets", "cat dog")
    assert command("init", "pets").code == 0
    done = command("train", "pets.yaml", "--set", "train.epochs=1")
    assert done.code == 0, done.err
    assert "has the effect of full" not in done.err


def test_rows_that_cannot_be_used(tmp_path: Path, command: Command) -> None:
    tell(draw(tmp_path / "all", ".", 10), "cat,dog", *(f"{i % 2},{'' if i == 3 else i % 3 // 2}" for i in range(10)))
    done = command("init", "all")
    assert done.code == 0, done.err
    assert (
        "warning: 1 row cannot be used, such as all/metadata.csv:5: column dog must be 0 or 1, is empty; "
        "name the label columns with data.classes\n"
        "training stops at them; data.bad_images: skip leaves them out\n"
    ) in done.err
    assert (
        "  # bad_images: skip                # leaves out what cannot be used\n" in (tmp_path / "all.yaml").read_text()
    )
    done = command("train", "all.yaml", "--set", "train.epochs=1", "--set", "data.bad_images=skip")
    assert done.code == 0, done.err


def test_what_cannot_be_learned_is_said_in_terms_of_init(tmp_path: Path, command: Command) -> None:
    rows = [f"{i % 2},{i / 2},{'ab'[i % 2]},7" for i in range(10)]
    tell(draw(tmp_path / "both", ".", 10), "cat,weight,kind,const", *rows)
    (tmp_path / "bare").mkdir()
    (draw(tmp_path / "bare", ".", 1) / "metadata.csv").write_text("file_name\n0.png\n")
    draw(tmp_path / "split" / "train", "ant bee")
    draw(tmp_path / "split" / "val", "ant bee cow")
    draw(tmp_path / "folders", "ant bee", 2)
    (tmp_path / "folders" / "metadata.csv").write_text("file_name,x\nant/0.png,1.5\nbee/0.png,2.5\nbee/1.png,3\n")
    table(tmp_path / "three.csv", "a,b,target", lambda i: f"{i / 7},{i / 3},{i % 3}")
    table(tmp_path / "words.csv", "a,label", lambda i: f"{i / 7},{'xyz'[i % 3]}")
    together = "cannot be learned together; name classes, columns of 0 and 1, or one column of numbers or words"
    for path, arguments, code, text in (
        ("both", "--target cat --target weight", 2, f"both: cat, weight {together}"),
        ("both", "--target cat --target cat", 2, "both: cat is named twice"),
        ("both", "--target const", 2,
         "both: column const has the same value in every row: there is nothing to learn"),
        ("bare", "", 3, "bare: metadata.csv has no column besides file_name to learn"),
        ("split", "", 3,
         "split/val: class cow is not in the training data, which has ant, bee; rename it, "
         "or list the classes to learn in data.classes: --target ant --target bee"),
        ("folders", "", 2,
         "folders: 1 picture is not in metadata.csv and is left out\n"
         "folders: the folders ant, bee are no classes: metadata.csv has the labels\n"
         "folders: has only numbers; which is to be predicted? there is x\n"
         "ask for it by name, such as: --goal regression --target x"),
        ("three.csv", "--goal 3.0", 2,
         "three.csv: which column is to be learned for goal 3.0? there are a, b, target\n"
         "ask for it by name, such as: --goal 3.0 --target target"),
        ("words.csv", "--goal regression --target label", 3,
         "words.csv: column label must be a number, is x, y, z in 40 of 40 rows; "
         "for classes, set goal: 3.0"),
    ):  # fmt: skip
        done = command("init", path, *arguments.split())
        assert (done.code, done.err) == (code, f"{text}\n"), (path, arguments)
    done = command("init", "both", "--target", "")
    assert (done.code, done.err) == (2, 'both: has no column ""; there are cat, weight, kind, const\n')


def test_the_same_picture_with_two_labels(tmp_path: Path, command: Command) -> None:
    draw(tmp_path / "pets", "cat dog")
    (tmp_path / "pets" / "cat" / "8.png").write_bytes((tmp_path / "pets" / "cat" / "0.png").read_bytes())
    assert "the same picture" not in command("init", "pets", "--output", "-").err
    (tmp_path / "pets" / "dog" / "9.png").write_bytes((tmp_path / "pets" / "cat" / "2.png").read_bytes())
    done = command("init", "pets")
    assert done.code == 0, done.err
    assert re.search(
        r"^warning: pets/(cat/2|dog/9).png and pets/(cat/2|dog/9).png are the same picture, with different labels\n"
        r"training stops at such pictures until one of them is removed, or data.duplicates: allow is set$",
        done.err, re.M,
    )  # fmt: skip
    assert command("train", "pets.yaml", "--set", "train.epochs=1").code == 3
    done = command("train", "pets.yaml", "--set", "train.epochs=1", "--set", "data.duplicates=allow")
    assert done.code == 0, done.err
