"""predict.py answers as catnet does, without it: the same pixels, the same numbers, the same words."""

import ast
import builtins
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from symtable import symtable
from typing import Any

import numpy as np
import pytest
from in_process import Done
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import catnet
from catnet.cli.predict import as_line
from catnet.data.bounds import BadPicture
from catnet.data.pixels import read_pixels
from catnet.data.tables import read_rows
from catnet.engine.inputs import Scaling
from catnet.engine.network import Network
from catnet.errors import ConfigError, DataError, OutputError
from catnet.evaluation.predict import answers
from catnet.export import python
from catnet.export.bundle import Bundle, global_names
from catnet.export.examples import Example
from catnet.export.exported import Exported
from catnet.model import IDENTITY, Model
from catnet.question import Column, Question
from catnet.runs.checkpoints import Checkpoint, save

Command = Callable[..., Done]
QUESTIONS = {
    "1.0": Question("1.0", ("cat",), "not cat"),
    "2.0": Question("2.0", ("cat", "dog", "eel")),
    "3.0": Question("3.0", ("cat", "dog", "eel")),
    "regression": Question("regression", target="age"),
}
OUTPUTS = {"1.0": "sigmoid", "2.0": "sigmoid", "3.0": "softmax", "regression": "linear"}
TABLE = replace(
    QUESTIONS["1.0"],
    features=("rooms", "sea", "kind"),
    encoded=(Column("rooms", fill=3.5, has_missing=True), Column("kind", ("flat", "house", "missing"), 0.0, True)),
)
HOSTILE = (
    'a"""\nimport os\n"""b',
    "'\\N{DUCK}\\",
    "\u202etac {x} %s %(prog)s",
    "\x1b[31m\udcff</script>",
)


def a_model(goal: str = "3.0", hidden: tuple[str, ...] = (), dtype: Any = np.float32, **facts: Any) -> Model:
    """A model with weights at random: of pictures of 6 x 4, or of a table if its question is of one."""
    random = np.random.default_rng(1)
    question = facts.pop("question", QUESTIONS[goal])
    is_table = question.features is not None
    n = len(question.inputs) if is_table else 24 * (1 if facts.get("colors") == "grey" else 3)
    sizes = (n, *(5 + place for place in range(len(hidden))), question.outputs)
    loss = "squared" if goal == "regression" else "cross_entropy"
    network = Network(sizes, (*hidden, facts.pop("output", OUTPUTS[goal])), loss)
    parameters = {
        name: random.normal(0, 2 / np.sqrt(shape[1]), shape).astype(dtype) for name, shape in network.shapes.items()
    }
    facts.setdefault("scaling", IDENTITY if is_table else Scaling(0.0, 1 / 255))
    facts.setdefault("image_size", None if is_table else (6, 4))
    return Model(network, parameters, question, constant=np.full((question.outputs, 1), 0.5), **facts)


def made(model: Model) -> bytes:
    return python.make(Exported(Path(__file__), model)).content


def module_of(model: Model) -> dict[str, Any]:
    """The names of the file, as an import gives them."""
    names: dict[str, Any] = {"__name__": "predict"}
    exec(compile(made(model), "predict.py", "exec"), names)
    return names


@pytest.fixture(scope="module")
def table() -> tuple[Model, dict[str, Any]]:
    """A model of a table with thresholds, and its module."""
    model = a_model("1.0", question=TABLE, thresholds=(0.3,))
    return model, module_of(model)


def in_a_file(model: Model, folder: Path) -> Path:
    path = folder / "model.safetensors"
    save(path, Checkpoint(model))
    return path


def alone(script: Path, *arguments: object, without: str = "catnet") -> Done:
    """What comes of `python predict.py ARGUMENTS` if neither catnet nor `without` can be imported."""
    block = f"import sys, runpy; sys.argv = sys.argv[1:]; sys.modules['catnet'] = sys.modules['{without}'] = None"
    start = f"{block}; runpy.run_path(sys.argv[0], run_name='__main__')"
    line = [sys.executable, "-I", "-c", start, str(script), *map(str, arguments)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60, cwd=script.parent)
    return Done(done.returncode, done.stdout, done.stderr)


def exported(model: Model, folder: Path) -> Path:
    script = folder / "predict.py"
    script.write_bytes(made(model))
    return script


def draw(folder: Path) -> list[Path]:
    """Pictures of many kinds."""
    folder.mkdir()
    random = np.random.default_rng(5)
    for width, height in ((1, 1), (4, 6), (3, 420), (37, 23), (260, 190)):
        pixels = random.integers(0, 256, (height, width, 4), dtype=np.uint8)
        rgba, rgb = Image.fromarray(pixels), Image.fromarray(pixels[..., :3])
        grey, palette = rgb.convert("L"), rgb.quantize(9)
        wide = Image.fromarray(pixels[..., 0].astype(np.uint16) * 251)
        kinds: dict[str, tuple[Image.Image, dict[str, Any]]] = {
            "rgb.png": (rgb, {}), "rgba.png": (rgba, {}), "la.png": (rgba.convert("LA"), {}),
            "1.png": (rgb.convert("1"), {}), "p.png": (palette, {"transparency": 2}), "16.png": (wide, {}),
            "l.png": (grey, {"transparency": grey.getpixel((0, 0))}), "cmyk.jpg": (rgb.convert("CMYK"), {}),
            "l.jpg": (grey, {}), "rgb.jpg": (rgb, {}), "p.gif": (palette, {}), "rgb.bmp": (rgb, {}),
            "16.tif": (wide, {}), "inverted.tif": (wide, {"tiffinfo": {262: 0}}),
            "rgba.tif": (rgba, {"compression": "tiff_lzw"}),
            "rgba.webp": (rgba, {"lossless": True}),
        }  # fmt: skip
        for name, (image, options) in kinds.items():
            image.save(folder / f"{width}x{height}-{name}", **options)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x112] = orientation
        rgb.save(folder / f"turned-{orientation}.jpg", exif=exif)
    return sorted(folder.iterdir())


@pytest.mark.parametrize("goal", QUESTIONS)
@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"hidden": ("relu", "leaky_relu"), "views": "flip", "box_average": 4},
        {"hidden": ("tanh", "sigmoid", "linear"), "colors": "grey", "box_average": 3, "views": "flip"},
        {"scaling": Scaling(np.linspace(90, 160, 72), 1 / 255), "views": "flip", "hidden": ("relu",)},
        {"scaling": Scaling(np.linspace(90, 160, 72), np.linspace(0.01, 0.03, 72)), "views": "flip", "box_average": 2},
        {"dtype": np.float64, "scaling": Scaling(127.5, 1 / 64), "views": "flip"},
        {"scaling": IDENTITY},
    ],
    ids=["plain", "boxes", "grey", "center", "standard", "float64", "none"],
)
def test_the_answers_are_those_of_the_model(goal: str, facts: dict[str, Any]) -> None:
    if goal == "regression":
        facts = {"target_scaling": Scaling(40.0, 0.25), **facts}
    model = a_model(goal, **facts)
    assert model.decoded_size is not None
    n = model.network.sizes[0] * model.box_average**2
    rows = np.random.default_rng(2).integers(0, 256, (7, n), dtype=np.uint8)
    found = module_of(model)["y_hat"](rows)
    assert found.shape == (model.question.outputs, 7)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, model.predict(rows), rtol=2e-6, atol=1e-12 if "dtype" in facts else 1e-6)


def test_a_number_that_is_not_negative() -> None:
    scaling = Scaling(127.5, 1 / 16)
    model = a_model("regression", output="relu", views="flip", scaling=scaling, target_scaling=Scaling(0.0, 0.5))
    rows = np.random.default_rng(2).integers(0, 256, (40, 72), dtype=np.uint8)
    found = module_of(model)["y_hat"](rows)
    assert (found == 0).any()
    assert (found > 0).any()
    np.testing.assert_allclose(found, model.predict(rows), rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("colors", ["rgb", "grey"])
def test_the_pixels_are_those_of_catnet(tmp_path: Path, colors: str) -> None:
    module = module_of(a_model(colors=colors, box_average=2))
    paths = draw(tmp_path / "pictures")
    assert len(paths) == 88
    for path in paths:
        pixels = module["decoded"](path.read_bytes())
        assert pixels.tobytes() == read_pixels(str(path), (12, 8), colors=colors), path


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")  # as the command does
def test_bad_pictures_are_refused_in_the_same_words(tmp_path: Path) -> None:
    module = module_of(a_model())
    contents = {
        "empty.png": b"",
        "text.jpg": b"no picture",
        "heic.png": b"\0\0\0\x18ftypheic\0\0\0\0heicmif1",
        "avif.png": b"\0\0\0\x18ftypavif\0\0\0\0avifmif1",
    }
    for path in draw(tmp_path / "pictures")[-20:]:
        contents[path.name] = path.read_bytes()[: path.stat().st_size // 2]
    Image.fromarray(np.ones((9, 9), np.float32)).save(tmp_path / "float.tif")
    explained = PngInfo()
    explained.add_text("Software", "catnet explain")
    Image.new("RGB", (9, 9)).save(tmp_path / "explained.png", pnginfo=explained)
    contents["explained.png"] = (tmp_path / "explained.png").read_bytes()
    contents["float.tif"] = (tmp_path / "float.tif").read_bytes()
    refused = 0
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadPicture) as ours:
            read_pixels(str(tmp_path / name), (6, 4))
        with pytest.raises(module["BadPicture"]) as theirs:
            module["decoded"](content)
        refused += str(theirs.value) == str(ours.value)
    assert refused >= len(contents) - 2  # AVIF and HEIC, which catnet judges before it opens them
    huge = Image.new("1", (20_000, 6_000))
    huge.save(tmp_path / "huge.png")
    with pytest.raises(module["BadPicture"], match=r"is too large: 20000 x 6000 pixels"):
        module["decoded"]((tmp_path / "huge.png").read_bytes())


def test_the_command_prints_what_predict_prints(tmp_path: Path, command: Command) -> None:
    model = a_model("2.0", ("relu",), views="flip", thresholds=(0.4, 0.5, 0.9))
    script = exported(model, tmp_path)
    draw(tmp_path / "pictures")
    (tmp_path / "pictures" / "sub").mkdir()
    (tmp_path / "pictures" / "4x6-rgb.png").rename(tmp_path / "pictures" / "sub" / "\u202ea'b.png")
    (tmp_path / "pictures" / "notes.txt").write_text("no picture")
    (tmp_path / "pictures" / "__MACOSX").mkdir()
    (tmp_path / "pictures" / "__MACOSX" / "a.png").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    asked = ["./pictures/1x1-l.jpg", "pictures/", "missing.png", "empty", "pictures/notes.txt", "pictures/37x23-p.gif"]
    ours = command("predict", "--model", in_a_file(model, tmp_path), *asked)
    theirs = alone(script, *asked)
    assert theirs.out == ours.out
    assert ours.out.count("\n") == 90
    assert " -> " in ours.out
    assert theirs.code == ours.code == DataError.exit_code
    errors = [line for line in ours.err.splitlines() if not line.startswith(("model: ", "note: "))]
    assert [line for line in theirs.err.splitlines() if not line.startswith("note: ")] == errors
    assert len(errors) == 3
    assert "note: pictures: left out: " in theirs.err

    ours, theirs = (done("--json", "pictures") for done in (
        lambda *arguments: command("predict", "--model", tmp_path / "model.safetensors", *arguments),
        lambda *arguments: alone(script, *arguments),
    ))  # fmt: skip
    assert theirs.code == 0
    for one, other in zip(
        map(json.loads, ours.out.splitlines()), map(json.loads, theirs.out.splitlines()), strict=True
    ):
        assert one["probabilities"] == pytest.approx(other.pop("probabilities"), abs=1e-6)
        assert {**one, "probabilities": None} == {**other, "probabilities": None}


def test_wrong_usage_and_help(tmp_path: Path) -> None:
    script = exported(a_model(), tmp_path)
    assert alone(script).code == ConfigError.exit_code
    empty = alone(script, "")
    assert empty.code == ConfigError.exit_code
    assert "an empty path; give a file or a folder, such as . for the current folder" in empty.err
    gone = alone(script, "gone.csv")
    assert (gone.code, gone.err) == (DataError.exit_code, "gone.csv: there is no such file\n")
    shown = alone(script, "--help")
    assert (shown.code, shown.err) == (0, "")
    assert "a picture, or a folder of pictures" in shown.out


@pytest.mark.parametrize("goal", QUESTIONS)
def test_lists_are_refused_and_other_goals_are_said(tmp_path: Path, command: Command, goal: str) -> None:
    many = tuple(f"class {number}" for number in range(23))
    question = replace(QUESTIONS[goal], classes=many) if goal in ("2.0", "3.0") else QUESTIONS[goal]
    model = a_model(goal, question=question)
    module, path = module_of(model), in_a_file(model, tmp_path)
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)).save(tmp_path / "a.png")
    (tmp_path / "list.csv").write_text("file_name\na.png\n")
    found = [
        answer
        for some in module["read"]([tmp_path / "a.png", tmp_path / "list.csv"], str)
        for answer in module["answered"](some)
    ]
    line = module["as_line"](found[0], module["FACTS"]["target"], module["FACTS"]["has_thresholds"])
    assert f"{line}\n" == command("predict", "--model", path, tmp_path / "a.png").out
    assert (" and 3 more" in line) == (goal in ("2.0", "3.0"))
    assert str(found[1]).endswith("list.csv: is no picture; lists of pictures are read by catnet alone")


def test_it_is_imported(tmp_path: Path) -> None:
    model = a_model(views="flip")
    module, path = module_of(model), in_a_file(model, tmp_path)
    paths = draw(tmp_path / "pictures")[:4]
    run = catnet.load(path)
    assert vars(module["predict"](paths[0])) == vars(run.predict(paths[0]))
    assert list(map(vars, module["predict"](map(str, paths)))) == list(map(vars, run.predict(paths)))
    assert len(module["predict"](tmp_path / "pictures")) == 88
    with pytest.raises(module["DataError"], match=r"missing\.png: there is no such file"):
        module["predict"]([paths[0], tmp_path / "missing.png"])
    random = np.random.default_rng(0)
    arrays = [random.integers(0, 256, shape, dtype=np.uint8) for shape in ((6, 4, 3), (20, 30, 3), (9, 5))]
    expected = [list(run.predict(array).probabilities[name] for name in model.question.classes) for array in arrays]
    np.testing.assert_allclose(module["predict_arrays"](arrays).T, expected, atol=1e-6)


def test_answers_that_are_not_finite(tmp_path: Path) -> None:
    model = a_model("regression")
    model = replace(model, parameters={**model.parameters, "b1": np.full((1, 1), np.inf, np.float32)})
    module: dict[str, Any] = {"__name__": "predict"}
    exec(python.source_of(model, Exported(Path(__file__), model).facts), module)
    Image.new("RGB", (4, 6)).save(tmp_path / "a.png")
    with pytest.raises(module["DataError"], match=r"a\.png: the model's answer is not a finite number"):
        module["predict"](tmp_path / "a.png")


TABLES = {
    "plain": "rooms,sea,kind\n3,1,flat\n4.5,0,house\n1e1, 0 , flat \n",
    "other columns": '"","kind","sea","rooms","price"\n1,flat,1,3,x\n2,house,0,2,\n',
    "missing cells": "rooms,sea,kind\n,1,flat\nNA,0,\n3,1,?\n4,0,missing\nn/a,1, None \n",
    "unknown text": "rooms,sea,kind\n3,1,castle\n4,0,Flat\n",
    "yes and no": "rooms,sea,kind\n3,yes,flat\n4,No,house\n5,TRUE,house\n",
    "words beside numbers": "rooms,sea,kind\n3,yes,flat\n4,0,house\n",
    "no numbers": "rooms,sea,kind\nabc,1,flat\n1_000,0,house\ninf,1,flat\n1e39,0,house\n7,1,flat\n3,,flat\n",
    "ragged": "rooms,sea,kind\n3,1\n4,0,house,\n,,\n\n5,1,house\n",
    "quoted lines": 'rooms,sea,kind\n3,1,"fl\nat"\n"4",0,house\n',
    "semicolons": "rooms;sea;kind\n3,5;1;flat\n4;0;house\n0,25;1;flat\n",
    "tabs and a mark": "\ufeffrooms\tsea\tkind\r\n3.25\t1\tflat\r\n4\t0\thouse\r\n",
    "points before three digits": "rooms;sea;kind\n3.125;1;flat\n4.250;0;house\n",
    "points amid commas": "rooms;sea;kind\n3,5;1;flat\n4,5;0;house\n1.250;1;flat\nx1;0;flat\n",
    "twice a name": "rooms,sea,kind,kind\n3,1,flat,flat\n",
    "a column less": "rooms,kind\n3,flat\n",
    "points and commas": "rooms;sea;kind\n3,5;1.5;flat\n",
    "both separators": "rooms,a;sea,kind\n3,1;1,flat\n",
    "an open quote": 'rooms,sea,kind\n3,1,"flat\n',
    "blanks before quotes": 'rooms, "sea",kind\n3,1,flat\n',
    "no rows": "rooms,sea,kind\n",
    "nothing": "",
    "no name": "rooms,sea,,kind\n3,1,2,flat\n",
    "NUL": "ro\0oms,sea,kind\n3,1,flat\n",
    "a title": "My houses\n\nrooms,sea,kind\n3,1,flat\n",
    "bars": "rooms|sea|kind\n3|1|flat\n",
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_a_table_is_read_as_catnet_reads_it_or_refused(
    tmp_path: Path, table: tuple[Model, dict[str, Any]], text: str
) -> None:
    (model, module), path = table, tmp_path / "houses.csv"
    path.write_bytes(text.encode())
    ours = [each for some in answers(model, [path]) for each in some]
    theirs = [each for some in module["read"]([path], str) for each in zip(some, module["answered"](some), strict=True)]
    lines = [as_line(model, answer) for _, answer in ours if not isinstance(answer, DataError)]
    names = [name for name, answer in ours if isinstance(answer, DataError)]
    answered = [answer for _, answer in theirs if isinstance(answer, module["Prediction"])]
    assert [module["as_line"](answer, "", True) for answer in answered] == lines
    assert [name for (name, _), answer in theirs if isinstance(answer, module["DataError"])] == names or (
        names == [str(path)] and not answered  # catnet says it once for the whole file
    )


def test_faults_of_rows_are_told_in_the_same_words(tmp_path: Path, table: tuple[Model, dict[str, Any]]) -> None:
    (model, module), path = table, tmp_path / "houses.csv"
    for name in ("no numbers", "ragged", "words beside numbers"):
        path.write_text(TABLES[name])
        ours = [str(answer) for _, answer in next(answers(model, [path])) if isinstance(answer, DataError)]
        assert ours
        assert [str(each) for _, each in next(module["read"]([path], str)) if isinstance(each, Exception)] == ours


@pytest.mark.parametrize("name", ["plain", "unknown text", "missing cells", "yes and no", "no numbers", "ragged"])
@pytest.mark.parametrize("has_missing", [True, False])
def test_what_is_read_otherwise_is_told_as_catnet_tells_it(tmp_path: Path, name: str, has_missing: bool) -> None:
    texts = ("flat", "house", "missing")[: 2 + has_missing]
    encoded = (Column("rooms", fill=3.5, has_missing=has_missing), Column("kind", texts, 0.0, has_missing))
    model, path = a_model("1.0", question=replace(TABLE, encoded=encoded)), tmp_path / "houses.csv"
    path.write_text(TABLES[name])
    ours, theirs = list[str](), list[str]()
    read_rows(path, model.question, ours.append)
    list(module_of(model)["read"]([path], theirs.append))
    assert sorted(theirs) == sorted(ours)
    assert bool(theirs) == (name in ("unknown text", "missing cells", "yes and no"))


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("yes and no", "yes and no, or true and false, are read as 1 and 0 in column sea"),
        ("semicolons", "is separated by semicolons, with decimal commas"),
        ("points before three digits", "the point in column rooms (3.125) is read as the decimal mark"),
    ],
)
def test_how_a_table_is_written_is_told(
    tmp_path: Path, table: tuple[Model, dict[str, Any]], text: str, note: str
) -> None:
    (_, module), path, notes = table, tmp_path / "houses.csv", list[str]()
    path.write_text(TABLES[text])
    list(module["read"]([path], notes.append))
    assert len(notes) == 1
    assert notes[0].startswith(f"{path}: ")
    assert note in notes[0]


def test_the_command_on_tables_needs_no_pillow(tmp_path: Path, command: Command) -> None:
    model = a_model("regression", question=replace(TABLE, goal="regression", classes=(), negative=None, target="price"))
    script, path = exported(model, tmp_path), in_a_file(model, tmp_path)
    for name in ("plain", "ragged"):
        (tmp_path / f"{name}.csv").write_text(TABLES[name])
    asked = ["plain.csv", "ragged.csv", "missing.csv", "."]
    ours, theirs = command("predict", "--model", path, *asked), alone(script, *asked, without="PIL")
    assert theirs.out == ours.out
    assert ours.out.startswith("plain.csv:2: price ")
    assert theirs.code == ours.code == DataError.exit_code
    for place in ("ragged.csv:2", "ragged.csv:3", "ragged.csv:4", "missing.csv", "."):
        assert f"\n{place}: " in f"\n{theirs.err}"


def test_rows_of_a_program(tmp_path: Path, table: tuple[Model, dict[str, Any]]) -> None:
    model, module = table
    rows: list[dict[str, Any]] = [{"rooms": 3, "sea": 1, "kind": "flat"}, {"rooms": None, "sea": 0.5, "kind": None}]
    expected = model.predict(np.array([[3, 0, 1, 1, 0, 0], [3.5, 1, 0.5, 0, 0, 1]]))
    np.testing.assert_allclose(module["predict_rows"](rows), expected, atol=1e-6)
    np.testing.assert_array_equal(module["predict_rows"](iter(rows)), module["predict_rows"](rows))
    np.testing.assert_array_equal(module["predict_rows"](rows[0]), module["predict_rows"](rows[:1]))
    assert module["predict_rows"]([]).shape == (1, 0)
    run = catnet.load(in_a_file(model, tmp_path))
    odd = [{**rows[0], "rooms": True, "sea": "yes"}, {**rows[1], "rooms": 2, "sea": np.False_}]
    of_cat = [answer.probabilities["cat"] for answer in run.predict(odd)]
    np.testing.assert_allclose(module["predict_rows"](odd)[0], of_cat, atol=1e-6)
    for wrong in (
        [rows[0], {**rows[1], "sea": None}], [{"rooms": 3}], [{**rows[0], "sea": "far"}], [{**rows[0], "rooms": 1e39}],
        [[1, 2]], 3, [3], [rows[0], [1, 2, "flat"]],
    ):  # fmt: skip
        with pytest.raises((TypeError, DataError)) as ours:
            run.predict(wrong)
        with pytest.raises((TypeError, module["DataError"])) as theirs:
            module["predict_rows"](wrong)
        assert (theirs.type.__name__, str(theirs.value)) == (ours.type.__name__, str(ours.value))


def test_pictures_of_a_program(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for colors in ("rgb", "grey"):
        model = a_model(colors=colors, box_average=2)
        run, module = catnet.load(in_a_file(model, tmp_path)), module_of(model)
        one = random.integers(0, 256, (48, 64, 3), dtype=np.uint8)
        many = random.integers(0, 256, (2, 20, 30), dtype=np.uint8)
        for pictures in (one, one[..., 0], one[..., :1], many, many[..., None], [one, many[0]], one[None]):
            answers_of_catnet = run.predict(pictures)
            expected = answers_of_catnet if isinstance(answers_of_catnet, list) else [answers_of_catnet]
            found = module["predict_arrays"](pictures)
            assert found.shape == (3, len(expected))
            for column, answer in zip(found.T, expected, strict=True):
                np.testing.assert_allclose(
                    column, [answer.probabilities[name] for name in ["cat", "dog", "eel"]], atol=1e-6
                )
        np.testing.assert_array_equal(module["predict_arrays"](iter(many)), module["predict_arrays"](many))
        assert module["predict_arrays"]([]).shape == module["predict_arrays"](one[None][:0]).shape == (3, 0)
        rgba = np.concatenate([one, one[..., :1]], axis=2)
        for wrong in (
            one / 255, one.astype(np.uint16), one.astype(np.int32), one[0, 0], one[None, None],
            [one / 255], [rgba], [rgba[..., 2:]], [3], 3, None, one[:0], [one[0, 0]], [one.tolist()],
        ):  # fmt: skip
            with pytest.raises(TypeError, match="pictures must be paths, or arrays") as ours:
                run.predict(wrong)
            with pytest.raises(TypeError) as theirs:
                module["predict_arrays"](wrong)
            assert str(theirs.value) == str(ours.value)


@pytest.mark.parametrize("place", ["classes", "features", "target", "run"])
def test_hostile_names_are_data(tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    question = {
        "classes": replace(QUESTIONS["2.0"], classes=HOSTILE),
        "features": replace(TABLE, features=("rooms", *HOSTILE), encoded=(Column("rooms", HOSTILE, 0.0),)),
        "target": Question("regression", target=HOSTILE[0]),
        "run": QUESTIONS["3.0"],
    }[place]
    monkeypatch.setattr(Exported, "name", "".join(HOSTILE) if place == "run" else "cat")
    model = a_model(question.goal, question=question)
    text = made(model).decode()
    assert all(character.isprintable() or character == "\n" for character in text)
    module = module_of(model)
    assert module["FACTS"] == Exported(Path(__file__), model).facts
    if place == "classes":
        found = module["in_words"]("\n", [0.25] * 4)
        assert list(found.probabilities) == list(HOSTILE)
        assert module["as_line"](found, None, True) == as_line(replace(model, thresholds=(0.5,) * 4), found)


def test_it_says_what_it_is() -> None:
    text = made(a_model(views="flip"))
    about = ast.get_docstring(ast.parse(text)) or ""
    assert about.startswith(
        f"Answers about pictures, by the network test_python_file of catnet {catnet.__version__}.\n\nGoal"
    )
    assert "\nGoal 3.0, which one is it? cat, dog, eel\n" in about
    assert "\nNeurons: 72 -> 3, of pictures of 6 x 4 pixels; activations: softmax\n" in about
    assert "\n    python predict.py photo.jpg" in about
    many = replace(QUESTIONS["3.0"], classes=tuple(f"class {number}" for number in range(3000)))
    assert made(a_model(question=many)).startswith(b"# A Python file, written by catnet export. The SHA-256 ")


def test_it_is_read_from_the_network_to_the_command() -> None:
    for model, parts in (
        (a_model(), ("FACTS", "y_hat", "first_layer", "decoded", "in_words", "pictures_in", "run", "NUMBERS")),
        (a_model("1.0", question=TABLE), ("FACTS", "y_hat", "cells_of", "in_words", "read_table", "run", "NUMBERS")),
    ):
        tree = ast.parse(made(model))
        names = list(_names([node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]))
        assert sorted(parts, key=names.index) == list(parts)
        assert "start at `y_hat`" in (ast.get_docstring(tree) or "")


def test_what_the_model_does_not_use_is_left_out() -> None:
    names = defined_by(ast.parse(made(a_model(hidden=("tanh",)))))
    assert {"tanh", "softmax"} < names
    assert not names & {"relu", "sigmoid", "linear", "leaky_relu", "MEANS", "mean_logits", "mirrored"}
    names = defined_by(ast.parse(made(a_model("1.0", ("relu",), views="flip"))))
    assert {"relu", "sigmoid", "mean_of_sigmoids", "mirrored"} < names
    assert not names & {"tanh", "softmax", "mean_of_relus", "mean_of_softmaxes"}


def test_facts_are_written_as_python_is() -> None:
    facts = {"a": ["b'c", 'd"e\\', "\n\u202e\udcff"], "b": [None, True, 1.5, {"c": []}], "long": ["name"] * 30}
    text = python.as_python(facts)
    assert ast.literal_eval(text) == facts
    assert text.startswith('{\n    "a": ["b\'c", "d\\"e')
    assert max(map(len, text.splitlines())) <= 110
    assert '    "long": [\n        "name",\n' in text


def test_weights_are_at_the_end_in_short_lines() -> None:
    code, _, numbers = made(a_model(hidden=("relu",))).decode().partition("\nNUMBERS = {\n")
    assert "def y_hat(" in code
    assert max(map(len, numbers.splitlines())) == 100
    assert numbers.endswith('if __name__ == "__main__":\n    raise SystemExit(main())\n')


@pytest.mark.parametrize("model", [a_model(), a_model("1.0", question=TABLE)], ids=["pictures", "table"])
def test_every_name_is_defined_and_none_is_catnets(model: Model) -> None:
    text = made(model).decode()
    tree = ast.parse(text)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {getattr(node, "module", None) or node.names[0].name for node in imports}
    packages = {module.partition(".")[0] for module in modules} - sys.stdlib_module_names
    assert packages == ({"numpy", "PIL", "pillow_heif"} if model.image_size else {"numpy"})
    used = set(global_names(symtable(text, "predict.py", "exec")))
    assert used - defined_by(tree) - set(dir(builtins)) - {"__name__"} == set()


def defined_by(tree: ast.Module) -> set[str]:
    return set(_names(tree.body))


def _names(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        else:
            yield from (
                each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            )


def test_a_name_has_one_meaning_in_a_file() -> None:
    with pytest.raises(ValueError, match="has one meaning in"):
        Bundle(
            {f"{python.STANDALONE}.{module}": ("predict",) for module in ("pictures", "tables")},
            f"{python.STANDALONE}.stored",
            {},
        )


def test_it_is_tried_before_it_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    model, write = a_model(), python.source_of
    monkeypatch.setattr(
        python, "source_of", lambda model, facts: write(replace(model, views="flip"), facts | {"views": "flip"})
    )
    with pytest.raises(OutputError, match="its answers would differ from catnet's by"):
        made(model)


def test_a_picture_of_the_run_is_decoded_when_it_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, files = a_model(), [path.read_bytes() for path in draw(tmp_path / "pictures")[-2:]]
    row = module_of(model)["decoded"](files[0])
    for file, agrees in zip(files, (True, False), strict=True):
        monkeypatch.setattr(Exported, "examples", (Example("a.jpg", row, file),))
        if agrees:
            assert python.make(Exported(Path(__file__), model)).said.endswith("as catnet does")
            continue
        with pytest.raises(OutputError, match="its answers would differ from catnet's by"):
            python.make(Exported(Path(__file__), model))


def test_a_picture_that_the_file_cannot_decode_is_an_error_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    model = a_model()
    row = np.zeros(72, np.uint8)
    monkeypatch.setattr(Exported, "examples", (Example("a.jpg", row, b"\xff\xd8\xff broken"),))
    with pytest.raises(OutputError, match=r"test_python_file\.py: is not a picture in PNG, .* is damaged"):
        made(model)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    ("redirected", "code", "said"),
    [
        ("> /dev/full", OutputError.exit_code, "standard output: No space left on device\n"),
        (">&-", 0, ""),
        ("2>&-", 0, ""),
        ("2> /dev/full", 0, ""),
    ],
)
def test_streams_that_take_nothing(tmp_path: Path, redirected: str, code: int, said: str) -> None:
    script = exported(a_model(), tmp_path)
    Image.new("RGB", (4, 6)).save(tmp_path / "a.png")
    (tmp_path / "notes.txt").write_text("no picture")  # of which a note tells
    line = ["bash", "-c", f'"$0" "$1" "$2" {redirected}', sys.executable, str(script), str(tmp_path)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=60)
    assert done.returncode == code
    assert "".join(line for line in done.stderr.splitlines(True) if not line.startswith("note: ")) == said


def test_it_is_interrupted_without_a_traceback(tmp_path: Path) -> None:
    script = exported(a_model(), tmp_path)
    (tmp_path / "argparse.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    done = subprocess.run([sys.executable, str(script), "a.png"], capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGINT
    assert done.stderr == ""


def test_an_earlier_export_is_replaced_and_nothing_else(animals: Path, command: Command, tmp_path: Path) -> None:
    config = {"goal": "3.0", "data": {"path": animals, "image_size": [8, 8]}, "train": {"epochs": 2}}
    run = catnet.train(config, run_dir=tmp_path / "runs" / "cat-001")
    first = command("export", run.path, "--format", "python")
    assert first.code == 0
    assert first.out.startswith(f"{run.path / 'exported' / 'predict.py'}: ")
    assert first.out.endswith(", answers about 3 pictures of the run as catnet does\n")
    written = (run.path / "exported" / "predict.py").read_bytes()
    assert command("export", run.path, "--format", "python").code == 0
    assert run.export("python", tmp_path / "other.py").read_bytes() == written
    own = run.path / "exported" / "predict.py"
    own.write_bytes(written.replace(b"\n", b"\r\n"))  # as version control writes it on Windows
    assert command("export", run.path, "--format", "python").code == 0
    assert own.read_bytes() == written
    own.write_bytes(written.replace(b"def y_hat(", b"# the answer\ndef y_hat(", 1))
    done = command("export", run.path, "--format", "python")
    assert done.code == OutputError.exit_code
    assert "predict.py: exists already and is not overwritten" in done.err
    assert b"# the answer" in own.read_bytes()
    own = tmp_path / "predict.py"
    own.write_text("from catnet import load  # Written by catnet export.\n")
    done = command("export", run.path, "--format", "python", "--output", own)
    assert done.code == OutputError.exit_code
    assert "predict.py: exists already and is not overwritten; give another --output" in done.err
    assert own.read_text().startswith("from catnet")
