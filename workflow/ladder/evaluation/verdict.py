"""Verdicts: rows of the table `comparison` in the words that every part of the page uses.

better, worse        The rungs differ, for other seeds and other images too.
ahead, behind        The rungs differ for other images, but a rung has one seed, which says nothing about other seeds.
equivalent           The rungs are the same within the margin.
not distinguishable  Neither is shown: the study is too small for this pair.

A verdict of `better` or `worse` is close if fewer than four in five studies of the same size would find a difference as
small as the difference seen. Another study, on another machine or with other seeds, may then not find it.
"""

WORDS = ("better", "worse", "ahead", "behind", "equivalent", "not distinguishable")


def best_of(accuracy: dict[str, float], marked: set[str]) -> str:
    """Return the rung with the highest mean accuracy among the unmarked rungs, or among all if all are marked.

    accuracy  rung to its mean accuracy, lowest rung first; of equally good rungs the lowest is the best
    """
    return max([rung for rung in accuracy if rung not in marked] or accuracy, key=accuracy.get)


def is_better(row: dict) -> bool:
    """Return whether a row's rung is better than the other rung, be it on other images alone."""
    return verdict(row) in ("better", "ahead")


def verdict(row: dict) -> str:
    """Return the verdict on a row's rung, one of `WORDS`."""
    if not row["distinguishable"]:
        return "equivalent" if row["equivalent"] else "not distinguishable"
    higher, lower = ("ahead", "behind") if row["one_seed"] else ("better", "worse")
    return higher if row["difference"] > 0 else lower


def phrase(row: dict) -> str:
    """Return the verdict as a phrase with the difference: `worse than mlp by 1.60 points (95% interval ...)`."""
    word, other = verdict(row), row["other"]
    if word == "not distinguishable":
        return f"{word} from {other} ({_signed(row)})"
    if word == "equivalent":
        return f"the same as {other} within {within(row)} points ({_signed(row)})"
    preposition = {"better": "than", "worse": "than", "ahead": "of", "behind": ""}[word]
    ends = row if row["difference"] > 0 else turned(row)
    beside = " ".join(filter(None, (word, preposition, other)))
    return f"{beside} by {_plain(ends['difference'])} points ({_interval(ends, _plain)})"


def would_decide(row: dict) -> str | None:
    """Return what would decide a pair that is not distinguishable, in words; None for a pair with another verdict."""
    if verdict(row) != "not distinguishable" or row["one_seed"]:
        return None
    numbers = {"seeds each": row["seeds_needed"], "validation images": row["images_needed"]}
    needed = [f"{rounded(number)} {noun}" for noun, number in numbers.items() if number is not None]
    if not needed:
        return "no number of seeds alone, and no number of images alone, would tell such a difference"
    return f"to tell such a difference takes about {' or '.join(needed)}"


def is_close(row: dict) -> bool:
    """Return whether a row's verdict is close."""
    return verdict(row) in ("better", "worse") and abs(row["difference"]) < row["detectable"]


def closeness(row: dict) -> str | None:
    """Return what a close verdict is worth, in words; None for another verdict."""
    return "this verdict is close: another study of the same size may not find it" if is_close(row) else None


def rounded(number: int) -> str:
    """Return a number of seeds or images rounded up to two digits: `24`, `9,000`."""
    unit = 10 ** max(0, len(str(int(number))) - 2)
    return f"{-(-int(number) // unit) * unit:,}"


def turned(row: dict) -> dict:
    """Return the row with its two rungs exchanged."""
    ends = {"difference": 0.0 - row["difference"], "low": 0.0 - row["high"], "high": 0.0 - row["low"]}
    shares = {
        name: None if row[other] is None else 1.0 - row[other]
        for name, other in (
            ("outperforms", "outperforms"),
            ("outperforms_low", "outperforms_high"),
            ("outperforms_high", "outperforms_low"),
        )
    }
    return {**row, **ends, **shares, "rung": row["other"], "other": row["rung"]}


def points(share: float) -> str:
    """Return a difference of shares in percentage points with its sign, `+0.05`; `0.00` has no sign."""
    text = f"{100 * share:+.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", "−")


def within(row: dict) -> str:
    """Return the margin of equivalence in percentage points, with as many digits as it has: `0.25`."""
    return f"{100 * row['margin']:.6g}"


def _signed(row: dict) -> str:
    return f"{points(row['difference'])} points, {_interval(row, points)}"


def _plain(share: float) -> str:
    return points(share).removeprefix("+")


def _interval(row: dict, form) -> str:
    images = " for other images" if row["one_seed"] else ""
    return f"95% interval{images} {form(row['low'])} to {form(row['high'])}"
