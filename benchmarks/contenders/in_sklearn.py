"""scikit-learn's MLPClassifier, if its mathematics is the same: SGD, with or without momentum, without decay.

Left out: its Adam, which puts epsilon elsewhere; and LogisticRegression, which has no gradient descent.
"""

import warnings
from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier

from benchmarks.job import MOMENTUM, Array, Job, Parameters, Result, main, now


class Ordered(np.random.RandomState):
    """Shuffles the examples into given orders, epoch by epoch: the library shuffles what it has shuffled before."""

    def __init__(self, orders: Array) -> None:
        super().__init__(0)
        self._orders, self._epoch = orders, 0

    def shuffle(self, x: Any) -> None:
        """Puts into x, 0, ..., m - 1, where the order before has the examples of the next."""
        order, self._epoch = self._orders[self._epoch], self._epoch + 1
        x[:] = order if self._epoch == 1 else np.argsort(self._orders[self._epoch - 2])[order]


class Started(MLPClassifier):
    """An MLPClassifier that starts from given parameters: the library draws its own and has no setting for others."""

    def start_from(self, parameters: Parameters) -> "Started":
        """Parameters as catnet holds them, W (n_out, n_in) and b (n_out, 1)."""
        layers = range(1, len(parameters) // 2 + 1)
        self._given = [(parameters[f"W{layer}"].T.copy(), parameters[f"b{layer}"].ravel().copy()) for layer in layers]
        return self

    def _init_coef(self, fan_in: int, fan_out: int, dtype: type) -> tuple[Array, Array]:
        W, b = self._given.pop(0)
        assert W.shape == (fan_in, fan_out) and W.dtype == dtype
        return W, b

    def parameters(self) -> Parameters:
        """What was learned, as catnet holds it."""
        learned: Parameters = {}
        for layer, (W, b) in enumerate(zip(self.coefs_, self.intercepts_, strict=True), start=1):
            learned[f"W{layer}"], learned[f"b{layer}"] = W.T, b[:, None]
        return learned


def classifier(job: Job, m: int, orders: Array | None = None) -> Started:
    """Gradient descent for exactly that many epochs: full batch, or mini-batches in these orders (epochs, m)."""
    return Started(
        hidden_layer_sizes=job.sizes[1:-1],
        activation="relu",
        solver="sgd",
        momentum=MOMENTUM if job.optimizer == "momentum" else 0.0,
        nesterovs_momentum=False,
        alpha=0.0,
        learning_rate="constant",
        learning_rate_init=job.learning_rate,
        batch_size=m if orders is None else job.batch_size,
        shuffle=orders is not None,
        random_state=None if orders is None else Ordered(orders),
        max_iter=job.epochs,
        n_iter_no_change=job.epochs + 1,
    )


def classes_of(labels: Array) -> Array:
    """The class of each example, from Y (k, m)."""
    return labels[0].astype(int) if len(labels) == 1 else labels.argmax(axis=0)


def train(job: Job) -> Result:
    """fit(), from the decoded pictures."""
    assert job.optimizer != "adam"
    rows, y = job.rows(), classes_of(job.labels())
    orders = job.order() if job.batch_size else None
    model = classifier(job, len(rows), orders).start_from(job.initial())
    started = now()
    X = rows.astype(job.precision) / 255
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged
        model.fit(X, y)
    return Result(now() - started, [model.loss_curve_[-1]], model.parameters(), epochs=model.n_iter_)


def predict(job: Job) -> Result:
    """predict_proba(), with the weights from the file. Fitting for an epoch at learning rate 0 sets the model up."""
    rows, k = job.rows(), max(2, job.sizes[-1])
    model = classifier(job, k).set_params(max_iter=1, learning_rate_init=1e-30).start_from(job.initial())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(np.zeros((k, job.sizes[0]), job.precision), np.arange(k))
    started = now()
    outputs = model.predict_proba(rows.astype(job.precision) / 255).T
    return Result(now() - started, tensors={"outputs": outputs if job.output == "softmax" else outputs[1:]})


if __name__ == "__main__":
    main(train, predict)
