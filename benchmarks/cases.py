"""The cases: what is trained or predicted, by whom, and by how much catnet should be faster.

A learning rate here is one at which the cost falls steadily, so that rounding is not amplified and the contenders
can be compared; the time does not depend on it. At the course's own 0.0075 for 20-7-5 the cost goes up and down, and
float32 and float64 end a percent apart.
"""

from dataclasses import dataclass, field, replace

from benchmarks.agreement import ACCURACY, COST, OUTPUTS, TRAJECTORY, WEIGHTS
from benchmarks.data import Pictures


@dataclass(frozen=True)
class Contender:
    """A process of its own. `kernel`: with the BLAS kernel that catnet's command sets. `once`: only in one round."""

    name: str
    module: str
    precision: str = "float32"
    solver: str = "auto"
    compiled: bool = False
    kernel: bool = False
    once: bool = False
    weights: bool = True  # whether they are compared too, or the cost alone
    trajectory: bool = False  # its costs must be catnet's in every epoch, in float64

    @property
    def optional(self) -> bool:
        """Whether the case continues without it if it cannot run: it is not installed, or there is no compiler."""
        return self.module not in ("in_catnet", "recipe_in_catnet", "catnet")


@dataclass(frozen=True)
class Case:
    """A row of the table. The first contender is catnet; the others' times are divided by its own.

    `wanted` are the least ratios, by contender; `memory_wanted` is the largest share of torch's peak memory.
    The tolerances are how far rounding may change the cost, relatively, and the weights, as a share of their way from
    the start. It changes the weights much if a ReLU close to 0 is on for one contender and off for another.
    """

    name: str
    title: str
    pictures: Pictures
    contenders: tuple[Contender, ...]
    hidden: tuple[int, ...] = ()
    epochs: int = 0
    learning_rate: float = 0.0
    optimizer: str = "gradient_descent"
    batch_size: int | None = None
    initialization: str = "he"
    components: int | None = None  # of the whitening: the recipe
    work: str = "train"  # train | predict | command
    rounds: int = 5
    cost_tolerance: float = 1e-4
    weight_tolerance: float = 1e-2
    wanted: dict[str, float] = field(default_factory=dict)
    memory_wanted: float | None = None
    data_limit: int | None = None  # RLIMIT_DATA, bytes
    seconds: float = float("inf")  # after which catnet's epochs may end (growth)

    @property
    def tolerances(self) -> dict[str, float]:
        """The largest differences that are taken for rounding: float32's, and between the solvers float64's."""
        return {
            COST: self.cost_tolerance,
            WEIGHTS: self.weight_tolerance,
            TRAJECTORY: 1e-9,
            OUTPUTS: 1e-5,
            ACCURACY: 0.04,
        }

    @property
    def sizes(self) -> tuple[int, ...]:
        """n_0, ..., n_L"""
        return (self.components or self.pictures.side**2 * 3, *self.hidden, self.pictures.outputs)

    @property
    def output(self) -> str:
        """sigmoid or softmax"""
        return "sigmoid" if self.pictures.outputs == 1 else "softmax"

    def quick(self) -> "Case":
        """The same with few pictures and epochs, to see that it works."""
        return replace(self, pictures=self.pictures.few(), epochs=min(self.epochs, 20), rounds=1, data_limit=None)


CATNET = Contender("catnet", "in_catnet", kernel=True)
DEFAULT_KERNEL = Contender("catnet, BLAS's own kernel", "in_catnet")
TORCH = Contender("torch", "in_torch")
COMPILED = Contender("torch.compile", "in_torch", compiled=True)
NUMPY = Contender("NumPy", "in_numpy")
NUMPY_FLOAT64 = Contender("NumPy float64", "in_numpy", precision="float64")
SKLEARN = Contender("scikit-learn", "in_sklearn")

CATS = Pictures("catvnoncat", m=209, outputs=1, folder="catvnoncat", few_m=209)
ANIMALS = Pictures("animals", m=1600, outputs=3, folder="animals")


def random_pictures(m: int, outputs: int = 3, side: int = 64) -> Pictures:
    """m pictures of random bytes, with random labels."""
    return Pictures(f"random-{m}-{side}-{outputs}", m=m, outputs=outputs, side=side)


CASES = (
    Case(
        "course-neuron",
        "catvnoncat, one neuron, 2000 epochs, full batch, float32",
        CATS,
        (CATNET, DEFAULT_KERNEL, TORCH, COMPILED, NUMPY, NUMPY_FLOAT64, SKLEARN),
        epochs=2000,
        learning_rate=0.005,
        initialization="zeros",
        wanted={"torch": 25, "NumPy": 8},
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
        "mini-batches",
        "20000 random pictures, hidden 128-64, Adam, mini-batches of 256, 5 epochs",
        random_pictures(20000),
        # Adam makes a whole step of the smallest gradient, so that a neuron at the brink of 0 changes all its weights:
        # even the same program ends at others with another BLAS kernel. So the costs alone are compared here, and the
        # weights, step by step in float64, in tests/engine/test_torch_lockstep.py.
        tuple(replace(contender, weights=False) for contender in (CATNET, DEFAULT_KERNEL, TORCH, COMPILED, NUMPY)),
        hidden=(128, 64),
        epochs=5,
        learning_rate=0.00001,
        cost_tolerance=1e-3,
        optimizer="adam",
        batch_size=256,
        wanted={"torch": 1.5},
    ),
    Case(
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
    ),
    Case(
        "predict",
        "predicting 20000 decoded pictures, hidden 64",
        random_pictures(20000),
        (CATNET, DEFAULT_KERNEL, TORCH, NUMPY, SKLEARN),
        hidden=(64,),
        work="predict",
        wanted={"torch": 1.5},
    ),
    Case(
        "command",
        "the whole command on catvnoncat, one neuron, 2000 epochs, start to exit",
        CATS,
        (Contender("catnet train", "catnet"), Contender("torch script", "script_in_torch")),
        epochs=2000,
        learning_rate=0.005,
        initialization="zeros",
        work="command",
        wanted={"torch script": 3},
    ),
    Case(
        "command-deep",
        "the whole command on catvnoncat, hidden 20-7-5, 2500 epochs, start to exit",
        CATS,
        (Contender("catnet train", "catnet"), Contender("torch script", "script_in_torch")),
        hidden=(20, 7, 5),
        epochs=2500,
        learning_rate=0.0001,
        initialization="xavier",
        work="command",
        rounds=3,
        wanted={"torch script": 3},
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
