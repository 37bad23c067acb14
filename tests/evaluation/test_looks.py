import math
from dataclasses import replace

import numpy as np
import pytest

from benchmarks import verdicts
from ladder.evaluation import judging, looks
from ladder.evaluation.judging import Pair, Rules
from ladder.evaluation.paired import Classifier, holm
from ladder.evaluation.two_way import Estimate, Part

ALPHA = 0.05
ROUNDS = {"a": [5, 10, 20, 40], "b": [5, 10, 20, 40]}


@pytest.mark.parametrize("alpha", [0.05, 0.01])
@pytest.mark.parametrize("plan", [[5, 10, 20, 40], [2, 3], [3, 6, 12, 14]])
def test_the_levels_add_up_to_alpha(alpha, plan):
    levels = looks.levels(alpha, {"a": plan, "b": plan})
    assert len(levels) == len(plan)
    assert min(levels) > 0
    assert math.fsum(levels) == pytest.approx(alpha, rel=1e-14)


def test_the_levels_are_those_of_lan_and_demets():
    """alpha log(1 + (e - 1) t) at an eighth, a quarter and half of the seeds."""
    spent = np.cumsum(looks.levels(ALPHA, ROUNDS))
    assert spent == pytest.approx([ALPHA * math.log(1 + (math.e - 1) * t) for t in (1 / 8, 1 / 4, 1 / 2, 1)])
    assert spent[:3].round(5).tolist() == [0.00973, 0.01787, 0.03101]


def test_without_rounds_there_is_one_look_at_alpha():
    assert looks.levels(ALPHA, {}) == [ALPHA]


def test_one_look_is_holms_method():
    p = [0.001, 0.04, 0.02, 0.5, 0.02]
    judged = looks.judge([[own] for own in p], [ALPHA], ALPHA)
    assert [one.p for one in judged] == holm(p)
    assert [one.look for one in judged] == [0, None, None, None, None]
    assert [one.rank for one in judged] == [5, 2, 4, 1, 4]


def test_a_test_rejects_at_the_level_of_its_look():
    levels = [0.02, 0.03]
    early, late, never = looks.judge([[0.006, 0.9], [0.05, 0.014], [0.021, 0.04]], levels, ALPHA)
    assert (early.look, late.look, never.look) == (0, 1, None)
    assert early.p == pytest.approx(3 * 0.006 * 0.05 / 0.02)
    # At the second look two tests are left.
    assert late.p == pytest.approx(2 * 0.014 * 0.05 / 0.03)
    assert never.p > ALPHA
    assert (never.rank, never.last) == (1, 1)


def test_a_test_that_was_not_made_at_a_look_counts_in_the_family():
    levels = [0.02, 0.03]
    stopped, goes_on = looks.judge([[0.5], [0.4, 0.016]], levels, ALPHA)
    assert (stopped.look, stopped.last) == (None, 0)
    assert goes_on.look is None  # 0.016 is below the level, and twice 0.016 is not
    assert looks.judge([[0.5], [0.4, 0.0149]], levels, ALPHA)[1].look == 1


def test_a_decided_test_stays_decided():
    assert looks.judge([[0.001, 0.9, 0.9]], [0.01, 0.02, 0.02], ALPHA)[0] == (0.001 * 0.05 / 0.01, 0, 1, 0)


def test_the_adjusted_p_is_below_alpha_where_the_test_rejects():
    random = np.random.default_rng(0)
    levels = looks.levels(ALPHA, ROUNDS)
    for _ in range(200):
        p = [(0.2 * random.random(random.integers(1, 5)) ** 2).tolist() for _ in range(4)]
        assert all((one.p < ALPHA) == (one.look is not None) for one in looks.judge(p, levels, ALPHA))


def test_a_rung_has_the_looks_for_which_it_was_trained():
    plan = [2, 4, 8]
    trained = [Classifier(dict.fromkeys(seeds, 0.5), True) for seeds in ([0, 1], [0, 1, 2, 3], [0, 3], [0, 1, 2, 7])]
    assert [[looks.seeds_at(plan, look, one) for look in range(3)] for one in trained] == [
        [2, None, None],
        [2, 4, None],
        [1, 2, None],  # seeds 1 and 2 failed
        [2, 3, 4],
    ]
    assert looks.seeds_at(None, 2, trained[0]) == 2
    assert looks.seeds_at(plan, 2, Classifier({0: 0.5}, False)) == 1


@pytest.mark.parametrize(
    ("value", "seed", "image", "decides"),
    [
        (0.02, 1e-4, 1e-6, True),  # seeds are the doubt
        (0.02, 1e-6, 2e-4, False),  # images are the doubt
        (0.0001, 1e-6, 1e-8, True),  # the same within the margin
        (0.0025, 1e-6, 1e-8, True),  # at the margin, and different
        (0.0001, 1e-6, 1e-5, False),
    ],
)
def test_more_seeds_decide_where_they_are_the_doubt(value, seed, image, decides):
    parts = (Part(seed / 2, 0.0, 5), Part(seed / 2, 0.0, 5))
    estimate = Estimate(value, parts, image, 10_000)
    assert looks.can_decide(estimate, 8, 0.01, 0.01, 0.0025) == decides


def test_a_pair_is_given_up_below_a_hope_of_one_in_five():
    then = Estimate(1.0, (), 1e-4, 10**9)  # the standard error is 0.01, the distribution normal
    least = (2.5758 - 0.8416) * 0.01  # quantiles of 0.995 and 0.8
    for value, goes_on in ((least * 1.001, True), (least * 0.999, False)):
        assert looks.can_decide(replace(then, value=value), 1, 0.01, 0.01, 0.001) is goes_on


def pair_of(first, second, plan):
    """The comparison of two rungs with all seeds and at each look; bool [seeds, images]."""
    at = [verdicts.compare(first[:seeds], second[:seeds]) for seeds in plan]
    return Pair(at[-1], at)


def test_a_look_that_all_seeds_contradict_counts_for_nothing():
    images = 1000
    behind, ahead = (
        np.arange(images) >= np.array(wrong)[:, None] for wrong in ([100] * 6, [60, 60, 60, 180, 180, 180])
    )
    pair = pair_of(ahead, behind, [3, 6])
    rules = Rules(seeds={"a": [3, 6], "b": [3, 6]}, looks=2)
    assert pair.looks[0].estimate.value > 0 > pair.whole.estimate.value
    assert judging.verdicts({("a", "b"): Pair(pair.looks[0], pair.looks[:1])}, rules)[0]["round"] == 1
    assert not judging.verdicts({("a", "b"): pair}, rules)[0]["distinguishable"]


def test_the_rate_of_wrong_verdicts_over_all_looks_is_at_most_alpha():
    """Two rungs without a difference, after 5, 10 and 20 seeds; a test at alpha at each look is wrong more often."""
    plan, draws = [5, 10, 20], 400
    rules = Rules(seeds={"a": plan, "b": plan}, looks=3)
    wrong = peeking = 0
    for first, second in verdicts.simulated(images=300, seeds=20, spread=0.15, draws=draws, seed=1):
        pair = pair_of(first, second, plan)
        wrong += judging.verdicts({("a", "b"): pair}, rules)[0]["distinguishable"]
        peeking += any(max(at.sign_flip_p, at.estimate.p()) < ALPHA for at in pair.looks)
    assert wrong / draws <= ALPHA + 2.6 * math.sqrt(ALPHA * (1 - ALPHA) / draws)
    assert wrong < peeking


def test_a_real_difference_is_found_at_a_look():
    plan = [5, 10, 20]
    rules = Rules(seeds={"a": plan, "b": plan}, looks=3)
    judged = [
        judging.verdicts({("a", "b"): pair_of(*pair, plan)}, rules)[0]
        for pair in verdicts.simulated(300, 20, 0.15, draws=40, means=(1.9, 1.3), seed=2)
    ]
    assert np.mean([row["distinguishable"] for row in judged]) > 0.8
    assert len({row["round"] for row in judged}) > 1
