"""Measuring a case: round after round each contender in turn, so that a busy machine slows them all alike."""

import json
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from safetensors.numpy import load_file

from benchmarks import processes
from benchmarks.agreement import WEIGHTS, check, differences
from benchmarks.case import BEFORE, DEFAULT_KERNEL, Case, Contender
from benchmarks.commands import checkout_of, run_command
from benchmarks.data import write_order, write_start, write_whitening
from benchmarks.job import FACTOR, Job, Result, read, write_job
from benchmarks.machine import kernel_of_the_command
from benchmarks.setting import Setting


@dataclass(frozen=True)
class Measurement:
    """One run of a contender. `rate` is the machine's matrix product of the same round, with the better kernel."""

    seconds: float
    building: float
    epochs: int
    peak: int
    peak_anonymous: int
    cost: float | None
    note: str
    rate: float = 0.0


@dataclass
class Measured:
    """A case's runs by contender, in rounds; how far each is from catnet; and those that could not run."""

    case: Case
    runs: dict[str, list[Measurement]] = field(default_factory=dict)
    differences: dict[str, dict[str, float]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    blas: dict[str, Any] = field(default_factory=dict)

    def ratios(self, name: str) -> list[float]:
        """The contender's seconds over catnet's, of each round in which both ran."""
        ours = self.runs[self.case.contenders[0].name]
        return [run.seconds / own.seconds for run, own in zip(self.runs[name], ours, strict=False)]

    def share_of_peak(self, name: str) -> float:
        """catnet's peak memory over the contender's."""
        ours, theirs = (self.runs[who] for who in (self.case.contenders[0].name, name))
        return statistics.median(run.peak for run in ours) / statistics.median(run.peak for run in theirs)


def measure(case: Case, setting: Setting) -> Iterator[Measured]:
    """The case's rounds; yields what is measured so far after each. Raises Disagreement, DataMissing, Failed."""
    folder = case.pictures.prepare(setting.work, setting.real)
    write_start(folder, case.sizes, case.initialization)
    if case.components:
        write_whitening(folder, case.pictures.side, case.components, FACTOR)
    if case.batch_size:
        write_order(folder, case.pictures.m, case.epochs)
    start = load_file(folder / "initial.safetensors")
    measured = Measured(case)
    contenders = list(case.contenders)
    if setting.before:
        contenders.insert(1, replace(contenders[0], name=BEFORE, before=True))
    variants: dict[str, str] = {}  # by module
    for number in range(case.rounds):
        rates = rates_of(case, setting)
        measured.blas = {"kernel " + ("of the command" if kernel else "of its own"): r for kernel, r in rates.items()}
        if number == 0 and len({rate["kernel"] for rate in rates.values()}) == 1:  # the command's is BLAS's own
            contenders = [contender for contender in contenders if contender.name != DEFAULT_KERNEL.name]
        reference: Result | None = None
        for contender in contenders:
            if contender.name in measured.missing or (contender.once and number):
                continue
            try:
                if contender.module not in variants:
                    variants[contender.module] = fastest_variant(case, contender, folder, setting)
                usage, result = run(case, contender, folder, setting, variants[contender.module])
            except processes.Failed as error:
                if not contender.optional:
                    raise
                measured.missing[contender.name] = str(error)
                continue
            reference = reference or result
            found = differences(result, reference, start, contender.trajectory)
            if not contender.weights:
                found.pop(WEIGHTS, None)
            check(f"{case.name}: {contender.name}", found, case.tolerances)
            measured.differences[contender.name] = found
            measurement = measurement_of(usage, result, max((rate["rate"] for rate in rates.values()), default=0.0))
            measured.runs.setdefault(contender.name, []).append(measurement)
        yield measured


def measurement_of(usage: processes.Usage, result: Result, rate: float = 0.0) -> Measurement:
    """The figures of a run."""
    return Measurement(
        seconds=result.seconds,
        building=result.building,
        epochs=result.epochs,
        peak=usage.peak,
        peak_anonymous=usage.peak_anonymous,
        cost=result.costs[-1] if result.costs else None,
        note=result.note,
        rate=rate,
    )


def rates_of(case: Case, setting: Setting) -> dict[bool, dict[str, Any]]:
    """The rate of the machine's matrix product in catnet's precision, with the command's kernel and with BLAS's own."""
    if case.work == "command":
        return {}
    rates = {}
    for kernel in (True, False) if kernel_of_the_command() else (True,):
        with TemporaryDirectory() as out:
            answer = Path(out, "rate.json")
            environment = processes.environment(setting.threads, kernel_of_the_command() if kernel else {})
            arguments = [case.contenders[0].precision, str(setting.product), str(answer)]
            processes.run(["-m", "benchmarks.machine", *arguments], environment)
            rates[kernel] = json.loads(answer.read_text())
    return rates


def fastest_variant(case: Case, contender: Contender, folder: Path, setting: Setting) -> str:
    """The way to write it that was fastest in a trial, for torch; the others have but one."""
    if contender.module not in ("in_torch", "recipe_in_torch") or case.work == "command":
        return ""
    eager = replace(contender, compiled=False)
    return run(case, eager, folder, setting, work="try")[1].note


def run(
    case: Case, contender: Contender, folder: Path, setting: Setting, variant: str = "", work: str = ""
) -> tuple[processes.Usage, Result]:
    """One process, and what it came to. Raises Failed."""
    environment = processes.environment(setting.threads, kernel_of_the_command() if contender.kernel else {})
    with TemporaryDirectory(dir=setting.work.resolve()) as out:
        if case.work == "command":
            return run_command(case, contender, folder, setting, Path(out))
        job = job_of(case, contender, folder, Path(out), setting, variant, work)
        write_job(job, Path(out, "job.json"))
        module = f"benchmarks.contenders.{contender.module}"
        where = checkout_of(contender, setting)
        usage = processes.run(["-m", module, str(Path(out, "job.json"))], environment, case.data_limit, where)
        return usage, read(Path(out))


def job_of(
    case: Case, contender: Contender, folder: Path, out: Path, setting: Setting, variant: str = "", work: str = ""
) -> Job:
    """What the contender is asked to do."""
    return Job(
        folder=str(folder.resolve()),
        out=str(out),
        work=work or case.work,
        sizes=case.sizes,
        output=case.output,
        epochs=case.epochs,
        learning_rate=case.learning_rate,
        optimizer=case.optimizer,
        batch_size=case.batch_size,
        precision=contender.precision,
        threads=setting.threads,
        solver=contender.solver,
        variant=variant,
        compiled=contender.compiled,
        seconds=case.seconds,
        side=case.pictures.side,
    )
