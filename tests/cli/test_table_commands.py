"""Tables at the command line: what is said about their columns, and their rows without answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Command = Callable[..., Any]
CONFIG = "goal: regression\ndata:\n  path: t.csv\n  target: price\n  bad_images: skip\ntrain:\n  epochs: 2\n"
COLUMNS = {"price": "z", "column area": "x", "column rooms": "y"}


def test_the_inputs_are_named_and_the_numbers_of_rows_are_none(tmp_path: Path, command: Command) -> None:
    (tmp_path / "c.yaml").write_text(CONFIG)
    rows = "".join(f"{i},{i % 7},{i % 5},{i % 3}\n" for i in range(20))
    (tmp_path / "t.csv").write_text(f",area,rooms,price\n{rows}20,x,y,z\n")
    said = command("train", "c.yaml").err.splitlines()
    skipped = Path("runs/c-001/skipped.csv")
    assert said[:7] == [
        f"data: {tmp_path}/t.csv",
        "  examples: 16 train, 4 validation",
        "  target: price",
        "  inputs: 2 numbers: area, rooms",
        "  left out: the first column (without a name) numbers the rows",
        f"  skipped: 1 example, listed in {skipped}",
        "    1: column price must be a number, is z",
    ]
    (row,) = skipped.read_text().splitlines()[1:]
    reasons = (f"{name} must be a number, is {cell}" for name, cell in COLUMNS.items())
    assert row == f'{tmp_path}/t.csv:22,"{"; ".join(reasons)}"'
    assert command("evaluate", "runs/c-001").code == 0
    done = command("predict", "t.csv")
    assert (done.code, len(done.out.splitlines())) == (3, 20)
    (tmp_path / "other.csv").write_text("rooms,area\n1,2\n")
    assert command("predict", "other.csv").code == 0
    done = command("evaluate", "runs/c-001", "--data", "other.csv")
    assert (done.code, done.err.splitlines()[-1]) == (
        3,
        "other.csv: has no column price, so it has no answers; add them, or leave the file out: "
        "a trained model can answer about it; see `catnet predict`",
    )


def test_many_inputs_are_cut_off(tmp_path: Path, command: Command) -> None:
    (tmp_path / "c.yaml").write_text(CONFIG)
    names = [f"pixel_{i}" for i in range(784)]
    rows = "".join(",".join(str((i * j) % 11) for j in range(1, 786)) + "\n" for i in range(10))
    (tmp_path / "t.csv").write_text(",".join([*names, "price"]) + "\n" + rows)
    (line,) = [line.strip() for line in command("train", "c.yaml").err.splitlines() if line.startswith("  inputs:")]
    assert line.startswith("inputs: 784 numbers: pixel_0, pixel_1, ") and line.endswith(" more, all in summary.json")
    shown, more = line.removeprefix("inputs: 784 numbers: ").removesuffix(" more, all in summary.json").split(" and ")
    assert len(shown) <= 500 and len(shown.split(", ")) + int(more) == 784


def test_numbers_beyond_float32_are_faults_of_their_cells(tmp_path: Path, command: Command) -> None:
    (tmp_path / "c.yaml").write_text(CONFIG.replace("  bad_images: skip\n", "  scaling: none\n"))
    rows = "".join(f"{i % 7},{i % 5},{i % 3 * 10000}\n" for i in range(20))
    (tmp_path / "t.csv").write_text(f"area,rooms,price\n{rows}")
    assert command("train", "c.yaml").code == 0
    (tmp_path / "q.csv").write_text("area,rooms,price\n1e200,2,3\n3e38,3e38,3\n1,2,3\n")
    done = command("predict", "q.csv")
    assert (done.code, len(done.out.splitlines())) == (3, 1)
    assert done.err.splitlines()[1].startswith("q.csv:2: column area must be a number, is 1e200, beyond 3.4e+38")
    assert done.err.splitlines()[2].startswith("q.csv:3: the model's answer is too large a number: ")
    assert "RuntimeWarning" not in done.err and "inf" not in done.out
    done = command("evaluate", "runs/c-001", "--data", "q.csv")
    assert (done.code, done.err.splitlines()[-1]) == (
        3,
        "q.csv:2: column area must be a number, is 1e200, beyond 3.4e+38",
    )
    (tmp_path / "q.csv").write_text("area,rooms,price\n1,2,3\n3e38,3e38,3\n")
    done = command("evaluate", "runs/c-001", "--data", "q.csv")
    assert (done.code, "RuntimeWarning" in done.err) == (3, False)
    assert done.err.splitlines()[-1].startswith("q.csv:3: the model's answer is too large a number: ")
    (tmp_path / "t.csv").write_text(f"area,rooms,price\n{rows}1,2,1e300\n")
    done = command("train", "c.yaml")
    assert (done.code, done.err.splitlines()[-1]) == (
        3,
        f"{tmp_path}/t.csv:22: price must be a number, is 1e300, beyond 3.4e+38",
    )
