"""A study directory on one page: an HTML file that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from taskgraft.diagrams import svg_diagram
from taskgraft.errors import StudyError
from taskgraft.file_writing import write_text
from taskgraft.report._calibration import calibrations
from taskgraft.report._comparisons import comparisons
from taskgraft.report._confusion import nested_confusions
from taskgraft.report._curves import learning_panels
from taskgraft.report._decodings import decodings
from taskgraft.report._effects import effects
from taskgraft.report._facts import facts, recipe_facts, recipes_in_words
from taskgraft.report._figures import Figure, write_figures
from taskgraft.report._flows import INTERVENTIONS, flow_uses
from taskgraft.report._gallery import Gallery
from taskgraft.report._leaderboard import badges, key_figures, leaderboard, other_scores
from taskgraft.report._learning_chart import curve_chart, swatch
from taskgraft.report._look import looks
from taskgraft.report._many import MOST_BARS, MOST_CURVES, MOST_POINTS, most_telling
from taskgraft.report._page import render
from taskgraft.report._score_text import score_meanings
from taskgraft.report._selective import selective_answers
from taskgraft.report._tradeoff import tradeoffs
from taskgraft.study import REPORT, RESULTS, STUDY, Request, Study
from taskgraft.verdict import Verdict, count


def write_page(study: Study, verdict: Verdict, gallery: Gallery | None) -> Path:
    """Writes `report.html` into a study's directory, and every chart into its `figures`.

    The page holds its styles, charts, diagrams and pictures; opening it sends no request. The same study
    gives the same bytes.

    Args:
        study: With at least one finished run; missing ones are named on the page.
        verdict: What it concludes.
        gallery: Pictures of mistakes; None where the images are not at hand.

    Returns:
        Path of the page.

    Raises:
        StudyError: If no run is finished, or a file cannot be written.
    """
    if not study.runs:
        raise StudyError.expected(
            str(study.directory),
            "a study with at least one finished run",
            0,
            "Run the command of the study again to finish it.",
        )
    contents = _contents(study, verdict, gallery)
    path = study.directory / REPORT
    write_text(path, render("report.html", contents))
    write_figures(study.directory, _figures(contents))
    return path


def title_of(request: Request, noun: str) -> str:
    """A study in a few words: its data and what it compares."""
    names = request.names
    what = f"{count(len(names), noun)} compared" if len(names) > 1 else names[0]
    return f"{request.data.source}: {what}"


def _contents(study: Study, verdict: Verdict, gallery: Gallery | None) -> dict[str, Any]:
    """Everything the templates show, by the names they use."""
    request = study.record.request
    look, shown = looks(request.variants), most_telling(verdict, MOST_CURVES)
    return {
        "title": title_of(request, verdict.noun),
        "request": request,
        "command": study.record.command
        or "Made from Python, with taskgraft.compare; the request stands in study.json.",
        "recipes": recipes_in_words(request),
        "levels": request.levels,
        "is_tree": study.taxonomy.is_tree,
        "verdict": verdict,
        "badges": badges,
        "leaderboard": leaderboard(verdict),
        "other_scores": other_scores(verdict),
        "comparisons": comparisons(verdict),
        "effects": effects(verdict),
        "tradeoffs": tradeoffs(verdict, look),
        "tradeoffs_in_pairs": any(standing.inference for standing in verdict.standings),
        "panels_of_curves": [
            Figure(f"curve-{panel.title}", panel.title, curve_chart(panel))
            for panel in learning_panels(study)
        ],
        "legend": [
            (s.variant, Figure("", "", swatch(look[s.variant])), s.variant in shown)
            for s in verdict.standings
        ],
        "diagrams": _diagrams(study),
        "widths": {v.architecture.name: v.architecture.width_ratio for v in request.variants},
        "key_figures": {s.variant: key_figures(s) for s in verdict.standings},
        "factors": [(factor.name, factor.levels) for factor in verdict.factors],
        "confused": verdict.confused,
        "confusion": nested_confusions(verdict.confusions, study.taxonomy),
        "calibrations": calibrations(verdict, request.levels, look),
        "selective": selective_answers(verdict, look),
        "flows": flow_uses(verdict),
        "interventions": INTERVENTIONS,
        "decodings": decodings(verdict),
        "gallery": gallery,
        "facts": facts(study),
        "recipe": request.recipes[0],
        "recipe_facts": recipe_facts(request.recipes[0]),
        "meanings": score_meanings(verdict.score_names),
        "most_bars": MOST_BARS,
        "most_curves": MOST_CURVES,
        "most_points": MOST_POINTS,
        "files": {"study": STUDY, "results": RESULTS},
    }


def _diagrams(study: Study) -> list[Figure]:
    """Each architecture once, however many variants have it."""
    num_classes = study.taxonomy.num_classes
    variants = {v.architecture.name: v for v in reversed(study.record.request.variants)}
    return [
        Figure(
            f"architecture-{name}",
            name,
            svg_diagram(v.architecture, num_classes, v.recipe.network.trunk.num_stages),
        )
        for name, v in reversed(variants.items())
    ]


def _figures(contents: dict[str, Any]) -> Iterable[Figure]:
    """Every chart of the page, in its order."""
    for section in ("comparisons", "effects"):
        yield from contents[section].figures if contents[section] else ()
    yield from contents["tradeoffs"]
    yield from contents["panels_of_curves"]
    yield from contents["diagrams"]
    for section in ("calibrations", "selective", "flows"):
        yield from contents[section].figures if contents[section] else ()
