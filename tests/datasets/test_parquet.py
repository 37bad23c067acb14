import csv
import json
from functools import partial

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet as files
from safetensors.numpy import load_file

from ladder.datasets import parquet
from ladder.errors import LadderError


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (18, 4, 5), dtype=np.uint8)


@pytest.fixture
def table(png, pixels):
    """`table(first, last, labels, names, plain)`: images as Hugging Face's library writes them."""

    def table(first=0, last=12, labels=None, names=("cat", "dog", "NA"), plain=False, **more):
        images = [png(pixels[number]) for number in range(first, last)]
        image = pa.array(images if plain else [{"bytes": data, "path": None} for data in images])
        labels = [number % 3 for number in range(first, last)] if labels is None else labels
        made = pa.table({"image": image, "label": labels} | more)
        features = {"image": {"_type": "Image"}, "label": {"names": list(names), "_type": "ClassLabel"}}
        told = json.dumps({"info": {"features": features}})
        return made.replace_schema_metadata({"huggingface": told}) if names else made

    return table


def placed(made):
    with open(made.index, newline="") as file:
        return {row["path"]: (row["split"], row["class"]) for row in csv.DictReader(file)}


def test_a_folder_as_hugging_face_has_it(tmp_path, table, pixels, tensorized):
    (tmp_path / "data").mkdir()
    for number in range(2):
        files.write_table(table(6 * number, 6 * number + 6), tmp_path / f"data/train-0000{number}-of-00002.parquet")
    files.write_table(table(12, 18), tmp_path / "data/test-00000-of-00001.parquet", row_group_size=2)
    made = tensorized(tmp_path / "made", partial(parquet.entries, str(tmp_path), {}))
    assert made.returned["images"] == {"train": 12, "valid": 6}
    assert made.returned["test_for_validation"]
    assert made.returned["classes"] == ["NA", "cat", "dog"]
    np.testing.assert_array_equal(load_file(made.train)["images"], pixels[:12])
    np.testing.assert_array_equal(load_file(made.valid)["images"], pixels[12:])
    assert load_file(made.train)["labels"].tolist() == [1, 2, 0] * 4
    assert placed(made)["data/train-00001-of-00002.parquet[5]"] == ("train", "NA")


@pytest.mark.parametrize("plain", [False, True])
def test_one_file_with_a_column_of_the_split(tmp_path, table, tensorized, plain):
    splits = pa.array(["train", "TRAINING", "valid", "test"] * 3)
    labels = ["a", "b", "a", "a", "b", "a", "b", "b", "a", "b", "a", "b"]
    made_table = table(labels=labels, names=(), plain=plain, fold=splits).rename_columns(["picture", "kind", "fold"])
    files.write_table(made_table, tmp_path / "all.parquet")
    columns = {"image": "picture", "label": "kind", "split": "fold"}
    made = tensorized(tmp_path / "made", partial(parquet.entries, str(tmp_path / "all.parquet"), columns))
    assert made.returned["images"] == {"train": 6, "valid": 3, "test": 3}
    assert placed(made)["all.parquet[02]"] == ("valid", "a")


def test_groups_stay_together_where_the_split_is_drawn(tmp_path, table, tensorized):
    groups = pa.array([number // 2 for number in range(12)])
    files.write_table(table(patient=groups), tmp_path / "all.parquet")
    source = partial(parquet.entries, str(tmp_path / "all.parquet"), {"group": "patient"})
    made = tensorized(tmp_path / "made", source, valid_fraction=0.5)
    places = placed(made)
    assert {split for split, _ in places.values()} == {"train", "valid"}
    for number in range(0, 12, 2):
        assert places[f"all.parquet[{number:02}]"][0] == places[f"all.parquet[{number + 1:02}]"][0]


def test_many_rows_keep_their_order(tmp_path, png, tensorized, monkeypatch):
    monkeypatch.setattr(parquet, "ROWS", 7)
    values = np.arange(120, dtype=np.uint8)
    images = pa.array([png(np.full((2, 2), value, np.uint8)) for value in values])
    files.write_table(pa.table({"image": images, "label": values % 2}), tmp_path / "a.parquet")
    made = tensorized(tmp_path / "made", partial(parquet.entries, str(tmp_path / "a.parquet"), {}), valid_fraction=0.25)
    train = load_file(made.train)["images"][:, 0, 0]
    assert len(train) == 90
    assert (np.diff(train.astype(int)) > 0).all()


def refusal(location, columns=None):
    with pytest.raises(LadderError) as caught:
        for entry in parquet.entries(str(location), columns or {}):
            entry.read()
    return str(caught.value)


def test_what_is_wrong_with_a_file_is_a_sentence(tmp_path, table):
    path = tmp_path / "a.parquet"
    files.write_table(table(), path)
    assert refusal(path, {"label": "kind"}) == (
        "a.parquet: no column is called 'kind'; it has 'image', 'label'; `columns` of the dataset says which holds the "
        "label"
    )
    files.write_table(table(labels=[0, 1, None] * 4), path)
    assert refusal(path) == "a.parquet[2]: the row has no class"
    files.write_table(table(labels=[0, 1, 3] * 4), path)
    assert refusal(path) == "a.parquet[2]: class 3, but the metadata name 3 classes"
    files.write_table(pa.table({"image": ["a.png"], "label": [0]}), path)
    assert refusal(path) == "a.parquet[0]: the row has no image, as bytes or as a struct with `bytes`"
    files.write_table(table(fold=["dev"] * 12), path)
    assert refusal(path, {"split": "fold"}).startswith(
        "a.parquet[0]: the split 'dev' is none of train, training, valid, "
    )
    path.write_bytes(path.read_bytes()[:-8])
    assert refusal(path).startswith("a.parquet: not a complete parquet file (")
    path.unlink()
    assert refusal(tmp_path) == f"{tmp_path}: no parquet file in it"
