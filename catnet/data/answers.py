"""Where the answers of a table are; and if they are not there, one message that names the way to them."""

from collections.abc import Collection, Sequence
from pathlib import Path

from catnet.config.dump import to_yaml
from catnet.data.cells import emptiness, is_missing, yes_and_no
from catnet.data.csvfile import Table, as_number
from catnet.data.label_lists import parts_of, separators_in, truths
from catnet.data.source import LABEL
from catnet.errors import DataError, Unlabelled
from catnet.goals import BINARY, MULTI_CLASS, MULTI_LABEL
from catnet.text import counted, did_you_mean_each, first_names, folded, listed, printable

NO_ANSWERS = "so it has no answers; add them, or leave the file out: a trained model can answer about it"
# What the column with the answers is often called, and what the answer "no" is.
ANSWERS = {"label", "labels", "class", "classes", "target", "species", "category", "type", "outcome", "diagnosis", "y"}
ANSWERS |= {"survived", "churn", "default", "fraud", "result", "answer", "price", "quality", "salary"}
NEGATIVES = {"0", "0.0", "no", "n", "false", "f", "none", "negative", "neg", "normal", "benign", "healthy", "other"}
NEGATIVES |= {"others", "ham", "background", "bad", "-1"}
NOT = ("not", "non", "no ", "no_", "no-")
FEW = 5  # so many different numbers may well be classes
MOST_CLASSES = 20  # numbers that are so many different ones at most may be classes


def demand_answers(table: Table, columns: Sequence[str], features: Sequence[str] | None) -> None:
    """Raises DataError if a table lacks the columns of labels; Unlabelled if it has only the features of a model."""
    if lacks_answers(table, columns, features):
        raise Unlabelled(f"{printable(table.path)}: has no column {listed(columns)}, {NO_ANSWERS}")
    table.demand(columns)


def empty_column(table: Table, column: str) -> Unlabelled:
    """The error about a column without any label; what stands in it says that there is none."""
    empty = f"{emptiness(table.column(column))} in every row"
    return Unlabelled(f"{printable(table.path)}: column {printable(column)} {empty}, {NO_ANSWERS}")


def lacks_answers(table: Table, columns: Sequence[str], features: Sequence[str] | None) -> bool:
    """Whether a table has the features of a model, but no column of labels, nor one by a similar name."""
    others = set(table.columns) - set(features or ())
    has_features = features is not None and set(features) <= set(table.positions)
    return has_features and not (others.intersection(columns) or did_you_mean_each(columns, others))


def demand_classes(table: Table, classes: Sequence[str], goal: str) -> None:
    """Raises DataError if the table has no columns of these names; says which column has them as values."""
    absent = all(name not in table.positions for name in classes)
    for column in _columns_of_words(table, goal) if absent else ():
        cells = set(table.column(column))
        parts = (part for cell in cells for part in (parts_of(cell) if goal == MULTI_LABEL else [cell]))
        if set(classes) <= set(map(str.strip, parts)):
            has = f"has no column {listed(classes)}, but a column {printable(column)} with such values"
            raise DataError(f"{printable(table.path)}: {has}; {_set_target(column)}")
    table.demand(classes)


def demand_examples(path: Path, classes: Sequence[str] | None, found: Sequence[str]) -> None:
    """Raises DataError if a class that is asked for is not among those that were found."""
    if missing := [name for name in classes or () if name not in found]:
        meant = [word for word, value in (yes_and_no(found) or {}).items() if missing == [f"{value:g}"]]
        hint = f"; did you mean {listed(meant)}?" if meant else did_you_mean_each(missing, found)
        there = f"there are {first_names(found)}{hint}"
        what = "class {} of data.classes has" if len(missing) == 1 else "classes {} of data.classes have"
        raise DataError(f"{printable(path)}: {what.format(first_names(missing))} no examples; {there}")


def demand_counted_from_0(path: Path, labels: Collection[str], numbered: Sequence[str]) -> None:
    """Raises DataError if labels of which `data.class_names` gives the names seem to count from 1."""
    beyond = next((label for label in labels if as_number(label) == len(numbered)), None)
    if beyond is not None and numbered[0] not in labels:
        names = f"data.class_names, which has {counted(len(numbered), 'name')}, for 0 to {len(numbered) - 1}"
        has = f"has the label {beyond}, beyond {names}, and no label 0"
        raise DataError(f"{printable(path)}: {has}; if they count from 1, put a name for 0 first")


def column_with(table: Table, classes: Sequence[str], features: Sequence[str] | None) -> str | None:
    """The column of words, no feature of a model, that has some of these classes as values; None if there is none."""
    columns = (name for name in _columns_of_words(table) if name not in (features or ()))
    return next((name for name in columns if not set(classes).isdisjoint(map(str.strip, table.column(name)))), None)


def _set_target(column: str) -> str:
    """How a column of class names, or of lists of labels, is used."""
    return "" if column == LABEL else f"set data.target: {in_yaml(column)}"


def which_labels(table: Table, goal: str) -> DataError:
    """The error about a table if neither a column `label` nor the configuration says where its labels are."""
    path, there = printable(table.path), f"there are {first_names(table.columns)}"
    if table.is_headless:
        fix = f"add a line with the names of the columns, and call that of the class names {LABEL}"
        return DataError(f"{path}: has no column {LABEL}{table.header_hint}; {fix}")
    binary, words = _columns_of_zeros_and_ones(table), _columns_of_words(table, goal)
    words = [name for name in words if goal == MULTI_CLASS or name not in binary]  # such as yes and no
    if goal == MULTI_LABEL and not binary and words:
        best = likeliest_column(words)
        way = f"for a column of labels, such as cat;lion, {_set_target(best)}{_or_one_of(words, best)}"
        return DataError(f"{path}: has no columns of 0 and 1; {way}; {there}")
    if goal == MULTI_LABEL:
        names = f": {in_yaml(binary)}" if binary else ", each a column of 0 and 1"
        lists = [name for name in words if separators_in(table.column(name))]
        way = f"; or {_set_target(likeliest_column(lists))}" if lists else ""
        return DataError(f"{path}: which columns are the labels? name them with data.classes{names}{way}; {there}")
    ways = []
    if goal == BINARY and binary:
        best = likeliest_column(binary)
        ways.append(f"name the column of 0 and 1 to learn: data.classes: {in_yaml([best])}{_or_one_of(binary, best)}")
    elif len(binary) > 1:
        ways.append(f"name the columns of 0 and 1, of which each row has one 1: data.classes: {in_yaml(binary)}")
    if named := words or ([] if ways else _columns_of_few_numbers(table)):
        best = likeliest_column(named)
        way = f"{_set_target(best)}{_or_one_of(named, best)}"
        if goal == BINARY:
            values = sorted(set(map(str.strip, table.column(best))) - {""})
            way += f", and name the class that counts as 1: {example_of_class(values)}"
        ways.append(way)
    way = "; or ".join(ways) or "name the column of class names with data.target"
    return DataError(f"{path}: has no column {LABEL}; {way}; {there}")


def _or_one_of(names: Sequence[str], best: str) -> str:
    others = [name for name in names if name != best]
    return (
        f" (or one of {first_names(others, 100)})" if len(others) > 1 else f" (or {listed(others)})" if others else ""
    )


def which_class(path: Path, names: Sequence[str]) -> DataError:
    """The error about goal 1.0 if the class that counts as 1 is not named."""
    must = f"{printable(path)}: data.classes must name the class that counts as 1: one of {first_names(names)}"
    return DataError(f"{must}; for instance {example_of_class(names)}")


def other_answers(name: str, words: Sequence[str], goal: str) -> str:
    """What to do about a column of data.classes that has other values than 0 and 1."""
    numbers = all(as_number(word) is not None for word in words)
    if numbers and len(words) > FEW:
        return f"to predict a number, set goal: regression and data.target: {printable(name)}, without data.classes"
    way = _set_target(name)
    if goal == MULTI_LABEL:
        return f"if these are labels, {way}" if way else ""
    classes = "leave data.classes out"
    if goal == BINARY:
        alike = [word for word in words if folded(word) == folded(name)]
        classes = f"name the one that counts as 1: {example_of_class(alike or sorted(words))}"
    return "if these are classes, " + " and ".join(part for part in (way, classes) if part)


def example_of_class(names: Sequence[str]) -> str:
    """`data.classes: [cat]`, with the name that is the likeliest to count as 1."""
    positive = [name for name in names if folded(name) not in NEGATIVES and not folded(name).startswith(NOT)]
    return f"data.classes: {in_yaml((positive or list(names))[:1])}"


def likeliest_column(names: Sequence[str]) -> str:
    """The column whose name is that of an answer, else the last one."""
    return next((name for name in names if folded(name) in ANSWERS), names[-1])


def in_yaml(value: str | Sequence[str]) -> str:
    """A name, or a list of names, as it stands in a configuration."""
    return to_yaml(value if isinstance(value, str) else list(value), in_one_line=True).strip()


def _columns_of_words(table: Table, goal: str = MULTI_CLASS) -> list[str]:
    """The columns that hold no number, and fewer words than rows; for goal 2.0 also those of lists."""
    found = []
    for name in table.columns:
        cells = [cell.strip() for cell in table.column(name)]
        words = {cell for cell in cells if not is_missing(cell)}
        few = len(words) < max(len(cells), 2) or (goal == MULTI_LABEL and separators_in(words))
        if words and few and not any(as_number(word) is not None for word in words):
            found.append(name)
    return found


def _columns_of_zeros_and_ones(table: Table) -> list[str]:
    return [name for name in table.columns if truths(table.column(name)) == {0, 1}]


def _columns_of_few_numbers(table: Table) -> list[str]:
    """The columns of so few whole numbers that they may be classes."""
    found = []
    for name in table.columns:
        values = {as_number(cell) for cell in set(table.column(name))}
        whole = all(value is not None and value.is_integer() for value in values)
        if whole and 2 <= len(values) <= min(MOST_CLASSES, len(table.rows) // 2):
            found.append(name)
    return found
