"""What a checkpoint knows of the training that it is of, so that it can be resumed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from catnet.engine.solvers import Choice


@dataclass(frozen=True)
class TrainingFacts:
    """The configuration as plain values, the solver, the best epoch so far; of each split the SHA-256 of its examples,
    labels and names, and the number of its examples; and what else decides the last bits of what is learned.
    """

    config: dict[str, Any]
    solver: Choice
    best_epoch: int
    fingerprint: dict[str, str]
    examples: dict[str, int]
    environment: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """The facts as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, facts: Mapping[str, Any]) -> "TrainingFacts":
        """The facts in a checkpoint. Raises KeyError, TypeError, ValueError."""
        config, solver = dict(facts["config"]), facts["solver"]
        if not all(isinstance(section, dict) for name, section in config.items() if name != "goal"):
            raise ValueError(f"config {config!r}")
        return cls(
            config,
            Choice(str(solver["name"]), str(solver["reason"])),
            int(facts["best_epoch"]),
            dict(facts["fingerprint"]),
            dict(facts["examples"]),
            dict(facts["environment"]),
        )
