import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml
from safetensors.numpy import load_file

from ladder.formats import scores

RUN = ("--cores", "2", "--configfile", "overlay.yaml")
VALID = 699


@pytest.fixture(scope="module")
def results(study):
    return study.results("mnist_tiny")


@pytest.fixture(scope="module")
def metrics(results):
    return pd.read_csv(results / "evaluate/metrics.csv", dtype={"class": str}, keep_default_na=False)


def seeds_of(results, variant):
    by_seed = {}
    for path in sorted((results / "train" / variant).glob("*/scores.parquet")):
        by_seed |= scores.read(path)[1]
    return by_seed


def test_the_tensors_hold_every_labelled_image(results):
    counts = {}
    for split in ("train", "valid"):
        arrays = load_file(results / f"tensorize/{split}.safetensors")
        assert arrays["images"].shape == (len(arrays["labels"]), 28, 28)
        counts[split] = np.bincount(arrays["labels"]).tolist()
    assert counts == {"train": [346, 363], "valid": [346, 353]}
    facts = json.loads((results / "tensorize/facts.json").read_text())
    assert facts["classes"] == ["3", "7"]
    assert facts["passed_over"] == 22


def test_every_variant_has_weights_and_history_of_both_seeds(results, variants):
    for variant in variants:
        weights, epochs = {}, []
        for block in (results / "train" / variant).iterdir():
            weights |= load_file(block / "weights.safetensors")
            epochs.append(pd.read_csv(block / "history.csv"))
        assert {name.partition(".")[0] for name in weights} == {"seed0", "seed1"}, variant
        history = pd.concat(epochs)
        assert sorted(zip(history["seed"], history["epoch"])) == [(0, 0), (1, 0)], variant
        assert np.isfinite(history[["train_loss", "valid_loss"]].to_numpy()).all()
        first, second = ([weights[name] for name in sorted(weights) if name.startswith(f"seed{n}.")] for n in (0, 1))
        assert any((a != b).any() for a, b in zip(first, second, strict=True)), f"{variant}: the seeds are all alike"


def test_the_last_accuracy_of_a_history_is_that_of_its_scores(results, variants, metrics):
    accuracies = metrics[metrics["metric"] == "accuracy"].set_index(["variant", "seed"])["value"].astype(float)
    for variant in variants:
        for path in (results / "train" / variant).glob("*/history.csv"):
            for row in pd.read_csv(path).itertuples():
                assert row.accuracy == pytest.approx(accuracies[variant, row.seed], abs=1e-6), variant


def test_metrics_follow_from_the_scores(results, metrics):
    rungs = list(dict.fromkeys(metrics["variant"]))
    assert rungs[:3] == ["majority", "pixel_l1", "pixel_l2"]
    for rung in rungs[3:]:
        for seed, (labels, predicted) in seeds_of(results, rung).items():
            assert len(labels) == VALID
            rows = metrics[(metrics["variant"] == rung) & (metrics["seed"] == seed)]
            right = rows.loc[rows["metric"] == "accuracy", "value"].astype(float).item()
            assert right == pytest.approx((predicted.argmax(1) == labels).mean())


def test_probabilities_sum_to_one_and_others_have_no_log_loss(results, variants, metrics):
    with_loss = set(metrics.loc[metrics["metric"] == "log_loss", "variant"])
    assert with_loss == {"majority"} | {name for name, variant in variants.items() if variant["loss"] != "mse"}
    for variant in with_loss - {"majority"}:
        for _, predicted in seeds_of(results, variant).values():
            np.testing.assert_allclose(predicted.sum(1), 1, atol=1e-9)


def test_the_summary_is_the_mean_over_seeds(results, metrics):
    summary = pd.read_csv(results / "evaluate/summary.csv", dtype={"class": str}, keep_default_na=False, na_values="-")
    defined = metrics[metrics["value"] != ""].assign(value=lambda table: table["value"].astype(float))
    means = defined.groupby(["variant", "metric", "class"])["value"].agg(["mean", "count"])
    for row in summary.to_dict("records"):
        key = (row["variant"], row["metric"], row["class"])
        assert float(row["mean"]) == pytest.approx(means.loc[key, "mean"])
        assert row["n"] == means.loc[key, "count"]
    told = json.loads((results / "evaluate/summary.json").read_text())
    assert told["images"] == VALID
    assert told["rungs"]["cnn"]["accuracy"]["n"] == 2
    assert told["rungs"]["pixel_l1"]["accuracy"]["n"] == 1


def test_each_confusion_matrix_counts_every_image(results):
    confusion = pd.read_csv(results / "evaluate/confusion.csv")
    assert (confusion.groupby(["variant", "seed"])["images"].sum() == VALID).all()


def test_parquet_and_csv_say_the_same(results):
    for name in ("metrics", "summary", "confusion", "mistakes", "validation", "comparison", "calibration", "marks"):
        csv = pd.read_csv(results / f"evaluate/{name}.csv", dtype=str, keep_default_na=False)
        parquet = pq.read_table(results / f"evaluate/{name}.parquet").to_pandas()
        assert list(csv.columns) == list(parquet.columns)
        assert len(csv) == len(parquet) > 0


def test_mistakes_are_mistakes(results):
    index = pd.read_csv(results / "tensorize/index.csv", dtype=str)
    paths = index.loc[index["split"] == "valid"].set_index("position")["path"]
    mistakes = pd.read_csv(results / "evaluate/mistakes.csv", dtype={"class": str, "predicted": str, "image": str})
    assert (mistakes["wrong"] > 0).all()
    assert (mistakes["class"] != mistakes["predicted"]).all()
    assert (paths[mistakes["image"]].to_numpy() == mistakes["path"].to_numpy()).all()


def test_the_report_is_one_page_that_asks_for_nothing(results, variants):
    page = (results / "report.html").read_text()
    assert not re.findall(r"""(?:src|href)=["']?(?!#|data:)[^"'\s>]+""", page)
    assert not re.findall(r"@import|url\((?!#|data:)", page)
    figures = yaml.safe_load((results.parents[1] / "config.yaml").read_text())["figures"]
    assert sorted(re.findall(r'<figure id="figure-(\w+)">', page)) == sorted(set(figures) - {"mistakes"})
    assert page.count("<svg") == len(figures) - 1  # the page has a gallery in place of the figure of mistakes
    for rung in ("pixel_l1", "pixel_l2", *variants):
        assert f'id="rung-{rung}"' in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    summary = json.loads((results / "evaluate/summary.json").read_text())
    assert f"{100 * summary['rungs']['cnn']['accuracy']['mean']:.2f}%" in page


def test_the_report_gives_a_verdict_on_every_pair(results, variants):
    page = (results / "report.html").read_text()
    section = page[page.index('<section id="trust">') : page.index('<section id="data">')]
    verdicts = re.findall(r"<td>(better|worse|ahead|behind|equivalent|not distinguishable)</td>", section)
    comparison = pd.read_csv(results / "evaluate/comparison.csv")
    pairs = len(variants) + 2  # pairs of one rung with every other, of three baselines and all variants
    kinds = comparison["kind"].value_counts()
    assert kinds[["adjacent", "best", "chance"]].tolist() == [pairs] * 3
    assert len(verdicts) == len(comparison) == 3 * pairs + kinds["idea"]
    assert not comparison["one_seed"].any()
    assert not {"ahead", "behind"} & set(verdicts)
    undecided = ~comparison["distinguishable"] & ~comparison["equivalent"]
    assert verdicts.count("not distinguishable") == undecided.sum()
    assert verdicts.count("equivalent") == (comparison["equivalent"] & ~comparison["distinguishable"]).sum()
    assert comparison.loc[~undecided, ["seeds_needed", "images_needed"]].isna().all(axis=None)
    lead = page[page.index('<p class="lead">') :].partition("</p>")[0]
    said = ("; it is better than ", "; it is not distinguishable from ", "; it is the same as ")
    assert sum(words in lead for words in said) == 1
    assert "(95% interval " in lead


def test_runs_of_twins_are_compared_seed_by_seed(results, metrics):
    accuracies = metrics[metrics["metric"] == "accuracy"].astype({"value": float})
    accuracies = accuracies.pivot(index="variant", columns="seed", values="value").astype(float)
    comparison = pd.read_csv(results / "evaluate/comparison.csv").set_index(["rung", "other", "kind"])
    row = comparison.loc["linear_sgd", "linear_optim", "adjacent"]
    pairs = accuracies.loc["linear_sgd", [0, 1]] - accuracies.loc["linear_optim", [0, 1]]
    assert row["seed_variance"] == pytest.approx(pairs.var() / 2, abs=1e-15)
    apart = comparison.loc["resnet18", "mlp", "adjacent"]
    expected = accuracies.loc["resnet18", [0, 1]].var() / 2 + accuracies.loc["mlp", [0, 1]].var() / 2
    assert apart["seed_variance"] == pytest.approx(expected, abs=1e-15)


def test_what_an_idea_buys_is_in_the_comparison_with_the_same_verdict(results):
    page = (results / "report.html").read_text()
    chapter = page[page.index('<section id="ideas">') :].partition("</table>")[0]
    shown = re.findall(r'#rung-(\w+)">\w+</a><br>.*?#rung-(\w+)">\w+</a><br>.*?<td>([a-z ]+)</td></tr>', chapter)
    comparison = pd.read_csv(results / "evaluate/comparison.csv").set_index(["kind", "rung", "other"])
    assert len(shown) >= 2
    for without, within, verdict in shown:
        row = comparison.loc["idea", within, without]
        same = "equivalent" if row["equivalent"] else "not distinguishable"
        assert verdict == (("better" if row["difference"] > 0 else "worse") if row["distinguishable"] else same)


def test_the_majority_is_marked_and_no_competitor(results):
    marks = pd.read_csv(results / "evaluate/marks.csv")
    assert tuple(marks.iloc[0][["variant", "place", "mark"]]) == ("majority", 0, "one_class")
    page = (results / "report.html").read_text()
    assert re.search(r'majority</a><br><span class="mark" title="[^"]+">one class</span>', page)
    assert "`majority` (one class)" in (results / "summary.md").read_text()
    lead = page[page.index('<p class="lead">') :].partition("</p>")[0]
    assert "majority" not in lead


def test_the_figures_are_well_formed(results):
    for path in sorted((results / "figures").glob("*.svg")):
        root = ET.parse(path).getroot()
        assert root.tag.endswith("svg")
        if path.stem in ("samples", "means", "weights", "mistakes"):
            assert len(root.findall(".//{*}image")) == 1, path.name  # a sheet of all images
        else:
            assert len(list(root.iter())) > 50, path.name
        assert path.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_logs_hold_a_line_an_epoch(results):
    log = (results / "logs/train/linear/0-1.log").read_text()
    assert re.search(r"linear_optim seed 1 epoch 1/1: train loss 0\.\d{4}, valid loss 0\.\d{4}, accuracy 0\.\d{4}", log)


def test_a_second_run_has_nothing_to_do(study):
    assert study.waiting(*RUN) == {}


def test_touched_files_and_new_comments_rerun_nothing(study):
    for path in (study.folder / "workflow").rglob("*.*"):
        path.touch()
    for path in study.results("mnist_tiny").glob("tensorize/*"):
        path.touch()
    study.edit("workflow/ladder/train.py", "import importlib", "# a remark\nimport importlib")
    assert study.waiting(*RUN) == {}


def test_an_edited_figure_redraws_its_section_and_the_page(study):
    path = "workflow/ladder/figures/samples.py"
    study.edit(path, "GAP = 0.04", "GAP = 0.05")
    assert study.waiting(*RUN) == {"figures_data": 1, "report": 1, "all": 1}
    study.edit(path, "GAP = 0.05", "GAP = 0.04")
    assert study.waiting(*RUN) == {}


def test_an_edited_model_retrains_its_variants(study, variants):
    path = "workflow/ladder/models/mlp.py"
    study.edit(path, "nn.ReLU()", "nn.GELU()")
    jobs = study.waiting(*RUN)
    assert {rule for rule in jobs if rule.startswith("train_")} == {"train_mlp"}
    assert "tensorize" not in jobs
    assert "baseline" not in jobs
    study.edit(path, "nn.GELU()", "nn.ReLU()")


def test_an_edited_metric_reruns_evaluation_and_no_training(study):
    path = "workflow/ladder/evaluation/tallies.py"
    study.edit(path, "BINS = 15", "BINS = 10")
    jobs = study.waiting(*RUN)
    assert jobs["evaluate"] == 1
    assert not any(rule.startswith("train_") for rule in jobs)
    study.edit(path, "BINS = 10", "BINS = 15")


def test_an_edited_export_reruns_itself_and_the_page(study):
    path = "workflow/ladder/export.py"
    study.edit(path, "LARGEST = 1_000_000", "LARGEST = 900_000")
    assert study.waiting(*RUN) == {"export": 1, "report": 1, "all": 1}
    study.edit(path, "LARGEST = 900_000", "LARGEST = 1_000_000")


def test_an_edited_script_of_the_page_renders_the_page_alone(study):
    path = "workflow/ladder/report/try_it.js"
    study.edit(path, "const PEN = 24", "const PEN = 20")
    assert study.waiting(*RUN) == {"report": 1, "all": 1}
    study.edit(path, "const PEN = 20", "const PEN = 24")


def test_settings_that_trade_places_are_noticed(study):
    overlay = yaml.safe_load((study.folder / "overlay.yaml").read_text())
    overlay["variants"]["cnn"] |= {"lr": 0.1, "weight_decay": 0.01}
    (study.folder / "swapped.yaml").write_text(yaml.safe_dump(overlay))
    assert study.waiting("--cores", "2", "--configfile", "swapped.yaml")["train_cnn"] == 1


def test_a_variants_description_retrains_nothing(study):
    overlay = yaml.safe_load((study.folder / "overlay.yaml").read_text())
    overlay["variants"]["cnn"]["about"] = "Another sentence."
    (study.folder / "described.yaml").write_text(yaml.safe_dump(overlay))
    assert study.waiting("--cores", "2", "--configfile", "described.yaml") == {"report": 1, "all": 1}


def test_the_report_alone_comes_back_with_the_same_bytes(study):
    page = study.results("mnist_tiny") / "report.html"
    before = page.read_bytes()
    page.unlink()
    assert study.waiting("report", *RUN) == {"report": 1}
    study.snakemake("report", *RUN)
    assert page.read_bytes() == before


def test_snakemakes_own_report_shows_the_figures(study):
    study.snakemake("--report", "own.html", *RUN)
    page = (study.folder / "own.html").read_text()
    captions = [path for path in (study.folder / "workflow/report").glob("*.rst") if path.stem in page]
    assert len(captions) >= 8
    assert "the bar its 95% interval" in page
    assert "Learning curves" in page
    assert "Mistakes" in page


def test_a_study_that_is_moved_has_nothing_to_do(study, tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.copytree(study.folder, moved)
    printed = subprocess.run(
        [sys.executable, "-m", "snakemake", "-n", *RUN], cwd=moved, text=True, capture_output=True, check=True
    ).stdout
    assert "Nothing to be done" in printed


def test_the_costs_count_the_jobs_of_this_study(study):
    results = study.results("mnist_tiny")
    page = (results / "report.html").read_text()
    benchmarks = [path for path in results.glob("benchmarks/**/*.tsv") if path.name != "report.tsv"]
    assert f"all</th>\n<td>{len(benchmarks)}</td>" in page
    trained = [path for path in benchmarks if path.parent.parent.name == "train"]
    assert f"train</th>\n<td>{len(trained)}</td>" in page


def test_pages_of_two_runs_differ_in_the_block_of_timings_alone(study):
    results = study.results("mnist_tiny")
    paths = [results / "report.html", results / "summary.md"]
    pages = [path.read_text() for path in paths]
    costs = sorted(results.glob("*/*/**/costs.csv"))
    kept = {path: path.read_text() for path in costs}
    for path in kept:
        slower = pd.read_csv(path)
        slower[["train_seconds", "microseconds_per_image", "cpu_seconds", "peak_megabytes"]] *= 3
        slower.to_csv(path, index=False)
        # With the record, the report would refuse a file that its job did not write so.
        (results / "checksums" / path.relative_to(results)).with_suffix(".csv.sha256").unlink()
    benchmark = results / "benchmarks/evaluate.tsv"
    benchmark.unlink()
    assert "report" in study.waiting(*RUN)
    study.snakemake(*RUN)
    again = [path.read_text() for path in paths]
    timings = re.compile(r'<section id="costs">.*?</section>', re.DOTALL)
    assert again[0] != pages[0]
    assert not any("evaluate</th>\n<td>0 of 1</td>" in page for page in (pages[0], timings.sub("", again[0])))
    assert "evaluate</th>\n<td>0 of 1</td>" in again[0]
    assert timings.sub("", again[0]) == timings.sub("", pages[0])
    assert again[1] == pages[1]
    for path, text in kept.items():
        path.write_text(text)
    study.snakemake(*RUN)
