import html
import re

import numpy as np
import pytest

from ladder.evaluate import Request, evaluate
from ladder.evaluation import verdict
from ladder.formats import scores
from ladder.report import page, trust

IMAGES = 100
PLAIN = {"loss": "cross_entropy", "sampling": "as_is", "class_weights": "none"}
# Images that each seed gets wrong, counted from the first; a rung is named after its verdict.
WRONG = {"low": [60, 60, 61], "worst": [90], "same": [90], "top": [1, 2, 3], "close": [7, 7]}
SETTINGS = {"alpha": 0.05, "margin": 0.0025, "tests": ["two_way", "sign_flip"], "seed": 0}


def context_of(folder, wrong, trained=("low", "top", "close"), settings=SETTINGS):
    """The variables of the section; rungs that are not trained are baselines."""
    labels = np.zeros(IMAGES, np.int64)
    rows = "".join(f"valid,{number},v/{number},a\n" for number in range(IMAGES))
    (folder / "index.csv").write_text("split,position,path,class\ntrain,0,t/0,b\n" + rows)
    for rung, counts in wrong.items():
        right = {seed: (np.arange(IMAGES) >= count).astype(float) for seed, count in enumerate(counts)}
        scores.write(folder / rung, ["a", "b"], labels, {s: np.stack([x, 1 - x], 1) for s, x in right.items()}, True)
    evaluate(
        {rung: [f"{folder}/{rung}"] for rung in wrong},
        f"{folder}/index.csv",
        Request(
            ["accuracy"],
            recipes=dict.fromkeys(trained, PLAIN),
            chance="majority",
            rules={key: settings[key] for key in ("alpha", "margin", "tests")},
        ),
        str(folder),
        {},
    )
    best = max(wrong, key=lambda rung: -np.mean(wrong[rung]))
    tables = (f"{folder}/{name}.parquet" for name in ("validation", "comparison", "differences"))
    return trust.context(*tables, best, settings)


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


def test_a_rung_has_its_three_intervals_side_by_side(trusted):
    rows = {row["variant"]: row for row in trusted["rungs"]}
    assert list(rows) == list(WRONG)
    assert rows["worst"]["seeds_low"] is rows["worst"]["seeds_high"] is None
    for row in rows.values():
        assert 0 <= row["low"] < row["accuracy"] < row["high"] <= 1
        assert row["images_low"] < row["accuracy"] < row["images_high"]
    top = rows["top"]
    assert top["seeds_low"] < top["accuracy"] < top["seeds_high"] <= 1
    assert top["images_low"] < top["accuracy"] < top["images_high"] < 1
    body = rendered(trusted).split("<tbody>")[1]
    cells = re.findall(r"<td>(.*?)</td>", body[body.index('<th scope="row">top') :])[:6]
    shown = [
        (f"{100 * top[f'{kind}low']:.2f}%", f"{100 * top[f'{kind}high']:.2f}%") for kind in ("", "seeds_", "images_")
    ]
    assert cells == ["98.00%", " to ".join(shown[0]), " to ".join(shown[1]), "3", " to ".join(shown[2]), "100"]
    worst = re.findall(r"<td>(.*?)</td>", body[body.index('<th scope="row">worst') :])[:4]
    assert worst[2:] == ["–", "1"]


def test_an_interval_between_seeds_ends_at_1(tmp_path):
    context = context_of(tmp_path, {"a": [0, 1]}, ["a"])
    assert context["rungs"][0]["seeds_high"] == 1


def test_the_rules_are_those_of_the_study(trusted):
    assert trusted["rules"] == {"alpha": 0.05, "margin": 0.0025, "tests": ["two_way", "sign_flip"]}
    assert trusted["verdicts"] == {"better", "worse", "not distinguishable", "close"}
    text = " ".join(rendered(trusted).split())
    assert (
        "it needs two tests that agree, one for seeds and images together and an exact one for images alone, both"
        in text
    )
    assert "both with p below 0.05 after adjustment for 11 pairs." in text
    assert "“Equivalent” says that the difference is shown to be smaller than 0.25 points." in text
    assert "“Ahead”" not in text


def test_a_study_with_one_test_and_another_margin_says_so(tmp_path):
    settings = SETTINGS | {"alpha": 0.01, "margin": 0.1, "tests": ["sign_flip"]}
    text = " ".join(rendered(context_of(tmp_path, {"a": [30, 31], "b": [0, 1]}, ["a", "b"], settings)).split())
    assert "it needs the test <code>sign_flip</code> with p below 0.01 after adjustment for 3 pairs." in text
    assert "smaller than 10 points" in text


def test_rungs_with_one_seed_are_ahead_and_behind(tmp_path):
    context = context_of(tmp_path, {"high": [2], "low": [60]}, ["high", "low"])
    assert [row["verdict"] for row in context["groups"][ADJACENT] + context["groups"][BEST]] == ["behind", "behind"]
    assert context["verdicts"] == {"behind", "ahead"}  # ahead of the majority
    text = " ".join(rendered(context).split())
    assert "“Ahead” and “behind” hold for other images only: a rung of the pair was trained with one seed" in text
    behind = context_of(tmp_path, {"worse": [60], "better": [2]}, ["better"])
    assert "ahead" in behind["verdicts"]
    assert "“Ahead” and “behind”" in rendered(behind)


def test_rungs_that_are_the_same_within_the_margin_are_equivalent(tmp_path):
    context = context_of(tmp_path, {"a": [3, 4], "b": [3, 4]}, ["a", "b"], SETTINGS | {"margin": 0.2})
    assert {row["verdict"] for row in context["groups"][ADJACENT]} == {"equivalent"}
    row = rows_of_table(rendered(context))[0]
    assert row[:3] == ["b", "a", "equivalent"]
    assert row[-2:] == ["", ""]  # what would decide it is not asked of a pair that is decided


def rows_of_table(text):
    """The cells of the rows of the table of pairs."""
    rows = re.findall(r'<tr><th scope="row">(.*?)</tr>', text.split("<table>")[2], re.DOTALL)
    return [[html.unescape(re.sub(r"<.*?>", "", cell)) for cell in re.split(r"</t[hd]>\s*", row)[:-1]] for row in rows]


def test_a_row_of_the_table_has_the_numbers_of_its_pair(trusted):
    pairs = [row for rows in trusted["groups"].values() for row in rows]
    shown = rows_of_table(rendered(trusted))
    assert len(shown) == len(pairs) == 13
    for cells, row in zip(shown, pairs, strict=True):
        better = "–"
        if row["outperforms"] is not None:
            ends = f"{100 * row['outperforms_low']:.0f} to {100 * row['outperforms_high']:.0f}"
            better = f"{100 * row['outperforms']:.0f}% ({ends})"
        needed = ["", ""]
        if row["verdict"] == "not distinguishable":
            numbers = (row[kind] for kind in ("seeds_needed", "images_needed"))
            needed = ["–" if number is None else verdict.rounded(number) for number in numbers]
        word = f"{row['verdict']} (close)" if verdict.is_close(row) else row["verdict"]
        assert cells == [
            *(row["rung"], row["other"], word, verdict.points(row["difference"])),
            f"{verdict.points(row['low'])} to {verdict.points(row['high'])}",
            *(trust.p_value(row["p_holm"]), better, f"{100 * row['detectable']:.2f}", *needed),
        ]
    close = next(row for row in pairs if (row["rung"], row["other"]) == ("close", "top"))
    assert close["images_needed"] or close["seeds_needed"]
    assert {cells[-1] for cells in shown} > {"", "–"}  # nothing is asked, no number is enough, a number


def test_one_rung_alone_is_compared_with_the_majority_alone(tmp_path):
    context = context_of(tmp_path, {"a": [3]}, [])
    assert list(context["groups"]) == [CHANCE]
    text = rendered(context)
    assert text.count("Each rung against") == 1
    assert "[trust]" in text


def test_the_section_of_the_page(trusted):
    text = rendered(trusted)
    assert text.startswith('<section id="trust">')
    assert text.count("<td>not distinguishable</td>") == 3
    assert (text.count("<td>better</td>"), text.count("<td>better (close)</td>")) == (4, 2)
    assert "A verdict is close if fewer than four in five studies of this size would find so small" in text
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


@pytest.mark.parametrize(("p", "text"), [(0.0, "<0.0001"), (0.00009, "<0.0001"), (0.0001, "0.0001"), (1.0, "1.0000")])
def test_a_p_is_never_written_as_0(p, text):
    assert trust.p_value(p) == text
