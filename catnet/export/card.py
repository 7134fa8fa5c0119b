"""A model card: a README.md that says what a model is, what it is for, and how good it is, as model hubs read it.

It is written from the facts of the run, by the functions that the report uses. What is not known is left out, and that
is said. Nothing in it says where on the user's machine files are.
"""

import json
import shlex
from collections.abc import Iterator
from functools import partial
from importlib import resources
from string import Template

import numpy as np

from catnet import __version__
from catnet.data.split_names import WORDS
from catnet.errors import CatnetError
from catnet.export.about_model import limits, model_rows, what_it_says
from catnet.export.about_run import (
    how_good,
    how_it_was_trained,
    what_it_learned_from,
    what_was_noticed,
    without_advice,
)
from catnet.export.beside import forms_beside, has_model_beside
from catnet.export.examples import drawn
from catnet.export.export import FORMS
from catnet.export.exported import Exported, Made
from catnet.export.front_matter import front_matter
from catnet.export.markdown import bullets, code, facts_in, inline, paragraph
from catnet.export.places import without_folders
from catnet.export.seal import sealed
from catnet.report.facts import Facts, gather
from catnet.report.figures import capital
from catnet.runs.find import run_of
from catnet.runs.layout import BEST
from catnet.text import byte_size, isolated, printable

NO_LICENSE = "the card names no license: if you publish the model, choose one and add it to the first lines"
CITATION = "the catnet contributors, catnet"  # as in CITATION.cff
NOT_FINITE = "the model's answers are not finite, since its weights are too large: it is of no use"
ANSWERED = {"onnx": "for runtimes of ONNX", "page": "a page that answers in a browser, offline; open it"}


@np.errstate(over="ignore", invalid="ignore")  # a model may answer huge inputs with what is not finite
def make(exported: Exported) -> Made:
    """The card of a model: of the best one of a run with its figures, of any other without them."""
    facts, why = gathered(exported)
    text = "\n\n".join(sections(exported, facts, why)) + "\n"
    content = sealed(*(part.encode("utf-8", "backslashreplace") for part in (front_matter(exported, facts), text)))
    return Made(content, which_metrics(facts), (NO_LICENSE, *[why] * (facts is None), *about_files(exported)))


def gathered(exported: Exported) -> tuple[Facts | None, str]:
    """The facts of the run if they are those of the model; None, and why, else."""
    rows = np.array([example.row for example in drawn(exported.model)])
    if not np.isfinite(exported.model.predict(rows)).all():
        return None, NOT_FINITE
    run = run_of(exported.path)
    if run is None:
        return None, "the model is in no run directory, so it is not known how it was trained, nor how good it is"
    if exported.path.name != BEST:
        return None, "the model is a checkpoint of a run, whose figures are those of its best model"
    try:
        facts = gather(run)
    except CatnetError as error:
        told = without_folders(without_advice(str(error).splitlines()[0]), [run, run.absolute()])
        return None, f"it is not known how good the model is: {told}"
    if (measured := facts.summary.get("best_epoch")) != exported.model.epoch:
        return None, f"the model was not measured: the figures of the run are of epoch {measured}"
    return facts, ""


def about_files(exported: Exported) -> Iterator[str]:
    """What the user should know of the files beside the card."""
    name = printable(exported.path.name)
    if not has_model_beside(exported):
        yield f"put {name} beside the card before you give it away: what it says of use needs that file"
    for _, path, is_current in forms_beside(exported):
        if not is_current:
            yield f"{printable(path.name)} is of another model, or of an earlier state of this one: export it again"


def which_metrics(facts: Facts | None) -> str:
    """What figures the card has, for who wrote it."""
    if facts is None:
        return "without metrics"
    return f"the metrics of {facts.metrics[facts.unseen]['examples']} {WORDS[facts.unseen]} {facts.question.examples}"


def sections(exported: Exported, facts: Facts | None, why: str) -> Iterator[str]:
    """The card below its front matter, block by block."""
    model = exported.model
    yield f"# {inline(isolated(exported.name))}"
    yield paragraph("A fully-connected neural network, trained with catnet.", what_it_says(model))
    if facts is None:
        yield paragraph(f"{capital(why)}. Its weights are those of epoch {model.epoch}.")
    yield "## The model"
    yield facts_in([*model_rows(exported), *file_rows(exported)])
    yield "## What it is for, and what not"
    yield paragraph(f"It is for {model.question.examples} like those that it has learned from.")
    yield bullets([*limits(model), *(model.notes if facts is None else [])])
    if facts is not None:
        yield from about_run(facts)
    yield "## How to use it"
    yield from use(exported)
    yield "## Version, citation, license"
    yield paragraph(
        f"To refer to exactly this model, give its name and the SHA-256 of its file: {exported.sha256}. To cite "
        f"catnet: {CITATION}, version {__version__}, which wrote this card. The card names no license: who publishes "
        "the model must choose one."
    )


def about_run(facts: Facts) -> Iterator[str]:
    """The sections on the training and its figures."""
    local = partial(without_folders, paths=[facts.run.path, facts.run.path.absolute(), facts.run.config.data.path])
    yield "## How good it is"
    yield from how_good(facts, local)
    yield "## What was noticed"
    yield what_was_noticed(facts)
    yield "## The data"
    yield from what_it_learned_from(facts, local)
    yield "## The training"
    yield from how_it_was_trained(facts, local)


def file_rows(exported: Exported) -> Iterator[tuple[str, str]]:
    """What the file is by which the model is known again."""
    yield "file", f"{exported.path.name}, safetensors, {byte_size(exported.path.stat().st_size)}"
    yield "SHA-256 of the file", exported.sha256


def use(exported: Exported) -> Iterator[str]:
    """How an answer is got: by catnet, and by each of the other forms that lies beside the card."""
    is_picture, name = exported.model.image_size is not None, exported.path.name
    example, quoted = ("photo.jpg" if is_picture else "table.csv"), json.dumps(name)  # a text of Python too
    yield paragraph(f"The lines below need the model file, {isolated(name)}, in the current folder.")
    template = resources.files("catnet.export").joinpath("templates", "card_use.md").read_text(encoding="utf-8")
    values = {"example": example, "file": shlex.quote(printable(name)), "name": quoted}
    yield Template(template).substitute(values, version=__version__).rstrip("\n")
    there, others, absent = [], [], {form: of_form for form, of_form in FORMS.items() if form != "card"}
    for form, path, is_current in forms_beside(exported):
        if is_current:
            needs = f"needs NumPy{' and Pillow' * is_picture} alone; python {printable(path.name)} {example}"
            there.append(f"{isolated(path.name)}: {ANSWERED.get(form, needs)}.")
            absent.pop(form, None)
        else:
            others.append(f"{isolated(path.name)} is of another model, or of an earlier state of this one.")
    if there:
        yield "Without catnet, by the files beside this one:"
        yield bullets(there)
    if others:
        yield paragraph(*others)
    if absent:
        yield "For use without catnet it can be written in other forms:"
        lines = [
            f'catnet.load({quoted}).export("{form}", "{of_form.file.replace("{}", "model")}")  # {of_form.what}'
            for form, of_form in absent.items()
        ]
        yield code("\n".join(lines), "python")
