"""Runs the benchmarks and writes benchmarks/RESULTS.md.

python -m benchmarks.run                                    # all
python -m benchmarks.run --case course-neuron --rounds 7    # one; --list shows the names
python -m benchmarks.run --before ../catnet-before          # with an earlier checkout of catnet beside this one
python -m benchmarks.run --quick                            # few pictures and epochs, to see that everything runs

What each case measured is kept in the work folder, and the report is written from all that is there.
The exit code is 1 if contenders disagree, or catnet itself fails.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import report
from benchmarks.agreement import Disagreement
from benchmarks.cases import CASES
from benchmarks.cluster_report import fragment_of_cluster
from benchmarks.data import DataMissing
from benchmarks.growth import POINTS, QUICK_POINTS, ROUNDS, measure_growth
from benchmarks.machine import description, usable_cores
from benchmarks.measure import measure
from benchmarks.processes import REPOSITORY, Failed
from benchmarks.script_reports import fragment_of_decoding, fragment_of_folders, fragment_of_startup
from benchmarks.setting import Setting
from catnet.cluster import EXTRA, is_installed

HERE = REPOSITORY / "benchmarks"
GROWTH = "growth"
QUICK_PRODUCT = 256


class Script(NamedTuple):
    """A whole program of its own: how its JSON is written down, how often it measures, and its options."""

    title: str
    fragment: Callable[[dict[str, Any], str], report.Fragment]
    rounds: int
    quick: tuple[str, ...] = ()  # its options for a quick run
    options: tuple[str, ...] = ()  # of those of this program, the ones that it gets
    on_a_cluster: bool = False


SCRIPTS = {
    "decoding": Script("decoding 20000 JPEGs of 64 x 64", fragment_of_decoding, 5, ("--pictures", "200")),
    "folders": Script(
        "catnet train and predict on folders of up to 100000 JPEGs",
        fragment_of_folders,
        3,
        ("--pictures", "20", "--predict", "10"),
        ("work", "before"),
    ),
    "cluster_rounds": Script(
        "a round on two workers of a cluster",
        fragment_of_cluster,
        20,
        ("--pictures", "512", "--turns", "1"),
        ("before",),
        on_a_cluster=True,
    ),
    "startup": Script("how long the commands take to start", fragment_of_startup, 40, options=("data",)),
}
NAMES = (*(case.name for case in CASES), GROWTH, *SCRIPTS)


def main() -> int:
    """The exit code."""
    options = parser().parse_args()
    if options.list:
        titles = {case.name: case.title for case in CASES} | {GROWTH: "how time and memory grow"}
        titles |= {name: script.title for name, script in SCRIPTS.items()}
        print("\n".join(f"{name:24}{title}" for name, title in titles.items()))
        return 0
    work = options.work / "quick" if options.quick else options.work
    out = options.out or (work if options.quick else HERE) / "RESULTS.md"
    kept = work / "results"
    kept.mkdir(parents=True, exist_ok=True)
    product = {"product": QUICK_PRODUCT} if options.quick else {}
    setting = Setting(work, options.data, options.threads, before=options.before, **product)
    code = 0
    for name in options.case or NAMES:
        say(f"{name} ...")
        started = time.monotonic()
        kept.joinpath(f"{name}.json").unlink(missing_ok=True)
        try:
            for fragment in fragments(name, options, setting):
                kept.joinpath(f"{name}.json").write_text(json.dumps(asdict(fragment)))
                say("\n".join(f"  {row}" for row in fragment.rows))
        except DataMissing as error:
            say(f"{name}: left out: {error}")
        except (Disagreement, Failed) as error:
            kept.joinpath(f"{name}.json").unlink(missing_ok=True)  # a case with a fault has no ratio
            say(f"{name}: error: {error}")
            code = 1
        say(f"{name}: {time.monotonic() - started:.0f} s")
    found = [kept / f"{name}.json" for name in NAMES]
    parts = [report.Fragment(**json.loads(path.read_text())) for path in found if path.exists()]
    out.write_text(report.document(description(options.threads), parts))
    say(f"{out}")
    return code


def fragments(name: str, options: argparse.Namespace, setting: Setting) -> Iterator[report.Fragment]:
    """The case's part of the report, again after each of its rounds."""
    command = f"python -m benchmarks.run --case {name}"
    if name == GROWTH:
        grown = []
        points = QUICK_POINTS if options.quick else POINTS
        for point in measure_growth(points, setting, options.rounds or (1 if options.quick else ROUNDS)):
            grown.append(point)
            yield report.fragment_of_growth(grown, command)
        return
    if name in SCRIPTS:
        yield fragment_of_script(name, options, setting)
        return
    case = next(case for case in CASES if case.name == name)
    if options.quick:
        case = case.quick()
    if options.rounds:
        case = replace(case, rounds=options.rounds)
    for measured in measure(case, setting):
        yield report.fragment_of_case(measured, command)
    for contender, reason in measured.missing.items():
        say(f"  {contender} is left out: {reason}")


def fragment_of_script(name: str, options: argparse.Namespace, setting: Setting) -> report.Fragment:
    """The part of a program of its own. Raises Failed, DataMissing."""
    script = SCRIPTS[name]
    if script.on_a_cluster and not is_installed():
        raise DataMissing(f"dask and distributed are not installed: {EXTRA}")
    rounds = options.rounds or (2 if options.quick else script.rounds)
    given: dict[str, Path | None] = {"work": setting.work, "data": setting.real, "before": setting.before}
    passed = ["--rounds", str(rounds)]
    for option in script.options:
        if path := given[option]:
            passed += [f"--{option}", str(path.resolve())]
    passed += script.quick if options.quick else ()
    command = [sys.executable, "-m", f"benchmarks.{name}", "--json", *passed]
    done = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY)
    if done.returncode:
        raise Failed(done.stderr.strip())
    say(done.stderr.strip())
    return script.fragment(json.loads(done.stdout), f"python -m benchmarks.{name} --rounds {rounds}")


def say(text: str) -> None:
    """Progress, on stderr."""
    if text:
        print(text, file=sys.stderr, flush=True)


def parser() -> argparse.ArgumentParser:
    """The options."""
    shown = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Runs the benchmarks.")
    shown.add_argument("--case", action="append", choices=NAMES, metavar="NAME", help="only this one; repeatable")
    shown.add_argument("--list", action="store_true", help="the names of the cases")
    shown.add_argument("--rounds", type=int, help="how often each contender runs (default: the case's)")
    shown.add_argument("--threads", type=int, default=usable_cores(), help="of each contender (default: the cores)")
    shown.add_argument(
        "--quick", action="store_true", help="few pictures and epochs; the report goes to the work folder"
    )
    shown.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data", help="the real sets")
    shown.add_argument("--before", type=Path, metavar="FOLDER", help="an earlier checkout of catnet, measured too")
    shown.add_argument("--work", type=Path, default=HERE / ".work", help="where the data of the cases is made and kept")
    shown.add_argument("--out", type=Path, help="the report (default: benchmarks/RESULTS.md)")
    return shown


if __name__ == "__main__":
    sys.exit(main())
