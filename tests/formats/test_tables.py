import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ladder.formats import tables

COLUMNS = {"name": "string", "class": "string?", "seed": "int64", "value": "float64?", "wrong": "bool"}
ROW = {"name": "a, b", "class": "", "seed": 3, "value": None, "wrong": False}


def test_a_row_is_a_line_with_empty_fields_for_none(tmp_path):
    tables.write(tmp_path / "a.csv", [ROW, ROW | {"name": "c", "class": "3", "value": 1 / 3}], COLUMNS)
    assert (tmp_path / "a.csv").read_bytes() == (
        b'name,class,seed,value,wrong\n"a, b",,3,,False\nc,3,3,0.3333333333333333,False\n'
    )


def test_floats_keep_all_digits(tmp_path):
    values = [1 / 3, 1e-300, 2**53 + 2.0, -0.0, float("inf")]
    tables.write(tmp_path / "a.csv", [{"value": value} for value in values], {"value": "float64"})
    read = [row["value"] for row in tables.read(tmp_path / "a.csv", {"value": "float64"})]
    assert [value.hex() for value in read] == [value.hex() for value in values]


def test_a_table_without_rows_has_its_columns(tmp_path):
    tables.write_both(tmp_path / "a", [], COLUMNS)
    assert (tmp_path / "a.csv").read_text() == "name,class,seed,value,wrong\n"
    assert pq.read_schema(tmp_path / "a.parquet").names == list(COLUMNS)


def test_a_key_that_is_no_column_is_refused(tmp_path):
    with pytest.raises(ValueError, match="extra"):
        tables.write(tmp_path / "a.csv", [ROW | {"extra": 1}], COLUMNS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": None}, "the column name may not be empty"),
        ({"name": ""}, "the column name may not be empty"),
        ({"seed": None}, "the column seed may not be empty"),
        ({"seed": "3"}, "the column seed is of type int64, so '3' cannot stand in it"),
        ({"seed": 3.0}, "the column seed is of type int64, so 3.0 cannot stand in it"),
        ({"value": "high"}, "the column value is of type float64, so 'high' cannot stand in it"),
        ({"name": 3}, "the column name is of type string, so 3 cannot stand in it"),
        ({"wrong": 1}, "the column wrong is of type bool, so 1 cannot stand in it"),
    ],
)
def test_a_value_that_its_column_cannot_have_is_refused(tmp_path, changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        tables.write(tmp_path / "a.csv", [ROW, ROW | changes], COLUMNS)
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_left_out_is_an_empty_field(tmp_path):
    row = {name: value for name, value in ROW.items() if name != "value"}
    tables.write(tmp_path / "a.csv", [row], COLUMNS)
    assert list(tables.read(tmp_path / "a.csv", COLUMNS)) == [ROW]
    del row["seed"]
    with pytest.raises(ValueError, match="seed"):
        tables.write(tmp_path / "a.csv", [row], COLUMNS)


def test_csv_and_parquet_have_the_same_values_and_parquet_the_types(tmp_path):
    rows = [ROW, ROW | {"class": "3", "value": 0.1, "wrong": True}]
    tables.write_both(tmp_path / "a", rows, COLUMNS)
    assert list(tables.read(tmp_path / "a.csv", COLUMNS)) == rows
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.to_pylist() == rows
    assert table.schema.types == [pa.string(), pa.string(), pa.int64(), pa.float64(), pa.bool_()]


def test_a_column_that_is_not_known_is_read_as_text_and_one_may_lack(tmp_path):
    (tmp_path / "a.csv").write_text("run,seed\n07,3\n")
    assert list(tables.read(tmp_path / "a.csv", COLUMNS)) == [{"run": "07", "seed": 3}]


def test_tables_are_joined_under_one_header(tmp_path):
    for name, seeds in (("a", [0, 1]), ("none", []), ("b", [2])):
        tables.write(tmp_path / name, [{"seed": seed} for seed in seeds], {"seed": "int64"})
    tables.join(tmp_path / "all", [str(tmp_path / name) for name in ("a", "none", "b")])
    assert (tmp_path / "all").read_text() == "seed\n0\n1\n2\n"
