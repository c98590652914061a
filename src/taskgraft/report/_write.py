"""A study told: its verdict, and the page that shows it."""

from __future__ import annotations

from pathlib import Path

from taskgraft.report._confusion import confused_architecture
from taskgraft.report._html import write_page
from taskgraft.report._pictures import read_pictures
from taskgraft.study import Study
from taskgraft.verdict import Verdict, conclude, confusions


def write_report(study: Study, verdict: Verdict | None = None) -> Path:
    """Writes `report.html` and its charts into a study's directory.

    Args:
        study: With at least one finished run.
        verdict: What it concludes; drawn now unless given.

    Returns:
        Path of the page.

    Raises:
        StudyError: If no run is finished, logits are not finite, or a file cannot be written.
    """
    verdict = verdict or conclude(study)
    confused = confused_architecture(verdict)
    return write_page(study, verdict, confusions(study, confused) if confused else {}, read_pictures(study))
