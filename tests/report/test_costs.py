from pathlib import Path

import jinja2
import pandas as pd
import pytest

from ladder.report import costs, page

HEADER = ["s", "h:m:s", "max_rss", "max_vms", "max_uss", "max_pss", "io_in", "io_out", "mean_load", "cpu_time"]


def rung(name, accuracy, seconds, baseline=False):
    return {"name": name, "accuracy": accuracy, "seconds": seconds, "baseline": baseline}


@pytest.fixture
def job(tmp_path):
    """`job(rule, name, seconds, cpu, mebibytes, variant, own)`: a job whose benchmark and costs files are written."""

    def write(rule, name, seconds=None, cpu=1.0, mebibytes=100.0, variant=None, own=None):
        benchmark, written = tmp_path / f"{name}.tsv", tmp_path / f"{name}.csv"
        if seconds is not None:
            values = [seconds, "0:00:01", mebibytes, 1, 1, 1, 0, 0, 50, cpu]
            benchmark.write_text("\t".join(HEADER) + "\n" + "\t".join(map(str, values)) + "\n")
        if own is not None:
            seeds = [[*seed, None][:3] for seed in own]
            pd.DataFrame(seeds, columns=["cpu_seconds", "peak_megabytes", "peak_gpu_megabytes"]).to_csv(
                written, index=False
            )
        kept = {"benchmark": str(benchmark), "costs": None if own is None else str(written)}
        return {"rule": rule, "variant": variant} | kept

    return write


def rows(jobs):
    return {row["variant"] or row["rule"]: row for row in costs.used(jobs)}


def test_jobs_are_added_up_by_rule_and_by_variant(job):
    jobs = [
        job("tensorize", "tensorize", 2.0, cpu=1.0, mebibytes=100.0),
        job("train", "a0", 10.0, variant="a", own=[[3.0, 400.0], [6.0, 500.0]]),
        job("train", "a1", 12.0, variant="a", own=[[5.0, 450.0]]),
        job("train", "b0", 20.0, variant="b", own=[[8.0, 900.0]]),
    ]
    summed = rows(jobs)
    assert list(summed) == ["tensorize", "train", "a", "b", "all"]
    assert [row["jobs"] for row in summed.values()] == [1, 3, 2, 1, 4]
    assert [row["seconds"] for row in summed.values()] == [2.0, 42.0, 22.0, 20.0, 44.0]
    assert [row["cpu"] for row in summed.values()] == [1.0, 19.0, 11.0, 8.0, 20.0]
    assert [row["megabytes"] for row in summed.values()] == pytest.approx([104.8576, 900.0, 500.0, 900.0, 900.0])
    assert [row["share"] for row in summed.values()] == pytest.approx([0.05, 0.95, 0.55, 0.4, 1.0])


def test_what_was_not_measured_is_none_and_no_zero(job):
    summed = rows([job("export", "gone"), job("figure", "f0", 1.0), job("figure", "f1"), job("chapter", "short", 0.4)])
    assert {key: summed["export"][key] for key in ("seconds", "cpu", "megabytes", "share")} == dict.fromkeys(
        ("seconds", "cpu", "megabytes", "share")
    )
    assert (summed["figure"]["measured"], summed["figure"]["jobs"], summed["figure"]["seconds"]) == (1, 2, 1.0)
    assert (summed["chapter"]["seconds"], summed["chapter"]["cpu"], summed["chapter"]["megabytes"]) == (0.4, None, None)


def test_a_job_that_was_not_sampled_has_seconds_alone(job):
    row = rows([job("evaluate", "unseen", 1.5, cpu="NA", mebibytes="NA")])["evaluate"]
    assert (row["seconds"], row["cpu"], row["megabytes"], row["share"]) == (1.5, None, None, None)


def test_costs_that_are_elsewhere_leave_what_snakemake_sampled(job):
    gone = job("train", "gone", 10.0, cpu=4.0, mebibytes=100.0, variant="a", own=[[6.0, 500.0]])
    Path(gone["costs"]).unlink()
    row = rows([gone])["a"]
    assert (row["seconds"], row["cpu"], row["megabytes"]) == (10.0, 4.0, pytest.approx(104.8576))


def test_a_job_of_which_every_seed_failed_has_what_snakemake_sampled(job):
    summed = rows(
        [
            job("train", "a0", 10.0, cpu=2.0, variant="a", own=[]),
            job("train", "b0", 5.0, variant="b", own=[[3.0, 400.0]]),
        ]
    )
    assert (summed["a"]["cpu"], summed["b"]["cpu"], summed["all"]["cpu"]) == (2.0, 3.0, 5.0)
    assert summed["a"]["megabytes"] == pytest.approx(104.8576)


def test_words_on_jobs_name_the_share_of_training_and_the_dearest_variant(job):
    jobs = [
        job("tensorize", "tensorize", 2.0, cpu=1.0),
        job("train", "a", 30.0, variant="a", own=[[5.0, 1.0]]),
        job("train", "b", 1200.0, variant="b", own=[[14.0, 1.0]]),
    ]
    assert list(costs.sentence_on_jobs(costs.used(jobs))) == [
        "The 3 jobs before this report took 1,232 seconds in all and used 20.0 CPU seconds, 95% of them in training "
        "and 70% in the training of b alone."
    ]
    measured = costs.used([*jobs[:2], job("export", "gone")])
    assert list(costs.sentence_on_jobs(measured)) == [
        "The 2 of 3 jobs that were measured before this report took 32.0 seconds in all and used 6.00 CPU seconds, "
        "83% of them in training."
    ]
    assert list(costs.sentence_on_jobs(costs.used([job("export", "gone")]))) == []


def spent_on(**gpus):
    """Rows of costs.csv: the GPU and driver of each variant."""
    rows = [{"variant": name, "gpu": gpu, "driver": driver} for name, (gpu, driver) in gpus.items()]
    return pd.DataFrame(rows * 2)


@pytest.mark.parametrize(
    ("spent", "sentences"),
    [
        (spent_on(pixel=("", ""), mlp=("", "")), []),
        (
            spent_on(pixel=("", ""), mlp=("NVIDIA L4", "580.95.05"), cnn=("NVIDIA L4", "580.95.05")),
            ["Training ran on NVIDIA L4 (driver 580.95.05)."],
        ),
        (spent_on(mlp=("NVIDIA L4", "")), ["Training ran on NVIDIA L4."]),
        (
            spent_on(
                mlp=("NVIDIA L4", "580.95.05"), resnet18=("NVIDIA H100", "575.57.08"), cnn=("NVIDIA L4", "580.95.05")
            ),
            [
                "Training ran on GPUs or drivers that differ, whose seconds do not compare: mlp, cnn on NVIDIA L4 "
                "(driver 580.95.05); resnet18 on NVIDIA H100 (driver 575.57.08)."
            ],
        ),
    ],
)
def test_words_on_gpus_name_each_with_its_driver(spent, sentences):
    assert list(costs.sentence_on_gpus(spent)) == sentences


def test_peak_gpu_memory_is_the_largest_of_a_variants_jobs(job):
    jobs = [
        job("tensorize", "tensorize", 2.0),
        job("baseline", "baseline", 2.0, own=[[1.0, 90.0]]),
        job("train", "a0", 10.0, variant="a", own=[[3.0, 400.0, 11.0], [6.0, 500.0, 12.0]]),
        job("train", "b0", 20.0, variant="b", own=[[8.0, 900.0, 1234.5]]),
    ]
    peaks = {name: row["gpu_megabytes"] for name, row in rows(jobs).items()}
    assert peaks == {"tensorize": None, "baseline": None, "train": 1234.5, "a": 12.0, "b": 1234.5, "all": 1234.5}
    assert rows(jobs[:2])["all"]["gpu_megabytes"] is None


def section(rules):
    """The section as HTML, with these rows in its table of rules."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(page.FOLDER), undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    templates.filters |= {"digits": costs.digits, "percent": page.percent}
    context = {"rungs": [], "rules": rules, "sentences": []}
    return templates.get_template("_costs.html.j2").render(costs=context, timings={})


def test_a_study_on_gpus_has_a_column_for_their_memory_and_another_has_none(job):
    on_gpu = [job("chapter", "c", 2.0), job("train", "g0", 10.0, variant="a", own=[[3.0, 400.0, 1234.5]])]
    on_cpu = [job("chapter", "c", 2.0), job("train", "c0", 10.0, variant="a", own=[[3.0, 400.0]])]
    with_gpus, without = section(costs.used(on_gpu)), section(costs.used(on_cpu))
    assert "GPU MB" in with_gpus
    assert "GPU memory is" in with_gpus
    assert with_gpus.count("<td>1,234</td>") == 3  # in the rows of the rule, of the variant, and of all
    assert "GPU MB" not in without
    assert "GPU memory is" not in without
    assert with_gpus.count("<td") == without.count("<td") + len(costs.used(on_gpu))


@pytest.mark.parametrize(
    ("rungs", "sentence"),
    [
        (
            [rung("mlp", 0.98, 2.0), rung("resnet18", 0.997, 64.0), rung("cnn", 0.998, 12.8)],
            "The most accurate rung, cnn, trains for 12.8 seconds per seed: 0.2 of the time of resnet18, which is "
            "second in accuracy and costs the most.",
        ),
        (
            [rung("slow", 0.9, 512.0), rung("mlp", 0.98, 0.5), rung("cnn", 0.998, 12.8)],
            "The most accurate rung, cnn, trains for 12.8 seconds per seed: 26 times the time of mlp, the second in "
            "accuracy, and 0.025 of the time of slow, which costs the most.",
        ),
        (
            [rung("mlp", 0.98, 2.0), rung("resnet18", 0.997, 7.0)],
            "The most accurate rung, resnet18, trains for 7.00 seconds per seed: 3.5 times the time of mlp, the second "
            "in accuracy. No rung costs more.",
        ),
        ([rung("pixel_l1", 0.95, 0.01, baseline=True)], "pixel_l1 trains for 0.0100 seconds."),
    ],
)
def test_words_on_rungs_follow_from_their_numbers(rungs, sentence):
    assert list(costs.sentence_on_rungs(rungs)) == [sentence]


def test_the_frontier_has_the_rungs_that_no_other_beats_in_both():
    ladder = [
        {"name": name, "baseline": False, "accuracy": {"mean": mean, "n": 1}, "low": mean, "high": mean}
        | {"marks": ["at chance"] if name == "marked" else []}
        for name, mean in (
            ("marked", 0.5),
            ("fast", 0.9),
            ("as_fast", 0.8),
            ("best", 1.0),
            ("slower", 1.0),
            ("middle", 0.95),
            ("bad", 0.9),
        )
    ]
    seconds = {"marked": 0.1, "fast": 1.0, "as_fast": 1.0, "best": 9.0, "slower": 10.0, "middle": 3.0, "bad": 4.0}
    spent = pd.DataFrame(seconds.items(), columns=["variant", "train_seconds"])
    by_name = {rung["name"]: rung for rung in costs.seconds_of_rungs(ladder, spent, 100)}
    assert [name for name, rung in by_name.items() if rung["frontier"]] == ["fast", "best", "middle"]
    assert [name for name, rung in by_name.items() if rung["marked"]] == ["marked"]
    assert by_name["best"]["error"] == 0.005  # no image of 100 is wrong, which is drawn as half an image


def test_two_rungs_that_are_alike_are_both_on_the_frontier():
    assert not costs.dominates(rung("a", 0.9, 1.0), rung("b", 0.9, 1.0))


def test_a_rung_has_its_spread_of_seconds_and_its_interval_of_errors():
    # The interval of the accuracy's mean over seeds is not shown: another study would have other images too.
    accuracy = {"mean": 0.9, "low": 0.89, "high": 0.91, "n": 2}
    about = {"baseline": False, "accuracy": accuracy, "marks": []}
    ladder = [{"name": "a", "low": 0.0, "high": 1.0} | about, {"name": "b", "low": 0.8, "high": 0.95} | about]
    spent = pd.DataFrame({"variant": ["a", "a", "b"], "train_seconds": [1.0, 4.0, 2.0]})
    first, second = costs.seconds_of_rungs(ladder, spent, 1000)
    assert (first["seconds"], first["least"], first["most"]) == (2.5, 1.0, 4.0)
    assert (first["error"], first["low"], first["high"]) == pytest.approx((0.1, 0.0005, 1.0))
    assert (second["error"], second["low"], second["high"]) == pytest.approx((0.1, 0.05, 0.2))


@pytest.mark.parametrize(("number", "text"), [(0.02091, "0.0209"), (12.84, "12.8"), (99.96, "100"), (1234.5, "1,234")])
def test_numbers_have_three_digits(number, text):
    assert costs.digits(number) == text
