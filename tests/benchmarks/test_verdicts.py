"""The trial of the verdict: its groups, planted gaps, simulated runs, and the tests that it puts side by side."""

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar

from benchmarks import verdicts
from benchmarks.rows import false_positives
from ladder.formats import scores


def runs(seeds=12, images=400, spread=0.05, share=0.9, seed=0):
    """Runs of a rung whose seeds differ, bool [seeds, images]."""
    random = np.random.default_rng(seed)
    return random.random((seeds, images)) < share + spread * random.standard_normal((seeds, 1))


def test_the_two_groups_are_disjoint_and_have_all_their_runs():
    right = np.eye(10, dtype=bool)  # each run is right on an image of its own
    for first, second in verdicts.groups(right, 4, 20):
        assert first.shape == second.shape == (4, 10)
        assert (first.any(0) + 0 + second.any(0)).tolist().count(1) == 8
    drawn = [first.any(0).tolist() for first, _ in verdicts.groups(right, 4, 20)]
    assert len({tuple(one) for one in drawn}) > 10
    assert drawn == [first.any(0).tolist() for first, _ in verdicts.groups(right, 4, 20)]


def test_a_planted_gap_makes_right_answers_of_the_first_group_wrong():
    right = runs(share=0.8, spread=0)
    gaps = []
    for (first, second), (with_gap, same) in zip(
        verdicts.groups(right, 5, 50), verdicts.groups(right, 5, 50, gap=0.1), strict=True
    ):
        gaps.append(second.mean() - with_gap.mean())
        assert first.shape == with_gap.shape
        assert second.shape == same.shape
    assert np.mean(gaps) == pytest.approx(0.08, abs=0.01)


def test_simulated_runs_have_the_true_accuracy():
    pairs = list(verdicts.simulated(images=500, seeds=8, spread=0.3, draws=60, means=(1.5, 0.5)))
    for place, mean in enumerate((1.5, 0.5)):
        seen = np.mean([pair[place] for pair in pairs])
        assert seen == pytest.approx(verdicts.accuracy(mean, 0.3), abs=0.02)
    # The images are as hard for both rungs, the seeds are not.
    first, second = pairs[0]
    assert np.corrcoef(first.mean(0), second.mean(0))[0, 1] > 0.3


def test_the_tests_side_by_side():
    first, second = runs(5, seed=1), runs(3, share=0.86, seed=2)
    flips, of_majorities, of_seeds, both, verdict = verdicts.p_values(first, second)
    majority = [2 * right.sum(0) > len(right) for right in (first, second)]
    table = [[np.sum((majority[0] == a) & (majority[1] == b)) for b in (True, False)] for a in (True, False)]
    assert of_majorities == pytest.approx(mcnemar(table, exact=True).pvalue)
    assert verdict == max(flips, both)
    ours, theirs = first.mean(1), second.mean(1)
    t = (ours.mean() - theirs.mean()) / (ours.var(ddof=1) / 5 + theirs.var(ddof=1) / 3) ** 0.5
    assert (of_seeds < 0.05) == (abs(t) > 2.8)
    assert verdicts.welch(first[[0, 0]], first[[0, 0]]) == 1
    assert verdicts.welch(first[[0, 0]], ~first[[0, 0]]) == 0


def test_a_rung_whose_seeds_differ_is_no_better_than_itself_though_sign_flips_say_so():
    rejected = verdicts.rejections(verdicts.groups(runs(30, 1000, spread=0.04), 5, 150))
    rates = {test: own.mean() for test, own in rejected.items()}
    assert rates["sign flips (images)"] > 0.3
    assert rates["verdict"] <= rates["two-way"] < 0.12


def test_the_row_reads_the_scores_and_names_the_worst_rung(tmp_path):
    labels = np.array([0, 1, 1, 0])
    of_seeds = {
        2: [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.6, 0.4]],
        3: [[0.1, 0.9], [0.2, 0.8], [0.1, 0.9], [0.1, 0.9]],
    }
    for block, seeds in (("2-2", [2]), ("3-3", [3])):
        (tmp_path / block).mkdir()
        own = {seed: np.array(of_seeds[seed]) for seed in seeds}
        scores.write(tmp_path / block / "scores.parquet", ["a", "b"], labels, own, True)
    assert false_positives.right_of(tmp_path).tolist() == [[True, True, False, True], [False, True, True, False]]

    steady, wild = np.tile(runs(1), (20, 1)), runs(20, spread=0.06)
    wrong, lost, table, gaps = false_positives.of_runs({"steady": steady, "wild": wild}, 60)
    assert "wild" in wrong.what
    assert 0 < wrong.ours[0] < 0.3
    assert len(table.rows) == 2 * 3
    assert len(gaps.rows) == 2 * 3 * 3
    assert {len(row) for row in table.rows} == {len(table.columns)}
    assert {len(row) for row in gaps.rows} == {len(gaps.columns)}
    assert lost.ours[0] >= 0


def test_the_simulation_reports_its_least_coverage(monkeypatch):
    monkeypatch.setattr(false_positives, "IMAGES", (100,))
    monkeypatch.setattr(false_positives, "GROUPS", (3,))
    least, most, wrong, table = false_positives.of_simulation(60)
    assert 0.85 <= least.ours[0] <= most.ours[0] <= 1
    assert wrong.ours[0] < 0.2
    assert len(table.rows) == 2 * 3
