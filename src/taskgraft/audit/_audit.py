"""One look at all of a dataset, and what it amounts to."""

from __future__ import annotations

from collections.abc import Sequence

from taskgraft.audit._counting import count_levels
from taskgraft.audit._duplicate_groups import gather
from taskgraft.audit._image_findings import find_suspects, image_findings, lost_findings
from taskgraft.audit._near import near_pairs
from taskgraft.audit._records import SEVERITIES, Audit, Finding, Verdict
from taskgraft.audit._roll import Roll
from taskgraft.audit._scan import scan
from taskgraft.audit._size_findings import size_findings
from taskgraft.audit._split_findings import split_findings
from taskgraft.audit._taxonomy_findings import taxonomy_findings
from taskgraft.audit._wording import counted
from taskgraft.data import Dataset


def audit(data: Dataset) -> Audit:
    """Reads every image once, and says what is odd about images, labels and splits.

    Memory stays small: images are read some megabytes at a time, and some 1.3 kB of each is kept.

    Args:
        data: From any source.

    Example:
        >>> from taskgraft.data.sources import load
        >>> found = audit(load("shapes", num_train=800, num_test=80))
        >>> found.verdict, found.headline
        ('ready', 'Ready: nothing was found that needs a look.')
    """
    roll = Roll(data)
    scanned = scan(data.images, roll.rows)
    near = near_pairs(scanned.maps, scanned.signatures)
    duplicates = gather(roll, scanned.twin, near)
    suspects = find_suspects(roll, scanned)
    levels = count_levels(data)
    findings = _gravest_first(
        [
            *taxonomy_findings(roll),
            *split_findings(levels),
            *size_findings(levels, data.taxonomy.is_tree),
            *lost_findings(data.lost),
            *image_findings(data.provenance.skipped, suspects, duplicates, data.num_images),
        ]
    )
    verdict, headline = _conclude(findings)
    return Audit(
        verdict=verdict,
        headline=headline,
        source=data.provenance.source,
        split=data.provenance.split,
        image_shape=data.image_shape,
        num_images=data.num_images,
        findings=findings,
        levels=levels,
        is_tree=data.taxonomy.is_tree,
        skipped=data.provenance.skipped,
        suspects=suspects,
        duplicates=duplicates,
        notes=data.provenance.notes,
    )


def _gravest_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)))


def _conclude(findings: Sequence[Finding]) -> tuple[Verdict, str]:
    num_mend, num_look = (sum(one.severity == kind for one in findings) for kind in ("mend", "look"))
    looks = f"{counted(num_look, 'thing')} to look at"
    if num_mend:
        rest = f", and {looks}" if num_look else ""
        return "mend", f"Mend first: {counted(num_mend, 'thing')} would spoil a study{rest}."
    if num_look:
        return "usable", f"Usable, with {looks}."
    return "ready", "Ready: nothing was found that needs a look."
