"""Bad archives. An archive is verified first, so even a hostile archive has its right checksum here."""

import gzip
import hashlib
import io
import json
import stat
import struct
import tarfile
import zipfile
import zlib

import pytest

ARCHIVE = "results/zoo/download/{}"
NOT_WHOLE = ARCHIVE + ": not a complete tar or zip archive ({}); delete it, and the next run fetches it again"
MUCH = 64 << 20


def tar_of(files, *more, compression="gz"):
    """A tar of the files of a dict and of (header, bytes) pairs."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=f"w:{compression}", format=tarfile.GNU_FORMAT) as archive:
        for name, content in files.items():
            archive.addfile(*member(name, content))
        for header, content in more:
            archive.addfile(header, content)
    return stream.getvalue()


def member(name, content=b"", **fields):
    header = tarfile.TarInfo(name)
    header.size = len(content)
    for field, value in fields.items():
        setattr(header, field, value)
    return header, io.BytesIO(content)


def zip_of(files, *more, compression=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, content in [*files.items(), *more]:
            archive.writestr(name, content)
    return stream.getvalue()


def with_size(data, name, size):
    """A zip whose directory and whose member both say that `name` has another size."""
    data = bytearray(data)
    for signature, at_size, at_name in ((b"PK\3\4", 22, 30), (b"PK\1\2", 24, 46)):
        at = data.find(signature)
        while data[at + at_name : at + at_name + len(name)] != name:
            at = data.index(signature, at + 1)
        struct.pack_into("<I", data, at + at_size, size)
    return bytes(data)


def locked(data):
    """A zip whose first member says that it is encrypted."""
    data = bytearray(data)
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def link_in_zip(name, target):
    header = zipfile.ZipInfo(name)
    header.create_system, header.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return header, target


def bomb(name, gibibytes):
    """A gzipped tar with a member of many zeros, in equal streams of gzip with MUCH zeros each."""
    header = tarfile.TarInfo(name)
    header.size = gibibytes << 30
    zeros = gzip.compress(bytes(MUCH), 9)
    return (
        gzip.compress(header.tobuf(tarfile.GNU_FORMAT))
        + zeros * ((gibibytes << 30) // MUCH)
        + gzip.compress(bytes(1024))
    )


def unpacked(data):
    """The content of a gzip file, whatever its checksum."""
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[10:])


def too_much(name, size):
    return f"{name}: {size:,} bytes are too many for an image; 67,108,864 are allowed"


def too_long(archive, packed):
    return (
        f"{ARCHIVE.format(archive)}: its {packed:,} bytes unpack to more than {max(1 << 30, 200 * packed):,}, as no "
        "archive of images does; pack the images anew"
    )


def no_image(name, kind):
    return f"{name}: {kind}, not an image; put the image itself there"


def outside(archive, path):
    return (
        f"{ARCHIVE.format(archive)}: the member '{path}' lies outside the archive; pack it anew, with paths like "
        "train/<class>/<image>"
    )


LINK = {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}
# name: file name, function of small images by path that makes the archive, sentence or a function of the archive
BAD = {
    "truncated": (
        "zoo.tgz",
        lambda files: tar_of(files)[:-700],
        NOT_WHOLE.format("zoo.tgz", "Compressed file ended before the end-of-stream marker was reached"),
    ),
    "a tar without its end": (
        "zoo.tar",
        lambda files: tar_of(files, compression="").rstrip(b"\0")[:-600],
        NOT_WHOLE.format("zoo.tar", "it ends too early or is damaged: truncated header"),
    ),
    "empty": (
        "zoo.tgz",
        lambda files: b"",
        NOT_WHOLE.format("zoo.tgz", "it ends too early or is damaged: empty header"),
    ),
    "not gzip": (
        "zoo.tgz",
        lambda files: b"some text, not an archive\n" * 99,
        NOT_WHOLE.format("zoo.tgz", "it ends too early or is damaged: invalid header"),
    ),
    "a damaged checksum of gzip": (
        "zoo.tgz",
        lambda files: tar_of(files)[:-8] + bytes(8),
        lambda data: NOT_WHOLE.format("zoo.tgz", f"CRC check failed 0x0 != {zlib.crc32(unpacked(data)):#x}"),
    ),
    "a member above": (
        "zoo.tgz",
        lambda files: tar_of(files | {"../../evil.png": b"x"}),
        outside("zoo.tgz", "../../evil.png"),
    ),
    "a member above, inside": (
        "zoo.tgz",
        lambda files: tar_of(files | {"train/3/../../../evil.png": b"x"}),
        outside("zoo.tgz", "train/3/../../../evil.png"),
    ),
    "an absolute member": (
        "zoo.tgz",
        lambda files: tar_of(files | {"/tmp/evil.png": b"x"}),
        outside("zoo.tgz", "/tmp/evil.png"),
    ),
    "a member above, of a zip": (
        "zoo.zip",
        lambda files: zip_of(files | {"../evil.png": b"x"}),
        outside("zoo.zip", "../evil.png"),
    ),
    "an absolute member of a zip": (
        "zoo.zip",
        lambda files: zip_of(files | {"/tmp/evil.png": b"x"}),
        outside("zoo.zip", "/tmp/evil.png"),
    ),
    "a symbolic link": (
        "zoo.tgz",
        lambda files: tar_of(files, member("train/3/l.png", **LINK)),
        "train/3/l.png: a link to '/etc/passwd', which is outside the archive; put the target in its place",
    ),
    "a symbolic link of a zip": (
        "zoo.zip",
        lambda files: zip_of(files, link_in_zip("train/3/l.png", "/etc/passwd")),
        "train/3/l.png: a link to '/etc/passwd', which is outside the archive; put the target in its place",
    ),
    "a hard link to nothing": (
        "zoo.tgz",
        lambda files: tar_of(files, member("train/3/l.png", type=tarfile.LNKTYPE, linkname="train/3/8.png")),
        "train/3/l.png: a link to 'train/3/8.png', which is not in the archive; put the target in its place",
    ),
    "a class that is a link to nothing": (
        "zoo.tgz",
        lambda files: tar_of(files, member("train/9", type=tarfile.SYMTYPE, linkname="8")),
        "train/9: a link to '8', which is not in the archive; put the target in its place",
    ),
    "a backslash above, of a zip": (
        "zoo.zip",
        lambda files: zip_of(files | {"..\\evil.png": b"x"}),
        outside("zoo.zip", "../evil.png"),
    ),
    "a drive, of a zip": (
        "zoo.zip",
        lambda files: zip_of(files | {"C:\\train\\3\\evil.png": b"x"}),
        outside("zoo.zip", "C:/train/3/evil.png"),
    ),
    "a device": (
        "zoo.tgz",
        lambda files: tar_of(files, member("train/3/zero.png", type=tarfile.CHRTYPE, devmajor=1, devminor=5)),
        no_image("train/3/zero.png", "a device"),
    ),
    "a disk": (
        "zoo.tgz",
        lambda files: tar_of(files, member("train/3/sda.png", type=tarfile.BLKTYPE, devmajor=8)),
        no_image("train/3/sda.png", "a device"),
    ),
    "a pipe": (
        "zoo.tgz",
        lambda files: tar_of(files, member("train/3/pipe.png", type=tarfile.FIFOTYPE)),
        no_image("train/3/pipe.png", "a pipe"),
    ),
    "a bomb": (
        "zoo.tgz",
        lambda files: bomb("notes.txt", 7),
        lambda data: too_long("zoo.tgz", len(data)),
    ),
    "a bomb that is an image": ("zoo.tgz", lambda files: bomb("train/3/0.png", 1), too_much("train/3/0.png", 1 << 30)),
    "a bomb of xz": (
        "zoo.tar.xz",
        lambda files: tar_of({"train/3/0.png": bytes(MUCH + 1)}, compression="xz"),
        too_much("train/3/0.png", MUCH + 1),
    ),
    "a name that is a bomb": (
        "zoo.tar",
        lambda files: (
            member("././@LongLink", type=tarfile.GNUTYPE_LONGNAME, size=1 << 30)[0].tobuf(tarfile.GNU_FORMAT)
            + bytes(MUCH)
        ),
        NOT_WHOLE.format("zoo.tar", "a name or header of 1,073,741,824 bytes"),
    ),
    "a bomb of zip": (
        "zoo.zip",
        lambda files: with_size(zip_of(files | {"notes.txt": b"x"}), b"notes.txt", (1 << 32) - 2),
        lambda data: too_long("zoo.zip", len(data)),
    ),
    "a zip with a large image": (
        "zoo.zip",
        lambda files: zip_of(files | {"train/3/0.png": bytes(MUCH + 1)}),
        too_much("train/3/0.png", MUCH + 1),
    ),
    "a size of zip that is a lie": (
        "zoo.zip",
        lambda files: with_size(zip_of(files | {"train/3/a.png": bytes(MUCH)}), b"train/3/a.png", 99),
        NOT_WHOLE.format("zoo.zip", "train/3/a.png is damaged"),
    ),
    "a password": (
        "zoo.zip",
        lambda files: locked(zip_of(files)),
        "train/3/0.png: encrypted with a password; pack the images without one",
    ),
    "a truncated zip": (
        "zoo.zip",
        lambda files: zip_of(files)[:-30],
        NOT_WHOLE.format("zoo.zip", "it ends too early or is damaged: invalid header"),
    ),
    "two members of one name": (
        "zoo.tgz",
        lambda files: tar_of(files, member("train/3/0.png", files["train/7/0.png"])),
        "train/3/0.png: two files have this path",
    ),
    "two members of one name in a zip": (
        "zoo.zip",
        lambda files: zip_of(files, ("train/3/0.png", files["train/7/0.png"])),
        "train/3/0.png: two files have this path",
    ),
    "an order to the terminal": (
        "zoo.tgz",
        lambda files: tar_of(files | {"train/3/\x1b[2J\n.png": b"x"}),
        r"train/3/\x1b[2J\n.png: no PNG, JPEG, BMP, GIF, TIFF, WebP or PPM image (1 bytes)",
    ),
    "an archive in an archive": (
        "zoo.tgz",
        lambda files: tar_of({"zoo.tgz": tar_of(files)}),
        "no folder with the training images: expected train or training, at the top or one folder below, or the folder "
        "that `train` of the dataset names; there are no folders",
    ),
}


def dataset_of(place, name, data):
    (place.folder / name).write_bytes(data)
    return {"kind": "archive", "sources": [name], "sha256": hashlib.sha256(data).hexdigest()}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_archive_is_one_sentence(place, refused, noise, case):
    name, make, sentence = BAD[case]
    data = make(noise())
    ended = place.read(dataset_of(place, name, data))
    refused(ended, sentence(data) if callable(sentence) else sentence, {ARCHIVE.format(name)})
    assert ended.megabytes < 300


def test_snakemake_ends_with_the_sentence_of_its_job(place, refused, noise):
    name, make, sentence = BAD["truncated"]
    refused(place.study(dataset_of(place, name, make(noise()))), sentence, {ARCHIVE.format(name)})


def test_a_wrong_checksum_keeps_the_archive_out(place, refused, noise):
    (place.folder / "zoo.tgz").write_bytes(tar_of(noise()))
    ended = place.read({"kind": "archive", "sources": ["zoo.tgz"], "sha256": "0" * 64})
    digest = hashlib.sha256((place.folder / "zoo.tgz").read_bytes()).hexdigest()
    refused(
        ended,
        "zoo.tgz: no copy of the archive and no source that works. Tried were\n"
        f"  {place.folder}/home/.fastai/archive/zoo.tgz: No such file or directory\n"
        f"  zoo.tgz: sha256 is {digest}, not {'0' * 64}\n"
        "Two ways on: put zoo.tgz into ~/.fastai/archive or any folder named by LADDER_ARCHIVES, or study the digits "
        "bundled with scikit-learn: snakemake --config dataset=digits",
    )


def test_names_that_are_no_utf_8_are_shown_as_escapes(place, noise):
    files = noise()
    files["train/3/\udcff.png"] = files.pop("train/3/0.png")
    ended = place.read(dataset_of(place, "zoo.tgz", tar_of(files)))
    assert ended.status == 0
    rows = (place.folder / "results/zoo/tensorize/index.csv").read_text().splitlines()
    assert rows[1:4] == ["train,0,train/3/1.png,3", "train,1,train/3/2.png,3", r"train,2,train/3/\udcff.png,3"]


def test_a_link_that_is_no_image_is_passed_over(place, noise):
    data = tar_of(noise(), member("latest", **LINK), member("train/3/a.txt", **LINK))
    ended = place.read(dataset_of(place, "zoo.tgz", data))
    assert ended.status == 0
    assert json.loads((place.folder / "results/zoo/tensorize/facts.json").read_text())["passed_over"] == 2
