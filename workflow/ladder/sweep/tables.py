"""A sweep's tables as the figure and the report read them."""

import pandas as pd


def load(path: str) -> pd.DataFrame:
    """A table of a sweep, its points as text; an empty field is missing."""
    return pd.read_csv(path, dtype={"point": str}, keep_default_na=False, na_values=[""])


def best_of(points: pd.DataFrame) -> str | None:
    """The point with the highest mean accuracy, of equal ones the first; None where no run finished.

    A point that lost a run is chosen only where there is no other: its mean leaves out its worst runs.
    """
    trained = points[points["n"] > 0]
    whole = trained[trained["diverged"] + trained["failed"] == 0]
    chosen = trained if whole.empty else whole
    return None if chosen.empty else str(chosen.loc[chosen["accuracy_mean"].idxmax(), "point"])
