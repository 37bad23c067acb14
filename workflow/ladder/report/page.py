"""Render `report.html`: one page that opens offline and that a reader understands without the code."""

import json
from dataclasses import dataclass
from pathlib import Path

import jinja2
import pandas as pd
import yaml
from markupsafe import Markup

from ladder.evaluation import verdict
from ladder.formats.files import write_text
from ladder.images.passed_over import lines_about
from ladder.presentation.artifacts import confusions, load
from ladder.provenance import software
from ladder.report import chapter, classes, costs, differences, pictures, published, rungs, sweep, trust, try_it
from ladder.report.gallery import gallery
from ladder.report.headline import best, headline
from ladder.report.names import bdi, shown, visible
from ladder.report.numbers import percent, plural
from ladder.training import failures

FOLDER = Path(__file__).resolve().parent
TEMPLATES = {"page": "page.html.j2", "tables": "tables.html.j2", "summary": "summary.md.j2"}
SECTIONS = ("results", "trust", "data", "training", "chapter", "mistakes")


@dataclass(frozen=True)
class Study:
    """The facts about a study that its rules pass on.

    settings   the merged config with defaults filled in
    rungs      names, lowest rung first
    baselines  baseline of the ladder to a sentence about it
    members    idea to its rungs
    seeds      variant to its number of seeds, failed seeds included; without variants that are trained in rounds
    jobs       the jobs before the report, for costs.context
    device     the device that models are trained on
    again      how to run the study again, the result of command.of
    """

    settings: dict
    rungs: list[str]
    baselines: dict[str, str]
    members: dict[str, list[str]]
    seeds: dict[str, int]
    jobs: list[dict]
    device: str
    again: dict

    @property
    def dataset(self) -> dict:
        return self.settings["datasets"][self.settings["dataset"]]

    @property
    def abouts(self) -> dict[str, str]:
        abouts = {name: variant["about"] for name, variant in self.settings["variants"].items()} | self.baselines
        return {name: abouts[name] for name in self.rungs}


def write_page(
    outputs: dict[str, str],
    study: Study,
    files: dict,
    figures: dict[str, dict],
    sweeps: dict[str, dict],
    legend: dict | None = None,
) -> None:
    """Write the page, its tables as a file of their own, and the summary for a pull request.

    The page has at most 4 MB, whatever the data: the bytes of all figures are limited (pictures.py) and so are those of
    the exported models (export.py), images are thumbnails, and the page shows a choice of many classes (classes.py).

    outputs  paths: `page`, `tables` (HTML) and `summary` (Markdown)
    files    files of earlier stages, by the names of the inputs of the rule `report`
    figures  figure to {`svg`, `png`: its files, `caption`, `TITLE`, `SECTION`}; a figure whose section the page lacks
             is put at the page's end, and a figure with `PAGE` false is left out
    sweeps   swept variant to its entry for sweep.context, with `svg`, `png` and `caption` as for a figure
    legend   how figures write names: `numbers`, pairs of a number and the class for which it stands, `shortened`,
             whether some names are shortened, and `fonts` besides DejaVu Sans; None if all names are whole

    A rung whose training failed has a row and a section that say why. If some of its seeds finished, these seeds are in
    the rest of the page.
    """
    results, data = (json.loads(Path(files[name]).read_text(encoding="utf-8")) for name in ("summary", "facts"))
    spent, failed = load("costs", files["costs"]), failures.read(files["failures"])
    validation, variants = trust.rows("validation", files["validation"]), study.settings["variants"]
    ladder = rungs.rungs(study.abouts, variants, study.seeds, results, validation, spent, failed)
    drawn, swept = pictures.drawn(figures, sweeps), sweep.context(sweeps, results["rungs"])
    context = {
        **_of_study(study),
        **_of_data(data, legend),
        **_of_ladder(study, files, results, data, ladder),
        **_of_figures(figures, sweeps, swept, drawn),
        "try_it": try_it.context(files["models"], study.dataset["canvas"], failed),
    }
    context |= _of_costs(study.jobs, context["trained"], spent, results["images"], context["chapter"], swept)
    templates = _templates()
    for name, template in TEMPLATES.items():
        write_text(outputs[name], templates.get_template(template).render(context))


def _templates() -> jinja2.Environment:
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
        within=verdict.within,
        rounded=verdict.rounded,
        p_value=trust.p_value,
        digits=costs.digits,
        bdi=bdi,
    )
    return templates


def _of_study(study: Study) -> dict:
    """Return the variables of the templates that follow from the settings alone, and style and scripts."""
    return {
        "style": (FOLDER / "style.css").read_text(encoding="utf-8"),
        "scripts": [(FOLDER / name).read_text(encoding="utf-8") for name in ("page.js", "costs.js")],
        "dataset": study.settings["dataset"],
        "about": study.dataset["about"],
        "differences": differences.context(study.rungs, study.settings["variants"]),
        "config": yaml.safe_dump(study.settings, sort_keys=False, allow_unicode=True, width=110),
        "again": study.again,
        "versions": software.versions(),
        "device": study.device,
    }


def _of_data(data: dict, legend: dict | None) -> dict:
    names = shown(data["classes"])
    return {
        "data": data,
        "lines_about_data": [visible(line) for line in lines_about(data)],
        "images_of_classes": classes.images(data),
        "figure_legend": legend and legend | {"numbers": [(n, names.get(name, name)) for n, name in legend["numbers"]]},
    }


def _of_ladder(study: Study, files: dict, results: dict, data: dict, ladder: list[dict]) -> dict:
    """Return the variables of the templates with the results of the rungs."""
    trained = [rung for rung in ladder if rung["accuracy"] is not None]
    names, top, unequal = shown(data["classes"]), best(ladder), results["unequal_classes"]
    tables = (files[name] for name in ("validation", "comparison", "differences"))
    trusted = trust.context(*tables, best=top, settings=study.settings)
    variants = study.settings["variants"]
    matrices = confusions(load("confusion", [files["confusion"]]), data["classes"])
    return {
        "ladder": ladder,
        "published": published.context(study.dataset.get("published", []), ladder, results["images"]),
        "trained": trained,
        "best": top,
        "headline": headline(ladder, results["images"], trusted["pairs"], results["majority"], unequal),
        "overall": rungs.overall(ladder, unequal),
        "majority": results["majority"] if unequal else None,
        "trust": trusted,
        "chapter": chapter.context(*files["chapter"], results, ladder, variants, trusted["pairs"], study.members),
        "classes_of": {
            name: classes.of_rung(results["per_class"][name], matrix, data["classes"], names, len(study.rungs))
            for name, matrix in matrices.items()
        },
        "gallery": gallery(files["mistakes"], files["hard"], files["valid"], [rung["name"] for rung in trained]),
    }


def _of_costs(
    jobs: list[dict], trained: list[dict], spent: pd.DataFrame, images: int, ideas: dict, swept: list[dict]
) -> dict:
    """Return the variables of the templates with measurements, which differ from run to run."""
    every = spent.groupby("variant")
    timings = {rung["name"]: rungs.timings(every.get_group(rung["name"])) for rung in trained}
    return {
        "costs": costs.context(jobs, trained, spent, images),
        "timings": timings | {chapter.TIMED: ideas["timings"]} | sweep.timings(swept),
        "timings_in_place": False,
        "kinds_of_timings": list(rungs.TIMINGS),
    }


def _of_figures(figures: dict[str, dict], sweeps: dict[str, dict], swept: list[dict], drawn: dict[str, Markup]) -> dict:
    return {
        "sections": chapter.by_idea(_placed(figures, drawn)),
        "placed": [name for name, figure in figures.items() if figure.get("PAGE", True)],
        "sweeps": [
            {**entry, "drawing": drawn[f"sweep-{entry['name']}"], "caption": sweeps[entry["name"]]["caption"]}
            for entry in swept
        ],
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
