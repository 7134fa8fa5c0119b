"""catnet compare"""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from catnet.cli import options
from catnet.cli.extras import require_report
from catnet.evaluation.alignment import WIDTH, in_blocks, pieces
from catnet.report.comparison import titles_of
from catnet.report.facts import Facts, gather
from catnet.report.groups import KEEP, repeats
from catnet.report.ranking import ranking_of
from catnet.report.ranking_words import not_ranked, sentences, tables_of
from catnet.report.side_by_side import as_json as to_json
from catnet.report.side_by_side import tables
from catnet.text import printable, unmarked


@click.command()
@click.argument("runs", nargs=-1, required=True, type=options.RUN, metavar="RUN RUN...")
@click.option(
    "--html",
    type=options.OUTPUT,
    help="Also write a page with the curves together, and the paths of runs that kept their weights.",
)
@options.as_json
def compare(runs: tuple[Path, ...], html: Path | None, as_json: bool) -> None:
    """Puts runs beside each other: what differs in their configurations, their metrics, parameters and seconds.

    It ranks them on the same test examples, or, if there are none, validation examples: the gap of each to the best,
    with an interval that is corrected for the number of runs, and which runs cannot be told from the best. Runs that
    differ only in train.seed are one group: mean and deviation. The page draws the paths of descent of runs that
    started alike and kept their weights (train.keep_weights).

    \b
    Examples:
      catnet compare runs/cat-001 runs/cat_deep-001
      catnet compare runs/animal-* --html compared.html
    """
    if len(runs) < 2:
        raise click.UsageError("compare needs at least two runs")
    if html is not None:
        options.demand_page(html, "compare")
        require_report("--html")
    facts, titles = different(runs)
    ranking = ranking_of(facts, titles)
    told = not_ranked(facts, titles) if ranking is None else sentences(ranking)
    for title, run in zip(titles, facts, strict=True):
        for note in run.remarks:
            click.echo(f"note: {title}: {note}", err=True)
    if html is not None:  # first, because the results may have no reader any more
        from catnet.report.page import write_comparison  # which needs the extra

        write_comparison(html, facts)
        click.echo(f"page: {printable(html)}", err=True)
    if as_json:
        ranked = None if ranking is None else ranking.as_json()
        click.echo(json.dumps({"runs": to_json(facts), "ranking": ranked, "sentences": told}))
        return
    for table in tables(facts, titles):
        lines = [[table.title, *table.columns], *([label, *cells] for label, cells in table.rows)]
        click.echo(in_blocks(lines, right=range(1, len(table.columns) + 1)) + "\n")
    for table in tables_of(ranking)[:1] if ranking else ():
        lines = [["", *table.columns], *([label, *cells] for label, cells in table.rows)]
        click.echo("\n".join(pieces(table.title, WIDTH)) + "\n" + in_blocks(lines, right=range(1, 5)) + "\n")
    for sentence in told:
        click.echo(sentence)


def different(runs: Sequence[Path]) -> tuple[list[Facts], list[str]]:
    """The runs and their titles, each once; says which are left out because they are another one again. If all are the
    same, all are left, so that it is said that they do not differ.
    """
    facts = [gather(run) for run in runs]
    titles, again = list(map(unmarked, titles_of(facts))), repeats(facts)
    if len(facts) - len(again) < 2:
        return facts, titles
    for index, first in sorted(again.items()):
        aside = "" if facts[index].run.config == facts[first].run.config else f", {KEEP} aside,"
        reason = f"the same settings{aside} and parameters as {titles[first]}"
        if facts[index].run.path.resolve() == facts[first].run.path.resolve():
            reason = "given twice"
        click.echo(f"note: {titles[index]}: left out, {reason}", err=True)
    kept = [index for index in range(len(facts)) if index not in again]
    return [facts[index] for index in kept], [titles[index] for index in kept]
