import json

import numpy as np
import pytest
from safetensors.numpy import load_file
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.interaction import POINTER_TOUCH
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from ladder.formats import scores

NAMES = ["linear_optim", "linear_mse", "mlp", "cnn"]
# Strokes, each a list of points from the upper left corner (0, 0) to the lower right one (1, 1).
THREE = [
    [
        *[
            (0.30, 0.25),
            (0.38, 0.18),
            (0.50, 0.15),
            (0.62, 0.19),
            (0.67, 0.30),
            (0.62, 0.40),
            (0.52, 0.46),
            (0.43, 0.48),
        ],
        *[(0.55, 0.50), (0.66, 0.57), (0.70, 0.68), (0.65, 0.79), (0.52, 0.85), (0.38, 0.83), (0.29, 0.76)],
    ]
]
SEVEN = [[(0.28, 0.20), (0.45, 0.20), (0.70, 0.19), (0.62, 0.40), (0.52, 0.62), (0.46, 0.85)]]
DRAWN = [(THREE, "3"), (SEVEN, "7")]


@pytest.fixture
def page(browser, tried):
    """The report, opened from its file in a window of 1200 x 900."""
    resize(browser, 1200)
    browser.get((tried / "report.html").as_uri())
    yield browser
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def resize(browser, width):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def draw_with(browser, strokes, pointer):
    """Draw as a hand does: pointer down, moves, pointer up."""
    canvas = browser.find_element(By.ID, "try-ink")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", canvas)
    place = browser.execute_script("return arguments[0].getBoundingClientRect().toJSON()", canvas)
    hand = ActionBuilder(browser, mouse=pointer, duration=10)
    for points in strokes:
        for number, (x, y) in enumerate(points):
            at = (round(place["left"] + x * place["width"]), round(place["top"] + y * place["height"]))
            hand.pointer_action.move_to_location(*at)
            if number == 0:
                hand.pointer_action.pointer_down()
        hand.pointer_action.pointer_up()
    hand.perform()


def chosen(browser, name):
    """The class whose row is set bold in the table of a model; None if no row is."""
    rows = browser.find_elements(By.CSS_SELECTOR, f'#try [data-model="{name}"] tr.chosen th')
    return rows[0].text if rows else None


def said(browser):
    return browser.find_element(By.ID, "try-says").text


def test_the_pages_scores_are_torchs(page, tried):
    assert page.execute_script("return ladder.names") == NAMES
    images = load_file(tried / "tensorize/valid.safetensors")["images"]
    sample = np.linspace(0, len(images) - 1, 100).astype(int)
    run = "return arguments[1].map((image) => ladder.scores(arguments[0], image))"
    for name in NAMES:
        _, by_seed = scores.read(tried / f"train/{name}/0-0/scores.parquet")
        expected = by_seed[0][1][sample]
        values = np.array(page.execute_script(run, name, images[sample].reshape(100, -1).tolist()))
        assert len(np.unique(expected.argmax(1))) == 2
        print(f"{name}: largest difference {np.abs(values - expected).max():.1e}")
        np.testing.assert_allclose(values, expected, rtol=0, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("kind", ["mouse", "touch"])
@pytest.mark.parametrize(("strokes", "digit"), DRAWN)
def test_a_digit_drawn_by_hand_is_recognised(page, strokes, digit, kind):
    assert said(page) == "Nothing is drawn yet."
    draw_with(page, strokes, PointerInput(POINTER_TOUCH if kind == "touch" else "mouse", kind))
    assert chosen(page, "cnn") == digit
    assert f"cnn: {digit} (" in said(page)


@pytest.mark.parametrize(("strokes", "digit"), DRAWN)
def test_the_bars_follow_the_scores(page, strokes, digit):
    page.execute_script("ladder.draw(arguments[0])", strokes)
    pixels = page.execute_script("return ladder.preprocess(arguments[0])", strokes)
    for name in NAMES:
        values = page.execute_script("return ladder.scores(arguments[0], arguments[1])", name, pixels)
        cells = page.find_elements(By.CSS_SELECTOR, f'#try [data-model="{name}"] .try-score')
        written = [f"{score:.2f}" if name == "linear_mse" else f"{100 * score:.1f}%" for score in values]
        assert [cell.text for cell in cells] == written
        assert chosen(page, name) == "37"[int(np.argmax(values))]
    assert chosen(page, "cnn") == digit


@pytest.mark.parametrize(("size", "shift"), [(1, 0), (0.5, 0), (0.5, 0.45), (0.25, 0.1)])
def test_preprocessing_is_mnists(page, size, shift):
    """A box of 20 x 20 that the longer side fills, and the centre of mass in the middle, wherever it is drawn."""
    strokes = [[(shift + size * x, shift + size * y) for x, y in points] for points in THREE]
    image = np.reshape(page.execute_script("return ladder.preprocess(arguments[0])", strokes), (28, 28))
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    assert rows[-1] - rows[0] + 1 == 20
    assert columns[-1] - columns[0] + 1 < 20
    assert image.max() == 255
    for axis in (0, 1):
        centre = (image.sum(1 - axis) * np.arange(28)).sum() / image.sum()
        assert abs(centre - 14) <= 0.51  # whole pixels; the centre of MNIST's own images is 14.0 on average


def test_thickness_of_the_ink_is_mnists(page, tried):
    training = load_file(tried / "tensorize/train.safetensors")
    for label, (strokes, _) in enumerate(DRAWN):
        ink = training["images"][training["labels"] == label].mean((1, 2))
        drawn = np.mean(page.execute_script("return ladder.preprocess(arguments[0])", strokes))
        assert np.quantile(ink, 0.05) < drawn < np.quantile(ink, 0.95)


def test_clear_works_from_the_keyboard(page):
    page.execute_script("ladder.draw(arguments[0])", THREE)
    assert chosen(page, "mlp") is not None
    page.find_element(By.ID, "try-clear").send_keys(Keys.ENTER)
    assert said(page) == "Nothing is drawn yet."
    assert [chosen(page, name) for name in NAMES] == [None] * len(NAMES)
    assert page.execute_script("return ladder.preprocess([])") == []


def test_nothing_leaves_the_page(page):
    page.get_log("performance")
    page.refresh()
    for strokes, _ in DRAWN:
        page.execute_script("ladder.draw(arguments[0])", strokes)
    assert page.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)") == []
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = {m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"}
    assert page.current_url in asked
    assert [url for url in asked if url != page.current_url and not url.startswith(("data:", "blob:"))] == []


@pytest.mark.parametrize("width", [375, 1200])
def test_nothing_overflows(page, width):
    resize(page, width)
    page.execute_script("ladder.draw(arguments[0])", THREE)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


def test_a_variant_that_is_not_in_the_ladder_is_left_out(tried):
    exported = json.loads((tried / "export/models.json").read_text())
    assert [model["name"] for model in exported["models"]] == NAMES
