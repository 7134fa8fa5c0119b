"""Names of classes: those of training are known, any other is an error, or left out with a note; for every goal."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from scanning import scan

from catnet.data.scan import scan_other
from catnet.errors import DataError
from catnet.question import Question

Draw = Callable[..., Path]

COMPOSED, DECOMPOSED = "caf\u00e9", "cafe\u0301"


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """Tiny pictures by folder, so many in each, all of different colours."""
    number = 0

    def write(**counts: int) -> Path:
        nonlocal number
        for folder, count in counts.items():
            for _ in range(count):
                number += 1
                path = tmp_path / folder.replace("__", "/") / f"{number}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (2, 2), (number % 256, number // 256, 7)).save(path)
        return tmp_path

    return write


def message(path: Path, goal: str, *classes: str) -> str:
    with pytest.raises(DataError) as caught:
        scan(path, goal=goal, classes=classes or None)
    return str(caught.value).replace(str(path), "PATH")


def labelled(path: Path, split: str, *labels: str) -> None:
    """Pictures of a split with a metadata.csv of their labels."""
    (path / split).mkdir(parents=True)
    for i in range(len(labels)):
        Image.new("RGB", (2, 2), (i, len(split), 9)).save(path / split / f"{i}.png")
    rows = "".join(f"{i}.png,{label}\n" for i, label in enumerate(labels))
    (path / split / "metadata.csv").write_text(f"file_name,label\n{rows}", encoding="utf-8")


def test_goal_1_knows_the_names_of_both_sides(draw: Draw) -> None:
    question = scan(draw(train__cat=2, train__dog=2, train__fox=1, val__fox=1), goal="1.0", classes=("cat",)).question
    assert question.known == ("cat", "dog", "fox")
    assert (question.negative, question.others) == ("not cat", ("dog", "fox"))


@pytest.mark.parametrize(("goal", "classes"), [("1.0", ("cat",)), ("2.0", ()), ("3.0", ())])
def test_an_unknown_name_in_a_runs_own_splits(draw: Draw, goal: str, classes: tuple[str, ...]) -> None:
    path = draw(train__cat=2, train__dog=2, val__dog=1, val__Cat=1, val__unknown=1)
    said = message(path, goal, *classes)
    assert said.startswith("PATH/val: class Cat, unknown is not in the training data, which has cat, dog; ")
    assert "did you mean cat?" in said
    assert ("data.classes" in said) == (goal != "1.0")


@pytest.mark.parametrize(
    ("train", "other", "hint"),
    [
        (("1", "0"), "1.0", "; did you mean 1?"),
        (("yes", "no"), "Yes", "; did you mean yes?"),
        ((COMPOSED, "tea"), DECOMPOSED, r'; did you mean "caf\xe9"?'),
    ],
)
@pytest.mark.parametrize("goal", ["1.0", "3.0"])
def test_a_label_that_is_nearly_known(tmp_path: Path, goal: str, train: tuple[str, str], other: str, hint: str) -> None:
    labelled(tmp_path, "train", *train, *train)
    labelled(tmp_path, "val", train[1], other)
    said = message(tmp_path, goal, *train[:1]) if goal == "1.0" else message(tmp_path, goal)
    assert f"PATH/val: class {other} is not in the training data" in said
    assert hint in said


def test_names_that_are_alike_in_training(draw: Draw) -> None:
    path = draw(**{"cat": 1, "Cat": 1, " cat": 1, COMPOSED: 1, DECOMPOSED: 1, "dog": 1})
    notes = scan(path, goal="3.0").notes
    assert notes == (
        'the classes " cat", "Cat", "cat" differ only in case, blanks, Unicode form or number format; '
        "if they are meant for one, rename them",
        r'the classes "cafe\u0301", "caf\xe9" differ only in case, blanks, Unicode form or number format; '
        "if they are meant for one, rename them",
    )


def test_goal_1_does_not_count_the_class_itself_as_0(draw: Draw) -> None:
    said = message(draw(cat=2, Cat=1, dog=2), "1.0", "cat")
    assert said == (
        'PATH: another class than cat counts as 0; "Cat" differs from "cat" only in case, blanks, Unicode form or '
        "number format; rename it"
    )


@pytest.mark.parametrize("goal", ["1.0", "3.0"])
def test_other_data_leaves_unknown_names_out_with_a_note(draw: Draw, goal: str) -> None:
    path = draw(cat=2, dog=3, kitten=4, Dog=1)
    others = ("dog",) if goal == "1.0" else None
    classes = ("cat",) if goal == "1.0" else ("cat", "dog")
    question = Question(goal, classes, "dog" if goal == "1.0" else None, others=others)
    catalog = scan_other(question, path)
    assert catalog.splits["all"].labels.sum(axis=1).tolist() == ([2] if goal == "1.0" else [2, 3])
    assert len(catalog.splits["all"].names) == 5
    assert [note.replace(str(path), "PATH") for note in catalog.notes] == [
        "PATH: 1 example of Dog, not in the model's classes, is left out; "
        '"Dog" differs from "dog" only in case, blanks, Unicode form or number format',
        "PATH: 4 examples of kitten, not in the model's classes, are left out",
    ]


def test_other_data_of_the_negative_class_alone(draw: Draw) -> None:
    catalog = scan_other(Question("1.0", ("cat",), "dog", others=("dog",)), draw(dog=3))
    assert catalog.splits["all"].labels.tolist() == [[0, 0, 0]]


def test_a_model_without_the_names_of_others(draw: Draw) -> None:
    """One of an earlier version, or one that learned from a column of 0 and 1."""
    path = draw(cat=1, fox=2)
    facts = {"goal": "1.0", "classes": ["cat"], "negative": "not cat", "target": None, "features": None}
    question = Question.from_json(facts)
    assert question.others is None
    catalog = scan_other(question, path)
    assert catalog.notes == (f"{path}: fox count as not cat: the model holds no names of what is not cat",)
    assert Question.from_json(facts | {"negative": "dog"}).others == ("dog",)
    assert Question.from_json(replace(question, others=("fox", "dog")).to_json()).others == ("fox", "dog")


def test_class_folders_for_goal_2(draw: Draw) -> None:
    path = draw(cat=2, dog=2)
    (note,) = scan(path, goal="2.0").notes
    assert note.startswith("class folders for goal 2.0 say that a picture shows its class and none of the others")
    assert scan_other(Question("2.0", ("cat", "dog")), path).notes == (note,)
    assert scan(path, goal="3.0").notes == ()
