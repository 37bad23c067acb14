"""Every command, every YAML block and every piece of Python of the pages: run, planned, or marked with a reason."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.docs.written import BLOCK, FILE, PAGES, ROOT, blocks, spans, text_of, tracked

# Loads each overlay on config.yaml as snakemake merges it, and prints the errors.
LOAD = """
import copy, json, sys, yaml
from snakemake.utils import update_config
from ladder.config import study
from ladder.errors import LadderError
shipped, wrong = yaml.safe_load(open("config.yaml")), {}
for name, text in json.load(sys.stdin).items():
    settings = copy.deepcopy(shipped)
    update_config(settings, yaml.safe_load(text))
    try:
        study.load(settings)
    except LadderError as error:
        wrong[name] = str(error)
print(json.dumps(wrong))
"""
REASONS = 2  # blocks that no test runs
CALLED = re.compile(r"(make|pytest|snakemake|\.venv/bin/\w+) ")


def settings_before(block):
    """The text of a reader's mine.yaml: the last YAML block of the page before this block."""
    before = [earlier.text for earlier in blocks("yaml") if earlier.page == block.page and earlier.line < block.line]
    return before[-1] if before else "seeds: 1\n"


def check(call, dry_run, settings="seeds: 1\n"):
    """Check a call of the pages: snakemake or make plans it, or the files that it names exist."""
    name, arguments = call.program, call.arguments
    if name == "snakemake":
        if "--workflow-profile" in arguments:
            place = arguments.index("--workflow-profile")
            assert f"{arguments[place + 1]}/config.yaml" in tracked()
            # The plug-in of a cluster is no part of this environment; tests/slurm runs with the plug-in.
            arguments = (*arguments[:place], *arguments[place + 2 :])
        if any(re.fullmatch(r"\w+=[2-9]/\d+", argument) for argument in arguments):
            return  # the first part of a plan stands for all parts; the last part wants the others done
        printed = dry_run(tuple(argument.replace("cuda", "cpu") for argument in arguments), settings)
        assert "\njob " in printed or "Nothing to be done" in printed
    elif name == "make":
        subprocess.run(["make", "-n", *arguments], cwd=ROOT, capture_output=True, check=True)
    elif name == "pytest":
        paths = [argument for argument in arguments if argument.startswith("tests")]
        assert paths
        assert set(paths) <= tracked()
    elif name == "python":
        module = arguments[arguments.index("-m") + 1].replace(".", "/")
        folder = call.path.rpartition("/")[2]  # the folder of the library; the project's own is searched as well
        files = [f"{place}{module}{end}.py" for place in (f"{folder}/", "") for end in ("", "/__main__")]
        assert set(files) & tracked(), files
    elif name == "xdg-open":
        assert re.fullmatch(r"results/\w+/report\.html", arguments[0])
    else:
        assert (name, arguments[0]) == ("git", "clone")


def test_every_fence_is_a_block_of_a_known_language():
    for page in PAGES:
        assert text_of(page).count("```") == 2 * len(BLOCK.findall(text_of(page))), page
    assert {block.language for block in blocks()} == {"sh", "yaml", "python"}


def test_few_blocks_are_not_run_and_each_says_why():
    assert len([block for block in blocks() if block.reason]) == REASONS
    for page in PAGES:
        assert text_of(page).count("<!-- not run") == len([b for b in blocks() if b.page == page and b.reason]), page


@pytest.mark.parametrize("block", blocks("sh"), ids=str)
def test_the_commands_of_a_block(block, calls, dry_run):
    called = calls(block.text)
    assert called
    for call in called:
        check(call, dry_run, settings_before(block))


@pytest.mark.parametrize(
    ("page", "span"), [(page, span) for page, span in spans() if CALLED.match(span)], ids=lambda text: text
)
def test_a_command_in_a_sentence(page, span, calls, dry_run):
    if "--report" in span or "..." in span:
        return  # asks for a finished study (tests/workflow/test_places.py); a part of a command
    for call in calls(span.replace("<file>", "results/mnist_sample/evaluate/summary.json")):
        check(call, dry_run)


def test_yaml_blocks_are_settings_of_a_study(clone):
    overlays = {str(block): block.text for block in blocks("yaml")}
    assert len(overlays) > 10
    environment = os.environ | {"PYTHONPATH": str(clone.folder / "workflow")}
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        input=json.dumps(overlays),
        cwd=clone.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == {}


def test_a_setting_that_is_wrong_would_be_found(clone):
    environment = os.environ | {"PYTHONPATH": str(clone.folder / "workflow")}
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        input=json.dumps({"here": "variants:\n  cnn: {epoch: 3}\n"}),
        cwd=clone.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "variants.cnn" in json.loads(done.stdout)["here"]


@pytest.mark.parametrize("block", [b for b in blocks("python") if not FILE.match(b.text)], ids=str)
def test_python_that_is_no_plug_in_is_a_workflow(block, clone, dry_run):
    (clone.folder.parent / "Snakefile").write_text(block.text)
    printed = dry_run(("--config", "dataset=digits"), folder=clone.folder.parent)
    assert "ladder_report" in printed


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names_are_there(page):
    tops = {path.partition("/")[0] for path in tracked() if "/" in path}
    named = [span for where, span in spans() if where == page and re.fullmatch(r"[\w.-]+(/[\w.-]+)*/?", span)]
    missing = [
        path for path in named if "/" in path and path.partition("/")[0] in tops and path.rstrip("/") not in tracked()
    ]
    assert missing == []
