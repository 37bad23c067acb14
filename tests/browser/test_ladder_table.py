"""The table of the ladder, and the page as a whole, in a real browser."""

import re

import pytest
from selenium.webdriver.common.by import By

LADDER = ["pixel_l1", "linear_optim", "linear_mse", "mlp", "cnn"]
WIDE, NARROW = 1280, 375

# The contrast of WCAG 2.2 between an element's colour and the first background behind it that is not transparent.
CONTRAST = """
const channels = (text) => text.match(/[\\d.]+/g).map(Number);
const luminance = ([r, g, b]) => {
  const linear = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
};
const background = (element) => {
  for (; element; element = element.parentElement) {
    const colour = channels(getComputedStyle(element).backgroundColor);
    if (colour.length === 3 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};
return [...document.querySelectorAll("h1, h2, h3, p, figcaption, caption, th, td, a, label, input, pre, summary")]
  .filter((element) => element.offsetParent && !element.closest("svg") && element.textContent.trim())
  .map((element) => {
    const [a, b] = [channels(getComputedStyle(element).color), background(element)].map(luminance);
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.outerHTML.slice(0, 80)];
  })
  .filter(([contrast]) => contrast < 4.5);
"""


@pytest.fixture
def page(browser, tried):
    browser.get((tried / "report.html").as_uri())
    browser.get_log("browser")
    return browser


def column(page, number):
    cells = page.find_elements(By.CSS_SELECTOR, f"#ladder-table tbody tr > :nth-child({number})")
    return [cell.text for cell in cells if cell.is_displayed()]


def heading(page, number):
    return page.find_element(By.CSS_SELECTOR, f"#ladder-table thead th:nth-child({number}) button")


def emulate(page, width, scheme):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width == NARROW}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def test_the_table_starts_as_the_ladder_stands(page):
    assert column(page, 1) == LADDER


def test_a_heading_sorts_up_and_down_and_back(page):
    heading(page, 2).click()
    up = [float(text.rstrip("%")) for text in column(page, 2)]
    assert up == sorted(up)
    heading(page, 2).click()
    assert [float(text.rstrip("%")) for text in column(page, 2)] == sorted(up, reverse=True)
    cell = page.find_element(By.CSS_SELECTOR, "#ladder-table thead th:nth-child(2)")
    assert cell.get_attribute("aria-sort") == "descending"
    heading(page, 1).click()
    assert column(page, 1) == LADDER


def test_what_is_not_defined_stays_at_the_end(page):
    number = [cell.text.replace("\n", " ") for cell in page.find_elements(By.CSS_SELECTOR, "#ladder-table thead th")]
    losses = number.index("log loss") + 1
    for _ in range(2):
        heading(page, losses).click()
        texts = column(page, losses)
        assert texts[-2:] == ["–", "–"]
        assert "–" not in texts[:-2]


def test_timings_are_put_into_their_places_and_sort_as_numbers(page):
    headings = [cell.text.replace("\n", " ") for cell in page.find_elements(By.CSS_SELECTOR, "#ladder-table thead th")]
    seconds = headings.index("training seconds") + 1
    heading(page, seconds).click()
    times = [float(text) for text in column(page, seconds)]
    assert times == sorted(times)
    assert page.execute_script(
        "return [...document.querySelectorAll('[data-timing]')].every(c => c.textContent !== '–')"
    )


def test_the_filter_filters(page):
    field = page.find_element(By.ID, "ladder-filter")
    field.send_keys("LINEAR")
    assert column(page, 1) == ["linear_optim", "linear_mse"]
    field.clear()
    field.send_keys("x")
    assert column(page, 1) == ["pixel_l1"]


def test_the_points_of_a_sweep_sort_as_numbers(page):
    first = page.find_element(By.CSS_SELECTOR, "#sweeps table thead th button")

    def rates():
        return [cell.text for cell in page.find_elements(By.CSS_SELECTOR, "#sweeps table tbody td:first-child")]

    first.click()
    assert rates() == ["0.01", "0.01", "1", "1", "10", "10", "30", "30"]
    first.click()
    assert rates()[0] == "30"
    assert column(page, 1) == LADDER


def test_pointing_at_a_mistake_tells_of_it(page):
    tile = page.find_element(By.CSS_SELECTOR, ".tiles li")
    tip = tile.find_element(By.CSS_SELECTOR, ".tip")
    assert not tip.is_displayed()
    page.execute_script("arguments[0].focus()", tile)
    assert tip.is_displayed()
    assert "valid/" in tip.text
    assert re.search(r"scores: [37] -?\d\.\d{4}, [37] -?\d\.\d{4}", tip.text)


@pytest.mark.parametrize("width", [WIDE, 800, NARROW])
def test_no_tip_leaves_the_window(page, width):
    emulate(page, width, "light")
    for tile in page.find_elements(By.CSS_SELECTOR, ".tiles li"):
        page.execute_script("arguments[0].focus()", tile)
        assert page.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_all_text_stands_out_and_nothing_overflows(page, width, scheme):
    emulate(page, width, scheme)
    assert page.execute_script(CONTRAST) == []
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
    dark = page.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(255, 255, 255)") == (scheme == "light")


def test_the_console_is_silent(page):
    assert [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"] == []
