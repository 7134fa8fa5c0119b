"""Several modules as the text of one file: what they define, and what this needs of other modules, and nothing else.

So a file for others consists of catnet's own functions as they stand, and computes what catnet computes.
"""

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from symtable import SymbolTable, symtable
from typing import Any, NamedTuple

OURS = "catnet."
FOR_CHECKERS = re.compile(r"  # (?:type: ignore|noqa).*")  # comments for the tools that check catnet


class Imported(NamedTuple):
    """Where a name of a module comes from: `name` of `module`, or the module itself if that is None."""

    module: str
    name: str | None
    called: str


class Source:
    """A module as its text: its statements, and the names that they define or import."""

    def __init__(self, module: str) -> None:
        loader: Any = getattr(find_spec(module), "loader", None)
        text = loader.get_source(module)
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

    def names_used_by(self, place: int) -> list[str]:
        """The names of the module, and those of Python, that a statement uses."""
        statement = ast.unparse(self.statements[place])
        return sorted(global_names(symtable(statement, "statement", "exec")))


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
    """The statements of all modules that some need, and what these import that is not catnet's.

    `given` is the module whose names the file has anyway.
    """

    def __init__(self, modules: Sequence[str], given: str) -> None:
        self.given = given
        self.sources: dict[str, Source] = {}
        self.places: dict[str, set[int]] = {}
        self.imports: set[Imported] = set()
        self.homes: dict[str, str] = {}
        for module in modules:
            for name in self._source(module).defined:
                self._add(module, name)
        self.order: list[str] = []
        for module in modules:
            self._place(module)

    def _source(self, module: str) -> Source:
        if module not in self.sources:
            self.sources[module], self.places[module] = Source(module), set()
        return self.sources[module]

    def _add(self, module: str, name: str) -> None:
        """Adds the statement that defines the name, and what it needs."""
        source = self._source(module)
        place = source.defined[name]
        if place in self.places[module]:
            return
        self.places[module].add(place)
        for each in names_defined_by(source.statements[place]):
            if (other := self.homes.setdefault(each, module)) != module:
                raise ValueError(f"{each} has one meaning in {module}, another in {other}")
        for used in source.names_used_by(place):
            if used in source.defined:
                self._add(module, used)
            elif (found := source.imported.get(used)) is None or found.module == self.given:
                continue  # a name of its own, or Python's
            elif not found.module.startswith(OURS):
                self.imports.add(found)
            elif found.name is not None:
                self._add(found.module, found.name)

    def _place(self, module: str) -> None:
        """Puts a module behind all that it imports, which may be needed when its statements are executed."""
        if module in self.order or module not in self.sources:
            return
        for imported in self.sources[module].imported.values():
            self._place(imported.module)
        if module not in self.order:
            self.order.append(module)

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
        """All statements, module by module, each under the title of its module."""
        return "\n\n\n".join(map(self._section, self.order))

    def _section(self, module: str) -> str:
        source = self.sources[module]
        text, before = "", ""
        for place in sorted(self.places[module]):
            statement = source.statements[place]
            kind = "assignment" if isinstance(statement, ast.Assign | ast.AnnAssign) else "definition"
            gap = "" if not before else "\n" if before == kind == "assignment" else "\n\n\n"
            text, before = f"{text}{gap}{source.text_of(place)}", kind
        return f"# {'-' * 30} {module.replace('.', '/')}.py\n\n{text}"
