from functools import partial

import numpy as np
import pytest
from PIL import Image

from ladder.datasets import archive as archives
from ladder.datasets import folder as folders
from ladder.errors import LadderError
from ladder.images import pixels

GREY = np.zeros((8, 8), np.uint8)
NO_FOLDER = (
    "no folder with the training images: expected train or training, at the top or one folder below, or the folder "
    "that `train` of the dataset names; there "
)


@pytest.fixture
def refusal_of(tmp_path, tensorized, write_tar):
    def refusal_of(files, workers=1):
        """The sentence about an archive of these files, which leaves no file beside it."""
        path = write_tar(tmp_path / "a.tgz", files)
        with pytest.raises(LadderError) as caught:
            tensorized(tmp_path / "made", partial(archives.entries, str(path)), workers)
        assert list(tmp_path.glob("made/*")) == []
        return str(caught.value)

    return refusal_of


def test_a_truncated_image(noise, refusal_of):
    files = noise()
    files["valid/7/1.png"] = files["valid/7/1.png"][:-40]
    assert refusal_of(files).startswith("valid/7/1.png: a damaged image (")


def test_a_truncated_first_image(noise, refusal_of):
    files = noise()
    files["train/3/0.png"] = files["train/3/0.png"][:-40]
    assert refusal_of(files).startswith("train/3/0.png: a damaged image (")


def test_text_that_is_named_as_an_image(noise, refusal_of):
    files = noise() | {"train/3/notes.png": b"some notes"}
    assert refusal_of(files) == "train/3/notes.png: no PNG, JPEG, BMP, GIF, TIFF, WebP or PPM image (10 bytes)"


SIZES = "images of several sizes: 8x8 (10 images, such as train/3/0.png), {} (1 image, such as {}); "
HINT = "add `image: {size: 8}` to the dataset, or another size; each image is then scaled and its edges are cut where "


@pytest.mark.parametrize("kept", [0, 1 << 25])
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("path", ["valid/3/9.png", "train/3/!.png"])
@pytest.mark.parametrize(("shape", "said"), [((8, 9), "9x8"), ((4, 16), "16x4"), ((16, 8), "8x16"), ((8, 9, 3), "9x8")])
def test_another_size(noise, png, refusal_of, monkeypatch, shape, said, path, workers, kept):
    monkeypatch.setattr("ladder.images.decoding_workers.WORTH_A_POOL", 0.0)
    monkeypatch.setattr("ladder.images.index.KEPT", kept)
    pixels = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    files = noise() | {path: png(pixels)}
    assert refusal_of(files, workers) == SIZES.format(said, path) + HINT + "the proportions differ"


def test_sizes_of_photos_are_counted_as_viewers_show_them(png, refusal_of):
    turned = Image.Exif()
    turned[0x0112] = 6
    files = {}
    for number, (height, width, options) in enumerate(
        [
            *[(300, 400, {})] * 20,
            *[(400, 300, {"exif": turned})] * 5,
            *[(500, 400, {})] * 8,
            *[(400, 500, {"exif": turned})],
            *[(90 + extra, 99, {}) for extra in range(7)],
            (40, 41, {}),
        ]
    ):
        kind = ("JPEG", "PNG", "TIFF", "WEBP")[number % 4]
        place = f"{'valid' if number % 5 == 0 else 'train'}/{'ab'[number % 2]}/{number:02}"
        files[place] = png(np.full((height, width), number, np.uint8), kind, **options)
    files["train/a/x.jpg"] = files["train/b/01"][:400]  # cut off, but its size can be read
    assert refusal_of(files) == (
        "images of several sizes: 400x300 (26 images, such as train/a/02), 400x500 (9 images, such as train/a/26), "
        "41x40 (1 image, such as train/b/41), 7 more (7 images); add `image: {size: 128}` to the dataset, or another "
        "size; each image is then scaled and its edges are cut where the proportions differ"
    )


def test_all_images_of_a_class_are_damaged(tmp_path, noise, tensorized, write_tar):
    files = {path: b"" if path.startswith("valid/7") else data for path, data in noise().items()}
    source = partial(archives.entries, str(write_tar(tmp_path / "a.tgz", files)))
    with pytest.raises(LadderError) as caught:
        tensorized(tmp_path / "made", source, pixels=pixels.of(skip="damaged"))
    assert str(caught.value) == (
        "class '7': every image of the valid split is damaged, such as valid/7/1.png; add images"
    )


def test_all_images_are_damaged(tmp_path, noise, tensorized, write_tar):
    source = partial(archives.entries, str(write_tar(tmp_path / "a.tgz", dict.fromkeys(noise(), b"text"))))
    with pytest.raises(LadderError, match=r"train/3/0\.png: no PNG, "):
        tensorized(tmp_path / "made", source, pixels=pixels.of(skip="damaged"))


def test_what_is_not_damaged_is_not_skipped(tmp_path, noise, png, tensorized, write_tar):
    files = noise() | {"valid/7/1.png": png(np.zeros((8, 8, 4), np.uint8))}
    source = partial(archives.entries, str(write_tar(tmp_path / "a.tgz", files)))
    with pytest.raises(
        LadderError, match=r"valid/7/1\.png: PNG with transparent pixels; add `convert: {alpha: white}`"
    ):
        tensorized(tmp_path / "made", source, pixels=pixels.of(skip="damaged"))


@pytest.mark.parametrize("split", ["train", "valid"])
def test_a_class_whose_folder_is_empty_in_a_split(noise, refusal_of, split):
    opposite = {"train": "valid", "valid": "train"}[split]
    files = noise() | {f"{split}/9/": b"", f"{opposite}/9/1.png": noise()["train/3/0.png"]}
    assert refusal_of(files) == f"class '9' has no image in the {split} split; add images or remove the folder"


def test_a_class_with_nothing_but_other_files(noise, refusal_of):
    files = noise() | {"train/9/notes.txt": b"", "valid/9/1.png": noise()["train/3/0.png"]}
    assert refusal_of(files) == "class '9' has no image in the train split; add images or remove the folder"


@pytest.mark.parametrize("split", ["train", "valid"])
def test_a_class_in_one_split_only(noise, refusal_of, split):
    files = noise() | {f"{split}/9/1.png": noise()["train/3/0.png"]}
    assert refusal_of(files) == f"class '9' is in the {split} split only; every class needs images in both splits"


def test_a_single_class(noise, refusal_of):
    assert refusal_of(noise(("7",))) == "only one class, '7'; a classifier needs two or more class folders"


@pytest.mark.parametrize(
    ("files", "there"),
    [
        ({}, "are no folders"),
        ({"labels.csv": b""}, "are no folders"),
        ({"a/3/1.png": b"", "b/3/1.png": b""}, "are a/, b/"),
        ({"data/a/3/1.png": b""}, "is data/a/"),
        ({"train": b"", "__MACOSX/train/3/1.png": b""}, "are no folders"),
    ],
)
def test_no_split_folders(refusal_of, files, there):
    assert refusal_of({"readme.txt": b""} | files) == NO_FOLDER + there


def test_classes_without_images(refusal_of):
    assert refusal_of({"train/3/": b"", "valid/3/": b""}) == (
        "class '3' has no image in the train split; add images or remove the folder"
    )


@pytest.mark.parametrize("lookalike", ["cat ", "Cat", "c\u200cat", "\u0441at"])
def test_a_class_that_looks_like_another(noise, refusal_of, lookalike):
    files = {path.replace("valid/3", f"valid/{lookalike}"): content for path, content in noise().items()}
    files = {path.replace("train/3", "train/cat"): content for path, content in files.items()}
    said = refusal_of(files)
    if lookalike == "\u0441at":  # a letter of another script
        assert said == "class '7' is in both" or "looks like" not in said
    else:
        assert " split looks like " in said
        assert ascii(lookalike) in said


@pytest.mark.parametrize("forms", [("\u00e9", "e\u0301"), ("e\u0301", "\u00e9")])
def test_two_files_of_one_path_in_two_forms_of_unicode(noise, refusal_of, forms):
    image = noise()["train/3/0.png"]
    files = [*noise().items(), *((f"train/{form}/1.png", image) for form in forms), (f"valid/{forms[0]}/1.png", image)]
    assert refusal_of(files) == (
        "train/\u00e9/1.png: two files have this path, perhaps in two forms of Unicode; rename one of them"
    )


def test_an_image_of_no_split_may_be_damaged(noise, refusal_of):
    files = {"test/unknown/0.png": b"text", **noise(), "valid/7/1.png": b"text"}
    assert refusal_of(files) == "valid/7/1.png: no PNG, JPEG, BMP, GIF, TIFF, WebP or PPM image (4 bytes)"


def test_two_members_of_one_path(noise, refusal_of):
    files = noise()
    assert refusal_of([*files.items(), ("train/3/1.png", files["train/3/0.png"])]) == (
        "train/3/1.png: two files have this path"
    )


def test_two_folders_for_one_split(noise, refusal_of):
    files = noise()
    assert refusal_of([*files.items(), ("copy/train/3/1.png", files["train/3/0.png"])]) == (
        "several folders may hold the training images: copy/train/, train/; name one as `train` of the dataset "
        "(train: train), or remove the others"
    )


@pytest.mark.parametrize("kept", [0, 1 << 25])
def test_an_error_in_a_worker(noise, refusal_of, monkeypatch, kept):
    monkeypatch.setattr("ladder.images.decoding_workers.WORTH_A_POOL", 0.0)
    monkeypatch.setattr("ladder.images.index.KEPT", kept)
    files = noise(train=800, valid=400)
    files["valid/7/399.png"] = b"text"
    assert refusal_of(files, workers=2) == "valid/7/399.png: no PNG, JPEG, BMP, GIF, TIFF, WebP or PPM image (4 bytes)"


@pytest.mark.parametrize("content", ["half", b"text"])
def test_no_whole_archive(tmp_path, noise, tensorized, write_tar, content):
    path = write_tar(tmp_path / "a.tgz", noise())
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2] if content == "half" else content)
    with pytest.raises(LadderError) as caught:
        tensorized(tmp_path / "made", partial(archives.entries, str(path)))
    assert str(caught.value).startswith(f"{path}: not a complete tar or zip archive (")
    assert not (tmp_path / "made").exists()


def test_an_error_leaves_earlier_tensors_as_they_are(tmp_path, noise, tensorized, write_folder):
    source = partial(folders.entries, str(write_folder(tmp_path / "data", noise())))
    tensorized(tmp_path / "made", source)
    before = {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()}
    (tmp_path / "data/valid/7/1.png").write_bytes(b"text")
    with pytest.raises(LadderError, match=r"^valid/7/1\.png: no PNG"):
        tensorized(tmp_path / "made", source)
    assert {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()} == before
