"""A folder of results that cannot be written, or a file or link in its place."""

import pytest

A_FILE = "{}: a file is where the folder of results should be; move it away"
READ_ONLY = "{}: this folder of results is read-only; make it writable (chmod u+w), or run in another place"
IN_THE_WAY = (
    "results",
    "results/digits",
    "results/digits/tensorize",
    "results/digits/train/mlp",
    "results/digits/logs",
)


def study(place):
    return place.snakemake("--cores", "1", "--until", "tensorize", "--config", "dataset=digits")


@pytest.mark.parametrize("path", IN_THE_WAY)
def test_a_file_where_a_folder_should_be_is_one_sentence(place, refused, path):
    (place.folder / path).parent.mkdir(parents=True, exist_ok=True)
    (place.folder / path).write_text("mine")
    refused(study(place), A_FILE.format(path))
    assert (place.folder / path).read_text() == "mine"


def test_a_link_that_leads_nowhere_is_one_sentence(place, refused):
    (place.folder / "results").symlink_to("gone")
    refused(study(place), "results: a link that leads nowhere is where the folder of results should be; move it away")


@pytest.fixture
def read_only():
    """`read_only(folder)`: make the folder one that a run cannot write to."""
    made = []

    def lock(folder):
        folder.chmod(0o555)
        made.append(folder)

    yield lock
    for folder in made:
        folder.chmod(0o755)


@pytest.mark.parametrize("path", ["results", "results/digits", "results/digits/tensorize"])
def test_a_read_only_folder_is_one_sentence(place, refused, read_only, path):
    (place.folder / path).mkdir(parents=True)
    read_only(place.folder / path)
    refused(study(place), READ_ONLY.format(path))


def test_a_plan_needs_no_writing(place, read_only):
    (place.folder / "results").mkdir()
    read_only(place.folder / "results")
    assert place.snakemake("-n", "--quiet", "all", "--config", "dataset=digits").status == 0


def test_a_plan_where_nothing_can_be_written_looks_at_the_images(place, read_only, noise, write_folder):
    write_folder(place.folder / "images", noise())
    dataset = {"kind": "folder", "path": "images"}
    assert place.study(dataset, "-n").status == 0
    (place.folder / ".snakemake/zoo.images").unlink()
    read_only(place.folder / ".snakemake")
    ended = place.study(dataset, "-n")
    assert (ended.status, ended.files) == (0, set())
    assert "tensorize" in ended.printed
    assert not (place.folder / ".snakemake/zoo.images").exists()


def test_an_image_that_can_no_longer_be_read_is_named(place, refused, noise, write_folder):
    image = write_folder(place.folder / "images", noise()) / "train/3/1.png"
    dataset = {"kind": "folder", "path": "images"}
    assert place.study(dataset).status == 0
    image.chmod(0)
    refused(place.study(dataset), "images/train/3/1.png: cannot be read (Permission denied)")
