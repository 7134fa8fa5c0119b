"""docs/TEXTBOOK.md: its eight exercises run in order, and their answers are what the commands print."""

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from documents import ROOT, TEXTBOOK, Fence, fences, name_of, text_of
from in_process import run_here

SOAK = bool(os.environ.get("CATNET_SOAK"))
TWELVE = "**Twelve other starts.**"  # 24 trainings, more than a minute: they run in CATNET_SOAK only
QUICK = ["--no-report", "--threads", "1"]
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


@dataclass(frozen=True)
class Exercise:
    """One of the eight: its text, and its blocks in order."""

    title: str
    text: str

    @property
    def blocks(self) -> list[Fence]:
        return fences(self.text)

    @property
    def needs_the_course(self) -> bool:
        return "data/course" in self.text


def exercises() -> list[Exercise]:
    """All of them, in order."""
    parts = re.split(r"^### (Exercise \d): .*$", text_of(TEXTBOOK), flags=re.MULTILINE)[1:]
    return [Exercise(title, text) for title, text in zip(parts[::2], parts[1::2], strict=True)]


def test_there_are_eight_exercises_each_with_all_its_parts() -> None:
    assert [exercise.title for exercise in exercises()] == [f"Exercise {number}" for number in range(1, 9)]
    names = [name_of(block.text) for exercise in exercises() for block in exercise.blocks if block.language == "yaml"]
    assert len(names) == len(set(names))
    for exercise in exercises():
        assert "catnet " in exercise.text, exercise.title
        for part in ("**Look at**", "**Question:**", "<details><summary>Answer</summary>\n\n", "\n\n</details>"):
            assert part in exercise.text, f"{exercise.title}: {part}"
        configs = re.findall(r"configs/\w+\.yaml", exercise.text)
        assert configs or "```yaml" in exercise.text
        assert all((ROOT / config).exists() for config in configs)


def test_the_exercises_run_and_their_answers_hold(tmp_path: Path, drawn_data: Path) -> None:
    shutil.copytree(drawn_data, tmp_path / "data")
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    for exercise in exercises():
        if not exercise.needs_the_course:
            check(exercise, tmp_path)


def test_the_course_s_networks_have_its_costs(shared_data: Path, tmp_path: Path) -> None:
    [exercise] = [exercise for exercise in exercises() if exercise.needs_the_course]
    shutil.copytree(shared_data / "course_h5", tmp_path / "data" / "course")
    quick, slow = exercise.text.split(TWELVE)
    said = check(Exercise(exercise.title, quick), tmp_path)
    if SOAK:
        check(Exercise(exercise.title, slow), tmp_path)
    rows = re.findall(r"^\| [\w *]+ \| (.*) \| (.*) \| (.*) \|$", exercise.text, re.MULTILINE)
    printed = [[cell for cell in column if NUMBER.search(cell)] for column in zip(*rows, strict=True)]
    assert [len(column) for column in printed] == [4 + 2, 5 + 2, 5 + 2]
    of_networks = [line.split(" costs ")[1].split() for line in said if " costs " in line]
    accuracies = [re.findall(r"[\d.]+%", line) for line in said if line.startswith("  accuracy ")]
    assert [a + b for a, b in zip(of_networks, accuracies, strict=True)] == printed  # to the last digit


def check(exercise: Exercise, folder: Path) -> list[str]:
    """Runs the blocks of an exercise in order, and compares the output, which it returns, with what its answer says."""
    said: list[str] = []
    for block in exercise.blocks:
        if block.language == "yaml":
            (folder / name_of(block.text)).write_text(block.text, encoding="utf-8")
        elif block.language == "python":
            said += python(block.text, folder).splitlines()
        elif block.language == "sh":
            for line in block.text.splitlines():
                said += shell(line, folder).splitlines()
    for answer in re.findall(r"<details>.*?</details>", exercise.text, re.DOTALL):
        shown = fences(answer)[0]  # the output; further blocks are calculations
        for line in shown.text.splitlines():
            assert any(same(line, other) for other in said), f"{exercise.title}: {line}\n" + "\n".join(said)
        given = exercise.text.replace(answer, "") + "".join(fence.text for fence in fences(answer))
        numbers = [number.removeprefix("-") for number in NUMBER.findall(given + "\n".join(said))]
        for number in decimals(answer):
            assert any(near(number, other) for other in numbers), f"{exercise.title}: {number}"
    return said


def decimals(answer: str) -> list[str]:
    """The numbers with a decimal point in the prose of an answer."""
    prose = re.sub(r"^```.*?^```$", "", answer, flags=re.MULTILINE | re.DOTALL)
    return [number.removeprefix("-") for number in NUMBER.findall(prose) if "." in number]


def shell(line: str, folder: Path) -> str:
    """What a line printed; it must end with 0, or with the exit code that its comment names."""
    words = [
        name for word in shlex.split(line, comments=True) for name in sorted(glob(word, root_dir=folder)) or [word]
    ]
    expected = int((re.findall(r"# ends with exit code (\d+)", line) or [0])[0])
    if words[0] != "catnet":
        done = subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout
    answered = run_here(folder, *words[1:], *(QUICK if words[1] == "train" else []))
    assert answered.code == expected, f"{line}\n{answered.err}"
    page = (folder / words[words.index("--html") + 1]).read_text(encoding="utf-8") if "--html" in words else ""
    return answered.out + answered.err + re.sub("<[^>]*>", " ", page)


def python(text: str, folder: Path) -> str:
    """What a block of Python printed, in this process."""
    out = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out):
        exec(compile(text, "block", "exec"), {"__name__": "block"})
    return out.getvalue()


def same(expected: str, line: str) -> bool:
    """Whether two lines have the same words, and the same numbers but for what another processor rounds otherwise."""
    if NUMBER.sub("0", expected).split() != NUMBER.sub("0", line).split():
        return False
    pairs = zip(NUMBER.findall(expected), NUMBER.findall(line), strict=True)
    return all(near(number, other) for number, other in pairs)


def near(expected: str, number: str) -> bool:
    """Whether a number is what is expected, but for one unit of its last decimal, or 2 in 10,000; a count is equal."""
    digits = expected.partition(".")[2]
    if not digits:
        return float(number) == float(expected)
    unit = 0.0 if "e" in digits else 10.0 ** -len(digits)
    return abs(float(number) - float(expected)) <= 2e-4 * abs(float(expected)) + 1.001 * unit
