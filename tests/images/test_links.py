"""Links of archives are read as their targets, like the links of a folder."""

import io
import stat
import tarfile
import tracemalloc
import zipfile

import pytest

from ladder.datasets import archive as archives
from ladder.datasets import folder as folders
from ladder.errors import LadderError
from ladder.images.layout import AS_FOLDERS

SYMBOLIC, HARD = tarfile.SYMTYPE, tarfile.LNKTYPE
A, B = b"\x89PNG\r\n\x1a\n a", b"\x89PNG\r\n\x1a\n b"
BEFORE, AFTER = {"train/b/1.png": B, "pool/9.png": A}, {"train/b/more/2.png": A, "valid/b/3.png": B}


def tar_with(path, links, before=BEFORE, after=AFTER, compression="gz"):
    """A tar with links (name, kind, target) between its files."""
    with tarfile.open(path, f"w:{compression}") as archive:
        for name, content in before.items():
            add(archive, name, content=content)
        for name, kind, target in links:
            add(archive, name, kind, target)
        for name, content in after.items():
            add(archive, name, content=content)
    return path


def add(archive, name, kind=tarfile.REGTYPE, target="", content=b""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.size = kind, target, len(content)
    archive.addfile(member, io.BytesIO(content))


def zip_with(path, links):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (BEFORE | AFTER).items():
            archive.writestr(name, content)
        for name, _, target in links:
            member = zipfile.ZipInfo(name)
            member.create_system, member.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
            archive.writestr(member, target)
    return path


def images(path):
    source = folders if path.is_dir() else archives
    return {entry.place: entry.read() for entry in map(AS_FOLDERS.located, source.entries(str(path))) if entry.is_image}


def refusal_of(path):
    with pytest.raises(LadderError) as caught:
        images(path)
    return str(caught.value)


OWN = {"train/b/1.png": B, "train/b/more/2.png": A, "valid/b/3.png": B}
FOLLOWED = {
    # links, images that they lead to
    "a class": ([("train/c", SYMBOLIC, "b")], {"train/c/1.png": B, "train/c/more/2.png": A}),
    "a class by a longer way": (
        [("train/c", SYMBOLIC, "../valid/../train/./b/")],
        {"train/c/1.png": B, "train/c/more/2.png": A},
    ),
    "an image": ([("train/b/5.png", SYMBOLIC, "../../pool/9.png")], {"train/b/5.png": A}),
    "an image that comes later": ([("train/b/5.png", SYMBOLIC, "more/2.png")], {"train/b/5.png": A}),
    "a hard link to one before": ([("train/b/5.png", HARD, "pool/9.png")], {"train/b/5.png": A}),
    "a hard link to one that comes later": ([("train/b/5.png", HARD, "./valid/b/3.png")], {"train/b/5.png": B}),
    "a hard link to a hard link": (
        [("train/b/6.png", HARD, "train/b/5.png"), ("train/b/5.png", HARD, "pool/9.png")],
        {"train/b/5.png": A, "train/b/6.png": A},
    ),
    "a link to a link": (
        [("train/d", SYMBOLIC, "c"), ("train/c", SYMBOLIC, "b")],
        {f"train/{label}/{name}": data for label in "cd" for name, data in (("1.png", B), ("more/2.png", A))},
    ),
    "a link in what a link leads to": (
        [("train/b/5.png", SYMBOLIC, "../../pool/9.png"), ("train/c", SYMBOLIC, "b")],
        {"train/b/5.png": A, "train/c/5.png": A, "train/c/1.png": B, "train/c/more/2.png": A},
    ),
    "a split": ([("test", SYMBOLIC, "valid")], {"test/b/3.png": B}),
    "a link to a folder that is a link": (
        [("p", SYMBOLIC, "pool"), ("train/b/5.png", SYMBOLIC, "../../p/9.png")],
        {"train/b/5.png": A},
    ),
}


@pytest.mark.parametrize("compression", ["", "gz"])
@pytest.mark.parametrize("case", FOLLOWED)
def test_a_link_is_what_it_leads_to(tmp_path, case, compression):
    links, more = FOLLOWED[case]
    assert images(tar_with(tmp_path / "a.tar", links, compression=compression)) == OWN | more
    if all(kind == SYMBOLIC for _, kind, _ in links):
        assert images(zip_with(tmp_path / "a.zip", links)) == OWN | more


def test_a_folder_and_a_tar_of_it_are_the_same(tmp_path, write_folder):
    root = write_folder(tmp_path / "data", BEFORE | AFTER)
    (root / "train/c").symlink_to("b")
    (root / "train/b/5.png").symlink_to("../../pool/9.png")
    (root / "train/b/6.png").hardlink_to(root / "train/b/1.png")
    with tarfile.open(tmp_path / "a.tgz", "w:gz") as archive:
        archive.add(root, ".")
    assert images(tmp_path / "a.tgz") == images(root)
    assert len(images(root)) == 9


WHY = "{}: a link to '{}', {}; put the target in its place"
OUTSIDE, GONE = "which is outside the archive", "which is not in the archive"
REFUSED = {
    "an absolute path": (SYMBOLIC, "/etc/passwd", OUTSIDE),
    "above the archive": (SYMBOLIC, "../../../etc/passwd", OUTSIDE),
    "above, by a hard link": (HARD, "../passwd", OUTSIDE),
    "nothing": (SYMBOLIC, "8.png", GONE),
    "nothing, by a hard link": (HARD, "train/b/8.png", GONE),
    "itself": (SYMBOLIC, "5.png", "which leads out of the archive or in a circle"),
    "the folder around it": (SYMBOLIC, "..", "a folder that it lies in itself"),
    "the archive": (SYMBOLIC, "../..", "a folder that it lies in itself"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_link_that_leads_to_nothing_of_the_archive_is_one_sentence(tmp_path, case):
    kind, target, why = REFUSED[case]
    links = [("train/b/5.png", kind, target)]
    assert refusal_of(tar_with(tmp_path / "a.tar", links)) == WHY.format("train/b/5.png", target, why)
    if kind == SYMBOLIC:
        assert refusal_of(zip_with(tmp_path / "a.zip", links)) == WHY.format("train/b/5.png", target, why)


def test_a_link_to_a_link_that_leads_outside_is_refused(tmp_path):
    links = [("train/b/5.png", SYMBOLIC, "6.png"), ("train/b/6.png", SYMBOLIC, "/etc/passwd")]
    assert refusal_of(tar_with(tmp_path / "a.tar", links)).startswith(
        "train/b/5.png: a link to '6.png', which leads out"
    )


def test_two_links_in_a_circle_are_refused(tmp_path):
    links = [("train/b/x", SYMBOLIC, "../../pool"), ("pool/y", SYMBOLIC, "../train/b")]
    assert refusal_of(tar_with(tmp_path / "a.tar", links)).endswith(
        ": a link to a folder that it lies in itself; remove it"
    )


def test_links_of_links_do_not_multiply_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "ALWAYS_ALLOWED", 1 << 20)
    monkeypatch.setattr(archives, "TIMES", 1)
    links = [(f"d{n}/l{m}", SYMBOLIC, f"../d{n - 1}") for n in range(1, 12) for m in range(10)]
    path = tar_with(tmp_path / "a.tgz", links, before={"d0/1.png": A}, after={})
    assert "unpack to more than 1,048,576" in refusal_of(path)


def test_a_link_that_is_no_image_is_an_entry_that_is_not_read(tmp_path):
    links = [("train/b/notes.txt", SYMBOLIC, "/etc/passwd"), ("latest", SYMBOLIC, "nowhere")]
    path = tar_with(tmp_path / "a.tar", links)
    assert images(path) == OWN
    assert {"train/b/notes.txt", "latest"} <= {entry.path for entry in archives.entries(str(path))}


def test_memory_does_not_grow_with_the_links(tmp_path):
    def peak(count):
        links = [(f"train/b/{number:06}.png", HARD, "pool/9.png") for number in range(count)]
        path = tar_with(tmp_path / "a.tar", links, compression="")
        tracemalloc.start()
        assert sum(entry.is_image for entry in map(AS_FOLDERS.located, archives.entries(str(path)))) == len(OWN) + count
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(10)
    assert peak(3_000) < 3 * peak(300)
