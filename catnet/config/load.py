"""A file or a mapping, and overrides -> Config, or all that is wrong with them."""

import os
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from catnet.config import wording
from catnet.config.document import DEEPEST, LARGEST, TOO_LARGE, Fault, KeyPath, Node, Place, Source, dotted, parse, said
from catnet.config.dump import as_dict, plain, to_yaml
from catnet.config.overruled import leave_out_overruled
from catnet.config.schema import EARLIER, Config
from catnet.config.search import faults_of_search, values_of
from catnet.config.validate import MOST_FAULTS, validate
from catnet.errors import ConfigError, NoConfiguration
from catnet.files import TooLarge, read_regular
from catnet.text import counted, printable, shown

PICTURES = dict.fromkeys((".png", ".jpg", ".jpeg"), "a picture")
ARRAYS = dict.fromkeys((".npz", ".h5", ".hdf5", ".bin"), "a file of arrays") | {".gz": "a packed file"}
OTHER_FILES = (
    {".safetensors": "a model", ".csv": "a table", ".html": "a report", ".py": "a program"} | PICTURES | ARRAYS
)
FROM_PYTHON = "the configuration"
Given = str | os.PathLike[str] | Mapping[str, object] | Config | Source
Overrides = Sequence[str] | Mapping[str, object]


def load_config(
    source: Given,
    overrides: Overrides = (),
    override_label: str = "override",
    of_run: bool = False,
    of_tune: bool = False,
) -> Config:
    """The configuration of a YAML file, or of a mapping, a Config or a text in place of one, with overrides applied.

    `overrides` are texts such as `train.epochs=10`, or a mapping such as `{"train.epochs": 10}`. Relative paths are
    relative to the folder of the file; those in mappings and overrides are relative to the current folder. Messages
    about an override begin with `override_label`. `of_run`: it is what a run was trained with, so that a key that it
    lacks is as in `EARLIER`, and one that it has because all were written is left out if an override rules it out.
    `of_tune`: it is for a tune, so that what is searched is checked too, which all others ignore.

    Raises:
        ConfigError: all that is wrong, in the order of the file and then of the overrides.
    """
    root, faults = tree_of(source, overrides, override_label, of_run)
    config, found = validate(values_of(root), root)
    if of_tune and not faults + found and config.tune is not None:
        found = faults_of_search(root, config.tune.search)
    if faults + found:
        raise error(faults + found)
    return config


def given_values(source: Given, overrides: Overrides = (), override_label: str = "override") -> dict[str, Any]:
    """What is written in a configuration that `load_config` takes, with its overrides: text, as plain values, without
    defaults; with absolute paths. `load_config` takes it too. Raises ConfigError if it cannot be read.
    """
    root, faults = tree_of(source, overrides, override_label)
    if faults:
        raise error(faults)
    values: dict[str, Any] = values_of(root)
    return values


def trial_of(given: Mapping[str, Any], settings: Mapping[str, Any]) -> tuple[Config, dict[str, Any], dict[str, str]]:
    """A configuration with other values at some dotted keys, and without its section tune: that of a trial; also as
    plain values.

    What was given and means nothing beside the settings, or does not go with them, is left out. Returns also which keys
    are, each with that which rules it out. Raises ConfigError.
    """
    root, faults = tree_of({key: value for key, value in given.items() if key != "tune"}, settings, "setting")
    if faults:
        raise error(faults)
    left_out = {dotted(path): dotted(other) for path, other in leave_out_overruled(root)}
    values: dict[str, Any] = values_of(root)
    config, found = validate(values, root)
    return load_config(values) if found else config, values, left_out  # which names the faults without the settings


def tree_of(source: Given, overrides: Overrides, override_label: str, of_run: bool = False) -> tuple[Node, list[Fault]]:
    """The tree of a configuration with its overrides, which is a mapping, and what is wrong with how it is written."""
    root, faults = parse(source_of(source))
    if root is None:
        raise error(faults)
    if root.content is None:
        root = replace(root, content={})
    if not isinstance(root.content, dict):
        raise error([Fault(root.place, wording.must_be(wording.root(), root.content))])
    if of_run:
        complete(root)
    given = texts(overrides, override_label)
    if sum(map(len, given)) > LARGEST:
        together, fix = (", together", "give fewer") if len(given) > 1 else ("", "shorten it")
        raise ConfigError(f"{override_label}: {counted(len(given), 'override')}{together} {TOO_LARGE}; {fix}")
    for order, text in enumerate(given, start=1):
        faults += override(root.content, text, order, override_label)
    if of_run:
        leave_out_overruled(root)
    return root, faults


def complete(root: Node) -> None:
    """Puts what earlier versions did into the sections of a run's configuration, for the keys that these lack."""
    for path, value in EARLIER.items():
        section, key = path.split(".")
        node = root.content.get(section) if isinstance(root.content, dict) else None
        if node is not None and isinstance(node.content, dict):
            node.content.setdefault(key, Node(str(value), node.place, node.key))


def source_of(given: object) -> Source:
    """The text of a file, or that of a mapping."""
    match given:
        case Source():
            return given
        case str() | os.PathLike():
            return read(os.fsdecode(given))
        case Config():
            return source_of(as_dict(given))
        case Mapping():
            return Source(FROM_PYTHON, to_yaml(from_python(given, FROM_PYTHON)))
    raise TypeError(
        f"{FROM_PYTHON}: must be the path of a YAML file, a mapping or a Config, not {type(given).__name__}"
    )


def texts(overrides: object, label: str) -> list[str]:
    """The overrides as KEY=VALUE."""
    match overrides:
        case str():
            pass
        case Mapping() if all(isinstance(key, str) for key in overrides):
            values = by_key(from_python(overrides, label))
            return [f"{key}={to_yaml(value, in_one_line=True).rstrip()}" for key, value in values.items()]
        case Sequence() if all(isinstance(text, str) for text in overrides):
            return list(overrides)
    wanted = 'a list such as ["train.epochs=10"] or a mapping such as {"train.epochs": 10}'
    raise TypeError(f"the overrides: must be {wanted}, not {shown(overrides)}")


def by_key(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Each key on its own: a mapping for a section overrides the keys that it has, and leaves the others."""
    values: dict[str, Any] = {}
    for key, value in overrides.items():
        is_section = key in Config.model_fields and isinstance(value, dict)
        values |= {f"{key}.{inner}": each for inner, each in value.items()} if is_section else {key: value}
    return values


def from_python(given: Mapping[Any, object], name: str) -> Any:
    """The plain values of a mapping, which messages call by this name."""
    try:
        return plain(given)
    except ValueError as reason:
        raise ConfigError(f"{name}: {reason}") from None


def error(faults: list[Fault]) -> ConfigError:
    """One error with all faults, in the order of the file and then of the overrides."""
    ordered = sorted(faults, key=lambda fault: (fault.place.source.order, fault.place.offset))
    lines = [str(fault) for fault in ordered[:MOST_FAULTS]]
    if len(ordered) > MOST_FAULTS:
        lines.append(f"... and {len(ordered) - MOST_FAULTS} more errors")
    return ConfigError("\n".join(lines))


def read(path: str) -> Source:
    """The text of a file."""
    name, suffix = printable(path), os.path.splitext(path)[1].lower()
    if suffix in OTHER_FILES and os.path.isfile(path):
        raise NoConfiguration(f"{name}: is {OTHER_FILES[suffix]}, not a configuration; give a YAML file", path)
    try:
        content = read_regular(path, LARGEST)
    except TooLarge:
        raise ConfigError(f"{name}: {TOO_LARGE}") from None
    except FileNotFoundError:
        raise ConfigError(f"{name}: there is no such file") from None
    except IsADirectoryError:
        example = printable(os.path.join(path, "config.yaml"))
        such_as = "" if suffix in (".yaml", ".yml") else f", such as {example}"
        raise NoConfiguration(f"{name}: is a folder; give a configuration file{such_as}", path) from None
    except (OSError, ValueError) as reason:
        what = getattr(reason, "strerror", None) or reason
        raise ConfigError(f"{name}: cannot be read: {what}") from None
    content = content.removeprefix(BOM_UTF8)
    source = Source(path, content.decode("utf-8", "backslashreplace"), os.path.dirname(os.path.abspath(path)))
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as reason:
        place = Place(source, len(content[: reason.start].decode("utf-8")))
        raise error([Fault(place, "not UTF-8; save the file as UTF-8")]) from None
    return source


def override(content: dict[str, Node], text: str, order: int, label: str) -> list[Fault]:
    """Puts KEY=VALUE into the root's content, replacing what is there; returns what is wrong with it."""
    key, equals, _ = text.partition("=")
    source = Source(f"{label} {shown(text)}", text, "", order, len(key) + 1)
    *sections, last = key.split(".")
    if any("\ud800" <= c <= "\udfff" for c in key):  # how Python holds bytes that are not UTF-8
        return [Fault(Place(source, 0), f"{label} needs a key in UTF-8, such as train.epochs")]
    if not equals or not all([*sections, last]):
        what = "needs a key such as train.epochs" if equals else "needs KEY=VALUE, such as train.epochs=10"
        return [Fault(Place(source, 0), f"{label} {what}")]
    value, faults = parse(source)
    if value is None:
        return faults
    if sections[:2] == ["tune", "search"]:  # the names of its keys have dots
        sections, last = sections[:2], ".".join([*sections[2:], last])
    place = Place(source, 0)
    if len(sections) >= DEEPEST:
        return [*faults, Fault(place, f"nested deeper than {DEEPEST} levels")]
    for depth, name in enumerate(sections, start=1):
        section = content.get(name)
        if section is None or section.content is None:
            section = content[name] = Node({}, place, place)
        if not isinstance(section.content, dict):
            path = tuple(sections[:depth])
            message = f"is {shown(section.content)}, not a mapping; set the whole of it, {dotted(path)}=..."
            return [*faults, Fault(place, said(path, message))]
        content, place = section.content, Place(source, place.offset + len(name) + 1)
    content[last] = replace(value, key=place)
    return faults


def lines_of_keys(text: str) -> dict[str, int]:
    """The line, counted from 1, of each key of a configuration, by its dotted name: {"train.epochs": 27, ...}.

    Empty if the text cannot be read.
    """
    found: dict[str, int] = {}

    def visit(node: Node, path: KeyPath) -> None:
        for name, inner in node.content.items() if isinstance(node.content, dict) else ():
            if inner.key is not None:
                found[dotted((*path, name))] = inner.key.line + 1
            visit(inner, (*path, name))

    root, _ = parse(Source("", text, ""))
    if root is not None:
        visit(root, ())
    return found
