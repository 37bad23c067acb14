"""Names of classes in a real browser: JavaScript's own words, names from right to left, and many of them."""

import numpy as np
import pytest
from selenium.webdriver.common.by import By

ODD = sorted(["__proto__", "constructor", "toString", "שלום", "סוף!", "<b>"])
LINE = [[[0.1, 0.1], [0.9, 0.9]]]
# Left and right ends, on the screen, of the parts of the sentence about the drawing.
ENDS = """
return [...document.getElementById("try-says").childNodes].map((node) => {
  const range = document.createRange();
  range.selectNodeContents(node);
  const { left, right } = range.getBoundingClientRect();
  return [left, right];
});
"""


def opened(browser, page):
    browser.get((page.folder / "out.page").rename(page.folder / "page.html").as_uri())
    browser.execute_script("ladder.draw(arguments[0])", LINE)
    return browser


def rows(browser):
    return [row.text.split("\n") for row in browser.find_elements(By.CSS_SELECTOR, "#try .try-models th")]


@pytest.fixture(scope="module")
def odd(browser, page_of):
    return opened(browser, page_of(ODD, shape=(12, 24)))


def test_odd_names_are_answers_and_what_stands_beside_them_keeps_its_place(odd):
    assert rows(odd) == [[name] for name in ODD]
    pixels = odd.execute_script("return ladder.preprocess(arguments[0])", LINE)
    values = odd.execute_script("return ladder.scores('guess0', arguments[0])", pixels)
    best = ODD[int(np.argmax(values))]
    assert odd.find_element(By.CSS_SELECTOR, "#try tr.chosen bdi").text == best
    assert odd.find_element(By.ID, "try-says").get_property("textContent").startswith(f"guess0: {best} (")
    for name in ODD:  # whichever is the best
        odd.execute_script("document.querySelector('#try-says bdi').textContent = arguments[0]", name)
        ends = odd.execute_script(ENDS)
        assert ends == sorted(ends)
    directions = odd.execute_script(
        "return [...document.querySelectorAll('#try th bdi')].map((name) => getComputedStyle(name).unicodeBidi)"
    )
    assert set(directions) == {"isolate"}
    assert [entry for entry in odd.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_the_whole_area_becomes_the_image(odd):
    canvas = odd.find_element(By.ID, "try-ink")
    assert (canvas.get_property("width"), canvas.get_property("height")) == (280, 140)
    dot = odd.execute_script("return ladder.preprocess([[[0.75, 0.25]]])")
    image = np.reshape(dot, (12, 24))
    centre = [(image.sum(1 - axis) * (np.arange(size) + 0.5)).sum() / image.sum() for axis, size in ((0, 12), (1, 24))]
    assert centre == pytest.approx([3, 18], abs=0.1)
    assert image[:, :12].sum() == 0


def test_of_many_classes_the_best_are_listed_the_best_first(browser, page_of):
    names = [f"kind {number:02}" for number in range(40)]
    page = opened(browser, page_of(names))
    pixels = page.execute_script("return ladder.preprocess(arguments[0])", LINE)
    values = np.array(page.execute_script("return ladder.scores('guess0', arguments[0])", pixels))
    assert rows(page) == [[names[number]] for number in np.argsort(-values, kind="stable")[:10]]
    page.find_element(By.ID, "try-clear").click()
    assert rows(page) == [["–"]] * 10
