"""Digests of the code that a job runs.

Snakemake does not see the modules that a script imports. So every rule has `code_digest(...)` as a param. An edit of a
function reruns the jobs that use it. An edit of a comment, a docstring or the formatting reruns nothing.
"""

import ast
import hashlib
from contextlib import suppress
from functools import cache
from pathlib import Path

from ladder.errors import LadderError
from ladder.provenance.definitions import MODULE, Alias, Definitions, Use

LIBRARY = Path(__file__).resolve().parents[1]
_BEHIND: dict[str, dict[Path, dict[str, str]]] = {}  # by code digest, by file, by definition: digest of the definition


@cache
def code_digest(script: str, *names: str) -> str:
    """Return a digest of `scripts/<script>.py`, of `names`, and of all first-party definitions that these use.

    `names` are functions or modules that the script loads by name at run time, relative to the library: `losses.mse`,
    or the whole module `models.cnn`. Definitions that are used indirectly count as well.
    """
    reached = _Reached(names)
    reached.whole(LIBRARY.parent / "scripts" / f"{script}.py")
    definitions = reached.all()
    lines = (f"{path.relative_to(LIBRARY.parent)} {combined(definitions[path])}\n" for path in sorted(definitions))
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    _BEHIND[digest] = definitions
    return digest


def uses(name: str, definition: str) -> bool:
    """Return whether a function of the library, such as `trainers.loop.fit`, uses a definition, directly or not."""
    module, _, own = definition.rpartition(".")
    return own in _Reached((name,)).all().get(_file(f"ladder.{module}"), {})


def files_behind(digest: str) -> dict[str, dict[str, str]]:
    """Return the definitions that a `code_digest` of this process covers: by file, by name, their digests.

    Paths are relative to the project.
    """
    return {path.relative_to(LIBRARY.parents[1]).as_posix(): own for path, own in sorted(_BEHIND[digest].items())}


def combined(digests: dict[str, str]) -> str:
    """Return one digest for several definitions of a file, made of their names and their own digests."""
    lines = (f"{name} {digests[name]}\n" for name in sorted(digests))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def changed(files: dict[str, dict]) -> list[str]:
    """Return the files whose code has changed, and the files that are gone.

    files  by path relative to the project: `definitions`, names in the file, and `sha256`, their combined digest
    """
    return [path for path, code in files.items() if _digest_now(LIBRARY.parents[1] / path, code) != code["sha256"]]


def _digest_now(path: Path, code: dict) -> str | None:
    if not path.is_file():
        return None
    module = _definitions(path)
    gone = set(code["definitions"]) - set(module.names)
    return None if gone else combined({name: module.digest(name) for name in code["definitions"]})


def imported(script: str, *modules: str) -> set[Path]:
    """Return the files of a script and `modules`, and the first-party files that they import, directly or not."""
    files: set[Path] = set()
    waiting = [LIBRARY.parent / "scripts" / f"{script}.py", *(_file(f"ladder.{name}") for name in modules)]
    while waiting:
        path = waiting.pop()
        if path not in files:
            files.add(path)
            waiting += (file for name in _imports(_tree(path)) if (file := _file(name)) is not None)
    return files


class _Reached:
    """Collects the definitions that a job uses, directly or not: digests by file and name.

    A `getattr` may look up a name known only at run time. It then stands for the definitions of the module that `names`
    gives, or for all definitions of the module if `names` gives none.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._digests: dict[Path, dict[str, str]] = {}
        self._waiting: list[tuple[Path, str]] = []
        self._named: set[Path] = set()
        for name in names:
            module, _, definition = f"ladder.{name}".rpartition(".")
            if (path := _file(f"ladder.{name}")) is not None:
                self.whole(path)
            elif (path := _file(module)) is not None:
                self._named.add(path)
                self._define(path, definition)

    def whole(self, path: Path) -> None:
        """Add all definitions of a file."""
        self._run(path)
        module = _definitions(path)
        for name in module.names:
            if name in module.aliases and name not in module.unused:
                self._note(path, name)  # the uses of this import say which of its definitions count
            else:
                self._define(path, name)

    def all(self) -> dict[Path, dict[str, str]]:
        """Return all definitions that were added, and the definitions that they use."""
        while self._waiting:
            path, name = self._waiting.pop()
            module = _definitions(path)
            uses, local = module.uses(name)
            for alias in local.values():
                self._run_module(alias)
            for use in uses:
                if alias := local.get(use.name):
                    self._aim(alias, use)
                elif alias := module.aliases.get(use.name):
                    self._note(path, use.name)
                    self._aim(alias, use)
                elif use.name in module.names:
                    self._define(path, use.name)
        return {path: digests for path, digests in self._digests.items() if digests}

    def _run(self, path: Path) -> None:
        """Add the statements that the import of a file runs, in the file and in the files that it imports."""
        if path in self._digests:
            return
        self._digests[path] = {}
        module = _definitions(path)
        if MODULE in module.names:
            self._define(path, MODULE)
        for name, alias in module.aliases.items():
            self._run_module(alias)
            if name in module.for_effect:
                self._note(path, name)
                self._aim(alias, Use(name))

    def _run_module(self, alias: Alias) -> None:
        for dotted in (alias.module, f"{alias.module}.{alias.name}"):
            if (path := _file(dotted)) is not None:
                self._run(path)

    def _define(self, path: Path, name: str) -> None:
        """Add a definition, or all definitions of the file if it has none of this name."""
        self._run(path)
        module = _definitions(path)
        if name not in module.names:
            self.whole(path)
        elif self._note(path, name):
            if name in module.aliases:
                self._aim(module.aliases[name], Use(name))
            else:
                self._waiting.append((path, name))

    def _note(self, path: Path, name: str) -> bool:
        """Add the digest of a name that the module binds; return whether the name is new."""
        module, digests = _definitions(path), self._digests[path]
        if name in digests or name not in module.names:
            return False
        digests[name] = module.digest(name)
        return True

    def _aim(self, alias: Alias, use: Use) -> None:
        """Add the definitions that a use of an imported name refers to."""
        dotted, attributes = alias.module, list(use.attributes)
        if alias.name is not None:
            if (path := _file(dotted)) is not None:
                return self.whole(path) if alias.name == "*" else self._define(path, alias.name)
            dotted = f"{dotted}.{alias.name}"
        while attributes and _file(dotted) is None:
            dotted = f"{dotted}.{attributes.pop(0)}"
        path = _file(dotted)
        if path is None:
            return
        self._run(path)
        if attributes:
            self._define(path, attributes[0])
        elif not (use.by_name and path in self._named):
            self.whole(path)


@cache
def files_digest(folder: str) -> str:
    """Return a digest of a library folder's files that are not Python: templates, styles, scripts of the page."""
    files = sorted(path for path in (LIBRARY / folder).iterdir() if path.is_file() and path.suffix != ".py")
    lines = (f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n" for path in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@cache
def functions(module: str) -> dict[str, tuple[str, ...]]:
    """Return the public functions of a library module, with the names of their parameters.

    They are read from the source, since importing the module might cost seconds.
    """
    return {
        node.name: parameters(node)
        for node in _tree(_file(f"ladder.{module}")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


@cache
def function(module: str, name: str) -> ast.FunctionDef | None:
    """Return the last definition of a function in a library module; None if the module has no such function."""
    definitions = [
        node
        for node in _tree(_file(f"ladder.{module}")).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    return definitions[-1] if definitions else None


def parameters(node: ast.FunctionDef) -> tuple[str, ...]:
    """Return the names of a function's parameters, without the parameters of `*` and `**`."""
    return tuple(argument.arg for argument in _arguments(node))


def required(node: ast.FunctionDef) -> tuple[str, ...]:
    """Return the names of the parameters that have no default."""
    positional = [*node.args.posonlyargs, *node.args.args]
    first = positional[: len(positional) - len(node.args.defaults)]
    named = [a for a, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if default is None]
    return tuple(argument.arg for argument in (*first, *named))


def annotations(node: ast.FunctionDef) -> dict[str, str]:
    """Return the type annotations of a function's parameters, by name, without parameters that have none."""
    return {a.arg: ast.unparse(a.annotation) for a in _arguments(node) if a.annotation is not None}


def _arguments(node: ast.FunctionDef) -> list[ast.arg]:
    return [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]


@cache
def constants(module: str) -> dict[str, object]:
    """Return the literal constants of a library module, read from its source."""
    literals = {}
    for node in _tree(_file(f"ladder.{module}")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            with suppress(ValueError):  # a computed constant is no literal
                literals[node.targets[0].id] = ast.literal_eval(node.value)
    return literals


@cache
def modules(folder: str) -> list[str]:
    """Return the names of the modules in a folder of the library, such as `models`."""
    names = (path.stem for path in (LIBRARY / folder).glob("[!_]*.py"))
    return sorted(name for name in names if _file(f"ladder.{folder}.{name}") is not None)


@cache
def _definitions(path: Path) -> Definitions:
    package = ".".join(path.relative_to(LIBRARY.parent).parts[:-1])
    return Definitions(_tree(path), package)


@cache
def _tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file. Raises LadderError for a file that is not Python."""
    try:
        return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError) as error:
        line = f", line {error.lineno}" if getattr(error, "lineno", None) else ""
        shown = path.relative_to(LIBRARY.parents[1])
        raise LadderError(f"{shown}{line}: not valid Python: {getattr(error, 'msg', error)}") from error


def _imports(tree: ast.AST) -> list[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


@cache
def _file(name: str) -> Path | None:
    """Return the file of a first-party module by its dotted name; None for any other name."""
    first, *rest = name.split(".")
    path = LIBRARY.joinpath(*rest).with_suffix(".py")
    return path if first == "ladder" and rest and path.is_file() else None
