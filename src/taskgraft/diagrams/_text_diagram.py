"""A diagram in plain ASCII, 80 columns wide at most.

When the staircase is too long for 80 columns, each `concat` lists its sources by name instead.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import pairwise

from taskgraft.architecture import Architecture, Flow
from taskgraft.diagrams._layout import Layout, Wire, lay_out, lay_out_without_wires
from taskgraft.diagrams._measures import Measures
from taskgraft.diagrams._mixed import mixed_in_words
from taskgraft.diagrams._trunk import PlacedTrunk, Trunk, in_rows, placed
from taskgraft.legible import shortened

WIDTH = 80
_MEASURES = Measures(lambda kind, words: len(words), entries=(2, 3, 1), most=WIDTH)
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
    built, sums = architecture.without_derived, _sums(architecture, num_classes)
    if num_classes is not None:
        num_classes = [num_classes[place] for place in architecture.branched_places]
    return "\n".join([_branches(built, num_classes, num_stages), *sums])


def _branches(architecture: Architecture, num_classes: Sequence[int] | None, num_stages: int | None) -> str:
    """The drawing of an architecture in which every level has a branch."""
    trunk = Trunk.of(architecture, num_stages)
    forms: list[tuple[PlacedTrunk, list[str]]] = [(placed(trunk, _MEASURES), [])]
    if len(set(trunk.leaves)) > 1:
        forms.append((in_rows(trunk, _MEASURES), ["[ ]: stages of one common trunk"]))
    for limit in (24, 12):
        labels = _labels(architecture, num_classes, limit)
        for form, remark in forms:
            layout = lay_out(architecture, labels, form, _MEASURES)
            if layout is not None:
                return "\n".join([*_drawn(layout), *_remarks(architecture), *remark, *_mixers(architecture)])
    form, remark = forms[-1]
    return "\n".join([*_listed(architecture, num_classes, form), *remark, *_mixers(architecture)])


def _labels(architecture: Architecture, num_classes: Sequence[int] | None, limit: int) -> list[str]:
    """What stands at the end of each branch, finest level first."""
    names = [_printable(level, limit) for level in architecture.levels]
    if num_classes is not None:
        names = [f"{name} ({count:,})" for name, count in zip(names, num_classes, strict=True)]
    return names[::-1]


def _printable(name: str, limit: int = 24) -> str:
    return shortened(name.encode("unicode_escape").decode("ascii"), limit)


def _drawn(layout: Layout) -> list[str]:
    """The staircase with its wires: joints are `+`, crossings stay `|`."""
    canvas = _Canvas(layout)
    for row in range(len(layout.branches)):
        canvas.write_row(row)
        canvas.write_outputs(row)
    canvas.write_bars()
    for wire in layout.wires:
        for row in wire.flows:
            canvas.write_down(wire.column, canvas.rows[wire.target], canvas.end(wire, row))
    for wire in layout.wires:
        canvas.write_ends(wire)
    return ["".join(line).rstrip() for line in canvas.lines]


class _Canvas:
    """Lines of characters: one for each row, and between two rows those that wires need.

    Args:
        layout: What is to be drawn.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.lines: list[list[str]] = []
        self.rows: list[int] = []
        # Line of a row's features on their way up (-1) or down (1).
        self.lanes: dict[tuple[int, int], int] = {}
        for row in range(len(layout.branches)):
            if row:
                self._add_gap(row - 1, row)
            self.rows.append(self._add())

    def _add(self) -> int:
        self.lines.append([" "] * WIDTH)
        return len(self.lines) - 1

    def _add_gap(self, upper: int, lower: int) -> None:
        """Lines for arrowheads next to a row, and for lanes between them."""
        targets = {wire.target for wire in self._layout.wires if {upper, lower} <= set(wire.rows)}
        lanes = [lane for lane in ((upper, 1), (lower, -1)) if self._layout.lane(*lane) is not None]
        if upper in targets or (targets and not lanes):
            self._add()
        for lane in lanes:
            self.lanes[lane] = self._add()
        if lanes and lower in targets:
            self._add()

    def write(self, line: int, column: int, text: str) -> None:
        """Puts a text over what stands there."""
        self.lines[line][column : column + len(text)] = text

    def write_down(self, column: int, first: int, last: int) -> None:
        """Draws a wire through all lines between two."""
        for line in range(min(first, last) + 1, max(first, last)):
            self.write(line, column, "|")

    def write_row(self, row: int) -> None:
        """Blocks with arrows between them as long as they need to be; in its row the common trunk as well."""
        trunk, line, blocks = self._layout.trunk, self.rows[row], self._layout.blocks(row)
        if trunk.common and row != trunk.row:
            left = trunk.bar(row) + 1
            self.write(line, left, "> ".rjust(blocks[0].start - left, "-"))
        elif trunk.common:
            blocks = trunk.common + blocks
        for block, after in pairwise(blocks):
            self.write(line, block.end + 1, "> ".rjust(after.start - block.end - 1, "-"))
        for block in blocks:
            self.write(line, block.start, block.words)

    def write_bars(self) -> None:
        """The bars by which rows leave the common trunk."""
        trunk = self._layout.trunk
        for column, rows in trunk.bars.items():
            self.write_down(column, self.rows[rows[0]], self.rows[rows[-1]])
            for row in rows:
                if row == trunk.row or trunk.bar(row) == column:
                    self.write(self.rows[row], column, "+")

    def write_outputs(self, row: int) -> None:
        """Leads what a branch gives away to the right, as far as the wires that take it."""
        branch, line = self._layout.branches[row], self.rows[row]
        for wire in self._layout.wires:
            if wire.takes(row, features=False) and not branch.touches(wire):
                self.write(line, branch.head.end + 1, "-" * (wire.column - branch.head.end - 1))
        for step in (-1, 1):
            column = self._layout.lane(row, step)
            if column is not None:
                lane, start = self.lanes[row, step], branch.dense.start
                self.write(lane, start, "+".ljust(column - start, "-"))
                self.write_down(start, line, lane)

    def end(self, wire: Wire, row: int) -> int:
        """The line in which a wire meets what comes from a row."""
        step = 1 if wire.target > row else -1
        return self.lanes[row, step] if wire.takes(row, features=True) else self.rows[row]

    def write_ends(self, wire: Wire) -> None:
        """The joints of a wire with its sources, and its arrowheads."""
        for row in wire.flows:
            if wire.takes(row, features=True) or not self._layout.branches[row].touches(wire):
                self.write(self.end(wire, row), wire.column, "+")
        line = self.rows[wire.target]
        if max(wire.flows) > wire.target:
            self.write(line + 1, wire.column, "^")
        if min(wire.flows) < wire.target:
            self.write(line - 1, wire.column, "v")


def _sums(architecture: Architecture, num_classes: Sequence[int] | None) -> list[str]:
    """A line for each derived level, finest first: what is summed into it."""
    labels = dict(zip(reversed(architecture.levels), _labels(architecture, num_classes, 24), strict=True))
    finest = _printable(architecture.levels[-1])
    return [f"{finest} -> sum -> {labels[level]}" for level in reversed(architecture.derived)]


def _remarks(architecture: Architecture) -> list[str]:
    """A line for each flow that is not the usual one: logits, gradients included."""
    remarks = (
        (f"{_printable(flow.source)} -> {_printable(flow.target)}", _unusual(flow))
        for flow in architecture.flows
    )
    return [f"{flow}: {unusual}" for flow, unusual in remarks if unusual]


def _mixers(architecture: Architecture) -> list[str]:
    return [_printable(line, WIDTH) for line in mixed_in_words(architecture)]


def _unusual(flow: Flow) -> str:
    carried = [] if flow.carries == "logits" else [flow.carries]
    return ", ".join(carried + ([] if flow.passes_gradient else ["gradient stopped"]))


def _listed(
    architecture: Architecture, num_classes: Sequence[int] | None, trunk: PlacedTrunk
) -> Iterator[str]:
    """The branches one under another, each `concat` naming its sources."""
    labels = _short_labels(architecture, num_classes, WIDTH - trunk.end - _LONGEST_BRANCH)
    layout = lay_out_without_wires(architecture, labels, trunk, _MEASURES)
    for branch, line in zip(layout.branches, _drawn(layout), strict=True):
        yield line
        if flows := architecture.sources_of(branch.level):
            bars = [column for column, rows in trunk.bars.items() if branch.row in rows[:-1]]
            margin = "".join("|" if column in bars else " " for column in range(branch.blocks[1].start + 2))
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
