import pytest
import yaml

from ladder.config import files
from ladder.errors import LadderError


def refused(check):
    with pytest.raises(LadderError) as caught:
        check()
    return str(caught.value).splitlines()


@pytest.fixture
def write(tmp_path, monkeypatch):
    """`write(text, name="mine.yaml")`: a file in the working folder."""
    monkeypatch.chdir(tmp_path)

    def write(text, name="mine.yaml"):
        (tmp_path / name).write_text(text)
        return name

    return write


SLIPS = {
    # Keys that occur twice.
    "a: 1\nb: 2\na: 3\n": ["line 3: the key a is there twice, first in line 1; remove one of them"],
    "a:\n  b: 1\n  b: 2\n": ["line 3: the key a.b is there twice, first in line 2; remove one of them"],
    "a: [{b: 1, b: 2}]\n": ["line 1: the key a.b is there twice, first in line 1; remove one of them"],
    # Keys that are no text.
    "on: 1\n": ["line 1: the key on is read as true; write it in quotes: 'on'"],
    "a:\n  No: 1\n": ["line 2: a: the key No is read as false; write it in quotes: 'No'"],
    "a:\n  null: 1\n": ["line 2: a: the key null is read as nothing; write it in quotes: 'null'"],
    "a:\n  ~: 1\n": ["line 2: a: the key ~ is read as nothing; write it in quotes: '~'"],
    "a:\n  true: 1\n": ["line 2: a: the key true is read as a truth value; write it in quotes: 'true'"],
    "a:\n  7: 1\n": ["line 2: a: the key 7 is read as a number; write it in quotes: '7'"],
    "a:\n  007: 1\n": ["line 2: a: the key 007 is read as 7; write it in quotes: '007'"],
    "a:\n  1.50: 1\n": ["line 2: a: the key 1.50 is read as 1.5; write it in quotes: '1.50'"],
    "a:\n  2024-01-02: 1\n": ["line 2: a: the key 2024-01-02 is read as a date; write it in quotes: '2024-01-02'"],
    # Numbers that YAML reads as other numbers, and dates.
    "seeds: 010\n": ["line 1: seeds: 010 is read as 8; write 10 or '010'"],
    "a: -0_17\n": ["line 1: a: -0_17 is read as -15; write -17 or '-0_17'"],
    "a: {b: [1, 1:30]}\n": ["line 1: a.b: 1:30 is read as 90; write 90 or '1:30'"],
    "a: 1:30.5\n": ["line 1: a: 1:30.5 is read as 90.5; write 90.5 or '1:30.5'"],
    "a: 2024-01-02\n": ["line 1: a: 2024-01-02 is read as a date; write it in quotes: '2024-01-02'"],
    "a: 2024-01-02 10:00:00\n": [
        "line 1: a: 2024-01-02 10:00:00 is read as a date; write it in quotes: '2024-01-02 10:00:00'"
    ],
    # Several slips at once, each with its line; an alias counts once.
    "a: &x [010]\nb: *x\non: 2:30\n": [
        "line 1: a: 010 is read as 8; write 10 or '010'",
        "line 3: the key on is read as true; write it in quotes: 'on'",
        "line 3: on: 2:30 is read as 150; write 150 or '2:30'",
    ],
}


@pytest.mark.parametrize("text", SLIPS)
def test_what_yaml_reads_otherwise_is_named_with_its_line(write, text):
    path = write(text)
    assert refused(lambda: files.refuse_slips([path])) == [f"config: mine.yaml, {line}" for line in SLIPS[text]]


@pytest.mark.parametrize(
    "text",
    [
        "a: 10\nb: [0, 00, 007, -1, 1_000, 0x10, 1.50, .5, 1e-3, 08, true, no, null, '010', \"1:30\", '2024-01-02']\n",
        "'on': {'1': 2, '01': 2, \"null\": 3, y: 4}\n",
        "a: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}\n",
        "a: |\n  010\nb: a.b:c\n",
        '{"a": {"b": "010"}, "c": null}',
        '{\n\t"a": 1\n}',
        "",
    ],
)
def test_what_is_read_as_it_is_written_is_no_slip(write, text):
    files.refuse_slips([write(text)])


@pytest.mark.parametrize(
    ("text", "place", "line"),
    [
        ("a: 1\nb: no\n", ("b",), "line 2: b: no is read as false; write it in quotes: b: 'no'"),
        ("dataset: 001", ("dataset",), "line 1: dataset: 001 is read as 1; write it in quotes: dataset: '001'"),
        ("dataset: 12", ("dataset",), "line 1: dataset: 12 is read as a number; write it in quotes: dataset: '12'"),
        ("a: 1.10", ("a",), "line 1: a: 1.10 is read as 1.1; write it in quotes: a: '1.10'"),
        ("a: true", ("a",), "line 1: a: true is read as a truth value; write it in quotes: a: 'true'"),
        ("a:\n- b\n- on\n", ("a", 1), "line 3: a: on is read as true; write it in quotes: 'on'"),
        ("a: {b: [{c: ~}]}", ("a", "b", 0, "c"), "line 1: a.b.c: ~ is read as nothing; write it in quotes: c: '~'"),
    ],
)
def test_a_word_without_quotes_is_named_with_its_line(write, text, place, line):
    value = yaml.safe_load(text)
    for part in place:
        value = value[part]
    path = write(text)
    assert refused(lambda: files.refuse_unquoted([(place, value)], [path], [])) == [f"config: mine.yaml, {line}"]


def test_the_file_that_gave_the_value_is_named(write):
    paths = [write("a: 3", "first.yaml"), write("a: on", "second.yaml"), write("b: 1", "third.yaml")]
    lines = refused(lambda: files.refuse_unquoted([(("a",), True)], paths, []))
    assert lines == ["config: second.yaml, line 1: a: on is read as true; write it in quotes: a: 'on'"]


@pytest.mark.parametrize(
    ("place", "value"),
    [(("a",), None), (("b",), {"c": 1}), (("b", "d"), 3), (("l", 5), 3), (("l", "x"), 3), (("q",), 1)],
)
def test_other_values_in_place_of_text_are_left_to_the_schema(write, place, value):
    files.refuse_unquoted([(place, value)], [write("a:\nb: {c: 1}\nl: [1]\nq: !!int '1'\n")], ["a=", "b={c: 1}"])


@pytest.mark.parametrize(
    ("argument", "value", "line"),
    [
        ("dataset=001", 1, "dataset=001: 001 is read as 1; write --config 'dataset=!!str 001'"),
        ("dataset='7'", 7, "dataset=7: 7 is read as a number; write --config 'dataset=!!str 7'"),
        ("dataset=1e5", 1e5, "dataset=1e5: 1e5 is read as 100000.0; write --config 'dataset=!!str 1e5'"),
        ("dataset=True", True, "dataset=True: True is read as a truth value; write --config 'dataset=!!str True'"),
    ],
)
def test_an_argument_that_is_read_as_a_number_is_named(write, argument, value, line):
    path = write("dataset: no")
    arguments = ["seeds=1", argument]
    assert refused(lambda: files.refuse_unquoted([(("dataset",), value)], [path], arguments)) == [
        f"config: --config {line}"
    ]
