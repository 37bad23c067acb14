import pytest

from ladder.errors import LadderError
from ladder.formats.files import sha256_of
from ladder.provenance import output_checksums

SCORES = "results/digits/train/mlp/0-1/scores.parquet"


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def written(place):
    """A file of results that a job wrote."""

    def write(path=SCORES, text="scores"):
        with output_checksums.around([], [path]):
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_text(text)
        return place / path

    return write


RECORD = "results/digits/checksums/train/mlp/0-1/scores.parquet.sha256"


def test_a_record_is_as_sha256sum_reads_it(written, place):
    path = written()
    assert (
        place / RECORD
    ).read_text() == f"{sha256_of(path)}  train/mlp/0-1/scores.parquet\n{output_checksums.VERSION}\n"
    assert output_checksums.read(SCORES) == sha256_of(path)


def test_a_file_that_is_as_it_was_written_is_used(written):
    written()
    used = []
    with output_checksums.around([SCORES], []):
        used.append(SCORES)
    assert used


def test_a_changed_file_is_named_before_it_is_used(written):
    written().write_text("Scores")
    sentence = (
        rf"{SCORES}: changed since a job wrote it \(its SHA-256 was \w{{8}}…, now it is \w{{8}}…\); "
        f"run again with --forcerun {SCORES}, "
    )
    used = []
    with pytest.raises(LadderError, match=sentence), output_checksums.around([SCORES], []):
        used.append(SCORES)
    assert not used


@pytest.mark.parametrize("path", ["summary.md", "evaluate/metrics.csv", "sweep/mlp/points.csv", "train/a/0-1/b/c.csv"])
def test_a_change_is_noticed_in_every_folder(written, place, path):
    path = f"results/digits/{path}"
    written("results/digits/evaluate/others/metrics.csv")  # no other file's record takes its place
    written(path).write_text("Scores")
    assert (
        (place / path.replace("digits/", "digits/checksums/", 1))
        .with_name(f"{path.rpartition('/')[2]}.sha256")
        .exists()
    )
    with pytest.raises(LadderError, match=f"{path}: changed since a job wrote it"), output_checksums.around([path], []):
        raise AssertionError("it was used")


def test_a_file_that_is_written_anew_has_a_new_record(written):
    first = sha256_of(written())
    written(text="others")
    assert output_checksums.read(SCORES) not in (None, first)


def test_while_a_file_is_written_anew_it_has_no_record(written):
    written()
    with pytest.raises(KeyError), output_checksums.around([], [SCORES]):
        assert output_checksums.read(SCORES) is None
        raise KeyError
    assert output_checksums.read(SCORES) is None


def test_without_its_record_a_file_is_not_checked(written, place):
    written().write_text("Scores")
    (place / RECORD).unlink()
    with output_checksums.around([SCORES], []):
        pass


def test_files_elsewhere_are_neither_recorded_nor_checked(written, place):
    for path in ("images/3/1.png", str(place / "archive.tgz"), "results/page.html"):
        written(path).write_text("another")
        with output_checksums.around([path], []):
            pass
        assert output_checksums.read(path) is None
    assert not list(place.rglob("*.sha256"))


def test_what_a_version_without_records_wrote_is_named_where_it_cannot_be_used():
    with pytest.raises(LadderError) as told, output_checksums.around([SCORES, "images"], []):
        {}["probabilities"]
    assert str(told.value) == (
        f"{SCORES}: not written by this version of the project, which cannot use it "
        f"(KeyError: 'probabilities'); run again with --forcerun {SCORES}, which makes it anew"
    )
    with pytest.raises(LadderError, match="parquet and 1 more: not written"), output_checksums.around([SCORES] * 2, []):
        {}["probabilities"]


def test_what_another_version_recorded_is_named_where_it_cannot_be_used(written, monkeypatch):
    written()
    monkeypatch.setattr(output_checksums, "VERSION", "# version 2")
    with output_checksums.around([SCORES], []):  # the job may still be able to use the file
        pass
    with (
        pytest.raises(LadderError, match="parquet: not written by this version"),
        output_checksums.around([SCORES], []),
    ):
        {}["probabilities"]


@pytest.mark.parametrize("bug", [ZeroDivisionError(), OSError("disk full"), LadderError("too small")])
def test_other_errors_stay_what_they_are(written, bug):
    written()
    with pytest.raises(type(bug)) as told, output_checksums.around([SCORES], []):
        raise bug
    assert told.value is bug
