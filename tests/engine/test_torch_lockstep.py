"""The same training in torch, step by step, if torch is installed."""

import numpy as np
import pytest
from small_tasks import KINDS, Kind, difference, random_task, train

from catnet.engine.class_weights import given
from catnet.engine.losses import loss_of_logits
from catnet.engine.optimizers import Optimizer
from catnet.engine.schedules import Schedule

torch = pytest.importorskip("torch", reason="torch is not installed")

SAME = {np.float32: 1e-5, np.float64: 1e-10}
LOSSES = {
    ("cross_entropy", "sigmoid"): torch.nn.BCEWithLogitsLoss,
    ("cross_entropy", "softmax"): torch.nn.CrossEntropyLoss,
    ("squared", "linear"): torch.nn.MSELoss,
    ("absolute", "linear"): torch.nn.L1Loss,
    ("huber", "linear"): torch.nn.HuberLoss,
    ("squared", "relu"): torch.nn.MSELoss,
    ("absolute", "relu"): torch.nn.L1Loss,
    ("huber", "relu"): torch.nn.HuberLoss,
}
ACTIVATIONS = {
    "relu": torch.nn.ReLU,
    "leaky_relu": torch.nn.LeakyReLU,
    "tanh": torch.nn.Tanh,
    "sigmoid": torch.nn.Sigmoid,
    "linear": torch.nn.Identity,
}


def torch_loss(loss, output, logits, Y, weights=None):
    """The sum of w L; logits and Y have the examples as rows, as torch has it."""
    L = LOSSES[loss, output](reduction="none")(torch.relu(logits) if output == "relu" else logits, Y)
    L = L if L.ndim == 2 else L[:, None]  # cross-entropy: one loss for the k outputs
    return (L if weights is None else L * weights).sum()


def torch_optimizer(optimizer, network, learning_rate):
    layers = [module for module in network if isinstance(module, torch.nn.Linear)]
    groups = [
        {"params": [layer.weight for layer in layers], "weight_decay": optimizer.weight_decay},
        {"params": [layer.bias for layer in layers], "weight_decay": 0.0},
    ]
    match optimizer.name:
        case "gradient_descent":
            return torch.optim.SGD(groups, lr=learning_rate)
        case "momentum":
            return torch.optim.SGD(groups, lr=learning_rate, momentum=optimizer.momentum)
        case "nesterov":
            return torch.optim.SGD(groups, lr=learning_rate, momentum=optimizer.momentum, nesterov=True)
        case "adam":
            return torch.optim.Adam(groups, lr=learning_rate)
        case "adamw":
            return torch.optim.AdamW(groups, lr=learning_rate)


def train_in_torch(task, dtype):
    """The costs of the epochs and the parameters at the end, in our names."""
    X = torch.from_numpy(((task.inputs.rows - 100.0) / 127.5).astype(dtype))
    Y = torch.from_numpy(task.labels.T.astype(dtype))
    weights = None if task.weights is None else torch.from_numpy(task.weights.T.astype(dtype))
    modules, sizes = [], task.network.sizes
    for layer, activation in enumerate(task.network.activations, start=1):
        linear = torch.nn.Linear(sizes[layer - 1], sizes[layer], dtype=X.dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(task.initial[f"W{layer}"]))
            linear.bias.copy_(torch.from_numpy(task.initial[f"b{layer}"][:, 0]))
        modules += [linear] if layer == task.network.depth else [linear, ACTIVATIONS[activation]()]
    network = torch.nn.Sequential(*modules)
    optimizer = torch_optimizer(task.optimizer, network, task.schedule.learning_rate)
    costs = []
    for epoch in range(1, task.epochs + 1):
        total = 0.0
        for batch in task.batches(epoch):
            batch = np.arange(len(X)) if batch is None else batch
            optimizer.zero_grad()
            of_batch = None if weights is None else weights[batch]
            loss = torch_loss(task.network.loss, task.network.activations[-1], network(X[batch]), Y[batch], of_batch)
            (loss / len(batch)).backward()
            optimizer.step()
            total += loss.item()
        costs.append(total / len(X))
    linears = [module for module in network if isinstance(module, torch.nn.Linear)]
    parameters = {}
    for layer, linear in enumerate(linears, start=1):
        parameters[f"W{layer}"] = linear.weight.detach().numpy()
        parameters[f"b{layer}"] = linear.bias.detach().numpy()[:, None]
    return costs, parameters


def assert_lockstep(task, dtype):
    costs, parameters = train(task)
    expected_costs, expected = train_in_torch(task, dtype)
    assert costs == pytest.approx(expected_costs, rel=SAME[dtype])
    assert difference(parameters, expected) < SAME[dtype]
    assert difference(parameters, task.initial) > 1e-3  # something was learned


@pytest.mark.parametrize("dtype", SAME)
@pytest.mark.parametrize("batch_size", [None, 4])
@pytest.mark.parametrize("weight_decay", [0.0, 0.05])
@pytest.mark.parametrize("name", ["gradient_descent", "momentum", "nesterov", "adam", "adamw"])
def test_ten_steps_of_every_optimizer(name, weight_decay, batch_size, dtype):
    optimizer = Optimizer(name, momentum=0.9, weight_decay=weight_decay)
    kind = ("3.0", "softmax", "cross_entropy")
    # ten epochs of 13 examples: ten steps of full batch, forty of at most four examples
    task = random_task(
        *kind, (5, 4), dtype=dtype, epochs=10, learning_rate=0.02, optimizer=optimizer, batch_size=batch_size
    )
    assert_lockstep(task, dtype)


@pytest.mark.parametrize("dtype", SAME)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_every_loss_and_class_weights(kind: Kind, weighted, dtype):
    assert_lockstep(random_task(*kind, (5,), dtype=dtype, weighted=weighted, learning_rate=0.02), dtype)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation):
    assert_lockstep(random_task("1.0", "sigmoid", "cross_entropy", (5, 4), activation), np.float64)


@pytest.mark.parametrize(("loss", "output"), LOSSES)
def test_every_loss_and_its_derivative(loss, output):
    random = np.random.default_rng(4)
    Z, k = random.normal(0, 3, (3, 50)), 3
    Y = random.uniform(0, 4, Z.shape)
    if loss == "cross_entropy":
        Y = random.integers(0, 2, Z.shape).astype(float)
    if output == "softmax":
        Y = (np.arange(k)[:, None] == random.integers(0, k, 50)).astype(float)
    logits = torch.from_numpy(Z.T.copy()).requires_grad_()
    expected = torch_loss(loss, output, logits, torch.from_numpy(Y.T.copy()))
    expected.backward()
    value, derivative = loss_of_logits(loss, output)
    assert value(Z, Y).sum() == pytest.approx(expected.item(), rel=1e-12)
    np.testing.assert_allclose(derivative(Z, Y), logits.grad.numpy().T, rtol=1e-10, atol=1e-14)


def test_given_class_weights_of_softmax_are_torchs_weight():
    """Summed and divided by m; torch's own mean would divide by the sum of the weights."""
    task = random_task("3.0", "softmax", "cross_entropy")
    weights = given("3.0", ("a", "b", "c"), None, {"a": 2.0, "c": 0.5}).of(task.labels)
    Z = np.random.default_rng(0).normal(size=task.labels.shape)
    loss = torch.nn.CrossEntropyLoss(torch.tensor([2.0, 1.0, 0.5], dtype=torch.float64), reduction="sum")
    expected = loss(torch.from_numpy(Z.T.copy()), torch.from_numpy(task.labels.argmax(axis=0)))
    ours = (task.network.loss_of_logits.value(Z, task.labels) * weights).sum()
    assert ours == pytest.approx(expected.item(), rel=1e-12)


def test_given_class_weights_of_sigmoids_are_torchs_pos_weight():
    task = random_task("2.0", "sigmoid", "cross_entropy")
    weights = given("2.0", ("a", "b", "c"), None, {"a": 2.0, "c": 0.5}).of(task.labels)
    Z = np.random.default_rng(0).normal(size=task.labels.shape)
    pos_weight = torch.tensor([2.0, 1.0, 0.5], dtype=torch.float64)
    loss = torch.nn.BCEWithLogitsLoss(pos_weight=pos_weight, reduction="sum")
    expected = loss(torch.from_numpy(Z.T.copy()), torch.from_numpy(task.labels.T.copy()))
    ours = (task.network.loss_of_logits.value(Z, task.labels) * weights).sum()
    assert ours == pytest.approx(expected.item(), rel=1e-12)


@pytest.mark.parametrize("name", ["step", "cosine"])
def test_schedules(name):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=0.3)
    if name == "step":
        theirs = torch.optim.lr_scheduler.StepLR(optimizer, step_size=4, gamma=0.5)
    else:
        theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
    expected = []
    for _ in range(20):
        expected.append(theirs.get_last_lr()[0])
        optimizer.step()
        theirs.step()
    ours = Schedule(0.3, 20, name, every=4, factor=0.5)
    assert [ours.learning_rate_at(epoch) for epoch in range(1, 21)] == pytest.approx(expected, rel=1e-9)
