"""What the neurons look for, and the examples, as pictures in the page."""

from typing import Any

import numpy as np

from catnet.engine.parallel import one_thread
from catnet.evaluation.explain import in_words
from catnet.report import thumbnails
from catnet.report.activity import responses
from catnet.report.blobs import about_blobs
from catnet.report.columns import MOST, important_columns
from catnet.report.examples import Example
from catnet.report.exciting import exciting
from catnet.report.facts import Facts
from catnet.report.thumbnails import picture
from catnet.report.weights import Learned, weight_pictures
from catnet.report.worth import worth
from catnet.text import isolated


def neurons(facts: Facts) -> dict[str, Any]:
    """What the neurons look for: weights as pictures, or as rows for a table; the pictures that excite them; and what
    each hidden neuron is worth.
    """
    size, train, learned = facts.model.image_size, facts.split("train"), Learned.of(facts)
    answered = None if train is None else responses(facts.model, train)
    found: dict[str, Any] = {"weights": [], "changes": [], "columns": [], "blobs": [], "exciting": {}, "worth": None}
    with one_thread():  # many small products: of two threads each waits for the other, longer than it computes
        if train is not None and answered is not None:
            found["worth"] = worth(facts, answered, learned)
        if size is None:
            return found | important_columns(facts)
        if train is not None and answered is not None:
            found |= exciting(facts, train, answered, size, learned)
        weights, changes = weight_pictures(facts, size)
        return found | {"weights": weights, "changes": changes, "blobs": about_blobs(facts, learned)}


def shown(facts: Facts, one: Example) -> dict[str, Any]:
    """An example with its pictures; or, of a table, with the columns that contribute most."""
    size, decoded_size, name = facts.model.image_size, facts.model.decoded_size, isolated(one.name)
    told = {"name": name, "truth": one.truth, "predicted": one.predicted, "right": one.right}
    if size is None or decoded_size is None:
        names = facts.question.inputs
        order = np.argsort(-np.abs(one.contributions), kind="stable")[:MOST].tolist()
        words = in_words(facts.question, one.row)
        most = [f"{isolated(names[i])} {words[i]}: {one.contributions[i]:+.4g}" for i in order]
        return {**told, "columns": most}
    heat = thumbnails.contribution_map(one.contributions, size)
    return {
        **told,
        "picture": picture(one.row.reshape(*decoded_size, -1), f"The picture {name}"),
        "heat": picture(heat, f"What speaks for {one.asked} in it (red) and against (blue)"),
    }
