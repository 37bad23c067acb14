import gzip
import tarfile
import tracemalloc

import pytest

from ladder.datasets import archive as archives
from ladder.errors import LadderError

FILES = {"d/train/": b"", "d/train/7/10.png": b"a", "d/train/3/": b"", "d/labels.csv": b"b", "d/valid/3/1.png": b"c"}
FOUND = [
    ("d/train", None),
    ("d/train/7/10.png", b"a"),
    ("d/train/3", None),
    ("d/labels.csv", b"b"),
    ("d/valid/3/1.png", b"c"),
]


def found_in(path):
    return [(entry.path.rstrip("/"), entry.read and entry.read()) for entry in archives.entries(str(path))]


@pytest.mark.parametrize("compression", ["", "gz", "bz2", "xz"])
def test_a_tar_is_read_in_its_own_order(tmp_path, write_tar, compression):
    assert found_in(write_tar(tmp_path / "a", FILES, compression)) == FOUND


def test_a_zip_is_read_in_its_own_order(tmp_path, write_zip):
    assert found_in(write_zip(tmp_path / "a.zip", FILES)) == FOUND


def test_links_are_no_images(tmp_path, write_tar, located):
    write_tar(tmp_path / "a.tar", FILES, "")
    with tarfile.open(tmp_path / "a.tar", "a") as archive:
        link = tarfile.TarInfo("d/train/3/link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    entries = located(archives.entries(str(tmp_path / "a.tar")))
    assert entries[-1].is_image
    with pytest.raises(
        LadderError, match=r"^d/train/3/link\.png: a link to '/etc/passwd', which is outside the archive; "
    ):
        entries[-1].read()


def test_a_real_archive_holds_what_fastai_packed(archive, located):
    entries = located(archives.entries(str(archive("mnist_tiny.tgz"))))
    images = [entry for entry in entries if entry.is_image]
    counts = {}
    for entry in images:
        split = entry.folder.kinds[-1]
        counts[split, entry.label] = counts.get((split, entry.label), 0) + 1
    assert counts == {("train", "3"): 346, ("train", "7"): 363, ("valid", "3"): 346, ("valid", "7"): 353}
    assert sum(entry.read is not None and not entry.is_image for entry in entries) == 22


@pytest.mark.parametrize("content", [b"", b"some text, not an archive\n" * 99])
def test_what_is_no_archive_is_named(tmp_path, content):
    (tmp_path / "a.tgz").write_bytes(content)
    with pytest.raises(LadderError) as caught:
        found_in(tmp_path / "a.tgz")
    assert str(caught.value).startswith(f"{tmp_path}/a.tgz: not a complete tar or zip archive (")
    assert str(caught.value).endswith("); delete it, and the next run fetches it again")


@pytest.mark.parametrize("compression", ["", "gz", "bz2", "xz"])
def test_an_archive_is_refused_wherever_it_is_cut(tmp_path, noise, write_tar, compression):
    whole = write_tar(tmp_path / "whole", noise(train=4, valid=4), compression).read_bytes()
    complete = found_in(tmp_path / "whole")
    # A tar ends with zeros; in an uncompressed tar they may be missing.
    ends = len(whole.rstrip(b"\0")) if compression == "" else len(whole) - 12
    for length in range(1, ends, 1 + ends // 150):
        (tmp_path / "cut").write_bytes(whole[:length])
        try:
            assert found_in(tmp_path / "cut") == complete, f"cut to {length} of {len(whole)} bytes"
        except LadderError as error:
            assert str(error).startswith(f"{tmp_path}/cut: not a complete tar or zip archive (")


@pytest.mark.parametrize("compression", ["", "gz"])
def test_a_damaged_header_of_a_tar_is_no_end(tmp_path, write_tar, compression):
    write_tar(tmp_path / "a.tar", FILES, "")
    damaged = bytearray((tmp_path / "a.tar").read_bytes())
    damaged[damaged.index(b"d/train/3") + 4] ^= 1
    with (gzip.open if compression else open)(tmp_path / "damaged", "wb") as file:
        file.write(damaged)
    with pytest.raises(LadderError, match="not a complete tar or zip archive"):
        found_in(tmp_path / "damaged")


def test_a_cut_zip_is_refused(tmp_path, noise, write_zip):
    whole = write_zip(tmp_path / "whole.zip", noise()).read_bytes()
    for length in range(0, len(whole), 97):
        (tmp_path / "cut").write_bytes(whole[:length])
        with pytest.raises(LadderError, match="not a complete tar or zip archive"):
            found_in(tmp_path / "cut")


def test_a_damaged_member_of_a_zip_is_refused(tmp_path, write_zip):
    path = write_zip(tmp_path / "a.zip", {"train/3/1.png": bytes(range(256))})
    damaged = bytearray(path.read_bytes())
    damaged[60] ^= 255
    path.write_bytes(damaged)
    with pytest.raises(LadderError, match="not a complete tar or zip archive"):
        found_in(path)


def test_an_encrypted_zip_is_refused_in_a_sentence(tmp_path, write_zip):
    path = write_zip(tmp_path / "a.zip", {"train/3/1.png": b"a"})
    locked = bytearray(path.read_bytes())
    locked[6] |= 1  # the flag of the member, and below the flag of the directory's entry
    locked[locked.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(locked)
    with pytest.raises(LadderError, match="encrypted"):
        found_in(path)


def test_memory_does_not_grow_with_the_members(tmp_path, write_tar):
    def peak(members):
        path = write_tar(tmp_path / "a.tgz", {f"train/3/{number:06}.png": b"" for number in range(members)})
        tracemalloc.start()
        assert sum(entry.path.endswith(".png") for entry in archives.entries(str(path))) == members
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(100)  # fills imports and caches
    # The lower of two peaks: now and then a table of the interpreter grows, such as the table of interned strings.
    assert min(peak(3_000), peak(3_000)) == pytest.approx(min(peak(1_000), peak(1_000)), rel=0.2)
