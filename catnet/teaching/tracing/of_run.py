"""What the run of a model says of a step of its training: the learning rate, what else is in the loss, what differs."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from catnet.config import Config
from catnet.data.dataset import Catalog
from catnet.data.listing import Listing
from catnet.engine import class_weights
from catnet.engine.class_weights import ClassWeights
from catnet.engine.label_smoothing import smoothed
from catnet.engine.types import Array
from catnet.errors import CatnetError, ConfigError
from catnet.export.exported import Exported
from catnet.model import Model
from catnet.runs.history import EPOCH
from catnet.runs.reader import SavedRun
from catnet.text import printable

OTHER_STEPS = {
    "momentum": "momentum, whose step also depends on earlier gradients",
    "nesterov": "nesterov, whose step also depends on earlier gradients",
    "adam": "adam, whose step also depends on earlier gradients and their squares",
    "adamw": "adamw, whose step also depends on earlier gradients and their squares",
}


@dataclass
class OfRun:
    """The run that a model is in, if it is in one. `notes` grow by what cannot be known."""

    path: Path
    model: Model
    notes: list[str] = field(default_factory=list)

    @cached_property
    def _exported(self) -> Exported:
        return Exported(self.path, self.model)

    @property
    def run(self) -> SavedRun | None:
        """The run, None if the model is in none."""
        return self._exported.run

    @property
    def name(self) -> str:
        """What the model is called: as its run, or else its file."""
        return self._exported.name

    @cached_property
    def config(self) -> Config | None:
        """The configuration of the run. Raises ConfigError."""
        return None if self.run is None else self.run.config

    @cached_property
    def catalog(self) -> Catalog | None:
        """The run's data as it is now, no picture decoded; None if it cannot be read: `why_no_data` says why."""
        return self._exported.catalog

    @property
    def why_no_data(self) -> str:
        """Why there is no catalog."""
        return "; ".join(self._exported.notes)

    @cached_property
    def training(self) -> Listing | None:
        """The examples that the model was trained on, as the run names them, if they are still there."""
        if self.catalog is None or self.run is None or "train" not in self.catalog.splits:
            return None
        learned = set(self.run.learned.values())
        everything = self.catalog.splits.values()
        if not learned:
            return self.catalog.splits["train"]
        parts = [each.take(np.flatnonzero([name in learned for name in each.names])) for each in everything]
        return next((part for part in parts if len(part.names) == len(learned)), self.catalog.splits["train"])

    @cached_property
    def learning_rate(self) -> float | None:
        """The learning rate of the model's epoch; None if the model is in no run."""
        if self.run is None or self.config is None:
            return None
        with suppress(CatnetError, KeyError, IndexError):
            place = int(np.flatnonzero(self.run.history[EPOCH] == self.model.epoch)[0])
            if np.isfinite(rate := float(self.run.history["learning_rate"][place])):
                return rate
        from catnet.training.build import schedule_of  # late, because it takes long and is rarely needed

        return schedule_of(self.config.train).learning_rate_at(max(1, self.model.epoch))

    @cached_property
    def class_weights(self) -> ClassWeights | None:
        """The class weights of the training; None if all are 1, or, with a note, if they are not known any more."""
        weights, question = None if self.config is None else self.config.train.class_weights, self.model.question
        if weights is None:
            return None
        if weights != "balanced":
            return class_weights.given(question.goal, question.classes, question.negative, weights)
        if self.training is None:
            self.notes.append(f"The training's class weights are left out: {self.why_no_data}.")
            return None
        return class_weights.balanced(question.goal, self.training.labels)

    def labels(self, Y: Array) -> Array:
        """Y (k, m) as the network is trained on it: the target scaled, or the zeros and ones smoothed."""
        scaled = self.model.labels(Y)
        return smoothed(scaled, self.smoothing, self.model.network.activations[-1]) if self.smoothing else scaled

    @property
    def smoothing(self) -> float:
        """The label smoothing of the training, from 0 to 1; 0 for regression, which has none."""
        return 0.0 if self.config is None else self.config.train.label_smoothing

    @property
    def is_whitened(self) -> bool:
        """Whether the training whitened the inputs."""
        return self.config is not None and self.config.data.scaling == "whiten"

    def demand_no_batch(self, batch: int) -> None:
        """Raises ConfigError if a batch is wanted of an example without a label."""
        if batch > 1:
            raise ConfigError("a batch: the label of this example is not known, and J needs it; give its label")

    def differences(self, is_batch: bool) -> Iterator[str]:
        """In what a step of the run's training differs from gradient descent on this example, or a batch, as it is."""
        if self.config is None:
            yield "The model is in no run directory, so its learning rate is not known: the update is left out."
            return
        settings, model = self.config.train, self.config.model
        if what := OTHER_STEPS.get(settings.optimizer):
            yield f"This run trained with {printable(what)}; the update here is gradient descent's."
        if settings.weight_decay:
            yield f"Its weight decay, {settings.weight_decay:g}, is left out here."
        if any(model.dropout):
            yield "Its dropout left out neurons at random in each update; here all take part."
        if self.is_whitened:
            yield (
                "It trained W[1] on whitened inputs, principal components. That is linear, so it is folded into W[1] "
                "here; a step on the inputs themselves goes another way than one on their components."
            )
        bounds = settings.augment.numbers
        if not bounds.is_none:
            mixed = ", and mixed two of them and their labels" * bool(bounds.mixup)
            yield f"It changed the pictures at random in each epoch (train.augment){mixed}; here they are as they are."
        if settings.batch_size != 1 and not is_batch:
            yield "It averaged the gradients of the examples of a batch; this is that of one example."
