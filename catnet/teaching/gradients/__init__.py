"""The parts of a gradient check."""
