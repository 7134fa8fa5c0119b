"""What a check finds: a line that is a pass, a warning or a fault, and what it is about."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

PASS, WARNING, FAULT = "pass", "warning", "fault"
KINDS = (PASS, WARNING, FAULT)


@dataclass(frozen=True)
class Finding:
    """A pass, a warning or a fault: what was looked for, what was found in a line, and the examples or columns that it
    is about, each in a line.

    With a fault a training would stop. A warning is worth a look: it may be right as it is. `facts` are the numbers and
    names behind the line, as plain values.
    """

    kind: str
    check: str
    line: str
    details: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """All of it, for a program."""
        return {
            "kind": self.kind,
            "check": self.check,
            "line": self.line,
            "details": list(self.details),
            "facts": self.facts,
        }


def totals(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings there are of each kind."""
    counts = Counter(finding.kind for finding in findings)
    return {kind: counts[kind] for kind in KINDS}
