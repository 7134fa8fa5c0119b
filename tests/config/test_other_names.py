"""What people write who come from PyTorch, Keras, scikit-learn or a textbook, and what they are told."""

import re
from pathlib import Path

import pytest

from catnet.config import Config, load_config
from catnet.config.other_names import KEYS, MAPPINGS, OURS, VALUES, keys_of
from catnet.config.schema import json_schema
from catnet.config.wording import keys_at
from catnet.errors import ConfigError

BASE = "goal: 3.0\ndata: {path: pictures}\ntrain: {epochs: 10}\n"


def said(tmp_path: Path, text: str, *overrides: str) -> list[str]:
    file = tmp_path / "c.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(file, overrides, "--set")
    return [re.split(r":\d+:\d+: ", line, maxsplit=1)[1] for line in str(caught.value).splitlines()[::3]]


@pytest.mark.parametrize(
    ("override", "meant"),
    [
        ("train.lr=0.1", "learning_rate"), ("lr=0.1", "train.learning_rate"), ("model.lr=1", "train.learning_rate"),
        ("train.learning-rate=0.1", "learning_rate"), ("train.learningRate=1", "learning_rate"),
        ("train.alpha=0.1", "learning_rate or weight_decay"), ("alpha=1", "train.learning_rate or train.weight_decay"),
        ("train.batch=32", "batch_size"), ("train.batchsize=32", "batch_size"), ("batch_size=32", "train.batch_size"),
        ("train.epoch=5", "epochs"), ("train.max_iter=5", "epochs"), ("num_epochs=5", "train.epochs"),
        ("model.layers=[3]", "hidden_layers"), ("model.units=3", "hidden_layers"),
        ("layers=[3]", "model.hidden_layers"),
        ("model.hidden_layer_sizes=[3]", "hidden_layers"), ("hiden_layers=[3]", "model.hidden_layers"),
        ("train.l2=0.1", "weight_decay"), ("model.l2=0.1", "train.weight_decay"), ("train.lambda=1", "weight_decay"),
        ("train.early_stop=5", "early_stopping"), ("train.patience=5", "train.early_stopping.patience"),
        ("train.scheduler=step", "schedule"),
        ("train.step_size=3", "train.schedule.every"),
        ("train.gamma=1", "train.schedule.factor"),
        ("train.schedule.step_size=3", "every"), ("train.warmup=3", "train.schedule.warm_up"),
        ("train.random_state=1", "seed"), ("seed=1", "train.seed"), ("train.optim=adam", "optimizer"),
        ("data.test_size=0.1", "test_fraction"), ("data.val_split=0.1", "validation_fraction"),
        ("train.validation_split=0.1", "data.validation_fraction"), ("data.img_size=[8,8]", "image_size"),
        ("data.labels=[a,b]", "classes"), ("data.dir=x", None), ("data.data_dir=x", "path"),
        ("train.activation=relu", "model.activation"), ("model.criterion=mse", "loss"),
        ("train.loss=mse", "model.loss"),
        ("data.normalize=true", "scaling"), ("train.class_weight=balanced", "class_weights"),
        ("train.transforms=x", "augment"), ("data.augmentation=x", "train.augment"), ("train.aug=x", "augment"),
        ("train.mixup=1", "train.augment.mixup"), ("train.hflip=true", "train.augment.flip"),
        ("train.augment.degrees=9", "rotate"), ("train.augment.translate=0.1", "shift"),
        ("train.augment.scale=0.5", "zoom"), ("data.eps=1", "whitening_floor"), ("data.downsample=2", "box_average"),
        ("train.augment={RandomHorizontalFlip: 0.5}", "flip"),
        ("train.augment.random_erasing=0.1", "cutout"), ("train.augment.zoom_range=[1,2]", "zoom"),
        ("train.smoothing=0.1", "label_smoothing"), ("train.restore_best_weights=true", "keep"),
        ("model.tta=true", "views"), ("data.n_components=9", "components"), ("train.warmup_epochs=0.1",
         "train.schedule.warm_up"),
        ("training.epochs=3", "train"), ("network.hidden_layers=[3]", None), ("train.Epochs=3", "epochs"),
    ],
)  # fmt: skip
def test_keys(tmp_path: Path, override: str, meant: str | None) -> None:
    (line,) = said(tmp_path, BASE, override)
    if meant is None:
        assert "unknown key; the keys" in line
    else:
        assert line.endswith(f": unknown key; did you mean {meant}?")


@pytest.mark.parametrize(
    ("override", "hint"),
    [
        ("train.optimizer=sgd", "did you mean gradient_descent with batch_size: a number?"),
        ("train.optimizer=SGD", "did you mean gradient_descent with batch_size: a number?"),
        ("train.optimizer=Adam", "did you mean adam?"), ("train.optimizer=AdamW", "did you mean adamw?"),
        ("train.optimizer=rmsprop", "did you mean adam?"),
        ("model.activation=ReLU", "did you mean relu?"), ("model.activation=LeakyReLU", "did you mean leaky_relu?"),
        ("model.activation=logistic", "did you mean sigmoid?"), ("model.activation=identity", "did you mean linear?"),
        ("model.loss=binary_crossentropy", "did you mean cross_entropy?"),
        ("model.loss=categorical_crossentropy", "did you mean cross_entropy?"),
        ("model.loss=mse", "did you mean squared?"),
        ("model.loss=BCELoss", "did you mean cross_entropy?"), ("model.loss=l1", "did you mean absolute?"),
        ("model.initialization=glorot_uniform", "did you mean xavier?"),
        ("model.initialization=kaiming", "did you mean he?"),
        ("train.schedule=StepLR", "did you mean step?"), ("train.schedule=CosineAnnealingLR", "did you mean cosine?"),
        ("train.schedule.name=cos", "did you mean cosine?"), ("train.batch_size=all", "did you mean full?"),
        ("train.precision=32", "did you mean float32?"), ("train.precision=double", "did you mean float64?"),
        ("train.class_weights=auto", "did you mean balanced?"),
        ("train.augment=true", "did you mean standard?"), ("train.augment=off", "did you mean none?"),
        ("train.augment=flip", "did you mean {flip: true}?"), ("train.augment=hflip", "did you mean {flip: true}?"),
        ("train.augment=mixup", "did you mean {mixup: 0.4}?"),
        ("train.augment=[flip]", "is a list; write {flip: true}"),
        ("train.augment=[flip, rotate]", "is a list; write {flip: true, rotate: 10}"),
        ("train.augment=RandomHorizontalFlip()", "did you mean {flip: true}?"),
        ("train.augment={flip: 1}", "must be true or false, is 1; did you mean true?"),
        ("train.augment={flip: 0.5}", "must be true or false, is 0.5; did you mean true?"),
        ("train.schedule.warm_up=1.0", "must be a whole number of epochs, or a share of them below 1, is 1.0"),
        ("train.optimizer=torch.optim.AdamW(lr=0.1)", "did you mean adamw?"),
        ("train.keep=final", "did you mean last?"), ("model.views=true", "did you mean flip?"),
        ("data.scaling=ZCA", "did you mean whiten?"),
        ("train.early_stopping=true", "did you mean {patience: 20}?"),
        ("train.early_stopping=5", "did you mean {patience: 5}?"),
        ("train.early_stopping={metric: val_loss, patience: 3}", "did you mean validation_cost?"),
        ("train.early_stopping={metric: val_acc, patience: 3}", "did you mean validation_accuracy?"),
        ("train.early_stopping={monitor: val_loss, patience: 3}", "did you mean metric?"),
        ("data.scaling=minmax", "did you mean unit?"), ("data.bad_images=ignore", "did you mean skip?"),
        ("data=./pictures", "did you mean {path: ./pictures}?"), ("train=30", "did you mean {epochs: 30}?"),
        ("model=64", "did you mean {hidden_layers: [64]}?"),
        ("goal=classification", "did you mean 1.0 for one class against the rest, 3.0 for one of several, "
         "2.0 for any number of them?"),
        ("goal=softmax", "did you mean 3.0?"), ("goal=linear", "did you mean regression?"), ("goal=4", None),
        ("model.hidden_layers=64", "write [64]"), ("model.hidden_layers='32, 16'", "write [32, 16]"),
        ("model.hidden_layers=32, 16", "write [32, 16]"), ("model.hidden_layers=32 16", "write [32, 16]"),
        ("model.hidden_layers=32x16", "write [32, 16]"), ("model.hidden_layers=32-16-8", "write [32, 16, 8]"),
        ("model.hidden_layers='[32]'", "is [32] in quotes; write it without them"),
        ("model.hidden_layers=(32, 16)", "write [32, 16]"),
        ("data.classes=cat", "write [cat]"), ("data.classes=cat, black dog", "write [cat, black dog]"),
        ("data.image_size='[8, 8]'", "is [8, 8] in quotes; write it without them"),
        ("train.learning_rate=0,01", "did you mean 0.01?"),
        ("train.schedule=step", "as overrides: train.schedule.name=step and train.schedule.every=100"),
    ],
)  # fmt: skip
def test_values(tmp_path: Path, override: str, hint: str | None) -> None:
    (line,) = said(tmp_path, BASE, override)
    assert hint is None or line.endswith(hint), line
    assert hint is not None or re.search("is 4", line)


def test_the_overrides_that_the_step_schedule_asks_for(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(BASE)
    found = load_config(tmp_path / "c.yaml", ["train.schedule.name=step", "train.schedule.every=100"])
    assert (found.train.schedule.name, found.train.schedule.every) == ("step", 100)


def test_a_key_under_another_name_is_not_missing_as_well(tmp_path: Path) -> None:
    assert said(tmp_path, "task: binary\ndata: {data_dir: x}\ntrain: {n_epochs: 3}\n") == [
        "task: unknown key; did you mean goal?",
        "data.data_dir: unknown key; did you mean path?",
        "train.n_epochs: unknown key; did you mean epochs?",
    ]
    data, epochs = said(tmp_path, "goal: 1\ndata: x\nepochs: 3\n")
    assert data.endswith(", is x; did you mean {path: x}?")
    assert epochs == "epochs: unknown key; did you mean train.epochs?"


def test_the_tables_name_keys_that_are_there_and_none_twice() -> None:
    assert len(OURS) == sum(len(names.split()) for names in KEYS.values())
    for key in (*(key for keys in KEYS for key in keys.split(" or ")), *VALUES, *MAPPINGS):
        *section, last = key.split(".")
        assert last in keys_at(tuple(section)), key
    ours = {name for section in ("data", "model", "train") for name in keys_at((section,))}
    assert not ours & OURS.keys()
    assert not set(json_schema()["properties"]) & OURS.keys()
    assert keys_of("LR") == [("train", "learning_rate")]
    assert keys_of("zzz") == []


def test_the_names_of_a_table_are_no_legal_values() -> None:
    for key, by_ours in VALUES.items():
        for theirs in (name for names in by_ours.values() for name in names.split()):
            section, _, last = key.partition(".")
            values = {"goal": 3.0, "data": {"path": "x"}, "train": {"epochs": 10}}
            if not last or "." in last:
                continue
            values[section] = {**values.get(section, {}), last: theirs}  # type: ignore[dict-item]
            with pytest.raises(ConfigError, match="did you mean"):
                load_config(values)
    assert Config.model_fields.keys() == {"goal", "data", "model", "train", "tune"}


@pytest.mark.parametrize(
    ("override", "end"),
    [
        ("model.hidden_layers=32,", "; write [32]"), ("model.hidden_layers=(100,)", "; write [100]"),
        ("model.hidden_layers=none", "; did you mean []?"), ("model.hidden_layers=", "is empty; write []"),
        ("train.shuffle=true", "unknown key; batches are always shuffled"),
        ("model.batch_norm=true", "unknown key; there is no batch normalisation"),
        ("model.depth=2", "; did you mean hidden_layers?"), ("train.epsilon=1", "; Adam's other numbers are fixed"),
        ("data.drop=[Id]", "; did you mean ignore?"),
        ("data.features=[a]", "unknown key; all columns but the labels are inputs; name the others in data.ignore"),
        ("model.drop=0.5", "; did you mean dropout?"), ("train.precision=float16", "; did you mean float32?"),
        ("train.optimizer=torch.optim.Adam", "; did you mean adam?"),
        ("train.optimizer=Adam(lr=0.01)", "; did you mean adam?"),
        ("train.optimizer={name: adam, lr: 0.1}", "; write adam alone, and its settings as keys beside it"),
        ("train.schedule=StepLR(step_size=30)", "; did you mean step?"),
        ("data.image_size=8x8", "; did you mean [8, 8]?"),
        ("data.validation_fraction=20%", "; did you mean 0.2?"),
        ("train.augment.vflip=true", "unknown key; pictures are mirrored left against right, not upside down"),
        ("train.schedule.eta_min=0", "unknown key; the schedule cosine falls to zero"),
        ("train.eps=1", "unknown key; Adam's other numbers are fixed"),
        ("data.whiten=true", "unknown key; write data.scaling: whiten"),
        ("train.augment.cutmix=1", "unknown key; pictures are mixed as a whole, by train.augment.mixup"),
        ("train.augment.shear=1", "unknown key; pictures are stretched and turned, not sheared"),
        ("train.augment.hue=0.1", "unknown key; colours change in brightness and contrast alone"),
        ("train.color_jitter=0.1", "unknown key; colours change in brightness and contrast alone"),
        ("train.ema=true", "unknown key; weights are not averaged over the epochs"),
        ("train.swa=true", "unknown key; weights are not averaged over the epochs"),
        ("data.label=species", "; did you mean target?"), ("data.color_mode=grey", "; did you mean colors?"),
        ("data.impute=mean", "; did you mean missing?"),
    ],
)  # fmt: skip
def test_what_is_not_here_is_said(tmp_path: Path, override: str, end: str) -> None:
    (line,) = said(tmp_path, BASE, override)
    assert line.endswith(end)


def test_a_key_with_a_dot_is_written_below_its_section(tmp_path: Path) -> None:
    text = "goal: 3.0\ndata: {path: pictures}\ntrain.epochs: 10\ntrain: {}\n"
    assert said(tmp_path, text) == ["train.epochs: unknown key; write epochs indented below train:"]
