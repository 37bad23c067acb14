"""Render `report.html`: one page that opens offline and that a reader understands without the code."""

import json
import re
from pathlib import Path

import jinja2
import pandas as pd
import yaml
from markupsafe import Markup
from pandas.api.typing import DataFrameGroupBy

from ladder.evaluation import marks, verdict
from ladder.formats.files import write_text
from ladder.machine import environment
from ladder.presentation.artifacts import confusions, load
from ladder.report import chapter, classes, costs, differences, pictures, sweep, trust, try_it
from ladder.report.gallery import gallery
from ladder.report.headline import best, headline
from ladder.report.names import bdi, shown
from ladder.report.numbers import percent, plural
from ladder.training import failures

FOLDER = Path(__file__).resolve().parent
TIMINGS = {"train_seconds": "{:.2f}", "microseconds_per_image": "{:.1f}", "peak_megabytes": "{:,.0f}"}
TEMPLATES = {"page": "page.html.j2", "tables": "tables.html.j2", "summary": "summary.md.j2"}
SECTIONS = ("results", "trust", "data", "training", "chapter", "mistakes")


def write_page(
    outputs: dict[str, str],
    settings: dict,
    rungs: list[str],
    baselines: dict[str, str],
    device: str,
    files: dict,
    figures: dict[str, dict],
    jobs: list[dict],
    sweeps: dict[str, dict],
    again: dict,
    seeds: dict[str, int],
    legend: dict | None = None,
) -> None:
    """Write the page, its tables as a file of their own, and the summary for a pull request.

    The page has at most 4 MB, whatever the data: the bytes of all figures are limited (pictures.py) and so are those of
    the exported models (export.py), images are thumbnails, and of many classes the page shows a choice (classes.py).

    outputs    paths: `page`, `tables` (HTML) and `summary` (Markdown)
    settings   the merged config with defaults filled in
    rungs      names, lowest rung first
    baselines  baseline of the ladder to a sentence about it
    files      files of earlier stages, by the names of the inputs of the rule `report`
    figures    figure to {`svg`, `png`: its files, `caption`, `TITLE`, `SECTION`}; a figure whose section the page does
               not have is put at the page's end, and a figure with `PAGE` false is left out
    jobs       the jobs before this one, for costs.context
    sweeps     swept variant to its entry for sweep.context, with `svg`, `png` and `caption` as for a figure
    again      how to run the study again, the result of command.of
    seeds      variant to its number of seeds, failed seeds included
    legend     how figures write names: `numbers`, pairs of a number and the class for which it stands, `shortened`,
               whether some names are shortened, and `fonts` besides DejaVu Sans; None if all names are whole

    A rung whose training failed has a row and a section that say why. If some of its seeds finished, these seeds are in
    the rest of the page.
    """
    results = json.loads(Path(files["summary"]).read_text(encoding="utf-8"))
    data = json.loads(Path(files["facts"]).read_text(encoding="utf-8"))
    costs_of_runs = load("costs", files["costs"])
    spent = costs_of_runs.groupby("variant")
    failed = failures.read(files["failures"])
    abouts = {name: variant["about"] for name, variant in settings["variants"].items()} | baselines
    ladder = [_rung(name, abouts[name], settings, results, spent, _failure(name, failed, seeds)) for name in rungs]
    trained = [rung for rung in ladder if rung["accuracy"] is not None]
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters.update(
        percent=percent,
        count=lambda number: f"{number:,.0f}",
        plural=plural,
        points=verdict.points,
        p_value=trust.p_value,
        digits=costs.digits,
        bdi=bdi,
    )
    unequal = results["unequal_classes"]
    dataset, names = settings["datasets"][settings["dataset"]], shown(data["classes"])
    matrices = confusions(load("confusion", [files["confusion"]]), data["classes"])
    drawn = _drawn(figures, sweeps)
    swept = sweep.context(sweeps, results["rungs"])
    trusted = trust.context(files["validation"], files["comparison"], best(ladder))
    ideas = chapter.context(*files["chapter"], results, ladder, settings["variants"], trusted["pairs"])
    context = {
        "style": (FOLDER / "style.css").read_text(encoding="utf-8"),
        "scripts": [(FOLDER / name).read_text(encoding="utf-8") for name in ("page.js", "costs.js")],
        "headline": headline(ladder, results["images"], trusted["pairs"], results["majority"], unequal),
        "trust": trusted,
        "costs": costs.context(jobs, trained, costs_of_runs, results["images"]),
        "dataset": settings["dataset"],
        "about": dataset["about"],
        "data": data,
        "images_of_classes": classes.images(data),
        "figure_legend": legend and legend | {"numbers": [(n, names.get(name, name)) for n, name in legend["numbers"]]},
        "timings": {rung["name"]: _timings(spent.get_group(rung["name"])) for rung in trained}
        | {chapter.TIMED: ideas["timings"]}
        | sweep.timings(swept),
        "timings_in_place": False,
        "kinds_of_timings": list(TIMINGS),
        "ladder": ladder,
        "differences": differences.context(rungs, settings["variants"]),
        "overall": _overall(ladder, unequal),
        "majority": results["majority"] if unequal else None,
        "best": best(ladder),
        "sections": chapter.by_idea(_placed(figures, drawn)),
        "placed": [name for name, figure in figures.items() if figure.get("PAGE", True)],
        "chapter": ideas,
        "classes_of": {
            name: classes.of_rung(results["per_class"][name], matrix, data["classes"], names, len(rungs))
            for name, matrix in matrices.items()
        },
        "gallery": gallery(files["mistakes"], files["hard"], files["valid"], [rung["name"] for rung in trained]),
        "config": yaml.safe_dump(settings, sort_keys=False, allow_unicode=True, width=110),
        "again": again,
        "versions": environment.versions(),
        "device": device,
        "try_it": try_it.context(files["models"], dataset["canvas"], failed),
        "sweeps": [
            {**found, "drawing": drawn[f"sweep-{found['name']}"], "caption": sweeps[found["name"]]["caption"]}
            for found in swept
        ],
    }
    for name, template in TEMPLATES.items():
        write_text(outputs[name], templates.get_template(template).render(context))


def inline_svg(path: str, name: str) -> str:
    """Return an SVG file as an element of the page. Ids that it uses get the figure's name as a prefix; others go."""
    svg = Path(path).read_text(encoding="utf-8")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    svg = re.sub(r'\bid="([^"]*)"', lambda found: f'id="{name}-{found[1]}"' if found[1] in used else "", svg)
    return re.sub(r'(href="#|url\(#)', rf"\g<1>{name}-", svg)


def _failure(name: str, failed: list[dict], seeds: dict[str, int]) -> str | None:
    """Return the failures of a rung's training in words; None if no seed failed."""
    rows = [row for row in failed if row["variant"] == name]
    return failures.in_words(rows, seeds[name]) if rows else None


def _rung(
    name: str, about_it: str, settings: dict, results: dict, every: DataFrameGroupBy, failure: str | None
) -> dict:
    variant = settings["variants"].get(name)
    about = {
        "name": name,
        "baseline": variant is None,
        "about": about_it,
        "marks": [row | {"word": marks.WORDS[row["mark"]]} for row in results["marks"] if row["variant"] == name],
        "settings": {
            key: value for key, value in (variant or {}).items() if key != "about" and value not in (None, {})
        },
        "failure": failure,
    }
    if name not in results["rungs"]:
        missing = dict.fromkeys(("accuracy", "low", "high", "errors", "parameters"))
        return about | missing | {"overall": {}, "used": None, "device": ""}
    overall, spent = results["rungs"][name], every.get_group(name)
    accuracy = overall["accuracy"]
    return about | {
        "accuracy": accuracy,
        "low": None if accuracy["low"] is None else max(accuracy["low"], 0.0),
        "high": None if accuracy["high"] is None else min(accuracy["high"], 1.0),
        "errors": (1 - accuracy["mean"]) * results["images"],
        "overall": overall,
        "used": _used(variant, spent),
        "device": ", ".join(spent["device"].unique()),
        "parameters": spent["parameters"].mean(),
    }


def _overall(ladder: list[dict], unequal: bool) -> list[str]:
    """Return the metrics beside accuracy; balanced accuracy only where it differs, as classes have unequal sizes."""
    left_out = {"accuracy"} if unequal else {"accuracy", "balanced_accuracy"}
    return [name for name in dict.fromkeys(n for rung in ladder for n in rung["overall"]) if name not in left_out]


def _used(variant: dict | None, spent: pd.DataFrame) -> str | None:
    """Return epochs and learning rate of a variant's training in words; None if they are those of the settings."""
    if variant is None:
        return None
    epochs, lr = (spent[key].iloc[0] for key in ("epochs", "lr"))
    if (epochs, lr) == (variant["epochs"], variant["lr"]):
        return None
    return f"{plural(int(epochs), 'epoch')} at a learning rate of {lr:g}"


def _timings(spent: pd.DataFrame) -> dict[str, str]:
    """Return the costs of a run of a rung as text, the mean over its seeds."""
    return {kind: form.format(spent[kind].mean()) for kind, form in TIMINGS.items()}


def _drawn(figures: dict[str, dict], sweeps: dict[str, dict]) -> dict[str, Markup]:
    """Return every figure of the page as an HTML element, by name; the figure of a sweep is `sweep-<variant>`."""
    every = {name: figure for name, figure in figures.items() if figure.get("PAGE", True)}
    every |= {f"sweep-{name}": about for name, about in sweeps.items()}
    addresses = pictures.fitting({name: (figure["svg"], figure["png"]) for name, figure in every.items()})
    return {
        name: Markup('<img src="{}" alt="">').format(addresses[name])
        if name in addresses
        else Markup(inline_svg(figure["svg"], name))
        for name, figure in every.items()
    }


def _placed(figures: dict[str, dict], drawn: dict[str, Markup]) -> dict[str, list[dict]]:
    """Return the figures by section of the page."""
    placed: dict[str, list[dict]] = {section: [] for section in (*SECTIONS, "more")}
    for name, figure in figures.items():
        if name not in drawn:
            continue
        section = figure["SECTION"] if figure["SECTION"] in SECTIONS else "more"
        placed[section].append(
            {"name": name, "title": figure["TITLE"], "caption": figure["caption"], "drawing": drawn[name]}
        )
    return placed
