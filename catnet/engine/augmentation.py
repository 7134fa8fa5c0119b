"""Augmentation: how much pictures are changed at random, each anew in each epoch."""

from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Augmentation:
    """The bounds of each change; by default there is none.

    `flip`: half of the pictures are mirrored, left against right. `shift`: by at most this share of the side, in both
    directions. `zoom`: the side of the part that is seen, from the least to the most sides of the picture. `stretch`:
    the width of that part is multiplied, and its height divided, by e^-stretch to e^stretch. `rotate`: by at most so
    many degrees, both ways. `brightness`: by at most this share of white. `contrast`: the distances from the picture's
    mean, by 1 - contrast to 1 + contrast. `cutout`: a square of this share of the side gets the picture's mean colour.
    `mixup`: each example is mixed with another of its batch; the share is drawn from Beta(mixup, mixup) for each batch.
    """

    flip: bool = False
    shift: float = 0.0
    zoom: tuple[float, float] = (1.0, 1.0)
    stretch: float = 0.0
    rotate: float = 0.0
    brightness: float = 0.0
    contrast: float = 0.0
    cutout: float = 0.0
    mixup: float = 0.0

    @property
    def is_none(self) -> bool:
        """Whether nothing is changed."""
        return self == Augmentation()

    @property
    def changes_pictures(self) -> bool:
        """Whether pictures are changed one by one, which mixup alone does not."""
        return replace(self, mixup=0.0) != Augmentation()

    def changes(self) -> dict[str, Any]:
        """What is not as by default."""
        default = asdict(Augmentation())
        return {name: value for name, value in asdict(self).items() if value != default[name]}


AUGMENTATIONS = {
    "none": Augmentation(),
    "standard": Augmentation(flip=True, shift=0.12, zoom=(0.6, 1.1), stretch=0.15, rotate=10.0, mixup=0.4),
}
