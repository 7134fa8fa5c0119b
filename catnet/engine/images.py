"""The images W1 X of the training and of the validation examples, which move with full batch: `gram.py` says how."""

from collections.abc import Sequence

import numpy as np

from catnet.engine.combination import COMBINATION, IMAGE, KnownInputs, transposed
from catnet.engine.types import Array, Parameters


class Images:
    """Views of a vector and of its gradient, (m, n_1) for each of the known inputs."""

    def __init__(self, known: Sequence[KnownInputs], theta: Parameters, g: Parameters) -> None:
        """The first of the inputs are the training examples. Their K has one column of ones."""
        self._known, self._b1, self._g_combination = known, theta["b1"], g[COMBINATION]
        self._images, self._g_images = self._of(theta), self._of(g)

    def _of(self, vector: Parameters) -> list[Array]:
        return np.split(vector[IMAGE], [self._known[0].inputs.m])[: len(self._known)]

    def start_at(self, vector: Parameters, W1: Array) -> None:
        """Sets the images in theta, or in a moment, to those of W1."""
        for known, image in zip(self._known, self._of(vector), strict=True):
            image[...] = known.image(W1) if W1.any() else 0

    def Z1(self, place: int) -> Array:
        """Of the training (0) or validation examples (1): their image, and b1."""
        return transposed(self._images[place], self._b1)

    def logits_of_one_layer(self) -> Array:
        """Z1 of the training examples, in the order of the image: that is quicker, and no product follows."""
        logits: Array = self._images[0].T + self._b1
        return logits

    def set_gradients(self) -> None:
        """Those of the images are [C s t] K', of the gradients of C, s and t."""
        for known, g_image in zip(self._known, self._g_images, strict=True):
            known.image_of(self._g_combination, g_image)
