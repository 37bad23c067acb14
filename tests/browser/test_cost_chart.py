"""The chart of error rates against training seconds, which the page draws itself."""

from itertools import combinations

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

LADDER = ["pixel_l1", "linear_optim", "linear_mse", "mlp", "cnn"]
BOXES = """
const box = (element) => {
  const { left, right, top, bottom } = element.getBoundingClientRect();
  return { left, right, top, bottom };
};
return [...document.querySelectorAll(arguments[0])].map(box);
"""
# Ends when the chart has another width, or when selenium's patience is over.
DRAWN_ANEW = """
const [before, done] = arguments;
const look = () => {
  const { left, right } = document.querySelector("#cost-chart svg").getBoundingClientRect();
  right - left === before ? requestAnimationFrame(look) : done();
};
look();
"""


@pytest.fixture(params=[1280, 375])
def chart(browser, tried, request):
    """The page in a wide and a narrow window."""
    size = {"width": request.param, "height": 900, "deviceScaleFactor": 1, "mobile": request.param < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get((tried / "report.html").as_uri())
    WebDriverWait(browser, 60).until(lambda page: boxes(page, "svg"))  # drawn with the first frame, after the load
    return browser


def boxes(page, selector):
    return page.execute_script(BOXES, f"#cost-chart {selector}")


def values(page, key):
    rows = page.find_elements(By.CSS_SELECTOR, "#cost-table tbody tr")
    return [float(row.get_attribute(f"data-{key}")) for row in rows]


def order(numbers):
    return sorted(range(len(numbers)), key=lambda number: numbers[number])


def test_every_rung_has_a_dot_at_its_seconds_and_its_error_rate(chart):
    dots = boxes(chart, ".dot")
    assert len(dots) == len(LADDER)
    assert order([dot["left"] + dot["right"] for dot in dots]) == order(values(chart, "seconds"))
    # Rungs may be wrong on equally many images: the chart has as many levels as there are error rates.
    errors = values(chart, "error")
    levels = {error: {round(d["top"] + d["bottom"]) for d, e in zip(dots, errors) if e == error} for error in errors}
    assert all(len(level) == 1 for level in levels.values())
    heights = [min(levels[error]) for error in sorted(levels)]
    assert heights == sorted(heights, reverse=True)


def test_names_overlap_neither_each_other_nor_a_dot_and_stay_inside(chart):
    names = boxes(chart, ".name")
    texts = [name.text for name in chart.find_elements(By.CSS_SELECTOR, "#cost-chart .name")]
    assert texts == LADDER
    for a, b in [*combinations(names, 2), *((name, dot) for name in names for dot in boxes(chart, ".dot"))]:
        apart = (
            a["right"] <= b["left"]
            or b["right"] <= a["left"]
            or a["bottom"] <= b["top"] + 1
            or b["bottom"] <= a["top"] + 1
        )
        assert apart
    (card,) = boxes(chart, ".card")
    assert all(card["left"] <= name["left"] and name["right"] <= card["right"] for name in names)


def test_the_frontier_is_that_of_the_table(chart):
    rows = chart.find_elements(By.CSS_SELECTOR, "#cost-table tbody tr")
    said = [row.text.endswith("yes") for row in rows]
    drawn = ["front" in dot.get_attribute("class") for dot in chart.find_elements(By.CSS_SELECTOR, "#cost-chart .dot")]
    assert drawn == said
    assert any(said)
    named = chart.find_element(By.CSS_SELECTOR, "#cost-chart .card").get_attribute("aria-label")
    assert all((f" {name}" in named) == on for name, on in zip(LADDER, said, strict=True))


def test_it_is_drawn_anew_where_the_window_changes(chart):
    before = boxes(chart, "svg")[0]
    size = {"width": 700, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    chart.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    chart.execute_async_script(DRAWN_ANEW, before["right"] - before["left"])
    after, card = boxes(chart, "svg")[0], boxes(chart, ".card")[0]
    assert 0 <= card["right"] - after["right"] < 30


def test_without_scripts_the_numbers_are_there_and_no_empty_chart(browser, tried):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get((tried / "report.html").as_uri())
        assert not browser.find_element(By.ID, "cost-chart").is_displayed()
        rows = browser.find_elements(By.CSS_SELECTOR, "#cost-table tbody tr")
        assert [row.find_element(By.TAG_NAME, "th").text for row in rows] == LADDER
        assert all(float(row.find_element(By.TAG_NAME, "td").text) > 0 for row in rows)
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
