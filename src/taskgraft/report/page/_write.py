"""A study's verdict, and the page that shows it."""

from __future__ import annotations

from pathlib import Path

from taskgraft.file_writing import write_bytes
from taskgraft.kinds import NONE, of_class, of_kinds
from taskgraft.report.page._classes_csv import classes_csv
from taskgraft.report.page._html import write_page
from taskgraft.report.page._pictures import read_pictures
from taskgraft.study import CLASSES, Study, keep_look, keep_recommendation
from taskgraft.verdict import Verdict, conclude


@of_kinds(study=of_class("a Study", Study), verdict=of_class("a Verdict", Verdict) | NONE)
def write_report(study: Study, verdict: Verdict | None = None) -> Path:
    """Writes `report.html`, its charts, every class, what is recommended, and that the study was looked at.

    Args:
        study: With at least one finished run.
        verdict: What it concludes; drawn now where it is left out.

    Returns:
        Path of the page.

    Raises:
        StudyError: If no run is finished, logits are not finite, or a file cannot be written.
    """
    verdict = verdict or conclude(study)
    page = write_page(study, verdict, read_pictures(study, verdict))
    write_bytes(study.directory / CLASSES, classes_csv(study, verdict))
    if (advice := verdict.recommendation) is not None:
        keep_recommendation(study, advice.variant, advice.best, advice.prefer)
    if verdict.look is not None:
        keep_look(study.directory, verdict.look.seeds, variances=verdict.look.parts)
    return page
