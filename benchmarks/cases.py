"""The cases: what is trained or predicted, by whom, and by how much catnet should be faster.

A learning rate here is one at which the cost falls steadily, so that rounding is not amplified and the contenders
can be compared; the time does not depend on it. At the course's own 0.0075 for 20-7-5 the cost goes up and down, and
float32 and float64 end a percent apart.
"""

from dataclasses import replace

from benchmarks.case import (
    ANIMALS,
    CATNET,
    CATS,
    COMPILED,
    DEFAULT_KERNEL,
    NUMPY,
    NUMPY_FLOAT64,
    SKLEARN,
    TORCH,
    Case,
    Contender,
    random_pictures,
)
from benchmarks.command_cases import COMMANDS
from benchmarks.mini_batch_cases import MINI_BATCHES

FULL_BATCH = (
    Case(
        "course-neuron",
        "catvnoncat, one neuron, 2000 epochs, full batch, float32",
        CATS,
        (CATNET, DEFAULT_KERNEL, TORCH, COMPILED, NUMPY, NUMPY_FLOAT64, SKLEARN),
        epochs=2000,
        learning_rate=0.005,
        initialization="zeros",
        wanted={"torch": 40, "NumPy": 8},
    ),
    Case(
        "course-deep",
        "catvnoncat, hidden 20-7-5, 2500 epochs, full batch, float64 (torch: float32)",
        CATS,
        (
            replace(CATNET, precision="float64"),
            replace(CATNET, name="catnet direct", precision="float64", solver="direct", once=True, trajectory=True),
            TORCH,
            COMPILED,
            NUMPY_FLOAT64,
        ),
        hidden=(20, 7, 5),
        epochs=2500,
        learning_rate=0.0001,
        initialization="xavier",
        rounds=3,
        wanted={"torch": 20, "NumPy float64": 40},
    ),
    Case(
        "animals",
        "animals, softmax, hidden 64, 300 epochs, full batch",
        ANIMALS,
        (CATNET, DEFAULT_KERNEL, TORCH, COMPILED, NUMPY, SKLEARN),
        hidden=(64,),
        epochs=300,
        learning_rate=0.001,
        rounds=3,
        wanted={"torch": 15},
    ),
    Case(
        "wide",
        "5000 random pictures, hidden 256, 200 epochs, full batch",
        random_pictures(5000),
        (CATNET, DEFAULT_KERNEL, TORCH, NUMPY),
        hidden=(256,),
        epochs=200,
        learning_rate=0.0001,
        rounds=3,
        wanted={"torch": 4},
    ),
    Case(
        "large-direct",
        "20000 random pictures, hidden 64, 10 epochs, full batch, direct",
        random_pictures(20000),
        (
            replace(CATNET, solver="direct"),
            replace(DEFAULT_KERNEL, solver="direct"),
            TORCH,
            COMPILED,
            NUMPY,
            SKLEARN,
        ),
        hidden=(64,),
        epochs=10,
        learning_rate=0.0001,
        wanted={"torch": 1.5},
        memory_wanted=1 / 5,
    ),
    Case(
        "beyond-memory",
        "100000 random pictures (1.2 GB), hidden 64, 2 epochs, full batch, with RLIMIT_DATA of 600 MB",
        random_pictures(100_000),
        (replace(CATNET, solver="direct"),),
        hidden=(64,),
        epochs=2,
        learning_rate=0.0001,
        rounds=1,
        data_limit=600_000_000,
    ),
)

RECIPE = Case(
    "recipe",
    "animals, 64x64 averaged to 16x16, whitened to 500, hidden 512-256, AdamW, augmentation, mixup, 20 epochs",
    ANIMALS,
    # Each draws random numbers of its own. So the outputs are compared before training, of the clean pictures, and
    # their accuracy after it.
    (Contender("catnet", "recipe_in_catnet", kernel=True), Contender("torch", "recipe_in_torch")),
    hidden=(512, 256),
    components=500,
    epochs=20,
    learning_rate=0.001,
    batch_size=64,
    wanted={"torch": 1.3},
)

PREDICT = Case(
    "predict",
    "predicting 20000 decoded pictures, hidden 64",
    random_pictures(20000),
    (CATNET, DEFAULT_KERNEL, TORCH, NUMPY, SKLEARN),
    hidden=(64,),
    work="predict",
    wanted={"torch": 1.5},
)

CASES = (*FULL_BATCH, *MINI_BATCHES, RECIPE, PREDICT, *COMMANDS)
