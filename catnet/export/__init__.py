"""A model for elsewhere: an ONNX file, a Python file, a page that answers offline, a card that describes it."""
