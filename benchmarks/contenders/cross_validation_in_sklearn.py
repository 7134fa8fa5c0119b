"""Five-fold cross-validation by scikit-learn's cross_val_score, with MLPClassifier: a process of its own.

The work is that of catnet's configuration: the same bytes as float32, 0 to 1, stratified folds, one hidden layer of
ReLU, softmax, full batch, gradient descent with or without momentum, no penalty, and no epoch less. Its seconds are
those of cross_val_score alone, without imports and without making the inputs float.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier

from benchmarks.job import MOMENTUM, now


def main() -> None:
    """Reads the settings, cross-validates, and writes the seconds and the accuracy of each fold."""
    settings = json.loads(Path(sys.argv[1]).read_text())
    folder = Path(settings["folder"])
    X = np.load(folder / "rows.npy").astype(np.float32) / 255  # (m, n)
    y = np.load(folder / "labels.npy").argmax(axis=0)  # (m,)
    network = MLPClassifier(
        hidden_layer_sizes=settings["hidden"],
        solver="sgd",
        batch_size=len(X),  # which it lowers to the examples of the folds
        learning_rate_init=settings["learning_rate"],
        momentum=MOMENTUM if settings["optimizer"] == "momentum" else 0,
        nesterovs_momentum=False,
        alpha=0,
        shuffle=False,
        max_iter=settings["epochs"],
        n_iter_no_change=settings["epochs"] + 1,
        tol=0,
        random_state=0,
    )
    folds = StratifiedKFold(settings["folds"], shuffle=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the batch is lowered, and that all epochs were needed
        started = now()
        accuracies = cross_val_score(network, X, y, cv=folds, n_jobs=settings["jobs"])
        seconds = now() - started
    found = {"seconds": seconds, "accuracies": accuracies.tolist()}
    Path(settings["out"], "result.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
