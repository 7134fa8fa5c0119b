"""What a model card says of the training that a model comes from: how good it is, the data, the settings."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from catnet.config.checks import PICTURES_ONLY
from catnet.config.dump import as_dict, to_yaml
from catnet.data.split_names import WORDS
from catnet.evaluation.metrics import BASELINES, MATRIX, OF_CLASS, TRIVIAL, confusions
from catnet.evaluation.tables import (
    about_baselines,
    class_cells,
    duplicates_of,
    frequent_confusions,
    lowest,
    with_and_without,
    worst_classes,
)
from catnet.export.markdown import bullets, code, facts_in, paragraph, table
from catnet.goals import REGRESSION
from catnet.report.contents import counts, metric_rows, run_facts
from catnet.report.facts import GONE, Facts
from catnet.report.inputs import columns, filled, left_out, trained, what_was_read
from catnet.report.noticed import RULES, hidden, noticed
from catnet.report.verdict import verdict
from catnet.text import counted, isolated, metric_name

SHOWN = 20  # classes and notes, at most
CONFUSED = 10  # classes of a confusion matrix that is shown as a whole; of more, kinds of wrong answers
ADVICE = re.compile("; (remove it, and )?resuming the training (of its run )?writes it again")  # for the owner
Local = Callable[[str], str]  # leaves out of a text where the files are


def how_good(facts: Facts, local: Local) -> Iterator[str]:
    """How good the answers are: the verdict, the metrics, those of each class, the confusions."""
    split = WORDS[facts.unseen]
    yield paragraph(*verdict(facts).sentences)
    if facts.notes:
        yield bullets(GONE if note.startswith(GONE) else local(without_advice(note)) for note in facts.notes)
    named = {WORDS.get(name, name): metrics for name, metrics in facts.measured.items()}
    splits = [cell for name in with_and_without(named) for cell in (name, TRIVIAL)]
    yield table(["", *splits], [[name, *cells] for name, cells in metric_rows(facts)], numbers=True)
    about = [f"{TRIVIAL.capitalize()}: the score of an answer that is the same for every example."]
    about += ["R2 is 0 for the mean of the targets of the split."] * (facts.goal == REGRESSION)
    yield paragraph(*about, *about_baselines(facts.summary.get(BASELINES, {})))
    metrics = facts.metrics[facts.unseen]
    if of_class := metrics.get("per_class"):
        worst = worst_classes(of_class, SHOWN)
        yield paragraph(f"Of each class, on the {split} data{lowest(len(worst), len(of_class))}.")
        header = ["class", *map(metric_name, OF_CLASS), "examples"]
        yield table(header, [[isolated(name), *class_cells(of_class[name])] for name in worst], numbers=True)
    if confusions(metrics) is not None:
        yield from confused(facts, metrics, split)


def confused(facts: Facts, metrics: dict[str, Any], split: str) -> Iterator[str]:
    """Which classes it takes for which: all of them, or the most frequent ones of many."""
    names = facts.names
    if len(names) <= CONFUSED:
        yield paragraph(f"How many of the {split} {facts.question.examples} of each class, a row, got which answer:")
        rows = [[name, *map(str, counts)] for name, counts in zip(names, metrics[MATRIX], strict=True)]
        yield table(["", *names], rows, numbers=True)
        return
    most, of = frequent_confusions(metrics)
    yield paragraph(f"Its most frequent wrong answers about the {split} data, of {counted(of, 'kind')}:")
    rows = [[str(count), names[true], names[given]] for true, given, count in most[:CONFUSED]]
    yield table(["count", "true", "answered"], rows)


def without_advice(text: str) -> str:
    """What is wrong with a file of the run, without what its owner can do about it."""
    return ADVICE.sub("", text)


def what_was_noticed(facts: Facts) -> str:
    """What was noticed, or what was looked for."""
    if told := [one.sentence for one in noticed(facts)]:
        return bullets(told)
    looked_for = [name for name in RULES if name not in hidden(facts)]
    return paragraph(f"Nothing. What was looked for: {'; '.join(looked_for)}.")


def what_it_learned_from(facts: Facts, local: Local) -> Iterator[str]:
    """What it learned from and was measured on."""
    question, of_classes = facts.question, counts(facts)
    yield paragraph(f"Name: {isolated(facts.run.config.data.path.name)}.")
    by_class = "" if facts.goal == REGRESSION else " and class"
    yield paragraph(f"{question.examples.capitalize()} by split{by_class}{of_classes['chosen']}:")
    yield table(["", *of_classes["splits"]], [[name, *cells] for name, cells in of_classes["rows"]], numbers=True)
    if read := columns(facts):
        yield paragraph("What became of each column:")
        yield table(["column", "kind", "in the network", "filled"], read)
    if told := [local(note) for note in notes(facts)]:
        yield bullets([*told[:SHOWN], *[f"And {len(told) - SHOWN} more notes."] * (len(told) > SHOWN)])
    if facts.run.fingerprints:
        yield paragraph("The data is known again by the SHA-256 of its splits:")
        yield table(["split", "SHA-256"], [[WORDS[name], digest] for name, digest in facts.run.fingerprints.items()])


def notes(facts: Facts) -> Iterator[str]:
    """What became of the data: what was filled in, left out or skipped, which examples are there twice."""
    if (cells := filled(facts)) and not columns(facts):
        yield f"{cells}."
    yield from (f"Left out: {note}." for note in left_out(facts))
    reasons = what_was_read(facts).get("skipped", {})
    yield from (f"Skipped: {count} of the {facts.question.examples}: {reason}." for reason, count in reasons.items())
    yield from facts.summary.get("notes", [])
    others = {name: metrics for name, metrics in facts.measured.items() if name != facts.unseen}
    yield from duplicates_of(facts.question, others)  # of the unseen split the verdict says it
    if facts.summary.get("duplicates") == {} and len(facts.measured) > 1:
        yield "No example of another split is in the training data too."


def how_it_was_trained(facts: Facts, local: Local) -> Iterator[str]:
    """How it was trained, and on what."""
    rows = [(name, local(text)) for name, text in run_facts(facts) if name != "run"]
    yield facts_in(rows)
    if told := trained(facts):
        yield paragraph(told)
    yield paragraph("The configuration, without the place of the data and the names of classes:")
    yield code(settings(facts), "yaml")


def settings(facts: Facts) -> str:
    """The configuration with the sections data, model and train, without what is only true of one machine, or long."""
    values = as_dict(facts.run.config)
    for key in ("path", "classes", "class_names"):
        values["data"].pop(key, None)
    values.pop("tune", None)
    if facts.question.features is not None:
        for section, key in PICTURES_ONLY:
            values[section].pop(key, None)
    if isinstance(values["model"]["initialization"], str):
        values["model"]["initialization"] = values["model"]["initialization"].rsplit("/", 1)[-1]
    return to_yaml(values)
