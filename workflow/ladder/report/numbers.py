"""Numbers as the page writes them."""


def interval(spread: dict) -> str:
    """The 95% interval and n of a mean in brackets; nothing where there was nothing to vary."""
    if spread["low"] is None:
        return ""
    low, high = max(spread["low"], 0.0), min(spread["high"], 1.0)
    return f" (95% interval {percent(low)} to {percent(high)}, {spread['n']} seeds)"


def percent(share: float | None) -> str:
    """A share as a percentage with two decimals; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.2f}%"


def plural(number: int, noun: str) -> str:
    """`1 seed`, `5 seeds`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
