"""The settings as YAML with comments."""

from collections.abc import Iterator

from catnet.config.dump import to_yaml
from catnet.goals import GOALS, REGRESSION
from catnet.recipe.found import Data
from catnet.recipe.settings import MOST_CLASSES, Setting, Settings
from catnet.text import counted, printable

COLUMN, WIDTH = 36, 120  # where comments begin beside their keys, and end


def document(path: str, data: Data, settings: Settings, names_needed: bool, textbook: bool) -> str:
    """The configuration. `path` is that of the data, as it is to stand there; the classes are written out if that is
    needed, or if they are few.
    """
    question, kind = data.catalog.question, GOALS[data.catalog.question.goal]
    by = "The textbook's settings" if textbook else "The settings that learn best"
    examples = counted(data.examples, f"training {question.examples.removesuffix('s')}")
    lines = [
        f"# {kind.question.capitalize()} {by}, written by `catnet init` for {examples}.",
        "",
        f"goal: {question.goal}".ljust(COLUMN) + f"# {kind.name}: {kind.question}".replace(f"{question.goal}: ", ""),
    ]
    first = [Setting("path", path)]
    if question.goal == REGRESSION:
        first.append(Setting("target", question.target, "the column to predict"))
    elif names_needed or len(question.classes) <= MOST_CLASSES:
        first.append(Setting("classes", list(question.classes), of_classes(data)))
    for section, of_section in settings.items():
        lines += [*([""] if section != "data" else []), f"{section}:"]
        for setting in [*first, *of_section] if section == "data" else of_section:
            lines += written(setting)
    return "\n".join(lines) + "\n"


def of_classes(data: Data) -> str:
    """What the order of the classes means."""
    question = data.catalog.question
    if question.negative is not None:
        return f"what counts as 1; {printable(question.negative)} is 0"
    return "in the order of the outputs"


def written(setting: Setting) -> Iterator[str]:
    """The line of a setting, its comment beside it if there is room, else above it."""
    if setting.off:
        yield (
            f"  # {setting.key}: {to_yaml(setting.value, in_one_line=True).strip()}".ljust(COLUMN) + f"# {setting.why}"
        )
        return
    line = "  " + to_yaml({setting.key: setting.value}, in_one_line=True).strip()[1:-1]
    beside = f"{line.ljust(COLUMN - 1)} # {setting.why}"
    if not setting.why:
        yield line
    elif len(beside) <= WIDTH:
        yield beside
    else:
        yield f"  # {setting.why}"
        yield line
