"""How much disk the checkpoints of a tune take, before anything is trained."""

from catnet.config import Config
from catnet.engine.optimizers import OPTIMIZERS
from catnet.engine.shapes import parameter_count
from catnet.question import Question
from catnet.runs.directory import NEWEST_KEPT
from catnet.selection.halving import BRACKET, survivors
from catnet.selection.tuning import Tuning
from catnet.training.architecture import found_sizes, sizes_of
from catnet.training.start import PRECISIONS

UNDER_WAY = NEWEST_KEPT + 1  # checkpoints of a training meanwhile: the newest, and that of the best epoch


def bytes_of_checkpoints(tuning: Tuning, jobs: int) -> int:
    """About the most that the checkpoints of a tune by so many processes take at a time: of the trials that may still
    go on, the largest, of the trainings under way, and of the other folds of a trial.
    """
    trials = range(len(tuning.points.first(tuning.settings.trials or BRACKET)))
    configs = map(tuning.points.config, trials)
    sizes = sorted((bytes_of_checkpoint(config, tuning.pool.dataset.question) for config in configs), reverse=True)
    kept = trials if tuning.may_all_end else survivors(dict.fromkeys(trials, 0.0))
    return sum(sizes[: len(kept)]) + (jobs * UNDER_WAY + tuning.settings.folds - 1) * max(sizes, default=0)


def bytes_of_checkpoint(config: Config, question: Question) -> int:
    """About that of one: the parameters, those of the best epoch, the optimizer's moments, and, if X'X is trained on,
    the first weights, on which the others are built.
    """
    numbers = parameter_count(sizes_of(config, *found_sizes(config, question)))
    train, rule = config.train, OPTIMIZERS[config.train.optimizer]
    copies = 1 + (train.keep == "best") + len(rule.moments) + (rule.linear and train.solver != "direct")
    return copies * numbers * PRECISIONS[train.precision]().itemsize
