"""Where the parts of an architecture's diagram stand: one layout, drawn as text and as SVG.

A branch is a row, finest level first, and data runs from left to right. What flows climbs (or falls) a
vertical wire into the target's `concat`: from the source's head or, where it carries features, from its
first dense block. Branches therefore form a staircase.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from taskgraft.architecture import Architecture, Flow
from taskgraft.diagrams._measures import ARROW, Block, Measures
from taskgraft.diagrams._trunk import PlacedTrunk

# Columns from a head to a wire beside it.
_CLEARANCE = 2
# Trying column by column takes a time that grows with the square of the wires.
_MOST_WIRES_TRIED = 60


@dataclass(frozen=True)
class Wire:
    """A vertical line into one branch's `concat`.

    Attributes:
        column: Where it stands.
        target: Row it ends in.
        flows: What comes by it, by the row of the source.
    """

    column: int
    target: int
    flows: Mapping[int, Flow]

    @property
    def rows(self) -> range:
        """All rows it touches or passes."""
        ends = (self.target, *self.flows)
        return range(min(ends), max(ends) + 1)

    def takes(self, row: int, features: bool) -> bool:
        """Whether it begins beside a row, at its features, or else at its head; or is joined there."""
        return row in self.flows and (self.flows[row].carries == "features") == features

    def passes(self, row: int) -> bool:
        """Whether it crosses a row on its way."""
        return row in self.rows[1:-1] and row != self.target

    def is_apart(self, other: Wire) -> bool:
        """Whether nobody takes the two for one."""
        common = min(self.rows[-1], other.rows[-1]) - max(self.rows[0], other.rows[0])
        if common > 0:
            return abs(self.column - other.column) > 1
        if common < -1 or self.column != other.column or set(self.flows) == set(other.flows):
            return True
        # End to end two wires read as one, but for a row between them: the one whose features one takes.
        upper, lower = (self, other) if self.rows[0] < other.rows[0] else (other, self)
        last, first = upper.rows[-1], lower.rows[0]
        is_parted = upper.takes(last, features=True) or lower.takes(first, features=True)
        return is_parted and (common < 0 or last in (upper.target, lower.target))


@dataclass(frozen=True)
class Branch:
    """What one level has behind the trunk.

    Attributes:
        row: 0 is the finest level.
        level: Its name.
        blocks: `fc` and the head; with flows `fc_1`, `concat`, `fc_2` and the head.
        wires: What its flows arrive by.
    """

    row: int
    level: str
    blocks: tuple[Block, ...]
    wires: tuple[Wire, ...] = ()

    @property
    def dense(self) -> Block:
        """The block whose output its features are."""
        return self.blocks[0]

    @property
    def head(self) -> Block:
        """The level's prediction."""
        return self.blocks[-1]

    def touches(self, wire: Wire) -> bool:
        """Whether a wire can begin at this head, straight above or below it."""
        place = wire.column - self.head.start
        # Not in the gap between two words, where it would end at nothing.
        is_within = 0 <= place < self.head.end - self.head.start and self.head.words[place : place + 1] != " "
        return is_within and not wire.passes(self.row)

    def is_clear_of(self, wire: Wire) -> bool:
        """Whether another branch's wire hits this row at the head alone, or crosses it where it may.

        It may cross behind the head, and the shaft of the arrow into the `concat`.
        """
        is_behind = wire.column >= self.head.end + _CLEARANCE
        if wire.takes(self.row, features=False):
            return is_behind or self.touches(wire)
        shaft = range(self.dense.end + 1, self.blocks[1].start - ARROW + 1)
        return is_behind or wire.column in shaft or not wire.passes(self.row)

    def fits_with(self, other: Branch) -> bool:
        """Whether two branches and their wires keep out of each other's way."""
        return (
            all(map(other.is_clear_of, self.wires))
            and all(map(self.is_clear_of, other.wires))
            and all(wire.is_apart(its) for wire in self.wires for its in other.wires)
        )


@dataclass(frozen=True)
class Layout:
    """A diagram without a renderer.

    Attributes:
        trunk: What stands before the branches.
        branches: Finest level first; branch r stands in row r.
    """

    trunk: PlacedTrunk
    branches: tuple[Branch, ...]

    @property
    def wires(self) -> list[Wire]:
        """All wires."""
        return [wire for branch in self.branches for wire in branch.wires]

    def blocks(self, row: int) -> tuple[Block, ...]:
        """What stands in a row, but for the common trunk."""
        return self.trunk.rows[row] + self.branches[row].blocks

    def lane(self, row: int, step: int) -> int | None:
        """Column up to which a row's features run beside it before they change rows; None where none do.

        Args:
            row: Of the source.
            step: 1 for flows to lower rows, -1 for flows to higher ones.
        """
        taken = (wire for wire in self.wires if wire.takes(row, features=True))
        return max((wire.column for wire in taken if (wire.target - row) * step > 0), default=None)


def lay_out(
    architecture: Architecture, labels: Sequence[str], trunk: PlacedTrunk, measures: Measures
) -> Layout | None:
    """Places every branch as far left as the wires allow.

    Args:
        architecture: Any.
        labels: Words on the heads, finest level first.
        trunk: Of the architecture.
        measures: Sizes, and how wide the diagram may be.

    Returns:
        None if it needs more columns than `measures.most`.
    """
    branches: dict[int, Branch] = {}
    # Branches without flows cannot give way, so they are placed before any wire is.
    for plan in sorted(_plans(architecture, labels, trunk), key=lambda plan: bool(plan.flows)):
        branch = plan.placed(measures, branches.values())
        if branch is None:
            return None
        branches[plan.row] = branch
    return Layout(trunk, tuple(branches[row] for row in range(len(labels))))


def lay_out_without_wires(
    architecture: Architecture, labels: Sequence[str], trunk: PlacedTrunk, measures: Measures
) -> Layout:
    """Places every branch as far left as can be, for a drawing that says in words what flows."""
    plans = sorted(_plans(architecture, labels, trunk), key=lambda plan: plan.row)
    return Layout(trunk, tuple(replace(plan.branch(measures), wires=()) for plan in plans))


def _plans(architecture: Architecture, labels: Sequence[str], trunk: PlacedTrunk) -> Iterator[_Plan]:
    """What the branches are made of, sources before their targets."""
    rows = {level: row for row, level in enumerate(reversed(architecture.levels))}
    for level in architecture.order:
        flows = {rows[flow.source]: flow for flow in architecture.sources_of(level)}
        yield _Plan(rows[level], level, labels[rows[level]], trunk.end, flows)


@dataclass(frozen=True)
class _Plan:
    """What a branch is made of: its flows by the row of their source."""

    row: int
    level: str
    label: str
    start: int
    flows: Mapping[int, Flow]

    def placed(self, measures: Measures, others: Iterable[Branch]) -> Branch | None:
        """The leftmost branch that fits with those placed before it; None where it needs too many columns."""
        num_wires = sum(len(branch.wires) for branch in others) + len(self.flows)
        # Right of all others nothing is in the way.
        last = max((branch.head.end for branch in others), default=0) + ARROW
        for shift in range(last if measures.most is None else measures.most) if self.flows else (0,):
            for entry in measures.entries if num_wires <= _MOST_WIRES_TRIED else ():
                branch = self.branch(measures, shift, entry)
                if measures.holds(branch.head.end) and all(map(branch.fits_with, others)):
                    return branch
        return self.branch(measures, last) if measures.most is None else None

    def branch(self, measures: Measures, shift: int = 0, entry: int | None = None) -> Branch:
        """The branch with its `concat` shifted to the right, and the first wire so far from its start."""
        if not self.flows:
            return Branch(
                self.row, self.level, measures.row(self.start, ("dense", "fc"), ("head", self.label))
            )
        dense, concat = measures.row(self.start, ("dense", "fc_1"), ("concat", "concat"))
        concat = replace(concat, start=concat.start + shift, end=concat.end + shift)
        entry = measures.entries[0] if entry is None else entry
        wires = tuple(self._wires(concat.start + entry, measures.port))
        concat = replace(concat, end=max(concat.end, *(wire.column + entry for wire in wires)))
        rest = measures.row(concat.end + ARROW, ("dense", "fc_2"), ("head", self.label))
        return Branch(self.row, self.level, (dense, concat, *rest), wires)

    def _wires(self, column: int, port: int) -> Iterator[Wire]:
        """One wire for all flows, or one a flow: from either side the nearest row's is the first."""
        if not port:
            yield Wire(column, self.row, self.flows)
            return
        finer = sorted((row for row in self.flows if row < self.row), reverse=True)
        coarser = sorted(row for row in self.flows if row > self.row)
        for rows in (finer, coarser):
            for place, row in enumerate(rows):
                yield Wire(column + place * port, self.row, {row: self.flows[row]})
