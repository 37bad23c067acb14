import pytest

from ladder.config.schema import nearest, problems

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "description": "What it is called."},
        "count": {"type": "integer", "default": 3},
        "rate": {"type": ["number", "null"]},
        "loud": {"type": "boolean"},
        "words": {"type": "array", "items": {"type": "string"}, "default": []},
        "inner": {"type": "object", "properties": {"rate": {"type": "number"}}},
    },
}


def test_right_settings_have_no_problems_and_get_defaults():
    settings = {"name": "a"}
    assert list(problems(settings, SCHEMA)) == []
    assert settings == {"name": "a", "count": 3, "words": []}


def test_defaults_are_not_shared():
    first, second = {"name": "a"}, {"name": "b"}
    assert list(problems(first, SCHEMA)) == list(problems(second, SCHEMA)) == []
    first["words"].append("x")
    assert (second["words"], SCHEMA["properties"]["words"]["default"]) == ([], [])


def test_defaults_may_stay_out():
    settings = {"name": "a"}
    assert list(problems(settings, SCHEMA, fill_defaults=False)) == []
    assert settings == {"name": "a"}


@pytest.mark.parametrize(
    ("key", "given", "read"),
    [
        ("count", "7", 7),
        ("count", 7.0, 7),
        ("count", "7.0", 7),
        ("rate", "1e-3", 0.001),
        ("rate", "2", 2),
        ("rate", None, None),
        ("rate", "null", None),
        ("loud", "true", True),
        ("loud", "false", False),
        ("name", "7", "7"),
        ("name", "true", "true"),
        ("name", "null", "null"),
    ],
)
def test_text_becomes_the_number_that_belongs_there(key, given, read):
    settings = {"name": "a"} | {key: given}
    assert list(problems(settings, SCHEMA)) == []
    assert (settings[key], type(settings[key])) == (read, type(read))


def test_a_number_deeper_down_is_read_too():
    settings = {"name": "a", "inner": {"rate": "0.5"}}
    assert list(problems(settings, SCHEMA)) == []
    assert settings["inner"] == {"rate": 0.5}


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        ({"count": "some"}, ["count: 'some' is not of type integer"]),
        ({"count": 2.5}, ["count: 2.5 is not of type integer"]),
        ({"count": True}, ["count: True is not of type integer"]),
        ({"rate": False}, ["rate: False is not of type number or null"]),
        ({"loud": 1}, ["loud: 1 is not of type boolean"]),
        ({"name": 3}, ["name: 3 is not of type string; write it in quotes"]),
        ({"words": ["a", 3]}, ["words.1: 3 is not of type string; write it in quotes"]),
        ({"inner": {"rate": "fast"}}, ["inner.rate: 'fast' is not of type number"]),
        ({"cuont": 3}, ["unknown key 'cuont'; did you mean 'count'?"]),
    ],
)
def test_a_problem_is_a_line(change, lines):
    assert list(problems({"name": "a"} | change, SCHEMA)) == lines


def test_lines_name_the_place_of_the_settings():
    sentences = list(problems({"count": "some", "z": 1}, SCHEMA, "here.there"))
    assert sorted(sentences) == [
        "here.there.count: 'some' is not of type integer",
        "here.there: the key 'name' is missing; it is: What it is called.",
        "here.there: unknown key 'z'; allowed are name, count, rate, loud, words, inner",
    ]


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("adm", ["sgd", "adam", "adamw"], "did you mean 'adam'?"),
        ("x", ["sgd", "adam"], "allowed are sgd, adam"),
        ("x", [], "there are none"),
        ("22", [1, 2, 222], "did you mean '222'?"),
    ],
)
def test_the_nearest_word_is_proposed(word, known, said):
    assert nearest(word, known) == said
