import subprocess

import pytest

from ladder.errors import LadderError
from ladder.formats import tables
from ladder.provenance import checksums
from ladder.training.history import HISTORY

WITHOUT_SECONDS = {name: kind for name, kind in HISTORY.items() if name != "seconds"}
ROW = {"variant": "mlp", "seed": 0, "epoch": 0, "train_loss": 0.5, "valid_loss": 0.25, "accuracy": 0.75}


@pytest.fixture
def results(tmp_path):
    """A results folder with some artifacts of every kind, promised or not."""
    files = {
        "summary.md": "best",
        "report.html": '<h1>cnn</h1><section id="costs">2 s\n3 s</section><p>end</p>',
        "tables.html": "2 s",
        "figures/ladder.svg": "<svg/>",
        "evaluate/metrics.csv": "accuracy",
        "train/mlp/0-1/weights.safetensors": "weights",
        "train/mlp/0-1/costs.csv": "2 s",
        "train/mlp/0-1/.scores.parquet.12.part": "half",
        "chapter/facts.json": "{}",
        "chapter/timings.json": "2 s",
        "logs/train/mlp/0-1.log": "2 s",
        "benchmarks/evaluate.tsv": "2 s",
        "tensorize/train.safetensors": "images",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    tables.write(tmp_path / "train/mlp/0-1/history.csv", [ROW | {"seconds": 1.5}], HISTORY)
    return tmp_path


def files_in(results):
    return [path for path in results.rglob("*") if path.is_file()]


def test_what_is_promised_comes_in_the_order_of_the_stages(results):
    assert list(checksums.digests(results)) == [
        "tensorize/train.safetensors",
        "chapter/facts.json",
        "train/mlp/0-1/weights.safetensors",
        "train/mlp/0-1/history.csv without seconds",
        "evaluate/metrics.csv",
        "figures/ladder.svg",
        "summary.md",
        "report.html without costs",
    ]


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
    checksums.write(results, files_in(results))

    def sha256sum():
        return subprocess.run(
            ["sha256sum", "--check", "--strict", checksums.FILE], cwd=results, capture_output=True, text=True
        )

    told = sha256sum()
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.count(": OK\n") == len(checksums.digests(results)) - 2
    (results / "figures/ladder.svg").write_text("<svg></svg>")
    assert "figures/ladder.svg: FAILED" in sha256sum().stdout


def test_what_is_written_is_read_in_the_order_of_the_stages(results):
    checksums.write(results, files_in(results))
    assert list(checksums.read(results).items()) == list(checksums.digests(results).items())


def test_what_another_study_left_is_not_listed(results):
    (results / "figures/old.svg").write_text("<svg/>")
    checksums.write(results, [path for path in files_in(results) if path.name != "old.svg"])
    assert "figures/ladder.svg" in checksums.read(results)
    assert "figures/old.svg" not in checksums.read(results)


def test_a_study_that_did_not_end_has_no_checksums(tmp_path):
    with pytest.raises(LadderError, match=r"checksums\.sha256: not there; a study writes it at its end"):
        checksums.read(tmp_path)


def test_the_first_difference_is_that_of_the_earliest_stage(results):
    before = checksums.digests(results)
    assert checksums.difference(before, before) is None
    (results / "summary.md").write_text("another")
    assert checksums.difference(before, checksums.digests(results)) == "summary.md"
    tables.write(results / "train/mlp/0-1/history.csv", [ROW], WITHOUT_SECONDS)
    assert checksums.difference(before, checksums.digests(results)) == "summary.md"  # it lacks seconds alone
    tables.write(results / "train/mlp/0-1/history.csv", [ROW | {"epoch": 1}], WITHOUT_SECONDS)
    assert checksums.difference(before, checksums.digests(results)) == "train/mlp/0-1/history.csv without seconds"
    (results / "tensorize/index.csv").write_text("of one study alone")
    assert checksums.difference(before, checksums.digests(results)) == "tensorize/index.csv"
    assert checksums.difference(checksums.digests(results), before) == "tensorize/index.csv"
