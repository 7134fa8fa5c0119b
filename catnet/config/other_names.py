"""What other tools and textbooks call the keys and values of a configuration, and what they are called here."""

import re

from catnet.config.document import KeyPath
from catnet.text import shown

# ours, as they are written from the top: what others call them, in small letters with underscores; behind its section
# if it means something else elsewhere
KEYS = {
    "goal": "task problem problem_type task_type objective",
    "data.path": "dataset data_dir data_path data_root dataset_path root folder directory train_dir train_path",
    "data.image_size": "img_size input_size input_shape target_size image_shape resolution size shape imgsz",
    "data.classes": "labels label_names categories names num_classes n_classes nc",
    "data.target": "y target_column target_name response label label_column",
    "data.colors": "channels grayscale greyscale color_mode colour_mode",
    "data.ignore": "data.drop drop_columns exclude exclude_columns ignored_columns",
    "data.missing": "missing_values impute imputer imputation fill_missing",
    "data.validation_fraction": "val_split validation_split val_size validation_size val_fraction valid_pct",
    "data.test_fraction": "test_size test_split test_ratio",
    "data.scaling": "normalize normalization normalisation rescale standardize standardization preprocessing scaler",
    "data.components": "n_components pca_components",
    "data.whitening_floor": "data.eps data.epsilon whitening_eps whitening_epsilon",
    "data.box_average": "downsample downscale subsample supersample antialias",
    "model.hidden_layers": "layers hidden units hidden_layer_sizes hidden_units hidden_sizes hidden_size layer_sizes "
    "neurons n_hidden num_hidden hidden_dims hidden_dim architecture depth width num_layers n_layers",
    "model.activation": "act activations activation_function activation_fn nonlinearity",
    "model.output_activation": "final_activation last_activation out_activation",
    "model.loss": "criterion loss_function loss_fn cost cost_function",
    "model.initialization": "init initializer initialiser kernel_initializer weight_init pretrained init_weights",
    "model.dropout": "dropout_rate drop drop_rate",
    "model.views": "tta test_time_augmentation",
    "train.epochs": "epoch max_iter n_epochs num_epochs nb_epoch nepochs max_epochs iterations num_iterations n_iter",
    "train.batch_size": "batch batchsize mini_batch_size minibatch_size mini_batch minibatch bs",
    "train.optimizer": "optim opt optimiser updater",
    "train.learning_rate": "lr eta eta0 learning_rate_init base_lr init_lr lr0 step_length learningrate",
    "train.learning_rate or train.weight_decay": "alpha",
    "train.weight_decay": "l2 reg lambda lambd regularization regularisation l2_reg l2_lambda wd kernel_regularizer",
    "train.augment": "augmentation augmentations transforms transform data_augmentation aug",
    "train.augment.flip": "hflip fliplr horizontal_flip random_flip mirror randomhorizontalflip random_horizontal_flip",
    "train.augment.shift": "translate width_shift_range translation random_translation randomaffine random_affine",
    "train.augment.zoom": "augment.scale zoom_range random_resized_crop randomresizedcrop random_zoom",
    "train.augment.rotate": "rotation degrees rotation_range randomrotation random_rotation",
    "train.augment.cutout": "erasing random_erasing randomerasing",
    "train.augment.mixup": "mixup_alpha",
    "train.label_smoothing": "smoothing label_smooth",
    "train.keep": "save_best save_best_only restore_best_weights",
    "train.schedule": "scheduler lr_schedule lr_scheduler lr_decay learning_rate_schedule decay lrs",
    "train.schedule.every": "step_size decay_steps",
    "train.schedule.factor": "gamma decay_rate",
    "train.schedule.warm_up": "warmup warmup_epochs warmup_steps warm_up_epochs",
    "train.class_weights": "class_weight pos_weight sample_weight",
    "train.seed": "random_state random_seed rng",
    "train.early_stopping": "early_stop earlystopping",
    "train.early_stopping.patience": "patience n_iter_no_change",
    "train.early_stopping.metric": "monitor watch",
    "train.precision": "dtype",
    "train.checkpoint_every": "save_every checkpoint save_period save_freq",
    "train.keep_weights": "save_weights keep_checkpoints keep_checkpoint_max max_to_keep weight_history",
}
# what is said about what others name and is not here, by the name, in its section if it means something else elsewhere
INPUTS = "all columns but the labels are inputs; name the others in data.ignore"
PLACES = "data.path has folders, or tables, train, val and test"
ABSENT = {
    "batches are always shuffled": "shuffle",
    "there is no batch normalisation": "batch_norm batchnorm batch_normalization batch_normalisation use_batch_norm",
    "the last batch is never left out": "drop_last",
    "anything better counts as better": "min_delta tol threshold_mode",
    "Adam's other numbers are fixed": "epsilon eps betas beta1 beta2 beta_1 beta_2",
    "pictures are mirrored left against right, not upside down": "vflip flipud vertical_flip random_vertical_flip "
    "randomverticalflip",
    "pictures are stretched and turned, not sheared": "shear shear_range",
    "colours change in brightness and contrast alone": "hue saturation color_jitter colour_jitter colorjitter",
    "pictures are mixed as a whole, by train.augment.mixup": "cutmix cutmix_alpha",
    "weights are not averaged over the epochs": "ema swa use_ema use_swa ema_decay weight_averaging",
    "the schedule cosine falls to zero": "eta_min min_lr lr_min end_lr final_lr",
    "write data.scaling: whiten": "whiten whitening zca pca",
    "gradients are not clipped": "clip_grad grad_clip clip clipnorm max_grad_norm gradient_clip_val",
    "all metrics of the goal are measured": "metrics",
    "it computes on the processor, in all its cores": "device gpu cuda num_workers n_jobs workers accelerator",
    "every network has biases": "bias use_bias fit_intercept",
    INPUTS: "data.features data.columns feature_columns inputs",
    PLACES: "data.train data.val data.valid data.validation data.test val_path test_path val_dir test_dir",
}
REASONS = {theirs: reason for reason, names in ABSENT.items() for theirs in names.split()}
OURS = {theirs: ours for ours, names in KEYS.items() for theirs in names.split()}

# by key: what to write, and what others write there
VALUES = {
    "goal": {
        "1.0 for one class against the rest, 3.0 for one of several, 2.0 for any number of them": "classification "
        "classifier class supervised",
        "1.0": "logistic logistic_regression binary_classification sigmoid yes_no",
        "3.0": "multi_class_classification multiclass_classification categorical softmax",
        "2.0": "multilabel_classification multi_label_classification tags tagging",
        "regression": "linear linear_regression regressor regress number",
    },
    "model.activation": {
        "sigmoid": "logistic sigm",
        "linear": "identity none",
        "leaky_relu": "leakyrelu lrelu prelu",
        "relu": "gelu elu selu silu swish relu6 mish softplus",
    },
    "model.output_activation": {"linear": "identity none", "sigmoid": "logistic"},
    "model.loss": {
        "cross_entropy": "bce bce_loss bceloss crossentropyloss bcewithlogitsloss nllloss "
        "binary_crossentropy binary_cross_entropy categorical_crossentropy nll nll_loss "
        "sparse_categorical_crossentropy log_loss logloss bcewithlogits ce logistic softmax",
        "squared": "mse mseloss mse_loss mean_squared_error squared_error l2 quadratic",
        "absolute": "mae l1 l1loss l1_loss mean_absolute_error absolute_error",
        "huber": "smooth_l1 huber_loss",
    },
    "model.initialization": {
        "he": "kaiming kaiming_normal kaiming_uniform he_normal he_uniform random normal uniform",
        "xavier": "glorot glorot_normal glorot_uniform xavier_normal xavier_uniform lecun",
    },
    "data.scaling": {
        "unit": "minmax min_max 0_1 normalize rescale",
        "standard": "zscore z_score standardize standardscaler normal true",
        "whiten": "whitening pca zca",
    },
    "data.target_scaling": {"standard": "standardize zscore true"},
    "data.bad_images": {"skip": "ignore drop warn", "fail": "error raise stop"},
    "train.optimizer": {
        "gradient_descent with batch_size: a number": "sgd stochastic_gradient_descent minibatch mini_batch",
        "gradient_descent": "gd bgd batch_gradient_descent batch lbfgs",
        "adamw": "adam_w",
        "momentum": "sgdm sgd_momentum",
        "adam": "rmsprop adamax nadam adagrad adadelta",
        "nesterov": "nag",
    },
    "train.schedule": {
        "step": "steplr step_lr exponential multistep",
        "cosine": "cosineannealinglr cosine_annealing cosine_decay cos onecycle",
        "constant": "none false fixed plateau reduce_on_plateau reducelronplateau invscaling adaptive",
    },
    "train.batch_size": {"full": "all none auto batch whole"},
    "model.views": {"flip": "true yes on hflip horizontal_flip mirror tta", "none": "false no off"},
    "train.keep": {"last": "final latest end", "best": "best_only lowest"},
    "train.augment.flip": {"true": "1 yes on 0.5", "false": "0 no off none"},
    "train.augment": {"standard": "true yes auto default", "none": "false no off"},
    "train.class_weights": {"balanced": "auto true"},
    "train.precision": {
        "float32": "float fp32 single 32 float16",
        "float64": "double fp64 64",
    },
    "train.early_stopping.metric": {
        "validation_cost": "val_loss loss cost validation_loss",
        "validation_accuracy": "val_acc val_accuracy acc accuracy",
    },
}
VALUES["train.schedule.name"] = VALUES["train.schedule"]
CALL = re.compile(r"(?:\w+\.)*(\w+)(?:\(.*\))?")  # torch.optim.Adam(lr=0.1)
SIDES = re.compile(r"(\d{1,9})(?:\s*[x*,]\s*(\d{1,9}))?")  # 8 or 8x8
PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%?")
# what to write in train.augment, for instance
CHANGES = {"flip": "true", "shift": 0.12, "zoom": "[0.6, 1.1]", "stretch": 0.15, "rotate": 10, "brightness": 0.1}
CHANGES |= {"contrast": 0.1, "cutout": 0.3, "mixup": 0.4}
# by key that takes a mapping: what is meant by a number alone
MAPPINGS = {"model": "hidden_layers: [{}]", "train": "epochs: {}", "train.early_stopping": "patience: {}"}


def keys_of(name: object, section: object = "") -> list[KeyPath]:
    """What others call so, in a section, by our names: train.learning_rate for lr. There may be two, or none."""
    name = simplified(name)
    keys = OURS.get(f"{section}.{name}") or OURS.get(name, "")
    return [tuple(key.split(".")) for key in keys.split(" or ") if key]


def reason_of(path: KeyPath) -> str | None:
    """Why there is no key such as an unknown one, if others have it."""
    name = simplified(path[-1])
    if f"{path[-2:][0]}.{name}" in OURS:
        return None
    return REASONS.get(f"{path[0]}.{name}") or REASONS.get(name)


def value_of(path: KeyPath, text: str) -> str | None:
    """What to write at a key instead of what others write there."""
    key = ".".join(str(part) for part in path if isinstance(part, str))
    name = simplified(text)
    alone = simplified(CALL.fullmatch(text.strip())[1]) if CALL.fullmatch(text.strip()) else name  # type: ignore[index]
    for ours, theirs in VALUES.get(key, {}).items():
        if name in theirs.split() or alone in theirs.split() or (alone == ours and alone != name):
            return ours
    if key == "train.augment" and (changes := list(filter(None, map(change_of, text.strip("[]").split(","))))):
        return f"{{{', '.join(changes)}}}"
    if path == ("model", "hidden_layers") and name in ("none", "no", "0"):
        return "[]"
    if path == ("data", "image_size") and (sides := SIDES.fullmatch(text.strip())):
        return f"[{sides[1]}, {sides[2] or sides[1]}]"
    if key.endswith("_fraction") and (percent := PERCENT.fullmatch(text.strip())) and 1 <= float(percent[1]) < 100:
        return f"{float(percent[1]) / 100:g}"
    if key == "data" and name:
        return f"{{path: {shown(text)}}}"
    if key in MAPPINGS and ((name.isdecimal() and len(name) < 10) or name == "true"):  # as some write to stop early
        return f"{{{MAPPINGS[key].format(20 if name == 'true' else name)}}}"
    return None


def change_of(name: str) -> str | None:
    """`flip: true` for flip, hflip or RandomHorizontalFlip(); None if it is no change of train.augment."""
    call = CALL.fullmatch(name.strip())
    name = simplified(call[1] if call else name)
    keys = [key[-1] for key in keys_of(name, "augment") if key[:-1] == ("train", "augment")]
    name = str(keys[0]) if keys else name
    return f"{name}: {CHANGES[name]}" if name in CHANGES else None


def simplified(name: object) -> str:
    """In small letters, with underscores for what separates words."""
    return "_".join(str(name).casefold().replace("-", " ").replace("_", " ").split())
