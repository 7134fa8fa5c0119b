"""What the programs of their own add to the report: decoding, startup, folders."""

import statistics
from typing import Any

from benchmarks.case import BEFORE
from benchmarks.report import Fragment, megabytes, row, spread, table, verdict

DECODING_WANTED, CACHE_WANTED = 0.9, 20
STARTUP_WANTED = {
    "catnet --help": 1.5,
    "catnet count-params": 2.0,
    "catnet predict": 3.0,
    "catnet train --no-report": 5.0,
}
PREDICT_WANTED, PREDICT_PICTURES = 1.4, 10_000  # times what it was before
REPORT_WANTED, REPORT_PICTURES = 1.5, 100_000  # seconds


def fragment_of_decoding(found: dict[str, Any], command: str) -> Fragment:
    """Decoding by all cores against Pillow's rate on one thread; and the cache against decoding."""
    names = {"pillow": "Pillow, one thread", "decode": "catnet", "cache": "catnet, from the cache"}
    lines = [
        (names[contender], f"{spread(seconds, '.3g')} s", f"{found['pictures'] / statistics.median(seconds):.0f}")
        for contender, seconds in found["seconds"].items()
    ]
    decoding, cached = found["ratios"].values()
    title = f"decoding {found['pictures']} JPEGs of 64 x 64"
    rows = [
        row(title, "cores x Pillow", f"{DECODING_WANTED} x", f"{decoding:.2f} x", verdict(decoding >= DECODING_WANTED)),
        row(
            "the same from the cache",
            "decoding",
            f"{CACHE_WANTED} x",
            f"{cached:.3g} x",
            verdict(cached >= CACHE_WANTED),
        ),
    ]
    text = f"{found['cores']} cores. All have the same pixels in the end. `{command}`"
    return Fragment(
        rows, "\n\n".join([f"## {title}", table(("contender", "time", "pictures per second"), lines), text])
    )


def fragment_of_startup(found: dict[str, Any], command: str) -> Fragment:
    """The commands, as whole processes, against the import of NumPy."""
    lines, rows = [], []
    for name, figures in found.items():
        low, high = figures["quartiles"]
        seconds = f"{figures['median'] * 1e3:.0f} ({low * 1e3:.0f} to {high * 1e3:.0f}) ms"
        lines.append((f"`{name}`", seconds, f"{figures['ratio']:.2f}"))
        if wanted := STARTUP_WANTED.get(name):
            judged = verdict(figures["ratio"] <= wanted)
            rows.append(
                row(f"`{name}`", "`import numpy`", f"at most {wanted:g} x", f"{figures['ratio']:.2f} x", judged)
            )
    head = ("process", "median (quartiles)", "times `import numpy`")
    return Fragment(rows, "\n\n".join(["## How long the commands take to start", table(head, lines), f"`{command}`"]))


def fragment_of_folders(found: dict[str, Any], command: str) -> Fragment:
    """`catnet predict` and `catnet train` on folders of JPEGs, and what the report adds to the largest."""
    ours, predicted = found["train"]["catnet"], found["predicted"]
    title = f"`catnet predict` on {predicted} JPEGs"
    rows = []
    for name, theirs in [("Pillow, one thread", found["pillow"]), *seconds_of_others(found["predict"])]:
        wanted = PREDICT_WANTED if name == BEFORE and predicted == PREDICT_PICTURES else None
        rows.append(ratio_row(title, name, theirs, seconds_of(found["predict"]["catnet"]), wanted))
    for name, trained in found["train"].items():
        if name != "catnet":
            for pictures, runs in ours.items():
                for kind in runs:
                    title = f"`catnet train` on {pictures} JPEGs, {kind}"
                    rows.append(ratio_row(title, name, seconds_of(trained[pictures][kind]), seconds_of(runs[kind])))
    largest = max(ours, key=int)
    added = added_by_report(ours[largest])
    judged = verdict(statistics.median(added) <= REPORT_WANTED) if int(largest) == REPORT_PICTURES else ""
    wanted_text = f"at most {REPORT_WANTED:g} s more" if judged else ""
    rows.append(
        row(f"the report at {largest} JPEGs", "`--no-report`", wanted_text, f"{spread(added, '.3g')} s", judged)
    )
    head = ("command", "JPEGs", "first run", "second run", "the report adds", "peak memory of the three")
    lines = []
    for name, trained in found["train"].items():
        for pictures, runs in trained.items():
            times = [f"{spread(seconds_of(runs[kind]), '.3g')} s" for kind in ("first run", "second run")]
            peaks = [megabytes(statistics.median(usage["peak"] for usage in usages)) for usages in runs.values()]
            line = (f"{name} train", pictures, *times, f"{spread(added_by_report(runs), '.3g')} s", ", ".join(peaks))
            lines.append(line)
    for name, usages in found["predict"].items():
        peak = megabytes(statistics.median(usage["peak"] for usage in usages))
        lines.append((f"{name} predict", str(predicted), f"{spread(seconds_of(usages), '.3g')} s", "", "", peak))
    lines.append(("Pillow, one thread", str(predicted), f"{spread(found['pillow'], '.3g')} s", "", "", ""))
    text = (
        f"{found['cores']} cores, one epoch of one neuron, start to exit. The peak is that of the command, with the "
        f"pages of the mapped cache and without the processes that decode. `{command}`"
    )
    return Fragment(rows, "\n\n".join(["## Folders of JPEGs of 64 x 64", table(head, lines), text]))


def seconds_of(usages: list[dict[str, float]]) -> list[float]:
    """Of each round."""
    return [usage["seconds"] for usage in usages]


def seconds_of_others(usages: dict[str, list[dict[str, float]]]) -> list[tuple[str, list[float]]]:
    """Of the checkouts that are not this one."""
    return [(name, seconds_of(runs)) for name, runs in usages.items() if name != "catnet"]


def added_by_report(runs: dict[str, list[dict[str, float]]]) -> list[float]:
    """The seconds of a second run with its report minus those without, of each round."""
    pairs = zip(seconds_of(runs["with report"]), seconds_of(runs["second run"]), strict=True)
    return [with_report - without for with_report, without in pairs]


def ratio_row(title: str, name: str, theirs: list[float], ours: list[float], wanted: float | None = None) -> str:
    """A row of the summary: how many times as long the other takes."""
    ratios = [a / b for a, b in zip(theirs, ours, strict=True)]
    judged = verdict(statistics.median(ratios) >= wanted) if wanted else ""
    return row(title, name, f"{wanted:g} x" if wanted else "", f"{spread(ratios, '.3g')} x", judged)
