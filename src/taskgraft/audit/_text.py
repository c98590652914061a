"""An audit as plain text of 80 columns: the verdict, what was found, and the counts by level."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from taskgraft.audit._records import Audit, DuplicateGroup, Finding, LevelCount, Severity
from taskgraft.audit._wording import counted
from taskgraft.data import SPLITS
from taskgraft.legible import one_line

_WIDTH = 80
# Of all levels together, but three of each.
_MOST_CLASSES, _MOST_SKIPPED, _MOST_GROUPS = 24, 20, 5
_HEADINGS: dict[Severity, str] = {
    "mend": "Mend first",
    "look": "Worth a look",
    "note": "Good to know",
}


def audit_text(result: Audit, elsewhere: str) -> str:
    """What an audit found, in 80 columns.

    Args:
        result: The audit.
        elsewhere: Where all of a list stands that is cut short here, in words.

    Example:
        >>> from taskgraft.audit import audit
        >>> from taskgraft.data.sources import load
        >>> print(audit_text(audit(load("shapes", num_train=800, num_test=80)), "--json").splitlines()[-1])
          and 4 more: see --json
    """
    lines = [*_heading(result), "", *_wrapped(result.headline), *_findings(result.findings)]
    lines += [*_skipped(result, elsewhere), *_groups(result.duplicates.groups, elsewhere)]
    most = max(3, _MOST_CLASSES // len(result.levels))
    for level in result.levels:
        lines += ["", *_level(level, most, elsewhere)]
    if result.notes:
        lines += ["", "How the data was read", *(line for note in result.notes for line in _item(note))]
    return "\n".join(map(one_line, lines))


def _heading(result: Audit) -> Iterator[str]:
    channels, height, width = result.image_shape
    images = ", ".join(f"{number:,} {split}" for split, number in result.num_images.items())
    yield from _wrapped(f"{result.source}: {result.split}")
    yield f"{images} images of {height}x{width}, {counted(channels, 'channel')}"


def _findings(findings: tuple[Finding, ...]) -> Iterator[str]:
    for severity, heading in _HEADINGS.items():
        some = [one for one in findings if one.severity == severity]
        if some:
            yield from ("", heading)
        for one in some:
            yield from _item(f"{one.sentence} {one.remedy}")


def _skipped(result: Audit, elsewhere: str) -> Iterator[str]:
    if result.skipped:
        yield from ("", "Files that could not be read")
        for name, reason in result.skipped[:_MOST_SKIPPED]:
            yield from _item(f"{name}: {reason}")
        yield from _rest(len(result.skipped) - _MOST_SKIPPED, elsewhere)


def _groups(groups: tuple[DuplicateGroup, ...], elsewhere: str) -> Iterator[str]:
    if not groups:
        return
    yield from ("", "Duplicates that matter most")
    for group in groups[:_MOST_GROUPS]:
        shown = "; ".join(
            f"{one.name} ({one.split}, {' > '.join(label or '?' for label in one.labels)})"
            for one in group.images[:3]
        )
        more = f"; and {len(group.images) - 3:,} more" if len(group.images) > 3 else ""
        yield from _item(f"{group.kind}: {shown}{more}")
    yield from _rest(len(groups) - _MOST_GROUPS, elsewhere)


def _level(level: LevelCount, most: int, elsewhere: str) -> Iterator[str]:
    """The smallest classes first: the large ones are no trouble."""
    yield from _wrapped(level.summary)
    ordered = sorted(level.classes, key=lambda one: sum(one.num_images.values()))[:most]
    room = _WIDTH - 8 * len(SPLITS)
    width = min(max((len(one.name) + 2 for one in ordered), default=0), room)
    yield " " * width + "".join(f"{split:>8}" for split in SPLITS)
    for one in ordered:
        name = textwrap.shorten(one.name, width, placeholder="…") if len(one.name) > width else one.name
        yield f"{name[:width]:{width}}" + "".join(f"{one.num_images[split]:8,}" for split in SPLITS)
    yield from _rest(len(level.classes) - most, elsewhere)


def _rest(number: int, elsewhere: str) -> Iterator[str]:
    if number > 0:
        yield f"  and {number:,} more: see {elsewhere}"


def _item(text: str) -> list[str]:
    return _wrapped(text, "- ", "  ")


def _wrapped(text: str, first: str = "", further: str = "") -> list[str]:
    return textwrap.wrap(
        one_line(text), _WIDTH, initial_indent=first, subsequent_indent=further, break_on_hyphens=False
    )
