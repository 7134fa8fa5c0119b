"""The names of the splits: of folders, of tables, and in a column `split`."""

import re
import unicodedata

# the splits in order, each with the names that it may have
SPLITS = {"train": ("train",), "validation": ("val", "valid", "validation"), "test": ("test",)}
WORDS = {"train": "training", "validation": "validation", "test": "test"}  # in a sentence
UNSEEN = ("test", "validation", "train")  # which split says most about examples never seen, the first that there is
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
_WORD_STARTS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_CLASS = "class"  # begins the name that a message gives to a class that looks like a split


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


def either(name: str) -> list[str]:
    """The names of the splits in such a name: `val or test` is one of two."""
    return name.split(" or ")


def split_word(name: str) -> str | None:
    """What a split with a word of its name in a longer name should be called: `train` for seg_train, trainA, dogsTrain.

    None if no word of the name is, or looks like, that of a split.
    """
    words = _NO_LETTERS.split(_WORD_STARTS.sub(" ", unicodedata.normalize("NFKC", name)))
    if words[0].casefold() == _CLASS:
        return None
    return right_name(name) or next(filter(None, map(_called, words)), None)


def _called(word: str) -> str | None:
    split = split_of(word)
    return SPLITS[split][0] if split else right_name(word)


def without_split_word(name: str) -> str:
    """The rest of such a name: `cat` for cat_train, `A` for trainA."""
    words = re.findall(r"[^\W_]+", _WORD_STARTS.sub(" ", name))
    return "_".join(word for word in words if not _called(word))
