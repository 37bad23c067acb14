"""The rounds of seeds in a sentence."""

from ladder.config.rounds import counts
from ladder.report.numbers import plural


def sentence(settings: dict, finished: dict[str, int]) -> str | None:
    """Return a sentence on the rounds of seeds and on what rungs got how many; None in a study of one round.

    finished  rung to its number of finished seeds
    """
    plans = {
        name: counts(variant.get("seeds", settings["seeds"]))
        for name, variant in settings.get("variants", {}).items()
        if name in finished
    }
    got: dict[int, list[str]] = {}
    for name, plan in plans.items():
        if len(plan) > 1:
            # A failed seed counts too.
            got.setdefault(next(number for number in plan if number >= finished[name]), []).append(name)
    if not got:
        return None
    most = max(sum(number <= last for number in plans[name]) for last, names in got.items() for name in names)
    shares = "; ".join(f"{', '.join(names)}: {plural(number, 'seed')}" for number, names in sorted(got.items()))
    possible = max(len(plan) for plan in plans.values())
    return f"Of {possible} rounds of seeds that were possible there {'was' if most == 1 else 'were'} {most} ({shares})."
