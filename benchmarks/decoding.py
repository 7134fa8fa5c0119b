"""How fast a folder of small JPEGs is decoded, and read from the cache, against Pillow on one thread.

Each contender is a process of its own; they take turns, so that other work on the machine slows all of them equally.
The time is from the list of the files to the rows (m, n) in memory or in a memory map, without imports. No ratio is
printed unless all have the same pixels.

    python -m benchmarks.decoding [--pictures 20000] [--rounds 5]
"""

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = (64, 64)
CONTENDERS = ("pillow", "decode", "cache")


def draw(folder: Path, pictures: int) -> None:
    """Writes JPEGs that are like photographs: smooth, with a little grain."""
    random = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (folder / "train" / name).mkdir(parents=True)
    for i in range(pictures):
        coarse = Image.fromarray(random.integers(0, 256, (8, 8, 3), dtype=np.uint8))
        smooth = np.asarray(coarse.resize(SIZE, Image.Resampling.BICUBIC)).astype(np.int16)
        pixels = np.clip(smooth + random.integers(-12, 13, smooth.shape), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / "train" / ("cat", "dog")[i % 2] / f"{i:06d}.jpg", quality=90)


def contend(contender: str, folder: Path) -> None:
    """Runs one contender and prints its seconds and the digest of its rows."""
    from catnet.config import load_config
    from catnet.data.dataset import digests_of
    from catnet.data.load import load
    from catnet.data.scan import scan

    data = {"path": folder, "classes": ["cat"]}
    catalog = scan(load_config({"goal": "1.0", "data": data, "train": {"epochs": 1}}))
    paths = [str(path) for path in catalog.splits["train"].paths or ()]
    start = time.perf_counter()
    if contender == "pillow":
        rows = np.empty((len(paths), SIZE[0] * SIZE[1] * 3), np.uint8)
        for row, path in zip(rows, paths, strict=True):
            with Image.open(path) as image:
                row[:] = np.asarray(image.convert("RGB")).reshape(-1)
    else:
        rows = load(catalog, SIZE).splits["train"].rows
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "digest": hashlib.sha256(digests_of(rows)).hexdigest()}))


def main() -> None:
    """Prints a line per contender, and the two ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--contender", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contender:
        contend(arguments.contender[0], Path(arguments.contender[1]))
        return
    seconds: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    digests = set()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "pictures")
        draw(folder, arguments.pictures)
        time.sleep(2.5)  # the cache does not keep files that have only just been written
        for number in range(arguments.rounds):
            environment = {**os.environ, "CATNET_CACHE": str(Path(temporary, f"cache{number}"))}
            for name in CONTENDERS:
                command = [sys.executable, __file__, "--contender", name, str(folder)]
                done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
                result = json.loads(done.stdout)
                seconds[name].append(result["seconds"])
                digests.add(result["digest"])
            shutil.rmtree(environment["CATNET_CACHE"])
    if len(digests) != 1:
        sys.exit("the contenders do not have the same pixels")
    report(arguments.pictures, seconds, arguments.json)


def report(pictures: int, seconds: dict[str, list[float]], as_json: bool) -> None:
    """Prints the medians over the rounds, and the medians of the rounds' ratios."""
    from catnet.data.decoding import available_cores

    cores = available_cores()
    pairs = list(zip(*(seconds[name] for name in CONTENDERS), strict=True))
    ratios = {
        "decoding, share of cores x Pillow": statistics.median(p / (cores * d) for p, d, _ in pairs),
        "from the cache, times decoding": statistics.median(d / c for _, d, c in pairs),
    }
    if as_json:
        print(json.dumps({"pictures": pictures, "cores": cores, "seconds": seconds, "ratios": ratios}))
        return
    names = ("Pillow, one thread", f"catnet, {cores} cores", "catnet, from the cache")
    print(f"{pictures} JPEGs of 64 x 64{'median':>12s}{'from':>10s}{'to':>10s}{'pictures/s':>14s}")
    for name, contender in zip(names, CONTENDERS, strict=True):
        median = statistics.median(seconds[contender])
        low, high = min(seconds[contender]), max(seconds[contender])
        print(f"{name:24s}{median * 1e3:9.0f} ms{low * 1e3:7.0f} ms{high * 1e3:7.0f} ms{pictures / median:14.0f}")
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.2f}")


if __name__ == "__main__":
    main()
