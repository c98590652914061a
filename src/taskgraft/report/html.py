"""A study directory told on one page: an HTML file that needs nothing but itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from taskgraft.architecture.catalogue import CONTROL
from taskgraft.architecture.svg_diagram import svg_diagram
from taskgraft.errors import StudyError
from taskgraft.report import units
from taskgraft.report.cautions import cautions
from taskgraft.report.charts import curve_chart, swatch
from taskgraft.report.curves import learning_panels
from taskgraft.report.facts import count_epochs, facts, recipe_facts
from taskgraft.report.forest import forest_axis, forest_plot
from taskgraft.report.sentences import headline, leaders, verdicts
from taskgraft.report.svg import visible
from taskgraft.study.files import REPORT, RESULTS, STUDY, write_text
from taskgraft.study.records import Request
from taskgraft.study.study import Study
from taskgraft.study.summary import ArchitectureSummary, Difference


def write_report(study: Study) -> Path:
    """Writes `report.html` into a study's directory.

    The page holds its styles, charts and diagrams; opening it sends no request. The same study gives the
    same bytes.

    Args:
        study: With at least one finished run; missing ones are named on the page.

    Returns:
        Path of the page.

    Raises:
        StudyError: If no run is finished, or the file cannot be written.
    """
    if not study.runs:
        raise StudyError.expected(
            str(study.directory), "a study with at least one finished run", 0,
            "Run the command of the study again to finish it.",
        )  # fmt: skip
    path = study.directory / REPORT
    write_text(path, _environment().get_template("report.html").render(_contents(study)) + "\n")
    return path


def _environment() -> Environment:
    """Templates in which every value is text unless it is Markup."""
    environment = Environment(
        loader=PackageLoader("taskgraft.report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, finalize=_shown,
    )  # fmt: skip
    formats = (units.percent, units.points, units.span, units.count, units.scaled, units.seconds)
    for function in (*formats, units.pflop, units.gigabytes):
        environment.filters[function.__name__] = function
    return environment


def _shown(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _contents(study: Study) -> dict[str, Any]:
    """Everything the templates show, by the names they use."""
    request = study.record.request
    levels, rows, differences = request.levels, study.summary(), study.differences()
    return {
        "title": _title(request),
        "request": request,
        "command": study.record.command
        or "Made from Python, with taskgraft.compare; the request stands in study.json.",
        "epochs": count_epochs(request.recipe),
        "control": CONTROL,
        "levels": levels,
        "pairs": list(zip(levels, levels[1:], strict=False)),
        "rows": rows,
        "best": {level: max(row.accuracies[level].mean for row in rows) for level in levels},
        "headline": headline(rows, differences),
        "leaders": leaders(levels, rows, differences),
        "verdicts": verdicts(rows, differences),
        "cautions": cautions(study),
        "intervals": _intervals(differences),
        "forests": _forests(levels, differences),
        **_curves(study),
        "diagrams": _diagrams(study, rows),
        "facts": facts(study),
        "recipe_facts": recipe_facts(request.recipe),
        "files": {"study": STUDY, "results": RESULTS},
    }


def _title(request: Request) -> str:
    names = [architecture.name for architecture in request.architectures]
    what = f"{len(names)} architectures compared" if len(names) > 1 else names[0]
    return f"{request.data.source}: {what}"


def _intervals(differences: list[Difference]) -> dict[str, dict[str, Any]]:
    """Intervals by architecture and level."""
    found: dict[str, dict[str, Any]] = {}
    for difference in differences:
        found.setdefault(difference.architecture, {})[difference.level] = difference.interval
    return found


def _forests(levels: tuple[str, ...], differences: list[Difference]) -> list[tuple[str, Markup]]:
    """A level and its forest plot, for every level."""
    if not differences:
        return []
    axis = forest_axis(differences)
    own = {level: [d for d in differences if d.level == level] for level in levels}
    return [(level, Markup(forest_plot(level, own[level], CONTROL, axis))) for level in levels]


def _curves(study: Study) -> dict[str, Any]:
    panels = learning_panels(study)
    return {
        "panels": [(panel.title, Markup(curve_chart(panel))) for panel in panels],
        "legend": [(curve.name, Markup(swatch(curve.look))) for curve in panels[0].curves],
    }


def _diagrams(
    study: Study, rows: list[ArchitectureSummary]
) -> list[tuple[str, Markup, ArchitectureSummary | None]]:
    """Name, diagram and figures of every architecture; one without finished runs has no figures."""
    figures = {row.architecture: row for row in rows}
    num_classes = study.taxonomy.num_classes
    return [
        (a.name, Markup(svg_diagram(a, num_classes)), figures.get(a.name))
        for a in study.record.request.architectures
    ]
