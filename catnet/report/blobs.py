"""What a network of flattened pictures can find and what not, in words that follow what was measured on its own."""

import numpy as np

from catnet.data.split_names import WORDS
from catnet.engine.colors import RGB
from catnet.engine.subsets import sample
from catnet.evaluation.blobs import SQUARES, Blobs, Kept, blobs, share_of_squares
from catnet.goals import REGRESSION
from catnet.report.facts import Facts
from catnet.report.weights import Learned, dead_in_first_layer, first_weights

MOST = 0.75  # of the way from chance to always: if so much is left without detail, the answers go by blobs
LITTLE = 0.25  # if no more is left, they do not
ALL = 0.9  # if so much is left, a shift hardly matters
ABOUT = 0.05  # a share that differs by no more is about the same
TRAINED = 0.01  # of the first weights: if they changed by less, what changed tells nothing of what was learned
PICTURES = 100  # of the training data, to which the weights are compared


def about_blobs(facts: Facts, learned: Learned) -> list[str]:
    """What the weights and the answers show, as sentences; empty for a table."""
    if facts.model.image_size is None:
        return []
    told = [*of_weights(facts, learned)]
    split = facts.split(facts.unseen)
    found = None if split is None else blobs(facts.model, split.rows)
    return told if found is None else [*told, of_blurring(facts, found), of_shifting(facts, found)]


def blobs_in_words(facts: Facts) -> str:
    """blobs of colour, or in grey pictures of brightness"""
    return f"blobs of {'colour' if facts.model.colors == RGB else 'brightness'}"


def of_weights(facts: Facts, learned: Learned) -> list[str]:
    """How much of what was learned is alike within squares, beside the training pictures: any sum of them has as much.

    Nothing without these, or if training hardly changed the weights, or if no neuron of the first layer is alive.
    """
    model, train, (weights, what) = facts.model, facts.split("train"), learned
    size, first = model.image_size, first_weights(facts)
    if size is None or min(size) < 2 * SQUARES or train is None or dead_in_first_layer(facts).all():
        return []
    if not weights.any() or (first is not None and np.linalg.norm(weights) < TRAINED * np.linalg.norm(first)):
        return []
    X = model.scaling.apply(model.averaged(train.rows[sample(len(train.names), PICTURES)]))
    share, of_pictures = (share_of_squares(values, size) for values in (weights, X - X.mean(axis=0)))
    if share < of_pictures - ABOUT:
        beside = "the weights have finer detail than the pictures"
    else:
        alike = share <= of_pictures + ABOUT
        beside = f"the weights are {'about as coarse as' if alike else 'coarser than'} the pictures"
    return [
        f"Of {what} of the first layer {share:.0%} (by the sum of squares) is the same throughout each of {SQUARES} x "
        f"{SQUARES} squares of the picture, of what the training pictures differ in from their mean {of_pictures:.0%}: "
        f"{beside}."
    ]


def of_blurring(facts: Facts, found: Blobs) -> str:
    """What is left of the answers without any detail."""
    left = found.blurred.share
    start = f"Blurred to the means of these squares, which leaves no detail, {asked(facts, found)} get"
    told = f"{start} {kept_in_words(facts, found.blurred)}, {way(left)}"
    if left >= MOST:
        return f"{told}: what it goes by are {blobs_in_words(facts)}, not finer detail."
    if left > LITTLE:
        return f"{told}: it also goes by finer detail, each at its own place."
    return f"{told}: what it goes by is mostly finer detail, each at its own place."


def of_shifting(facts: Facts, found: Blobs) -> str:
    """What a shift changes in the answers."""
    by = f"{found.pixels} pixels" if found.pixels > 1 else "a pixel"
    left = found.shifted.share
    told = f"Shifted by {by} (left, right, up or down), they get {kept_in_words(facts, found.shifted)}, {way(left)}"
    if left < ALL:
        return f"{told}: the same picture, a little aside, is another input to it."
    if facts.run.config.train.augment.shift:
        return f"{told}: it was trained on shifted pictures (train.augment), and has learned each place anew."
    return f"{told}: what it goes by is larger than that."


def kept_in_words(facts: Facts, kept: Kept) -> str:
    """`the same answer in 93.5% of all cases (by chance, of another picture, 92.9%)`, or how far numbers move"""
    if facts.goal == REGRESSION:
        told = f"answers that are {kept.moved:.0%} of the answers' standard deviation away"
        return f"{told} (by chance, of another picture, {kept.by_chance:.0%})"
    same, by_chance = 1 - kept.moved, 1 - kept.by_chance
    return f"the same answer in {same:.1%} of all cases (by chance, of another picture, {by_chance:.1%})"


def way(share: float) -> str:
    """How far from chance to always."""
    return f"{share:.0%} of the way from chance to always" if share >= 0.005 else "no more than by chance"


def asked(facts: Facts, found: Blobs) -> str:
    """`the 180 test pictures`, or how many of them."""
    m, what = facts.metrics[facts.unseen]["examples"], f"{WORDS[facts.unseen]} pictures"
    return f"the {m} {what}" if found.pictures == m else f"{found.pictures} of the {m} {what}"
