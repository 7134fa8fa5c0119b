"""catnet init on tables as people have them: the column that it takes for the answer, what it leaves out, and why."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from catnet.config import load_config
from catnet.recipe.columns import Columns

Command = Callable[..., Any]
PASSENGERS = "Id,name,class,age,sex,survived"
FLOWERS = "a,b,species"


def table(path: Path, header: str, row: Callable[[int], str], rows: int = 40) -> Path:
    """A table of so many rows."""
    path.write_text("\n".join([header, *map(row, range(rows))]) + "\n")
    return path


def passenger(i: int) -> str:
    age = "" if i % 5 == 0 else 20 + i % 11
    return f"{i + 1},name {i},{('first', 'second', 'third')[i % 3]},{age},{'fm'[i % 2]},{('no', 'yes')[i % 7 > 3]}"


def flower(i: int) -> str:
    return f"{i % 7},{i % 5 + 0.5},{('daisy', 'poppy', 'violet')[i % 3]}"


def data_of(path: Path) -> list[str]:
    """The lines of the section `data` of a configuration, as far as they tell of the question and the columns."""
    lines = path.read_text().split("data:\n")[1].split("\n\n")[0].splitlines()
    return [line for line in lines if "fraction" not in line]


def test_the_only_column_of_words_is_the_answer(tmp_path: Path, command: Command) -> None:
    table(tmp_path / "flowers.csv", FLOWERS.replace("species", "kind"), flower)
    done = command("init", "flowers.csv")
    assert done.code == 0, done.err
    assert done.err.splitlines()[:5] == [
        "rows: 33 train, 7 validation (drawn)",
        "inputs: 2 numbers: a, b",
        "target: kind",
        "training rows by class: daisy 11, poppy 11, violet 11",
        "goal: 3.0, multi-class (which one is it?), because kind is the only column of words",
    ]
    assert data_of(tmp_path / "flowers.yaml") == [
        "  path: flowers.csv",
        "  target: kind                      # the column to predict",
        "  classes: [daisy, poppy, violet]   # in the order of the outputs",
        "  scaling: standard                 # each column with mean 0 and deviation 1",
    ]
    assert command("train", "flowers.yaml", "--set", "train.epochs=2").code == 0


def test_columns_that_are_no_inputs_are_left_out_and_missing_cells_filled_in(tmp_path: Path, command: Command) -> None:
    table(tmp_path / "ship.csv", PASSENGERS, passenger)
    done = command("init", "ship.csv", "--target", "survived")
    assert done.code == 0, done.err
    assert (
        "inputs: 1 number: age; 2 columns of categories: class (first, second, third), sex (f, m); "
        "1 whether a cell is missing: age\n"
    ) in done.err
    assert (
        "left out: column Id numbers the rows\nleft out: column name has 40 different texts in 40 rows, too many"
        in done.err
    )
    assert "data.ignore" not in done.err
    assert data_of(tmp_path / "ship.yaml") == [
        "  path: ship.csv",
        "  classes: [survived]               # what counts as 1; not survived is 0",
        "  # column Id numbers the rows; column name has 40 different texts in 40 rows, too many to be categories",
        "  ignore: [Id, name]",
        "  missing: fill                     # age has missing cells: they are filled in, and an input says where",
        "  scaling: standard                 # each column with mean 0 and deviation 1",
    ]
    done = command("train", "ship.yaml", "--set", "train.epochs=2")
    assert done.code == 0, done.err
    done = command("init", "ship.csv", "--target", "class", "--textbook", "--force")
    assert (load_config(tmp_path / "ship.yaml").goal, load_config(tmp_path / "ship.yaml").data.target) == (
        "3.0",
        "class",
    )
    assert command("train", "ship.yaml", "--set", "train.epochs=2").code == 0


def test_a_column_that_could_be_an_input_is_named_with_what_to_write(tmp_path: Path, command: Command) -> None:
    table(tmp_path / "flats.csv", "sold,area,rooms,price", lambda i: f"2020-01-{i % 28 + 1:02},{i}.5 m,{i % 4},{i * 7}")
    done = command("init", "flats.csv", "--target", "price")
    assert done.code == 0, done.err
    assert done.err.splitlines()[4:6] == [
        "left out: column sold has dates (2020-01-01) in 40 of 40 rows; "
        "to make it an input, write the year, or the days since a fixed day, as a number",
        "left out: column area has numbers with a unit (0.5 m) in 40 of 40 rows; to make it an input, write 0.5",
    ]
    assert load_config(tmp_path / "flats.yaml").data.ignore == ("sold", "area")


def test_the_answer_is_not_guessed_if_several_columns_may_be_it(tmp_path: Path, command: Command) -> None:
    table(tmp_path / "ship.csv", PASSENGERS, passenger)
    for arguments, ways in (
        ([], "--target class, or --target survived, or --goal regression --target age"),
        (["--goal", "3.0"], "--goal 3.0 --target class, or --goal 3.0 --target survived"),
        (["--goal", "1.0"], "--goal 1.0 --target class, or --goal 1.0 --target survived"),
    ):
        done = command("init", "ship.csv", *arguments)
        which = f"to be learned for goal {arguments[1]}" if arguments else "to be predicted"
        assert (done.code, done.err) == (
            2,
            f"ship.csv: which column is {which}? there are Id, name, class, age, sex, survived\n"
            f"ask for it by name, such as: {ways}\n",
        )
    done = command("init", "ship.csv", "--goal", "1.0", "--target", "class")
    assert (done.code, done.err) == (
        2,
        "ship.csv: which class of class is to count as 1 for goal 1.0? there are first, second, third\n"
        "ask for it by name, such as: --goal 1.0 --target class --target first\n",
    )


@pytest.mark.parametrize(
    ("arguments", "goal", "target", "classes"),
    [
        ("--target class --target third", "1.0", "class", ("third",)),
        ("--goal 1.0 --target class --target first", "1.0", "class", ("first",)),
        ("--target class --target third --target first", "3.0", "class", ("third", "first")),
        ("--goal 3.0 --target survived", "3.0", "survived", ("no", "yes")),
        ("--target age", "regression", "age", None),
    ],
)
def test_a_column_that_is_asked_for(
    tmp_path: Path, command: Command, arguments: str, goal: str, target: str, classes: tuple[str, ...] | None
) -> None:
    table(tmp_path / "ship.csv", PASSENGERS, passenger)
    done = command("init", "ship.csv", *arguments.split())
    assert done.code == 0, done.err
    config = load_config(tmp_path / "ship.yaml")
    assert (config.goal, config.data.target, config.data.classes) == (goal, target, classes)
    done = command("train", "ship.yaml", "--set", "train.epochs=1", "--set", "data.bad_images=skip")
    assert done.code == 0, done.err


def test_few_whole_numbers_may_be_classes(tmp_path: Path, command: Command) -> None:
    table(tmp_path / "iris.csv", "length,width,target", lambda i: f"{i / 4},{i % 7},{i % 3}")
    ways = "ask for it by name, such as: --goal 3.0 --target target, or --goal regression --target target\n"
    done = command("init", "iris.csv", "--target", "target")
    assert (done.code, done.err) == (
        2,
        f"iris.csv: column target holds only 0, 1, 2; is each a class, or is the number to be predicted?\n{ways}",
    )
    done = command("init", "iris.csv")
    there = "has only numbers; which is to be predicted? there are length, width, target"
    assert (done.code, done.err) == (2, f"iris.csv: {there}\n{ways}")
    done = command("init", "iris.csv", "--goal", "3.0", "--target", "target")
    assert done.code == 0, done.err
    config = load_config(tmp_path / "iris.yaml")
    assert (config.goal, config.data.target) == ("3.0", "target")
    done = command("init", "iris.csv", "--target", "width", "--output", "width.yaml")
    assert "\nnote: column width has 7 different whole numbers; if each is a class, ask for goal 3.0\n" in done.err
    assert load_config(tmp_path / "width.yaml").goal == "regression"


def test_what_can_be_no_answer_is_not_suggested(tmp_path: Path, command: Command) -> None:
    pictures(tmp_path / "photos")
    rows = "file_name,tier,day,Id", lambda i: f"photos/{i}.png,{('ant', 'bee')[i % 2]},2020-01-{i % 3 + 1:02},{i + 7}"
    table(tmp_path / "list.csv", *rows, 12)
    done = command("init", "list.csv")
    assert (done.code, done.err) == (
        2,
        "list.csv: which column is to be predicted? there are tier, day, Id\n"
        "ask for it by name, such as: --target tier\n",
    )


def test_the_split_is_that_of_the_training(tmp_path: Path, command: Command) -> None:
    row = lambda i: f"{i // 2 if i < 20 else i},{'xy'[i % 2]}"  # noqa: E731 (some pairs of equal rows stay together)
    table(tmp_path / "twins.csv", "a,label", row, 50)
    done = command("init", "twins.csv")
    assert done.code == 0, done.err
    told = done.err.splitlines()
    done = command("train", "twins.yaml", "--set", "train.epochs=1")
    counts = re.search(r"^  examples: (\d+) train, (\d+) validation\n  train: (.+)$", done.err, re.M)
    assert done.code == 0 and counts, done.err
    train, validation, by_class = counts.groups()
    assert (train, validation) != ("40", "10")
    assert told[0] == f"rows: {train} train, {validation} validation (drawn)"
    assert told[2] == f"training rows by class: {by_class}"


def test_a_counter_that_is_the_only_input(tmp_path: Path, command: Command) -> None:
    table(tmp_path / "line.csv", "x,y", lambda i: f"{i},{3 * i + 0.5}")
    done = command("init", "line.csv", "--target", "y")
    assert done.code == 0, done.err
    assert load_config(tmp_path / "line.yaml").data.ignore == ()
    assert "column x numbers the rows and is an input" in done.err


def test_names_of_columns_that_would_break_a_comment(tmp_path: Path, command: Command) -> None:
    odd = ["Id\u2028x: #", "na\x07me: [", "ag\x85e: {"]
    path = table(tmp_path / "ship.csv", PASSENGERS, passenger)
    header = PASSENGERS.replace("Id", odd[0]).replace("name", odd[1]).replace("age", odd[2])
    path.write_text(path.read_text().replace(PASSENGERS, header, 1), encoding="utf-8")
    done = command("init", "ship.csv", "--target", "survived")
    assert done.code == 0, done.err
    config = load_config(tmp_path / "ship.yaml")
    assert (config.data.ignore, config.data.missing) == ((odd[0], odd[1]), "fill")
    assert command("train", "ship.yaml", "--set", "train.epochs=1").code == 0


def test_what_is_asked_for_wrongly(tmp_path: Path, command: Command) -> None:
    table(tmp_path / "ship.csv", PASSENGERS, passenger)
    table(tmp_path / "one.csv", "a,kind", lambda i: f"{i % 7},cat")
    for path, arguments, text in (
        ("ship.csv", "--target class --target fourth",
         "ship.csv: has no column fourth; there are Id, name, class, age, sex, survived, first, second, third"),
        ("ship.csv", "--goal 3.0 --target class --target first", "goal 3.0 takes two classes or more, not first"),
        ("ship.csv", "--goal 1.0 --target class --target first --target third",
         "goal 1.0 takes one name, not first, third"),
        ("one.csv", "--target kind", "one.csv: column kind has the same value in every row: there is nothing to learn"),
    ):  # fmt: skip
        done = command("init", path, *arguments.split())
        assert (done.code, done.err) == (2, f"{text}\n"), arguments


def pictures(folder: Path, count: int = 12) -> Path:
    """FOLDER/N.png, pictures of noise."""
    random = np.random.default_rng(0)
    folder.mkdir(parents=True)
    for i in range(count):
        Image.fromarray(random.integers(0, 255, (8, 8, 3), dtype=np.uint8)).save(folder / f"{i}.png")
    return folder


def test_lists_of_labels(tmp_path: Path, command: Command) -> None:
    tags = ["cat;dog", "cat", "dog", ""]
    table(pictures(tmp_path / "all") / "metadata.csv", "file_name,tags", lambda i: f"{i}.png,{tags[i % 4]}", 12)
    done = command("init", "all")
    assert done.code == 0, done.err
    assert "because tags is the only column of words\n" in done.err
    config = load_config(tmp_path / "all.yaml")
    assert (config.goal, config.data.target, config.data.classes) == ("2.0", "tags", ("cat", "dog"))
    assert command("train", "all.yaml", "--set", "train.epochs=1").code == 0
    done = command("init", "all", "--target", "tags", "--force")
    assert (
        "goal: 2.0, multi-label (which of these are there?), because tags is a column of lists of labels\n" in done.err
    )


def test_lists_of_labels_that_are_separated_in_other_ways(tmp_path: Path, command: Command) -> None:
    pictures(tmp_path / "all")
    for tags, column, code, text in (
        (["cat; dog", "cat|dog", "dog", "cat"], "tags", 3,
         "all/metadata.csv: column tags separates labels by both ; and |; use ; or | in all of its cells\n"),
        (['"cat, dog"', "cat", "dog", "cat"], "tags", 0,
         "note: cat, dog of column tags is one class; if it is several labels, separate them by ; in place of commas, "
         "for goal 2.0\n"),
        (['"cat, dog"', "cat", "dog", "cat"], "label", 0, "note: cat, dog of column label is one class; if it is"),
    ):  # fmt: skip
        row = [f"{i}.png,{tags[i % 4]}" for i in range(12)]
        table(tmp_path / "all" / "metadata.csv", f"file_name,{column}", row.__getitem__, 12)
        done = command("init", "all", "--output", "-")
        assert (done.code, text in done.err) == (code, True), done.err


def test_words_beside_numbers_of_pictures(tmp_path: Path, command: Command) -> None:
    rows = "file_name,kind,weight", lambda i: f"{i}.png,{('ant', 'bee')[i % 2]},{i / 2}", 12
    table(pictures(tmp_path / "all") / "metadata.csv", *rows)
    done = command("init", "all")
    assert done.code == 0, done.err
    assert "because kind is the only column of words\n" in done.err
    assert "note: to predict the column weight instead: --goal regression --target weight\n" in done.err
    assert load_config(tmp_path / "all.yaml").data.target == "kind"


def test_labels_that_are_numbers_may_get_names(tmp_path: Path, command: Command) -> None:
    table(tmp_path / "t.csv", "a,label", lambda i: f"{i % 7},{i % 3}")
    assert command("init", "t.csv").code == 0
    assert data_of(tmp_path / "t.yaml")[1] == "  # class_names: ['0', '1', '2']    # names in place of these numbers"
    names = ["--set", "data.class_names=[ant, bee, cat]", "--set", "train.epochs=1"]
    assert command("train", "t.yaml", *names).code == 0


@pytest.mark.parametrize(
    ("header", "answer"),
    [
        ("a,species,port", "species"), ("a,port,species", "species"), ("a,class,species", None),
        ("a,port,sex", None), ("a,port,7", "port"), ("species,b,7", "species"),
    ],
)  # fmt: skip
def test_which_column_is_taken_for_the_answer(tmp_path: Path, header: str, answer: str | None) -> None:
    from catnet.data.csvfile import read_csv

    texts = [name.isalpha() and len(name) > 1 for name in header.split(",")]
    row = [lambda i, j=j, text=text: f"{'xyz'[(i + j) % 3]}{j}" if text else f"{i % 7}" for j, text in enumerate(texts)]
    path = table(tmp_path / "t.csv", header, lambda i: ",".join(cell(i) for cell in row))
    found = Columns.of(read_csv(path)).answer
    assert (found and found[0]) == answer


def test_the_columns_of_a_list_of_pictures(tmp_path: Path, command: Command) -> None:
    pictures(tmp_path / "photos")
    table(tmp_path / "list.csv", "file_name,cat", lambda i: f"photos/{i}.png,{i % 2}", 12)
    done = command("init", "list.csv")
    assert done.code == 0, done.err
    assert "because list.csv has a column of 0 and 1, cat\n" in done.err
