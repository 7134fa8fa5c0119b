"""The recipe in torch on the CPU, as an expert would write it: a vectorised gather of bytes, and fused AdamW.

Random numbers are drawn for a whole epoch at once. Pictures are gathered for a batch or an epoch at a time: of
these ways, and of the layouts of the layers, the trial (work "try") finds the fastest.
"""

import itertools
import math
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.contenders.in_torch import LAYERS, network, parameters_of, warm_up
from benchmarks.job import BOUNDS, DECAY, FACTOR, SMOOTHING, Job, Result, accuracy, main, now

DRAWN = ("a batch", "an epoch")
TRIAL_EPOCHS = 3


class Pictures:
    """The bytes, averaged over boxes from each pixel on, and the gathers from them."""

    def __init__(self, rows: Tensor, side: int) -> None:
        self.m, self.side, self.small = len(rows), side, side // FACTOR
        pictures = rows.view(self.m, side, side, 3).permute(0, 3, 1, 2)
        averaged = torch.empty(self.m, side, side, 3, dtype=torch.uint8)
        for part, out in zip(pictures.split(64), averaged.split(64), strict=True):
            padded = F.pad(part.float(), (0, FACTOR - 1, 0, FACTOR - 1), mode="replicate")
            out.copy_((F.avg_pool2d(padded, FACTOR, stride=1) + 0.5).floor_().permute(0, 2, 3, 1))
        self.bytes = averaged
        self.flat = averaged.view(-1, 3)
        self.grid = (torch.arange(self.small) - (self.small - 1) / 2) * FACTOR

    def clean(self) -> Tensor:
        """Each box once, (m, n)."""
        return self.bytes[:, ::FACTOR, ::FACTOR].reshape(self.m, -1)

    def places(self) -> tuple[Tensor, ...]:
        """A, B, C and D of x = A[column] + B[row], y = C[column] + D[row], for an epoch."""
        flip, x, y, zoom, stretch, rotate = torch.rand(6, self.m)
        f = torch.where(flip < 0.5, -1.0, 1.0)
        s = BOUNDS.zoom[0] + (BOUNDS.zoom[1] - BOUNDS.zoom[0]) * zoom
        a = torch.exp((2 * stretch - 1) * BOUNDS.stretch)
        angle = (2 * rotate - 1) * math.radians(BOUNDS.rotate)
        c, d = torch.cos(angle), torch.sin(angle)
        middle = (self.small - 1) * FACTOR / 2 + 0.5
        tx, ty = ((2 * t - 1) * BOUNDS.shift * self.side + middle for t in (x, y))
        A, B = torch.outer(f * s * a * c, self.grid), torch.outer(-s / a * d, self.grid) + tx[:, None]
        C, D = torch.outer(f * s * a * d, self.grid), torch.outer(s / a * c, self.grid) + ty[:, None]
        return A, B, C, D

    def gather(self, examples: Tensor, places: tuple[Tensor, ...]) -> Tensor:
        """The bytes of these examples, (length, n)."""
        A, B, C, D = (of_all[examples] for of_all in places)
        x = (A[:, None, :] + B[:, :, None]).clamp_(0, self.side - 1).int()
        y = (C[:, None, :] + D[:, :, None]).clamp_(0, self.side - 1).int()
        index = y.mul_(self.side).add_(x).add_((examples.int() * self.side**2)[:, None, None])
        return self.flat.index_select(0, index.view(-1)).view(len(examples), -1)


def train(job: Job) -> Result:
    """The whole recipe, from the decoded pictures to the trained weights."""
    torch.set_num_threads(job.threads)
    torch.manual_seed(job.seed)
    layers, drawn = (job.variant or f"{LAYERS[0]}, {DRAWN[0]}").split(", ")
    rows, labels = torch.from_numpy(job.rows().copy()), torch.from_numpy(job.labels()).t().float()
    whitening = {name: torch.from_numpy(values) for name, values in job.whitening().items()}
    shift, P = whitening["shift"], whitening["matrix"].t().div(255).contiguous()
    warm_up()
    model = network(job, layers)
    weights = [{"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": DECAY}]
    biases = [{"params": [p for p in model.parameters() if p.ndim == 1], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(weights + biases, lr=job.learning_rate, fused=True)
    order = torch.from_numpy(job.order())
    started = now()
    pictures = Pictures(rows, job.side)
    soft = labels * (1 - SMOOTHING) + SMOOTHING / labels.shape[1]
    beta = torch.distributions.Beta(BOUNDS.mixup, BOUNDS.mixup)
    rates = job.learning_rates()

    def projected(bytes_: Tensor) -> Tensor:
        return bytes_.float().sub_(shift) @ P

    for epoch in range(job.epochs):
        for group in optimizer.param_groups:
            group["lr"] = rates[epoch]
        places, batches = pictures.places(), order[epoch].split(job.batch_size or 1)
        shares = beta.sample((len(batches),)).tolist()
        X_epoch = projected(pictures.gather(order[epoch], places)) if drawn == DRAWN[1] else None
        for number, (batch, share) in enumerate(zip(batches, shares, strict=True)):
            if X_epoch is None:
                X = projected(pictures.gather(batch, places))
            else:
                X = X_epoch[number * len(batches[0]) :][: len(batch)]
            Y = soft[batch]
            X, Y = torch.lerp(X.roll(-1, 0), X, share), torch.lerp(Y.roll(-1, 0), Y, share)
            optimizer.zero_grad(set_to_none=True)
            F.cross_entropy(model(X), Y).backward()
            optimizer.step()
    seconds = now() - started
    with torch.inference_mode():
        X = projected(pictures.clean())
        outputs = network(job, layers)(X).softmax(1).t()
        correct = accuracy(model(X).t().numpy(), job.labels())
    tensors = {**parameters_of(model, layers), "outputs": outputs.numpy()}
    return Result(seconds, tensors=tensors, accuracy=correct, epochs=job.epochs, note=job.variant)


def predict(job: Job) -> Result:
    """There is nothing to predict in this case."""
    raise NotImplementedError


def fastest_way(job: Job) -> Result:
    """Tries each way for some epochs; the note is the name of the fastest."""
    ways = [", ".join(way) for way in itertools.product(LAYERS, DRAWN)]
    seconds = {way: train(replace(job, variant=way, epochs=min(job.epochs, TRIAL_EPOCHS))).seconds for way in ways}
    return Result(0.0, note=min(seconds, key=lambda way: seconds[way]))


if __name__ == "__main__":
    main(train, predict, fastest_way)
