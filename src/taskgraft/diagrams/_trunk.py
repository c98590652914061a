"""What stands before the branches of a diagram: images and convolutions, shared or not."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from taskgraft.architecture import Architecture
from taskgraft.diagrams._measures import ARROW, FORK, Block, Measures


@dataclass(frozen=True)
class Trunk:
    """The trunk as it is shared, rows finest level first.

    Attributes:
        parts: Words on each part that several levels share, in the order of the data; empty if none do.
        leaves: Of each row, behind how many parts it leaves the common trunk.
        shared: Of each row, the words on all stages that it shares; empty where it shares none.
        rest: Of each row, the words on the stages that follow for it alone, or on the experts that follow;
            empty where it has none.
        is_one_image: Whether all rows begin at one image, though they share no part.
    """

    parts: tuple[str, ...]
    leaves: tuple[int, ...]
    shared: tuple[str, ...]
    rest: tuple[str, ...]
    is_one_image: bool = False

    @classmethod
    def of(cls, architecture: Architecture, num_stages: int | None = None) -> Trunk:
        """The trunk of an architecture, in a recipe of so many stages.

        Example:
            >>> Trunk.of(Architecture("mine", ("coarse", "fine"), "forked", forks=(1, 1)), 3).rest
            ('conv 2-3', 'conv 2-3')
        """
        num_levels = len(architecture.levels)
        forks = architecture.forks[::-1] or (0,) * num_levels
        # Where only one level goes on, nothing is shared.
        most = sorted(forks)[-2] if num_levels > 1 else 0
        forks = tuple(min(fork, most) for fork in forks)
        none, conv = ("",) * num_levels, ("conv",) * num_levels
        if num_levels > 1 and (architecture.trunk == "shared" or set(forks) == {num_stages}):
            return cls(("conv",), (1,) * num_levels, conv, none)
        if not any(forks):
            if architecture.experts is not None:
                return cls((), (0,) * num_levels, none, ("experts",) * num_levels, is_one_image=True)
            return cls((), (0,) * num_levels, none, conv)
        kind = "conv" if architecture.experts is None else "experts"
        stops = (0, *sorted(set(forks) - {0}))
        return cls(
            tuple(_stages(first + 1, last) for first, last in pairwise(stops)),
            tuple(map(stops.index, forks)),
            tuple(_stages(1, fork) if fork else "" for fork in forks),
            tuple("" if fork == num_stages else _stages(fork + 1, num_stages, kind) for fork in forks),
        )


@dataclass(frozen=True)
class PlacedTrunk:
    """The blocks of a trunk.

    Attributes:
        common: The image and the shared parts, which stand once; empty where each row has its own image.
        row: The row that the common blocks stand in.
        leaves: Of each row, the index of the common block it leaves behind.
        rows: The blocks of each row.
        end: Column at which branches begin.
    """

    common: tuple[Block, ...]
    row: int
    leaves: tuple[int, ...]
    rows: tuple[tuple[Block, ...], ...]
    end: int

    def bar(self, row: int) -> int:
        """Column of the bar by which a row leaves the common trunk."""
        return self.common[self.leaves[row]].end + ARROW // 2

    @property
    def bars(self) -> dict[int, range]:
        """Column of each bar, and the rows it spans."""
        spans = {}
        for place in set(self.leaves) if self.common else ():
            rows = [self.row, *(row for row, left in enumerate(self.leaves) if left == place)]
            spans[self.bar(rows[-1])] = range(min(rows), max(rows) + 1)
        return spans


def placed(trunk: Trunk, measures: Measures) -> PlacedTrunk:
    """The trunk with its forks: a part that several levels share stands once."""
    common = measures.row(0, ("image", "image"))
    if not trunk.parts and not trunk.is_one_image:
        rows = [measures.row(0, ("image", "image"), ("conv", words)) for words in trunk.rest]
        return PlacedTrunk((), 0, trunk.leaves, tuple(rows), rows[0][-1].end + ARROW)
    for place, words in enumerate(trunk.parts):
        gap = FORK if place in trunk.leaves else ARROW
        common += measures.row(common[-1].end + gap, ("conv", words))
    start = common[-1].end + FORK
    rest = tuple(measures.row(start, ("conv", words)) if words else () for words in trunk.rest)
    end = max((row[-1].end + ARROW for row in rest if row), default=start)
    return PlacedTrunk(common, trunk.leaves.index(len(trunk.parts)), trunk.leaves, rest, end)


def in_rows(trunk: Trunk, measures: Measures) -> PlacedTrunk:
    """The trunk where forks take too many columns: each row says in brackets what is common."""
    first = measures.row(0, ("image", "image"))
    rows, start = [first] * len(trunk.rest), first[-1].end + ARROW
    for column in ([words and f"[{words}]" for words in trunk.shared], trunk.rest):
        added = [measures.row(start, ("conv", words)) if words else () for words in column]
        rows = [(*row, *blocks) for row, blocks in zip(rows, added, strict=True)]
        start = max(row[-1].end for row in rows) + ARROW
    return PlacedTrunk((), 0, trunk.leaves, tuple(rows), start)


def _stages(first: int, last: int | None, kind: str = "conv") -> str:
    """Stages from one to another, the last one perhaps unknown.

    Example:
        >>> _stages(1, 1), _stages(1, 2), _stages(3, None)
        ('conv 1', 'conv 1-2', 'conv 3+')
    """
    if last is None:
        return f"{kind} {first}+"
    return f"{kind} {first}" if first == last else f"{kind} {first}-{last}"
