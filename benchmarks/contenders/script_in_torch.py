"""A script as one would write it with torch, that does what `catnet train` does: decodes the pictures, trains, logs
each epoch's cost, saves ten checkpoints and the optimizer's state, and measures the accuracy on both splits.

python -m benchmarks.contenders.script_in_torch FOLDER INITIAL OUT HIDDEN EPOCHS LEARNING_RATE THREADS
"""

import csv
import itertools
import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

CHECKPOINTS = 10


def decode(folder: Path) -> tuple[Tensor, Tensor]:
    """X (m, n) in float32 and Y (m, 1), of a split."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    rows = np.stack([np.asarray(Image.open(path).convert("RGB").resize((64, 64))).ravel() for path in paths])
    Y = torch.tensor([[float(path.parent.name == "cat")] for path in paths])
    return torch.from_numpy(rows).float().div_(255), Y


def network(hidden: list[int], initial: dict[str, Tensor]) -> nn.Sequential:
    """The network, with its initial parameters."""
    modules: list[nn.Module] = []
    for layer, (n_in, n_out) in enumerate(itertools.pairwise([64 * 64 * 3, *hidden, 1]), start=1):
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


def main() -> None:
    """The script."""
    source, initial, out = map(Path, sys.argv[1:4])
    hidden, epochs = json.loads(sys.argv[4]), int(sys.argv[5])
    torch.set_num_threads(int(sys.argv[7]))
    X, Y = decode(source / "train")
    X_test, Y_test = decode(source / "test")
    model = network(hidden, load_file(initial))
    optimizer = torch.optim.SGD(model.parameters(), lr=float(sys.argv[6]))
    with (out / "metrics.csv").open("w", newline="") as file:
        log = csv.writer(file)
        log.writerow(["epoch", "train_cost"])
        for epoch in range(1, epochs + 1):
            optimizer.zero_grad(set_to_none=True)
            J = F.binary_cross_entropy_with_logits(model(X), Y)
            J.backward()
            optimizer.step()
            log.writerow([epoch, J.item()])
            if epoch == 1 or epoch % max(1, epochs // CHECKPOINTS) == 0 or epoch == epochs:
                save(out / f"epoch-{epoch:06d}.safetensors", model)
                torch.save(optimizer.state_dict(), out / f"optimizer-{epoch:06d}.pt")
    with torch.inference_mode():
        splits = {"train": (X, Y), "test": (X_test, Y_test)}
        accuracy = {name: float(((model(A) > 0) == B.bool()).float().mean()) for name, (A, B) in splits.items()}
    (out / "summary.json").write_text(json.dumps(accuracy))


if __name__ == "__main__":
    main()
