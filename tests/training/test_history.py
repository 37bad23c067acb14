import math

import pytest

from ladder.errors import LadderError
from ladder.training.history import History


@pytest.mark.parametrize(
    ("train_loss", "valid_loss", "said"),
    [
        (math.inf, 1.0, "inf"),
        (1.0, math.inf, "inf"),
        (math.nan, 1.0, "nan"),
        (1.0, math.nan, "nan"),
        (-math.inf, 1, "-inf"),
    ],
)
def test_either_loss_may_be_no_number(train_loss, valid_loss, said):
    history = History("line", 3, {"epochs": 5, "lr": 0.25})
    history.record(0, 0.5, 0.5, 0.5, 0.0)
    with pytest.raises(LadderError) as caught:
        history.record(1, train_loss, valid_loss, 0.5, 0.0)
    assert str(caught.value) == (
        f"line, seed 3: the loss is {said} after epoch 2 with learning rate 0.25; try a smaller `lr` in variants.line"
    )
