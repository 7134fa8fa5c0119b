"""What a round of a training on the workers of a cluster takes besides the sums themselves.

Two workers of one thread each, on this machine, form the sums over random pictures, in full batch: a round is an epoch,
without the update of the parameters. The overhead of a round is its time, from parameters to sums, minus the seconds in
which the workers formed their sums, divided by the number of workers. It consists of:

    sending   from the beginning of the round until a worker begins, on average over the workers
    copying   what a worker does around the sums: parameters are copied, and the sums are
    waiting   from the end of a worker, on average, to that of the slowest one
    returning until the answers have come
    adding    of the answers, by the command

The sizes of the parameters, and with --before the checkouts, take turns.

    python -m benchmarks.cluster_rounds [--rounds 20] [--before ../catnet-before]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np

from catnet.cluster import EXTRA, asked, is_installed

if TYPE_CHECKING:
    from catnet.training.build import Setup

REPOSITORY = Path(__file__).parents[1]
WORKERS, SIDE, TURNS, UNTIMED = 2, 64, 3, 3
HIDDEN: dict[float, list[int]] = {0.05: [], 1: [20], 3: [64], 12: [256]}  # by MB of parameters
PARTS = ("sending", "sums", "copying", "waiting", "returning", "adding")


class Timed(asked.Answer):
    """An answer with the times at which its worker has begun and ended."""

    begun: float
    ended: float


def timed_answer(*given: Any, **named: Any) -> Timed:
    """What a worker does in place of `asked.answer`."""
    begun = time.time()
    answer = Timed(*asked.answer(*given, **named))
    answer.begun, answer.ended = begun, time.time()
    return answer


def setup_of(pictures: Path, hidden: list[int]) -> "Setup":
    """A training of full batch."""
    from catnet.config import load_config
    from catnet.training.build import build, read_data
    from catnet.training.start import fresh_start

    given = {
        "goal": "3.0" if hidden else "1.0",
        "data": {"path": str(pictures), "image_size": [SIDE, SIDE]} | ({} if hidden else {"classes": ["1"]}),
        "model": {"hidden_layers": hidden},
        "train": {"epochs": 1, "solver": "sharded"},
    }
    config = load_config(given)
    dataset = read_data(config)
    return build(config, dataset, fresh_start(config, dataset))


def contend(folder: Path, rounds: int) -> None:
    """Prints the seconds of the parts of each round, by the size of the parameters, as JSON."""
    from catnet.cluster.connect import connected
    from catnet.cluster.rounds import RoundsOnWorkers
    from catnet.engine.parameters import Vector

    class TimedRounds(RoundsOnWorkers):
        """Keeps the answers, and when they had come."""

        def _ask(self, *given: Any, **named: Any) -> list[Any]:
            self.answers = super()._ask(*given, **named)
            self.come = time.time()
            return self.answers

    found: dict[str, list[dict[str, float]]] = {}
    with connected(f"local:{WORKERS}") as cluster, patch("catnet.cluster.round.answer", timed_answer):
        for size, hidden in HIDDEN.items():
            setup = setup_of(folder / ("three.npz" if hidden else "one.npz"), hidden)
            theta, timed = Vector.of(setup.task.initial, setup.task.dtype), TimedRounds(cluster, setup)
            measured = []
            for number in range(UNTIMED + rounds):
                started = time.time()
                timed.sums(theta, number + 1, 0)
                ended = time.time()
                measured.append(parts_of(started, timed.answers, timed.come, ended))
            found[str(size)] = measured[UNTIMED:]
    print(json.dumps(found))


def parts_of(started: float, answers: list[Any], come: float, ended: float) -> dict[str, float]:
    """The seconds of a round, by its parts."""
    begun, last = statistics.mean(each.begun for each in answers), max(each.ended for each in answers)
    stopped = statistics.mean(each.ended for each in answers)
    sums = sum(told.seconds for each in answers for told in each.told.values()) / WORKERS
    parts = (begun - started, sums, stopped - begun - sums, last - stopped, come - last, ended - come)
    return dict(zip(PARTS, parts, strict=True))


def draw(folder: Path, pictures: int) -> None:
    """Random pictures with two classes, and with three."""
    random = np.random.default_rng(0)
    X = random.integers(0, 256, (pictures, SIDE, SIDE, 3), np.uint8)
    for name, classes in (("one", 2), ("three", 3)):
        y, few = np.arange(pictures) % classes, slice(0, 2 * classes)
        np.savez(folder / f"{name}.npz", x_train=X, y_train=y, x_test=X[few], y_test=y[few])


def measured(folder: Path, options: argparse.Namespace) -> dict[str, dict[str, list[dict[str, float]]]]:
    """The parts of all rounds, by checkout and size."""
    checkouts = {"catnet": REPOSITORY} | ({"catnet before": options.before.resolve()} if options.before else {})
    found: dict[str, dict[str, list[dict[str, float]]]] = {name: {} for name in checkouts}
    for _ in range(options.turns):
        for name, checkout in checkouts.items():
            environment = {**os.environ, "PYTHONPATH": str(checkout), "CATNET_CACHE": str(folder / "cache")}
            command = [sys.executable, __file__, "--contend", str(folder), "--rounds", str(options.rounds)]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=checkout)
            if done.returncode:
                sys.exit(done.stderr)
            for size, rounds in json.loads(done.stdout).items():
                found[name].setdefault(size, []).extend(rounds)
    return found


def rows_of(rounds: list[dict[str, float]]) -> Iterator[tuple[str, list[float]]]:
    """The quartiles of the rounds' overhead, and of each part."""
    yield "overhead", quartiles([sum(each.values()) - each["sums"] for each in rounds])
    for part in PARTS:
        yield part, quartiles([each[part] for each in rounds])


def quartiles(seconds: list[float]) -> list[float]:
    """The first quartile, the median, the third quartile."""
    return statistics.quantiles(seconds, n=4)


def main() -> None:
    """Prints a table of the medians and the quartiles."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20, help="of each size in each turn")
    parser.add_argument("--turns", type=int, default=TURNS, help="new workers for each")
    parser.add_argument("--pictures", type=int, default=1024)
    parser.add_argument("--before", type=Path, metavar="FOLDER", help="an earlier checkout of catnet, measured too")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--contend", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contend:
        contend(options.contend, options.rounds)
        return
    if not is_installed():
        sys.exit(f"a cluster needs dask and distributed; install them: {EXTRA}")
    with tempfile.TemporaryDirectory() as temporary:
        draw(Path(temporary), options.pictures)
        time.sleep(2.5)  # the cache does not keep files that have only just been written
        found = measured(Path(temporary), options)
    if options.json:
        load = os.getloadavg()[0]
        print(json.dumps({"pictures": options.pictures, "workers": WORKERS, "load": load, "rounds": found}))
        return
    print(f"{'checkout':16}{'MB':>5} {'part':10}{'median':>9}{'quartiles':>16}")
    for name, sizes in found.items():
        for size, rounds in sizes.items():
            for part, (low, median, high) in rows_of(rounds):
                print(f"{name:16}{size:>5} {part:10}{median * 1e3:6.1f} ms{low * 1e3:7.1f} to {high * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
