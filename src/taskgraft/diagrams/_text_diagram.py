"""An architecture drawn in plain ASCII, 80 columns wide at most.

A branch is a line, finest level first, and data runs from left to right: what flows leaves its source
on the right and climbs (or falls) a vertical wire into the target's `concat`. Branches therefore form a
staircase; when it is too long for 80 columns, each `concat` lists its sources by name instead.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from taskgraft.architecture import Architecture, Flow
from taskgraft.diagrams._text_trunks import TextTrunks, text_trunks

WIDTH = 80
# What follows the trunk of a branch with flows, up to its label.
_LONGEST_BRANCH = len("fc_1 -> concat -> fc_2 -> ")
_SHORTEST_NAME = 10


def text_diagram(
    architecture: Architecture, num_classes: Sequence[int] | None = None, num_stages: int | None = None
) -> str:
    """Draws an architecture as lines of plain text.

    Args:
        architecture: Any, with any number of levels.
        num_classes: Classes of each level, coarsest first, to be shown beside their names.
        num_stages: Stages of the recipe's trunk, if known; they say which a forked trunk leaves to a level.

    Returns:
        Lines of ASCII without trailing spaces, 80 columns wide at most. Names are escaped where they are
        not printable ASCII, and shortened where they are long.

    Example:
        >>> from taskgraft.architecture import catalogue
        >>> print(text_diagram(catalogue(["coarse", "fine"])["shared-coarse-to-fine"]))
        image -> conv -+-> fc_1 -> concat -> fc_2 -> fine
                       |             ^
                       +-> fc -> coarse
    """
    trunks = text_trunks(architecture, num_stages)
    for limit in (24, 12):
        labels = _labels(architecture, num_classes, limit)
        branches = _staircase(architecture, labels, trunks)
        if branches:
            lines = _drawn(trunks, branches) + _remarks(architecture)
            return "\n".join([*lines, *trunks.remarks])
    return "\n".join([*_listed(architecture, num_classes, trunks), *trunks.remarks])


def shortened(name: str, limit: int) -> str:
    """Cuts the middle out of a name longer than `limit` characters.

    Example:
        >>> shortened("a rather long name", 12)
        'a rath...ame'
    """
    return name if len(name) <= limit else f"{name[: limit - 6]}...{name[-3:]}"


@dataclass(frozen=True)
class _Branch:
    """Where one level's branch stands, in rows (finest is 0) and columns.

    Attributes:
        start: Column of `fc` or `fc_1`.
        concat: Column of `concat`, None without flows.
        wire: Column of the vertical wire its flows arrive by; 0 without flows.
        sources: Rows it receives from.
    """

    row: int
    label: str
    start: int
    concat: int | None = None
    wire: int = 0
    sources: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        if self.concat is None:
            return f"fc -> {self.label}"
        return f"fc_1 {'>':->{self.concat - self.start - 6}} concat -> fc_2 -> {self.label}"

    @property
    def end(self) -> int:
        """First column after the label."""
        return self.start + len(self.text)

    @property
    def top(self) -> int:
        return min((self.row, *self.sources))

    @property
    def bottom(self) -> int:
        return max((self.row, *self.sources))

    def blocks(self, column: int) -> bool:
        """Whether a wire may not pass this line at a column; crossing an arrow's shaft is allowed."""
        shaft = range(self.start + 5, (self.concat or 0) - 3)
        return column <= self.end and column not in shaft

    def touches(self, branch: _Branch) -> bool:
        """Whether the wire into `branch` can begin at this one's label, straight above or below it."""
        place = branch.wire - (self.end - len(self.label))
        # Not in the gap between a name and its count, where a wire would end at nothing.
        is_under = 0 <= place < len(self.label) and self.label[place] != " "
        return is_under and self.row in (branch.top, branch.bottom)


def _labels(architecture: Architecture, num_classes: Sequence[int] | None, limit: int) -> list[str]:
    """What stands at the end of each branch, finest level first."""
    names = [_printable(level, limit) for level in architecture.levels]
    if num_classes is not None:
        names = [f"{name} ({count:,})" for name, count in zip(names, num_classes, strict=True)]
    return names[::-1]


def _printable(name: str, limit: int = 24) -> str:
    return shortened(name.encode("unicode_escape").decode("ascii"), limit)


def _staircase(architecture: Architecture, labels: Sequence[str], trunks: TextTrunks) -> list[_Branch] | None:
    """Places every branch as far left as the wires allow; None if 80 columns are too few."""
    rows = {level: row for row, level in enumerate(reversed(architecture.levels))}
    placed: dict[int, _Branch] = {}
    # Branches without flows cannot give way, so they are placed before any wire is.
    for level in sorted(architecture.order, key=lambda level: bool(architecture.sources_of(level))):
        row = rows[level]
        sources = tuple(rows[flow.source] for flow in architecture.sources_of(level))
        fitting = (b for b in _candidates(row, labels[row], trunks.end, sources) if _fits(b, placed))
        found = next(fitting, None)
        if found is None:
            return None
        placed[row] = found
    return [placed[row] for row in range(len(labels))]


def _candidates(row: int, label: str, start: int, sources: tuple[int, ...]) -> Iterator[_Branch]:
    """Every way to place a branch, best first: far left, its wire near the middle of `concat`."""
    if not sources:
        yield _Branch(row, label, start)
        return
    first = start + len("fc_1 -> ")
    for concat in range(first, WIDTH):
        for offset in (2, 3, 1):
            yield _Branch(row, label, start, concat, concat + offset, sources)


def _fits(branch: _Branch, placed: Mapping[int, _Branch]) -> bool:
    """Whether a branch stays within the width and out of the way of those placed before it."""
    return branch.end <= WIDTH and all(
        _texts_are_clear(branch, other) and _wires_are_apart(branch, other) for other in placed.values()
    )


def _texts_are_clear(branch: _Branch, other: _Branch) -> bool:
    """Whether neither one's wire runs through the other's line, but for where it begins."""
    if other.row in branch.sources:
        passes = other.touches(branch) or branch.wire >= other.end + 2
    else:
        passes = not (branch.top < other.row < branch.bottom and other.blocks(branch.wire))
    return passes and not (other.top < branch.row < other.bottom and branch.blocks(other.wire))


def _wires_are_apart(branch: _Branch, other: _Branch) -> bool:
    common = min(branch.bottom, other.bottom) - max(branch.top, other.top)
    if common > 0:
        return abs(branch.wire - other.wire) > 1
    # End to end two wires read as one, which is right only if they share their source.
    return common < -1 or branch.wire != other.wire or branch.sources == other.sources


def _drawn(trunks: TextTrunks, branches: Sequence[_Branch]) -> list[str]:
    """The staircase with its wires: row r on line 2r, and between rows a line where a wire runs."""
    lines = [[" "] * WIDTH for _ in range(2 * len(branches) - 1)]
    for line, text in zip(lines[::2], trunks.rows, strict=True):
        line[: len(text)] = text
    for branch in branches:
        lines[2 * branch.row][branch.start : branch.end] = branch.text
    for branch in branches:
        for row in branch.sources:
            _write_shaft(lines[2 * row], branches[row], branch)
    for branch in branches:
        _write_wire(lines, branch, branches)
    if trunks.fork is not None:
        for line in lines[1::2]:
            line[trunks.fork] = "|"
    wired = {gap for branch in branches for gap in range(branch.top, branch.bottom)}
    kept = (line for i, line in enumerate(lines) if i % 2 == 0 or i // 2 in wired)
    return ["".join(line).rstrip() for line in kept]


def _write_shaft(line: list[str], source: _Branch, target: _Branch) -> None:
    """Leads a source's output to the right, as far as the wire into the target."""
    for column in range(source.end + 1, target.wire):
        line[column] = "-"


def _write_wire(lines: list[list[str]], branch: _Branch, branches: Sequence[_Branch]) -> None:
    """Draws the vertical wire into one branch: joints are `+`, crossings stay `|`."""
    for row in range(branch.top, branch.bottom):
        lines[2 * row + 1][branch.wire] = "|"
    for row in range(branch.top + 1, branch.bottom):
        if row != branch.row:
            lines[2 * row][branch.wire] = "|"
    for row in branch.sources:
        if not branches[row].touches(branch):
            lines[2 * row][branch.wire] = "+"
    if branch.bottom > branch.row:
        lines[2 * branch.row + 1][branch.wire] = "^"
    if branch.top < branch.row:
        lines[2 * branch.row - 1][branch.wire] = "v"


def _remarks(architecture: Architecture) -> list[str]:
    """A line for each flow that is not the usual one: logits, gradients included."""
    remarks = (
        (f"{_printable(flow.source)} -> {_printable(flow.target)}", _unusual(flow))
        for flow in architecture.flows
    )
    return [f"{flow}: {unusual}" for flow, unusual in remarks if unusual]


def _unusual(flow: Flow) -> str:
    carried = [] if flow.carries == "logits" else [flow.carries]
    return ", ".join(carried + ([] if flow.passes_gradient else ["gradient stopped"]))


def _listed(
    architecture: Architecture, num_classes: Sequence[int] | None, trunks: TextTrunks
) -> Iterator[str]:
    """The branches one under another, each `concat` naming its sources."""
    labels = _short_labels(architecture, num_classes, WIDTH - trunks.end - _LONGEST_BRANCH)
    last = len(labels) - 1
    for row, (level, trunk) in enumerate(zip(reversed(architecture.levels), trunks.rows, strict=True)):
        flows = architecture.sources_of(level)
        concat = len(trunk) + len("fc_1 -> ") if flows else None
        yield trunk + _Branch(row, labels[row], len(trunk), concat).text
        if concat is not None:
            margin = "" if trunks.fork is None or row == last else " " * trunks.fork + "|"
            margin = margin.ljust(concat + 2)
            yield from textwrap.wrap(
                ", ".join(map(_source, flows)),
                WIDTH,
                break_on_hyphens=False,
                initial_indent=f"{margin}^-- ",
                subsequent_indent=f"{margin}    ",
            )


def _short_labels(architecture: Architecture, num_classes: Sequence[int] | None, room: int) -> list[str]:
    """Labels of at most 16 characters a name, and no longer than the room; without counts if need be."""
    longest_count = max(len(f" ({count:,})") for count in num_classes) if num_classes else 0
    if room - longest_count < _SHORTEST_NAME:
        return _labels(architecture, None, max(_SHORTEST_NAME, min(16, room)))
    return _labels(architecture, num_classes, min(16, room - longest_count))


def _source(flow: Flow) -> str:
    remark = f" ({_unusual(flow)})" if _unusual(flow) else ""
    return _printable(flow.source) + remark
