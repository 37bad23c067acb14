"""Bytes that are nearly an image or an archive, and checks that hold for all bytes."""

import gzip
import io
import os
import struct
import sys
import tarfile
import warnings
import zipfile
import zlib
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from ladder.datasets import archive
from ladder.errors import LadderError
from ladder.images import decoding, plain_png, tar
from ladder.images.entry import HARMFUL
from ladder.images.layout import AS_FOLDERS
from ladder.images.pixels import AS_THEY_ARE, of

# Events that no reader may cause; `open` is one of them only for writing.
FORBIDDEN = {
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.connect", "pickle.find_class"),
    *(
        "os.remove",
        "os.rename",
        "os.mkdir",
        "os.rmdir",
        "os.symlink",
        "os.link",
        "os.chmod",
        "os.truncate",
        "shutil.move",
    ),
}
ALL = {"alpha": "#ff8000", "bit_depth": [0, 65535], "cmyk": True, "frames": "first"}
done: list[str] = []


def watch() -> None:
    """From here on, write down in `done` the events that no reader may cause."""

    def hook(event: str, arguments: tuple) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if watching and (event in FORBIDDEN or writes):
            done.append(f"{event} {arguments!r}")

    sys.addaudithook(hook)


watching: list[bool] = []  # not empty while a reader runs


def _pixels(mode: str) -> Image.Image:
    random = np.random.default_rng(0)
    channels = {"L": (), "RGB": (3,), "CMYK": (4,), "RGBA": (4,)}[mode]
    return Image.fromarray(random.integers(0, 256, (9, 7, *channels), dtype=np.uint8), mode)


def _encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def encoded_images() -> list[bytes]:
    """Small images of every format and kind that is read."""
    grey, colour = _pixels("L"), _pixels("RGB")
    turned = Image.Exif()
    turned[0x0112] = 6
    frames = {"save_all": True, "append_images": [grey.rotate(180)]}
    kinds = ["PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM"]
    made = [_encoded(image, kind) for kind in kinds for image in (grey, colour)]
    made += [_encoded(grey.convert("1"), kind) for kind in ("PNG", "PPM", "TIFF")]
    made += [_encoded(image, "PNG", compress_level=0) for image in (grey, colour.convert("P"), _pixels("RGBA"))]
    made += [_encoded(colour, kind, exif=turned) for kind in ("PNG", "JPEG", "WEBP", "TIFF")]
    made += [_encoded(colour, "TIFF", compression=kind) for kind in ("tiff_lzw", "tiff_adobe_deflate", "packbits")]
    made += [_encoded(_pixels("CMYK"), kind) for kind in ("JPEG", "TIFF")]
    made += [_encoded(colour, "JPEG", progressive=True)]
    made += [_encoded(grey, kind, **frames) for kind in ("PNG", "GIF", "TIFF", "WEBP")]
    made += [_encoded(grey, "PNG", transparency=3), _encoded(colour, "MPO", save_all=True, append_images=[grey])]
    return made + deep_images()


def deep_images() -> list[bytes]:
    """Images of more than 8 bits a channel."""
    values = np.random.default_rng(0).integers(0, 1 << 16, (9, 7, 4), dtype=np.uint16)
    grey = values[..., 0]
    made = [_encoded(Image.fromarray(grey), kind) for kind in ("PNG", "TIFF")]
    made += [_encoded(Image.fromarray(grey.astype(kind)), "TIFF") for kind in (np.float32, np.int32)]
    made += [_encoded(Image.fromarray(grey), "TIFF", compression="tiff_lzw")]
    for channels, kind in ((2, 4), (3, 2), (4, 6)):
        head = struct.pack(">IIBBBBB", 7, 9, 16, kind, 0, 0, 0)
        rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values[..., :channels])
        chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
        made.append(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks))
    return [
        *made,
        b"P5 7 9 4095\n" + grey.astype(">u2").tobytes(),
        b"P6 7 9 65535\n" + values[..., :3].astype(">u2").tobytes(),
        b"Pf\n7 9\n-1.0\n" + grey.astype("<f4").tobytes(),
    ]


def plain_pngs() -> list[bytes]:
    """PNGs of the kind that is read without Pillow, and PNGs that nearly are."""
    rows = [b"".join(b"\0" + bytes(range(width)) for _ in range(height)) for width, height in ((3, 2), (5, 5), (1, 9))]
    shapes = ((3, 2), (5, 5), (1, 9))
    made = []
    for (width, height), data in zip(shapes, rows, strict=True):
        head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
        for level in (0, 6):
            chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(data, level)), (b"IEND", b""))
            made.append(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks))
    return made


def tars() -> list[bytes]:
    """Tar archives of every layout, with long names, links and a folder."""
    made = []
    for layout in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT):
        for long in ("", "x" * 60 + "/" + "y" * 60):
            stream = io.BytesIO()
            with tarfile.open(fileobj=stream, mode="w", format=layout) as file:
                for name, kind in (("train/3", tarfile.DIRTYPE), (f"train/3/{long}a.png", tarfile.REGTYPE)):
                    header = tarfile.TarInfo(name)
                    header.type, header.size = kind, 0 if kind == tarfile.DIRTYPE else 5
                    file.addfile(header, io.BytesIO(b"bytes"))
                for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.GNUTYPE_SPARSE):
                    header = tarfile.TarInfo("valid/3/l.png")
                    header.type, header.linkname = kind, "train/3/a.png"
                    file.addfile(header)
            made.append(stream.getvalue().rstrip(b"\0") + bytes(1536))
    return made


def zips() -> list[bytes]:
    """Zip archives of every compression, with a folder, a comment and a large directory's records."""
    made = []
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", kind) as file:
            file.comment = b"a comment"
            file.writestr("train/3/", b"")
            file.writestr("train/3/é.png", b"bytes" * 9)
            with file.open("valid/3/b.png", "w", force_zip64=True) as member:
                member.write(b"more")
        made.append(stream.getvalue())
    return made


VALUES = st.sampled_from([0, 1, 2, 7, 8, 16, 127, 128, 255, 256, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1])


@st.composite
def changed(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """One of `seeds` after a few edits: bytes overwritten, put in, cut out, doubled, or a number written in."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(["set", "set", "number", "number", "insert", "cut", "double", "end"]))
        if kind == "set":
            new = draw(st.binary(min_size=1, max_size=4))
            data[at : at + len(new)] = new
        elif kind == "number":
            form = draw(st.sampled_from([">I", "<I", ">H", "<H"]))
            new = struct.pack(form, draw(VALUES) & (2 ** (8 * struct.calcsize(form)) - 1))
            data[at : at + len(new)] = new
        elif kind == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=40))
        elif kind == "cut":
            del data[at : at + draw(st.integers(1, 64))]
        elif kind == "double":
            data[at:at] = data[at : at + draw(st.integers(1, 600))]
        else:
            del data[at:]
    return bytes(data)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_checksums(data: bytes) -> bytes:
    """A PNG with the right checksum of each chunk, so that its chunks are read; other bytes as they are."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    parts, at = [data[:8]], 8
    while at + 12 <= len(data):
        length = min(struct.unpack_from(">I", data, at)[0], len(data) - at - 12)
        parts.append(_chunk(data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return b"".join(parts)


def with_sums(data: bytes) -> bytes:
    """A tar with the right checksum in each block that looks like a header."""
    data = bytearray(data)
    for at in range(0, len(data) - 511, 512):
        block = data[at : at + 512]
        if block[257:262] == b"ustar":
            data[at + 148 : at + 156] = b"%06o\0 " % ((sum(block[:148]) + sum(block[156:]) + 256) & 0o777777)
    return bytes(data)


def reads_image(data: bytes) -> None:
    """Check that an image is pixels or a sentence; if it is read without Pillow, the pixels are Pillow's."""
    plain = plain_png.pixels(data)
    for fit in ("crop", "pad", "stretch"):
        settings = of(image={"size": [5, 4], "fit": fit}, convert=ALL)
        try:
            pixels, _ = decoding.decode("a.png", data, settings)
        except LadderError:
            break
        assert (pixels.dtype, pixels.shape[-2:]) == (np.uint8, (4, 5))
    try:
        pixels, _ = decoding._by_pillow("a.png", data, AS_THEY_ARE)
    except LadderError:
        assert plain is None, "Pillow refuses what is read without it"
        return
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 2 or pixels.shape[0] == 3
    assert plain is None or np.array_equal(plain, pixels), "pixels differ from Pillow's"


def reads_tar(data: bytes, path: Path) -> None:
    """Check that an archive is members or a sentence; members that are read without tarfile are tarfile's.

    Our reader looks at no owner, mode or time: where one of these is no number it reads on, and tarfile does not.
    """
    ours, tarfiles = _listed(tar.members(io.BytesIO(data))), _listed(tar._any_members(io.BytesIO(data)))
    equal = ours == tarfiles if tarfiles[1] else ours[0][: len(tarfiles[0])] == tarfiles[0]
    assert equal, f"{ours} is not what tarfile reads, {tarfiles}"
    reads_archive(gzip.compress(data, 1), path)


def _listed(members: object) -> tuple[list, bool]:
    listing = []
    try:
        for name, read in members:
            try:
                listing.append((name, read and read()))
            except LadderError as error:
                listing.append((name, str(error)))
    except archive.BROKEN:
        return listing, False
    return listing, True


def reads_archive(data: bytes, path: Path) -> None:
    """Check that all of an archive at `path` is read, or that a sentence says why not."""
    with open(path, "wb") as file:
        file.write(data)
    watching.append(True)
    try:
        for entry in map(AS_FOLDERS.located, archive.entries(str(path))):
            assert not HARMFUL.search(entry.path)
            if entry.is_image:
                entry.read()
    except LadderError:
        pass
    finally:
        watching.clear()


def quiet() -> None:
    """Silence Pillow's warnings about images that it reads all the same."""
    warnings.simplefilter("ignore")
