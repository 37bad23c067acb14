import json
import os
import signal
import tarfile
import tracemalloc
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import safetensors
from PIL import Image
from safetensors.numpy import load_file
from torchvision.datasets import ImageFolder

from ladder.datasets import archive as archives
from ladder.datasets import folder as folders
from ladder.formats.files import sha256_of
from ladder.images import decoding_workers, pixels
from ladder.images.decoding import decode
from ladder.images.entry import Entry
from ladder.images.splits import Folder
from ladder.runtime.child_processes import fork

NAMES = ("train.safetensors", "valid.safetensors", "test.safetensors", "index.csv", "facts.json")


@pytest.fixture(scope="session")
def many(tmp_path_factory, noise, write_tar):
    """An archive of 3,200 images, so that three workers have something to do, packed in another than sorted order."""
    files = noise(("3", "7", "a"), train=800, valid=267)
    path = tmp_path_factory.mktemp("many") / "many.tar"
    write_tar(path, [(name, files[name]) for name in sorted(files, key=lambda name: name[::-1])], "")
    return path


def source_of(path):
    source = folders if path.is_dir() else archives
    return partial(source.entries, str(path))


def bytes_of(tensors):
    files = (tensors.train, tensors.valid, tensors.test, tensors.index, tensors.facts)
    return [Path(path).read_bytes() for path in files]


def read_plainly(root):
    """Images and labels of a folder's split, by Pillow and a loop over the sorted paths."""
    paths = sorted(root.glob("*/*.png"), key=lambda path: path.parts)
    classes = sorted(path.name for path in root.iterdir())
    images = np.stack([np.asarray(Image.open(path)) for path in paths])
    return images, np.array([classes.index(path.parent.name) for path in paths])


def test_a_real_archive_becomes_the_tensors_of_its_images(archive, tiny, tmp_path):
    with tarfile.open(archive("mnist_tiny.tgz")) as packed:
        packed.extractall(tmp_path, filter="data")
    for split, path in (("train", tiny.train), ("valid", tiny.valid)):
        images, labels = read_plainly(tmp_path / "mnist_tiny" / split)
        read = load_file(path)
        assert read["images"].tobytes() == images.tobytes()
        assert (read["images"].shape, read["labels"].tolist()) == (images.shape, labels.tolist())


def test_the_facts_say_what_was_found(tiny):
    assert tiny.returned == json.loads(Path(tiny.facts).read_text())
    assert tiny.returned == {
        "classes": ["3", "7"],
        "shape": [28, 28],
        "images": {"train": 709, "valid": 699},
        "images_per_class": {"train": {"3": 346, "7": 363}, "valid": {"3": 346, "7": 353}},
        "leakage": {"images": 0, "of_another_class": 0, "examples": []},
        "splits": {"train": "train", "valid": "valid"},
        "images_by_content": {"files": 0, "first": []},
        "damaged": {"files": 0, "first": []},
        "converted": {},
        "respelled_classes": [],
        "passed_over": 22,
        "passed_over_files": tiny.returned["passed_over_files"],
        "sha256": {"train": sha256_of(tiny.train), "valid": sha256_of(tiny.valid)},
    }


@pytest.mark.parametrize("kept", [0, 1 << 25])
def test_any_number_of_workers_writes_the_same_bytes(many, tmp_path, tensorized, monkeypatch, kept):
    monkeypatch.setattr("ladder.images.decoding_workers.WORTH_A_POOL", 0.0)
    monkeypatch.setattr("ladder.images.index.KEPT", kept)
    made = [tensorized(tmp_path / str(workers), source_of(many), workers) for workers in (1, 2, 3)]
    assert bytes_of(made[0]) == bytes_of(made[1]) == bytes_of(made[2])
    with tarfile.open(many) as packed:
        packed.extractall(tmp_path, filter="data")
    for split, path in (("train", made[2].train), ("valid", made[2].valid)):
        images, labels = read_plainly(tmp_path / split)
        read = load_file(path)
        np.testing.assert_array_equal(read["images"], images)
        np.testing.assert_array_equal(read["labels"], labels)


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    ("limit", "value"),
    [
        ("images.index.KEPT", 0),
        ("images.index.KEPT", 500_000),
        ("images.index.ROWS", 7),
        ("formats.tensor_file.WHOLE", 0),
        ("formats.tensor_file.BUFFER", 1),
        ("formats.tensor_file.BUFFER", 5_000),
    ],
)
def test_what_fits_into_memory_changes_no_byte(many, tmp_path, tensorized, monkeypatch, limit, value, workers):
    expected = bytes_of(tensorized(tmp_path / "expected", source_of(many)))
    monkeypatch.setattr("ladder.images.decoding_workers.WORTH_A_POOL", 0.0)
    if limit == "formats.tensor_file.BUFFER":
        monkeypatch.setattr("ladder.formats.tensor_file.WHOLE", 0)
    monkeypatch.setattr(f"ladder.{limit}", value)
    assert bytes_of(tensorized(tmp_path / "made", source_of(many), workers)) == expected


@pytest.mark.parametrize(("kept", "readings"), [(1 << 20, 1), (10_000, 2)])
def test_a_small_source_is_read_once(tmp_path, noise, tensorized, write_tar, monkeypatch, kept, readings):
    monkeypatch.setattr("ladder.images.index.KEPT", kept)
    source, begun = source_of(write_tar(tmp_path / "a.tgz", noise(train=20))), []
    tensorized(tmp_path, lambda: begun.append(1) or source())
    assert len(begun) == readings


def test_mnist_needs_no_pillow(archive, tmp_path, tensorized, monkeypatch):
    opened = []
    monkeypatch.setattr("PIL.Image.open", opened.append)
    made = tensorized(tmp_path, source_of(archive("mnist_sample.tgz")))
    assert (made.returned["images"], opened) == ({"train": 12_396, "valid": 2_038}, [])


def test_processes_are_started_where_the_first_images_take_long(many, tmp_path, tensorized, monkeypatch):
    started = []
    monkeypatch.setattr("ladder.images.index.KEPT", 0)
    monkeypatch.setattr(
        "ladder.images.decoding_workers._decode_in_pool", lambda *arguments: started.append(arguments[-1])
    )
    for worth in (1e9, 0.0):
        monkeypatch.setattr("ladder.images.decoding_workers.WORTH_A_POOL", worth)
        for workers in (1, 2):
            tensorized(tmp_path, source_of(many), workers)
    assert started == [2]


def test_a_share_whose_process_is_killed_is_decoded_all_the_same(many, tmp_path, tensorized, monkeypatch):
    expected, job, forked = bytes_of(tensorized(tmp_path / "expected", source_of(many))), os.getpid(), []

    def decode_or_die(*arguments):
        if os.getpid() != job:
            os.kill(os.getpid(), signal.SIGKILL)
        return decode(*arguments)

    monkeypatch.setattr("ladder.images.decoding_workers.decode", decode_or_die)
    monkeypatch.setattr("ladder.runtime.child_processes.fork", lambda work: forked.append(fork(work)) or forked[-1])
    assert bytes_of(tensorized(tmp_path / "made", source_of(many), workers=3)) == expected
    assert len(forked) == 2


def test_the_library_reads_the_file(learnable):
    with safetensors.safe_open(learnable.valid, "np") as file:
        assert sorted(file.keys()) == ["images", "labels"]
        assert json.loads(file.metadata()["ladder"]) == {"classes": ["3", "7"]}
        images, labels = file.get_slice("images"), file.get_tensor("labels")
        assert (images.get_shape(), images.get_dtype()) == ([32, 8, 8], "U8")
    assert (labels.dtype, labels.tolist()) == (np.int64, [0] * 16 + [1] * 16)


def test_the_index_names_every_image_by_its_slot(tmp_path, write_folder, noise, tensorized):
    write_folder(tmp_path / "data", noise(("a", "b, c"), train=2, valid=1))
    made = tensorized(tmp_path, source_of(tmp_path / "data"))
    assert Path(made.index).read_bytes().decode() == (
        "split,position,path,class\n"
        "train,0,train/a/0.png,a\n"
        "train,1,train/a/1.png,a\n"
        'train,2,"train/b, c/0.png","b, c"\n'
        'train,3,"train/b, c/1.png","b, c"\n'
        "valid,0,valid/a/0.png,a\n"
        'valid,1,"valid/b, c/0.png","b, c"\n'
    )


def test_the_order_is_that_of_image_folder(tmp_path, write_folder, noise, png, tensorized):
    classes = ("3", "3 b", "3a", "3-", "é", "Z", "a", "10", "!")
    names = ("10.png", "2.png", "a.png", "A.png", "é.png", "a b.png", "a-b.png", "a.b.png", "_.png")
    files = {path: image for label in classes for path, image in noise((label,), train=1).items()}
    random = np.random.default_rng(1)
    for label in classes:
        for name in names:
            files[f"train/{label}/{name}"] = png(random.integers(0, 256, (8, 8), dtype=np.uint8))
    made = tensorized(tmp_path, source_of(write_folder(tmp_path / "data", files)))
    theirs = ImageFolder(str(tmp_path / "data/train"))
    ours = load_file(made.train)
    assert made.returned["classes"] == theirs.classes
    assert ours["labels"].tolist() == theirs.targets
    np.testing.assert_array_equal(ours["images"], [np.asarray(image.convert("L")) for image, _ in theirs])


def test_folder_tar_and_zip_give_the_same_bytes(tmp_path, noise, tensorized, write_folder, write_tar, write_zip):
    files = noise() | {"labels.csv": b"", "test/1.png": b"not looked at", "train/3/._0.png": b"hidden"}
    packed = {f"data/{path}": content for path, content in reversed(files.items())}
    sources = [
        write_folder(tmp_path / "data", files),
        write_tar(tmp_path / "a.tgz", packed),
        write_tar(tmp_path / "a.tar", {f"./{path}": content for path, content in packed.items()}, ""),
        write_zip(tmp_path / "a.zip", packed),
    ]
    made = [tensorized(tmp_path / str(number), source_of(path)) for number, path in enumerate(sources)]
    assert made[0].returned["passed_over"] == 3
    assert bytes_of(made[0]) == bytes_of(made[1]) == bytes_of(made[2]) == bytes_of(made[3])


def test_colour_images_have_their_channels_first(tmp_path, noise, tensorized, write_tar):
    files = noise(shape=(6, 9, 3))
    made = tensorized(tmp_path, source_of(write_tar(tmp_path / "a.tgz", files)))
    assert made.returned["shape"] == [3, 6, 9]
    expected = [np.asarray(Image.open(write(tmp_path, files[path]))) for path in sorted(files) if path[0] == "v"]
    np.testing.assert_array_equal(load_file(made.valid)["images"], np.stack(expected).transpose(0, 3, 1, 2))


def test_images_need_not_be_square(tmp_path, noise, tensorized, write_tar):
    made = tensorized(tmp_path, source_of(write_tar(tmp_path / "a.tgz", noise(shape=(3, 11)))))
    assert load_file(made.train)["images"].shape == (6, 3, 11)


def test_nested_folders_belong_to_their_class(tmp_path, noise, tensorized, write_folder):
    files = noise()
    files |= {"train/3/more/9.png": files["train/3/0.png"]}
    made = tensorized(tmp_path, source_of(write_folder(tmp_path / "data", files)))
    assert made.returned["images_per_class"]["train"] == {"3": 4, "7": 3}


def test_a_name_that_is_no_utf8_is_written_with_escapes(tmp_path, noise, tensorized, write_tar):
    files = noise()
    files["train/3/\udce9.png"] = files["train/3/0.png"]
    made = tensorized(tmp_path, source_of(write_tar(tmp_path / "a.tgz", files)))
    assert "train,3,train/3/\\udce9.png,3\n" in Path(made.index).read_text(encoding="utf-8")


OTHERS = {
    "labels.csv": b"",
    "test/unknown/1.png": b"of no split",
    "train/readme.txt": b"",
    "train/3/.ipynb_checkpoints/0-checkpoint.png": b"hidden",
    ".git/config": b"",
    "train/3/a.txt": b"",
    "train/3/b.TXT": b"",
    "valid/7/c.txt": b"",
    "valid/7/d.txt": b"",
    "valid/7/e": b"",
    "valid/7/f.heic": b"\0\0\0\x18ftypheic",
}


@pytest.mark.parametrize("prefix", ["", "data/"])
def test_what_is_passed_over_is_counted_by_kind_and_named(tmp_path, noise, tensorized, write_tar, prefix, capsys):
    files = {f"{prefix}{path}": content for path, content in (noise() | OTHERS).items()}
    made = tensorized(tmp_path, source_of(write_tar(tmp_path / "a.tgz", files)))
    assert made.returned["passed_over"] == len(OTHERS)
    assert made.returned["passed_over_files"] == [
        {"kind": ".txt", "files": 4, "first": ["train/3/a.txt", "train/3/b.TXT", "valid/7/c.txt"]},
        {"kind": "hidden", "files": 2, "first": [".git/config", "train/3/.ipynb_checkpoints/0-checkpoint.png"]},
        {"kind": "outside the class folders", "files": 2, "first": ["labels.csv", "train/readme.txt"]},
        {"kind": ".heic", "files": 1, "first": ["valid/7/f.heic"]},
        {"kind": "in test/", "files": 1, "first": ["test/unknown/1.png"]},
        {"kind": "without a suffix", "files": 1, "first": ["valid/7/e"]},
    ]
    assert made.returned["splits"] == {"train": "train", "valid": "valid"}
    assert (
        "tensorize: passed over: 4 .txt: train/3/a.txt, train/3/b.TXT, valid/7/c.txt, ...\n" in capsys.readouterr().out
    )


def test_images_by_other_names_count_and_are_named(
    tmp_path, noise, png, tensorized, write_folder, write_tar, write_zip
):
    jpeg = png(np.zeros((8, 8), np.uint8), "JPEG")
    files = noise() | {f"train/3/{name}": jpeg for name in ("4.jfif", "5.jpe", "6.jpg_large", "7", "notes.txt")}
    sources = (
        write_folder(tmp_path / "data", files),
        write_tar(tmp_path / "a.tgz", files),
        write_zip(tmp_path / "a", files),
    )
    made = [tensorized(tmp_path / str(number), source_of(path)) for number, path in enumerate(sources)]
    assert made[0].returned["images_per_class"]["train"] == {"3": 8, "7": 3}
    names = [f"train/3/{name}" for name in ("6.jpg_large", "7", "notes.txt")]
    assert (made[0].returned["passed_over"], made[0].returned["images_by_content"]) == (0, {"files": 3, "first": names})
    assert bytes_of(made[0]) == bytes_of(made[1]) == bytes_of(made[2])


@pytest.mark.parametrize("kept", [0, 1 << 25])
@pytest.mark.parametrize("workers", [1, 2])
def test_pixels_decide_what_is_in_colour(tmp_path, noise, png, tensorized, write_tar, monkeypatch, kept, workers):
    monkeypatch.setattr("ladder.images.decoding_workers.WORTH_A_POOL", 0.0)
    monkeypatch.setattr("ladder.images.index.KEPT", kept)
    grey, random = noise(train=40), np.random.default_rng(9)
    as_rgb = {path: png(np.dstack([decode("", data)[0]] * 3), "BMP") for path, data in grey.items()}
    colour = random.integers(0, 256, (8, 8, 3), dtype=np.uint8)
    images = {}
    for name, files in {
        "grey": grey,
        "grey by its pixels": as_rgb,
        "colour last": grey | {"valid/7/9.png": png(colour)},
        "colour first": {"valid/7/9.png": png(colour)} | as_rgb,
        "colour amid": {**dict(list(as_rgb.items())[:30]), "valid/7/9.png": png(colour), **grey},
    }.items():
        made = tensorized(tmp_path / name, source_of(write_tar(tmp_path / "a.tgz", files)), workers)
        images[name] = made.returned["shape"], load_file(made.train)["images"], load_file(made.valid)["images"]
    assert images["grey"][0] == images["grey by its pixels"][0] == [8, 8]
    np.testing.assert_array_equal(images["grey"][1], images["grey by its pixels"][1])
    for name in ("colour last", "colour first", "colour amid"):
        shape, train, valid = images[name]
        assert shape == [3, 8, 8]
        np.testing.assert_array_equal(train, np.repeat(images["grey"][1][:, None], 3, axis=1))
        np.testing.assert_array_equal(valid[:4], np.repeat(images["grey"][2][:, None], 3, axis=1))
        np.testing.assert_array_equal(valid[4], colour.transpose(2, 0, 1))


@pytest.fixture(scope="session")
def photos(png):
    """Files of small photos of several sizes: JPEGs, some turned by EXIF, a PNG with a palette and one with alpha."""
    random, files = np.random.default_rng(2), {}
    for number in range(120):
        height, width = [(40, 60), (60, 40), (48, 64), (90, 33)][number % 4]
        cells = random.integers(0, 256, (4, 5, 3), dtype=np.uint8)
        image = Image.fromarray(cells).resize((width, height), Image.Resampling.BICUBIC)
        exif = Image.Exif()
        exif[0x0112] = 6 if number % 10 == 0 else 1
        place = f"{'valid' if number % 5 == 0 else 'train'}/{'abc'[number % 3]}/{number}"
        files[f"{place}.jpg"] = png(np.asarray(image), "JPEG", quality=90, exif=exif)
    indexed = png(random.integers(0, 256, (20, 20), dtype=np.uint8), "GIF")
    return files | {
        "train/a/x.gif": indexed,
        "train/b/x.png": png(random.integers(0, 256, (20, 20, 4), dtype=np.uint8)),
    }


HOW = pixels.of(image={"size": [24, 16]}, convert={"alpha": "white"})


@pytest.mark.parametrize("kept", [0, 1 << 25])
def test_photos_of_many_sizes_give_the_same_bytes_from_every_source_and_for_any_number_of_workers(
    tmp_path, photos, tensorized, write_folder, write_tar, write_zip, monkeypatch, kept, capsys
):
    monkeypatch.setattr("ladder.images.decoding_workers.WORTH_A_POOL", 0.0)
    monkeypatch.setattr("ladder.images.index.KEPT", kept)
    monkeypatch.setattr("ladder.images.decoding_workers.ENOUGH", 0.001)
    monkeypatch.setattr("ladder.images.decoding_workers.BYTES", 5_000)
    sources = [
        write_folder(tmp_path / "data", photos),
        write_tar(tmp_path / "a.tgz", dict(reversed(photos.items()))),
        write_zip(tmp_path / "a.zip", photos),
    ]
    made = [
        tensorized(tmp_path / f"{number}-{workers}", source_of(path), workers, pixels=HOW)
        for number, path in enumerate(sources)
        for workers in (1, 2, 3)
    ]
    assert [bytes_of(tensors) for tensors in made] == [bytes_of(made[0])] * 9
    assert made[0].returned["shape"] == [3, 16, 24]
    assert made[0].returned["converted"] == {
        "resized": 122,
        "enlarged": 2,
        "cropped": 98,
        "alpha": 1,
        "palette": 1,
        "turned": 12,
    }
    images, index = load_file(made[0].train)["images"], Path(made[0].index).read_text().splitlines()[1:]
    for number in (0, 1, 40, 97):
        path = index[number].split(",")[2]
        np.testing.assert_array_equal(images[number], decode(path, photos[path], HOW)[0])
    assert "tensorize: images changed: 122 scaled to another size, " in capsys.readouterr().out


def test_colour_by_the_setting(tmp_path, noise, tensorized, write_tar):
    grey = noise()
    colour = noise(shape=(8, 8, 3))
    mixed = grey | {"valid/7/0.png": colour["valid/7/0.png"]}
    expected = tensorized(tmp_path / "grey", source_of(write_tar(tmp_path / "a.tgz", grey)))
    made = tensorized(tmp_path / "rgb", source_of(tmp_path / "a.tgz"), pixels=pixels.of(colour="rgb"))
    assert made.returned["shape"] == [3, 8, 8]
    images = load_file(expected.train)["images"]
    np.testing.assert_array_equal(load_file(made.train)["images"], np.repeat(images[:, None], 3, axis=1))
    made = tensorized(
        tmp_path / "made", source_of(write_tar(tmp_path / "b.tgz", mixed)), pixels=pixels.of(colour="grey")
    )
    assert (made.returned["shape"], made.returned["converted"]) == ([8, 8], {"grey": 1})
    assert Path(made.train).read_bytes() == Path(expected.train).read_bytes()


@pytest.mark.parametrize("kept", [0, 1 << 25])
@pytest.mark.parametrize("workers", [1, 2])
def test_damaged_images_are_left_out_counted_and_named(
    tmp_path, noise, png, tensorized, write_tar, write_folder, monkeypatch, kept, workers, capsys
):
    monkeypatch.setattr("ladder.images.decoding_workers.WORTH_A_POOL", 0.0)
    monkeypatch.setattr("ladder.images.index.KEPT", kept)
    files = noise(train=90, valid=9)
    files["valid/7/00.png"] = png(np.random.default_rng(5).integers(0, 256, (8, 8, 3), dtype=np.uint8))
    bad = {
        "train/3/0.png": b"",  # the first of all
        "train/3/00.png": b"<html>",
        "train/7/50.png": files["train/7/50.png"][:-30],
        "valid/7/8.png": files["valid/7/8.png"][:60],
    }
    plain = {path: data for path, data in files.items() if path not in bad}
    settings = pixels.of(skip="damaged")
    expected = tensorized(tmp_path / "expected", source_of(write_tar(tmp_path / "a.tgz", plain)))
    for source in (write_tar(tmp_path / "b.tgz", files | bad), write_folder(tmp_path / "data", files | bad)):
        made = tensorized(tmp_path / source.stem, source_of(source), workers, pixels=settings)
        assert bytes_of(made)[:3] == bytes_of(expected)[:3]
        damaged = made.returned.pop("damaged")
        assert damaged == {"files": 4, "first": ["train/3/0.png", "train/3/00.png", "train/7/50.png"]}
        assert made.returned.items() <= expected.returned.items()
    assert "tensorize: left out as damaged: 4: train/3/0.png, train/3/00.png, train/7/50.png, ...\n" in (
        capsys.readouterr().out
    )


def test_what_waits_for_a_worker_is_bounded_in_bytes():
    sizes = [10, 600_000, 600_000, 3_000_000, 5, 5]
    images = [(str(number), bytes(size), number) for number, size in enumerate(sizes)]
    tasks = list(decoding_workers._tasks(iter(images), 3))
    assert [[len(data) for _, data, _ in task] for task in tasks] == [[10, 600_000], [600_000], [3_000_000], [5, 5]]
    assert [len(task) for task in decoding_workers._tasks(iter(images[-1:] * 7), 3)] == [3, 3, 1]


def test_classes_in_two_forms_of_unicode_are_one(tmp_path, noise, tensorized, write_folder, write_tar, capsys):
    files = noise(("bouleau", "ch\u00eane"), seed=1)
    mixed = {
        path.replace("\u00ea", "e\u0302") if path.startswith("valid") or "2.png" in path else path: data
        for path, data in files.items()
    }
    plain = tensorized(tmp_path / "plain", source_of(write_folder(tmp_path / "data", files)))
    made = tensorized(tmp_path / "made", source_of(write_tar(tmp_path / "a.tgz", mixed)))
    assert bytes_of(plain)[:-1] == bytes_of(made)[:-1]
    assert (plain.returned["respelled_classes"], made.returned["respelled_classes"]) == ([], ["ch\u00eane"])
    assert "spelled in another form of Unicode than NFC, and read as NFC: class ch\u00eane\n" in capsys.readouterr().out


def test_a_zip_with_backslashes_is_that_with_slashes(tmp_path, noise, tensorized, write_zip):
    files = noise() | {"train/": b"", "train/3/": b""}
    made = tensorized(tmp_path / "slashes", source_of(write_zip(tmp_path / "a.zip", files)))
    archive = tmp_path / "b.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path, content in files.items():
            member = zipfile.ZipInfo(path)
            member.filename = path.replace("/", "\\")
            packed.writestr(member, content)
    assert bytes_of(tensorized(tmp_path / "backslashes", source_of(archive))) == bytes_of(made)


@pytest.mark.parametrize("order", [1, -1])
def test_a_test_of_other_classes_is_left_out_and_named(tmp_path, noise, tensorized, write_tar, order):
    files = noise()
    more = files | dict.fromkeys(("test/unknown/0.png", "test/unknown/1.png", "test/8/0.png", "test/8/1.png"), b"text")
    plain = tensorized(tmp_path / "plain", source_of(write_tar(tmp_path / "a.tgz", files)))
    made = tensorized(tmp_path / "made", source_of(write_tar(tmp_path / "b.tgz", list(more.items())[::order])))
    assert bytes_of(plain)[:3] == bytes_of(made)[:3]
    assert made.returned["passed_over"] == 4


def test_classes_of_usual_names_are_classes(tmp_path, noise, tensorized, write_tar):
    files = noise(("test", "train", "valid"))
    made = tensorized(tmp_path, source_of(write_tar(tmp_path / "a.tgz", files)))
    assert made.returned["classes"] == ["test", "train", "valid"]
    assert Path(made.index).read_text().splitlines()[1] == "train,0,train/test/0.png,test"


def test_no_other_file_is_left(tmp_path, noise, tensorized, write_tar):
    tensorized(tmp_path / "made", source_of(write_tar(tmp_path / "a.tgz", noise())))
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == sorted(NAMES)


def test_a_line_sums_up(tmp_path, noise, tensorized, write_tar, capsys):
    tensorized(tmp_path, source_of(write_tar(tmp_path / "a.tgz", noise() | {"notes.txt": b""})))
    assert capsys.readouterr().out == (
        "tensorize: 10 images of 2 classes; other files passed over: 1\n"
        "tensorize: train/ holds the training images, valid/ the validation images\n"
        "tensorize: passed over: 1 outside the class folders: notes.txt\n"
    )


def test_memory_does_not_grow_with_the_images(tmp_path, tensorized, monkeypatch):
    monkeypatch.setattr("ladder.formats.tensor_file.BUFFER", 1 << 19)
    monkeypatch.setattr("ladder.formats.tensor_file.WHOLE", 1 << 20)
    monkeypatch.setattr("ladder.images.index.KEPT", 1 << 20)
    monkeypatch.setattr("ladder.images.index.ROWS", 256)

    def peak(images):
        def source():
            for number in range(images):
                label, split = "ab"[number % 2], ("train", "train", "valid", "valid")[number % 4]
                place = f"{split}/{label}/{number:06}.png"
                yield Entry(place, lambda: np.zeros((64, 64), np.uint8) + 1, Folder(split, (split,)), label, place)

        tracemalloc.start()
        tensorized(tmp_path / str(images), source)
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    peak(500)  # fills imports and caches
    assert peak(4_000) == pytest.approx(peak(1_000), rel=0.2)


def write(folder, content):
    (folder / "image.png").write_bytes(content)
    return folder / "image.png"
