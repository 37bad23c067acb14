"""What the section "What it costs" is filled with: seconds of each rung, and what the jobs of each rule used.

All of it is measured, so no two runs have the same: the section is the one block in which their pages differ.
"""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ladder.presentation.artifacts import load

# Snakemake's benchmarks sample a job when it starts and then every half second: a shorter one they have not seen.
FIRST_SAMPLE = 0.5
MEGABYTES = 2**20 / 1e6  # of a "MB" of theirs


def context(jobs: list[dict], ladder: list[dict], spent: pd.DataFrame, images: int) -> dict:
    """What the template names `costs`.

    jobs    the study's jobs: `rule`, `variant`, the file `benchmark`, and the file of its own `costs`; or None
    ladder  the rungs with results as the page has them: `name`, `baseline`, `accuracy`, `marks`
    spent   the rows of all costs.csv
    images  how many validation images there are
    """
    rungs = seconds_of_rungs(ladder, spent, images)
    rules = used(jobs)
    unmarked = [rung for rung in rungs if not rung["marked"]]
    sentences = [*said_of_jobs(rules), *(said_of_rungs(unmarked) if unmarked else ()), *said_of_gpus(spent)]
    return {"rungs": rungs, "rules": rules, "sentences": sentences}


def seconds_of_rungs(ladder: list[dict], spent: pd.DataFrame, images: int) -> list[dict]:
    """Each rung with its training seconds (mean, least, most over seeds) and its error rate with its 95% interval.

    An error rate is at least half an image, since the chart is logarithmic and has no place for 0, and at most 1.
    `frontier` says that no other rung is both as fast and as accurate; a marked rung is no competitor.
    """
    seconds = spent.groupby("variant")["train_seconds"].agg(["mean", "min", "max"])
    least = 0.5 / images
    rungs = []
    for rung in ladder:
        accuracy, took = rung["accuracy"], seconds.loc[rung["name"]]
        known = accuracy["low"] is not None
        error, low, high = (
            min(max(1 - accuracy[end], least), 1.0) for end in (("mean", "high", "low") if known else ("mean",) * 3)
        )
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
    """Whether `other` is no slower and no less accurate than `rung`, and better in one of both (Pareto)."""
    ahead = (rung["seconds"] - other["seconds"], other["accuracy"] - rung["accuracy"])
    return min(ahead) >= 0 and max(ahead) > 0


def used(jobs: list[dict]) -> list[dict]:
    """Rows of the table: each rule, below one that trains its variants, and at last all of them.

    `jobs` and `measured` count jobs and those whose benchmark is there, `share` is that of all CPU seconds; a sum or
    largest value of nothing is None.
    """
    table = pd.DataFrame([_measured(job) for job in jobs])
    rows = []
    for rule, of_rule in table.groupby("rule", sort=False):
        rows.append(_row(rule, None, of_rule, table))
        rows += [_row(rule, variant, some, table) for variant, some in of_rule.groupby("variant", sort=False)]
    return [*rows, _row("all", None, table, table)]


def said_of_jobs(rules: list[dict]) -> Iterator[str]:
    """What all jobs took, and which part of it is training, in words; nothing where nothing was measured."""
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
        part += f" and {shares[most]:.0%} in that of {most} alone"
    yield f"{sentence} and used {digits(everything['cpu'])} CPU seconds{part}."


def said_of_rungs(rungs: list[dict]) -> Iterator[str]:
    """What the most accurate rung costs, against the second in accuracy and against the one that costs the most."""
    best, *others = sorted(rungs, key=lambda rung: -rung["accuracy"])
    took = f"{digits(best['seconds'])} seconds{'' if best['baseline'] else ' a seed'}"
    if not others:
        yield f"{best['name']} trains for {took}."
        return
    second, costliest = others[0], max(rungs, key=lambda rung: rung["seconds"])
    if costliest is best:
        against = f"{compared(best, second)}, the second in accuracy. No rung costs more"
    elif costliest is second:
        against = f"{compared(best, second)}, which is second in accuracy and costs the most"
    else:
        against = (
            f"{compared(best, second)}, the second in accuracy, and {compared(best, costliest)}, which costs the most"
        )
    yield f"The most accurate rung, {best['name']}, trains for {took}: {against}."


def said_of_gpus(spent: pd.DataFrame) -> Iterator[str]:
    """On which GPUs the rungs were trained, with which driver; nothing where it was on none."""
    on_gpus = spent[spent["gpu"] != ""].groupby(["gpu", "driver"], sort=False)["variant"].unique()
    kinds = {f"{gpu} (driver {driver})" if driver else gpu: rungs for (gpu, driver), rungs in on_gpus.items()}
    if len(kinds) == 1:
        yield f"Training ran on {next(iter(kinds))}."
    elif kinds:
        which = "; ".join(f"{', '.join(rungs)} on {kind}" for kind, rungs in kinds.items())
        yield f"Training ran on GPUs or drivers that differ, whose seconds do not compare: {which}."


def compared(rung: dict, other: dict) -> str:
    """The training time of a rung in terms of another's: `0.18 of the time of resnet18`, `3.2 times that of mlp`."""
    ratio = rung["seconds"] / other["seconds"]
    text = f"{ratio:.2g}" if ratio < 10 else f"{ratio:,.0f}"
    return f"{text} of the time of {other['name']}" if ratio < 1 else f"{text} times that of {other['name']}"


def digits(number: float) -> str:
    """A number with three significant digits, and all those before the point."""
    return f"{number:,.0f}" if number >= 100 else f"{number:#.3g}".rstrip(".")


def _measured(job: dict) -> dict:
    """A job with its seconds, CPU seconds, megabytes, and those of its GPU's memory; NaN for what is not known.

    Where the job counts CPU and memory itself that is taken: a sample misses a short peak, and what comes after it.
    """
    found = dict.fromkeys(("seconds", "cpu", "megabytes", "gpu_megabytes"), float("nan"))
    if Path(job["benchmark"]).exists():
        sampled = pd.read_csv(job["benchmark"], sep="\t", na_values="-").iloc[0]
        found["seconds"] = sampled["s"]
        if sampled["s"] >= FIRST_SAMPLE:
            found |= {"cpu": sampled["cpu_time"], "megabytes": sampled["max_rss"] * MEGABYTES}
    # With remote storage a file is here only where the report has it as an input.
    if job["costs"] and Path(job["costs"]).exists():
        own = load("costs", [job["costs"]])
        columns = {"cpu": "cpu_seconds", "megabytes": "peak_megabytes", "gpu_megabytes": "peak_gpu_megabytes"}
        # Without a row where every seed failed: then the sample has to do.
        found |= {name: own[column].max() for name, column in columns.items() if own[column].notna().any()}
    return {"rule": job["rule"], "variant": job["variant"]} | found


def _row(rule: str, variant: str | None, some: pd.DataFrame, every: pd.DataFrame) -> dict:
    known = {
        "seconds": some["seconds"].sum(min_count=1),
        "cpu": some["cpu"].sum(min_count=1),
        "megabytes": some["megabytes"].max(),
        "gpu_megabytes": some["gpu_megabytes"].max(),
        "share": some["cpu"].sum(min_count=1) / every["cpu"].sum(),
    }
    counts = {"jobs": len(some), "measured": int(some["seconds"].notna().sum())}
    return {"rule": rule, "variant": variant} | counts | {k: None if pd.isna(v) else v for k, v in known.items()}
