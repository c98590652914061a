"""What is to be mended, as far as it is seen at once: by labels, splits and exact copies."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np

from taskgraft.audit._counting import count_levels
from taskgraft.audit._duplicate_groups import gather
from taskgraft.audit._image_findings import TEST_LEAK, image_findings, lost_findings
from taskgraft.audit._near import NO_PAIRS
from taskgraft.audit._records import Finding
from taskgraft.audit._roll import Roll
from taskgraft.audit._size_findings import size_findings
from taskgraft.audit._split_findings import split_findings
from taskgraft.audit._taxonomy_findings import taxonomy_findings
from taskgraft.data import Dataset
from taskgraft.study import are_copies_looked_for


def data_caution(data: Dataset, *, is_redrawn: bool = False) -> str | None:
    """The first thing that is to be mended before a study is begun, and how many there are; None for none.

    Images are not looked at for what they show, nor for near duplicates; very many bytes of them not for
    copies either: `audit` does that.

    Args:
        data: From any source.
        is_redrawn: Whether the study draws train and test again, which keeps copies together.

    Example:
        >>> from taskgraft.data.sources import load
        >>> data_caution(load("shapes", num_train=160, num_test=16, val_fraction=0.2)) is None
        True
    """
    grave = [finding for finding in _findings(data) if finding.severity == "mend"]
    grave = [finding for finding in grave if not (is_redrawn and finding.about == TEST_LEAK)]
    if not grave:
        return None
    more = f" And {len(grave) - 1} more: `taskgraft data check` names all." if len(grave) > 1 else ""
    return f"Data to mend first: {grave[0].sentence} {grave[0].remedy}{more}"


def _findings(data: Dataset) -> chain[Finding]:
    levels, roll = count_levels(data), Roll(data)
    return chain(
        split_findings(levels),
        taxonomy_findings(roll),
        size_findings(levels, data.taxonomy.is_tree),
        lost_findings(data.lost),
        _copy_findings(roll),
    )


def _copy_findings(roll: Roll) -> Iterator[Finding]:
    """What there is to say of images with the same pixels, where they are few bytes enough to look."""
    if not are_copies_looked_for(roll.data):
        return
    pictures, twin = np.unique(roll.data.copy_groups[roll.rows], return_inverse=True)
    if len(pictures) < len(twin):
        yield from image_findings((), (), gather(roll, twin, NO_PAIRS), roll.data.num_images)
