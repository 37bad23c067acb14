""".ci/run names a missing program or archive in a sentence, before anything is installed or run."""

import shutil
import subprocess
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parent.parent / ".ci/run"
NEEDED = ("bash", "dirname", "git", "make", "python3", "id")
BROWSER, SLURM = ("chromium", "chromedriver"), ("slurmctld", "slurmd", "munged", "sbatch")


@pytest.fixture
def run(tmp_path):
    """`run(*missing, archives=...)`: the errors of .ci/run without these programs, and with these archives."""
    checkout, programs = tmp_path / "checkout", tmp_path / "bin"
    (checkout / ".ci").mkdir(parents=True)
    programs.mkdir()
    shutil.copy(RUN, checkout / ".ci")
    subprocess.run(["git", "init", "--quiet", checkout], check=True)

    def call(*missing, archives=("mnist_sample.tgz", "mnist_tiny.tgz")):
        for name in (*NEEDED, *BROWSER, *SLURM):
            if name not in missing:
                (programs / name).symlink_to(shutil.which(name) or "/bin/true")
        for name in archives:
            (tmp_path / name).touch()
        variables = {"PATH": str(programs), "LADDER_ARCHIVES": f"/no/such:{tmp_path}"}
        done = subprocess.run(
            [shutil.which("bash"), checkout / ".ci/run"], env=variables, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (1, "")
        return done.stderr

    return call


def test_an_archive_is_named(run, tmp_path):
    assert run(archives=["mnist_sample.tgz"]) == (
        f"error: mnist_tiny.tgz: in none of the folders of LADDER_ARCHIVES (/no/such:{tmp_path}); get it from its "
        "address in config.yaml, and name the folder where it lies: LADDER_ARCHIVES=~/archives .ci/run\n"
    )


@pytest.mark.parametrize("name", ["git", "make", "python3"])
def test_a_program_is_named(run, name):
    assert run(name) == f"error: {name}: not installed; it is needed for everything here\n"


@pytest.mark.parametrize(
    ("missing", "packages"),
    [("chromedriver", "chromium chromium-driver"), ("sbatch", "slurmctld slurmd munge slurm-client")],
)
def test_packages_are_named_where_there_is_no_apt(run, missing, packages):
    assert run(missing).startswith(
        f"error: {packages}: one of these Debian packages is missing, and there is no apt-get"
    )
