"""The cases of mini-batches, down to one picture each: momentum, which the Gram solver can train, and Adam, which it
cannot.

Adam makes a whole step of the smallest gradient, so that a neuron at the brink of 0 changes all its weights: even the
same program ends at others with another BLAS kernel. So only the costs are compared there, and the weights, step by
step in float64, in tests/engine/test_torch_lockstep.py. scikit-learn is left out there, because its Adam puts epsilon
elsewhere.

Random pictures are so alike that a neuron at the brink of 0 is on or off for all of them at once. Two that round
differently may then end percents of the way apart, as torch and catnet did with batch 256, at the learning
rates 1e-4 and 1e-3. So there too only the costs are compared, and the weights on animals.
"""

from dataclasses import replace

from benchmarks.case import (
    ANIMALS,
    BEFORE,
    CATNET,
    CATS,
    COMPILED,
    DEFAULT_KERNEL,
    DIRECT,
    NUMPY,
    SKLEARN,
    TORCH,
    Case,
    Contender,
    Pictures,
    random_pictures,
)

RANDOM = random_pictures(5000)


def without_weights(*contenders: Contender) -> tuple[Contender, ...]:
    """The same contenders, of which only the costs are compared."""
    return tuple(replace(contender, weights=False) for contender in contenders)


ADAM = without_weights(CATNET, TORCH, NUMPY)


def case_of(
    pictures: Pictures,
    optimizer: str,
    batch_size: int,
    contenders: tuple[Contender, ...],
    wanted: dict[str, float],
    epochs: int,
) -> Case:
    """Hidden 64-32, on animals or on random pictures."""
    name = pictures.folder or f"{pictures.m} random pictures"
    is_adam = optimizer == "adam"
    shown = "Adam" if is_adam else optimizer
    return Case(
        f"{optimizer}-{batch_size}-on-{pictures.m}",
        f"{name}, hidden 64-32, {shown}, batch {batch_size}, {epochs} epochs",
        pictures,
        contenders,
        hidden=(64, 32),
        epochs=epochs,
        learning_rate=1e-5 if is_adam else 3e-5,
        cost_tolerance=5e-3 if is_adam else 1e-4 if contenders[0].weights else 1e-3,
        optimizer=optimizer,
        batch_size=batch_size,
        rounds=3,
        wanted=wanted,
    )


MINI_BATCHES = (
    Case(
        "batch-16",
        "catvnoncat, hidden 20-7, batch 16, 100 epochs",
        CATS,
        (CATNET, DIRECT, TORCH, COMPILED, NUMPY, SKLEARN),
        hidden=(20, 7),
        epochs=100,
        learning_rate=0.0005,
        batch_size=16,
        wanted={"torch": 9},
    ),
    Case(
        "batch-1",
        "catvnoncat, hidden 20-7, batch 1, 10 epochs",
        CATS,
        (CATNET, DIRECT, TORCH, NUMPY, SKLEARN),
        hidden=(20, 7),
        epochs=10,
        learning_rate=0.00005,
        batch_size=1,
        rounds=3,
    ),
    case_of(
        ANIMALS,
        "momentum",
        32,
        (CATNET, DIRECT, TORCH, COMPILED, NUMPY, SKLEARN),
        {"torch": 2.2, BEFORE: 3},
        epochs=15,
    ),
    case_of(ANIMALS, "momentum", 256, (CATNET, DIRECT, TORCH, NUMPY, SKLEARN), {}, epochs=15),
    case_of(ANIMALS, "adam", 32, ADAM, {"torch": 1}, epochs=15),
    case_of(ANIMALS, "adam", 256, ADAM, {}, epochs=15),
    case_of(RANDOM, "momentum", 32, without_weights(CATNET, DIRECT, TORCH, NUMPY), {}, epochs=15),
    case_of(RANDOM, "momentum", 256, without_weights(CATNET, DIRECT, TORCH, NUMPY), {}, epochs=15),
    case_of(RANDOM, "adam", 32, ADAM, {}, epochs=5),
    case_of(RANDOM, "adam", 256, ADAM, {}, epochs=5),
    Case(
        "mini-batches",
        "20000 random pictures, hidden 128-64, Adam, mini-batches of 256, 5 epochs",
        random_pictures(20000),
        without_weights(CATNET, DEFAULT_KERNEL, TORCH, COMPILED, NUMPY),
        hidden=(128, 64),
        epochs=5,
        learning_rate=0.00001,
        cost_tolerance=5e-3,
        optimizer="adam",
        batch_size=256,
        rounds=3,
        wanted={"torch": 1.3},
    ),
)
