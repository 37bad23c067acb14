"""The section "What it costs": seconds of each rung, and the resources that the jobs of each rule used.

These numbers are measured, so they differ between two runs of a study. The rest of the page is the same in both.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ladder.presentation.artifacts import load

# Snakemake's benchmarks sample a job at its start and then every half second, so a shorter job has no useful sample.
FIRST_SAMPLE = 0.5
MEGABYTES = 2**20 / 1e6  # MB (10^6 bytes) in a "MB" of Snakemake's benchmarks


def context(jobs: list[dict], ladder: list[dict], spent: pd.DataFrame, images: int) -> dict:
    """Return the template's variable `costs`.

    jobs    the study's jobs: `rule`, `variant` or None, the file `benchmark`, and the job's own file `costs` or None
    ladder  the page's rungs with results: `name`, `baseline`, `accuracy`, `low`, `high`, `marks`
    spent   the rows of all costs.csv
    images  number of validation images
    """
    rungs = seconds_of_rungs(ladder, spent, images)
    rules = used(jobs)
    unmarked = [rung for rung in rungs if not rung["marked"]]
    sentences = [*sentence_on_jobs(rules), *(sentence_on_rungs(unmarked) if unmarked else ()), *sentence_on_gpus(spent)]
    return {"rungs": rungs, "rules": rules, "sentences": sentences}


def seconds_of_rungs(ladder: list[dict], spent: pd.DataFrame, images: int) -> list[dict]:
    """Return each rung with its training seconds (mean, least, most over seeds), error rate and 95% interval.

    An error rate is at least the rate of half an image, since the chart is logarithmic and has no place for 0, and at
    most 1. `frontier` says whether no unmarked rung dominates the rung; a marked rung is never on the frontier.
    """
    seconds = spent.groupby("variant")["train_seconds"].agg(["mean", "min", "max"])
    least = 0.5 / images
    rungs = []
    for rung in ladder:
        accuracy, took = rung["accuracy"], seconds.loc[rung["name"]]
        error, low, high = (max(1 - share, least) for share in (accuracy["mean"], rung["high"], rung["low"]))
        rungs.append(
            {"name": rung["name"], "baseline": rung["baseline"], "marked": bool(rung["marks"])}
            | {"accuracy": accuracy["mean"], "seeds": accuracy["n"]}
            | {"error": error, "low": low, "high": high}
            | {"seconds": took["mean"], "least": took["min"], "most": took["max"]}
        )
    rivals = [rung for rung in rungs if not rung["marked"]]
    return [
        rung | {"frontier": not (rung["marked"] or any(dominates(other, rung) for other in rivals))} for rung in rungs
    ]


def dominates(other: dict, rung: dict) -> bool:
    """Return whether `other` is no slower and no less accurate than `rung`, and better in one of the two (Pareto)."""
    ahead = (rung["seconds"] - other["seconds"], other["accuracy"] - rung["accuracy"])
    return min(ahead) >= 0 and max(ahead) > 0


def used(jobs: list[dict]) -> list[dict]:
    """Return the rows of the table: each rule, followed by its variants if it trains, and a last row for all jobs.

    `jobs` counts the jobs, `measured` the jobs with a benchmark; `share` is the share of all CPU seconds. A sum or
    maximum without values is None.
    """
    table = pd.DataFrame([_measured(job) for job in jobs])
    rows = []
    for rule, rule_jobs in table.groupby("rule", sort=False):
        rows.append(_row(rule, None, rule_jobs, table))
        rows += [_row(rule, variant, group, table) for variant, group in rule_jobs.groupby("variant", sort=False)]
    return [*rows, _row("all", None, table, table)]


def sentence_on_jobs(rules: list[dict]) -> Iterator[str]:
    """Yield a sentence on the time of all jobs and the share of training; none if nothing was measured."""
    everything = rules[-1]
    if everything["seconds"] is None or not everything["cpu"]:
        return
    count, measured = everything["jobs"], everything["measured"]
    which = f"The {count} jobs" if measured == count else f"The {measured} of {count} jobs that were measured"
    sentence = f"{which} before this report took {digits(everything['seconds'])} seconds in all"
    shares = {row["variant"]: row["share"] for row in rules if row["rule"] == "train" and row["share"]}
    training = shares.pop(None, None)
    part = f", {training:.0%} of them in training" if training else ""
    if len(shares) > 1:
        most = max(shares, key=shares.get)
        part += f" and {shares[most]:.0%} in the training of {most} alone"
    yield f"{sentence} and used {digits(everything['cpu'])} CPU seconds{part}."


def sentence_on_rungs(rungs: list[dict]) -> Iterator[str]:
    """Yield a sentence on the cost of the most accurate rung, against the second in accuracy and the costliest rung."""
    best, *rest = sorted(rungs, key=lambda rung: -rung["accuracy"])
    took = f"{digits(best['seconds'])} seconds{'' if best['baseline'] else ' per seed'}"
    if not rest:
        yield f"{best['name']} trains for {took}."
        return
    second, costliest = rest[0], max(rungs, key=lambda rung: rung["seconds"])
    if costliest is best:
        against = f"{compared(best, second)}, the second in accuracy. No rung costs more"
    elif costliest is second:
        against = f"{compared(best, second)}, which is second in accuracy and costs the most"
    else:
        against = (
            f"{compared(best, second)}, the second in accuracy, and {compared(best, costliest)}, which costs the most"
        )
    yield f"The most accurate rung, {best['name']}, trains for {took}: {against}."


def sentence_on_gpus(spent: pd.DataFrame) -> Iterator[str]:
    """Yield a sentence on the GPUs and drivers that trained the rungs; none if no GPU was used."""
    on_gpus = spent[spent["gpu"] != ""].groupby(["gpu", "driver"], sort=False)["variant"].unique()
    kinds = {f"{gpu} (driver {driver})" if driver else gpu: rungs for (gpu, driver), rungs in on_gpus.items()}
    if len(kinds) == 1:
        yield f"Training ran on {next(iter(kinds))}."
    elif kinds:
        which = "; ".join(f"{', '.join(rungs)} on {kind}" for kind, rungs in kinds.items())
        yield f"Training ran on GPUs or drivers that differ, whose seconds do not compare: {which}."


def compared(rung: dict, other: dict) -> str:
    """Return a rung's relative training time: `0.18 of the time of resnet18`, `3.2 times the time of mlp`."""
    ratio = rung["seconds"] / other["seconds"]
    text = f"{ratio:.2g}" if ratio < 10 else f"{ratio:,.0f}"
    return f"{text} of the time of {other['name']}" if ratio < 1 else f"{text} times the time of {other['name']}"


def digits(number: float) -> str:
    """Return a number with three significant digits, or with all its digits before the point if these are more."""
    return f"{number:,.0f}" if number >= 100 else f"{number:#.3g}".rstrip(".")


def _measured(job: dict) -> dict:
    """Return a job with its seconds, CPU seconds, megabytes of memory and of GPU memory; NaN for an unknown value.

    The job's own counts of CPU and memory are preferred: a sample misses short peaks and everything after the sample.
    """
    measured = dict.fromkeys(("seconds", "cpu", "megabytes", "gpu_megabytes"), float("nan"))
    if Path(job["benchmark"]).exists():
        sampled = pd.read_csv(job["benchmark"], sep="\t", na_values="-").iloc[0]
        measured["seconds"] = sampled["s"]
        if sampled["s"] >= FIRST_SAMPLE:
            measured |= {"cpu": sampled["cpu_time"], "megabytes": sampled["max_rss"] * MEGABYTES}
    # With remote storage the file exists here only if it is an input of the report.
    if job["costs"] and Path(job["costs"]).exists():
        counted = load("costs", [job["costs"]])
        columns = {"cpu": "cpu_seconds", "megabytes": "peak_megabytes", "gpu_megabytes": "peak_gpu_megabytes"}
        # The file has no row if every seed failed. Then the sample is used.
        measured |= {name: counted[column].max() for name, column in columns.items() if counted[column].notna().any()}
    return {"rule": job["rule"], "variant": job["variant"]} | measured


def _row(rule: str, variant: str | None, jobs: pd.DataFrame, all_jobs: pd.DataFrame) -> dict:
    known = {
        "seconds": jobs["seconds"].sum(min_count=1),
        "cpu": jobs["cpu"].sum(min_count=1),
        "megabytes": jobs["megabytes"].max(),
        "gpu_megabytes": jobs["gpu_megabytes"].max(),
        "share": jobs["cpu"].sum(min_count=1) / all_jobs["cpu"].sum(),
    }
    counts = {"jobs": len(jobs), "measured": int(jobs["seconds"].notna().sum())}
    return {"rule": rule, "variant": variant} | counts | {k: None if pd.isna(v) else v for k, v in known.items()}
