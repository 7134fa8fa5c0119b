"""What a configuration does against overfitting, and what it could do."""

from catnet.report.facts import Facts
from catnet.text import alternatives

GEOMETRY = {"flip", "shift", "zoom", "stretch", "rotate"}  # changes of where a pixel is
SEVERAL = 3  # of them: more weight decay was measured to gain nothing then, and a smaller network to lose


def against_overfitting(facts: Facts, epoch: int | None) -> tuple[str, str]:
    """What to try, and the first key of it: to stop at the epoch, unless the training stopped early already."""
    config, decay = facts.run.config, facts.run.config.train.weight_decay
    others = ["give it more examples", *(["make the network smaller"] if config.model.hidden_layers else [])]
    if decay_may_help(facts):
        others.insert(0, f"raise train.weight_decay {f'from {decay:g}' if decay else '(0.01, 0.1, ...)'}")
    augmented = ["set train.augment: standard"] if may_augment(facts) else []
    if epoch is not None and len(facts.epochs) >= config.train.epochs:
        return alternatives([f"stop near epoch {epoch}", *augmented, *others]), "train.epochs"
    if augmented:
        how = "in more ways" if config.train.augment.numbers.changes_pictures else "at random, anew in each epoch"
        return f"standard changes each picture {how}; or {alternatives(others)}", "train.augment"
    first = f"raise it from {decay:g} to {3 * decay:.2g} or more" if decay else "raise it (0.01, 0.1, ...)"
    return alternatives([first, *others[1:]]), "train.weight_decay"


def is_augmented(facts: Facts) -> bool:
    """Whether the pictures are changed at random in several ways."""
    return len(GEOMETRY & facts.run.config.train.augment.numbers.changes().keys()) >= SEVERAL


def may_augment(facts: Facts) -> bool:
    """Whether the pictures could be changed at random in several ways, and are not yet."""
    solver = facts.run.config.train.solver
    # gram needs the same examples in each epoch
    return facts.model.image_size is not None and not is_augmented(facts) and solver != "gram"


def decay_may_help(facts: Facts) -> bool:
    """Whether more weight decay is worth a try: with adamw and augmented pictures it was measured to gain nothing."""
    settings = facts.run.config.train
    return settings.optimizer != "adamw" or facts.model.image_size is None or settings.augment.numbers.is_none


def is_regularized(facts: Facts) -> bool:
    """Whether all is done against overfitting that a configuration can do."""
    return is_augmented(facts) and not decay_may_help(facts)
