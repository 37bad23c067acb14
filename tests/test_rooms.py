"""The rules over imports (docs/design.md)."""

import ast
import re
from pathlib import Path

import pytest

LIBRARY = Path(__file__).resolve().parents[1] / "workflow/ladder"
RULES = LIBRARY.parent / "rules"
# Folders of code that several stages need. Other folders are stages, or plug-ins that a user adds to.
ROOMS = ("config", "evaluation", "formats", "images", "machine", "presentation", "provenance", "runtime", "training")
STAGES = ("chapter", "figures", "report", "sweep")
PLUG_INS = ("baselines", "datasets", "figures", "models", "trainers")
# Plug-ins that are functions of one file, and the exception that all modules use.
FILES = ("errors", "losses", "metrics")


def imports(path: Path) -> set[str]:
    """Modules of the library that a file imports, anywhere in it, by their dotted names below `ladder`."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "ladder":
            for alias in node.names:
                dotted = f"{node.module}.{alias.name}".removeprefix("ladder.")
                is_module = (LIBRARY / dotted.replace(".", "/")).with_suffix(".py").is_file()
                modules.add(dotted if is_module else node.module.removeprefix("ladder."))
        elif isinstance(node, ast.Import):
            modules |= {alias.name.removeprefix("ladder.") for alias in node.names if alias.name.startswith("ladder.")}
    return modules


def stages() -> set[str]:
    """Modules at the top of the library and folders that do the work of a rule."""
    return {path.stem for path in LIBRARY.glob("[!_]*.py")} - set(FILES) | set(STAGES)


def files_of(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((LIBRARY / folder).glob("**/*.py"))]


def name(path: Path) -> str:
    return path.relative_to(LIBRARY).as_posix()


def test_every_folder_is_a_room_a_stage_or_a_place_for_plug_ins():
    folders = {path.name for path in LIBRARY.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == {*ROOMS, *STAGES, *PLUG_INS}


def test_a_module_at_the_top_is_named_as_its_file_of_rules():
    assert {path.stem for path in LIBRARY.glob("[!_]*.py")} - set(FILES) <= {path.stem for path in RULES.glob("*.smk")}


def test_a_stage_tells_of_its_own_jobs_and_of_the_files_that_it_promises():
    """No list knows all stages: provenance, costs and checksums have the entries that each file of rules declares."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in RULES.glob("*.smk")}
    runs = {stage for stage, text in texts.items() if re.search(r"^ +script:$", text, re.MULTILINE)}
    tells = {stage for stage, text in texts.items() if "JOBS.append(" in text}
    assert runs - tells == {"report"}
    assert runs == {
        stage for stage, text in texts.items() if re.search(r"^ *LISTED(\.append\(| \+= )", text, re.MULTILINE)
    }


@pytest.mark.parametrize("path", files_of(*ROOMS), ids=name)
def test_a_room_imports_no_stage(path):
    assert {module for module in imports(path) if module.partition(".")[0] in stages()} == set()


@pytest.mark.parametrize("path", files_of("formats", "machine"), ids=name)
def test_formats_and_machine_import_nothing_but_errors(path):
    own = path.relative_to(LIBRARY).parts[0]
    assert {module for module in imports(path) if module.partition(".")[0] != own} <= {"errors"}


@pytest.mark.parametrize("path", files_of("."), ids=name)
def test_no_file_names_a_plug_in(path):
    folders = [folder for folder in PLUG_INS if (LIBRARY / folder) not in path.parents]
    assert {module for module in imports(path) if module.partition(".")[0] in folders} == set()


@pytest.mark.parametrize("path", files_of(*PLUG_INS), ids=name)
def test_a_plug_in_imports_no_other(path):
    """Code that two plug-ins share is in a room, or in a module of their folder whose name begins with `_`."""
    plug_ins = {module for module in imports(path) if module.partition(".")[0] in PLUG_INS}
    assert {module for module in plug_ins if not module.partition(".")[2].startswith("_")} == set()


@pytest.mark.parametrize("path", files_of("evaluation"), ids=name)
def test_the_evaluation_knows_no_model_and_no_baseline_by_name(path):
    words = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
    assert words & {plug_in.stem for plug_in in files_of("baselines", "models")} == set()


@pytest.mark.parametrize("path", files_of("."), ids=name)
def test_an_init_holds_a_docstring_alone(path):
    if path.name == "__init__.py":
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree)
        assert len(tree.body) == 1
