"""Verdicts: rows of the table `comparison` in the words that every part of the page uses."""


def best_of(accuracy: dict[str, float], marked: set[str]) -> str:
    """Return the rung with the highest mean accuracy among the unmarked rungs, or among all if all are marked.

    accuracy  rung to its mean accuracy, lowest rung first; of equally good rungs the lowest is the best
    """
    return max([rung for rung in accuracy if rung not in marked] or accuracy, key=accuracy.get)


def verdict(row: dict) -> str:
    """Return the verdict on a row's rung: `better`, `worse` or `not distinguishable`."""
    if not row["distinguishable"]:
        return "not distinguishable"
    return "better" if row["difference"] > 0 else "worse"


def phrase(row: dict) -> str:
    """Return the verdict as a phrase with the difference: `worse than mlp by 1.60 points (95% interval ...)`."""
    word = verdict(row)
    if word == "not distinguishable":
        return f"{word} from {row['other']} ({points(row['difference'])} points, {_interval(row, points)})"
    ends = row if word == "better" else turned(row)
    return f"{word} than {row['other']} by {_plain(ends['difference'])} points ({_interval(ends, _plain)})"


def turned(row: dict) -> dict:
    """Return the row with its two rungs exchanged."""
    ends = {"difference": 0.0 - row["difference"], "low": 0.0 - row["high"], "high": 0.0 - row["low"]}
    return {**row, **ends, "rung": row["other"], "other": row["rung"]}


def points(share: float) -> str:
    """Return a difference of shares in percentage points with its sign, `+0.05`; `0.00` has no sign."""
    text = f"{100 * share:+.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", "−")


def _plain(share: float) -> str:
    return points(share).removeprefix("+")


def _interval(row: dict, form) -> str:
    return f"95% interval {form(row['low'])} to {form(row['high'])}"
