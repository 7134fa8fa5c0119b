"""The names of the splits: of folders, of tables, and in a column `split`."""

import re
import unicodedata

# the splits in order, each with the names that it may have
SPLITS = {"train": ("train",), "validation": ("val", "valid", "validation"), "test": ("test",)}
WORDS = {"train": "training", "validation": "validation", "test": "test"}  # in a sentence
SPLIT_OF = {name: split for split, names in SPLITS.items() for name in names}

# what a split is called elsewhere, with the name that it has here
_OTHER_NAMES = {
    "train": "train(ing)?(val)?|trn",
    "val": "val(id(ation|ating|ated?)?)?|dev(el|elopment)?",
    "val or test": "eval(uations?|uate|s)?|h[eo]ldout",
    "test": "test(s|ing)?|tst",
}
_FILLERS = "(my|the|x|data|dataset|sets?|split|images?|imgs?|pictures?|pics?|photos?|samples?|examples?|files?|folder)*"
_NO_LETTERS = re.compile(r"[\W\d_]+")


def split_of(name: str) -> str | None:
    """The split of that name, whatever its case: train, validation or test; None if it is not a split's name."""
    return SPLIT_OF.get(name.casefold())


def right_name(name: str) -> str | None:
    """How a split under another name should be called: `train` for Training, training_set or train-images.

    None if the name does not look like that of a split, or is one.
    """
    if split_of(name):
        return None
    letters = _NO_LETTERS.sub("", unicodedata.normalize("NFKC", name).casefold())
    found = (right for right, words in _OTHER_NAMES.items() if re.fullmatch(f"{_FILLERS}({words}){_FILLERS}", letters))
    return next(found, None)
