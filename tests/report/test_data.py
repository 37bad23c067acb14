"""The page's sentences about the data."""

from ladder.images.passed_over import lines_about
from ladder.report import classes

FACTS = {
    "classes": ["a", "b"],
    "images_per_class": {"train": {"a": 3, "b": 4}, "valid": {"a": 1, "b": 2}},
    "splits": {},
    "images_by_content": {"files": 0, "first": []},
    "respelled_classes": [],
    "damaged": {"files": 0, "first": []},
    "passed_over": 0,
    "passed_over_files": [],
}


def test_the_table_has_a_column_a_split():
    assert classes.images(FACTS) == {
        "splits": ["training", "validation"],
        "rows": [("a", 3, 1), ("b", 4, 2)],
        "choice": "",
    }
    with_test = FACTS | {"images_per_class": FACTS["images_per_class"] | {"test": {"a": 5, "b": 6}}}
    assert classes.images(with_test)["splits"] == ["training", "validation", "test"]
    assert classes.images(with_test)["rows"] == [("a", 3, 1, 5), ("b", 4, 2, 6)]


def test_what_was_taken_is_said():
    assert list(lines_about(FACTS)) == []
    assert list(lines_about(FACTS | {"splits": {"train": "a/train", "valid": "b/val", "test": "test"}})) == [
        "a/train/ holds the training images, b/val/ the validation images, test/ the test images"
    ]
    drawn = {"shares": {"test": 0.1, "valid": 0.25}, "seed": 7, "groups": None}
    assert list(lines_about(FACTS | {"drawn": drawn})) == [
        "drawn with seed 7: 10% for test and 25% for validation (of each class)"
    ]
    assert list(lines_about(FACTS | {"drawn": drawn | {"groups": 1_200}})) == [
        "drawn with seed 7: 10% for test and 25% for validation (1,200 groups, each in one split)"
    ]
    without = [{"table": "labels.csv", "rows": 4, "first": ["a.png", "b.png", "c.png"]}]
    assert list(lines_about(FACTS | {"rows_without_a_file": without, "test_for_validation": True})) == [
        "the test images serve for validation, since there are no validation images",
        "labels.csv: 4 rows name no image of the data: a.png, b.png, c.png, ...",
    ]
