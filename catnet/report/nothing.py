"""The rules about data and runs of which nothing else is worth saying: nothing to learn, nothing learned."""

import numpy as np

from catnet.goals import REGRESSION, penalty
from catnet.report.facts import Facts
from catnet.report.finding import Noticed
from catnet.report.learned import learned, silent_layers
from catnet.report.rates import SLOWER, died, raised, still_slow, unsteady, unusual
from catnet.text import are, counted, score

STILL = 0.01  # one answer: its deviation is below so many times that of the target; a probability moves by less
SMALL = 0.01  # a deviation of the target so far from 1 needs a scaled target
STRONG_DECAY = 0.1  # a weight decay that can keep a network from learning
STRONG_DROPOUT = 0.8
FEW_EPOCHS = 10  # in which even a good rate may learn nothing
NEGLIGIBLE = 1e-6  # a learning rate that, with scaled inputs and targets, moves no weight by anything that counts
SHOWN = 3  # silent layers that are named
FADING = 3  # layers of sigmoid, each of which passes on at most a quarter of the gradient
ZEROS = "zeros"
AWAKE = "tanh or relu: through so many layers of sigmoid the gradient fades"


def nothing_to_learn(facts: Facts) -> Noticed | None:
    """All targets of the training data are equal."""
    if facts.goal != REGRESSION or facts.metrics["train"]["trivial"]["rmse"] > 0:
        return None
    target = score("mae", float(facts.model.constant[0, 0]))
    what = facts.question.examples
    sentence = f"Every target of the training data is {target}: there is nothing to learn."
    return Noticed(sentence, f"give it {what} whose targets differ, or another target", "data.target")


def nothing_learned(facts: Facts) -> Noticed | None:
    """Not even the training data is answered better than by the trivial answer, neither now nor at the last epoch."""
    if learned(facts):
        return None
    silent = list(silent_layers(facts).values())
    if (more := len(silent) - SHOWN) > 0:
        silent[SHOWN:] = [f"{counted(more, 'more hidden layer')} {are(more)} dead."]
    told = " ".join([*silent, *filter(None, [rose(facts)])])
    fix, key = cause(facts)
    return Noticed(f"{how_little(facts)} {told}".rstrip(), fix, key)


def how_little(facts: Facts) -> str:
    """How the training data is answered, beside the trivial answer."""
    metric, metrics = facts.headline, facts.metrics["train"]
    value, trivial = score(metric, metrics[metric]), score(metric, metrics["trivial"][metric])
    if facts.goal == REGRESSION:
        told = f"even on its training data it is off by {value}, and the trivial answer by {trivial}"
    else:
        told = f"even of its training data it answers {value} correctly, and the trivial answer {trivial}"
    if penalty(metric, metrics[metric]) >= penalty(metric, metrics["trivial"][metric]):
        return f"It learned nothing: {told}."
    if silent_layers(facts) or is_still(facts):
        return "It learned nothing: it answers the same to everything."
    if facts.goal == REGRESSION:
        return f"It learned next to nothing: {told}."
    told = f"of its training data it answers {value} correctly, and the trivial answer {trivial}"
    return f"It seems to have learned nothing: {told}, which may be chance."


def is_still(facts: Facts) -> bool:
    """Whether all training examples get the same answer, but for very little."""
    answer, train = facts.answer("train"), facts.split("train")
    if answer is None or train is None:
        return False
    moves = answer.std() / train.labels.std() if facts.goal == REGRESSION else np.ptp(answer, axis=1).max()
    return bool(moves < STILL)


def rose(facts: Facts) -> str | None:
    """What the training cost did if the rate is too high, as a sentence."""
    told = unsteady(facts)
    return None if told is None else f"{told[0].upper()}{told[1:]}."


def fades(facts: Facts) -> bool:
    """Whether the gradient fades on its way through layers of sigmoid, whose derivative is at most 1/4."""
    return facts.run.config.model.activation.count("sigmoid") >= FADING


def cause(facts: Facts) -> tuple[str, str]:
    """The likeliest reason why nothing was learned: what to try, and its key."""
    config, rate = facts.run.config, facts.run.config.train.learning_rate
    if config.model.initialization == ZEROS and config.model.hidden_layers:
        return "he or xavier: from zeros, the neurons of a hidden layer stay alike", "model.initialization"
    if config.train.weight_decay >= STRONG_DECAY:
        return f"set it to 0: {config.train.weight_decay:g} pulls the weights to 0", "train.weight_decay"
    if max(config.model.dropout, default=0) >= STRONG_DROPOUT:
        return f"set it to 0: {max(config.model.dropout):g} leaves hardly a neuron to learn with", "model.dropout"
    if config.data.scaling == "none":
        name = "standard" if facts.model.image_size is None else "center or unit"
        return f"{name}: it is hard to learn from inputs that are not scaled", "data.scaling"
    deviation = facts.metrics["train"]["trivial"].get("rmse", 1)  # of the target
    if config.data.target_scaling == "none" and not SMALL <= deviation <= 1 / SMALL:
        return f"standard: the target's deviation is {deviation:.3g}", "data.target_scaling"
    if usual := unusual(facts):
        return usual, "train.learning_rate"
    if rate < NEGLIGIBLE:
        usual = type(config.train).model_fields["learning_rate"].default
        return f"raise it to about {usual:g}: {rate:g} changes next to nothing", "train.learning_rate"
    if deviation == 0 or config.data.target_scaling != "none":
        deviation = 1
    if config.model.loss == "huber" and (delta := config.model.huber_delta) < SMALL * deviation:
        return (
            f"raise it from {delta:g} to about {deviation:.2g}: no error pulls with more than it",
            "model.huber_delta",
        )
    weights = config.train.class_weights
    if isinstance(weights, dict) and not SMALL <= max(weights.values(), default=1) <= 1 / SMALL:
        return f"give weights around 1: the largest is {max(weights.values()):g}", "train.class_weights"
    if told := died(facts):
        return f"{SLOWER}: {told}", "train.schedule"
    if fades(facts):
        return AWAKE, "model.activation"
    silent = silent_layers(facts)
    relus = silent and all(config.model.activation[layer - 1] == "relu" for layer in silent)
    if unsteady(facts):
        then = "; if layers still die, model.activation: leaky_relu" if relus else ""
        return f"lower it: {rate / 10:.2g} or {rate / 100:.2g}{then}", "train.learning_rate"
    if relus:
        fix = f"leaky_relu cannot die; or lower train.learning_rate from {rate:g} to {rate / 10:.2g}"
        return fix, "model.activation"
    if still_slow(facts):
        return raised(facts), "train.learning_rate"
    longer = "or raise train.epochs; " if len(facts.epochs) < FEW_EPOCHS else ""
    otherwise = f"{longer}if nothing helps, the inputs may not tell the answer"
    return f"try {rate * 10:.2g} and {rate / 10:.2g}; {otherwise}", "train.learning_rate"
