from ladder.config import study as config
from ladder.report import published

LISTED = [{"source": "A paper, 1998", "images": 100, "errors": {"linear": 0.12, "a deep net": 0.01}}]


def rung(name, mean, *marks):
    return {"name": name, "accuracy": None if mean is None else {"mean": mean}, "marks": list(marks)}


def test_published_errors_and_ours_are_ranked_together():
    ladder = [rung("majority", 0.1, "one class"), rung("line", 0.9), rung("net", 0.95), rung("failed", None)]
    rows = published.context(LISTED, ladder, 100)
    assert [(row["classifier"], round(row["error"], 6), row["source"]) for row in rows] == [
        ("linear", 0.12, "A paper, 1998"),
        ("line", 0.1, None),
        ("net", 0.05, None),
        ("a deep net", 0.01, "A paper, 1998"),
    ]


def test_a_source_about_other_images_is_left_out():
    other = [{"source": "Another", "images": 101, "errors": {"tree": 0.2}}]
    assert published.context(other, [rung("line", 0.9)], 100) == []
    assert "tree" not in {row["classifier"] for row in published.context(LISTED + other, [rung("line", 0.9)], 100)}


def test_the_errors_of_mnist_are_those_of_its_test_images(shipped):
    (listed,) = config.load(shipped).settings["datasets"]["mnist"]["published"]
    assert listed["images"] == 10_000
    assert sorted(listed["errors"].values()) == [0.0095, 0.047, 0.05, 0.12]


def test_the_page_quotes_them_with_their_source(page_of):
    listed = [{"source": "A <paper>, 1998", "images": 4, "errors": {"a line & more": 0.25}}]
    html = page_of(("a", "b"), dataset={"published": listed}).html
    row = html.partition("a line &amp; more")[2].partition("</tr>")[0]
    assert "25.00%" in row
    assert "A &lt;paper&gt;, 1998" in row
    assert 'id="published"' not in page_of(("a", "b"), dataset={"published": [listed[0] | {"images": 5}]}).html
