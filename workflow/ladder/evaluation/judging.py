"""Verdicts on a family of pairs of rungs, at one look or at several (looks.py)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from ladder.evaluation import looks, paired
from ladder.evaluation.looks import Judgement
from ladder.evaluation.paired import Classifier, Comparison, Images

TESTS = ("two_way", "sign_flip")


@dataclass(frozen=True)
class Rules:
    """The rules of a verdict.

    alpha   probability of calling any two rungs of the table different that are not
    margin  a difference within -margin and margin counts as none
    tests   the tests, of `TESTS`, that all have to reject
    twins   groups of variants whose runs with the same seed share the start and the order of the images
    seeds   variant to its number of seeds after each round, of the variants that are trained in rounds
    looks   number of rounds so far; each ends with a look at the results
    """

    alpha: float = 0.05
    margin: float = 0.0025
    tests: tuple[str, ...] = TESTS
    twins: list[list[str]] = ()
    seeds: dict[str, list[int]] = field(default_factory=dict)
    looks: int = 1

    @property
    def levels(self) -> list[float]:
        """The level of each look, of the looks to come too."""
        return looks.levels(self.alpha, self.seeds)

    def are_twins(self, first: str, second: str) -> bool:
        return any(first in group and second in group for group in self.twins)


class Pair(NamedTuple):
    """The comparison of two rungs with all their seeds, and at each look for which both were trained."""

    whole: Comparison
    looks: list[Comparison]


def compared(
    pair: tuple[str, str],
    rungs: dict[str, Classifier],
    images: Callable[[tuple[int, int]], Images],
    rules: Rules,
) -> Pair:
    """Compare two rungs.

    images  function of the number of first seeds of each rung; returns what a comparison of them knows of the images
    """
    known: dict[tuple[int, int], Comparison] = {}

    def with_seeds(seeds: tuple[int, int]) -> Comparison:
        if seeds not in known:
            first, second = (rungs[rung].first(number) for rung, number in zip(pair, seeds, strict=True))
            twins = rules.are_twins(*pair) and first.by_seed.keys() == second.by_seed.keys()
            known[seeds] = paired.compare(first, second, images(seeds), twins)
        return known[seeds]

    whole, at_looks = with_seeds(tuple(rungs[rung].seeds for rung in pair)), []
    for look in range(rules.looks):
        seeds = tuple(looks.seeds_at(rules.seeds.get(rung), look, rungs[rung]) for rung in pair)
        if None in seeds:
            break
        at_looks.append(with_seeds(seeds))
    return Pair(whole, at_looks)


def verdicts(pairs: dict[tuple[str, str], Pair], rules: Rules) -> list[dict]:
    """Return the columns of the table `comparison` that depend on all pairs of the family.

    In a study with rounds, `round` is the round after which a pair was decided. If rounds are to come, `open` says
    whether they can decide a pair that is undecided.
    """
    levels = rules.levels[: rules.looks]
    differ = looks.judge(
        [[_p(at, pair.whole, rules) for at in pair.looks] for pair in pairs.values()], levels, rules.alpha
    )
    same = looks.judge(
        [[_p_within(at, pair.whole, rules) for at in pair.looks] for pair in pairs.values()], levels, rules.alpha
    )
    return [_verdict(*known, rules) for known in zip(pairs, pairs.values(), differ, same, strict=True)]


def _verdict(names: tuple[str, str], pair: Pair, different: Judgement, equal: Judgement, rules: Rules) -> dict:
    whole, levels = pair.whole, rules.levels
    decided = different.look if different.look is not None else equal.look
    undecided = decided is None and not whole.one_seed
    # Holm's method compares a pair's p with the level divided by the number of pairs whose p is not smaller.
    alpha = levels[different.last] / different.rank
    verdict = {
        "p_holm": different.p,
        "distinguishable": different.look is not None,
        "margin": rules.margin,
        "equivalence_holm": None if whole.one_seed else equal.p,
        "equivalent": equal.look is not None,
        "detectable": whole.adjusted.detectable(alpha),
        "seeds_needed": whole.adjusted.seeds_needed(alpha) if undecided else None,
        "images_needed": whole.adjusted.images_needed(alpha) if undecided else None,
    }
    if rules.seeds:
        verdict["round"] = None if decided is None else decided + 1
    if rules.looks < len(levels):
        verdict["open"] = undecided and _is_open(names, pair, different, equal, rules)
    return verdict


def _is_open(names: tuple[str, str], pair: Pair, different: Judgement, equal: Judgement, rules: Rules) -> bool:
    """Return whether a look to come can decide a pair whose rungs were trained in all rounds so far.

    If only one of the two rungs gets more seeds, this expects too much of them.
    """
    plans = [rules.seeds[name] for name in names if name in rules.seeds]
    if not plans or len(pair.looks) < rules.looks:
        return False
    return any(
        looks.can_decide(
            pair.whole.adjusted,
            times=max(plan[look] / plan[rules.looks - 1] for plan in plans),
            different=rules.levels[look] / different.rank,
            equivalent=rules.levels[look] / equal.rank,
            margin=rules.margin,
        )
        for look in range(rules.looks, len(rules.levels))
    )


def _p(at: Comparison, whole: Comparison, rules: Rules) -> float:
    """Return the largest p of the tests. With one seed there is no two-way test.

    at, whole  the comparison at a look, and with all seeds

    A look that all seeds contradict counts for nothing. Nor does a look with one seed, if there are more seeds by now.
    """
    if at is not whole and (at.one_seed or at.estimate.value * whole.estimate.value <= 0):
        return 1.0
    values = {"sign_flip": at.sign_flip_p} | ({} if at.one_seed else {"two_way": at.estimate.p()})
    return max((values[test] for test in rules.tests if test in values), default=at.sign_flip_p)


def _p_within(at: Comparison, whole: Comparison, rules: Rules) -> float:
    """Return the p of the tests that two rungs are equivalent; 1 if all seeds show a difference that is too large."""
    contradicted = at is not whole and abs(whole.estimate.value) >= rules.margin
    return 1.0 if at.one_seed or contradicted else at.adjusted.p_within(rules.margin)
