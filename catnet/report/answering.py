"""Rules about what a network answers: one answer to everything, dead neurons, small classes, too little unseen."""

from collections.abc import Sequence

import numpy as np

from catnet.data.split_names import WORDS
from catnet.evaluation.metrics import confusions, decisions, supports
from catnet.goals import BINARY, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.report.facts import Facts
from catnet.report.finding import Noticed
from catnet.report.learned import error_left, learned
from catnet.report.nothing import AWAKE, STILL, ZEROS, fades
from catnet.report.rates import raised, still_slow, unusual
from catnet.text import score

FEWEST = 30  # examples of a class, or of the unseen data
SMALLEST = 0.2  # of a class's even share
DEAD = 0.1  # of the neurons of a layer
RIGHT = 0.05  # nearly all is right: no more of the trivial answer's error is left
TOLD = 10  # names in a sentence


def one_answer(facts: Facts) -> Noticed | None:
    """The same answer to every example, whatever it shows, of a network that learned something."""
    sentence = constant_answer(facts)
    if sentence is None or not learned(facts):
        return None
    config, last = facts.run.config, facts.epochs[-1] if len(facts.epochs) else 0
    if facts.chose_epoch and facts.model.epoch < last:
        sentence += f" These are the weights of epoch {facts.model.epoch}, the best on the validation data."
    if fades(facts):
        return Noticed(sentence, AWAKE, "model.activation")
    if slow := still_slow(facts):
        return Noticed(f"{sentence[:-1]}; {slow}.", raised(facts), "train.learning_rate")
    seed = " or seed" if config.model.hidden_layers and config.model.initialization != ZEROS else ""
    if config.train.class_weights is None and rare_classes(facts):
        return Noticed(sentence, f"{balanced(facts)}; or try another rate{seed}", "train.class_weights")
    return Noticed(sentence, unusual(facts) or f"try another rate{seed}", "train.learning_rate")


def balanced(facts: Facts) -> str:
    """What balanced weights do, and what helps without another training."""
    threshold = "; or choose a threshold for the recall that you need" if facts.goal != MULTI_CLASS else ""
    return f"balanced makes the few count more: more of them are found, but fewer answers are right{threshold}"


def constant_answer(facts: Facts) -> str | None:
    """What is always answered on the unseen data, in a sentence, if the answer is the same on the training data too.

    None if it changes, or if the unseen data has only one answer.
    """
    metrics, of_train = facts.metrics[facts.unseen], facts.metrics["train"]
    if facts.goal == REGRESSION:
        answer, split = facts.answer(facts.unseen), facts.split(facts.unseen)
        if answer is None or split is None or answer.std() > STILL * split.labels.std() or np.ptp(split.labels) == 0:
            return None
        return None if (of_train["r2"] or 0) > 0.1 else f"It answers {score('mae', answer.mean())} whatever it sees."
    if facts.goal == MULTI_LABEL:
        labels = constant_labels(facts)
        return f"It says {listed(labels)}." if labels else None
    cells, on_train = confusions(metrics), confusions(of_train)
    assert cells is not None and on_train is not None
    answers = set(cells[:, 1].tolist())
    if len(answers) > 1 or len(set(on_train[:, 1].tolist())) > 1 or len(set(cells[:, 0].tolist())) == 1:
        return None
    return f"It predicts one class only: {facts.names[answers.pop()]}, for all of the {WORDS[facts.unseen]} data."


def constant_labels(facts: Facts) -> list[str]:
    """Goal 2.0: the labels about which it always says the same, though not all training examples have the same."""
    answer, of_train = facts.answer(facts.unseen), facts.metrics["train"]
    if answer is None:
        return []
    rows = zip(facts.outputs, decisions(facts.goal, answer), of_train["per_class"].values(), strict=True)
    return [
        f"always {'yes' if yes[0] else 'no'} about {label}"
        for label, yes, of_class in rows
        if yes.all() == yes.any() and 0 < of_class["support"] < of_train["examples"] and of_class["recall"] == yes[0]
    ]


def always_the_same(facts: Facts) -> bool:
    """Whether every example gets the same answer; goal 2.0: about every label."""
    if facts.goal == MULTI_LABEL:
        return len(constant_labels(facts)) == len(facts.outputs)
    return constant_answer(facts) is not None


def dead_neurons(facts: Facts) -> Noticed | None:
    """ReLUs that are 0 for every training example: they pass on nothing and learn nothing more.

    Not if nothing was learned, which names the dead layers, nor if nearly all unseen answers are right all the same.
    """
    network, seen = facts.model.network, facts.activity
    if seen is None or not learned(facts) or error_left(facts, facts.unseen) < RIGHT:
        return None
    relus = [layer for layer, g in enumerate(network.activations[:-1], start=1) if g == "relu"]
    dead = {layer: int(seen.dead(layer).sum()) for layer in relus}
    worst = [layer for layer in dead if dead[layer] and dead[layer] >= DEAD * network.sizes[layer]]
    if not worst:
        return None
    told = ", ".join(f"{dead[layer]} of {network.sizes[layer]} in hidden layer {layer}" for layer in worst)
    sentence = f"Dead ReLUs: {told} answer 0 to every training example."
    return Noticed(sentence, "leaky_relu cannot die; or lower train.learning_rate", "model.activation")


def training_counts(facts: Facts) -> tuple[list[int], float]:
    """The training examples of each answer to choose from, and the even share; none if the data is gone."""
    train = facts.split("train")
    if train is None or facts.goal == REGRESSION:
        return [], 0
    m, counts = train.labels.shape[1], train.labels.sum(axis=1).astype(int).tolist()
    if facts.goal == BINARY:
        counts = [m - counts[0], counts[0]]
    return counts, m / (2 if facts.goal == MULTI_LABEL else len(counts))


def rare_classes(facts: Facts) -> bool:
    """Whether a class has far less than its even share of the training examples."""
    counts, even = training_counts(facts)
    return min(counts, default=even) < SMALLEST * even


def listed(names: Sequence[str]) -> str:
    """The first of the names, and how many more there are."""
    more = f", and {len(names) - TOLD} more" if len(names) > TOLD else ""
    return f"{', '.join(names[:TOLD])}{more}"


def small_classes(facts: Facts) -> Noticed | None:
    """Classes with too few training examples to learn from, by themselves or beside the others."""
    counts, even = training_counts(facts)
    few = [f"{name} has {n}" for name, n in zip(facts.names, counts, strict=False) if n < FEWEST or n < SMALLEST * even]
    if not few:
        return None
    what = facts.question.examples
    sentence = f"Too few training {what}: {listed(few)}."
    if rare_classes(facts) and facts.run.config.train.class_weights is None:
        return Noticed(sentence, f"add {what} there; {balanced(facts)}", "train.class_weights")
    left = len(counts) - len(few) if facts.goal != BINARY else 0
    spare = left >= facts.question.kind.fewest_classes
    fix = f"add {what} there" + (", or take the class out of data.classes" if spare else "")
    return Noticed(sentence, fix, "data.path")


def few_unseen(facts: Facts) -> Noticed | None:
    """So few unseen examples that chance decides the metrics on them."""
    m, what = facts.metrics[facts.unseen]["examples"], facts.question.examples
    if facts.unseen == "train" or m >= FEWEST:
        return None
    told = f"has only {m} {what if m > 1 else what[:-1]}, so chance decides its metrics"
    return Noticed(f"The {WORDS[facts.unseen]} data {told}.", f"add {what} there, {FEWEST} at least", "data.path")


def one_sided(facts: Facts) -> Noticed | None:
    """Unseen data without any example of a class, or whose targets are all equal: it cannot tell them apart."""
    metrics, what, split = facts.metrics[facts.unseen], facts.question.examples, WORDS[facts.unseen]
    if facts.unseen == "train" or few_unseen(facts):
        return None
    if facts.goal == REGRESSION:
        if not constant_targets(facts):
            return None
        sentence = f"Every target of the {split} data is the same, so it cannot tell good answers from a constant."
        return Noticed(sentence, f"add {what} there whose targets differ", "data.path")
    absent = [name for name, n in zip(facts.names, supports(metrics), strict=True) if n == 0]
    if not absent:
        return None
    sentence = f"The {split} data has no example of {listed(absent)}, so how well such {what} are answered is unknown."
    return Noticed(sentence, f"add such {what} there", "data.path")


def constant_targets(facts: Facts) -> bool:
    """Whether all targets of the unseen data are equal: R2 is not defined then."""
    return facts.goal == REGRESSION and facts.metrics[facts.unseen]["r2"] is None


def nothing_unseen(facts: Facts) -> Noticed | None:
    """No figure is about data that the network did not learn from: there is none, or it is in the training data too."""
    what, split = facts.question.examples, WORDS[facts.unseen]
    if facts.unseen == "train":
        sentence = "Nothing unseen was measured: these figures are of the data that it learned from."
        return Noticed(sentence, "0.2 keeps a fifth of it for a test", "data.test_fraction")
    if not facts.is_all_seen:
        return None
    sentence = f"Nothing unseen was measured: all {what} of the {split} data are in the training data too."
    return Noticed(sentence, f"put other {what} there", "data.path")
