"""Numbers in the page's format."""


def interval(spread: dict) -> str:
    """Return the 95% interval and n of a mean in brackets; an empty text if there is no interval."""
    if spread["low"] is None:
        return ""
    low, high = max(spread["low"], 0.0), min(spread["high"], 1.0)
    return f" (95% interval {percent(low)} to {percent(high)}, {spread['n']} seeds)"


def percent(share: float | None) -> str:
    """Return a share as a percentage with two decimals; a dash for None."""
    return "–" if share is None else f"{100 * share:.2f}%"


def plural(number: int, noun: str) -> str:
    """Return a number with its noun: `1 seed`, `5 seeds`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
