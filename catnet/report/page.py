"""The page: the template filled in by jinja2, which escapes all that is not marked as safe."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape  # of jinja2

from catnet.data.split_names import WORDS
from catnet.files import identity
from catnet.report import is_page
from catnet.report.comparison import titles_of
from catnet.report.contents import contents
from catnet.report.facts import Facts, gather
from catnet.report.figures import curves_together, legend_of, training_curves
from catnet.report.paths import descent
from catnet.report.ranking import ranking_of
from catnet.report.ranking_words import not_ranked, sentences, tables_of
from catnet.report.side_by_side import tables
from catnet.report.verdict import verdict
from catnet.runs.files import write_atomically
from catnet.runs.layout import BEST, REPORT, SUMMARY
from catnet.text import harmless, isolated, metric_name, score

PARTS = re.compile(r"(?<=\w[-_/])(?=\w)|(?<=\w\.)(?=[^\W\d])")  # of a name: between them a line may break
ATTEMPTS = 5  # to write a page of a run while its training goes on


def write_report(run: Path, data: Path | None = None) -> Path:
    """Writes report.html in a run directory; returns its path.

    The data is read from `data`, or from where the run's configuration says; if it is gone, what needs it is left out.
    A page that a training has overtaken is made again. Raises CheckpointError, ConfigError, OutputError.
    """
    for _ in range(ATTEMPTS):
        before = state_of(run)
        path = write_page(gather(run, data))
        if state_of(run) == before:
            break
    return path


def state_of(run: Path) -> list[tuple[int, int] | None]:
    """What tells whether a training has saved meanwhile, whose newer page an older one must not replace for good."""
    return [identity(run / name) for name in (BEST, SUMMARY)]


def write_page(facts: Facts) -> Path:
    """Writes the page of a run into its directory; returns its path. Raises OutputError."""
    path = facts.run.path / REPORT
    write(path, render(facts))
    return path


@np.errstate(over="ignore", invalid="ignore")  # a model may answer huge inputs with what is not finite
def render(facts: Facts) -> str:
    """The page of a run."""
    return filled("report.html", contents(facts))


def render_summary(run: Path) -> str:
    """The verdict on a run and its curves, as HTML for a notebook."""
    facts = gather(run)
    values = {"verdict": verdict(facts), "curves": training_curves(facts), "unseen": WORDS[facts.unseen]}
    return filled("notebook.html", values | {"notes": facts.notes, "title": run.name})


def write_comparison(path: Path, runs: Sequence[Facts]) -> None:
    """Writes a page with the runs beside each other and their curves together. Raises OutputError."""
    titles = titles_of(runs)
    ranking = ranking_of(runs, titles)
    values = {
        "titles": titles,
        "sentences": sentences(ranking) if ranking else not_ranked(runs, titles),
        "ranking": tables_of(ranking) if ranking else [],
        "notes": [f"{title}: {note}" for title, run in zip(titles, runs, strict=True) for note in run.remarks],
        "curves": curves_together(runs, titles),
        "legend": legend_of(titles),
        "descent": descent(runs, titles),
        "tables": tables(runs, titles),
    }
    write(path, filled("compare.html", values))


def write(path: Path, page: str) -> None:
    """Writes a page; what UTF-8 cannot hold, such as a stray byte in a name, as an escape.

    Raises OutputError, also if something is there that is no page of catnet's.
    """
    write_atomically(path, page.encode("utf-8", "backslashreplace"), is_own=is_page)


def filled(template: str, values: dict[str, Any]) -> str:
    """A template with its values."""
    loader = PackageLoader("catnet.report")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, finalize=finalized, optimized=False
    )  # it fills one template once, so optimizing it costs more than it saves
    environment.filters["score"] = lambda value, metric: score(metric, value)
    environment.filters |= {"name": isolated, "metric": metric_name, "breakable": breakable}
    return environment.get_template(template).render(values)


def breakable(text: str) -> Markup:
    """The text with places at which a line may break, so that long names are not broken elsewhere."""
    return Markup(PARTS.sub("<wbr>", str(escape(text))))


def finalized(value: object) -> object:
    """A value of a page; text as `harmless`."""
    return type(value)(harmless(value)) if isinstance(value, str) else value
