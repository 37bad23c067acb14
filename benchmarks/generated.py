"""Data sets of any size, made without holding them: small images, no two alike, and scores for them.

    python generated.py tar|zip|folder <path> <images>
    python generated.py scores <folder> <images>

Images are 8x8 and grey, of ten classes, one in five for validation; they come in no sorted order, as in most archives.
"""

import io
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from zlib import compress, crc32

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "workflow")]

SIDE, CLASSES, IN_VALID = 8, 10, 5
STEP = 1_000_003  # a prime: multiples of it visit all numbers below one that it does not divide, in no sorted order
RUNGS, SEEDS = 3, 2  # of generated scores
ACCURACY = 0.99


def files(images: int) -> Iterator[tuple[str, bytes]]:
    """Path and encoded image of each."""
    for number in range(images):
        number = number * STEP % images
        split = "valid" if number // CLASSES % IN_VALID == 0 else "train"
        yield f"{split}/{number % CLASSES}/{number:09}.png", png(number)


def png(number: int) -> bytes:
    """An image with its number in its first eight pixels."""
    rows = bytearray(SIDE * (SIDE + 1))
    rows[1 : SIDE + 1] = number.to_bytes(SIDE, "big")
    head = SIDE.to_bytes(4, "big") * 2 + b"\x08\0\0\0\0"
    chunks = ((b"IHDR", head), (b"IDAT", compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4, "big") + name + data + crc32(name + data).to_bytes(4, "big") for name, data in chunks
    )


def write_tar(path: Path, images: int) -> None:
    """Pack them as .tar.gz."""
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for name, data in files(images):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
            archive.members.clear()


def write_zip(path: Path, images: int) -> None:
    """Pack them as .zip."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files(images):
            archive.writestr(name, data)


def write_folder(path: Path, images: int) -> None:
    """Lay them out as files."""
    for split in ("train", "valid"):
        for label in range(CLASSES):
            (path / split / str(label)).mkdir(parents=True)
    for name, data in files(images):
        (path / name).write_bytes(data)


def write_scores(folder: Path, images: int) -> None:
    """The index of so many validation images, and the scores of some rungs for them."""
    import numpy as np

    from ladder import scores

    random = np.random.default_rng(0)
    labels = np.arange(images) % CLASSES
    with open(folder / "index.csv", "w", encoding="utf-8") as index:
        index.write("split,image,path,class\n")
        index.writelines(
            f"valid,{number},valid/{number % CLASSES}/{number:09}.png,{number % CLASSES}\n" for number in range(images)
        )
    for rung in range(RUNGS):
        found = {}
        for seed in range(SEEDS):
            found[seed] = random.random((images, CLASSES))
            found[seed][np.arange(images), labels] += random.random(images) < ACCURACY
            found[seed] /= found[seed].sum(1, keepdims=True)
        scores.write(folder / f"{rung}.parquet", list(map(str, range(CLASSES))), labels, found, True)


if __name__ == "__main__":
    kind, path, images = sys.argv[1:]
    {"tar": write_tar, "zip": write_zip, "folder": write_folder, "scores": write_scores}[kind](Path(path), int(images))
