"""Several modules as the text of one file: what they define, and what this needs of other modules, and nothing else.

So a file for others consists of catnet's own functions as they stand, and computes what catnet computes.
"""

import ast
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib.util import find_spec
from symtable import SymbolTable, symtable
from typing import Any, NamedTuple

OURS = "catnet."
GAP = "\n\n\n"
Kept = Mapping[str, Collection[str]]  # the keys that are kept of tables of functions, by the tables' names
FOR_CHECKERS = re.compile(r"  # (?:type: ignore|noqa).*")  # comments for the tools that check catnet


class Imported(NamedTuple):
    """Where a name of a module comes from: `name` of `module`, or the module itself if that is None."""

    module: str
    name: str | None
    called: str


class Source:
    """A module as its text: its statements, and the names that they define or import."""

    def __init__(self, module: str, kept: Kept) -> None:
        loader: Any = getattr(find_spec(module), "loader", None)
        text = only(kept, loader.get_source(module))
        self.lines = text.splitlines()
        tree = ast.parse(text)
        self.docstring = ast.get_docstring(tree, clean=False) or ""
        self.statements = tree.body
        self.defined = {name: place for place, each in enumerate(tree.body) for name in names_defined_by(each)}
        self.imported = {each.called: each for statement in tree.body for each in imports_of(statement)}

    def text_of(self, place: int) -> str:
        """A statement as it stands, with its decorators and the comment above it."""
        statement = self.statements[place]
        first = min([statement.lineno, *(each.lineno for each in getattr(statement, "decorator_list", ()))]) - 1
        while first and self.lines[first - 1].startswith("#"):
            first -= 1
        return "\n".join(FOR_CHECKERS.sub("", line) for line in self.lines[first : statement.end_lineno])

    def names_used_by(self, place: int, at_once: bool = False) -> list[str]:
        """The names of the module, and those of Python, that a statement uses; `at_once` those that must be defined
        before: what is in a function is needed only if it is called.
        """
        statement = ast.unparse(self.statements[place])
        if at_once:
            statement = ast.unparse(WithoutBodies().visit(ast.parse(statement)))
        return sorted(global_names(symtable(statement, "statement", "exec")))


class WithoutBodies(ast.NodeTransformer):
    """Leaves nothing in functions."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """The function with nothing in it."""
        node.body = [ast.Pass()]
        return node


def only(kept: Kept, text: str) -> str:
    """The text of a module, of whose tables of functions, a line each, only what is to be kept is left."""
    lines = text.splitlines()
    for statement in reversed(ast.parse(text).body):
        for name in names_defined_by(statement):
            table = getattr(statement, "value", None)
            if name in kept and isinstance(table, ast.Dict):
                for key in reversed(table.keys):
                    if isinstance(key, ast.Constant) and key.value not in kept[name]:
                        del lines[key.lineno - 1]
    return "\n".join(lines)


def global_names(scope: SymbolTable) -> Iterator[str]:
    """The names that are global in a scope of Python and in those within it."""
    is_module = scope.get_type() == "module"
    yield from (
        name.get_name() for name in scope.get_symbols() if name.is_referenced() and (is_module or name.is_global())
    )
    for inner in scope.get_children():
        yield from global_names(inner)


def names_defined_by(statement: ast.stmt) -> Iterator[str]:
    """The names of a module that a statement on its top level defines."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        yield from (node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name))


def imports_of(statement: ast.stmt) -> Iterator[Imported]:
    """What a statement imports."""
    if isinstance(statement, ast.Import):
        yield from (Imported(each.name, None, each.asname or each.name) for each in statement.names)
    elif isinstance(statement, ast.ImportFrom):
        yield from (Imported(statement.module or "", each.name, each.name) for each in statement.names)


def by_kind(name: str) -> tuple[bool, bool, str]:
    """Sorts names as they are usually imported: constants, classes, functions."""
    return not name.isupper(), not name[0].isupper(), name


class Bundle:
    """The statements that some names of modules need, and what these import that is not catnet's. Those of the first
    module come first, then what they need of others, then those of the next.

    `given` is the module whose names the file has anyway. Of the tables of functions that are named in `kept`, only
    the entries are there that it has.
    """

    def __init__(self, asked: Mapping[str, Sequence[str]], given: str, kept: Kept) -> None:
        self.given, self.kept = given, kept
        self.sources: dict[str, Source] = {}
        self.imports: set[Imported] = set()
        self.homes: dict[str, str] = {}
        self.order: list[tuple[str, int]] = []  # modules and the places of their statements
        self.added: set[tuple[str, int]] = set()
        for module, names in asked.items():
            needed: dict[str, set[int]] = {}
            for name in names:
                self._add(module, name, needed)
            for each, places in needed.items():
                for place in sorted(places):
                    self._place(each, place)

    def _source(self, module: str) -> Source:
        if module not in self.sources:
            self.sources[module] = Source(module, self.kept)
        return self.sources[module]

    def _add(self, module: str, name: str, needed: dict[str, set[int]]) -> None:
        """Adds the statement that defines the name, and what it needs."""
        source = self._source(module)
        place = source.defined[name]
        if (module, place) in self.added:
            return
        self.added.add((module, place))
        needed.setdefault(module, set()).add(place)
        for each in names_defined_by(source.statements[place]):
            if (other := self.homes.setdefault(each, module)) != module:
                raise ValueError(f"{each} has one meaning in {module}, another in {other}")
        for used in source.names_used_by(place):
            found = source.imported.get(used)
            if home := self._home(source, used, module):
                self._add(home, used, needed)
            elif found is not None and found.module != self.given:
                self.imports.add(found)

    def _home(self, source: Source, name: str, module: str) -> str | None:
        """The module of catnet that defines a name used in a module; None if the name is given, or another's."""
        if name in source.defined:
            return module
        found = source.imported.get(name)
        is_ours = found is not None and found.module.startswith(OURS) and found.module != self.given
        return found.module if found is not None and is_ours else None

    def _place(self, module: str, place: int) -> None:
        """Puts a statement behind all that must be defined before it."""
        if (module, place) in self.order:
            return
        source = self.sources[module]
        for used in source.names_used_by(place, at_once=True):
            home = self._home(source, used, module)
            if home and (home, self.sources[home].defined[used]) != (module, place):
                self._place(home, self.sources[home].defined[used])
        self.order.append((module, place))

    def import_lines(self) -> str:
        """The imports: those of Python's library, then others."""
        lines = []
        for module in {each.module for each in self.imports}:
            lines += [
                f"import {each.module}" + f" as {each.called}" * (each.called != module)
                for each in self.imports
                if each.module == module and each.name is None
            ]
            names = {each.called for each in self.imports if each.module == module and each.name is not None}
            lines += [f"from {module} import {', '.join(sorted(names, key=by_kind))}"] * bool(names)
        lines.sort(key=lambda line: (line.startswith("from"), line.split()[1].lower()))
        library = [line for line in lines if line.split()[1].partition(".")[0] in sys.stdlib_module_names]
        return "\n".join([*library, "", *(line for line in lines if line not in library)])

    def text(self) -> str:
        """All statements, under the titles of their modules."""
        text, module_before, kind_before = "", "", ""
        for module, place in self.order:
            source = self.sources[module]
            is_assignment = isinstance(source.statements[place], ast.Assign | ast.AnnAssign)
            kind = "assignment" if is_assignment else "definition"
            if module != module_before:
                gap = f"{GAP * bool(text)}# {'-' * 30} {module.replace('.', '/')}.py\n\n"
            else:
                gap = "\n" if kind_before == kind == "assignment" else GAP
            text, module_before, kind_before = f"{text}{gap}{source.text_of(place)}", module, kind
        return text
