"""Figure: gradient descent on three parameters fits a parabola to the points."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ladder.presentation.style import BLUE, INK, MUTED, ORANGE, WIDTH

TITLE = "The rolling ball"
SECTION = "chapter"
EARLY = (0, 1, 2)  # steps that are shown besides the last, since the first steps go most of the way


def draw(rolling_ball: pd.DataFrame, descent: pd.DataFrame) -> Figure:
    """Draw four panels of the curve's progress, and the loss at every step."""
    figure = Figure(figsize=(WIDTH, 2.3))
    *panels, losses = figure.subplots(1, 5, width_ratios=(1, 1, 1, 1, 1.35))
    time, speed = rolling_ball["time"], rolling_ball["speed"]
    shown = [*EARLY, int(descent["step"].max())]
    for panel, step in zip(panels, shown, strict=True):
        a, b, c = descent.loc[step, ["a", "b", "c"]]
        panel.scatter(time, speed, s=7, color=BLUE, linewidths=0)
        panel.plot(time, a * time**2 + b * time + c, color=ORANGE, linewidth=1.4)
        panel.set_title("start" if step == 0 else f"after step {step}")
        # All panels have the scale of the points. A curve that starts far away leaves the panel.
        panel.set_ylim(-1.5 * speed.max(), 1.5 * speed.max())
        panel.set_xlabel("time (s)")
        panel.label_outer()
    panels[0].set_ylabel("speed")
    losses.plot(descent["step"], descent["loss"], color=MUTED, linewidth=1)
    losses.scatter(descent["step"], descent["loss"], s=12, color=INK, zorder=3)
    losses.set_yscale("log")
    losses.set_title("loss")
    losses.set_xlabel("step")
    losses.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    losses.minorticks_off()
    return figure
