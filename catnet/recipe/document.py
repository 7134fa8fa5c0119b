"""The settings as YAML with comments."""

from collections.abc import Iterator

from catnet.config.dump import to_yaml
from catnet.data.source import Source
from catnet.goals import GOALS, MULTI_LABEL
from catnet.question import Question
from catnet.recipe.found import Data
from catnet.recipe.settings import MOST_CLASSES, Setting, Settings
from catnet.text import counted, printable

ORDER = "in the order of the outputs"
COLUMN, WIDTH = 36, 120  # where comments begin beside their keys, and end


def document(path: str, data: Data, settings: Settings, textbook: bool) -> str:
    """The configuration. `path` is that of the data, as it is to stand there."""
    question, kind = data.catalog.question, GOALS[data.catalog.question.goal]
    by = "The textbook's settings" if textbook else "The settings that learn best"
    examples = counted(data.examples, f"training {question.examples.removesuffix('s')}")
    lines = [
        f"# {kind.question.capitalize()} {by}, written by `catnet init` for {examples}.",
        "",
        f"goal: {question.goal}".ljust(COLUMN) + f"# {kind.name}: {kind.question}".replace(f"{question.goal}: ", ""),
    ]
    first = [Setting("path", path)]
    if question.target is not None:
        first.append(Setting("target", question.target, "the column to predict"))
    for section, of_section in settings.items():
        lines += [*([""] if section != "data" else []), f"{section}:"]
        for setting in [*first, *of_section] if section == "data" else of_section:
            lines += written(setting)
    return "\n".join(lines) + "\n"


def of_classes(source: Source, question: Question, needed: bool) -> Iterator[Setting]:
    """The setting of the classes, if it is needed, or if they are few. Labels that are numbers may be given names."""
    classes = list(question.classes)
    if question.negative is not None:
        yield Setting("classes", classes, f"what counts as 1; {printable(question.negative)} is 0")
    elif needed or question.goal == MULTI_LABEL:
        yield Setting("classes", classes, ORDER)
    elif 0 < len(classes) <= MOST_CLASSES:
        numbered = source.classes is None and classes == [str(number) for number in range(len(classes))]
        names = Setting("class_names", classes, "names in place of these numbers", off=True)
        yield names if numbered else Setting("classes", classes, ORDER)


def written(setting: Setting) -> Iterator[str]:
    """The line of a setting, its comment beside it if there is room, else above it."""
    if setting.off:
        line = f"  # {setting.key}: {to_yaml(setting.value, in_one_line=True).strip()}"
        yield f"{line.ljust(COLUMN - 1)} # {setting.why}"
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
