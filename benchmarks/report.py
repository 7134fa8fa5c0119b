"""benchmarks/RESULTS.md: the tables. Every figure is a median; the smallest and the largest are in brackets."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from benchmarks.case import DEFAULT_KERNEL, Case
from benchmarks.growth import EPOCHS, SOLVERS, Grown
from benchmarks.measure import Measured, Measurement

AUTO_WANTED = 1.2

INTRODUCTION = """\
Each contender runs in a process of its own, with the same decoded pictures, initial weights and number of threads, and
for mini-batches the same order. They take turns, round after round; a ratio is the median of the rounds' own ratios.
The time runs from decoded pictures (uint8, in memory) to trained weights: it includes the conversion to floats and the
building of K; it excludes imports, reading the file and starting the threads. Before a ratio is written, the costs of
the last epoch and the weights are compared; the tables show the greatest differences from catnet.

Memory is that of the process: its peak, with the pages of the mapped file of pictures, and the peak of what is not page
cache (RssAnon, sampled). torch was written in several ways (nn.Linear or addmm; plain, foreach or fused optimizer;
mini-batches from floats or bytes, small ones on all threads or on one), a trial found the fastest, and that one was
timed. scikit-learn's MLPClassifier is included if its mathematics is the same: SGD, with or without momentum, in the
same order. Its Adam puts epsilon elsewhere, and its LogisticRegression has no gradient descent, so they are not.
"catnet, BLAS's own kernel" is catnet without the BLAS kernel that its command chooses; NumPy and scikit-learn run as
they come. "catnet before" is an earlier checkout, if one was named by `--before`.

A whole command runs from start to exit, `catnet train` without its report and with an empty cache, if nothing else is
said. The scripts that stand beside it are in `benchmarks/contenders`; they have no cache.

The share of the product is the contender's arithmetic (for the Gram solver what that solver does, not what it saves)
per second, over the rate of a large square NumPy product in catnet's precision, measured in the same round: with the
command's kernel or BLAS's own, whichever is faster.
"""
COMPARED = ("case", "catnet", "torch", "times catnet's", "scikit-learn", "times catnet's")


@dataclass(frozen=True)
class Fragment:
    """What a case adds to the report: its rows of the summary, its own section, and the cells of its row
    of the comparison, if it has one.
    """

    rows: list[str]
    section: str
    comparison: Sequence[str] = ()


def document(machine: dict[str, str], fragments: Sequence[Fragment]) -> str:
    """The whole report."""
    compared = [fragment.comparison for fragment in fragments if fragment.comparison]
    comparison = ["## catnet, torch and scikit-learn", table(COMPARED, compared), "In bold: catnet is slower."]
    parts = [
        "# Results",
        "Written by `make bench`; one case: `make bench CASE=NAME`.",
        table(("machine", ""), [(name, value) for name, value in machine.items()]),
        INTRODUCTION.strip(),
        "## How many times faster",
        "\n".join(["| case | against | at least | reached | |", "| --- | --- | --- | --- | --- |"])
        + "".join(f"\n{row}" for fragment in fragments for row in fragment.rows),
        *(comparison if compared else ()),
        *(fragment.section for fragment in fragments),
    ]
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def verdict(reached: bool) -> str:
    """The last column of the summary."""
    return "reached" if reached else "**not reached**"


def fragment_of_case(measured: Measured, command: str) -> Fragment:
    """A case's part."""
    case = measured.case
    ours = case.contenders[0].name
    rows = []
    for name in measured.runs:
        if name in (ours, DEFAULT_KERNEL.name):
            continue
        ratios = measured.ratios(name)
        wanted = case.wanted.get(name)
        judged = verdict(statistics.median(ratios) >= wanted) if wanted else ""
        rows.append(row(case.title, name, f"{wanted:.3g} x" if wanted else "", f"{spread(ratios, '.3g')} x", judged))
    if case.memory_wanted and "torch" in measured.runs:
        share = measured.share_of_peak("torch")
        judged = verdict(share <= case.memory_wanted)
        rows.append(row(f"{case.title}: peak memory", "torch", f"1/{1 / case.memory_wanted:g}", f"{share:.3f}", judged))
    if case.data_limit:
        peak = max(run.peak_anonymous for run in measured.runs[ours])
        judged = verdict(peak <= case.data_limit)
        rows.append(
            row(case.title, "memory", f"{case.data_limit / 1e6:.0f} MB", f"{megabytes(peak)} not cache", judged)
        )
    return Fragment(rows, section_of_case(measured, command), comparison_of(measured))


def comparison_of(measured: Measured) -> Sequence[str]:
    """The seconds of catnet, torch and scikit-learn, or of scripts that use them; () if neither of them ran."""
    ours = measured.runs[measured.case.contenders[0].name]
    cells = [measured.case.title, f"{median_of(ours, seconds_of):.3g} s"]
    for library in ("torch", "scikit-learn"):
        name = next((name for name in measured.runs if name in (library, f"{library} script")), None)
        if name is None:
            cells += ["", ""]
            continue
        times = statistics.median(measured.ratios(name))
        cells += [
            f"{median_of(measured.runs[name], seconds_of):.3g} s",
            f"{times:.3g}" if times >= 1 else f"**{times:.2f}**",
        ]
    return cells if any(cells[2:]) else ()


def seconds_of(run: Measurement) -> float:
    """The whole time."""
    return run.seconds


def row(*cells: str) -> str:
    """A row of the summary."""
    return f"| {' | '.join(cells)} |"


def section_of_case(measured: Measured, command: str) -> str:
    """The table of a case's contenders, and what to say about them."""
    case = measured.case
    head = ["contender", "total seconds", "ms per epoch", "times catnet's", "peak memory", "not page cache"]
    head += ["share of the product", "last cost", "differs by"]
    lines = []
    for name, runs in measured.runs.items():
        found = measured.differences[name]
        cost = runs[-1].cost
        lines.append(
            (
                name,
                spread([run.seconds for run in runs], ".3g"),
                f"{median_of(runs, milliseconds_an_epoch):.3g}" if case.work == "train" else "",
                spread(measured.ratios(name), ".3g"),
                megabytes(statistics.median(run.peak for run in runs)),
                megabytes(statistics.median(run.peak_anonymous for run in runs)),
                f"{median_of(runs, lambda run: share_of_product(case, run)):.0%}" if runs[0].rate else "",
                f"{cost:.7g}" if cost is not None else "",
                ", ".join(f"{what} {by:.1g}" for what, by in found.items()),
            )
        )
    notes = [f"- {name}: {runs[-1].note}" for name, runs in measured.runs.items() if runs[-1].note]
    notes += [f"- {name} is not there: {reason}" for name, reason in measured.missing.items()]
    notes += [
        f"- NumPy's product with the {kernel}: {blas['rate'] / 1e9:.0f} GFLOP/s ({blas['library']}, {blas['kernel']})"
        for kernel, blas in measured.blas.items()
    ]
    rounds = max(len(runs) for runs in measured.runs.values())
    compared = {what for found in measured.differences.values() for what in found}
    allowed = ", ".join(f"{what} {case.tolerances[what]:g}" for what in sorted(compared))
    notes.append(f"- {date.today()}, {rounds} rounds; taken for rounding: {allowed}. `{command}`")
    return "\n\n".join([f"## {case.name}: {case.title}", table(head, lines), "\n".join(notes)])


def milliseconds_an_epoch(run: Measurement) -> float:
    """Without the building of K."""
    return 1000 * (run.seconds - run.building) / run.epochs


def share_of_product(case: Case, run: Measurement) -> float:
    """The arithmetic of the products per second, over the machine's rate."""
    m, (n, n_1) = case.pictures.m, case.sizes[:2]
    upper = sum(a * b for a, b in zip(case.sizes[1:], case.sizes[2:], strict=False))
    if case.work == "predict":
        operations = 2.0 * m * (n * n_1 + upper)
    elif run.note.startswith("gram"):
        operations = m * m * n + run.epochs * (2.0 * n_1 * m * m + 6 * m * upper) + 2.0 * n_1 * m * n
    else:
        operations = run.epochs * m * (4.0 * n * n_1 + 6 * upper)
    return operations / run.seconds / run.rate


def fragment_of_growth(grown: Sequence[Grown], command: str) -> Fragment:
    """The table of growth, and auto's row of the summary."""
    head = ["m", "pixels", "hidden", "classes"]
    head += [f"{solver}: {what}" for solver in SOLVERS for what in ("before", "ms per epoch", "not page cache")]
    head += [f"auto, {epochs} epochs" for epochs in EPOCHS]
    lines = []
    worst = 1.0
    for point in grown:
        p = point.point
        line = [str(p.m), f"{p.side} x {p.side}", str(p.hidden or "none"), str(p.classes)]
        for solver in SOLVERS:
            if solver not in point.runs:
                line += [point.missing.get(solver, "")[-60:], "", ""]
                continue
            memory = statistics.median(run.peak_anonymous for run in point.runs[solver])
            line += [f"{point.building(solver):.3g} s", f"{1000 * point.epoch(solver):.3g}", megabytes(memory)]
        for epochs in EPOCHS:
            against = point.auto_against_better(epochs)
            worst = max(worst, against)
            line.append(f"{point.picked[epochs]}, {against:.2f}")
        lines.append(line)
    wanted = f"at most {AUTO_WANTED:g} x its time"
    judged = verdict(worst <= AUTO_WANTED)
    rows = [row("`auto` over the growth table", "the better solver", wanted, f"{worst:.2f} x", judged)]
    text = (
        "float32, full batch. `before` is what comes before the first epoch: building K. An epoch includes its share "
        "of what follows the last one. The last columns show what `auto` picks, and its time over that of the better "
        f"solver, for trainings of that many epochs, from the figures to the left. `{command}`"
    )
    return Fragment(rows, "\n\n".join(["## growth: how time and memory grow", table(head, lines), text]))


def median_of(runs: Sequence[Measurement], figure: Callable[[Measurement], float]) -> float:
    """The median of a figure of each run."""
    return statistics.median(map(figure, runs))


def spread(values: Sequence[float], form: str) -> str:
    """median (smallest to largest)"""
    middle = format(statistics.median(values), form)
    return middle if len(values) == 1 else f"{middle} ({format(min(values), form)} to {format(max(values), form)})"


def megabytes(size: float) -> str:
    """10^6 bytes; `?` if the system does not tell."""
    return f"{size / 1e6:.0f} MB" if size else "?"
