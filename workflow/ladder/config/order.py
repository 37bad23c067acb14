"""The order of the ladder's rungs. It does not depend on the order of keys in the config.

`ladder:` lists the rungs. If the list is the shipped one, or empty, variants that it does not list join the ladder. A
variant with `after` follows the rung that `after` names. The other variants come last, sorted by name. Any other list
is the whole ladder.
"""

from collections.abc import Iterator

from ladder.config import schema


def rungs(listed: list[str], shipped: list[str], variants: dict[str, dict], baselines: tuple[str, ...]) -> list[str]:
    """Return the names of the rungs, the lowest first.

    listed    value of `ladder:` in the config
    shipped   default value of `ladder:`; a name that is no variant or baseline any more is left out
    variants  settings of each variant by its name; only `after` is read
    """
    if not _is_shipped(listed, shipped):
        return listed
    placed = _placed(shipped, variants, baselines)
    followers: dict[str, list[str]] = {}
    for name in sorted(set(variants) - set(placed)):
        if after := variants[name].get("after"):
            followers.setdefault(after, []).append(name)
        else:
            placed.append(name)
    return [rung for name in placed for rung in _with_followers(name, followers)]


def problems(
    listed: list[str], shipped: list[str], variants: dict[str, dict], baselines: tuple[str, ...]
) -> Iterator[str]:
    """Yield a line for each wrong name in `ladder:` or `after`; the arguments are the arguments of `rungs`."""
    known = [*baselines, *variants]
    if _is_shipped(listed, shipped):
        known = [*_placed(shipped, variants, baselines), *sorted(set(variants) - set(shipped))]
    else:
        yield from (f"ladder: {line}" for name in listed for line in schema.undefined(name, known, _RUNG))
    after = {name: variant["after"] for name, variant in sorted(variants.items()) if variant.get("after")}
    for name, rung in after.items():
        yield from (f"variants.{name}.after: {line}" for line in schema.undefined(rung, known, _RUNG))
        if _is_shipped(listed, shipped) and name in shipped:
            yield f"variants.{name}.after: `ladder` lists {name}; to move it, write a `ladder` of your own"
        circle = _circle(name, after)
        if name == min(circle, default=None):
            way = " after ".join([*circle, name])
            yield f"variants.{name}.after: {way} is a circle; name another rung for one of them"


_RUNG = "variant or baseline"


def _is_shipped(listed: list[str], shipped: list[str]) -> bool:
    return not listed or listed == shipped


def _placed(shipped: list[str], variants: dict[str, dict], baselines: tuple[str, ...]) -> list[str]:
    return [name for name in shipped if name in variants or name in baselines]


def _with_followers(name: str, followers: dict[str, list[str]]) -> Iterator[str]:
    yield name
    for follower in followers.get(name, ()):
        yield from _with_followers(follower, followers)


def _circle(name: str, after: dict[str, str]) -> list[str]:
    """Return the variants from `name` along `after` back to `name`; empty if the way does not lead back."""
    way = [name]
    while (rung := after.get(way[-1])) is not None:
        if rung == name:
            return way
        if rung in way:
            return []
        way.append(rung)
    return []
