"""A large picture takes no more memory than twice what it declares, and some."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from trials import SOAK

ROOM = 16 << 20  # bytes
SIZE = (3000, 4000)
MEASURE = """\
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from fuzz import forget_the_peak, peak
from catnet.data.pictures import read_picture
read_picture(Path(sys.argv[1]), (8, 8))
before = forget_the_peak()
read_picture(Path(sys.argv[2]), (8, 8))
print(peak() - before)
"""


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "I;16"] if SOAK else ["RGBA", "I;16"])
def test_a_large_picture(tmp_path: Path, mode: str) -> None:
    if mode == "I;16":
        picture = Image.fromarray(np.full(SIZE, 40_000, np.uint16))
    else:
        picture = Image.new("RGBA", SIZE, (10, 200, 30, 128)).convert(mode)
    options: dict[str, Any] = {"transparency": 0} if mode == "P" else {}
    for name, sized in (("small", picture.crop((0, 0, 9, 9))), ("large", picture)):
        sized.save(tmp_path / f"{name}.png", compress_level=1, **options)
    files = [str(tmp_path / "small.png"), str(tmp_path / "large.png"), str(Path(__file__).parent)]
    command = [sys.executable, "-c", MEASURE, *files]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    declared = SIZE[0] * SIZE[1] * 4
    assert declared < int(done.stdout) <= 2 * declared + ROOM
