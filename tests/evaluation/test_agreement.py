import numpy as np
import pytest

from ladder.evaluation import agreement

LABELS = np.array([0, 0, 1, 1])
PREDICTIONS = {  # rung to the predictions of each seed
    "one": np.array([[0, 1, 1, 0]]),
    "two": np.array([[0, 1, 1, 1], [0, 1, 0, 1]]),
}


def votes_of(predictions):
    return [np.eye(2, dtype=int)[seeds].sum(0) for seeds in predictions.values()]


def agreement_rows(predictions, at_a_time=4):
    table = agreement.Agreement({name: len(seeds) for name, seeds in predictions.items()})
    votes = votes_of(predictions)
    for first in range(0, 4, at_a_time):
        table.add([seeds[first : first + at_a_time] for seeds in votes])
    return list(table.rows())


def hard_rows(predictions, labels, at_a_time=4):
    table, votes = agreement.Hardest(["3", "7"]), votes_of(predictions)
    for first in range(0, 4, at_a_time):
        block = slice(first, first + at_a_time)
        table.add(first, labels[block], [rung[block] for rung in votes])
    return table.rows()


@pytest.mark.parametrize("at_a_time", [1, 3, 4])
def test_agreement_is_the_mean_over_pairs_of_seeds(at_a_time):
    rows = {(row["variant"], row["other"]): row["agreement"] for row in agreement_rows(PREDICTIONS, at_a_time)}
    assert rows["one", "two"] == rows["two", "one"] == (3 / 4 + 2 / 4) / 2
    assert rows["two", "two"] == 3 / 4  # its two seeds with each other, and none with itself
    assert rows["one", "one"] == 1


def test_a_thousand_seeds_agree_as_their_pairs_do():
    random = np.random.default_rng(0)
    first, second = random.integers(0, 2, (1000, 4)), random.integers(0, 2, (30, 4))
    rows = {(row["variant"], row["other"]): row["agreement"] for row in agreement_rows({"one": first, "other": second})}
    assert rows["one", "other"] == pytest.approx((first[:, None] == second[None]).mean(), rel=1e-12)


@pytest.mark.parametrize("at_a_time", [1, 3, 4])
def test_hard_images_come_by_the_share_of_runs_that_are_wrong(at_a_time):
    rows = hard_rows(PREDICTIONS, LABELS, at_a_time)
    assert [(row["rank"], row["image"], row["class"], row["rungs_wrong"], row["every_run_wrong"]) for row in rows] == [
        (1, 1, "3", 2.0, True),
        (2, 3, "7", 1.0, False),
        (3, 2, "7", 0.5, False),
    ]
    assert {row["rungs"] for row in rows} == {2}


@pytest.mark.parametrize("at_a_time", [1, 3, 4])
def test_all_images_that_every_run_gets_wrong_are_kept(monkeypatch, at_a_time):
    monkeypatch.setattr(agreement, "HARDEST", 2)
    rows = hard_rows({"one": np.array([[1, 1, 1, 0]])}, np.zeros(4, int), at_a_time)
    assert [row["image"] for row in rows] == [0, 1, 2]


@pytest.mark.parametrize("at_a_time", [1, 3, 4])
def test_no_more_are_kept_than_asked_for(monkeypatch, at_a_time):
    monkeypatch.setattr(agreement, "HARDEST", 2)
    halves = {"one": np.array([[1, 1, 1, 1], [0, 0, 0, 1]])}
    assert [row["image"] for row in hard_rows(halves, np.zeros(4, int), at_a_time)] == [3, 0]


def test_agreement_of_three_seeds_is_over_their_three_pairs():
    three = {"three": np.array([[0, 1, 1, 1], [0, 1, 0, 1], [1, 1, 0, 1]])}
    (row,) = agreement_rows(three)
    assert row["agreement"] == pytest.approx((3 / 4 + 2 / 4 + 3 / 4) / 3)


def test_of_equally_hard_images_the_first_come_first():
    labels, predictions = np.zeros(200, np.int64), np.zeros((2, 200), np.int64)
    predictions[0, ::2] = 1  # the first of two rungs is wrong on every second image
    predictions[1, ::10] = 1  # the second rung on every tenth
    table = agreement.Hardest(["3", "7"])
    table.add(0, labels, [np.eye(2, dtype=int)[predicted] for predicted in predictions])
    hardest = [*range(0, 200, 10), *(image for image in range(0, 200, 2) if image % 10)]
    assert [row["image"] for row in table.rows()] == hardest[: agreement.HARDEST]
    assert agreement.HARDEST == 20
    table = agreement.Hardest(["3", "7"])
    table.add(0, labels, [np.eye(2, dtype=int)[predictions[0]], np.eye(2, dtype=int)[0 * labels]])
    assert [row["image"] for row in table.rows()] == list(range(0, 40, 2))
