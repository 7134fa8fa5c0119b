"""What of the data is left out."""


class Omission(str):
    """A note on what is left out, and why. It is told with what was read, not beside the other notes."""
