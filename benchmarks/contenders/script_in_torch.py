"""A script as one would write it with torch, that does what `catnet train` does: decodes the pictures, trains, logs
each epoch's costs and accuracies, saves ten checkpoints with the optimizer's state, and measures the result.

Mini-batches are taken from floats made once, and the optimizer is torch's fused one, which is the faster here.

python -m benchmarks.contenders.script_in_torch SETTINGS
"""

import itertools
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from benchmarks.contenders.script import decode, settings, unseen, write_metrics

CHECKPOINTS = 10


def network(sizes: list[int], initial: dict[str, Tensor]) -> nn.Sequential:
    """The network, with its initial parameters."""
    modules: list[nn.Module] = []
    for layer, (n_in, n_out) in enumerate(itertools.pairwise(sizes), start=1):
        linear = nn.Linear(n_in, n_out)
        linear.load_state_dict({"weight": initial[f"W{layer}"], "bias": initial[f"b{layer}"].ravel()})
        modules += [linear, nn.ReLU()]
    return nn.Sequential(*modules[:-1])


def save(path: Path, model: nn.Sequential) -> None:
    """W1, b1, W2, ..."""
    tensors = {}
    for layer, linear in enumerate(model[::2], start=1):
        tensors[f"W{layer}"], tensors[f"b{layer}"] = linear.weight.detach(), linear.bias.detach()[:, None]
    save_file(tensors, path)


def tensors_of(split: Path, outputs: int, side: int) -> tuple[Tensor, Tensor]:
    """X (m, n), x / 255, and Y as the loss takes it: classes, or (m, 1) numbers for one output."""
    rows, classes = decode(split, outputs, side)
    Y = torch.from_numpy(classes)
    return torch.from_numpy(rows).float().div_(255), Y if outputs > 1 else Y[:, None].float()


def main() -> None:
    """The script."""
    s = settings()
    source, folder, out, outputs = Path(s.source), Path(s.folder), Path(s.out), s.sizes[-1]
    torch.set_num_threads(s.threads)
    X, Y = tensors_of(source / "train", outputs, s.side)
    X_unseen, Y_unseen = tensors_of(source / unseen(source), outputs, s.side)
    order = torch.from_numpy(np.load(folder / "order.npy")) if s.batch_size else None
    loss = F.cross_entropy if outputs > 1 else F.binary_cross_entropy_with_logits
    model = network(s.sizes, load_file(folder / "initial.safetensors"))
    momentum = 0.9 if s.optimizer == "momentum" else 0.0
    optimizer = torch.optim.SGD(model.parameters(), lr=s.learning_rate, momentum=momentum, fused=True)

    def measured(X: Tensor, Y: Tensor) -> tuple[float, float]:
        """The cost and the accuracy."""
        with torch.inference_mode():
            logits = model(X)
            right = logits.argmax(dim=1) == Y if outputs > 1 else (logits > 0) == Y.bool()
            return loss(logits, Y).item(), right.float().mean().item()

    costs = []
    validation = []
    for epoch in range(1, s.epochs + 1):
        total = torch.zeros(())
        for batch in [slice(None)] if order is None else order[epoch - 1].split(s.batch_size):
            optimizer.zero_grad(set_to_none=True)
            J = loss(model(X[batch]), Y[batch])
            J.backward()
            optimizer.step()
            total += J.detach() * len(Y[batch])
        costs.append(total.item() / len(Y))
        if unseen(source) == "val":
            validation.append(measured(X_unseen, Y_unseen))
        if epoch == 1 or epoch % max(1, s.epochs // CHECKPOINTS) == 0 or epoch == s.epochs:
            save(out / f"epoch-{epoch:06d}.safetensors", model)
            torch.save(optimizer.state_dict(), out / f"optimizer-{epoch:06d}.pt")
    write_metrics(out, costs)
    result = {"train": measured(X, Y), unseen(source): measured(X_unseen, Y_unseen), "validation by epoch": validation}
    (out / "summary.json").write_text(json.dumps(result))


if __name__ == "__main__":
    main()
