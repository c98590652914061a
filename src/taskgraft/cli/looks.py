"""Writes down that a verdict was shown, where the study can be written."""

from __future__ import annotations

from taskgraft.cli.spelling import on_command_line
from taskgraft.errors import StudyError
from taskgraft.printing import note
from taskgraft.study import Study, keep_look
from taskgraft.verdict import Verdict


def keep_look_if_writable(study: Study, verdict: Verdict) -> None:
    """Writes the look into the record of a study; one that cannot be written is shown all the same."""
    if verdict.look is None:
        return
    try:
        keep_look(study.directory, verdict.look.seeds, variances=verdict.look.parts)
    except StudyError as error:
        note(f"No later look will know of this one. {error.spelled(on_command_line)}")
