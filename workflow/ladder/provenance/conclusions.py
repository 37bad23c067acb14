"""Comparison of the conclusions of two finished studies, one here and one made elsewhere (`--conclusions`).

A pair of rungs has one of five outcomes:

holds               Both studies give the pair the same verdict.
flips               One study says better, and the other says worse.
decided here only   The study made elsewhere is too small for the pair.
decided there only  The study here is too small for the pair.
changes             Both studies decide the pair, with other verdicts, such as equivalent and better. A rung with one
                    seed is here too: `ahead` and `behind` say nothing about other seeds, so they contradict nothing.
"""

from collections import Counter
from typing import NamedTuple

from ladder.errors import LadderError
from ladder.evaluation import verdict
from ladder.provenance.summaries import Interval, Pair, Summary

OUTCOMES = ("holds", "flips", "decided here only", "decided there only", "changes")
UNDECIDED = "not distinguishable"


class Compared(NamedTuple):
    """A pair of rungs in both studies, with the same rung first."""

    here: Pair
    there: Pair

    @property
    def outcome(self) -> str:
        """One of `OUTCOMES`."""
        ours, theirs = self.here.verdict, self.there.verdict
        if ours == theirs:
            return "holds"
        if {ours, theirs} == {"better", "worse"}:
            return "flips"
        if UNDECIDED in (ours, theirs):
            return "decided here only" if theirs == UNDECIDED else "decided there only"
        return "changes"

    @property
    def overlaps(self) -> bool:
        return self.here.difference.overlaps(self.there.difference)


def compare(here: Summary, there: Summary) -> tuple[str, bool]:
    """Return the comparison as lines of text, and whether no pair flips.

    Raises LadderError if no pair of rungs is in both studies.
    """
    compared = [Compared(pair, other) for names, pair in here.pairs.items() if (other := there.pair(*names))]
    if not compared:
        raise LadderError(
            f"{there.path}: has no pair of rungs that {here.path} has ({_names(there)} there, {_names(here)} here); "
            "compare studies with rungs of the same names"
        )
    common = [rung for rung in here.accuracies if rung in there.accuracies]
    lines = [_about("here", here), _about("there", there), *_unlike(here, there)]
    lines += [_line(pair) for pair in compared]
    lines += [_accuracy(rung, here.accuracies[rung], there.accuracies[rung]) for rung in common]
    lines += [*_alone("here", here, there), *_alone("there", there, here)]
    close = sum(here.accuracies[rung].overlaps(there.accuracies[rung]) for rung in common)
    lines.append(f"{_counts(compared)} and {close} of {len(common)} accuracies")
    return "\n".join(lines), all(pair.outcome != "flips" for pair in compared)


def _names(study: Summary) -> str:
    return ", ".join(study.accuracies) or "no rung"


def _about(place: str, study: Summary) -> str:
    return (
        f"{place}: {study.path}, dataset {study.dataset}, {len(study.classes)} classes, {study.images:,} validation "
        f"images, {len(study.accuracies)} rungs"
    )


def _unlike(here: Summary, there: Summary) -> list[str]:
    """Return a sentence for each way in which the images of the two studies differ."""
    lines = []
    if here.dataset != there.dataset:
        lines.append(f"The datasets have other names: {here.dataset} here, {there.dataset} there.")
    if here.classes != there.classes:
        lines.append("The classes have other names, or there are more of them in one study.")
    if here.images != there.images:
        lines.append(f"The numbers of validation images differ: {here.images:,} here, {there.images:,} there.")
    return lines


def _line(pair: Compared) -> str:
    here, there, outcome = *pair, pair.outcome
    if outcome == "holds":
        told = f"{here.verdict} here ({_difference(here)}) and there ({_difference(there)})"
    else:
        told = f"changes from {there.verdict} there ({_difference(there)}) to {here.verdict} here ({_difference(here)})"
    parts = [f"{outcome}: {here.rung} against {here.other}: {told}", _overlap(pair.overlaps)]
    if outcome != "holds":
        for place, own in (("here", here), ("there", there)):
            if own.verdict == UNDECIDED:
                parts.append(f"{place}, {_needed(own)}")
            elif own.close:
                parts.append(f"{place}, the verdict is close")
    return "; ".join(parts)


def _difference(pair: Pair) -> str:
    value, low, high = (_points(share) for share in pair.difference)
    images = " for other images" if pair.one_seed else ""
    return f"{value} points, 95% interval{images} {low} to {high}"


def _points(share: float) -> str:
    return verdict.points(share).replace("−", "-")  # a terminal may know ASCII alone


def _overlap(overlaps: bool) -> str:
    return "the intervals overlap" if overlaps else "the intervals do not overlap"


def _needed(pair: Pair) -> str:
    """Return what the study in which a pair is not decided says about a study that would decide it."""
    if pair.one_seed:
        return "a rung has one seed, and the study does not say what would decide the pair"
    needed = {"seeds_needed": pair.seeds_needed, "images_needed": pair.images_needed}
    return verdict.would_decide({"distinguishable": False, "equivalent": False, "one_seed": False} | needed)


def _accuracy(rung: str, here: Interval, there: Interval) -> str:
    return f"{rung}: accuracy {_percent(here)} here, {_percent(there)} there; {_overlap(here.overlaps(there))}"


def _percent(accuracy: Interval) -> str:
    value, low, high = (f"{100 * share:.2f}%" for share in accuracy)
    return f"{value} (95% interval {low} to {high})"


def _alone(place: str, study: Summary, other: Summary) -> list[str]:
    """Return lines that name the pairs and the rungs that one study has alone."""
    pairs = [f"{rung} against {second}" for rung, second in study.pairs if not other.pair(rung, second)]
    rungs = [rung for rung in study.accuracies if rung not in other.accuracies]
    return [
        f"only {place}, {len(names)} {kind if len(names) == 1 else f'{kind}s'}: {', '.join(names)}"
        for kind, names in (("rung", rungs), ("pair", pairs))
        if names
    ]


def _counts(compared: list[Compared]) -> str:
    """Return the last line but for its end: how many pairs have each outcome, and how many intervals overlap."""
    outcomes = Counter(pair.outcome for pair in compared)
    counts = ", ".join(f"{outcome} {outcomes[outcome]}" for outcome in OUTCOMES)
    every = "All pairs hold. " if outcomes["holds"] == len(compared) else ""
    overlapping = sum(pair.overlaps for pair in compared)
    return (
        f"{every}Pairs in both studies: {len(compared)} ({counts}). Intervals that overlap: {overlapping} of "
        f"{len(compared)} differences"
    )
