import csv

import pytest

from ladder.formats import tables


def test_a_row_is_a_line_with_empty_fields_for_none(tmp_path):
    tables.write(tmp_path / "a.csv", [{"name": "a, b", "value": 0.1}, {"name": "c", "value": None}])
    assert (tmp_path / "a.csv").read_bytes() == b'name,value\n"a, b",0.1\nc,\n'


def test_floats_keep_all_digits(tmp_path):
    values = [1 / 3, 1e-300, 2**53 + 2.0, -0.0]
    tables.write(tmp_path / "a.csv", [{"value": value} for value in values])
    with open(tmp_path / "a.csv", newline="") as file:
        assert [float(row["value"]).hex() for row in csv.DictReader(file)] == [value.hex() for value in values]


def test_a_table_without_rows_has_its_columns(tmp_path):
    tables.write(tmp_path / "a.csv", [], ["name", "value"])
    assert (tmp_path / "a.csv").read_text() == "name,value\n"


def test_a_key_that_is_no_column_is_refused(tmp_path):
    with pytest.raises(ValueError, match="extra"):
        tables.write(tmp_path / "a.csv", [{"name": "a", "extra": 1}], ["name"])
    assert list(tmp_path.iterdir()) == []
