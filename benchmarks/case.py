"""What a case is, who contends, and the pictures that several cases share."""

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
    before: bool = False  # from the checkout that `--before` names

    @property
    def optional(self) -> bool:
        """Whether the case continues without it if it cannot run: it is not installed, or there is no compiler."""
        return self.before or self.module not in ("in_catnet", "recipe_in_catnet", "catnet")


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
    report: bool = False  # of a command: it writes its report too
    cached: bool = False  # of a command: it finds the decoded pictures in its cache
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


BEFORE = "catnet before"
CATNET = Contender("catnet", "in_catnet", kernel=True)
DIRECT = Contender("catnet direct", "in_catnet", solver="direct", kernel=True)
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
