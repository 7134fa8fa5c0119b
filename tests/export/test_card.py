"""Model cards: every figure is that of the run, every name is text, and no edit is lost."""

import csv
import json
import re
import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from noisy import draw

import catnet
from catnet.engine.inputs import Scaling
from catnet.errors import OutputError
from catnet.export import card
from catnet.export.about_model import scaled
from catnet.export.about_run import without_advice
from catnet.export.card import NO_LICENSE
from catnet.export.exported import Exported, sha256_of
from catnet.export.markdown import code, inline, paragraph, table
from catnet.export.places import without_folders
from catnet.report.facts import Facts, gather
from catnet.report.noticed import noticed
from catnet.report.verdict import verdict
from catnet.runs.checkpoints import load, save
from catnet.runs.thresholds import store_thresholds
from catnet.text import printable, score

pytestmark = [
    pytest.mark.filterwarnings("ignore:the card names no license:UserWarning"),
    pytest.mark.filterwarnings("ignore:put .* beside the card:UserWarning"),
]

TARGET = {"1.0": ["cat"], "2.0": None, "3.0": None, "regression": None}
CLASSES = ("cat", "iguana", "lion")
COUNTS = {"train": (12, 8, 8), "val": (4, 4, 4), "test": (4, 4, 4)}
HOSTILE = [
    "a|b`c`", "<img src=x onerror=alert(1)>", "[x](http://evil.example)", "![i](//evil.example/x.png)",
    "*bold* _it_ ~~s~~", "www.evil.example", "a@evil.example", "\u202etac", "1. one", "# head", "- item",
    "&lt;b&gt; $x$", "line\nbreak\n\n# h", "---", "</code><script>x", "\\", "``", "x: y # z", "[^1]", "<!-- c",
    "/home/somebody/secret", "> q", "кот",
]  # fmt: skip


def settings(goal: str, data: Path, **of_data: Any) -> dict[str, Any]:
    return {
        "goal": goal,
        "data": {"path": data, "image_size": [8, 8], "classes": TARGET[goal], **of_data},
        "model": {"hidden_layers": [4]},
        "train": {"epochs": 8, "learning_rate": 0.1},
    }


def write_labels(folder: Path, header: tuple[str, ...]) -> None:
    """Lists the pictures of each split, with columns of zeros and ones, or one column of numbers."""
    shutil.rmtree(folder / "test")
    for split in ("train", "val"):
        pictures = sorted((folder / split).rglob("*.png"))
        with (folder / split / "metadata.csv").open("w", newline="") as file:
            rows = [[i % 2, i % 3 % 2] if len(header) > 1 else [i * 0.7] for i in range(len(pictures))]
            names = [path.relative_to(folder / split) for path in pictures]
            csv.writer(file).writerows(
                [["file_name", *header], *([n, *row] for n, row in zip(names, rows, strict=True))]
            )


def write_table(path: Path) -> None:
    """A table with a column of texts, missing cells, and a column to ignore."""
    random = np.random.default_rng(0)
    with path.open("w", newline="") as file:
        rows = [[i, "" if i % 9 == 0 else round(random.normal(), 3), "ab"[i % 2], i % 3 / 2] for i in range(60)]
        csv.writer(file).writerows([["id", "size", "kind", "price"], *rows])


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of each goal on pictures, and one on a table, each with what has data of its own; by name."""
    found = {}
    for goal in TARGET:
        folder = tmp_path_factory.mktemp("home")
        draw(folder, {split: dict(zip(CLASSES, counts, strict=True)) for split, counts in COUNTS.items()})
        data = (folder / "data").rename(folder / "my animals")
        if goal in ("2.0", "regression"):
            write_labels(data, ("cat", "dog") if goal == "2.0" else ("age",))
        if goal == "3.0":  # which has the same picture twice, and one that cannot be read
            shutil.copy(data / "train" / "cat" / "0.png", data / "test" / "cat" / "again.png")
            (data / "train" / "cat" / "bad.png").write_text("no picture")
        config = settings(goal, data, **({"target": "age"} if goal == "regression" else {}), bad_images="skip")
        found[goal] = catnet.train(config, run_dir=folder / f"run {goal}").path
    folder = tmp_path_factory.mktemp("home")
    write_table(folder / "houses.csv")
    houses = {
        "path": folder / "houses.csv",
        "target": "price",
        "ignore": ["id"],
        "missing": "fill",
        "test_fraction": 0.3,
    }
    found["table"] = catnet.train({"goal": "regression", "data": houses}, run_dir=folder / "run").path
    return found


@pytest.fixture
def run(runs: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    """A copy of a run."""
    return lambda name: shutil.copytree(runs[name], tmp_path / "runs" / runs[name].name)


def store(path: Path, threshold: float) -> None:
    """Stores a threshold with the model of a run, which makes another file of it."""
    store_thresholds(path / "best.safetensors", load(path / "best.safetensors").model, [threshold])


def parts(path: Path) -> tuple[dict[str, Any], str]:
    """The front matter, and the card below it."""
    found = re.fullmatch(r"---\n(.*?)---\n(.*)", path.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return yaml.safe_load(found[1]), found[2]


def sections(body: str) -> dict[str, str]:
    """The text below each heading of the second level."""
    return dict(block.split("\n", 1) for block in body.split("\n## ")[1:])


def cells(text: str) -> Iterator[list[str]]:
    """The rows of all tables in a text."""
    for line in text.splitlines():
        if line.startswith("|"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


@pytest.mark.parametrize("name", [*TARGET, "table"])
def test_every_figure_is_that_of_the_run(name: str, run: Callable[[str], Path]) -> None:
    path = run(name)
    front, body = parts(catnet.load(path).export("card"))
    summary, facts = json.loads((path / "summary.json").read_text()), gather(path)
    unseen = facts.unseen
    assert unseen == "test" or name in ("2.0", "regression")
    measured = summary["metrics"][unseen].get("without_duplicates", summary["metrics"][unseen])
    (result,) = front["model-index"][0]["results"]
    called = {"roc_auc": "auc", "r_squared": "r2"}
    values = {called.get(each["type"], each["type"]): each["value"] for each in result["metrics"]}
    assert values == {metric: measured[metric] for metric in facts.question.kind.metrics}
    assert front["metrics"] == [each["type"] for each in result["metrics"]]
    assert result["dataset"]["split"] == unseen
    assert result["dataset"]["name"] == ("houses.csv" if name == "table" else "my animals")
    assert "license" not in front
    assert "datasets" not in front

    found = sections(body)
    judged = verdict(facts)
    assert judged.interval is not None
    low, high = (score(judged.metric, bound) for bound in judged.interval)
    assert f"(95% interval: {low} to {high})" in found["How good it is"]
    assert paragraph(*judged.sentences) in found["How good it is"]
    for one in noticed(facts):
        assert inline(one.sentence) in found["What was noticed"]
    for digest in summary["fingerprint"].values():
        assert digest in found["The data"]
    rows = list(cells(found["The data"]))
    for label in summary["classes"]:
        counts = [str(of_split[label]) for of_split in summary["data"]["classes"].values()]
        assert [label, *counts] in rows
    assert ["all", *(str(count) for count in summary["data"]["examples"].values())] in rows


@pytest.mark.parametrize(
    ("name", "pipeline", "task"),
    [
        ("1.0", "image-classification", "image-classification"),
        ("2.0", "image-classification", "image-classification"),
        ("3.0", "image-classification", "image-classification"),
        ("regression", None, "image-regression"),
        ("table", "tabular-regression", "tabular-regression"),
    ],
)
def test_hubs_know_what_it_is(name: str, pipeline: str | None, task: str, run: Callable[[str], Path]) -> None:
    front, _ = parts(catnet.load(run(name)).export("card"))
    assert front["library_name"] == "catnet"
    assert front.get("pipeline_tag") == pipeline
    assert front["model-index"][0]["results"][0]["task"]["type"] == task
    assert all(front["model-index"][0]["results"][0]["dataset"][key] for key in ("type", "name"))


def test_it_says_what_the_model_cannot(run: Callable[[str], Path]) -> None:
    _, body = parts(catnet.load(run("3.0")).export("card"))
    limits = sections(body)["What it is for, and what not"]
    assert "also about pictures of none of them" in limits
    assert "a flat row of 192 numbers" in limits
    assert "42.9% cat, 28.6% iguana, 28.6% lion" in limits
    _, body = parts(catnet.load(run("1.0")).export("card"))
    limits = sections(body)["What it is for, and what not"]
    assert (
        "It answers cat or not cat, whatever it is asked about. What is not cat was in training: iguana, lion" in limits
    )


def test_it_says_what_became_of_the_data(run: Callable[[str], Path]) -> None:
    _, body = parts(catnet.load(run("3.0")).export("card"))
    assert re.search(r"^- Skipped: 1 of the pictures: ", sections(body)["The data"], re.MULTILINE)
    assert "1 of the 13 test pictures is also in the training data; without it" in sections(body)["How good it is"]
    _, body = parts(catnet.load(run("table")).export("card"))
    assert "7 missing cells of size" in sections(body)["The data"]
    assert re.search("^- Left out: .*id", sections(body)["The data"], re.MULTILINE)
    assert "No example of another split is in the training data too." in sections(body)["The data"]


def test_a_training_that_did_not_finish_is_measured_now(run: Callable[[str], Path]) -> None:
    path = run("3.0")
    expected, _ = parts(catnet.load(path).export("card"))
    (path / "summary.json").unlink()
    front, body = parts(catnet.load(path).export("card"))
    found, known = (each["model-index"][0]["results"][0]["metrics"] for each in (front, expected))
    assert [each["type"] for each in found] == [each["type"] for each in known]
    assert [each["value"] for each in found] == pytest.approx([each["value"] for each in known])
    assert "The training did not finish" in sections(body)["How good it is"]
    assert "training time" not in body


def test_what_is_not_known_is_left_out(run: Callable[[str], Path], runs: dict[str, Path]) -> None:
    path, data = run("regression"), runs["regression"].parent / "my animals"
    away = data.rename(data.with_name("away"))
    try:
        front, body = parts(catnet.load(path).export("card"))
        (path / "summary.json").unlink()
        with pytest.warns(UserWarning, match="it is not known how good the model is"):
            bare, unknown = parts(catnet.load(path).export("card"))
    finally:
        away.rename(data)
    summary = json.loads((runs["regression"] / "summary.json").read_text())
    values = {each["type"]: each["value"] for each in front["model-index"][0]["results"][0]["metrics"]}
    assert values["mae"] == summary["metrics"]["validation"]["mae"]
    assert "- The data cannot be read, so what needs it is left out.\n" in body
    assert "fix the path" not in body + unknown
    assert str(data.parent) not in body + unknown
    assert "interval" not in body
    assert "model-index" not in bare
    assert "metrics" not in bare
    assert list(sections(unknown)) == [
        "The model", "What it is for, and what not", "How to use it", "Version, citation, license",
    ]  # fmt: skip
    assert "It is not known how good the model is: run regression: has no summary.json" in unknown


def test_figures_of_another_epoch_are_not_those_of_the_model(run: Callable[[str], Path]) -> None:
    path = run("1.0")
    summary = json.loads((path / "summary.json").read_text())
    (path / "summary.json").write_text(json.dumps({**summary, "best_epoch": 3}))
    with pytest.warns(UserWarning, match="was not measured: the figures of the run are of epoch 3"):
        front, body = parts(catnet.load(path).export("card"))
    assert "model-index" not in front
    assert "The model was not measured" in body


def test_figures_of_what_it_learned_from_are_no_results(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv")
    data = {"path": tmp_path / "t.csv", "target": "price", "missing": "fill", "validation_fraction": 0}
    trained = catnet.train({"goal": "regression", "data": data, "train": {"epochs": 2}}, run_dir=tmp_path / "run")
    front, body = parts(trained.export("card"))
    assert "model-index" not in front
    assert "on others it will do worse" in sections(body)["How good it is"]


@pytest.mark.parametrize("where", ["lone.safetensors", "run/checkpoints/epoch-000008.safetensors"])
def test_a_model_without_its_figures(where: str, run: Callable[[str], Path], tmp_path: Path) -> None:
    model = run("1.0").rename(tmp_path / "run") / "best.safetensors"
    shutil.copy(model, tmp_path / "lone.safetensors")
    with pytest.warns(UserWarning, match="figures are those of its best model|in no run directory"):
        path = catnet.load(tmp_path / where).export("card", tmp_path / "README.md")
    front, body = parts(path)
    assert "model-index" not in front
    assert "Its weights are those of epoch 8." in body
    assert "How good it is" not in sections(body)
    assert "- **classes, in the order of the outputs**: cat\n" in body
    assert "42.9% cat" in body


def test_stored_thresholds(run: Callable[[str], Path], command: Callable[..., Any]) -> None:
    path = run("1.0")
    assert command("evaluate", path, "--threshold", "0.31", "--save").code == 0
    done = command("export", path, "--format", "card")
    assert done.code == 0
    assert done.out.endswith(", the metrics of 12 test pictures\n")
    assert "names no license" in done.err
    front, body = parts(path / "exported" / "README.md")
    assert "- **thresholds**: cat 0.31\n" in body
    assert front["metrics"] == ["roc_auc"]
    assert [each["type"] for each in front["model-index"][0]["results"][0]["metrics"]] == ["roc_auc"]
    assert "# the metrics that depend on a threshold are left out" in (path / "exported" / "README.md").read_text()
    assert "All figures are for the threshold 0.5" in sections(body)["How good it is"]


def test_other_forms_are_named_if_they_are_there(run: Callable[[str], Path]) -> None:
    path = run("1.0")
    assert '.export("python", "predict.py")' in sections(parts(catnet.load(path).export("card"))[1])["How to use it"]
    catnet.load(path).export("python")
    (path / "exported" / "run 1.0.html").write_text("<p>of somebody else")
    found = sections(parts(catnet.load(path).export("card"))[1])["How to use it"]
    assert "- predict.py: needs NumPy and Pillow alone; python predict.py photo.jpg." in found
    assert '.export("python"' not in found
    assert '.export("page", "model.html")' in found


def test_the_forms_beside_it_are_of_this_very_model(run: Callable[[str], Path], tmp_path: Path) -> None:
    path, public = run("1.0"), tmp_path / "pub"
    public.mkdir()
    trained = catnet.load(path)
    trained.export("python")
    trained.export("page", public / "cats.html", examples=False)
    use = sections(parts(trained.export("card", public / "README.md"))[1])["How to use it"]
    assert "- cats.html: a page" in use
    assert "- predict.py" not in use
    trained.export("python", public / "predict.py")
    assert "- predict.py: needs" in trained.export("card", public / "README.md").read_text()
    store(path, 0.31)
    with pytest.warns(UserWarning, match=r"predict\.py is of another model, or of an earlier state of this one"):
        use = sections(parts(trained.export("card", public / "README.md"))[1])["How to use it"]
    assert "predict.py is of another model, or of an earlier state of this one." in use
    assert "- predict.py" not in use
    assert "cats.html" not in use


def test_the_model_file_belongs_beside_it(run: Callable[[str], Path], tmp_path: Path) -> None:
    trained = catnet.load(run("1.0"))
    with pytest.warns(UserWarning, match=r"put best\.safetensors beside the card"):
        path = trained.export("card", tmp_path / "README.md")
    assert "need the model file, best.safetensors, in the current folder" in path.read_text()
    shutil.copy(trained.model_path, tmp_path)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        trained.export("card", tmp_path / "README.md")
    assert [str(each.message) for each in told] == [NO_LICENSE]


def test_answers_that_are_not_finite_are_no_answers(run: Callable[[str], Path]) -> None:
    path = run("3.0") / "best.safetensors"
    checkpoint = load(path)
    large = {name: np.full_like(P, 3e38) for name, P in checkpoint.model.parameters.items()}
    save(path, replace(checkpoint, model=replace(checkpoint.model, parameters=large)))
    with pytest.warns(UserWarning, match="answers are not finite, since its weights are too large"):
        front, body = parts(catnet.load(path).export("card"))
    assert "model-index" not in front
    assert "The model's answers are not finite, since its weights are too large: it is of no use." in body


def test_a_training_that_saves_meanwhile(run: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = run("1.0")
    trained, gathered, calls = catnet.load(path), card.gathered, []

    def overtaken(exported: Exported) -> tuple[Facts | None, str]:
        calls.append(exported)
        if len(calls) == 1:
            store(path, 0.31)
        return gathered(exported)

    monkeypatch.setattr(card, "gathered", overtaken)
    body = parts(trained.export("card"))[1]
    assert len(calls) == 2
    assert "- **thresholds**: cat 0.31\n" in body
    assert f"- **SHA-256 of the file**: {sha256_of(path / 'best.safetensors')}\n" in body


def test_a_training_that_never_rests(run: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = run("1.0")
    moments = iter(range(100))
    monkeypatch.setattr("catnet.export.export.identity", lambda path: (0, next(moments)))
    with pytest.warns(UserWarning, match="a training has changed the model meanwhile"):
        catnet.load(path).export("card")


def test_a_tables_card_has_nothing_of_pictures(run: Callable[[str], Path]) -> None:
    trained = catnet.load(run("table"))
    trained.export("python")
    body = parts(trained.export("card"))[1]
    assert "- predict.py: needs NumPy alone; python predict.py table.csv." in body
    assert not any(f"  {key}:" in body for key in ("image_size", "colors", "box_average", "duplicates", "views"))
    assert "|  train |" not in body


def test_a_scaling_that_changes_nothing_is_not_told(run: Callable[[str], Path]) -> None:
    model = catnet.load(run("table")).model
    assert "output" not in scaled(replace(model, target_scaling=Scaling(0.0, 1.0)))
    for other, told in ((Scaling(3.0, 1.0), "output / 1 + 3"), (Scaling(0.0, 2.0), "output / 2 + 0")):
        assert f"; the answer is {told}" in scaled(replace(model, target_scaling=other))


def test_what_a_card_cites_is_what_is_to_be_cited() -> None:
    cited = yaml.safe_load((Path(__file__).parents[2] / "CITATION.cff").read_text())
    assert f"{cited['authors'][0]['name']}, {cited['title']}" == card.CITATION


def test_no_advice_for_the_owner() -> None:
    for told in ("; resuming the training writes it again", "; remove it, and resuming the training writes it again"):
        assert without_advice(f"metrics.csv: is not complete{told}") == "metrics.csv: is not complete"


def test_an_edited_card_is_not_lost(run: Callable[[str], Path], command: Callable[..., Any]) -> None:
    trained = catnet.load(run("1.0"))
    path = trained.export("card")
    written = path.read_bytes()
    assert trained.export("card").read_bytes() == written
    for edited in (
        written + b"Thanks to all who drew cats.\n",
        written.replace(b"# license: none is named; choose one if you publish this model", b"license: mit"),
        written.replace(b"\n", b"\r\n"),
        b"# My cats\n" + written,
    ):
        assert edited != written
        path.write_bytes(edited)
        with pytest.raises(OutputError, match="is not overwritten; move it away: it was changed since catnet wrote it"):
            trained.export("card")
        done = command("export", trained.path, "--format", "card")
        assert done.code == OutputError.exit_code
        assert "give another --output, or move it away: it was changed since catnet wrote it" in done.err
        assert path.read_bytes() == edited


def test_it_does_not_say_where_the_files_are(runs: dict[str, Path], run: Callable[[str], Path]) -> None:
    for name, original in runs.items():
        path = run(name)
        summary = json.loads((path / "summary.json").read_text())
        told = [
            f"{original.parent}/x: is odd",
            f"the cache {Path.home()}/.cache/a b/c is full",
            "see /srv/some/where.txt",
        ]
        summary["notes"] += told
        (path / "summary.json").write_text(json.dumps(summary))
        text = catnet.load(path).export("card").read_text()
        for place in (original.parent, path.parent, Path.home(), Path("/srv/some")):
            assert str(place) not in text
        assert "- x: is odd\n" in text
        assert "- see where.txt\n" in text
        assert "- the cache \\~/.cache/a b/c is full\n" in text


def test_first_weights_are_named_without_their_folder(runs: dict[str, Path], tmp_path: Path) -> None:
    config = settings("1.0", runs["1.0"].parent / "my animals", bad_images="skip")
    config["model"]["initialization"] = runs["1.0"] / "best.safetensors"
    text = catnet.train(config, run_dir=tmp_path / "again").export("card").read_text()
    assert "initialization: best.safetensors\n" in text
    assert str(runs["1.0"].parent) not in text


def test_folders_are_left_out_of_texts() -> None:
    data = Path("/home/somebody/my data/animals")
    assert without_folders(f"{data}/train/cat: a; in {data}", [data]) == "animals/train/cat: a; in animals"
    assert without_folders("/home/somebody/my data/b.csv is no picture", [data]) == "b.csv is no picture"
    assert without_folders("http://x.y/z, 1/2, a/b and /c", [data, Path("/c")]) == "http://x.y/z, 1/2, a/b and /c"


def test_hostile_names_are_text(tmp_path: Path) -> None:
    with (tmp_path / "t: # [x] <b>.csv").open("w", newline="") as file:
        header = [f"size {''.join(HOSTILE)}", "kind | `x`"]
        csv.writer(file).writerows([header, *([i % 7, name] for i, name in enumerate(HOSTILE * 5))])
    data = {"path": tmp_path / "t: # [x] <b>.csv", "target": "kind | `x`", "test_fraction": 0.4}
    folder = tmp_path / "run ` [x] <b> & # : é \u202e"
    trained = catnet.train({"goal": "3.0", "data": data, "train": {"epochs": 2}}, run_dir=folder)
    front, body = parts(trained.export("card"))
    assert front["model-index"][0]["name"] == printable(folder.name)
    assert front["model-index"][0]["results"][0]["dataset"]["name"] == "t: # [x] <b>.csv"
    rows = [cell for row in cells(body) for cell in row]
    for name in HOSTILE:
        assert inline(printable(name)) in rows or inline(f"\u2068{name}\u2069") in rows
    own = r"^```.*?^```$|\*\*|^#+ |<!-- -->|`pip install \.`"  # what the card itself makes of marks
    escaped = re.sub(r"\\[!-/:-@\[-`{-~]", "", re.sub(own, " ", body, flags=re.MULTILINE | re.DOTALL))
    assert re.findall(r"[`*\[<~$#&\\]|www\.|://|\w@\w", escaped) == []
    assert not any(not c.isprintable() and c not in "\n\u2068\u2069" for c in body)


@pytest.mark.parametrize("name", HOSTILE)
def test_escapes_say_the_name_itself(name: str) -> None:
    shown = " ".join(printable(name).split())
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", inline(printable(name)).replace("<!-- -->", "")) == shown
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", paragraph(printable(name)).replace("<!-- -->", "")) == shown


def test_a_paragraph_is_no_list_and_no_heading() -> None:
    for text in ("1. one", "23) two", "- item", "+ item", "---", "===", "# head", "> quote"):
        assert paragraph(text) != text
    assert inline("a\u202eb\x1b\n c") == r"a\\u202eb\\x1b c"
    for text in ("-0.5 degrees", "1.5 times", "snake_case", "10 > 9"):
        assert paragraph(text) == text


def test_tables_and_code_hold_anything() -> None:
    assert table(["a", "b"], [["x|y", "1"]], numbers=True) == "| a    |   b |\n| ---- | --: |\n| x\\|y |   1 |"
    assert code("a: '````'\n\u202eb\n", "yaml") == "`````yaml\na: '````'\n\\u202eb\n`````"
