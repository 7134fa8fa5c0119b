"""Installs the wheel with its extras, and the sdist without, each into an environment outside the checkout.

There the main job runs: draw a few pictures, train on them, ask the model about one. `python .ci/try_package.py DIST`
"""

import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = "data/animals/test/cat/000.png"


def try_package(package: Path, extras: str, folder: Path) -> None:
    """Raises CalledProcessError if a command fails; AssertionError if it does not do what it should."""
    venv.create(folder / "venv", with_pip=True)
    binaries = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    python = str(binaries / "python")
    # relative, because pip would take a space in a path for the start of another
    shutil.copy(ROOT / "constraints.txt", folder)
    pins = {"PIP_CONSTRAINT": "constraints.txt", "PIP_BUILD_CONSTRAINT": "constraints.txt"}
    environment = {**os.environ, **pins, "CATNET_CACHE": str(folder / "cache")}

    def run(*command: str) -> str:
        done = subprocess.run(
            command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        return done.stdout

    def catnet(*arguments: str) -> str:
        return run(str(binaries / "catnet"), *arguments)

    run(python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", f"{package}{extras}")
    where = run(python, "-c", "import catnet; print(catnet.__file__)").strip()
    assert Path(where).is_relative_to(folder.resolve()), f"catnet was imported from {where}"

    shutil.copytree(ROOT / "configs", folder / "configs")
    run(python, str(ROOT / "data" / "draw.py"), "--limit", "6", "--out", str(folder / "data"))
    assert "train" in catnet("--help")
    assert "learning_rate" in catnet("schema")
    assert "12289" in catnet("count-params", "configs/cat.yaml").replace(",", "")
    catnet("train", "configs/cat.yaml", "--set", "train.epochs=3", "--run-dir", "run")
    assert (folder / "run" / "report.html").exists() == bool(extras), "the report comes with its extra, and only then"
    said = catnet("predict", PICTURE, "--model", "run")
    assert PICTURE in said
    catnet("export", "run", "--format", "python", "--output", "predict.py")
    assert run(python, "-I", "predict.py", PICTURE) == said
    assert "3 pictures" in catnet("export", "run", "--format", "page")


def main() -> None:
    """Tries the wheel and the sdist in DIST, which holds one of each."""
    dist = Path(sys.argv[1]).resolve()
    for pattern, extras in (("*.whl", "[report,tensorboard]"), ("*.tar.gz", "")):
        (package,) = dist.glob(pattern)
        with tempfile.TemporaryDirectory() as folder:
            try_package(package, extras, Path(folder).resolve())
        print(f"{package.name}{extras}: installed, trained and predicted")


if __name__ == "__main__":
    main()
