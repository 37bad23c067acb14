"""Definitions in a module's source: the statements that bind each top-level name, their digest, and the names they use.

The syntax tree is read, since importing a module might cost seconds. If the source does not say which names are used,
too many are taken rather than too few: if a module object is passed on, all its names count as used.
"""

import ast
import hashlib
import sys
from collections.abc import Iterator, KeysView
from functools import cached_property
from typing import NamedTuple

MODULE = "<module>"  # stands for the statements that bind no name and run when the module is imported


class Alias(NamedTuple):
    """The target of an imported name: a module, or the `name` in it; `*` stands for all its names."""

    module: str
    name: str | None


class Use(NamedTuple):
    """A use of a name, with the attributes read from it: `losses.mse.activation` is `losses` with two attributes.

    by_name  whether an attribute's name is known only at run time: `getattr(losses, recipe["loss"])`
    """

    name: str
    attributes: tuple[str, ...] = ()
    by_name: bool = False


class Definitions:
    """The definitions of one module, from its syntax tree."""

    def __init__(self, tree: ast.Module, package: str = "") -> None:
        """Read a module's tree; `package` is the dotted name of its folder, for relative imports."""
        self._package = package
        self._bindings: dict[str, list[ast.AST]] = {}
        self.aliases: dict[str, Alias] = {}
        for statement in tree.body:
            self._add(statement)
        self._uses: dict[str, tuple[set[Use], dict[str, Alias]]] = {}
        self._digests: dict[str, str] = {}

    def _add(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for name, alias in self._imported(statement):
                self.aliases[name] = alias
                self._bindings.setdefault(name, []).append(ast.Constant(tuple(alias)))
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self._bindings.setdefault(statement.name, []).append(statement)
        elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
            for name in set(_stored(statement)):
                self._bindings.setdefault(name, []).append(statement)
        elif not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
            self._bindings.setdefault(MODULE, []).append(statement)
            for node in ast.walk(statement):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    self.aliases |= dict(self._imported(node))

    def _imported(self, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Alias]]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                # `import a.b` binds a, and `import a.b as c` binds a.b to c. Both run a.b. So the first form also keeps
                # a.b, by its full name.
                first = alias.name.partition(".")[0]
                yield alias.asname or first, Alias(alias.name if alias.asname else first, None)
                if not alias.asname and alias.name != first:
                    yield alias.name, Alias(alias.name, None)
            return
        module = node.module or ""
        if node.level:
            above = self._package.split(".")[: len(self._package.split(".")) - node.level + 1]
            module = ".".join(filter(None, [*above, module]))
        for alias in node.names:
            yield alias.asname or alias.name, Alias(module, alias.name)

    @property
    def names(self) -> KeysView[str]:
        """Every name that the module binds, and MODULE if it has statements that bind no name."""
        return self._bindings.keys()

    @cached_property
    def unused(self) -> set[str]:
        """Imported names that nothing in the module uses."""
        used = {use.name for name in self._bindings for use in self.uses(name)[0]}
        return set(self.aliases) - used

    @property
    def for_effect(self) -> set[str]:
        """Unused names whose import has an effect by itself, such as an import that registers methods elsewhere."""
        return {name for name in self.unused if _acts(self.aliases[name])}

    def uses(self, name: str) -> tuple[set[Use], dict[str, Alias]]:
        """Return the uses in the statements that bind a name, and the names that imports in these statements bind."""
        if name not in self._uses:
            uses: set[Use] = set()
            local: dict[str, Alias] = {}
            for node in self._bindings[name]:
                for used in _used(node):
                    if isinstance(used, Use):
                        uses.add(used)
                    else:
                        local |= dict(self._imported(used))
            self._uses[name] = uses, local
        return self._uses[name]

    def digest(self, name: str) -> str:
        """Return the SHA-256 of the syntax of all statements that bind a name, without docstrings."""
        if name not in self._digests:
            dumps = (ast.dump(_without_docstrings(node)) for node in self._bindings[name])
            self._digests[name] = hashlib.sha256("\n".join(dumps).encode()).hexdigest()
        return self._digests[name]


def _acts(alias: Alias) -> bool:
    """Return whether an unused import may have an effect. Imports of Python's own modules have none on a job."""
    if alias.name is None:
        return alias.module.partition(".")[0] not in sys.stdlib_module_names
    return alias.name == "*" or alias.module == "__future__"


def _stored(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that an assignment binds or changes: `losses.mse = x` changes losses, `A["b"] = x` changes A."""
    for node in ast.walk(statement):
        target = node
        while isinstance(target, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            target = target.value
        if isinstance(target, ast.Name) and (target is not node or isinstance(node.ctx, ast.Store)):
            yield target.id


def _used(node: ast.AST) -> Iterator[Use | ast.Import | ast.ImportFrom]:
    # This function visits every node of the library at every call of snakemake. So it compares types exactly, and does
    # without ast.walk, to save time.
    waiting = [node]
    while waiting:
        node = waiting.pop()
        kind = type(node)
        if kind is ast.Attribute:
            attributes = []
            while type(node) is ast.Attribute:
                attributes.append(node.attr)
                node = node.value
            if type(node) is ast.Name:
                yield Use(node.id, tuple(reversed(attributes)))
            else:
                waiting.append(node)
        elif kind is ast.Name:
            if type(node.ctx) is ast.Load:
                yield Use(node.id)
        elif kind is ast.Global:
            yield from map(Use, node.names)
        elif kind is ast.Import or kind is ast.ImportFrom:
            yield node
        elif kind is ast.Call and _looks_up(node):
            target, name, *rest = node.args
            constant = type(name) is ast.Constant
            yield Use(target.id, (name.value,)) if constant else Use(target.id, by_name=True)
            waiting += [name, *rest]
        else:
            for field in kind._fields:
                value = getattr(node, field, None)
                if type(value) is list:
                    waiting += [item for item in value if isinstance(item, ast.AST)]
                elif isinstance(value, ast.AST):
                    waiting.append(value)


def _looks_up(call: ast.Call) -> bool:
    """Return whether a call is `getattr(name, ...)`."""
    is_getattr = isinstance(call.func, ast.Name) and call.func.id == "getattr"
    return is_getattr and len(call.args) > 1 and isinstance(call.args[0], ast.Name)


def _without_docstrings(node: ast.AST) -> ast.AST:
    """Return the node itself, after the docstrings of its functions and classes are deleted from it."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(node) is not None:
        del node.body[0]
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.excepthandler | ast.match_case):
            _without_docstrings(child)
    return node
