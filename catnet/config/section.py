"""What the sections of a configuration have in common."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from catnet.config import kinds

# Bounds that no training needs to pass: 10^9 epochs take years, and 32-bit numbers end at 10^38.
COUNTABLE, COMPUTABLE = kinds.between(1, 10**9), kinds.between(1e-30, 1e30)
Count = Annotated[int, Field(ge=1), COUNTABLE]
Seed = Annotated[int, Field(ge=0, le=2**63 - 1)]
Share = Annotated[float, Field(ge=0, lt=1)]


class Section(BaseModel):
    """A mapping that knows all its keys, and does not change after it is read."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

    @field_validator("*")
    @classmethod
    def collect(cls, value: Any, info: ValidationInfo) -> Any:
        """Keeps each valid value in the context, by section and key, even if other keys are wrong."""
        if info.context is not None:
            info.context.setdefault(cls, {})[info.field_name] = value
        return value


def depends(description: str) -> Any:
    """A key whose default depends on other keys; validators of its section or of Config put it in."""
    return Field(default_factory=str, validate_default=False, description=description)
