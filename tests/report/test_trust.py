import re

import numpy as np
import pytest

from ladder.evaluate import Request, evaluate
from ladder.evaluation import verdict
from ladder.formats import scores
from ladder.report import page, trust

IMAGES = 100
# Images that each seed gets wrong, counted from the first; a rung is named after its verdict.
SETTINGS = {"alpha": 0.05, "margin": 0.0025, "tests": ["two_way", "sign_flip"]}
WRONG = {"low": [60, 60], "worst": [90], "same": [90], "top": [1, 2, 3], "close": [2, 3]}


def context_of(folder, wrong):
    labels = np.zeros(IMAGES, np.int64)
    rows = "".join(f"valid,{number},v/{number},a\n" for number in range(IMAGES))
    (folder / "index.csv").write_text("split,position,path,class\ntrain,0,t/0,b\n" + rows)
    for rung, counts in wrong.items():
        right = {seed: (np.arange(IMAGES) >= count).astype(float) for seed, count in enumerate(counts)}
        scores.write(folder / rung, ["a", "b"], labels, {s: np.stack([x, 1 - x], 1) for s, x in right.items()}, True)
    evaluate(
        {rung: [f"{folder}/{rung}"] for rung in wrong},
        f"{folder}/index.csv",
        Request(["accuracy"], chance="majority"),
        str(folder),
        {},
    )
    best = max(wrong, key=lambda rung: -np.mean(wrong[rung]))
    tables = (f"{folder}/{name}.parquet" for name in ("validation", "comparison", "differences"))
    return trust.context(*tables, best, SETTINGS)


ADJACENT, BEST = "Each rung against the rung below it", "Each rung against the best"
CHANCE = "Each rung against the most frequent class"


@pytest.fixture(scope="module")
def trusted(tmp_path_factory):
    return context_of(tmp_path_factory.mktemp("trust"), WRONG)


def rendered(trusted):
    return (
        page._templates()
        .get_template("_trust.html.j2")
        .render(trust=trusted, figures=lambda section: f"[{section}]", data={"leakage": {"images": 0}})
    )


def test_the_words_for_the_three_verdicts(trusted):
    words = {(row["rung"], row["other"]): row["verdict"] for row in trusted["groups"][ADJACENT]}
    assert words == {
        ("worst", "low"): "worse",
        ("same", "worst"): "not distinguishable",
        ("top", "same"): "better",
        ("close", "top"): "not distinguishable",
    }
    assert [(row["rung"], row["verdict"]) for row in trusted["groups"][BEST]] == [
        ("low", "worse"),
        ("worst", "worse"),
        ("same", "worse"),
        ("close", "not distinguishable"),
    ]
    # All images are of class a, and the training image is of class b: the majority is always wrong.
    assert {(row["other"], row["verdict"]) for row in trusted["groups"][CHANCE]} == {("majority", "better")}
    assert trusted["family"] == 11


def test_a_rung_has_both_intervals_side_by_side(trusted):
    rows = {row["variant"]: row for row in trusted["rungs"]}
    assert list(rows) == list(WRONG)
    assert rows["worst"]["seeds_low"] is rows["worst"]["seeds_high"] is None
    top = rows["top"]
    assert top["seeds_low"] < top["accuracy"] < top["seeds_high"] <= 1
    assert top["images_low"] < top["accuracy"] < top["images_high"] < 1


def test_an_interval_between_seeds_ends_at_1(tmp_path):
    context = context_of(tmp_path, {"a": [0, 1]})
    assert context["rungs"][0]["seeds_high"] == 1


def test_one_rung_alone_is_compared_with_the_majority_alone(tmp_path):
    context = context_of(tmp_path, {"a": [3]})
    assert list(context["groups"]) == [CHANCE]
    text = rendered(context)
    assert text.count("Each rung against") == 1
    assert "[trust]" in text


def test_the_section_of_the_page(trusted):
    text = rendered(trusted)
    assert text.startswith('<section id="trust">')
    assert text.count("<td>not distinguishable</td>") == 3
    assert text.count("<td>better</td>") == 6
    assert text.count("<td>worse</td>") == 4
    assert text.count('<div class="scroll">') == text.count("<table>") == text.count("<caption>") == 2
    assert not re.findall(r"<th(?! scope=|ead)", text)
    assert "after adjustment for 11 pairs" in text
    for row in re.findall(r"<tr>.*?</tr>", text, re.DOTALL):
        assert row.count("<th") >= 1


def test_each_row_of_the_comparison_has_a_cell_for_each_column(trusted):
    table = rendered(trusted).split("<table>")[2]
    columns = table.partition("</thead>")[0].count("<th scope")
    bodies = re.findall(r'<tr><th scope="row">.*?</tr>', table, re.DOTALL)
    assert {1 + row.count("<td>") for row in bodies} == {columns}
    assert len(bodies) == 13


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0004906, "+0.05"), (-0.0469, "−4.69"), (0.0, "0.00"), (-0.00001, "0.00"), (0.00001, "0.00"), (1.0, "+100.00")],
)
def test_points_have_a_sign(share, text):
    assert verdict.points(share) == text


@pytest.mark.parametrize(("p", "text"), [(0.0, "<0.0001"), (0.00009, "<0.0001"), (0.0001, "0.0001"), (1.0, "1.0000")])
def test_a_p_is_never_written_as_0(p, text):
    assert trust.p_value(p) == text
