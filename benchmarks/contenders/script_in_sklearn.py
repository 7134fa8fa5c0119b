"""A script as one would write it with scikit-learn, that does what `catnet train` does, as far as MLPClassifier can: it
decodes the pictures, trains, logs each epoch's cost, measures the result on both splits, and saves it.

It starts from the given parameters and takes the given order, so that the result can be compared; that costs no time.
It measures nothing on the validation pictures during the training, and saves no checkpoints: MLPClassifier does not.

python -m benchmarks.contenders.script_in_sklearn SETTINGS
"""

import json
import pickle
import warnings
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file
from sklearn.metrics import log_loss

from benchmarks.contenders.in_sklearn import classifier
from benchmarks.contenders.script import decode, settings, unseen, write_metrics


def main() -> None:
    """The script."""
    s = settings()
    source, folder, out, outputs = Path(s.source), Path(s.folder), Path(s.out), s.sizes[-1]
    splits = {}
    for name in ("train", unseen(source)):
        rows, classes = decode(source / name, outputs, s.side)
        splits[name] = rows.astype(np.float32) / 255, classes
    X, y = splits["train"]
    order = np.load(folder / "order.npy") if s.batch_size else None
    model = classifier(s, len(X), order).start_from(load_file(folder / "initial.safetensors"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged
        model.fit(X, y)
    result = {}
    for name, (X, y) in splits.items():
        probabilities = model.predict_proba(X)
        result[name] = float(log_loss(y, probabilities)), float((probabilities.argmax(axis=1) == y).mean())
    write_metrics(out, model.loss_curve_)
    (out / "summary.json").write_text(json.dumps(result))
    with (out / "model.pickle").open("wb") as file:
        pickle.dump((model.coefs_, model.intercepts_), file)
    tensors = {name: np.ascontiguousarray(P) for name, P in model.parameters().items()}
    save_file(tensors, out / f"epoch-{s.epochs:06d}.safetensors")


if __name__ == "__main__":
    main()
