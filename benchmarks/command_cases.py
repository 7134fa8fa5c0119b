"""The cases of whole commands, start to exit, against the scripts that one would write in place of `catnet train`."""

from dataclasses import replace

from benchmarks.case import ANIMALS, BEFORE, CATS, Case, Contender

TRAIN = Contender("catnet train", "catnet")
TORCH_SCRIPT = Contender("torch script", "script_in_torch")
SKLEARN_SCRIPT = Contender("scikit-learn script", "script_in_sklearn")

NEURON = Case(
    "command",
    "the whole command on catvnoncat, one neuron, 2000 epochs, start to exit",
    CATS,
    (TRAIN, TORCH_SCRIPT),
    epochs=2000,
    learning_rate=0.005,
    initialization="zeros",
    work="command",
    wanted={"torch script": 3},
)
SMALL_BATCHES = Case(
    "command-momentum",
    "the whole command on animals, hidden 64-32, momentum, batch 32, 15 epochs, start to exit",
    ANIMALS,
    (TRAIN, TORCH_SCRIPT, SKLEARN_SCRIPT),
    hidden=(64, 32),
    epochs=15,
    learning_rate=3e-5,
    optimizer="momentum",
    batch_size=32,
    work="command",
    wanted={"torch script": 2.5, "scikit-learn script": 2, BEFORE: 1.8},
)

COMMANDS = (
    NEURON,
    replace(
        NEURON,
        name="command-report",
        title=f"{NEURON.title}, with the report, which the script does not have",
        report=True,
        wanted={"torch script": 5, BEFORE: 1 / 0.65},
    ),
    replace(
        NEURON,
        name="command-deep",
        title="the whole command on catvnoncat, hidden 20-7-5, 2500 epochs, start to exit",
        hidden=(20, 7, 5),
        epochs=2500,
        learning_rate=0.0001,
        initialization="xavier",
        rounds=3,
    ),
    SMALL_BATCHES,
    replace(
        SMALL_BATCHES,
        name="command-momentum-cached",
        title=f"{SMALL_BATCHES.title}, from the cache, which the scripts do not have",
        cached=True,
        wanted={},
    ),
)
