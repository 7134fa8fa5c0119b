"""The names that a configuration chooses from, and the bounds of what it may ask for: without NumPy, which takes longer
to import than a configuration takes to be read.

What is behind the names stands in tables of the same names, in `activations`, `initialization`, `optimizers` and
`solvers`; a test compares them.
"""

ACTIVATIONS = ("relu", "leaky_relu", "tanh", "sigmoid", "linear")
INITIALIZATIONS = ("he", "xavier", "zeros")
OPTIMIZERS = ("gradient_descent", "momentum", "nesterov", "adam", "adamw")
LINEAR = ("gradient_descent", "momentum", "nesterov")  # in the gradient
USING_MOMENTUM = ("momentum", "nesterov")
SOLVERS = ("direct", "gram", "sharded")

HUBER_DELTA = 1.0  # by default
MOST_SIDE = 4096  # pixels of a side, as pictures are decoded
MOST_BOX_AVERAGE = 4  # pixels of a side of a box
