"""What stands before the branches of a text diagram: images and convolutions, shared or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from taskgraft.architecture import Architecture

_ARROW = " -> "


@dataclass(frozen=True)
class TextTrunks:
    """The trunks of a diagram.

    Attributes:
        rows: What stands before each branch, finest level first; all of one length.
        fork: Column at which the rows hang together, None if they do not.
        remarks: Lines below the diagram.
    """

    rows: tuple[str, ...]
    fork: int | None = None
    remarks: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        """Column at which branches begin."""
        return len(self.rows[0])


def text_trunks(architecture: Architecture, num_stages: int | None) -> TextTrunks:
    r"""Draws the trunks of an architecture.

    A trunk that all levels leave together is drawn as it forks. Where they leave it one after another, each
    row says in brackets what is common: wires for it would leave no room for those of the flows.

    Args:
        architecture: Any.
        num_stages: Stages of the recipe's trunk, if known.

    Example:
        >>> forked = Architecture("mine", ("coarse", "fine"), "forked", forks=(1, 3))
        >>> print(*text_trunks(forked, 3).rows, sep="|\n", end="|")
        image -> [conv 1-3] -------------> |
        image -> [conv 1] ---> conv 2-3 -> |
    """
    num_levels = len(architecture.levels)
    forks = architecture.forks[::-1]
    is_shared = architecture.trunk == "shared" or set(forks) == {num_stages}
    if num_levels == 1 or not (is_shared or any(forks)):
        return TextTrunks((f"image{_ARROW}conv{_ARROW}",) * num_levels)
    if is_shared:
        return _together("conv", "", num_levels)
    if len(set(forks)) == 1:
        return _together(f"conv {span(1, forks[0])}", _own(forks[0], num_stages), num_levels)
    return _one_by_one(forks, num_stages)


def span(first: int, last: int | None) -> str:
    """Stages from one to another, the last one perhaps unknown.

    Example:
        >>> span(1, 1), span(1, 2), span(3, None)
        ('1', '1-2', '3+')
    """
    if last is None:
        return f"{first}+"
    return str(first) if first == last else f"{first}-{last}"


def _own(fork: int, num_stages: int | None) -> str:
    """The stages a level has for itself; empty if there are none."""
    return "" if fork == num_stages else f"conv {span(fork + 1, num_stages)}"


def _together(common: str, own: str, num_levels: int) -> TextTrunks:
    first = f"image{_ARROW}{common} -+-> {own}{_ARROW if own else ''}"
    fork = first.index("+-> ")
    rest = first[fork:].rjust(len(first))
    return TextTrunks((first, *[rest] * (num_levels - 1)), fork)


def _one_by_one(forks: Sequence[int], num_stages: int | None) -> TextTrunks:
    commons = [f"[conv {span(1, fork)}]" if fork else "" for fork in forks]
    owns = [_own(fork, num_stages) for fork in forks]
    starts = [len(f"image{_ARROW}")]
    for column in (commons, owns):
        starts.append(starts[-1] + max(map(len, column)) + len(_ARROW))
    rows = (_row(starts, blocks) for blocks in zip(commons, owns, strict=True))
    return TextTrunks(tuple(rows), remarks=("[ ]: stages of one common trunk",))


def _row(starts: Sequence[int], blocks: Sequence[str]) -> str:
    """An image and blocks at their columns, with arrows between them as long as they need to be."""
    row = "image"
    for start, block in zip(starts, (*blocks, ""), strict=True):
        if block or start == starts[-1]:
            row += f" {'> ':->{start - len(row) - 1}}{block}"
    return row
