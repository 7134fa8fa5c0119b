"""catnet compare"""

import json
from pathlib import Path

import click

from catnet.cli import options
from catnet.cli.extras import require_report
from catnet.evaluation.alignment import aligned
from catnet.report import is_page
from catnet.report.best import best_of
from catnet.report.comparison import differences, titles_of
from catnet.report.facts import gather
from catnet.report.side_by_side import as_json as to_json
from catnet.report.side_by_side import tables
from catnet.text import printable, unmarked


@click.command()
@click.argument("runs", nargs=-1, required=True, type=options.RUN, metavar="RUN RUN...")
@click.option("--html", type=options.OUTPUT, help="Also write a page with the curves together.")
@options.as_json
def compare(runs: tuple[Path, ...], html: Path | None, as_json: bool) -> None:
    """Puts runs beside each other: what differs in their configurations, their metrics, parameters and seconds.

    It says which run is the best on the same test examples, or, if there are none, validation examples, and how likely
    it is best by chance. Each run is compared with the first: the difference with a 95% interval of the paired
    bootstrap, and, for right and wrong answers, McNemar's exact test. Both are corrected for the number of runs.

    \b
    Examples:
      catnet compare runs/cat-001 runs/cat_deep-001
      catnet compare runs/animal-* --html compared.html
    """
    if len(runs) < 2:
        raise click.UsageError("compare needs at least two runs")
    if html is not None:
        options.demand_new_or_own("--html", html, is_page, "compare writes a page", ".html", ".htm")
        require_report("--html")
    facts = [gather(run) for run in runs]
    titles = list(map(unmarked, titles_of(facts)))
    best, found = best_of(facts, titles), differences(facts, titles)
    for title, run in zip(titles, facts, strict=True):
        for note in run.remarks:
            click.echo(f"note: {title}: {note}", err=True)
    if html is not None:  # first, because the results may have no reader any more
        from catnet.report.page import write_comparison  # which needs the extra

        write_comparison(html, facts)
        click.echo(f"page: {printable(html)}", err=True)
    if as_json:
        click.echo(json.dumps(to_json(facts, best, found)))
    else:
        for table in tables(facts, titles):
            lines = [[table.title, *table.columns], *([label, *cells] for label, cells in table.rows)]
            click.echo(aligned(lines, right=range(1, len(table.columns) + 1)) + "\n")
        for sentence in [*(best.sentences if best else []), *(one.sentence for one in found)]:
            click.echo(sentence)
