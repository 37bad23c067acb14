"""A test that is skipped because the machine lacks something fails with LADDER_REQUIRE_DATA=1."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SKIPS = """
import pytest

@pytest.fixture
def lacking():
    pytest.skip("no fixture")

def test_called(): pytest.skip("no call")
def test_with_a_fixture(lacking): pass
@pytest.mark.skipif(True, reason="no mark")
def test_marked(): pass
@pytest.mark.xfail(reason="known")
def test_expected_to_fail(): assert False
def test_that_runs(): pass
"""
REASONS = ("no call", "no fixture", "no mark", "could not import 'no_such_module'")


@pytest.mark.parametrize("required", ["", "1"])
def test_no_skip_is_silent(tmp_path, required):
    tests = tmp_path / "tests"
    tests.mkdir()
    shutil.copy(ROOT / "tests/conftest.py", tests)
    (tests / "test_skips.py").write_text(SKIPS)
    (tests / "test_import.py").write_text("import pytest\n\npytest.importorskip('no_such_module')\n")
    command = [sys.executable, "-m", "pytest", f"--rootdir={tmp_path}", "--continue-on-collection-errors", "-rA", tests]
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'workflow'}:{ROOT}", "LADDER_REQUIRE_DATA": required}
    done = subprocess.run(command, cwd=tmp_path, env=environment, text=True, capture_output=True, check=False)
    assert (done.returncode != 0) == (required == "1"), done.stdout
    said = [
        f"skipped, and LADDER_REQUIRE_DATA=1 lets nothing be: Skipped: {reason}" in done.stdout for reason in REASONS
    ]
    assert set(said) == {required == "1"}
    counts = "1 failed, 1 passed, 1 xfailed, 3 errors" if required else "1 passed, 4 skipped, 1 xfailed"
    assert f"= {counts} in " in done.stdout
