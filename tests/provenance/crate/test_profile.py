"""Crates are Workflow Run Crates, says roc-validator, which has an environment of its own: `make validator`."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import rocrate

ROOT = Path(__file__).resolve().parents[3]
VALIDATOR = Path(os.environ.get("LADDER_VALIDATOR", ROOT / ".venv-validator")) / "bin/python"
# rocrate brings the context that its crates name.
CONTEXT = Path(rocrate.__file__).with_name("data") / "ro-crate.jsonld"


@pytest.fixture
def failed(tmp_path):
    """`failed(crate, severity)`: identifiers of the profile's checks that a crate fails."""
    if not VALIDATOR.is_file():
        pytest.skip("there is no .venv-validator; `make validator` makes it")

    def failed(crate, severity="REQUIRED"):
        script = Path(__file__).with_name("validate.py")
        command = [str(VALIDATOR), str(script), str(CONTEXT), str(crate), severity]
        done = subprocess.run(command, text=True, capture_output=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout.splitlines()[-1])
        assert told["executed"] > 50
        assert told["passed"] == (not told["issues"])
        return set(told["issues"])

    return failed


def test_crates_are_workflow_run_crates(of_archive, of_folder, failed, tmp_path):
    assert failed(of_archive.path) == set()
    assert failed(of_folder.path) == set()
    assert failed(of_folder.unpacked(tmp_path / "unpacked")) == set()


def test_a_crate_with_names_does_what_the_profile_recommends(of_archive, failed):
    # A Snakefile inside a crate, and an institute that is known only by its name, have no address.
    without_address = {"process-run-crate-0.5_3.2", "process-run-crate-0.5_5.1", "ro-crate-1.1_31.2"}
    unreachable = {"ro-crate-1.1_28.1"}  # the archive, as the validator runs without a network
    assert failed(of_archive.path, "RECOMMENDED") == without_address | unreachable


def test_the_validator_finds_what_is_missing(of_folder, failed, tmp_path):
    folder = of_folder.unpacked(tmp_path / "unpacked")
    (folder / "study/report.html").unlink()
    path = folder / "ro-crate-metadata.json"
    told = json.loads(path.read_text())
    told["@graph"] = [entity for entity in told["@graph"] if entity["@type"] != "CreateAction"]
    path.write_text(json.dumps(told))
    assert {"workflow-run-crate-0.5_4.1"} <= failed(folder)
