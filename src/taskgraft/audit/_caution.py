"""What a look at labels and splits alone says before a study begins; pictures are not read."""

from __future__ import annotations

from itertools import chain

from taskgraft.audit._counting import count_levels
from taskgraft.audit._records import Finding
from taskgraft.audit._roll import Roll
from taskgraft.audit._size_findings import size_findings
from taskgraft.audit._split_findings import split_findings
from taskgraft.audit._taxonomy_findings import taxonomy_findings
from taskgraft.data import Dataset


def data_caution(data: Dataset) -> str | None:
    """The first thing that is to be mended before a study is begun, and how many there are; None for none.

    Args:
        data: From any source.

    Example:
        >>> from taskgraft.data.sources import load
        >>> data_caution(load("shapes", num_train=160, num_test=16, val_fraction=0.2)) is None
        True
    """
    grave = [finding for finding in _findings(data) if finding.severity == "mend"]
    if not grave:
        return None
    more = f" And {len(grave) - 1} more: `taskgraft data check` names all." if len(grave) > 1 else ""
    return f"Data to mend first: {grave[0].sentence} {grave[0].remedy}{more}"


def _findings(data: Dataset) -> chain[Finding]:
    levels = count_levels(data)
    return chain(
        split_findings(levels), taxonomy_findings(Roll(data)), size_findings(levels, data.taxonomy.is_tree)
    )
