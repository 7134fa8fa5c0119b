"""What is directly in a folder of data, listed once."""

import os
from dataclasses import dataclass
from pathlib import Path

from catnet.data import litter
from catnet.data.arrays.files import kind_of
from catnet.data.picture_files import has_picture_suffix
from catnet.data.split_names import SPLITS, split_of
from catnet.errors import DataError
from catnet.text import listed, printable

METADATA = "metadata.csv"
TABLE = ".csv"
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
SHEETS = (".tsv", ".tab", ".txt", ".dat", ".data", ".xlsx", ".xls", ".ods", ".arff", ".parquet", ".json", ".jsonl")


def is_metadata(name: str) -> bool:
    """Whether a file is called metadata.csv, whatever its case."""
    return name.casefold() == METADATA


@dataclass(frozen=True)
class Contents:
    """The names of the folders and of the files in a folder, sorted, without hidden ones; `litter` are the folders that
    are no data by their name, each with what it is.
    """

    path: Path
    folders: tuple[str, ...]
    files: tuple[str, ...]
    litter: dict[str, str]

    @classmethod
    def of(cls, path: Path) -> "Contents":
        """What is in a folder. Raises DataError if it cannot be listed."""
        folders, files, no_data = [], [], {}
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if not _is_dir(entry):
                        files.append(entry.name)
                    elif kind := litter.named_as_litter(entry.name):
                        no_data[entry.name] = kind
                    else:
                        folders.append(entry.name)
        except OSError as error:
            raise DataError(f"{printable(path)}: cannot be listed: {error.strerror}") from error
        return cls(path, tuple(sorted(folders)), tuple(sorted(files)), dict(sorted(no_data.items())))

    @property
    def pictures(self) -> list[str]:
        """The pictures."""
        return [name for name in self.files if has_picture_suffix(name)]

    @property
    def tables(self) -> list[str]:
        """The tables, without metadata.csv."""
        return [name for name in self.files if name.lower().endswith(TABLE) and not is_metadata(name)]

    @property
    def unread(self) -> list[str]:
        """The files that may hold data, but in a form that is not read."""
        return [name for name in self.files if name.lower().endswith(SHEETS + ARCHIVES) and not kind_of(name)]

    @property
    def arrays(self) -> list[str]:
        """The files of arrays."""
        return [name for name in self.files if kind_of(name)]

    @property
    def litter_paths(self) -> dict[str, str]:
        """The paths of the folders that are no data, each with what it is."""
        return {str(self.path / name): kind for name, kind in self.litter.items()}

    def metadata(self) -> Path | None:
        """The file metadata.csv, whatever its case. Raises DataError if there are two."""
        return self._one([name for name in self.files if is_metadata(name)])

    def split_folders(self) -> dict[str, Path]:
        """The folder of each split, whatever its case. Raises DataError if there are two for one split."""
        return self._by_split({name: name for name in self.folders})

    def split_tables(self) -> dict[str, Path]:
        """The table of each split, whatever its case. Raises DataError if there are two for one split."""
        return self._by_split({name: name[: -len(TABLE)] for name in self.tables})

    def _by_split(self, stems: dict[str, str]) -> dict[str, Path]:
        found = {}
        for split in SPLITS:
            path = self._one([name for name, stem in stems.items() if split_of(stem) == split])
            if path is not None:
                found[split] = path
        return found

    def _one(self, names: list[str]) -> Path | None:
        if len(names) > 1:
            raise DataError(f"{printable(self.path)}: has both {listed(names)}; keep one")
        return self.path / names[0] if names else None


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # such as a link to a folder that cannot be entered
        return False
