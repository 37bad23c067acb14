import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from ladder.errors import LadderError
from ladder.training import class_balance

PLAIN = {"sampling": "as_is", "class_weights": "none"}
SHARES = np.array([0.7, 0.2, 0.1])


def weights(**settings):
    return class_balance.weights(PLAIN | settings, SHARES)


def test_balanced_weights_are_scikit_learns():
    labels = np.repeat([0, 1, 2], [7, 2, 1])
    expected = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    np.testing.assert_allclose(weights(class_weights="balanced"), expected, rtol=1e-12)


@pytest.mark.parametrize("chosen", ["none", "balanced", [1.0, 1.0, 10.0]])
@pytest.mark.parametrize("sampling", ["as_is", "balanced"])
def test_the_mean_weight_of_the_drawn_images_is_one(chosen, sampling):
    recipe = {"sampling": sampling, "class_weights": chosen}
    drawn = class_balance.drawn(recipe, SHARES)
    assert drawn.tolist() == (SHARES.tolist() if sampling == "as_is" else [1 / 3] * 3)
    assert drawn @ class_balance.weights(recipe, SHARES) == pytest.approx(1)


def test_chosen_weights_keep_their_ratio():
    scaled = weights(class_weights=[1.0, 2.0, 10.0])
    np.testing.assert_allclose(scaled / scaled[0], [1, 2, 10])


def test_a_class_that_is_not_named_weighs_one():
    recipe = PLAIN | {"class_weights": {"c": 10, "a": 0.5}}
    assert class_balance.by_class("line", recipe, ["a", "b", "c"]) == PLAIN | {"class_weights": [0.5, 1.0, 10]}
    assert class_balance.by_class("line", PLAIN, ["a", "b", "c"]) is PLAIN


def test_a_name_that_no_class_has_is_refused():
    with pytest.raises(
        LadderError, match=r"^variants.line.class_weights: there is no class 'd'; the classes are a, b$"
    ):
        class_balance.by_class("line", PLAIN | {"class_weights": {"d": 10}}, ["a", "b"])
