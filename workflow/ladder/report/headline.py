"""The result of the study in one sentence, built by rules."""

from ladder.evaluation.verdict import best_of, closeness, is_better, phrase, turned, would_decide
from ladder.report.numbers import percent, plural

NAMED = 5  # rungs that the sentence names for each mark


def best(ladder: list[dict]) -> str | None:
    """Return the name of the best unmarked rung; None if all rungs are marked."""
    if all(rung["marks"] for rung in ladder):
        return None
    accuracy = {rung["name"]: rung["accuracy"]["mean"] for rung in ladder if not rung["marks"]}
    return best_of(accuracy, set())


def headline(ladder: list[dict], images: int, pairs: list[dict], majority: dict, unequal: bool = False) -> str:
    """Return a sentence on the best rung with its interval, the nearest rung, the best baseline, and the marked rungs.

    ladder    the page's rungs: `name`, `baseline`, `accuracy`, `low`, `high`, `marks`, `overall` (metric to its spread)
    images    number of validation images
    pairs     rows of `comparison`
    majority  `accuracy` of predicting the most frequent class of the training images
    unequal   whether classes have unequal sizes; then the sentence also gives the accuracy of the most frequent class

    A marked rung is no competitor. The sentence says if the best trained rung does not beat the best baseline.
    """
    rungs = {rung["name"]: rung for rung in ladder if not rung["marks"]}
    name, chance = best(ladder), f"always the most frequent class is right on {percent(majority['accuracy'])}"
    if name is None:
        return f"On {images:,} validation images no rung is a result: all are marked, {marked(ladder)}; {chance}."
    # Other rung to the row of the best rung against it.
    against = {
        row["rung"]: turned(row)
        for row in pairs
        if row["kind"] == "best" and row["other"] == name and row["rung"] in rungs
    }
    what = f"{name}, a baseline," if rungs[name]["baseline"] else name
    parts = [f"On {images:,} validation images, {what} is right on {_accuracy(rungs[name])}"]
    if unequal and (balanced := rungs[name]["overall"].get("balanced_accuracy")):
        parts.append(f"its balanced accuracy is {percent(balanced['mean'])}")
    if against:
        nearest = min(against.values(), key=lambda row: row["difference"])
        # Where no difference was seen, there is none to tell.
        needed = would_decide(nearest) if nearest["difference"] else None
        parts += [f"it is {phrase(nearest)}", needed, closeness(nearest)]
    parts.append(_of_baselines(rungs, ladder, name, against))
    if unequal or not any(rung["baseline"] for rung in rungs.values()):
        parts.append(chance)
    parts.append(_of_marked(ladder, pairs))
    return "; ".join(filter(None, parts)) + "."


def marked(ladder: list[dict]) -> str:
    """Return the marked rungs by their first mark, a few for each: `mlp, line (at chance), cnn (diverged)`."""
    kinds: dict[str, list[str]] = {}
    for rung in ladder:
        if rung["marks"]:
            kinds.setdefault(rung["marks"][0]["word"], []).append(rung["name"])
    return ", ".join(
        f"{', '.join(names[:NAMED])}{f' and {len(names) - NAMED} more' if len(names) > NAMED else ''} ({word})"
        for word, names in kinds.items()
    )


def _of_baselines(rungs: dict[str, dict], ladder: list[dict], name: str, against: dict[str, dict]) -> str | None:
    if rungs[name]["baseline"]:
        if all(rung["baseline"] for rung in ladder):
            return None
        trained = [rung for rung in rungs.values() if not rung["baseline"]]
        if not trained:
            return "no trained rung beats it, since all of them are marked"
        top = max(trained, key=lambda rung: rung["accuracy"]["mean"])
        return f"no trained rung beats it: the best of them, {top['name']}, is right on {_accuracy(top)}"
    baselines = [rung for rung in rungs.values() if rung["baseline"]]
    if not baselines:
        return None
    top = max(baselines, key=lambda rung: rung["accuracy"]["mean"])
    if is_better(against[top["name"]]):
        return f"the best baseline, {top['name']}, is right on {_accuracy(top)}"
    return f"it does not beat the best baseline, {top['name']}, which is right on {_accuracy(top)}"


def _of_marked(ladder: list[dict], pairs: list[dict]) -> str | None:
    chance = {row["other"] for row in pairs if row["kind"] == "chance"}  # chance is no competitor anyway
    rungs = [rung for rung in ladder if rung["marks"] and rung["name"] not in chance]
    if not rungs:
        return None
    return f"marked, and so no {'competitor, is' if len(rungs) == 1 else 'competitors, are'} {marked(rungs)}"


def _accuracy(rung: dict) -> str:
    seeds = "" if rung["baseline"] else f", {plural(rung['accuracy']['n'], 'seed')}"
    interval = f"{percent(rung['low'])} to {percent(rung['high'])}"
    return f"{percent(rung['accuracy']['mean'])} (95% interval {interval}{seeds})"
