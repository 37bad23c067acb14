import numpy as np
import pandas as pd
import pytest

from ladder.chapter import activations


def test_curves_are_sigmoid_its_slope_and_relu():
    curves = pd.DataFrame(activations.curves())
    x = curves["x"].to_numpy()
    sigmoid = 1 / (1 + np.exp(-x))
    np.testing.assert_allclose(curves["sigmoid"], sigmoid)
    np.testing.assert_allclose(curves["slope"], sigmoid * (1 - sigmoid))
    np.testing.assert_array_equal(curves["relu"], np.maximum(x, 0))
    assert curves["slope"].max() == pytest.approx(0.25)
