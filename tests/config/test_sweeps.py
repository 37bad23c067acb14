import pytest

from ladder.config.sweeps import Sweep, points_of, values
from ladder.config.swept_settings import merged, name_of, own, text, without

RECIPE = {"model": "mlp", "lr": 0.1, "epochs": 4, "options": {"hidden": 30, "depth": 2}}


def scale(low, high, count, kind="log"):
    return {"from": low, "to": high, "count": count, "scale": kind}


@pytest.mark.parametrize(
    ("spec", "whole", "expected"),
    [
        ([3, 1, 2], False, [3, 1, 2]),
        (scale(0.01, 10, 4), False, [0.01, 0.1, 1.0, 10]),
        (scale(0.01, 1, 5), False, [0.01, 0.0316, 0.1, 0.316, 1]),
        (scale(0, 1, 4, "linear"), False, [0, 0.333, 0.667, 1]),
        (scale(-1, 1, 3, "linear"), False, [-1, 0.0, 1]),
        # The ends stay as they are given; values that 3 digits do not tell apart have more.
        (scale(0.12345, 1.98765, 3, "linear"), False, [0.12345, 1.06, 1.98765]),
        (scale(1, 1.004, 5, "linear"), False, [1, 1.001, 1.002, 1.003, 1.004]),
        (scale(0.1, 10, 2), False, [0.1, 10]),
        (scale(10, 1000, 5), True, [10, 32, 100, 316, 1000]),
        (scale(1, 4, 4, "linear"), True, [1, 2, 3, 4]),
    ],
)
def test_values_of_lists_and_ranges(spec, whole, expected):
    assert values(spec, whole) == expected


def test_a_whole_range_is_of_integers():
    assert {type(value) for value in values(scale(1, 100, 3), whole=True)} == {int}


def test_a_name_gives_the_exact_value():
    for value in values(scale(0.0007, 9000, 333), whole=False):
        assert float(text(value)) == value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        *((0.1, "0.1"), (10.0, "10"), (10, "10"), (1e-05, "1e-05"), (1e20, "1e+20"), (0.30000000000000004,) * 2),
        *((True, "true"), (False, "false"), (None, "null"), ("adam", "adam")),
    ],
)
def test_values_are_written_short(value, written):
    assert text(value) == str(written)


def test_points_are_the_product_the_last_setting_changing_fastest():
    points = points_of({"lr": [0.1, 1.0], "options.hidden": [10, 30]})
    assert list(points) == [
        "lr=0.1,options.hidden=10",
        "lr=0.1,options.hidden=30",
        "lr=1,options.hidden=10",
        "lr=1,options.hidden=30",
    ]
    assert points["lr=1,options.hidden=10"] == {"lr": 1.0, "options.hidden": 10}


def test_a_point_changes_a_recipe_and_its_options():
    changed = merged(RECIPE, {"lr": 3, "options.hidden": 5})
    assert changed == RECIPE | {"lr": 3, "options": {"hidden": 5, "depth": 2}}
    assert RECIPE["options"] == {"hidden": 30, "depth": 2}


def test_what_is_swept_is_not_shared():
    assert without(RECIPE, ["lr", "options.hidden"]) == {"model": "mlp", "epochs": 4, "options": {"depth": 2}}


def test_the_own_point_has_what_the_recipe_says():
    assert own(RECIPE, ["options.hidden", "lr"]) == {"options.hidden": 30, "lr": 0.1}
    assert own(RECIPE, ["lr", "options.width"]) == {"lr": 0.1}
    assert name_of(own(RECIPE, ["lr", "options.depth"])) == "lr=0.1,options.depth=2"


def sweep(points, seeds, size):
    return Sweep(recipe={}, own="", over={"lr": list(range(points))}, seeds=seeds, runs_per_job=size)


@pytest.mark.parametrize(
    ("points", "seeds", "size", "blocks"),
    [
        (3, 2, 4, ["0-3", "4-5"]),
        (3, 2, 50, ["0-5"]),
        (2, 1, 1, ["0-0", "1-1"]),
        (4, 5, 10, ["0-9", "10-19"]),
    ],
)
def test_blocks_share_out_the_runs(points, seeds, size, blocks):
    assert sweep(points, seeds, size).blocks == blocks


@pytest.mark.parametrize("size", [1, 2, 3, 4, 7, 100])
def test_every_run_is_in_one_block(size):
    swept = sweep(points=5, seeds=3, size=size)
    runs = [
        (run, point["point"], point["settings"]["lr"], seed)
        for block in swept.blocks
        for point in swept.runs_of(block)
        for run, seed in point["seeds"].items()
    ]
    assert runs == [(3 * lr + seed, f"lr={lr}", lr, seed) for lr in range(5) for seed in range(3)]


def test_a_block_may_begin_and_end_within_a_point():
    assert sweep(points=3, seeds=3, size=5).runs_of("5-8") == [
        {"point": "lr=1", "settings": {"lr": 1}, "seeds": {5: 2}},
        {"point": "lr=2", "settings": {"lr": 2}, "seeds": {6: 0, 7: 1, 8: 2}},
    ]


def test_points_added_at_the_end_leave_full_blocks_as_they_are():
    before, after = sweep(points=4, seeds=2, size=4), sweep(points=6, seeds=2, size=4)
    assert [after.runs_of(block) for block in before.blocks] == [before.runs_of(block) for block in before.blocks]
