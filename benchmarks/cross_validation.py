"""How long five-fold cross-validation of animals takes: `catnet cross-validate` against scikit-learn's cross_val_score.

A hidden layer of 64, 300 epochs with full batch. They take turns. catnet's time is that of the whole process, start to
exit, with decoded pictures in its cache; scikit-learn's is that of cross_val_score alone, so that the ratio is rather
too small. scikit-learn trains its folds in a process for each core (n_jobs), each with one thread of BLAS.

    python -m benchmarks.cross_validation [--data ../shared/data] [--rounds 1] [--epochs 300] [--only scikit-learn]
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

import yaml

from benchmarks import processes
from benchmarks.case import ANIMALS
from benchmarks.machine import usable_cores

HERE = processes.REPOSITORY / "benchmarks"
FOLDS = 5
TRAINING = {"epochs": 300, "learning_rate": 0.001, "optimizer": "gradient_descent"}
HIDDEN = [64]
WANTED = 10  # times as fast as scikit-learn


def in_catnet(real: Path, work: Path, epochs: int) -> float:
    """Seconds of `catnet cross-validate`, start to exit, from a cache that `catnet train` has filled. Raises Failed."""
    environment = {**processes.environment(usable_cores(), {}), "CATNET_CACHE": str(work / "cache")}
    with tempfile.TemporaryDirectory(dir=work) as temporary:
        config = Path(temporary, "animals.yaml")
        settings = {
            "goal": "3.0",
            "data": {"path": str((real / ANIMALS.folder / "train").resolve()), "validation_fraction": 0},
            "model": {"hidden_layers": HIDDEN},
            "train": TRAINING | {"epochs": epochs},
        }
        config.write_text(yaml.safe_dump(settings))
        filling = [
            "train",
            str(config),
            "--set",
            "train.epochs=1",
            "--no-report",
            "--run-dir",
            str(Path(temporary, "run")),
        ]
        processes.run(["-m", "catnet", *filling], environment)
        arguments = ["cross-validate", str(config), "--folds", str(FOLDS)]
        return processes.run(["-m", "catnet", *arguments], environment).seconds


def in_sklearn(real: Path, work: Path, epochs: int) -> float:
    """Seconds of cross_val_score. Raises Failed."""
    folder = ANIMALS.prepare(work, real)
    with tempfile.TemporaryDirectory(dir=work) as temporary:
        settings = TRAINING | {
            "epochs": epochs,
            "hidden": HIDDEN,
            "folds": FOLDS,
            "jobs": usable_cores(),
            "folder": str(folder.resolve()),
            "out": temporary,
        }
        path = Path(temporary, "settings.json")
        path.write_text(json.dumps(settings))
        module = "benchmarks.contenders.cross_validation_in_sklearn"
        processes.run(["-m", module, str(path)], processes.environment(1, {}))  # of BLAS in each process
        found = json.loads(Path(temporary, "result.json").read_text())
    print(f"scikit-learn: accuracy of the folds {', '.join(f'{each:.3f}' for each in found['accuracies'])}")
    return float(found["seconds"])


CONTENDERS = {"catnet": in_catnet, "scikit-learn": in_sklearn}


def main() -> None:
    """Prints the median seconds of each, and the median of the rounds' ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=processes.REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--work", type=Path, default=HERE / ".work")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=TRAINING["epochs"])
    parser.add_argument("--only", choices=CONTENDERS)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    seconds: dict[str, list[float]] = {name: [] for name in CONTENDERS if options.only in (None, name)}
    for _ in range(options.rounds):
        for name, found in seconds.items():
            found.append(CONTENDERS[name](options.data, options.work.resolve(), options.epochs))
    for name, found in seconds.items():
        print(f"{name}: {statistics.median(found):.2f} s")
    if len(seconds) == len(CONTENDERS):
        ratio = statistics.median(b / a for a, b in zip(*seconds.values(), strict=True))
        print(f"scikit-learn takes {ratio:.1f} times as long; wanted: {WANTED}")


if __name__ == "__main__":
    main()
