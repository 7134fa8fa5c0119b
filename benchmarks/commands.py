"""Running a whole command, `catnet train` or the script in its place, from start to exit."""

import csv
import json
from pathlib import Path

import yaml
from safetensors.numpy import load_file

from benchmarks import processes
from benchmarks.case import Case, Contender
from benchmarks.job import Result
from benchmarks.setting import Setting


def run_command(
    case: Case, contender: Contender, folder: Path, setting: Setting, out: Path
) -> tuple[processes.Usage, Result]:
    """One process, and what it came to. Raises Failed."""
    return (run_catnet if contender.module == "catnet" else run_script)(case, contender, folder, setting, out)


def run_catnet(
    case: Case, contender: Contender, folder: Path, setting: Setting, out: Path
) -> tuple[processes.Usage, Result]:
    """`catnet train`, with an empty cache of decoded pictures, or with one that an earlier training has filled."""
    environment = processes.environment(setting.threads, {})
    environment["CATNET_CACHE"] = str(out / "cache")
    config = out / "config.yaml"
    config.write_text(yaml.safe_dump(config_of(case, folder, setting)))

    def train(run_folder: Path) -> processes.Usage:
        options = ["--run-dir", str(run_folder), *([] if case.report else ["--no-report"])]
        arguments = ["-m", "catnet", "train", str(config), *options]
        return processes.run(arguments, environment, where=checkout_of(contender, setting))

    if case.cached:
        train(out / "first")
    run_folder = out / "run"
    usage = train(run_folder)
    last = run_folder / "checkpoints" / f"epoch-{case.epochs:06d}.safetensors"
    return usage, Result(usage.seconds, costs_of(run_folder), load_file(last), epochs=case.epochs)


def config_of(case: Case, folder: Path, setting: Setting) -> dict[str, object]:
    """The configuration of `catnet train`."""
    data: dict[str, object] = {"path": str((setting.real / case.pictures.folder).resolve())}
    if case.pictures.outputs == 1:
        data["classes"] = ["cat"]
    return {
        "goal": "1.0" if case.pictures.outputs == 1 else "3.0",
        "data": data,
        "model": {
            "hidden_layers": list(case.hidden),
            "initialization": str((folder / "initial.safetensors").resolve()),
        },
        "train": {
            "epochs": case.epochs,
            "learning_rate": case.learning_rate,
            "optimizer": case.optimizer,
            "batch_size": case.batch_size or "full",
            "precision": "float32",
        },
    }


def run_script(
    case: Case, contender: Contender, folder: Path, setting: Setting, out: Path
) -> tuple[processes.Usage, Result]:
    """A script of `contenders/`. It has no cache."""
    settings = {
        "source": str((setting.real / case.pictures.folder).resolve()),
        "folder": str(folder.resolve()),
        "out": str(out),
        "sizes": case.sizes,
        "epochs": case.epochs,
        "learning_rate": case.learning_rate,
        "optimizer": case.optimizer,
        "batch_size": case.batch_size,
        "threads": setting.threads,
        "side": case.pictures.side,
    }
    (out / "settings.json").write_text(json.dumps(settings))
    module = f"benchmarks.contenders.{contender.module}"
    usage = processes.run(["-m", module, str(out / "settings.json")], processes.environment(setting.threads, {}))
    last = out / f"epoch-{case.epochs:06d}.safetensors"
    return usage, Result(usage.seconds, costs_of(out), load_file(last), epochs=case.epochs)


def costs_of(folder: Path) -> list[float]:
    """J of each epoch, as metrics.csv has it."""
    with (folder / "metrics.csv").open(newline="") as file:
        return [float(row["train_cost"]) for row in csv.DictReader(file)]


def checkout_of(contender: Contender, setting: Setting) -> Path:
    """The folder whose catnet and benchmarks a contender runs."""
    return setting.before if contender.before and setting.before else processes.REPOSITORY
