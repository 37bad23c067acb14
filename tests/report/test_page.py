import json
import re
from pathlib import Path

import pandas as pd
import pytest

from ladder.images import pixels
from ladder.report import page, rungs


@pytest.mark.parametrize(("share", "text"), [(0.99832, "99.83%"), (1.0, "100.00%"), (None, "–")])
def test_shares_are_percentages(share, text):
    assert page.percent(share) == text


@pytest.mark.parametrize(("number", "text"), [(1, "1 seed"), (0, "0 seeds"), (1234, "1,234 seeds")])
def test_nouns_follow_their_number(number, text):
    assert page.plural(number, "seed") == text


@pytest.mark.parametrize("unequal", [False, True])
def test_balanced_accuracy_is_a_column_where_classes_have_unequal_sizes(unequal):
    metrics = dict.fromkeys(["accuracy", "balanced_accuracy", "roc_auc"])
    ladder = [{"overall": metrics}, {"overall": {}}, {"overall": metrics | {"log_loss": {}}}]
    assert rungs.overall(ladder, unequal) == [*(["balanced_accuracy"] if unequal else []), "roc_auc", "log_loss"]


def test_where_classes_have_unequal_sizes_the_page_says_what_the_most_frequent_one_gives(page_of):
    equal, unequal = page_of(["a", "b"]), page_of(["a", "b"], valid={"a": 9, "b": 3})
    said = "always the most frequent class is right on 75.00%"
    for text, times in ((unequal.html, 2), (unequal.summary, 2), (equal.html, 0), (equal.summary, 0)):
        assert text.count(said) == times
        assert ("balanced accuracy" in text) == (times > 0)
    assert ">balanced accuracy</th>" in unequal.html
    assert "Balanced accuracy, the mean of the classes' recalls, is then 50.00%" in unequal.html
    rows = [line for line in unequal.summary.splitlines() if line.startswith("|")]
    assert len({row.count("|") for row in rows}) == 1
    assert rows[2].startswith("| `majority` (one class) | 75.00% | 42.22% to 92.49% | 3.0 | 50.00% | 10 |")
    assert re.search(r"^\| `guess0` .*\| \d+\.\d\d% to \d+\.\d\d% \(2 seeds\) \|", unequal.summary, re.MULTILINE)
    assert unequal.summary.count("Intervals are for other seeds and other images.") == 1


def test_every_interval_of_a_rung_is_that_of_the_table(page_of):
    made = page_of(["a", "b"])
    rows = pd.read_parquet(made.files["validation"]).set_index("variant")
    assert list(rows.index) == ["majority", "pixel_l1", "pixel_l2", "guess0"]
    flat = " ".join(made.html.split())
    for name, row in rows.iterrows():
        low, high = f"{100 * row['low']:.2f}%", f"{100 * row['high']:.2f}%"
        seeds = " (2 seeds)" if name == "guess0" else ""
        assert f'<td data-value="{row["low"]}">{low[:-1]} to {high}</td>' in flat, name
        assert f"Accuracy {100 * row['accuracy']:.2f}%, 95% interval {low} to {high}{seeds}" in flat, name
        assert re.search(rf"\| `{name}`[^|]* \| [\d.]+% \| {low} to {high}{re.escape(seeds)} \|", made.summary), name


def test_nothing_speaks_of_these_seeds_alone(page_of):
    made = page_of(["a", "b"])
    for text in (made.html, made.summary):
        assert not re.search(r"these seeds|training runs made here|McNemar|bootstrap|Cohen|right<br>alone", text)


def test_what_the_page_says_of_names_in_figures(page_of):
    assert "Figures show numbers" not in page_of(["a", "b"]).html
    legend = {"numbers": [["1", "猫"], ["2", "<b>"]], "shortened": True, "fonts": ["Noto Sans CJK JP"]}
    html = page_of(["<b>", "猫"], legend=legend).html
    said = "Figures show numbers for 2 names that no font of the machine can draw, or that look like another"
    assert html.count(said) == 1
    assert "<dt>1</dt><dd><bdi>猫</bdi></dd>" in html
    assert "<dt>2</dt><dd><bdi>&lt;b&gt;</bdi></dd>" in html
    assert "Figures shorten long names; the tables in <code>evaluate/</code> have them whole." in html
    assert "other fonts than DejaVu Sans: Noto Sans CJK JP." in html


def test_a_page_of_other_images_does_not_speak_of_digits_or_mnist(page_of):
    for shape in ((6, 6), (6, 6, 3)):
        html = page_of(["apple", "pear"], shape, dataset={"about": "Fruit."}).html
        text = re.sub(r"<(style|script|pre)\b.*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL)
        words = re.sub(r"Digit Ladder|mnist_loss", "", text)
        assert not re.search(r"digit|mnist|\b3 (as|taken)|\bink\b|stroke", words, re.IGNORECASE)
        plain = re.sub(r"\s+", " ", html.replace("<bdi>", "").replace("</bdi>", ""))
        assert "“apple as pear” is an image of class apple that is taken for pear" in plain


def test_the_page_says_what_was_done_to_the_images(page_of):
    made = page_of(("a", "b"), (4, 8), train=3, pixels=pixels.of(image={"size": 4}))
    assert "images changed: 10 without their edges" in " ".join(made.html.split()).lower()
    assert "images changed" not in page_of(("a", "b")).html.lower()
    facts = json.loads(Path(made.files["facts"]).read_text())
    assert (facts["converted"], facts["shape"]) == ({"cropped": 10}, [4, 4])
