"""A study directory on one page: an HTML file that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import chain
from pathlib import Path
from typing import Any

from taskgraft.diagrams import svg_diagram
from taskgraft.file_writing import write_text
from taskgraft.report._adapted import NO_OLD_CLASS
from taskgraft.report._contenders import EXPLORATORY
from taskgraft.report._facts import facts, recipe_facts, recipes_in_words
from taskgraft.report._many import MOST_BARS, MOST_DIAGRAMS, MOST_POINTS, most_telling
from taskgraft.report._score_text import score_meanings
from taskgraft.report.charts import MOST_CURVES, Figure, curve_chart, looks, swatch, write_figures
from taskgraft.report.page._adapted import adapted
from taskgraft.report.page._calibration import calibrations
from taskgraft.report.page._choice import choice_table
from taskgraft.report.page._choice_picture import choice_picture
from taskgraft.report.page._class_section import class_section
from taskgraft.report.page._comparisons import comparisons
from taskgraft.report.page._copies_table import copies_table
from taskgraft.report.page._decodings import decodings
from taskgraft.report.page._diagnosis import diagnosis_parts
from taskgraft.report.page._effects import effects
from taskgraft.report.page._facets import facets
from taskgraft.report.page._flows import INTERVENTIONS, flow_uses
from taskgraft.report.page._gallery import Gallery
from taskgraft.report.page._leaderboard import badges, key_figures, leaderboard, other_scores
from taskgraft.report.page._learning import learning_panels
from taskgraft.report.page._over_flat import over_flat
from taskgraft.report.page._render import render
from taskgraft.report.page._selective import selective_answers
from taskgraft.report.page._tradeoff import tradeoffs
from taskgraft.report.page._tuning import tuning_section
from taskgraft.scores import about
from taskgraft.study import CLASSES, REPORT, RESULTS, STUDY, Request, Study
from taskgraft.verdict import Verdict, check_has_runs, count


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
    check_has_runs(study)
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
        "adapted": adapted(study),
        "no_old_class": NO_OLD_CLASS,
        "choice": choice_table(verdict),
        "copies": copies_table(verdict),
        "picture": choice_picture(verdict),
        "exploratory": EXPLORATORY,
        "questions": _questions(verdict),
        "cautions": _cautions(verdict),
        "primary": about(verdict.primary).label,
        "facets": facets(study, verdict),
        "badges": badges,
        "leaderboard": leaderboard(verdict),
        "other_scores": other_scores(verdict),
        "comparisons": comparisons(verdict),
        "effects": effects(verdict),
        "over_flat": over_flat(verdict),
        "tradeoffs": tradeoffs(verdict, look),
        "tuning": tuning_section(verdict, look, shown),
        "diagnosis": diagnosis_parts(verdict),
        "tradeoffs_in_pairs": any(standing.inference for standing in verdict.standings),
        "panels_of_curves": [
            Figure(f"curve-{panel.title}", panel.title, curve_chart(panel))
            for panel in learning_panels(study)
        ],
        "legend": [
            (number, s.variant, Figure("", "", swatch(look[s.variant])), s.variant in shown)
            for number, s in enumerate(verdict.standings, start=1)
        ],
        "diagrams": _diagrams(study, most_telling(verdict, MOST_DIAGRAMS)),
        "widths": {v.architecture.name: v.architecture.width_ratio for v in request.variants},
        "key_figures": {s.variant: key_figures(s) for s in verdict.standings},
        "factors": [
            (factor.name, [level.removeprefix(f"{factor.name}=") for level in factor.levels])
            for factor in verdict.factors
        ],
        "classes": class_section(study, verdict),
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
        "files": {"study": STUDY, "results": RESULTS, "classes": CLASSES},
    }


def _questions(verdict: Verdict) -> list[tuple[str, tuple[str, ...], str | None]]:
    """The three lists under the picture, each with the command that shortens it."""
    advice = verdict.recommendation
    if advice is None:
        return []
    questions = advice.questions
    return [
        ("Decided", questions.decided, None),
        ("Undecided", questions.undecided, questions.command),
        ("Not to be decided here", questions.beyond, None),
    ]


def _cautions(verdict: Verdict) -> tuple[str, ...]:
    """Those that do not stand beside the recommendation."""
    beside = verdict.recommendation.cautions if verdict.recommendation else ()
    return tuple(one for one in verdict.cautions if one not in beside)


def _diagrams(study: Study, telling: Collection[str]) -> tuple[list[Figure], list[Figure]]:
    """Each architecture once, however many variants have it: those of telling variants, and the others."""
    num_classes = study.taxonomy.num_classes
    variants = study.record.request.variants
    first = {v.architecture.name: v for v in reversed(variants)}
    shown = {v.architecture.name for v in variants if v.name in telling}
    if len(first) <= MOST_DIAGRAMS:
        shown = set(first)
    diagrams = {
        name: Figure(
            f"architecture-{name}",
            name,
            svg_diagram(v.architecture, num_classes, v.recipe.network.trunk.num_stages),
        )
        for name, v in reversed(first.items())
    }
    return (
        [figure for name, figure in diagrams.items() if name in shown],
        [figure for name, figure in diagrams.items() if name not in shown],
    )


def _figures(contents: dict[str, Any]) -> Iterable[Figure]:
    """Every chart of the page, in its order."""
    if contents["picture"]:
        yield contents["picture"]
    for section in ("comparisons", "effects"):
        yield from contents[section].figures if contents[section] else ()
    yield from contents["tradeoffs"]
    yield from contents["tuning"].figures if contents["tuning"] else ()
    yield from contents["panels_of_curves"]
    yield from chain(*contents["diagrams"])
    for section in ("calibrations", "selective", "flows"):
        yield from contents[section].figures if contents[section] else ()
