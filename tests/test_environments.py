"""The lock, the ranges of pyproject.toml, and the conda environments say the same."""

import ast
import importlib.util
import re
import sys
import tomllib
from pathlib import Path, PurePosixPath

import pytest
import yaml
from packaging.requirements import Requirement

from ladder.provenance import source_code

ROOT = Path(__file__).resolve().parent.parent
ENVS = ROOT / "envs"
# Packages with another name for imports.
IMPORTED_AS = {"PIL": "pillow", "sklearn": "scikit-learn", "yaml": "pyyaml"}


def load_pin():
    spec = importlib.util.spec_from_file_location("pin", ENVS / "pin.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def locked():
    return load_pin().locked_versions((ENVS / "requirements.lock").read_text())


def pins_of(name):
    environment = yaml.safe_load((ENVS / f"{name}.yaml").read_text())
    return dict(pin.split("==") for pin in environment["dependencies"][-1]["pip"])


def rules():
    """(rule, conda environment, script) of every rule that runs a script."""
    declared = []
    for path in sorted((ROOT / "workflow/rules").glob("*.smk")):
        for rule in re.split(r"^ *rule ?", path.read_text(), flags=re.MULTILINE)[1:]:
            environment = re.search(r'conda:\s+"\.\./\.\./envs/(\w+)\.yaml"', rule)
            script = re.search(r'script:\s+"\.\./scripts/(\w+)\.py"', rule)
            # A rule that is made in a loop has its name in its first line, with the loop's variable.
            name = rule.partition(":")[0] or re.search(r'name:\s+f"(\w+?)_\{', rule)[1]
            declared.append((name, environment and environment[1], script and script[1]))
    return declared


@pytest.mark.parametrize("path", sorted(ENVS.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_conda_environment_has_the_locks_versions(path, locked):
    pins = pins_of(path.stem)
    assert pins == {name: locked[name] for name in pins}
    assert load_pin().pinned(path.read_text(), locked) == path.read_text()


def test_the_lock_is_within_the_ranges(locked):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(locked[requirement.name]), requirement


@pytest.mark.parametrize(("name", "least"), [("requirements", 50), ("slurm", 2), ("kubernetes", 20)])
def test_a_lock_has_hashes_for_every_package(name, least):
    entries = re.split(r"\n(?=[a-z])", (ENVS / f"{name}.lock").read_text())
    assert len(entries) >= least
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_lock_of_slurm_has_its_plugin_and_nothing_else(locked):
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["slurm"]
    versions = load_pin().locked_versions((ENVS / "slurm.lock").read_text())
    assert set(versions) == {Requirement(line).name for line in wanted}
    assert not set(versions) & set(locked)
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(versions[requirement.name]), requirement


def test_the_lock_of_kubernetes_has_the_versions_of_the_other_but_what_s3_wants_older(locked):
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["kubernetes"]
    versions = load_pin().locked_versions((ENVS / "kubernetes.lock").read_text())
    for requirement in map(Requirement, wanted):
        assert requirement.name not in locked
        assert requirement.specifier.contains(versions[requirement.name]), requirement
    assert {name for name in set(versions) & set(locked) if versions[name] != locked[name]} <= {"python-dateutil"}


@pytest.fixture(scope="module")
def dockerfile():
    """(instruction, its words) of each line of the Dockerfile, in their order."""
    text = re.sub(r"#.*\n", "", (ENVS / "Dockerfile").read_text()).replace("\\\n", " ")
    return [(line.split()[0], line.split()[1:]) for line in text.splitlines() if line.strip()]


def copied(dockerfile):
    """Path in the image to the project's file or folder there."""
    places = {}
    for *sources, place in (words for name, words in dockerfile if name == "COPY"):
        for source in sources:
            is_folder = place.endswith("/")
            places[str(PurePosixPath(place, PurePosixPath(source).name if is_folder else ""))] = source
    return places


def test_the_image_installs_the_locks_by_their_hashes_and_nothing_else(dockerfile):
    runs = [" ".join(words).split("&&") for name, words in dockerfile if name == "RUN"]
    commands = [command.split() for run in runs for command in run if command.split()[0] == "pip"]
    installs = [command for command in commands if command[1] in ("install", "download")]
    assert installs
    for command in installs:
        assert "--require-hashes" in command
        assert [word for word in command[2:] if not word.startswith(("-", "/"))] == []
    locks = [copied(dockerfile)[command[-1]] for command in installs if command[1] == "install"]
    assert locks == ["envs/requirements.lock", "envs/kubernetes.lock"]
    assert ["pip", "check"] in commands


def test_the_image_has_the_project_and_its_base_a_python_of_the_lock(dockerfile):
    assert {"Snakefile", "config.yaml", "workflow", "profiles", "envs"} <= set(copied(dockerfile))
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for source in copied(dockerfile).values():
        assert (ROOT / source).exists()
        assert source.partition("/")[0] in allowed
    ((base,),) = [words for name, words in dockerfile if name == "FROM"]
    assert base.startswith(f"python:{load_pin().PYTHON}-slim-")
    assert [words for name, words in dockerfile if name == "USER"][-1][0] not in ("root", "0")


@pytest.mark.parametrize("group", ["validator", "docs"])
def test_the_lock_of_a_group_is_within_its_range_and_has_hashes(group):
    lock = (ENVS / f"{group}.lock").read_text()
    versions = load_pin().locked_versions(lock)
    (wanted,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"][group]
    assert Requirement(wanted).specifier.contains(versions[Requirement(wanted).name])
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=[a-z])", lock))


def test_the_lock_of_mutants_has_the_versions_of_the_other(locked):
    lock = (ENVS / "mutants.lock").read_text()
    versions = load_pin().locked_versions(lock)
    (wanted,) = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["mutants"]
    assert Requirement(wanted).specifier.contains(versions[Requirement(wanted).name])
    assert {name for name in set(versions) & set(locked) if versions[name] != locked[name]} == set()
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=[a-z])", lock))


def test_every_rule_names_its_environment():
    assert {rule for rule, environment, _ in rules() if environment is None} == set()
    assert {rule for rule, _, _ in rules()} == {
        *("download", "tensorize", "baseline", "chapter", "train", "export", "evaluate", "figures", "report"),
        *("rounds", "train_sweep", "evaluate_sweep", "draw_sweep"),
    }


@pytest.mark.parametrize(("rule", "environment", "script"), rules(), ids=[rule for rule, _, _ in rules()])
def test_an_environment_has_what_its_script_imports(rule, environment, script):
    loaded_by_name = {
        "tensorize": "datasets",
        "export": "models",
        "train": ("models", "trainers"),
        "train_sweep": ("models", "trainers"),
        "figures": "figures",
    }.get(rule, ())
    folders = (loaded_by_name,) if isinstance(loaded_by_name, str) else loaded_by_name
    modules = [f"{folder}.{name}" for folder in folders for name in source_code.modules(folder)]
    imported = set()
    # machine/gpu.py imports torch only in a job that trains on a GPU.
    for path in source_code.imported(script, *modules) - {source_code.LIBRARY / "machine/gpu.py"}:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module.partition(".")[0])
    third_party = imported - set(sys.stdlib_module_names) - {"ladder"}
    assert third_party, rule
    assert {IMPORTED_AS.get(name, name) for name in third_party} <= set(pins_of(environment))
