"""The files that Snakemake's workflow catalog asks for, and the fields that a citation needs."""

import subprocess
import tomllib

import pytest
import yaml

from tests.docs.written import ROOT, text_of

STUDY = ("--config", "dataset=digits", "seeds=1", "ladder=[pixel_l1]", "figures=[ladder]")
MODULE = """
configfile: "{project}/config/config.yaml"
module ladder:
    snakefile: "{project}/workflow/Snakefile"
    config: config
use rule * from ladder as ladder_*
rule mine:
    default_target: True
    input: rules.ladder_study.input
"""


def test_the_readme_says_what_the_catalog_looks_for():
    readme = text_of("README.md").lower()
    assert "snakemake" in readme
    assert "workflow" in readme


def test_its_settings_have_the_catalogs_form():
    usage = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert usage["report"] is True
    assert usage["software-stack-deployment"] == {"conda": True}
    assert usage["mandatory-flags"]["flags"] == ""
    assert list((ROOT / "workflow/rules").glob("*.smk"))


def test_there_is_one_file_of_settings_and_one_folder_of_profiles():
    assert (ROOT / "config/config.yaml").samefile(ROOT / "config.yaml")
    assert (ROOT / "workflow/profiles").samefile(ROOT / "profiles")
    modes = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "--stage", "config/config.yaml", "workflow/profiles"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert [line.split()[0] for line in modes.stdout.splitlines()] == ["120000", "120000"]  # links, also in a clone


def test_called_from_another_folder_it_has_the_projects_profile(clone, dry_run, tmp_path):
    printed = dry_run(("-s", str(clone.folder / "workflow/Snakefile"), *STUDY), folder=tmp_path)
    assert f"Using workflow specific profile {clone.folder}/workflow/profiles/default" in printed
    assert "\nstudy " in printed


def test_it_is_a_module_of_another_workflow(clone, dry_run, tmp_path):
    (tmp_path / "Snakefile").write_text(MODULE.format(project=clone.folder))
    assert "\nladder_report " in dry_run(STUDY, folder=tmp_path)


@pytest.fixture
def citation():
    return yaml.safe_load((ROOT / "CITATION.cff").read_text())


def test_the_citation_has_what_version_1_2_0_of_its_format_requires(citation):
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(citation)
    assert citation["authors"] == [{"name": "Digit Ladder contributors"}]
    assert citation["type"] == "software"


def test_version_and_licence_are_those_of_the_project(citation):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])
    assert f": {project['version']}\n" in text_of("CHANGELOG.md")
    assert (ROOT / "LICENSE").read_text().startswith("MIT License\n\nCopyright (c) 2026 Digit Ladder contributors\n")
