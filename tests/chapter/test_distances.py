import numpy as np
import pytest
import torch
import torch.nn.functional as F

from ladder.chapter import distances


@pytest.mark.parametrize("shape", [(28, 28), (3, 12, 10)])
@pytest.mark.parametrize("count", [2, 10])
def test_distances_are_pytorchs_and_numpys(shape, count):
    random = np.random.default_rng(0)
    image, means = random.random(shape), random.random((count, *shape)).astype(np.float32)
    classes = [str(number) for number in range(count)]
    rows = distances.distances(image, means, classes)
    assert [row["class"] for row in rows] == classes
    for row, mean in zip(rows, means):
        a, b = torch.tensor(image), torch.tensor(mean).double()
        assert row["l1_loss"] == F.l1_loss(a, b).item()
        assert row["root_mse_loss"] == F.mse_loss(a, b).sqrt().item()
        assert row["l1"] == pytest.approx(np.mean(np.abs(image - mean)), rel=1e-12)
        assert row["rmse"] == pytest.approx(np.sqrt(np.mean((image - mean) ** 2)), rel=1e-12)
        assert row["l1"] == pytest.approx(row["l1_loss"], rel=1e-12)
        assert row["rmse"] == pytest.approx(row["root_mse_loss"], rel=1e-12)
    assert 0 <= distances.largest_difference(rows) < 1e-14


def test_the_largest_difference_is_found():
    same = {"class": "a", "l1": 0.5, "l1_loss": 0.5, "rmse": 1.0, "root_mse_loss": 1.0}
    assert distances.largest_difference([same, same | {"rmse": 1.25}, same | {"l1": 0.375}]) == 0.25
