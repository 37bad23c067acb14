"""Lists small changes of the library that no test notices: python tests/mutants [--minutes 30] [module ...]

mutmut makes the changes, which are called mutants, and runs against each the tests that call the changed function. The
score of a module is the share of its mutants that a test notices, without the mutants that no test can notice, which
equivalent.toml lists. mutmut does not change constants, properties and functions with a decorator.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
EVALUATION = [
    *("evaluation/agreement", "evaluation/calibration", "evaluation/comparison", "evaluation/differences"),
    *("evaluation/influence", "evaluation/judging", "evaluation/looks", "evaluation/paired", "evaluation/rung"),
    *("evaluation/statistics", "evaluation/tallies", "evaluation/two_way", "evaluation/values", "evaluation/verdict"),
    *("evaluate", "metrics"),
]
LEAST = 0.95  # score of each of these modules
UNNOTICED = ("survived", "no tests", "skipped", "suspicious")
SETTINGS = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = {modules}
also_copy = {files}
pytest_add_cli_args_test_selection = {tests}
timeout_constant = 20.0
"""


def main() -> None:
    """Print each module's score and the mutants that survive; exit with 1 where a score that counts is too low."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("modules", nargs="*", default=EVALUATION, help="such as compare or images/zip")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    tests = []
    for name in asked.modules:
        own = ROOT / "tests" / Path(name).parent / f"test_{Path(name).name}.py"
        for needed in (ROOT / f"workflow/ladder/{name}.py", own):
            if not needed.is_file():
                sys.exit(f"error: {name}: there is no {needed.relative_to(ROOT)}")
        tests += [own, *sorted(own.parent.glob(f"{own.stem}_*.py"))]
    with tempfile.TemporaryDirectory() as folder:
        stage(Path(folder), asked.modules, [str(path.relative_to(ROOT)) for path in tests])
        run(Path(folder), asked.minutes, asked.processes)
        too_low = [name for name in asked.modules if not report(Path(folder), name)]
    for module, before in out_of_date(asked.modules):
        print(f"equivalent.toml: {module} has no line {before!r} any more")
    if too_low:
        sys.exit(f"error: the score is below {LEAST}, or not known for all mutants, of {', '.join(too_low)}")


def stage(folder: Path, modules: list[str], tests: list[str]) -> None:
    """Copy the project as mutmut wants it: the library in src/, under the name by which tests import it."""
    shutil.copytree(ROOT, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*", "__pycache__", "results"))
    (folder / "workflow").rename(folder / "src")
    (folder / "mutants").mkdir()
    (folder / "mutants/workflow").symlink_to("src")
    for path in folder.glob("tests/**/*.py"):
        # mutmut believes that only the first test that uses a shared fixture calls the fixture's functions.
        path.write_text(re.sub(r'\(scope="(module|session)"\)$', "", path.read_text(), flags=re.MULTILINE))
    settings = (folder / "pyproject.toml").read_text().replace('pythonpath = ["workflow", ', 'pythonpath = ["src", ')
    files = sorted(path.name for path in folder.iterdir() if path.name not in ("src", "mutants"))
    mutated = [f"src/ladder/{name}.py" for name in modules]
    settings += SETTINGS.format(modules=mutated, files=files, tests=tests)
    (folder / "pyproject.toml").write_text(settings)


def mutmut(folder: Path, *arguments: str) -> str:
    """Run mutmut and return its output."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, cwd=folder, text=True, capture_output=True, check=True).stdout


def run(folder: Path, minutes: float, processes: int) -> None:
    """Try the mutants, until all are tried or the time is over."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(processes)]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that child processes end, and the folder goes
    process = subprocess.Popen(command, cwd=folder, start_new_session=True)
    try:
        if process.wait(60 * minutes):
            sys.exit("error: mutmut could not run; what it printed says why")
    except subprocess.TimeoutExpired:
        print(f"\nThe time is over: {minutes:g} minutes")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def report(folder: Path, module: str) -> bool:
    """Print the results of a module's mutants; return whether its score is known and high enough."""
    prefix = f"ladder.{module.replace('/', '.')}."
    lines = [line.strip().rpartition(": ") for line in mutmut(folder, "results", "--all", "true").splitlines()]
    # The name of a function, which mutmut puts before its number, begins with x.
    states = {name: state for name, _, state in lines if name.startswith(f"{prefix}x")}
    survivors = {name: change_of(mutmut(folder, "show", name)) for name in states if states[name] in UNNOTICED}
    noticeable = {name: change for name, change in survivors.items() if why_equivalent(module, *change) is None}
    for name, (before, after) in noticeable.items():
        print(f"{name}: {states[name]}\n    {before}\n    {after}")
    counted = len(states) - (len(survivors) - len(noticeable))
    untried = sum(state == "not checked" for state in states.values())
    score = (counted - untried - len(noticeable)) / (counted - untried) if counted > untried else 0.0
    print(
        f"{module}: score {score:.3f}, {len(noticeable)} of {counted - untried} mutants survive; {untried} not tried, "
        f"{len(survivors) - len(noticeable)} equivalent",
        flush=True,
    )
    return module not in EVALUATION or (score >= LEAST and not untried)


def change_of(difference: str) -> tuple[str, str]:
    """Return the lines before and after a mutant's change, by a unified difference, without blanks at their ends."""
    lines = re.sub(r"^(---|\+\+\+) .*$", "", difference, flags=re.MULTILINE).splitlines()
    return tuple(" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")


def equivalents() -> dict[str, list[dict]]:
    """Return the lists of equivalent.toml: `kinds` and `mutants`."""
    return tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))


def out_of_date(modules: list[str]) -> list[tuple[str, str]]:
    """(module, line) of the listed mutants of these modules whose line is no longer there."""
    lines = {name: (ROOT / f"workflow/ladder/{name}.py").read_text(encoding="utf-8") for name in modules}
    listed = [(mutant["module"], mutant["before"]) for mutant in equivalents()["mutants"]]
    return [(name, before) for name, before in listed if before not in lines.get(name, before)]


def why_equivalent(module: str, before: str, after: str) -> str | None:
    """Return why no test can notice a change, by equivalent.toml; None if the change is not listed there."""
    listed = equivalents()
    for kind in listed["kinds"]:
        if re.sub(kind["without"], "", before) == re.sub(kind["without"], "", after):
            return kind["why"]
    for mutant in listed["mutants"]:
        if (mutant["module"], mutant["before"]) == (module, before) and after in mutant["after"]:
            return mutant["why"]
    return None


if __name__ == "__main__":
    main()
