"""catnet check"""

import json
from pathlib import Path

import click

from catnet.cli import options
from catnet.cli.extras import require_report
from catnet.cli.progress import decoding_bar
from catnet.config import load_config
from catnet.errors import DataError
from catnet.selection.check.check import check as look_at
from catnet.selection.check.finding import FAULT, KINDS, PASS, Finding, totals
from catnet.text import counted, printable

MOST = {FAULT: 20}  # details of a finding that are printed
USUALLY = 5


@click.command()
@options.config
@options.overrides
@click.option("--html", type=options.OUTPUT, help="Also write a page with the pictures.")
@options.as_json
def check(config: Path, overrides: tuple[str, ...], html: Path | None, as_json: bool) -> None:
    """Looks at the data of CONFIG before anything is trained, and at what a training would need. Data is never changed.

    Each line is a pass, a warning or a fault, at which a training would stop: equal and nearly equal pictures, within
    and across splits; labels that contradict each other; classes that are rare or missing; what the files, or a single
    column, say about the answer; how precise the result can be. Ends with 3 if there are faults.

    \b
    Examples:
      catnet check configs/animal.yaml
      catnet check configs/animal.yaml --html check.html
      catnet check configs/passengers.yaml --json
    """
    settings = load_config(config, overrides, options.SET)
    if html is not None:
        options.demand_page(html, "check")
        require_report("--html")
        options.demand_outside(html, settings.data.path)
    with decoding_bar() as progress:
        checked = look_at(settings, progress)
    if html is not None:  # first, because the results may have no reader any more
        from catnet.report.checked import write_checked  # which needs the extra

        write_checked(html, config.name, checked)
        click.echo(f"page: {printable(html)}", err=True)
    if as_json:
        click.echo(json.dumps(checked.to_json()))
    else:
        for finding in checked.findings:
            for line in lines_of(finding):
                click.echo(line)
        counts = totals(checked.findings)
        click.echo(
            f"{counts[PASS]} passed, " + ", ".join(counted(counts[kind], kind) for kind in KINDS if kind != PASS)
        )
    if checked.has_faults:
        raise click.exceptions.Exit(DataError.exit_code)


def lines_of(finding: Finding) -> list[str]:
    """The line of a finding, and its first details below."""
    shown = MOST.get(finding.kind, USUALLY)
    lines = [f"{finding.kind:<8} {finding.check}: {printable(finding.line)}"]
    lines += [f"{'':9}{printable(detail)}" for detail in finding.details[:shown]]
    more = len(finding.details) - shown
    return [*lines, f"{'':9}... and {more} more"] if more > 0 else lines
