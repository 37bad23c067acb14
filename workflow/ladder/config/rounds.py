"""Rounds of seeds: `seeds: {from: 5, to: 40}` trains 5 seeds, then up to 10, 20 and 40 where they can decide a pair."""

from collections.abc import Iterator


def counts(seeds: int | dict) -> list[int]:
    """Return the number of seeds after each round; a whole number is one round.

    Each round doubles the number, and the last ends at `to`: {from: 5, to: 40} is 5, 10, 20, 40.
    """
    if isinstance(seeds, int):
        return [seeds]
    numbers = [seeds["from"]]
    while numbers[-1] < seeds["to"]:
        numbers.append(min(2 * numbers[-1], seeds["to"]))
    return numbers


def blocks(numbers: list[int], size: int) -> list[str]:
    """Return the blocks of seeds that one job trains each, of at most `size` seeds. No block is in two rounds.

    The first round has the blocks of a study that has no other round: 5 seeds in blocks of 2 are `0-1`, `2-3`, `4-4`.
    """
    return [
        f"{first}-{min(first + size, end) - 1}"
        for begin, end in zip([0, *numbers], numbers, strict=False)
        for first in range(begin, end, size)
    ]


def problems(seeds: int | dict) -> Iterator[str]:
    """Yield a sentence for each error of rounds that the schema does not find."""
    if isinstance(seeds, int):
        return
    if seeds["from"] < 2:
        yield f"from: {seeds['from']} is too few; a rung needs 2 seeds or more to show what other seeds would change"
    elif seeds["from"] >= seeds["to"]:
        yield (
            f"from: {seeds['from']} is not below to: {seeds['to']}, so there is no second round; "
            f"write a higher `to`, or seeds: {seeds['from']}"
        )
