import numpy as np
import pandas as pd

from ladder.figures import (
    chapter_accuracy_is_no_loss,
    chapter_activations,
    chapter_flow,
    chapter_rolling_ball,
    chapter_slope,
)


def test_the_flow_goes_through_the_seven_steps():
    axes = chapter_flow.draw().axes[0]
    names = [text for text in axes.texts if text.get_text() in chapter_flow.STEPS]
    assert [text.get_text() for text in sorted(names, key=lambda text: text.get_position()[0])] == list(
        chapter_flow.STEPS
    )


def test_activations_are_drawn_from_their_table():
    x = np.array([-1.0, 0.0, 1.0])
    table = pd.DataFrame({"x": x, "sigmoid": [0.3, 0.5, 0.7], "slope": [0.2, 0.25, 0.2], "relu": [0, 0, 1]})
    left, right = chapter_activations.draw(table).axes
    np.testing.assert_allclose(left.lines[0].get_ydata(), [0.3, 0.5, 0.7])
    np.testing.assert_allclose(left.lines[1].get_ydata(), [0.2, 0.25, 0.2])
    np.testing.assert_allclose(right.lines[0].get_xydata(), [[-1, 0], [0, 0], [1, 1]])


def test_a_slope_touches_its_parabola():
    facts = {"gradients": {"square": {"at": 3.0, "value": 9.0, "gradient": 6.0}}}
    axes = chapter_slope.draw(facts).axes[0]
    curve, tangent = axes.lines
    np.testing.assert_allclose(curve.get_ydata(), curve.get_xdata() ** 2)
    np.testing.assert_allclose(tangent.get_ydata(), 9 + 6 * (tangent.get_xdata() - 3))
    assert [text.get_text() for text in axes.texts] == ["slope 6"]


def test_the_rolling_ball_is_shown_at_the_start_and_the_end():
    ball = pd.DataFrame({"time": [0.0, 1.0, 2.0], "speed": [3.0, 1.0, 2.0]})
    steps = pd.DataFrame({"step": range(6), "a": range(6), "b": 1.0, "c": 2.0, "loss": [9, 5, 4, 3, 2, 1]})
    *panels, losses = chapter_rolling_ball.draw(ball, steps).axes
    assert [panel.get_title("left") for panel in panels] == ["start", "after step 1", "after step 2", "after step 5"]
    for panel, a in zip(panels, (0, 1, 2, 5), strict=True):
        np.testing.assert_allclose(panel.lines[0].get_ydata(), a * ball["time"] ** 2 + ball["time"] + 2)
        np.testing.assert_allclose(panel.collections[0].get_offsets(), ball)
    np.testing.assert_allclose(losses.lines[0].get_ydata(), steps["loss"])
    assert losses.get_yscale() == "log"


def test_accuracy_goes_in_steps_and_losses_do_not():
    table = pd.DataFrame({"change": [-1, 0, 1], "accuracy": [0.5, 0.6, 0.6], "mnist_loss": [3, 2, 1], "mse": [6, 5, 4]})
    axes = chapter_accuracy_is_no_loss.draw(table).axes
    assert [panel.get_title("left") for panel in axes] == ["accuracy", "mnist_loss", "mse"]
    for panel, column in zip(axes, ("accuracy", "mnist_loss", "mse"), strict=True):
        np.testing.assert_allclose(panel.lines[0].get_xydata(), table[["change", column]])
        assert (panel.lines[0].get_drawstyle() == "steps-mid") == (column == "accuracy")
