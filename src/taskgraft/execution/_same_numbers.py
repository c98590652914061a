"""Refuses to continue a study whose finished runs would have come out otherwise here."""

from __future__ import annotations

from pathlib import Path

from taskgraft.errors import Phrase, RequestError
from taskgraft.parameter import Parameter
from taskgraft.study import Request, StudyRecord


def check_same_numbers(directory: Path, record: StudyRecord, request: Request) -> None:
    """Refuses a study of another version of our numerics, or of other instructions of the CPU.

    Args:
        directory: The study directory.
        record: The study in it.
        request: What this process would compute.

    Raises:
        RequestError: If the study's runs and those of this process would not be of one kind.
    """
    old = record.request
    if old.numerics != request.numerics:
        version, date = record.environment.versions.get("taskgraft", ""), record.created[:10]
        raise RequestError.expected(
            f"the study in {directory}",
            f"begun at numerics {request.numerics}, which this taskgraft computes",
            Phrase(f"numerics {old.numerics}"),
            f"Use another {Parameter('out')}, or the taskgraft {version} that began it on {date}. "
            "Reports still read it.",
        )
    if old.device == request.device and old.cpu_capability != request.cpu_capability:
        raise RequestError.expected(
            f"the study in {directory}",
            f"computed with {request.cpu_capability}, as this process would",
            Phrase(str(old.cpu_capability)),
            f"Use another {Parameter('out')}, or a machine that has {old.cpu_capability}, "
            f"with ATEN_CPU_CAPABILITY={str(old.cpu_capability).lower()} if it has more.",
        )
