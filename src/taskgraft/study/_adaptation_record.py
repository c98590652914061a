"""What a model that went on from an older one says of the older one's classes, kept in its study."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from taskgraft.statistics import Interval
from taskgraft.study._checked import CheckedRecord, read_record, write_record
from taskgraft.study._files import ADAPTATION, MODEL, DamagedFileError
from taskgraft.study._run_records import RunRecord
from taskgraft.taxonomy import Names

Intervals = dict[str, Interval]


class AdaptationRecord(CheckedRecord):
    """`adaptation.json`: what became of the classes of an older model, and whether they suffered.

    Attributes:
        older_model: Path of the older model's file.
        added: Paths of classes that the older model has not.
        retired: Paths of classes that it alone has.
        renamed: Of classes that were called otherwise, moved, split or merged: the path, and the older ones.
        num_old_images: Test images of old classes.
        num_new_images: Of new ones.
        older: By level, and for the full path, accuracy of the older model on the old classes.
        newer: Of the newer one.
        difference: Newer less older, paired by image.
        on_new: Of the newer model on the new classes; empty where there are none.
        runs: SHA-256 of the models that were compared; of others the record says nothing.
    """

    older_model: str
    added: tuple[Names, ...]
    retired: tuple[Names, ...]
    renamed: tuple[tuple[Names, tuple[Names, ...]], ...]
    num_old_images: int
    num_new_images: int
    older: Intervals
    newer: Intervals
    difference: Intervals
    on_new: Intervals
    runs: str


def models_digest(runs: Sequence[RunRecord]) -> str:
    """SHA-256 of the models of finished runs."""
    models = [(run.variant, run.seed, run.digests[MODEL]) for run in runs]
    return hashlib.sha256(json.dumps(models).encode()).hexdigest()


def keep_adaptation(study: Path, record: AdaptationRecord) -> None:
    """Writes the record into the directory of a study.

    Raises:
        NotWrittenError: If it cannot be written.
    """
    write_record(study / ADAPTATION, record, make_parents=False)


def read_adaptation(study: Path, runs: Sequence[RunRecord]) -> AdaptationRecord | None:
    """The record of a study; None if there is none, it is damaged, or it is of other runs.

    Args:
        study: Directory of the study.
        runs: Its finished runs.
    """
    try:
        kept = read_record(study / ADAPTATION, AdaptationRecord)
    except (FileNotFoundError, DamagedFileError):
        return None
    return kept if kept.runs == models_digest(runs) else None


def adaptation_damage(study: Path) -> str | None:
    """What is wrong with `adaptation.json`, on one line; None if nothing is, or there is none."""
    try:
        read_record(study / ADAPTATION, AdaptationRecord)
    except FileNotFoundError:
        return None
    except DamagedFileError as error:
        return f"{ADAPTATION} is {error.reason}"
    return None
