"""Changes after which the images are read again, as a user sees it: by dry runs of snakemake."""

import os
import shutil
import sqlite3

import pytest

TENSORS = "results/pets/tensorize/facts.json"
RUN = ("--cores", "1", TENSORS, "--configfile", "overlay.yaml")
READ_AGAIN = {"tensorize": 1}


def name_folder(project, path):
    dataset = {"kind": "folder", "path": path}
    project.overlay({"dataset": "pets", "ladder": ["pixel_l1"], "datasets": {"pets": dataset}})


@pytest.fixture(scope="module")
def project(tmp_path_factory, Project, noise, write_folder):
    project = Project(tmp_path_factory.mktemp("changes"))
    write_folder(project.folder / "images", noise(("cat", "dog")))
    name_folder(project, "images")
    project.snakemake(*RUN)
    return project


@pytest.fixture
def images(project):
    """The images that the tensors hold; what a test changes is undone at its end."""
    kept = shutil.copytree(project.folder / "images", project.folder / "kept")
    yield project.folder / "images"
    shutil.rmtree(project.folder / "images")
    kept.rename(project.folder / "images")
    name_folder(project, "images")


def in_place_with_the_old_time(images):
    path = images / "train/cat/1.png"
    before, content = path.stat(), path.read_bytes()
    path.write_bytes(content[:-1] + b"x")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def below_a_subfolder(images):
    (images / "train/cat/more").mkdir()
    shutil.copy(images / "train/cat/1.png", images / "train/cat/more")


def another_folder_in_its_place(images):
    for name, new_name in (("cat", "aside"), ("dog", "cat"), ("aside", "dog")):
        (images / "train" / name).rename(images / "train" / new_name)


@pytest.mark.parametrize("change", [in_place_with_the_old_time, below_a_subfolder, another_folder_in_its_place])
def test_changed_images_are_read_again(project, images, change):
    change(images)
    assert project.waiting(*RUN) == READ_AGAIN


def test_the_same_images_are_not_read_again(project, images):
    for path in images.rglob("*.png"):
        path.write_bytes(path.read_bytes())
    (images / "train/cat/.DS_Store").write_bytes(b"")
    assert project.waiting(*RUN) == {}
    images.rename(images.with_name("elsewhere"))
    name_folder(project, "elsewhere")
    assert project.waiting(*RUN) == {}
    images.with_name("elsewhere").rename(images)


def test_verify_data_believes_no_manifest(project):
    # The files of a test are too new for the manifest to remember.
    project.edit("workflow/ladder/images/fingerprint.py", "MARGIN = 10 * 10**9", "MARGIN = 0")
    assert project.waiting(*RUN) == {}
    manifest = project.folder / ".snakemake/pets.images"
    with sqlite3.connect(manifest) as table:
        table.execute("UPDATE file SET content = zeroblob(16)")
    table.close()
    assert project.waiting(*RUN) == READ_AGAIN
    assert project.waiting(*RUN, "--config", "verify_data=true") == {}
    assert project.waiting(*RUN) == {}
