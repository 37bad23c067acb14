"""Figure: the seven steps of learning as a diagram."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from ladder.presentation.style import BLUE, INK, MUTED, ORANGE, WIDTH

TITLE = "Seven steps"
SECTION = "chapter"
# Each step with a short description.
STEPS = {
    "init": "weights by chance",
    "predict": "outputs for images",
    "loss": "how wrong is it?",
    "gradient": "which way is down?",
    "step": "weights − lr · gradient",
    "stop": "good enough",
}
APART, WIDE, HIGH = 1.7, 1.3, 0.5


def draw() -> Figure:
    """Draw boxes from left to right, and an arrow `repeat` from `step` back to `predict`."""
    figure = Figure(figsize=(WIDTH, 1.75))
    axes = figure.subplots()
    centres = {name: APART * number for number, name in enumerate(STEPS)}
    for name, x in centres.items():
        looped = name not in ("init", "stop")
        box = FancyBboxPatch((x - WIDE / 2, -HIGH / 2), WIDE, HIGH, boxstyle="round,pad=0.02", facecolor="white")
        box.set_edgecolor(BLUE if looped else MUTED)
        axes.add_patch(box)
        axes.text(x, 0, name, ha="center", va="center", fontsize=10, color=INK)
        axes.text(x, -HIGH / 2 - 0.12, STEPS[name], ha="center", va="top", fontsize=7, color=MUTED)
    for left, right in zip(list(centres.values()), list(centres.values())[1:]):
        _arrow(axes, (left + WIDE / 2 + 0.03, 0), (right - WIDE / 2 - 0.03, 0), MUTED)
    top = HIGH / 2 + 0.04
    _arrow(axes, (centres["step"], top), (centres["predict"], top), ORANGE, bend=0.22)
    middle = (centres["step"] + centres["predict"]) / 2
    axes.text(middle, 0.98, "repeat", ha="center", va="center", color=ORANGE, fontsize=9)
    axes.set_xlim(-0.85, centres["stop"] + 0.85)
    axes.set_ylim(-0.75, 1.3)
    axes.set_axis_off()
    return figure


def _arrow(axes: Axes, start: tuple, end: tuple, colour: str, bend: float = 0.0) -> None:
    style = f"arc3,rad={bend}"
    arrow = FancyArrowPatch(
        start, end, connectionstyle=style, arrowstyle="-|>", mutation_scale=11, color=colour, linewidth=1.2
    )
    axes.add_patch(arrow)
