"""Damaged and invented files of every kind: refused with a message, or read; nothing else."""

import io
import json
import os
import pickle
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fuzz import accepted, damaged, disturbed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phones import HAS_AVIF, HAS_HEIF, heic
from PIL import Image
from safetensors import safe_open
from safetensors.numpy import load_file
from safetensors.numpy import save as to_bytes
from scanning import scan
from trials import SOAK, TALLY, number, prepare

from catnet.config import load_config
from catnet.data.bounds import open_picture
from catnet.data.pictures import read_picture
from catnet.data.pixels import opened
from catnet.errors import CheckpointError
from catnet.evaluation.predict import predict
from catnet.runs.checkpoints import digest, load
from catnet.runs.directory import RunDirectory
from catnet.training.loop import train
from catnet.training.resume import resume
from catnet.training.session import prepare as prepare_session

SOLVERS = {
    "direct": [],
    "gram": ["train.solver=gram", "train.batch_size=full", "model.dropout=0"],
}


@pytest.fixture(scope="module", params=SOLVERS)
def run(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A run that was stopped after epoch 7, with checkpoints of the epochs 3, 6 and 7."""
    folder = prepare(tmp_path_factory.mktemp("mutations"))
    config = load_config(folder / "config.yaml", SOLVERS[request.param])
    session = prepare_session(config, lambda: RunDirectory.create(folder / "run"))
    for _ in train(session, stop=lambda: session.epoch >= 7):
        pass
    session.run.close()
    return folder / "run"


def test_damaged_checkpoints_are_all_refused(run: Path, tmp_path: Path) -> None:
    trials, resumes = number(600, 10_000), 0  # for each solver
    random = np.random.default_rng(0)
    good = {path: path.read_bytes() for path in (run / "checkpoints").iterdir()}
    path, content = max(good.items())
    mutant = tmp_path / path.name
    try:
        for trial in range(trials):
            mutant.write_bytes(damaged(content, random))
            with pytest.raises(CheckpointError) as caught:
                load(mutant)
            assert caught.value.exit_code == 4
            if trial % 40 == 0:  # a run that has no other
                for checkpoint, whole in good.items():
                    checkpoint.write_bytes(damaged(whole, random))
                with pytest.raises(CheckpointError):
                    resume(run)
                resumes += 1
    finally:
        for checkpoint, whole in good.items():
            checkpoint.write_bytes(whole)
    TALLY.append(f"damaged checkpoints: {trials}, all refused; of {resumes} runs with only such ones none started")


def parts(path: Path) -> tuple[dict[str, Any], Any]:
    with safe_open(path, framework="numpy") as file:
        return load_file(path), json.loads(file.metadata()["catnet"])


def disturb_tensors(tensors: dict[str, Any], random: np.random.Generator) -> dict[str, Any]:
    """One tensor taken out, renamed, of another type or shape, or with another value."""
    tensors = dict(tensors)
    name = sorted(tensors)[int(random.integers(len(tensors)))]
    values, kind = tensors[name], random.integers(6)
    if kind == 0:
        del tensors[name]
    elif kind == 1:
        tensors[f"{name}.{random.integers(9)}"] = tensors.pop(name)
    elif kind == 2:
        tensors[name] = values.astype([np.float32, np.float64, np.int64, np.uint8, np.bool_][int(random.integers(5))])
    elif kind == 3:
        tensors[name] = np.zeros(tuple(random.integers(0, 4, size=int(random.integers(0, 4)))), values.dtype)
    elif kind == 4:
        tensors[name] = values.reshape(-1) if values.ndim else np.array([values, values])
    else:
        junk = np.array([np.nan, np.inf, -1, 0, 1e300])[int(random.integers(5))]
        with np.errstate(all="ignore"):
            worst = junk if values.dtype.kind == "f" else np.array(-1).astype(values.dtype)
            tensors[name] = np.full_like(values, worst)
    return tensors


def train_an_epoch(run: Path) -> None:
    """Resumes a run for one epoch."""
    session = resume(run, allow_changes=True)
    try:
        next(train(session), None)
    finally:
        session.run.close()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_checkpoints_with_a_correct_hash_and_wrong_facts(run: Path, tmp_path: Path) -> None:
    trials, read = number(250, 10_000), 0  # for each solver
    random = np.random.default_rng(1)
    path = max((run / "checkpoints").iterdir())
    whole = path.read_bytes()
    tensors, facts = parts(path)
    table = run.parent / "table.csv"
    try:
        for trial in range(trials):
            now, said = tensors, facts
            for _ in range(int(random.integers(1, 4))):
                if random.random() < 0.3:
                    now = disturb_tensors(now, random)
                else:
                    said = disturbed(said, random)
            text = json.dumps(said)
            now = {name: np.ascontiguousarray(values).reshape(values.shape) for name, values in now.items()}
            content = to_bytes(now, {"catnet": text, "sha256": digest(now, text)})
            path.write_bytes(content)
            if accepted(lambda: list(predict(load(path).model, [table])), len(content)):
                read += 1
            if trial % 10 == 0:
                shutil.copytree(run, tmp_path / str(trial))
                accepted(partial(train_an_epoch, tmp_path / str(trial)), len(content))
                shutil.rmtree(tmp_path / str(trial))
    finally:
        path.write_bytes(whole)
    assert 0 < read < trials
    TALLY.append(f"checkpoints with wrong facts and a right hash: {trials}, {read} of them readable; 0 tracebacks")


def test_checkpoints_of_other_programs(tmp_path: Path) -> None:
    class Dangerous:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.write_text, (tmp_path / "owned", "x"))

    archive = io.BytesIO()
    np.savez(archive, W1=np.zeros((1, 2)))
    for name, content in {
        "model.npz": archive.getvalue(),
        "model.pkl": pickle.dumps(Dangerous()),
        "model.pt": b"PK\x03\x04" + pickle.dumps(Dangerous()),
        "model.safetensors": pickle.dumps(Dangerous()),
        "huge.safetensors": (2**62).to_bytes(8, "little") + b"{}",
        "deep.safetensors": (200_000).to_bytes(8, "little") + b"[" * 200_000,
    }.items():
        (tmp_path / name).write_bytes(content)
        is_named_so = name.endswith(".safetensors")
        said = "is not a safetensors file, or is damaged" if is_named_so else "is not a model; give a run directory"
        with pytest.raises(CheckpointError, match=said):
            load(tmp_path / name)
    assert not (tmp_path / "owned").exists()


YAML = """\
goal: 3.0
data: {path: animals, image_size: [8, 8], classes: [cat, lion, "iguana"], scaling: center}
model:
  hidden_layers: [64, 32]
  activation: [relu, tanh]
  dropout: 0.2
train: {epochs: 30, batch_size: 8, optimizer: adam, learning_rate: 1e-3,
        schedule: {name: step, every: 10, factor: 0.1}, early_stopping: {metric: validation_cost, patience: 5}}
"""
SETTINGS = settings(
    max_examples=number(150, 20_000),
    deadline=None,
    derandomize=not SOAK,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_damaged_configurations(tmp_path: Path) -> None:
    trials, random = number(300, 20_000), np.random.default_rng(2)
    path, content = tmp_path / "config.yaml", YAML.encode()
    read = 0
    for _ in range(trials):
        mutant = content
        for _ in range(int(random.integers(1, 4))):
            mutant = damaged(mutant or b"x", random)
        path.write_bytes(mutant)
        read += accepted(lambda: load_config(path), len(mutant))
    assert 0 < read < trials
    TALLY.append(f"damaged YAML files: {trials}, {read} of them readable; 0 tracebacks")


PIECES = st.sampled_from(
    [
        "goal", "data", "model", "train", "epochs", ":", ": ", "\n", "\n  ", "\n\t", "- ", "[", "]", "{", "}", ",",
        "&a ",
        "*a", "<<: *a", "!!python/object/apply:os.system ", "!a ", "|", ">", "'", '"', "\\x", "#", "? ", "---\n", "...",
        "1.0", "1e9999", "-1", "~", "yes", "0x1F", "1_000", ".inf", ".nan", "\0", "\x85", "\u2028", "\ufeff",
        "%YAML 1.1\n",
        "\\ud800", "[" * 50, "a: " * 50, "é", "\U0001f408",
    ]
)  # fmt: skip


@SETTINGS
@given(st.one_of(st.lists(PIECES, max_size=60).map("".join), st.text(max_size=200)))
def test_invented_configurations(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "invented.yaml"
    content = text.encode("utf-8", "surrogatepass")
    path.write_bytes(content)
    accepted(lambda: load_config(path), len(content))


def test_large_configurations_are_read_or_refused_soon(tmp_path: Path) -> None:
    """The densest texts of the largest size: many keys, lists, brackets, anchors."""
    path, size = tmp_path / "config.yaml", 65_000
    for piece in (
        "k{i}: 1\n",
        "- ",
        "[",
        "{{",
        "a: 1\n",
        "? ",
        "&a 1,",
        "!a ",
        "a: b: ",
        "x",
        "\n",
        "#",
        "'",
        "- - ",
        "*a ",
    ):
        path.write_text("".join(piece.format(i=i) for i in range(size // len(piece)))[:size])
        assert not accepted(lambda: load_config(path), size)
    path.write_text("x" * (1 << 16) + "x")
    assert not accepted(lambda: load_config(path), 1 << 16)


def pictures(folder: Path) -> list[Path]:
    """A picture in each format and in many modes."""
    random = np.random.default_rng(0)
    rgb = Image.fromarray(random.integers(0, 255, (20, 24, 3), dtype=np.uint8))
    frames = [rgb.rotate(90 * i) for i in range(3)]
    exif = Image.Exif()
    exif[274] = 6
    files: list[tuple[str, Image.Image, dict[str, Any]]] = [
        ("a.png", rgb, {"pnginfo": None}),
        ("b.png", rgb.convert("RGBA"), {}),
        ("c.png", rgb.convert("P"), {"transparency": 3}),
        ("d.png", Image.fromarray(random.integers(0, 65535, (9, 9), dtype=np.uint16)), {}),
        ("e.jpg", rgb, {"exif": exif}),
        ("f.jpg", rgb.convert("CMYK"), {"progressive": True}),
        ("g.gif", rgb, {"save_all": True, "append_images": frames}),
        ("h.webp", rgb, {"save_all": True, "append_images": frames}),
        ("i.tif", rgb, {"compression": "tiff_lzw", "save_all": True, "append_images": frames}),
        ("j.tif", rgb.convert("1"), {"compression": "group4"}),
        ("k.bmp", rgb.convert("P"), {}),
    ]
    if HAS_AVIF:
        files.append(("l.avif", rgb, {"save_all": True, "append_images": frames}))
        files.append(("m.avif", rgb.convert("RGBA"), {"exif": exif}))
    for name, picture, options in files:
        picture.save(folder / name, **options)
    if HAS_HEIF:
        (folder / "n.heic").write_bytes(heic(rgb, exif=exif.tobytes()))
        (folder / "o.heic").write_bytes(heic(rgb.resize((100, 80)).convert("RGBA"), tile_size=64))
    return sorted(folder.iterdir())


def declared_size(path: Path) -> int:
    """Four bytes for each pixel that the header announces, as far as it can be read."""
    try:
        with open_picture(str(path)) as source, opened(source) as image:
            return 4 * image.width * image.height
    except Exception:
        return 0


@pytest.mark.filterwarnings("ignore")
def test_damaged_pictures(tmp_path: Path) -> None:
    trials, random = number(500, 20_000), np.random.default_rng(3)
    originals = {path: path.read_bytes() for path in pictures(tmp_path)}
    names, read = list(originals), 0
    for trial in range(trials):
        path = names[trial % len(names)]
        mutant = damaged(originals[path], random)
        path.write_bytes(mutant)
        read += accepted(partial(read_picture, path, (8, 8)), declared_size(path) + len(mutant))
    assert 0 < read < trials
    formats = len({path.suffix for path in names})
    TALLY.append(f"damaged pictures in {formats} formats: {trials}, {read} of them readable; 0 tracebacks")


METADATA = "file_name,cat,lion\n" + "".join(f"{i}.png,{i % 2},{i % 3 % 2}\n" for i in range(12))
CELLS = st.sampled_from(
    [
        "file_name", "cat", "label", "0.png", "1.png", "./1.png", "../0.png", "/etc/passwd", "a/../0.png", "", " ", "0",
        "1",
        "1.0", "1e400", "nan", "-1", "1_0", "out.png", "loop.png", "fifo.png", "folder", "\0", "\ufeff", "=1+1", '"',
        "\r",
        "x" * 300, "x" * 140_000, "\x1b[31m", "\u202e", "<script>", "é",
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures, a link out of the folder, a link to itself, a pipe and a folder, for a metadata.csv to name."""
    folder = tmp_path_factory.mktemp("labelled") / "data"
    folder.mkdir()
    for i in range(12):
        Image.new("RGB", (2, 2)).save(folder / f"{i}.png")
    (folder.parent / "secret.png").write_bytes(b"x")
    (folder / "out.png").symlink_to(folder.parent / "secret.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    os.mkfifo(folder / "fifo.png")
    (folder / "folder").mkdir()
    return folder


def scan_both_ways(folder: Path) -> None:
    """As goal 2.0, and as regression that skips bad rows."""
    found = scan(folder, goal="2.0", validation_fraction=0.2, bad="skip")
    for listing in found.splits.values():
        for path in listing.paths or ():
            assert isinstance(path, str)
            assert Path(path).resolve().is_relative_to((folder.parent if folder.suffix else folder).resolve())
            assert Path(path).is_file()


def test_damaged_metadata(labelled: Path) -> None:
    trials, random = number(300, 20_000), np.random.default_rng(4)
    content, read = METADATA.encode(), 0
    for _ in range(trials):
        mutant = damaged(content, random)
        (labelled / "metadata.csv").write_bytes(mutant)
        read += accepted(lambda: scan_both_ways(labelled), len(mutant))
        (labelled / "list.csv").write_bytes(mutant)
        accepted(lambda: scan_both_ways(labelled / "list.csv"), len(mutant))
    (labelled / "list.csv").unlink()
    assert 0 < read < trials
    TALLY.append(
        f"damaged metadata.csv and lists: {trials}, {read} of them readable; 0 tracebacks, no path out of the folder"
    )


@SETTINGS
@given(
    st.lists(st.lists(CELLS, max_size=5).map(",".join), max_size=12).map("\n".join),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
    st.booleans(),
)
def test_invented_metadata(labelled: Path, text: str, encoding: str, header: bool) -> None:
    content = ("file_name,cat\n" * header + text).encode(encoding, "replace")
    (labelled / "metadata.csv").write_bytes(content)
    accepted(lambda: scan_both_ways(labelled), len(content))
