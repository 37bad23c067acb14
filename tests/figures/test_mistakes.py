import numpy as np
import pandas as pd
import pytest

from ladder.figures import mistakes
from tests.figures.drawn import SUMMARY, Pictures, patterned, places_of, texts_of


def mistake(variant, rank, image, true, guess):
    return {"variant": variant, "rank": rank, "image": image, "class": true, "predicted": guess}


def test_mistakes_are_rows_of_rungs_with_class_and_prediction():
    images = patterned(4)
    table = pd.DataFrame([mistake("low", 1, 2, "3", "7"), mistake("low", 2, 0, "7", "3")])
    off = pd.DataFrame([{"variant": "off", "metric": "accuracy", "class": "", "mean": float("nan"), "n": 0}])
    figure = mistakes.draw(table, pd.concat([SUMMARY, off], ignore_index=True), Pictures(images, ["3", "7"]))
    names = texts_of(figure)
    (worst,), (second,) = (places_of(figure, np.repeat(255 - images[n][:, :, None], 3, 2)) for n in (2, 0))
    assert worst[1] == second[1]
    assert worst[0] < second[0]
    assert names["3 as 7"][0] == pytest.approx(worst[0])
    assert names["7 as 3"][0] == pytest.approx(second[0])
    assert names["low"][1] == pytest.approx(worst[1] + 28 * 3 / 144 / 2, abs=0.05)
    assert names["low"][1] < names["top"][1] == names["no mistake"][1] < names["off"][1] == names["no result"][1]
