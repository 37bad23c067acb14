"""The best point of a sweep, for its figure and for the report."""

import pandas as pd


def best_of(points: pd.DataFrame) -> str | None:
    """Return the point with the highest mean accuracy, the first of equal ones; None if no run finished.

    A point with a diverged or failed run is chosen only if there is no other, since its mean leaves out its worst runs.
    """
    trained = points[points["n"] > 0]
    whole = trained[trained["diverged"] + trained["failed"] == 0]
    chosen = trained if whole.empty else whole
    return None if chosen.empty else str(chosen.loc[chosen["accuracy_mean"].idxmax(), "point"])
