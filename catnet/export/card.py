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
from catnet.export.about_run import data, found, quality, training
from catnet.export.export import FORMS, default_target, is_own
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
ANSWERED = {"onnx": "for runtimes of ONNX", "page": "a page that answers in a browser, offline; open it"}


@np.errstate(over="ignore", invalid="ignore")  # a model may answer huge inputs with what is not finite
def make(exported: Exported) -> Made:
    """The card of a model: of the best one of a run with its figures, of any other without them."""
    facts, why = gathered(exported)
    text = "\n\n".join(sections(exported, facts, why)) + "\n"
    content = sealed(*(part.encode("utf-8", "backslashreplace") for part in (front_matter(exported, facts), text)))
    return Made(content, said_of(facts), (NO_LICENSE, *[why] * (facts is None)))


def gathered(exported: Exported) -> tuple[Facts | None, str]:
    """The facts of the run if they are those of the model; None, and why, else."""
    run = run_of(exported.path)
    if run is None:
        return None, "the model is in no run directory, so it is not known how it was trained, nor how good it is"
    if exported.path.name != BEST:
        return None, "the model is a checkpoint of a run, whose figures are those of its best model"
    try:
        facts = gather(run)
    except CatnetError as error:
        told = without_folders(str(error).splitlines()[0], [run, run.absolute()])
        return None, f"it is not known how good the model is: {told}"
    if (measured := facts.summary.get("best_epoch")) != exported.model.epoch:
        return None, f"the model was not measured: the figures of the run are of epoch {measured}"
    return facts, ""


def said_of(facts: Facts | None) -> str:
    """What the card has, for who wrote it."""
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
        f"To refer to exactly this model, give its name and the SHA-256 above. This card was written by catnet "
        f"{__version__}. It names no license: who publishes the model must choose one."
    )


def about_run(facts: Facts) -> Iterator[str]:
    """The sections on the training and its figures."""
    local = partial(without_folders, paths=[facts.run.path, facts.run.path.absolute(), facts.run.config.data.path])
    yield "## How good it is"
    yield from quality(facts, local)
    yield "## What was noticed"
    yield found(facts)
    yield "## The data"
    yield from data(facts, local)
    yield "## The training"
    yield from training(facts, local)


def file_rows(exported: Exported) -> Iterator[tuple[str, str]]:
    """What the file is by which the model is known again."""
    yield "file", f"{exported.path.name}, safetensors, {byte_size(exported.path.stat().st_size)}"
    yield "SHA-256 of the file", exported.sha256


def use(exported: Exported) -> Iterator[str]:
    """How an answer is got: by catnet, and by each of the other forms that lies beside the card."""
    example, name = ("photo.jpg" if exported.model.image_size else "table.csv"), exported.path.name
    quoted = json.dumps(name)  # a text of Python too
    template = resources.files("catnet.export").joinpath("templates", "card_use.md").read_text(encoding="utf-8")
    values = {"example": example, "file": shlex.quote(printable(name)), "name": quoted}
    yield Template(template).substitute(values, version=__version__).rstrip("\n")
    there, absent = [], []
    for form in (form for form in FORMS if form != "card"):
        path = None if run_of(exported.path) is None else default_target(exported, form)
        if path is not None and is_own(path, form):
            how = ANSWERED.get(form, f"needs NumPy and Pillow alone; python {path.name} {example}")
            there.append(f"{isolated(path.name)}: {how}.")
        else:
            output = FORMS[form].file.replace("{}", "model")
            absent.append(f'catnet.load({quoted}).export("{form}", "{output}")  # {FORMS[form].what}')
    if there:
        yield "Without catnet, by the files beside this one:"
        yield bullets(there)
    if absent:
        yield "For use without catnet it can be written in other forms:"
        yield code("\n".join(absent), "python")
