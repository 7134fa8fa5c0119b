"""Which picture a file_name that names none may mean."""

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

from catnet.data.picture_files import has_picture_suffix
from catnet.text import folded, nearest

MISSPELT = "are misspelt"
LOOKED_UP, COMPARED = 3, 5000  # so many names are compared letter by letter, with so many pictures: it is slow


class NearNames:
    """The pictures of a folder, as paths within it, by what is left of their names."""

    def __init__(self, folder: str, pictures: Iterable[str]) -> None:
        self.folder, self.pictures = folder, sorted(pictures)
        self.misspelt = 0
        index: defaultdict[str, list[str]] = defaultdict(list)
        for picture in self.pictures:
            path = PurePosixPath(picture)
            for key in {_key(picture), _key(_stem(picture)), "/" + _key(path.name), "/" + _key(_stem(path.name))}:
                index[key].append(picture)
        self.by_key = dict(index)  # which no lookup adds to

    def near(self, name: str) -> tuple[str, str] | None:
        """The picture that a name may mean, and what is wrong with such names; None if no picture is near."""
        wrong, text = [], name
        if "\\" in text:
            wrong.append("have backslashes")
            text = text.replace("\\", "/")
        parts = [part.strip() for part in text.split("/")]
        if parts != text.split("/"):
            wrong.append("have blanks at their edges")
        parts = [part for part in parts if part not in ("", ".")]
        starts = [parts]
        if len(parts) > 1 and folded(parts[0]) == folded(self.folder):
            starts.append(parts[1:])
        for own, start in enumerate(starts):
            if found := self._whole("/".join(start)):
                picture, how = found
                return picture, " and ".join([*wrong, *["begin with the name of the folder"] * own, *how]) or "differ"
        if parts and (pictures := self._without_folders(parts[-1])):
            return (pictures[0], " and ".join([*wrong, "do not name the right folder"])) if len(pictures) == 1 else None
        if self.misspelt < LOOKED_UP:
            self.misspelt += 1
            # another number is another picture, and the suffix is the same for all
            numbered = {_stem(picture): picture for picture in self.pictures if _digits(picture) == _digits(name)}
            if len(numbered) <= COMPARED and (stem := nearest(_stem(name), numbered)) is not None:
                return numbered[stem], MISSPELT
        return None

    def _whole(self, path: str) -> tuple[str, list[str]] | None:
        """The picture of that path but for case, Unicode form and suffix."""
        for stem in dict.fromkeys((path, os.path.splitext(path)[0])):
            if (picture := self._one(_key(stem), stem)) is not None:
                if _key(picture) == _key(path):
                    return picture, _differences(path, picture)
                return picture, ["have no suffix" if stem == path else "have another suffix"]
        return None

    def _without_folders(self, name: str) -> list[str]:
        """The pictures of that name in whatever folder."""
        keys = ("/" + _key(stem) for stem in (name, os.path.splitext(name)[0]))
        return next((self.by_key[key] for key in keys if key in self.by_key), [])

    def _one(self, key: str, path: str) -> str | None:
        """The picture of that key; of several the one that is most like the path."""
        found = self.by_key.get(key, [])
        alike = [picture for picture in found if _stem(picture) == path] or found
        return alike[0] if alike else None


def _differences(path: str, picture: str) -> list[str]:
    if path == picture:
        return []
    if unicodedata.normalize("NFC", path) == unicodedata.normalize("NFC", picture):
        return ["have another Unicode form"]
    return ["are written with other capitals" if path.casefold() == picture.casefold() else "are written differently"]


def _stem(name: str) -> str:
    """The name without the suffix of a picture."""
    return os.path.splitext(name)[0] if has_picture_suffix(name) else name


def _digits(name: str) -> list[str]:
    return re.findall(r"\d+", name)


def _key(path: str) -> str:
    return "/".join(folded(part) for part in path.split("/"))
