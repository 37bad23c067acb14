"""Digests of the code behind a job.

Snakemake does not see the modules that a script imports. So every rule carries `code_digest(...)` as a param: an edit
of a module reruns the jobs that use it, and an edit of a comment, a docstring or the formatting reruns nothing.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path

LIBRARY = Path(__file__).resolve().parent
_BEHIND: dict[str, dict[Path, str]] = {}


@cache
def code_digest(script: str, *modules: str) -> str:
    """Digest of `scripts/<script>.py`, of `modules`, and of every first-party module they import, at any depth.

    `modules` names what a script loads by name at run time, relative to the library: `models.cnn`.
    """
    digests = reached(script, *modules)
    lines = (f"{path.relative_to(LIBRARY.parent)} {digests[path]}\n" for path in sorted(digests))
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    _BEHIND[digest] = digests
    return digest


def files_behind(digest: str) -> dict[str, str]:
    """The files that a `code_digest` of this process covers, relative to the project, each with its own digest."""
    return {path.relative_to(LIBRARY.parents[1]).as_posix(): own for path, own in sorted(_BEHIND[digest].items())}


def changed(digests: dict[str, str]) -> list[str]:
    """Those of the files, as `files_behind` names them, whose code is now another or that are gone."""
    files = {path: LIBRARY.parents[1] / path for path in digests}
    return [path for path, file in files.items() if not file.is_file() or _parsed(file)[0] != digests[path]]


def reached(script: str, *modules: str) -> dict[Path, str]:
    """First-party files that a script and `modules` import, at any depth, and they themselves, with their digests."""
    digests: dict[Path, str] = {}
    waiting = [LIBRARY.parent / "scripts" / f"{script}.py", *(_file(f"ladder.{name}") for name in modules)]
    while waiting:
        path = waiting.pop()
        if path not in digests:
            digests[path], imported = _parsed(path)
            waiting.extend(imported)
    return digests


@cache
def files_digest(folder: str) -> str:
    """Digest of the files of a library folder that are no Python: templates, styles, scripts of the page."""
    files = sorted(path for path in (LIBRARY / folder).iterdir() if path.is_file() and path.suffix != ".py")
    lines = (f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n" for path in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@cache
def functions(module: str) -> dict[str, tuple[str, ...]]:
    """Public functions of a library module with the names of their parameters.

    Read from the source, since importing the module might cost seconds.
    """
    return {
        node.name: tuple(argument.arg for argument in node.args.args)
        for node in ast.parse(_file(f"ladder.{module}").read_bytes()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


@cache
def annotations(module: str, function: str) -> dict[str, str]:
    """Parameters of a library module's function with their type annotations, as far as they have one."""
    return {
        argument.arg: ast.unparse(argument.annotation)
        for node in ast.parse(_file(f"ladder.{module}").read_bytes()).body
        if isinstance(node, ast.FunctionDef) and node.name == function
        for argument in node.args.args
        if argument.annotation is not None
    }


@cache
def constants(module: str) -> dict[str, object]:
    """Literal constants of a library module, read from its source."""
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(_file(f"ladder.{module}").read_bytes()).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }


@cache
def modules(folder: str) -> list[str]:
    """Names of the modules in a folder of the library, such as `models`."""
    return sorted(path.stem for path in (LIBRARY / folder).glob("[!_]*.py"))


@cache
def _parsed(path: Path) -> tuple[str, tuple[Path, ...]]:
    tree = ast.parse(path.read_bytes())
    imported = tuple(file for name in _imports(tree) if (file := _file(name)) is not None)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), imported


def _imports(tree: ast.AST) -> list[str]:
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


def _file(name: str) -> Path | None:
    """File of a first-party module by its dotted name; None for anything else."""
    first, *rest = name.split(".")
    path = LIBRARY.joinpath(*rest).with_suffix(".py")
    return path if first == "ladder" and rest and path.is_file() else None
