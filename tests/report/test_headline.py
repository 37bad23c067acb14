import pytest

from ladder.report.headline import best, headline
from tests.report.compared import row_of

CHANCE = {"mark": "chance", "word": "at chance", "why": ""}
DIVERGED = {"mark": "diverged", "word": "diverged", "why": ""}
MAJORITY = {"class": "7", "accuracy": 0.5044}


def rung(name, mean, *marks, margin=0.01, baseline=False, seeds=5):
    if mean is None:
        return {"name": name, "accuracy": None, "low": None, "high": None, "baseline": baseline, "marks": list(marks)}
    spread = {"mean": mean, "low": None, "high": None, "n": 1 if baseline else seeds}
    overall = {"accuracy": spread, "balanced_accuracy": {"mean": 0.75}}
    ends = {"low": mean - margin, "high": min(mean + margin, 1.0)}
    return {"name": name, "accuracy": spread, "baseline": baseline, "marks": list(marks), "overall": overall} | ends


def pixels(name, mean, *marks):
    return rung(name, mean, *marks, baseline=True)


MOST = pixels("majority", 0.5044, {"mark": "one_class", "word": "one class", "why": ""})


def told(*ladder, apart=0.005, unequal=False, **columns):
    """The sentence of a ladder in which two rungs are distinguishable if they are more than `apart` apart."""
    top, finished = best(ladder), {each["name"]: each["accuracy"]["mean"] for each in ladder if each["accuracy"]}
    pairs = [
        row_of(name, top, mean - finished[top], finished[top] - mean > apart, **columns) | {"kind": "best"}
        for name, mean in finished.items()
        if top not in (None, name)
    ]
    against = [{"rung": name, "other": "majority", "kind": "chance"} for name in finished if name != "majority"]
    return headline(list(ladder), 2038, [*pairs, *against], MAJORITY, unequal)


def test_the_best_rung_the_next_and_the_best_pixel_similarity():
    ladder = [
        MOST,
        pixels("pixel_l1", 0.95),
        pixels("pixel_l2", 0.96),
        rung("cnn", 0.998, margin=0.0025),
        rung("mlp", 0.98, margin=0.01),
    ]
    assert told(*ladder) == (
        "On 2,038 validation images, cnn is right on 99.80% (95% interval 99.55% to 100.00%, 5 seeds); it is better "
        "than mlp by 1.80 points (95% interval 0.80 to 2.80); the best baseline, pixel_l2, is right on 96.00% (95% "
        "interval 95.00% to 97.00%)."
    )


CLOSE = (pixels("pixel_l2", 0.96), rung("mlp", 0.994), rung("cnn", 0.998))
BEGIN = "On 2,038 validation images, cnn is right on 99.80% (95% interval 98.80% to 100.00%, 5 seeds); it is "
END = "; the best baseline, pixel_l2, is right on 96.00% (95% interval 95.00% to 97.00%)."


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            {"seeds_needed": 12, "images_needed": 30_000},
            "; to tell such a difference takes about 12 seeds each or 30,000 validation images",
        ),
        (
            {},
            "; no number of seeds alone, and no number of images alone, would tell such a difference",
        ),
    ],
)
def test_a_lead_that_is_chance_is_called_so_with_what_would_decide_it(columns, said):
    assert told(*CLOSE, **columns) == (
        f"{BEGIN}not distinguishable from mlp (+0.40 points, 95% interval −0.60 to +1.40){said}{END}"
    )


def test_a_lead_within_the_margin_is_called_so():
    assert told(*CLOSE, equivalent=True) == (
        f"{BEGIN}the same as mlp within 0.25 points (+0.40 points, 95% interval −0.60 to +1.40){END}"
    )


def test_a_lead_of_one_seed_is_said_to_be_for_other_images():
    ladder = (pixels("pixel_l2", 0.96), rung("mlp", 0.97, seeds=1), rung("cnn", 0.998, seeds=1))
    assert told(*ladder, one_seed=True) == (
        "On 2,038 validation images, cnn is right on 99.80% (95% interval 98.80% to 100.00%, 1 seed); it is ahead of "
        "mlp by 2.80 points (95% interval for other images 1.80 to 3.80); the best baseline, pixel_l2, is right on "
        "96.00% (95% interval 95.00% to 97.00%)."
    )
    close = told(*ladder, one_seed=True, apart=0.03)
    assert "it is not distinguishable from mlp (+2.80 points, 95% interval for other images +1.80 to +3.80); " in close
    assert "takes about" not in close


def test_the_nearest_rung_is_told_not_the_next_in_the_ladder():
    text = told(rung("mlp", 0.99), pixels("pixel_l2", 0.96), rung("cnn", 0.998))
    assert "it is better than mlp by 0.80 points" in text


def test_a_trained_rung_that_does_not_beat_the_baseline_is_told():
    assert told(pixels("pixel_l2", 0.96), rung("mlp", 0.962)).endswith(
        "; it does not beat the best baseline, pixel_l2, which is right on 96.00% (95% interval 95.00% to 97.00%)."
    )


def test_a_baseline_that_is_the_best_rung_is_told():
    assert told(
        MOST, pixels("pixel_l2", 0.5667), rung("line", 0.52, margin=0.01), rung("mlp", 0.5, CHANCE, margin=0.0)
    ) == (
        "On 2,038 validation images, pixel_l2, a baseline, is right on 56.67% (95% interval 55.67% to 57.67%); it is "
        "better than line by 4.67 points (95% interval 3.67 to 5.67); no trained rung beats it: the best of them, "
        "line, is right on 52.00% (95% interval 51.00% to 53.00%, 5 seeds); marked, and so no competitor, is mlp (at "
        "chance)."
    )
    assert "; no trained rung beats it, since all of them are marked; " in told(
        pixels("pixel_l2", 0.6), rung("mlp", 0.5, CHANCE)
    )


def test_a_marked_rung_is_named_and_is_no_competitor():
    ladder = [
        MOST,
        pixels("pixel_l2", 0.6),
        rung("cnn", 0.9),
        rung("wild", 0.95, DIVERGED),
        rung("gone", None, DIVERGED),
    ]
    text = told(*ladder)
    assert text.startswith(
        "On 2,038 validation images, cnn is right on 90.00% (95% interval 89.00% to 91.00%, 5 seeds); it is better "
        "than pixel_l2 by 30.00 points"
    )
    assert text.endswith(
        "; the best baseline, pixel_l2, is right on 60.00% (95% interval 59.00% to 61.00%); marked, and so no "
        "competitors, are wild, gone (diverged)."
    )
    assert "majority" not in text


def test_without_pixel_similarity_the_most_frequent_class_is_told():
    for ladder in ([MOST, rung("cnn", 0.9)], [rung("cnn", 0.9)]):
        assert told(*ladder).endswith("; always the most frequent class is right on 50.44%.")


def test_where_classes_have_unequal_sizes_balanced_accuracy_and_the_most_frequent_class_are_told():
    ladder = [MOST, pixels("pixel_l2", 0.96), rung("cnn", 0.998)]
    assert told(*ladder, unequal=True) == (
        "On 2,038 validation images, cnn is right on 99.80% (95% interval 98.80% to 100.00%, 5 seeds); its balanced "
        "accuracy is 75.00%; it is better than pixel_l2 by 3.80 points (95% interval 2.80 to 4.80); the best baseline, "
        "pixel_l2, is right on 96.00% (95% interval 95.00% to 97.00%); always the most frequent class is right on "
        "50.44%."
    )
    for each in ladder:
        del each["overall"]["balanced_accuracy"]
    assert "balanced" not in told(*ladder, unequal=True)


@pytest.mark.parametrize("trained", [[], [rung("mlp", 0.5, CHANCE), rung("gone", None, DIVERGED)]])
def test_where_all_rungs_are_marked_it_is_said_plainly(trained):
    text = told(MOST, pixels("pixel_l2", 0.51, CHANCE), *trained)
    names = (
        "majority (one class), pixel_l2, mlp (at chance), gone (diverged)"
        if trained
        else "majority (one class), pixel_l2 (at chance)"
    )
    assert text == (
        f"On 2,038 validation images no rung is a result: all are marked, {names}; always the most "
        "frequent class is right on 50.44%."
    )


def test_a_ladder_of_baselines_alone():
    assert told(MOST, pixels("pixel_l1", 0.95), pixels("pixel_l2", 0.96)) == (
        "On 2,038 validation images, pixel_l2, a baseline, is right on 96.00% (95% interval 95.00% to 97.00%); it is "
        "better than pixel_l1 by 1.00 points (95% interval 0.00 to 2.00)."
    )
    assert told(pixels("pixel_l1", 0.95)) == (
        "On 2,038 validation images, pixel_l1, a baseline, is right on 95.00% (95% interval 94.00% to 96.00%)."
    )


def test_of_many_marked_rungs_a_few_are_named():
    many = [rung(f"r{number}", 0.5, CHANCE) for number in range(7)]
    assert told(rung("cnn", 0.9), *many).endswith(
        "; marked, and so no competitors, are r0, r1, r2, r3, r4 and 2 more (at chance)."
    )


def test_a_close_verdict_is_said_to_be_close():
    sentence = told(MOST, rung("cnn", 0.998), rung("mlp", 0.98), detectable=0.02)
    assert "; this verdict is close: another study of the same size may not find it; " in sentence
    assert "close" not in told(MOST, rung("cnn", 0.998), rung("mlp", 0.98), detectable=0.018)


def test_where_no_difference_was_seen_nothing_is_said_of_telling_it():
    assert "would tell such a difference" in told(MOST, rung("cnn", 0.98), rung("mlp", 0.979))
    assert "would tell such a difference" not in told(MOST, rung("cnn", 0.98), rung("mlp", 0.98))
