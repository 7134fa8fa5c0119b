"""catnet: fully-connected neural networks on folders of small pictures, trained from a YAML file."""

__version__ = "0.1.0"
