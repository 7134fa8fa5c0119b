"""What a checkpoint knows of its training, so that this can be resumed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from catnet.engine.types import Choice


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
    def from_json(cls, facts: Mapping[str, Any]) -> "TrainingFacts | None":
        """The facts in a checkpoint; None if there are none, as in a model alone, or if they are not of this form."""
        try:
            solver = facts["solver"]
            found = cls(
                dict(facts["config"]),
                Choice(str(solver["name"]), str(solver["reason"])),
                int(facts["best_epoch"]),
                dict(facts["fingerprint"]),
                dict(facts["examples"]),
                dict(facts["environment"]),
            )
        except (KeyError, TypeError, ValueError, OverflowError):
            return None
        sections = (section for name, section in found.config.items() if name != "goal")
        return found if all(isinstance(section, dict) for section in sections) else None
