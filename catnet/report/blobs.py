"""What a network of flattened pictures can find and what not, in words that follow what was measured on its own."""

from catnet.data.split_names import WORDS
from catnet.engine.colors import RGB
from catnet.evaluation.blobs import SQUARES, Blobs, blobs, share_of_squares
from catnet.goals import REGRESSION
from catnet.report.facts import Facts
from catnet.report.weights import Learned

CLEARLY = 2  # times the share that noise would have
FEW = 0.2  # of the answers: if no more change without all fine detail, they go by blobs
HARDLY = 0.05  # of the answers: if no more change, a shift does not matter


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
    """How much of what was learned is alike within squares; nothing if training changed nothing."""
    size, (weights, what) = facts.model.image_size, learned
    if size is None or min(size) < 2 * SQUARES or not weights.any():
        return []
    share, by_chance = share_of_squares(weights, size)
    squares = f"each of {SQUARES} x {SQUARES} squares of the picture"
    told = f"Of {what} of the first layer {share:.0%} (by the sum of squares) is the same throughout {squares};"
    if share >= CLEARLY * by_chance:
        return [f"{told} of noise it would be {by_chance:.1%}: they show {blobs_in_words(facts)}."]
    return [f"{told} of noise it would be {by_chance:.1%}: by themselves they hardly show blobs."]


def of_blurring(facts: Facts, found: Blobs) -> str:
    """What is left of the answers without any detail."""
    start = f"Blurred to the means of these squares, which leaves no edge and no ear, {asked(facts, found)} get"
    if facts.goal == REGRESSION:
        start = f"{start} answers that are {found.blurred:.0%} of the answers' standard deviation away"
    else:
        start = f"{start} the same answer in {1 - found.blurred:.1%} of all cases"
    if found.blurred <= FEW:
        return f"{start}: what it goes by are {blobs_in_words(facts)}, not edges and ears."
    return f"{start}: it also goes by finer detail, each at its own place."


def of_shifting(facts: Facts, found: Blobs) -> str:
    """What a shift changes in the answers."""
    start = (
        f"Shifted by {found.pixels} pixels (left, right, up or down)," if found.pixels > 1 else "Shifted by a pixel,"
    )
    if facts.goal == REGRESSION:
        told = f"{start} they get answers that are {found.shifted:.0%} of that away"
    else:
        told = f"{start} they get another answer in {found.shifted:.1%} of all cases"
    if found.shifted > HARDLY:
        return f"{told}: the same picture, a little aside, is another input to it."
    if facts.run.config.train.augment.shift:
        return f"{told}: it was trained on shifted pictures (train.augment), and has learned each place anew."
    return f"{told}: its blobs are larger than that."


def asked(facts: Facts, found: Blobs) -> str:
    """`the 180 test pictures`, or how many of them."""
    m, what = facts.metrics[facts.unseen]["examples"], f"{WORDS[facts.unseen]} pictures"
    return f"the {m} {what}" if found.pictures == m else f"{found.pictures} of the {m} {what}"
