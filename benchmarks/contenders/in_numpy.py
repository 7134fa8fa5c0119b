"""A plain NumPy loop, as a course's notebook has it: X is (n, m), made float once; the cost is taken in each epoch."""

from collections.abc import Callable

import numpy as np

from benchmarks.job import MOMENTUM, Array, Job, Parameters, Result, main, now

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


def sigmoid(Z: Array) -> Array:
    """1 / (1 + e^-Z)"""
    return 1 / (1 + np.exp(-Z))


def softmax(Z: Array) -> Array:
    """e^Z over its sum"""
    E = np.exp(Z - Z.max(axis=0))
    return E / E.sum(axis=0)


OUTPUTS: dict[str, Callable[[Array], Array]] = {"sigmoid": sigmoid, "softmax": softmax}


def cost_of(AL: Array, Y: Array, output: str) -> float:
    """J, the mean cross-entropy"""
    m = Y.shape[1]
    if output == "sigmoid":
        return float(-np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m)
    return float(-np.sum(Y * np.log(AL)) / m)


def forward(parameters: Parameters, X: Array, output: str) -> list[Array]:
    """A[0], ..., A[L]"""
    L = len(parameters) // 2
    A = [X]
    for layer in range(1, L + 1):
        Z = np.dot(parameters[f"W{layer}"], A[-1]) + parameters[f"b{layer}"]
        A.append(OUTPUTS[output](Z) if layer == L else np.maximum(0, Z))
    return A


def backward(parameters: Parameters, A: list[Array], Y: Array) -> Parameters:
    """dW[l] and db[l]"""
    L, m = len(parameters) // 2, Y.shape[1]
    gradients = {}
    dZ = A[L] - Y
    for layer in range(L, 0, -1):
        gradients[f"W{layer}"] = np.dot(dZ, A[layer - 1].T) / m
        gradients[f"b{layer}"] = np.sum(dZ, axis=1, keepdims=True) / m
        if layer > 1:
            dZ = np.dot(parameters[f"W{layer}"].T, dZ) * (A[layer - 1] > 0)
    return gradients


def train(job: Job) -> Result:
    """Full batch, or mini-batches in the order of order.npy."""
    rows, Y, parameters = job.rows(), job.labels().astype(job.precision), job.initial()
    order = job.order() if job.batch_size else None
    started = now()
    X = rows.T.astype(job.precision) / 255
    u = {name: np.zeros_like(P) for name, P in parameters.items()}
    s = {name: np.zeros_like(P) for name, P in parameters.items()}
    t, cost = 0, 0.0
    for epoch in range(job.epochs):
        batches = [slice(None)] if order is None else job.batches(order[epoch])
        total = 0.0
        for batch in batches:
            X_batch, Y_batch = X[:, batch], Y[:, batch]
            A = forward(parameters, X_batch, job.output)
            total += cost_of(A[-1], Y_batch, job.output) * Y_batch.shape[1]
            gradients = backward(parameters, A, Y_batch)
            t += 1
            for name in parameters:
                g = gradients[name]
                if job.optimizer == "momentum":
                    u[name] = MOMENTUM * u[name] + g
                    g = u[name]
                elif job.optimizer == "adam":
                    u[name] = BETA1 * u[name] + (1 - BETA1) * g
                    s[name] = BETA2 * s[name] + (1 - BETA2) * g**2
                    g = (u[name] / (1 - BETA1**t)) / (np.sqrt(s[name] / (1 - BETA2**t)) + EPSILON)
                parameters[name] = parameters[name] - job.learning_rate * g
        cost = total / Y.shape[1]
    return Result(now() - started, [cost], parameters, epochs=job.epochs)


def predict(job: Job) -> Result:
    """The outputs y^, (k, m)."""
    rows, parameters = job.rows(), job.initial()
    started = now()
    outputs = forward(parameters, rows.T.astype(job.precision) / 255, job.output)[-1]
    return Result(now() - started, tensors={"outputs": outputs})


if __name__ == "__main__":
    main(train, predict)
