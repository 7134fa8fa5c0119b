"""Trainings with data.scaling: whiten: on the components, stored folded, resumed bit for bit."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import catnet
from catnet.config import load_config
from catnet.data.scaling import fit_scaling
from catnet.engine.inputs import Inputs
from catnet.engine.network import logits
from catnet.engine.whitening import MATRIX, TRAINED_W1
from catnet.errors import CheckpointError, DataError, Diverged, HasChanged, NotEnoughMemory, WrongShape
from catnet.evaluation.evaluate import evaluate
from catnet.runs.checkpoints import load, save
from catnet.runs.directory import RunDirectory
from catnet.training.loop import finish, train
from catnet.training.notes import CENTERED, WHITENED, WHITENED_AND_CHANGED
from catnet.training.resume import resume
from catnet.training.session import Session, prepare

Write = Callable[..., Path]

PICTURES = """\
goal: 3.0
data: {path: animals, image_size: [4, 4], box_average: 2, scaling: whiten, components: 20}
model: {hidden_layers: [6]}
train: {epochs: 9, learning_rate: 0.1, batch_size: 5, optimizer: adam}
"""


@pytest.fixture
def config(animals: Path, write_config: Write) -> Path:
    return write_config(PICTURES)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of 60 rows: five columns, one of them the sum of two others, and a target."""
    random = np.random.default_rng(0)
    rows = random.normal(50, [1, 20, 3, 7], (60, 4))
    rows = np.column_stack([rows, rows[:, 0] + rows[:, 1]])
    path = tmp_path / "table.csv"
    write_table(path, rows, np.tanh(rows[:, 0] - 50) + rows[:, 3] / 7)
    return path


def write_table(path: Path, rows: np.ndarray, target: np.ndarray) -> None:
    header = [*(f"x{column}" for column in range(rows.shape[1])), "y"]
    lines = [",".join(map(repr, [*row, y])) for row, y in zip(rows.tolist(), target.tolist(), strict=True)]
    path.write_text("\n".join([",".join(header), *lines]) + "\n")


def of_table(path: Path, **train: Any) -> dict[str, Any]:
    return {
        "goal": "regression",
        "data": {"path": path, "target": "y", "scaling": "whiten", "validation_fraction": 0.25},
        "model": {"hidden_layers": [4]},
        "train": {"epochs": 9, "precision": "float64", **train},
    }


def start(settings: Any, run: Path, *overrides: str) -> Session:
    return prepare(load_config(settings, overrides), lambda: RunDirectory.create(run))


def trained(session: Session, epochs: int = 10**9) -> Session:
    for _ in train(session, stop=lambda: session.epoch >= epochs):
        pass
    if session.epoch == session.setup.config.train.epochs:
        finish(session)
    session.run.close()
    return session


def tensors(run: Path) -> dict[str, bytes]:
    """Those of the last checkpoint and of the best model, without the time."""
    newest = max((run / "checkpoints").glob("*.safetensors"))
    files = {"last": load_file(newest), "best": load_file(run / "best.safetensors")}
    found = {f"{kind} {name}": P.tobytes() for kind, file in files.items() for name, P in file.items()}
    del found["last history.seconds"]
    return found


def test_it_is_training_on_data_that_was_whitened_before(table: Path, tmp_path: Path) -> None:
    session = trained(start(of_table(table), tmp_path / "run"))
    whitening, splits = session.setup.whitening, session.setup.dataset.splits
    assert whitening is not None and whitening.matrix.shape == (4, 5)
    folder = tmp_path / "whitened"
    folder.mkdir()
    for name in ("train", "validation"):
        Z = session.setup.model.scaling.apply(splits[name].rows) @ whitening.matrix.T
        write_table(folder / f"{name.removesuffix('idation')}.csv", Z, splits[name].labels[0])
    settings = of_table(folder)
    settings["data"] = {"path": folder, "target": "y", "scaling": "none"}
    explicit = trained(start(settings, tmp_path / "explicit"))
    for one, other in zip(session.history, explicit.history, strict=True):
        assert one["train_cost"] == pytest.approx(other["train_cost"], rel=1e-9)
        assert one["validation_cost"] == pytest.approx(other["validation_cost"], rel=1e-9)
    folded, found = explicit.current_model().parameters, session.current_model().parameters
    np.testing.assert_allclose(found["W1"], folded["W1"] @ whitening.matrix, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found["b2"], folded["b2"], rtol=1e-6)


@pytest.mark.parametrize(
    "changes",
    [
        "train.solver=direct train.batch_size=full train.optimizer=momentum",
        "train.solver=gram train.batch_size=full train.optimizer=nesterov",
        "train.precision=float64 data.components=500",
        "goal=1.0 data.classes=[cat]",
        "goal=3.0 model.hidden_layers=[] data.components=3",
    ],
)
def test_the_stored_model_answers_as_the_network_that_was_trained(config: Path, changes: str, tmp_path: Path) -> None:
    session = trained(start(config, tmp_path / "run", *changes.split()))
    setup, model = session.setup, session.current_model()
    k, n = setup.whitening.matrix.shape if setup.whitening else (0, 0)
    assert (k, n) == (setup.task.network.sizes[0], model.network.sizes[0])
    assert n == 48 and k == min(setup.config.data.components, 27)
    assert setup.task.inputs.rows.shape == (28, k)
    for split in setup.dataset.splits.values():
        unfolded = logits(setup.task.network, session.solver.parameters(), setup.inputs(split.rows))
        np.testing.assert_allclose(model.logits(split.rows), unfolded, atol=1e-4)
    last = session.history[-1]
    measured = evaluate(model, setup.dataset.splits["validation"])
    assert last["validation_cost"] == pytest.approx(measured["cost"], rel=1e-4)
    assert session.setup.model.network == load(session.run.path / "best.safetensors").model.network


def test_mirror_images_count_if_the_augmentation_flips(config: Path, tmp_path: Path) -> None:
    session = start(config, tmp_path / "run")
    rows = session.setup.dataset.splits["train"].rows
    plain = session.setup.model
    flipped = prepare(
        load_config(config, {"train.augment": {"flip": True}}), lambda: RunDirectory.create(tmp_path / "other")
    )
    assert session.setup.whitening is not None and flipped.setup.whitening is not None
    shift = np.asarray(flipped.setup.model.scaling.shift).reshape(4, 4, 3)
    np.testing.assert_allclose(shift, shift[:, ::-1])
    assert np.array_equal(plain.scaling.shift, fit_scaling("center", np.asarray(plain.inputs(rows).rows), 3).shift)
    mirrored = flipped.setup.whitening.matrix.reshape(-1, 4, 4, 3)[:, :, ::-1].reshape(-1, 48)
    P = flipped.setup.whitening.matrix  # the components of mirror images are those of pictures, but for their signs
    np.testing.assert_allclose(np.abs(mirrored @ np.linalg.pinv(P)), np.eye(len(P)), atol=1e-6)
    session.run.close()
    flipped.run.close()


def test_without_whitening_mirror_images_do_not_move_the_mean(
    animals: Path, write_config: Write, tmp_path: Path
) -> None:
    session = start(without_whitening(write_config), tmp_path / "run", "train.augment=standard")
    rows = np.asarray(session.setup.task.inputs.rows)
    assert np.array_equal(session.setup.model.scaling.shift, fit_scaling("center", rows, 3).shift)
    session.run.close()


@pytest.mark.parametrize(
    "train_settings",
    [
        {"solver": "gram", "optimizer": "momentum", "precision": "float32"},
        {"solver": "direct", "optimizer": "adam", "batch_size": 7},
    ],
)
def test_a_table_resumes_bit_for_bit_at_any_epoch(
    table: Path, tmp_path: Path, train_settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = of_table(table, **train_settings)
    expected = tensors(trained(start(settings, tmp_path / "whole")).run.path)
    run = trained(start(settings, tmp_path / "run"), epochs=3).run.path
    monkeypatch.setattr("catnet.training.start.fit_whitening", None)  # it is read back
    for epoch in (4, 7, 9):
        assert trained(resume(run), epochs=epoch).epoch == epoch
    assert tensors(run) == expected
    assert {f"last state.{TRAINED_W1}", f"last state.{MATRIX}"} < expected.keys()
    assert not any(name.startswith("best state.") for name in expected)


def test_the_whitening_stays_when_the_data_changes(config: Path, animals: Path, tmp_path: Path) -> None:
    run = trained(start(config, tmp_path / "run"), epochs=3).run.path
    before = load(run / "checkpoints" / "epoch-000003.safetensors")
    (animals / "train" / "cat" / "0.png").unlink()
    with pytest.raises(HasChanged):
        resume(run)
    session = resume(run, allow_changes=True)
    assert session.setup.whitening is not None
    assert np.array_equal(session.setup.whitening.matrix, before.state[MATRIX])
    assert np.array_equal(session.solver.parameters()["W1"], before.state[TRAINED_W1])
    assert len(session.setup.task.inputs.rows) == 27
    session.run.close()


def damaged(state: dict[str, np.ndarray], how: str) -> dict[str, np.ndarray]:
    P, W1 = state[MATRIX], state[TRAINED_W1]
    match how:
        case "no matrix":
            return {name: values for name, values in state.items() if name != MATRIX}
        case "no W1":
            return {name: values for name, values in state.items() if name != TRAINED_W1}
    changed = {
        "other inputs": {MATRIX: P[:, 1:].copy()},
        "other type": {MATRIX: P.astype(np.float32)},
        "one number": {MATRIX: np.array(1.0)},
        "infinite": {MATRIX: np.full_like(P, np.inf)},
        "infinite W1": {TRAINED_W1: np.full_like(W1, np.inf)},
        "zeros": {MATRIX: np.zeros_like(P)},
        "huge": {MATRIX: P * 1e300},
        "too huge": {MATRIX: P * (1e308 / np.abs(P).max())},
        "a thousandth more": {MATRIX: P * 1.001},
        "twice": {TRAINED_W1: 2 * W1},
        "other k": {TRAINED_W1: W1[:, 1:].copy()},
        "other n_1": {TRAINED_W1: W1[1:].copy()},
        "W1 of one number": {TRAINED_W1: W1[0, 0].copy()},
        "W1 of another type": {TRAINED_W1: W1.astype(np.float64)},
        "no components": {TRAINED_W1: W1[:, :0].copy(), MATRIX: P[:0].copy()},
    }
    return {**state, **changed[how]}


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("no matrix", "does not hold whitening.matrix, which data.scaling: whiten needs"),
        ("no W1", "does not hold trained.W1, which data.scaling: whiten needs"),
        ("other inputs", "trained.W1, float32 (6, 20), and whitening.matrix, float64 (20, 47), do not make W1, "
         "float32 (6, 48)"),
        *((how, "do not make W1, float32 (6, 48)") for how in (
            "other type", "one number", "zeros", "huge", "too huge", "a thousandth more", "twice", "other k",
            "other n_1", "W1 of one number", "W1 of another type", "no components")),
        ("infinite", "state.whitening.matrix holds what is not a finite number"),
        ("infinite W1", "state.trained.W1 holds what is not a finite number"),
    ],
)  # fmt: skip
def test_a_checkpoint_whose_whitening_does_not_fit_is_refused(
    config: Path, tmp_path: Path, how: str, message: str
) -> None:
    run = trained(start(config, tmp_path / "run"), epochs=3).run.path
    path = run / "checkpoints" / "epoch-000003.safetensors"
    checkpoint = load(path)
    save(path, replace(checkpoint, state=damaged(checkpoint.state, how)))
    with pytest.raises(CheckpointError) as caught:
        resume(run)
    assert str(caught.value).startswith(f"{path}: ") and message in str(caught.value)
    assert str(caught.value).endswith("; use another checkpoint of the run")


def test_another_machine_may_fold_with_other_last_bits(config: Path, tmp_path: Path) -> None:
    run = trained(start(config, tmp_path / "run"), epochs=3).run.path
    path = run / "checkpoints" / "epoch-000003.safetensors"
    checkpoint = load(path)
    W1 = checkpoint.model.parameters["W1"]
    parameters = {**checkpoint.model.parameters, "W1": W1 + np.float32(1e-6) * np.abs(W1).max()}
    save(path, replace(checkpoint, model=replace(checkpoint.model, parameters=parameters)))
    session = resume(run)
    assert np.array_equal(session.solver.parameters()["W1"], checkpoint.state[TRAINED_W1])
    session.run.close()


def test_weights_that_are_too_large_when_they_are_folded_end_as_diverged(config: Path, tmp_path: Path) -> None:
    """The network that is trained computes finite numbers with them: 3e38 times the last component, and tanh of it."""
    shapes = {"W1": (6, 20), "b1": (6, 1), "W2": (3, 6), "b2": (3, 1)}
    first = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    first["W1"][0, -1] = 3e38
    save_file(first, tmp_path / "first.safetensors")
    settings = (f"model.initialization={tmp_path / 'first.safetensors'}", "model.activation=tanh")
    session = start(config, tmp_path / "run", *settings)
    with pytest.raises(Diverged, match=r"training diverged in epoch 1: .* is not a finite number"):
        trained(session)
    session.run.close()
    assert not list(tmp_path.glob("run/**/*.safetensors"))


def test_pictures_that_are_all_equal_cannot_be_whitened(config: Path, animals: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        start(config, tmp_path / "run", "data.duplicates=allow", f"data.path={equal_pictures(animals)}")
    assert str(caught.value) == (
        f"{animals}: data.scaling: whiten needs training examples that differ, and these are all equal; "
        "add others, or set data.scaling: center"
    )
    assert not (tmp_path / "run").exists()


def equal_pictures(animals: Path) -> Path:
    first = next((animals / "train").rglob("*.png")).read_bytes()
    for path in (animals / "train").rglob("*.png"):
        path.write_bytes(first)
    return animals


def test_a_file_to_start_from_has_the_shapes_of_the_network_that_is_trained(config: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    shapes = {"W1": (6, 20), "b1": (6, 1), "W2": (3, 6), "b2": (3, 1)}
    first = {name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    save_file(first, tmp_path / "first.safetensors")
    session = start(config, tmp_path / "run", f"model.initialization={tmp_path / 'first.safetensors'}")
    assert np.array_equal(session.setup.task.initial["W1"], first["W1"])
    assert session.setup.whitening is not None
    assert np.array_equal(session.setup.model.parameters["W1"], session.setup.whitening.fold(first)["W1"])
    session.run.close()
    save_file({**first, "W1": np.zeros((6, 48), np.float32)}, tmp_path / "first.safetensors")
    with pytest.raises(WrongShape, match="W1"):
        start(config, tmp_path / "other", f"model.initialization={tmp_path / 'first.safetensors'}")


def test_a_whitening_that_needs_too_much_memory_is_refused_before_it_is_made(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catnet.engine.memory.available_memory", lambda: 1e4)
    with pytest.raises(NotEnoughMemory, match=r"data.scaling: whiten needs .*; lower data.components, or set another"):
        start(config, tmp_path / "run")


def test_augmented_training_keeps_no_float_copy_of_the_examples(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[int] = []
    projected = Inputs.projected

    def counted(inputs: Inputs) -> Inputs:
        kept.append(inputs.m)
        return projected(inputs)

    monkeypatch.setattr(Inputs, "projected", counted)
    session = start(config, tmp_path / "run", "train.augment=standard", "train.seed=7")
    assert kept == [12]  # the validation pictures
    assert session.setup.task.inputs.rows.dtype == np.uint8
    assert session.setup.task.augmented is not None and session.setup.task.augmented.seed == 7
    trained(session)
    assert kept == [12]
    unfolded = logits(session.solver.task.network, session.solver.parameters(), session.setup.task.inputs)
    rows = session.setup.dataset.splits["train"].rows
    np.testing.assert_allclose(session.current_model().logits(rows), unfolded, atol=1e-4)


def test_a_save_is_known_to_take_the_memory_of_the_folded_model(config: Path, tmp_path: Path) -> None:
    session = start(config, tmp_path / "run")
    task = session.setup.task
    assert task.bytes_of_folding == 6 * 48 * (8 + 4 * 4) + 20 * 48 * 8
    session.run.close()


def test_notes(config: Path, animals: Path, table: Path, tmp_path: Path) -> None:
    alone = (
        "data.scaling: whiten without changes of the pictures (train.augment): a network learns the noise of whitened "
        f"pictures by heart; on 1600 photographs of animals it got {WHITENED} of unseen ones right, {CENTERED} with "
        f"data.scaling: center, and {WHITENED_AND_CHANGED} with whitening and train.augment: standard"
    )

    def notes(settings: Any, name: str, *overrides: str) -> list[str]:
        session = start(settings, tmp_path / name, *overrides)
        session.run.close()
        return [note for note in session.notes if "whiten" in note or "components" in note]

    assert notes(config, "a") == [alone]
    assert notes(config, "b", "train.augment={flip: true}") == []
    assert notes(config, "c", "data.components=40", "train.augment={mixup: 0.2}") == [
        alone,
        "data.components: 40 has the effect of 27: the training data, 28 examples of 48 inputs, has no more",
    ]
    assert notes(config, "d", "data.components=500") == [alone]
    assert notes(of_table(table), "e") == []
    assert notes(of_table(table), "f", "data.components=5") == [
        "data.components: 5 has the effect of 4: the training data, 45 examples of 5 inputs, has no more"
    ]


def test_a_note_says_that_the_whitening_is_fitted_to_some_examples(
    table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catnet.engine.whitening.LARGEST_DECOMPOSED", 4)
    session = start(of_table(table), tmp_path / "run")
    session.run.close()
    assert session.notes[-1] == (
        "data.scaling: whiten is fitted to 4 of the 45 training examples, drawn by train.seed: with all of them it "
        "would take too long"
    )


@pytest.mark.parametrize(
    ("settings", "noted"),
    [
        (["data.whitening_floor=1e-30"], True),
        (["data.whitening_floor=1e-30", "train.precision=float64"], False),
        (["data.whitening_floor=0.1"], False),
    ],
)
def test_a_note_says_that_float32_is_not_enough_for_the_stored_network(
    tmp_path: Path, settings: list[str], noted: bool
) -> None:
    """With columns that differ by 1e-6: what the stored network answers is then another thing."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(60, 3))
    rows[:, 1] = rows[:, 0] + 1e-6 * rows[:, 1]
    write_table(tmp_path / "table.csv", rows, rows[:, 0] + 2 * rows[:, 2])
    session = trained(start(of_table(tmp_path / "table.csv", precision="float32"), tmp_path / "run", *settings))
    validation = session.setup.dataset.splits["validation"].rows
    unfolded = logits(session.setup.task.network, session.solver.parameters(), session.setup.inputs(validation))
    error = np.abs(session.current_model().logits(validation) - unfolded).max()
    notes = [note for note in session.notes if note.startswith("data.whitening_floor: ")]
    assert (len(notes) == 1, error > 1e-3) == (noted, noted)
    if noted:
        assert notes[0].startswith("data.whitening_floor: 1e-30 enlarges some components ")
        assert notes[0].endswith(
            "answer differently from the one that is trained; raise it, or set train.precision: float64"
        )


def without_whitening(write_config: Write) -> Path:
    return write_config(PICTURES.replace(", scaling: whiten, components: 20", ", scaling: center"))


def test_a_run_of_a_version_without_the_new_keys_resumes(animals: Path, write_config: Write, tmp_path: Path) -> None:
    config = without_whitening(write_config)
    overrides = ("data.box_average=1", "train.schedule=cosine", "train.keep=best")
    run = trained(start(config, tmp_path / "run", *overrides), epochs=3).run.path
    path = run / "checkpoints" / "epoch-000003.safetensors"
    checkpoint = load(path)
    assert checkpoint.training is not None
    then = json.loads(json.dumps(checkpoint.training.config))
    new = {"data": ["box_average"], "model": ["views"], "train": ["augment", "label_smoothing", "keep"]}
    for section, keys in new.items():
        for key in keys:
            del then[section][key]
    save(path, replace(checkpoint, training=replace(checkpoint.training, config=then)))
    resume(run).run.close()
    with pytest.raises(HasChanged, match=r"train.keep: best then, last now"):
        resume(run, ("train.keep=last",))


def test_predicting_needs_only_the_stored_model(config: Path, animals: Path, tmp_path: Path) -> None:
    run = trained(start(config, tmp_path / "run")).run.path
    model = load(run / "best.safetensors").model
    assert set(load_file(run / "best.safetensors")) >= {"W1", "b1", "W2", "b2"}
    assert model.parameters["W1"].shape == (6, 48)
    assert model.box_average == 2 and model.decoded_size == (8, 8)
    assert catnet.load(run).metrics["validation"]["accuracy"] == 1.0


def test_the_inputs_of_the_model_are_box_averages(animals: Path, write_config: Write, tmp_path: Path) -> None:
    session = start(without_whitening(write_config), tmp_path / "run")
    setup = session.setup
    rows = setup.dataset.splits["train"].rows
    assert rows.shape == (28, 8 * 8 * 3)
    boxes = rows.reshape(28, 4, 2, 4, 2, 3).mean(axis=(2, 4))
    assert np.array_equal(setup.task.inputs.rows, np.floor(boxes + 0.5).reshape(28, 48))
    assert isinstance(setup.task.inputs, Inputs) and setup.task.initial["W1"].shape == (6, 48)
    np.testing.assert_allclose(setup.model.scaling.shift, setup.task.inputs.rows.mean(axis=0))
    session.run.close()
