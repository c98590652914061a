"""Looks at a study: each verdict that was shown of a set of complete seeds, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from taskgraft.study._checked import read_record, write_record
from taskgraft.study._files import STUDY
from taskgraft.study._locks import lock
from taskgraft.study._records import LookRecord, StudyRecord


def keep_look(
    directory: Path,
    seeds: Sequence[int],
    dropped: Sequence[str] | None = None,
    variances: tuple[float, float, float] | None = None,
) -> StudyRecord:
    """Writes into `study.json` that a verdict of these seeds was shown; shown twice it is one look.

    Args:
        directory: Of the study.
        seeds: Those that all variants in the race have; none is no look.
        dropped: Variants that leave the race at this look; None for one that decides nothing of what is
            trained. What one has decided stays.
        variances: Of a pair's difference in the primary score; None where nothing is measured.

    Returns:
        The record as it is now.

    Raises:
        StudyError: If the record cannot be read or written.
    """
    with lock(directory):
        record = read_record(directory / STUDY, StudyRecord)
        before = next((look for look in record.looks if set(look.seeds) == set(seeds)), None)
        if not seeds:
            return record
        decided = None if dropped is None else tuple(dropped)
        new = LookRecord(
            seeds=before.seeds if before else tuple(seeds),
            shown=before.shown if before else datetime.now(UTC).isoformat(timespec="seconds"),
            dropped=before.dropped if before and before.dropped is not None else decided,
            variances=variances or (before and before.variances),
        )
        if new == before:
            return record
        looks = {**{each.seeds: each for each in record.looks}, new.seeds: new}
        record = record.model_copy(update={"looks": tuple(looks.values())})
        write_record(directory / STUDY, record, make_parents=False)
    return record
