"""torch on the CPU, as an expert would write it: nn.Linear or addmm, autograd, torch.optim.

Of the ways below the trial (work "try") finds the one that is fastest for the job, and the job is then done that way.
No cost is taken out of torch but the last; X is one float32 tensor made once, or for mini-batches, if that is faster,
bytes made float per batch. Small mini-batches may be faster on a single thread.
"""

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.job import MOMENTUM, Job, Parameters, Result, main, now

TRIAL_SECONDS = 1.0
LAYERS = ("linear", "addmm")
UPDATES = ("plain", "foreach", "fused")
PICTURES = ("floats", "bytes")
THREADS = ("all threads", "one thread")
SMALL_BATCH = 32
PREDICTIONS = ("at once", "4096 a batch", "1024 a batch", "256 a batch")


class Addmm(nn.Module):
    """b + X W for W stored as (n_in, n_out): the layout in which the product reads it."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.weight = nn.Parameter(linear.weight.detach().t().contiguous())
        self.bias = nn.Parameter(linear.bias.detach().clone())

    def forward(self, X: Tensor) -> Tensor:
        """(m, n_in) to (m, n_out)"""
        return torch.addmm(self.bias, X, self.weight)


class Way(NamedTuple):
    """A way to write it."""

    layers: str = "linear"
    update: str = "plain"
    pictures: str = "floats"
    threads: str = "all threads"


def ways(job: Job) -> list[str]:
    """The ways that there are for the job, by name."""
    if job.epochs == 0:
        return list(PREDICTIONS)
    pictures = PICTURES if job.batch_size else PICTURES[:1]
    threads = THREADS if job.batch_size and job.batch_size <= SMALL_BATCH else THREADS[:1]
    return [", ".join(way) for way in itertools.product(LAYERS, UPDATES, pictures, threads)]


def way_of(job: Job) -> Way:
    """The job's way."""
    return Way(*job.variant.split(", ")) if job.variant else Way()


def network(job: Job, layers: str) -> nn.Sequential:
    """The network, with the initial parameters."""
    dtype = getattr(torch, job.precision)
    initial = job.initial()
    modules: list[nn.Module] = []
    for layer, (n_in, n_out) in enumerate(itertools.pairwise(job.sizes), start=1):
        linear = nn.Linear(n_in, n_out, dtype=dtype)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(initial[f"W{layer}"]))
            linear.bias.copy_(torch.from_numpy(initial[f"b{layer}"]).ravel())
        modules += [linear if layers == "linear" else Addmm(linear), nn.ReLU()]
    return nn.Sequential(*modules[:-1])


def parameters_of(model: nn.Sequential, layers: str) -> Parameters:
    """What was learned, as catnet holds it."""
    learned: Parameters = {}
    for layer, module in enumerate(model[::2], start=1):
        W = module.weight.detach()
        learned[f"W{layer}"] = (W if layers == "linear" else W.t()).numpy()
        learned[f"b{layer}"] = module.bias.detach()[:, None].numpy()
    return learned


def optimizer_of(job: Job, model: nn.Module, update: str) -> torch.optim.Optimizer:
    """torch.optim's SGD or Adam, in one of its implementations."""
    implementation = {"foreach": update == "foreach", "fused": update == "fused"}
    if job.optimizer == "adam":
        return torch.optim.Adam(model.parameters(), lr=job.learning_rate, **implementation)
    mu = MOMENTUM if job.optimizer == "momentum" else 0.0
    return torch.optim.SGD(model.parameters(), lr=job.learning_rate, momentum=mu, **implementation)


def labels_of(job: Job) -> Tensor:
    """Y as the loss takes it: classes for softmax, (m, 1) numbers for one sigmoid."""
    labels = torch.from_numpy(job.labels())
    return labels.argmax(dim=0) if job.output == "softmax" else labels.t().to(getattr(torch, job.precision))


def loss_of(job: Job, model: nn.Module) -> Callable[[Tensor, Tensor], Tensor]:
    """The mean cross-entropy of a batch."""
    cross_entropy = F.cross_entropy if job.output == "softmax" else F.binary_cross_entropy_with_logits
    return lambda X, Y: cross_entropy(model(X), Y)


def floats(job: Job, pictures: Tensor) -> Tensor:
    """x / 255, in the job's precision."""
    return pictures.to(getattr(torch, job.precision)).div_(255)


def train(job: Job) -> Result:
    """Full batch, or mini-batches in the order of order.npy."""
    way = way_of(job)
    torch.set_num_threads(job.threads if way.threads == "all threads" else 1)
    pictures, Y = torch.from_numpy(job.rows()), labels_of(job)
    order = torch.from_numpy(job.order()) if job.batch_size else None
    warm_up()
    model = network(job, way.layers)
    optimizer = optimizer_of(job, model, way.update)
    loss = loss_of(job, model)
    note = job.variant
    if job.compiled:
        loss, seconds = compiled(job, loss, model, pictures, Y)
        note += f"; compiling took {seconds:.0f} s, which are not counted"
    started = now()
    X = floats(job, pictures) if way.pictures == "floats" else pictures
    J = torch.zeros(())
    done = 0
    for epoch in range(job.epochs):
        if order is None:
            optimizer.zero_grad(set_to_none=True)
            J = loss(X, Y)
            J.backward()
            optimizer.step()
        else:
            total = torch.zeros(())
            for batch in order[epoch].split(job.batch_size):
                X_batch = X[batch] if way.pictures == "floats" else floats(job, X[batch])
                optimizer.zero_grad(set_to_none=True)
                J = loss(X_batch, Y[batch])
                J.backward()
                optimizer.step()
                total += J.detach() * len(batch)
            J = total / len(Y)
        done += 1
        if now() - started > job.seconds:
            break
    cost = J.item()
    return Result(now() - started, [cost], parameters_of(model, way.layers), epochs=done, note=note)


def compiled(
    job: Job, loss: Callable[[Tensor, Tensor], Tensor], model: nn.Module, pictures: Tensor, Y: Tensor
) -> tuple[Callable[[Tensor, Tensor], Tensor], float]:
    """The loss compiled for the job's shapes, by a forward and a backward pass of each; and the seconds it took."""
    started = now()
    loss = torch.compile(loss)
    m = len(Y)
    for size in {job.batch_size or m, m % (job.batch_size or m) or m}:
        size = min(size, m)
        loss(floats(job, pictures[:size]), Y[:size]).backward()
    model.zero_grad(set_to_none=True)
    return loss, now() - started


def predict(job: Job) -> Result:
    """The outputs y^, (k, m)."""
    torch.set_num_threads(job.threads)
    pictures, model = torch.from_numpy(job.rows()), network(job, "linear")
    size = len(pictures) if job.variant in ("", "at once") else int(job.variant.split()[0])
    warm_up()
    started = now()
    with torch.inference_mode():
        logits = torch.cat([model(floats(job, batch)) for batch in pictures.split(size)])
        outputs = logits.softmax(dim=1) if job.output == "softmax" else logits.sigmoid()
    return Result(now() - started, tensors={"outputs": outputs.t().numpy()}, note=job.variant)


def warm_up() -> None:
    """Starts the threads and the autograd engine, which are no contender's work."""
    A = torch.ones(512, 512, requires_grad=True)
    for _ in range(3):
        F.cross_entropy(torch.addmm(torch.zeros(512), A, A), torch.zeros(512, dtype=torch.long)).backward()


def fastest_way(job: Job) -> Result:
    """Tries each way for a second or an epoch; the note is the name of the one with the least time per epoch."""
    seconds = {}
    for name in ways(job):
        trial = replace(job, variant=name, epochs=1 if job.batch_size else job.epochs, seconds=TRIAL_SECONDS)
        result = train(trial) if job.epochs else predict(trial)
        seconds[name] = result.seconds / max(result.epochs, 1)
    return Result(0.0, note=min(seconds, key=lambda name: seconds[name]))


if __name__ == "__main__":
    main(train, predict, fastest_way)
