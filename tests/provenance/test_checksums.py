import subprocess

import pytest

from ladder.errors import LadderError
from ladder.formats import tables
from ladder.provenance import checksums
from ladder.training.history import HISTORY

WITHOUT_SECONDS = {name: kind for name, kind in HISTORY.items() if name != "seconds"}
ROW = {"variant": "mlp", "seed": 0, "epoch": 0, "train_loss": 0.5, "valid_loss": 0.25, "accuracy": 0.75}


PROMISED = (
    *("tensorize/train.safetensors", "chapter/facts.json", "train/mlp/0-1/weights.safetensors"),
    *("train/mlp/0-1/history.csv", "evaluate/metrics.csv", "figures/ladder.svg", "summary.md", "report.html"),
)
IN_PART = {
    "train/mlp/0-1/history.csv": "train/mlp/0-1/history.csv without seconds",
    "report.html": "report.html without costs",
}


@pytest.fixture
def results(tmp_path):
    """The results folder of a finished study, with artifacts of every kind, promised or not."""
    files = {
        **dict.fromkeys(PROMISED, "text"),
        "report.html": '<h1>cnn</h1><section id="costs">2 s\n3 s</section><p>end</p>',
        "train/mlp/0-1/costs.csv": "2 s",
        "figures/old.svg": "<svg/>",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    tables.write(tmp_path / "train/mlp/0-1/history.csv", [ROW | {"seconds": 1.5}], HISTORY)
    checksums.write(tmp_path, PROMISED)
    return tmp_path


def test_the_list_has_what_is_promised_in_its_order_and_nothing_else(results):
    assert list(checksums.read(results)) == [IN_PART.get(name, name) for name in PROMISED]
    assert list(checksums.digests(results).items()) == list(checksums.read(results).items())


def test_seconds_are_not_promised_and_all_else_is(results):
    before = checksums.digests(results)
    history, page = results / "train/mlp/0-1/history.csv", results / "report.html"
    tables.write(history, [ROW | {"seconds": 99}], HISTORY)
    page.write_text(page.read_text().replace("2 s\n3 s", "4 s"))
    assert checksums.digests(results) == before
    tables.write(history, [ROW | {"seconds": 1.5, "accuracy": 0.76}], HISTORY)
    page.write_text(page.read_text().replace("end", "End"))
    after = checksums.digests(results)
    assert [name for name in before if before[name] != after[name]] == [
        "train/mlp/0-1/history.csv without seconds",
        "report.html without costs",
    ]


def test_sha256sum_checks_the_whole_files_without_a_complaint(results):
    def sha256sum():
        return subprocess.run(
            ["sha256sum", "--check", "--strict", checksums.FILE], cwd=results, capture_output=True, text=True
        )

    told = sha256sum()
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.count(": OK\n") == len(PROMISED) - len(IN_PART)
    (results / "figures/ladder.svg").write_text("<svg></svg>")
    assert "figures/ladder.svg: FAILED" in sha256sum().stdout


def test_a_file_that_is_gone_has_no_checksum(results):
    (results / "summary.md").unlink()
    assert checksums.read(results).keys() - checksums.digests(results).keys() == {"summary.md"}


def test_a_study_that_did_not_end_has_no_checksums(tmp_path):
    with pytest.raises(LadderError, match=r"checksums\.sha256: not there; a study writes it at its end"):
        checksums.read(tmp_path)


def test_the_first_difference_is_that_of_the_earliest_stage(results):
    before = checksums.read(results)
    assert checksums.difference(before, before) is None
    (results / "summary.md").write_text("another")
    assert checksums.difference(before, checksums.digests(results)) == "summary.md"
    tables.write(results / "train/mlp/0-1/history.csv", [ROW], WITHOUT_SECONDS)
    assert checksums.difference(before, checksums.digests(results)) == "summary.md"  # the page differs in seconds alone
    tables.write(results / "train/mlp/0-1/history.csv", [ROW | {"epoch": 1}], WITHOUT_SECONDS)
    assert checksums.difference(before, checksums.digests(results)) == "train/mlp/0-1/history.csv without seconds"


@pytest.mark.parametrize("name", ["a", "c", "d"])
def test_what_one_list_lacks_is_a_difference(name):
    both = {"a": "1", "b": "2", "c": "3", "d": "4"}
    less = {key: value for key, value in both.items() if key != name}
    assert checksums.difference(both, less) == name
    assert checksums.difference(less, both) == name
    assert checksums.difference(both, less | {"d": "5"}) == min(name, "d")
