import numpy as np

from catnet.engine.parallel import in_threads


def test_the_callers_errstate_holds_in_the_threads() -> None:
    with np.errstate(over="raise"):
        assert in_threads(lambda _: np.geterr()["over"], [1, 2]) == ["raise", "raise"]
