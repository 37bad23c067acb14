"""Classes and splits that stand in tables, lists and paths, or that are drawn."""

import csv
import io
from functools import partial

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from safetensors.numpy import load_file

from ladder.datasets import archive as archives
from ladder.datasets import folder as folders
from ladder.errors import LadderError


@pytest.fixture
def images(png):
    """`images(*paths)`: path to an image of its own."""

    def images(*paths):
        random = np.random.default_rng(0)
        return {path: png(random.integers(0, 256, (4, 4), dtype=np.uint8)) for path in paths}

    return images


@pytest.fixture
def made(tmp_path, write_folder, tensorized):
    """`made(files, **settings)`: the tensors of a folder of these files."""

    def made(files, **settings):
        root = write_folder(tmp_path / "data", {path: _bytes(content) for path, content in files.items()})
        return tensorized(tmp_path / "made", partial(folders.entries, str(root)), **settings)

    return made


def _bytes(content):
    return content.encode() if isinstance(content, str) else content


def placed(made):
    """{path: (split, class)} of the index."""
    with open(made.index, newline="") as file:
        return {row["path"]: (row["split"], row["class"]) for row in csv.DictReader(file)}


def refusal(made, files, **settings):
    with pytest.raises(LadderError) as caught:
        made(files, **settings)
    return str(caught.value)


PETS = [f"{kind}.{number}.jpg.png" for kind in ("cat", "dog") for number in range(10)]


def test_a_pattern_finds_the_class_and_a_fraction_is_drawn(made, images):
    tensors = made(
        images(*PETS) | {"other.png": b"", "notes.txt": b""}, label=r"^(?P<label>\w+)\.\d+", valid_fraction=0.2
    )
    places = placed(tensors)
    assert {path: label for path, (_, label) in places.items()} == {path: path[:3] for path in PETS}
    assert tensors.returned["images_per_class"] == {"train": {"cat": 8, "dog": 8}, "valid": {"cat": 2, "dog": 2}}
    assert tensors.returned["drawn"] == {"shares": {"valid": 0.2}, "seed": 0, "groups": None}
    assert tensors.returned["passed_over_files"] == [
        {"kind": ".txt", "files": 1, "first": ["notes.txt"]},
        {"kind": "which the pattern of `label` does not match", "files": 1, "first": ["other.png"]},
    ]
    labels = load_file(tensors.valid)["labels"]
    assert labels.tolist() == [0, 0, 1, 1]


def test_the_tensors_are_those_of_the_paths(made, images, tmp_path):
    files = images(*PETS)
    tensors = made(files, label=r"(?P<label>cat|dog)", valid_fraction=0.3, test_fraction=0.2)
    for split in ("train", "valid", "test"):
        paths = [path for path, (where, _) in placed(tensors).items() if where == split]
        assert paths == sorted(paths)
        stored = load_file(getattr(tensors, split))
        assert len(paths) == {"train": 10, "valid": 6, "test": 4}[split]
        for path, pixels, label in zip(paths, stored["images"], stored["labels"], strict=True):
            np.testing.assert_array_equal(pixels, _decoded(files[path]))
            assert ("cat", "dog")[label] == path[:3]


def _decoded(data):
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(data)))


def test_another_seed_is_another_split(made, images):
    drawn = [
        placed(made(images(*PETS), label=r"(?P<label>cat|dog)", valid_fraction=0.3, split_seed=seed))
        for seed in (0, 0, 1)
    ]
    assert drawn[0] == drawn[1] != drawn[2]


def test_folder_tar_and_zip_give_the_same_split(tmp_path, images, tensorized, write_folder, write_tar, write_zip):
    files = images(*(f"pets/{label}/{number}.png" for label in "ab" for number in range(9)))
    sources = [
        partial(folders.entries, str(write_folder(tmp_path / "data", files))),
        partial(archives.entries, str(write_tar(tmp_path / "a.tgz", dict(reversed(files.items()))))),
        partial(archives.entries, str(write_zip(tmp_path / "a.zip", files))),
    ]
    made = [
        tensorized(tmp_path / str(number), source, valid_fraction=0.2, split_seed=3)
        for number, source in enumerate(sources)
    ]
    assert len({open(tensors.index).read() for tensors in made}) == 1
    assert len({open(tensors.train, "rb").read() for tensors in made}) == 1


@pytest.mark.parametrize("around", ["", "PetImages/", "a/b/"])
def test_class_folders_without_splits(made, images, around):
    paths = [f"{around}{label}/{number}.png" for label in ("Cat", "Dog") for number in range(5)]
    places = placed(made(images(*paths, f"{around}Dog/more/9.png"), valid_fraction=0.4))
    assert {label for _, label in places.values()} == {"Cat", "Dog"}
    assert places[f"{around}Dog/more/9.png"][1] == "Dog"


def test_images_beside_class_folders_are_passed_over(made, images):
    paths = [f"{label}/{number}.png" for label in ("Cat", "Dog") for number in range(5)]
    made = made(images(*paths, "cover.png"), valid_fraction=0.4)
    assert "cover.png" not in placed(made)
    assert {"kind": "outside the class folders", "files": 1, "first": ["cover.png"]} in made.returned[
        "passed_over_files"
    ]


def test_a_fraction_of_the_training_folder_beside_unlabelled_test_images(made, images):
    paths = [f"train/{label}/{number}.png" for label in ("Cat", "Dog") for number in range(5)]
    places = placed(made(images(*paths, "test/1.png", "test/2.png"), valid_fraction=0.2))
    assert len(places) == 10
    assert sum(split == "valid" for split, _ in places.values()) == 2


def test_a_fraction_leaves_a_test_folder_with_classes_alone(made, images):
    paths = [f"{split}/{label}/{number}.png" for split in ("train", "test") for label in "ab" for number in range(5)]
    tensors = made(images(*paths), valid_fraction=0.2)
    assert tensors.returned["images"] == {"train": 8, "valid": 2, "test": 10}
    assert {split for path, (split, _) in placed(tensors).items() if path.startswith("test/")} == {"test"}


def test_a_fraction_of_what_is_there_already_is_refused(made, images):
    paths = [f"{split}/{label}/1.png" for split in ("train", "valid") for label in "ab"]
    assert refusal(made, images(*paths), valid_fraction=0.2) == (
        "valid_fraction: valid/ holds the validation images; leave out one"
    )


def test_a_third_folder_is_the_test_split(made, images):
    paths = [f"{split}/{label}/1.png" for split in ("train", "val", "test") for label in "ab"]
    tensors = made(images(*paths))
    assert tensors.returned["images"] == {"train": 2, "valid": 2, "test": 2}
    assert tensors.returned["splits"] == {"train": "train", "valid": "val", "test": "test"}
    assert len(load_file(tensors.test)["images"]) == 2


def test_a_third_folder_of_other_classes_is_passed_over_unless_it_is_named(made, images):
    paths = [f"{split}/{label}/1.png" for split in ("train", "val") for label in "ab"]
    files = images(*paths, "test/unknown/1.png")
    tensors = made(files)
    assert tensors.returned["images"] == {"train": 2, "valid": 2}
    assert {"kind": "in test/", "files": 1, "first": ["test/unknown/1.png"]} in tensors.returned["passed_over_files"]
    assert len(load_file(tensors.test)["images"]) == 0
    assert refusal(made, files, test="test").startswith("class 'unknown' is in the test split only")


TABLE = "file,breed\nimages/a1.png,pug\n./images/a2.png,beagle\nb1.png,pug\nb2,beagle\n"
COLUMNS = {"path": "file", "label": "breed"}
FOUR = ("images/a1.png", "images/a2.png", "images/more/b1.png", "images/more/b2.png")


def test_a_table_names_images_by_path_by_end_and_without_a_suffix(made, images):
    tensors = made(images(*FOUR) | {"labels.csv": TABLE}, table="labels.csv", columns=COLUMNS, valid_fraction=0.5)
    assert {path: label for path, (_, label) in placed(tensors).items()} == dict(
        zip(FOUR, ("pug", "beagle", "pug", "beagle"))
    )
    assert tensors.returned["passed_over"] == 0


@pytest.mark.parametrize("name", ["labels.tsv", "labels.csv", "semicolons.csv", "labels.parquet"])
def test_class_names_stay_text(made, images, name):
    names = ["NA", "null", "001", "1e5", "True", "", "nan"]
    paths = [f"{number}{half}.png" for number in range(len(names)) for half in "ab"]
    columns = {"path": paths, "label": [names[number // 2] for number in range(len(paths))]}
    delimiter = "\t" if name.endswith("tsv") else ";" if name.startswith("semi") else ","
    if name.endswith("parquet"):
        stream = io.BytesIO()
        parquet.write_table(pa.table(columns), stream)
        table = stream.getvalue()
    else:
        table = "".join(delimiter.join(row) + "\r\n" for row in [("path", "label"), *zip(*columns.values())])
    tensors = made(images(*paths) | {name: table}, table=name, valid_fraction=0.5)
    assert tensors.returned["classes"] == sorted(set(names) - {""})
    assert tensors.returned["passed_over_files"] == [
        {"kind": f"without a class in {name}", "files": 2, "first": ["5a.png", "5b.png"]}
    ]


def test_rows_without_a_file_and_files_without_a_row_are_counted_and_named(made, images):
    table = TABLE + "images/gone1.png,pug\nimages/gone2.png,pug\n"
    files = images(*FOUR, "images/c.png") | {"labels.csv": table}
    tensors = made(files, table="labels.csv", columns=COLUMNS, valid_fraction=0.5)
    assert tensors.returned["rows_without_a_file"] == [
        {"table": "labels.csv", "rows": 2, "first": ["images/gone1.png", "images/gone2.png"]}
    ]
    assert tensors.returned["passed_over_files"] == [
        {"kind": "without a class in labels.csv", "files": 1, "first": ["images/c.png"]}
    ]


def test_a_table_of_this_machine(made, images, tmp_path):
    (tmp_path / "labels.csv").write_text(TABLE)
    tensors = made(images(*FOUR), table=str(tmp_path / "labels.csv"), columns=COLUMNS, valid_fraction=0.5)
    assert len(placed(tensors)) == 4


def test_a_column_of_the_split_and_one_of_the_group(made, images):
    rows = [
        f"{kind}{number}.png,{kind},{split},p{number}"
        for kind in "ab"
        for number, split in enumerate(("train", "Training", "val", "TEST"))
    ]
    table = "\n".join(["path,label,fold,patient", *rows])
    columns = {"label": "label", "split": "fold", "group": "patient"}
    files = images(*(row.partition(",")[0] for row in rows)) | {"t.csv": table}
    tensors = made(files, table="t.csv", columns=columns)
    assert {path: split for path, (split, _) in placed(tensors).items()} == {
        f"{kind}{number}.png": split
        for kind in "ab"
        for number, split in enumerate(("train", "train", "valid", "test"))
    }
    assert refusal(made, files | {"t.csv": table.replace("p2", "p0")}, table="t.csv", columns=columns) == (
        "group 'p0' has images in the train and in the valid split; have the splits drawn "
        "(valid_fraction), or correct them"
    )
    assert refusal(made, files | {"t.csv": table.replace("val", "dev")}, table="t.csv", columns=columns) == (
        "t.csv, line 4: the split 'dev' is none of train, training, valid, val, validation, test, testing"
    )


def test_classes_of_a_table_and_splits_of_folders(made, images):
    paths = [f"{split}/{number}.png" for split in ("train", "val") for number in range(4)]
    table = "path,label\n" + "\n".join(f"{path},{'xy'[number % 2]}" for number, path in enumerate(paths))
    places = placed(made(images(*paths) | {"labels.csv": table}, table="labels.csv"))
    assert places == {
        path: ("valid" if path.startswith("val") else "train", "xy"[number % 2]) for number, path in enumerate(paths)
    }


def test_classes_of_a_pattern_and_splits_of_folders(made, images):
    paths = [f"{split}/{label}.{number}.png" for split in ("train", "val") for label in "ab" for number in range(2)]
    places = placed(made(images(*paths), label=r"(?P<label>[ab])\."))
    assert places == {path: ("valid" if path.startswith("val") else "train", path.split("/")[1][0]) for path in paths}


def test_lists_of_a_split(made, images):
    paths = [f"{label}/{number}.png" for label in "ab" for number in range(4)]
    lists = {"valid.txt": "a/0.png\nb/0.png\n", "test.txt": "a/1.png\nb/1.png\n\ngone.png\n"}
    tensors = made(images(*paths) | lists, lists={"valid": "valid.txt", "test": "test.txt"})
    assert placed(tensors) == {path: ({"0": "valid", "1": "test"}.get(path[2], "train"), path[0]) for path in paths}
    assert tensors.returned["rows_without_a_file"] == [{"table": "test.txt", "rows": 1, "first": ["gone.png"]}]


@pytest.mark.parametrize("fraction", [0.2, 0.15])
def test_no_group_is_in_two_splits(made, images, fraction):
    random = np.random.default_rng(0)
    paths = [
        f"{'ab'[patient % 2]}/p{patient:02}_{number}.png"
        for patient in range(40)
        for number in range(random.integers(1, 6))
    ]
    tensors = made(images(*paths), group=r"(?P<group>p\d+)_", valid_fraction=fraction, test_fraction=fraction)
    splits = {}
    for path, (split, _) in placed(tensors).items():
        splits.setdefault(path[2:5], set()).add(split)
    assert {len(used) for used in splits.values()} == {1}
    assert {split for used in splits.values() for split in used} == {"train", "valid", "test"}
    for split in ("valid", "test"):
        assert tensors.returned["images"][split] / len(paths) == pytest.approx(fraction, abs=0.06)
    assert tensors.returned["drawn"]["groups"] == 40


def test_an_image_without_a_group_ends_it(made, images):
    paths = [f"{label}/p{number}_1.png" for label in "ab" for number in range(4)]
    assert refusal(made, images(*paths, "a/odd.png"), group=r"(?P<group>p\d+)_", valid_fraction=0.25) == (
        "group: 1 of 9 images have no group; all need one"
    )


WRONG = {
    "no column": (
        {"t.csv": "name,kind\n"},
        {"table": "t.csv", "valid_fraction": 0.5},
        "t.csv: no column is called 'path'; it has 'name', 'kind'; `columns` of the dataset says which to read",
    ),
    "a column twice": (
        {"t.csv": "path,label,label\n"},
        {"table": "t.csv", "valid_fraction": 0.5},
        "t.csv: several columns are called 'label'; it has 'path', 'label', 'label'; `columns` of the dataset says "
        "which to read",
    ),
    "a short row": (
        {"t.csv": "path,label\na\n"},
        {"table": "t.csv", "valid_fraction": 0.5},
        "t.csv, line 2: 1 values, but the header has 2",
    ),
    "another encoding": (
        {"t.csv": b"path,label\n\xff\xfe,a\n"},
        {"table": "t.csv", "valid_fraction": 0.5},
        "t.csv: byte 11 is not UTF-8; save the table as UTF-8",
    ),
    "an image twice": (
        {"t.csv": "path,label\na/1.png,x\na/1.png,y\n"},
        {"table": "t.csv", "valid_fraction": 0.5},
        "t.csv: lines 2 and 3 are both of a/1.png; an image has one row",
    ),
    "two images": (
        {"t.csv": "path,label\n1.png,x\n"},
        {"table": "t.csv", "valid_fraction": 0.5},
        "t.csv, line 2: '1.png' is a/1.png and b/1.png; write the whole path in the data",
    ),
    "no table": (
        {},
        {"table": "gone.csv", "valid_fraction": 0.5},
        "gone.csv: neither in the data nor on this machine (No such file or directory)",
    ),
    "no match": (
        {},
        {"label": "(?P<label>zebra)", "valid_fraction": 0.5},
        "no training image: a/1.png is one which the pattern of `label` does not match",
    ),
    "no validation images": (
        {"t.csv": "path,label,split\na/1.png,x,train\nb/1.png,y,train\n"},
        {"table": "t.csv", "columns": {"split": "split"}},
        "no validation image; `valid_fraction: 0.2` of the dataset draws validation images from the others",
    ),
    "no parquet": (
        {"t.parquet": b"PAR1"},
        {"table": "t.parquet", "valid_fraction": 0.5},
        "t.parquet: not a complete parquet file (",
    ),
    "too few groups": (
        {},
        {"group": "(?P<group>png)", "valid_fraction": 0.5},
        "group: 1 groups are too few to give 50% of the images to a split",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_a_sentence(made, images, case):
    files, settings, sentence = WRONG[case]
    said = refusal(made, images("a/1.png", "b/1.png") | files, **settings)
    assert (said[: len(sentence)] if sentence.endswith("(") else said) == sentence
